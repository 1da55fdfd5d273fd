// A conformance case: inputs, weights, expected outputs and gradients of one module in one safetensors file.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "mgan/core/host.hpp"
#include "mgan/io/json.hpp"
#include "mgan/io/safetensors.hpp"

namespace verify {

/// The file, read whole and checked. Tensor names keep their prefixes: input.*, param.*, expect.*, cotangent.*, grad.*.
struct Case {
  std::string file;
  std::string name;    // file name without its extension
  std::string module;  // row of the format's table
  std::string note;
  mgan::io::Json config;
  std::map<std::string, mgan::HostArray> tensors;

  static Case read(const std::string& path) {
    const mgan::io::SafetensorsFile file(path);
    Case c;
    c.file = path;
    c.name = std::filesystem::path(path).stem().string();
    const auto& metadata = file.metadata();
    const auto entry = [&](const char* key) {
      const auto found = metadata.find(key);
      mgan::require(found != metadata.end(), path, ": __metadata__ has no '", key, "'");
      return found->second;
    };
    mgan::require(entry("mgan_case") == "1", path, ": mgan_case is '", entry("mgan_case"), "', expected '1'");
    c.module = entry("module");
    c.note = metadata.count("note") ? metadata.at("note") : "";
    c.config = mgan::io::parse_json(metadata.count("config") ? metadata.at("config") : "{}", path + ": config");
    mgan::require(c.config.is_object(), path, ": config is not a JSON object");
    for (const std::string& name : file.names()) {
      const auto& view = file.at(name);
      mgan::HostArray host{view.shape, {}, std::string(mgan::io::name_of(view.dtype))};
      if (host.dtype[0] == 'F' || host.dtype[0] == 'B') {
        mgan::require(host.dtype != "BOOL", path, ": tensor '", name, "' is BOOL, expected numbers");
        host.values = mgan::io::read_values<double>(view);
      } else {
        for (const auto integer : mgan::io::read_integers(view)) host.values.push_back(static_cast<double>(integer));
      }
      c.tensors.emplace(name, std::move(host));
    }
    return c;
  }

  bool has(const std::string& name) const { return tensors.count(name) > 0; }
  const mgan::HostArray& at(const std::string& name) const {
    const auto found = tensors.find(name);
    mgan::require(found != tensors.end(), file, ": no tensor '", name, "'");
    return found->second;
  }
  /// A tensor of integers: lengths, owners, ids.
  std::vector<std::int64_t> integers(const std::string& name) const {
    const mgan::HostArray& host = at(name);
    mgan::require(host.dtype[0] == 'I' || host.dtype[0] == 'U', file, ": tensor '", name, "' is ", host.dtype,
                  ", expected integers");
    return {host.values.begin(), host.values.end()};
  }
  /// A tensor of floating numbers with `rank` axes (-1: any).
  const mgan::HostArray& numbers(const std::string& name, int rank = -1) const {
    const mgan::HostArray& host = at(name);
    mgan::require(host.dtype[0] == 'F' || host.dtype == "BF16", file, ": tensor '", name, "' is ", host.dtype,
                  ", expected floating numbers");
    mgan::require(rank < 0 || static_cast<int>(host.shape.size()) == rank, file, ": tensor '", name, "' is ",
                  host.shape, ", expected ", rank, " axes");
    return host;
  }

  template <class V>
  V option(const char* key, V fallback) const {
    if (!config.contains(key)) return fallback;
    return required<V>(key);
  }
  template <class V>
  V required(const char* key) const {
    mgan::require(config.contains(key), file, ": config has no '", key, "'");
    try {
      return config.at(key).get<V>();
    } catch (const mgan::io::Json::exception&) {
      mgan::fail(file, ": config '", key, "' is ", mgan::io::brief(config.at(key)), ", which has a wrong type");
    }
  }
  /// One of the words that `key` may have.
  template <class E>
  E choice(const char* key, const std::map<std::string, E>& words, const std::string& fallback) const {
    const auto word = option<std::string>(key, fallback);
    const auto found = words.find(word);
    mgan::require(found != words.end(), file, ": config '", key, "' is '", word, "', which is unknown");
    return found->second;
  }

  bool padding_may_be_nan() const { return note.find("padding is NaN") != std::string::npos; }
  bool double_only() const { return note.rfind("double only", 0) == 0; }
  /// The smallest temperature of the case; 1 where it has none.
  double temperature() const { return option<double>("temperature", 1.0); }
};

}  // namespace verify
