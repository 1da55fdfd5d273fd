#include "case_file.hpp"

#include <filesystem>

#include "mgan/io/json.hpp"
#include "mgan/io/safetensors.hpp"

namespace verify {

namespace {

using mgan::io::Json;

mgan::zoo::Value value_of(const Json& json, const std::string& path, const std::string& key) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  mgan::require(json.is_array(), path, ": config '", key, "' is ", mgan::io::brief(json), ", which has a wrong type");
  if (!json.empty() && json.front().is_string()) {
    std::vector<std::string> words;
    for (const Json& item : json) {
      mgan::require(item.is_string(), path, ": config '", key, "' is ", mgan::io::brief(json), ", expected one kind");
      words.push_back(item.get<std::string>());
    }
    return words;
  }
  std::vector<double> list;
  for (const Json& item : json) {
    mgan::require(item.is_number(), path, ": config '", key, "' is ", mgan::io::brief(json),
                  ", expected a list of numbers");
    list.push_back(item.get<double>());
  }
  return list;
}

/// {"weights": {"region": 1}} as "weights.region".
void add_options(mgan::zoo::Config& config, const Json& object, const std::string& path, const std::string& in) {
  for (const auto& [key, json] : object.items()) {
    if (json.is_object()) add_options(config, json, path, in + key + ".");
    else config[in + key] = value_of(json, path, in + key);
  }
}

mgan::HostArray numbers_of(const mgan::io::TensorView& view, const std::string& path, const std::string& name) {
  mgan::HostArray host{view.shape, {}, std::string(mgan::io::name_of(view.dtype))};
  mgan::require(host.dtype != "BOOL", path, ": tensor '", name, "' is BOOL, expected numbers");
  if (Case::is_floating(host)) {
    host.values = mgan::io::read_values<double>(view);
  } else {
    for (const auto integer : mgan::io::read_integers(view)) host.values.push_back(static_cast<double>(integer));
  }
  return host;
}

}  // namespace

mgan::zoo::Config config_of(const Json& object, const std::string& path) {
  mgan::zoo::Config config;
  add_options(config, object, path, "");
  return config;
}

std::string json_of(const mgan::zoo::Config& config) {
  Json object = Json::object();
  for (const auto& [key, value] : config) {
    Json* at = &object;
    std::size_t from = 0;
    for (std::size_t dot; (dot = key.find('.', from)) != std::string::npos; from = dot + 1)
      at = &(*at)[key.substr(from, dot - from)];
    std::visit([&](const auto& x) { (*at)[key.substr(from)] = x; }, value);
  }
  return object.dump();
}

Case read_case(const std::string& path) {
  const mgan::io::SafetensorsFile file(path);
  const auto& metadata = file.metadata();
  const auto entry = [&](const char* key) {
    const auto found = metadata.find(key);
    mgan::require(found != metadata.end(), path, ": __metadata__ has no '", key, "'");
    return found->second;
  };
  mgan::require(entry("mgan_case") == "1", path, ": mgan_case is '", entry("mgan_case"), "', expected '1'");
  Case c{path, std::filesystem::path(path).stem().string(), entry("module")};
  c.note = metadata.count("note") ? metadata.at("note") : "";
  const Json config = mgan::io::parse_json(metadata.count("config") ? metadata.at("config") : "{}", path + ": config");
  mgan::require(config.is_object(), path, ": config is not a JSON object");
  c.config = config_of(config, path);
  for (const std::string& name : file.names()) c.tensors.emplace(name, numbers_of(file.at(name), path, name));
  return c;
}

}  // namespace verify
