#include "write.hpp"

#include <cmath>
#include <cstdio>
#include <filesystem>

#include "mgan/core/initialize.hpp"
#include "mgan/io/parameters.hpp"
#include "report.hpp"
#include "templates.hpp"

namespace verify {

namespace {

namespace fs = std::filesystem;
using mgan::HostArray;
using mgan::io::Json;

/// Boxes (images, regions, 4) inside pictures of 640 x 480.
HostArray drawn_boxes(std::int64_t images, std::int64_t regions, mgan::WeightGenerator& generator) {
  HostArray boxes{{images, regions, 4}, {}};
  for (std::int64_t i = 0; i < images * regions; ++i) {
    const double x = generator.uniform(0, 400), y = generator.uniform(0, 300);
    for (const double v : {x, y, x + generator.uniform(20, 240), y + generator.uniform(20, 180)})
      boxes.values.push_back(v);
  }
  return boxes;
}

/// One tensor of a template. Weights are smaller the more inputs they have.
HostArray drawn(const std::string& name, const Json& what, mgan::WeightGenerator& generator) {
  if (what.is_array()) {
    HostArray numbers{what.get<mgan::Shape>(), {}};
    const bool weight = name.rfind("param.", 0) == 0 && numbers.shape.size() > 1;
    const double size = weight ? 1.7 / std::sqrt(static_cast<double>(numbers.shape.back())) : 1.7;
    for (std::int64_t i = 0; i < mgan::element_count(numbers.shape); ++i)
      numbers.values.push_back(generator.uniform(-size, size));
    return numbers;
  }
  if (what.contains("boxes")) return drawn_boxes(what["boxes"][0], what["boxes"][1], generator);
  if (what.contains("sizes")) {
    HostArray sizes{{what["sizes"].get<std::int64_t>(), 2}, {}};
    for (std::int64_t i = 0; i < sizes.shape[0]; ++i) sizes.values.insert(sizes.values.end(), {640.0, 480.0});
    return sizes;
  }
  const auto integers = what["integers"].get<std::vector<std::int64_t>>();
  return {{static_cast<std::int64_t>(integers.size())}, {integers.begin(), integers.end()}, "I64"};
}

/// One random case a module; the numbers of a module depend on the seed and its own name alone.
std::vector<Case> random_cases(const Options& options) {
  const Json templates = Json::parse(case_templates);
  std::vector<std::string> modules = options.modules;
  if (modules.empty())
    for (const auto& entry : templates.items()) modules.push_back(entry.key());
  std::vector<Case> cases;
  for (const std::string& module : modules) {
    mgan::require(templates.contains(module), "verify: unknown module '", module, "'");
    std::uint64_t seed = options.seed;
    for (const char c : module) seed = seed * 1099511628211u + static_cast<unsigned char>(c);
    mgan::WeightGenerator generator{seed};
    Case c;
    c.module = module;
    c.name = module + "-seed" + std::to_string(options.seed);
    c.file = c.name;
    c.config = templates[module].value("config", Json::object());
    for (const auto& [name, what] : templates[module]["tensors"].items())
      c.tensors[name] = drawn(name, what, generator);
    cases.push_back(std::move(c));
  }
  return cases;
}

void write(const Case& c, const fs::path& path) {
  std::vector<std::vector<std::byte>> storage;
  std::vector<mgan::io::TensorEntry> entries;
  for (const auto& [name, numbers] : c.tensors) {
    const bool integer = numbers.dtype[0] == 'I' || numbers.dtype[0] == 'U';
    const mgan::io::DType dtype = integer ? mgan::io::DType::I64 : mgan::io::DType::F64;
    storage.push_back(mgan::detail::bytes_of(numbers, dtype));
    entries.push_back({name, dtype, numbers.shape, {}});
  }
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i].bytes = storage[i];
  const std::string note = c.note.empty() ? "written by mgan verify --write" : c.note;
  mgan::io::write_safetensors(path, std::move(entries),
                              {{"mgan_case", "1"}, {"module", c.module}, {"config", c.config.dump()}, {"note", note}});
}

}  // namespace

int write_cases(const Options& options) {
  int written = 0, failed = 0;
  const auto attempt = [&](const std::string& name, auto&& make) {
    try {
      const Case c = computed(make(), options.seed);
      const fs::path path = fs::path(options.write) / (c.name + ".safetensors");
      write(c, path);
      std::printf("%s\n", path.c_str());
      ++written;
    } catch (const std::exception& error) {
      const std::string message = error.what();
      std::printf("%s ERROR  %s\n", name.c_str(), message.c_str());
      ++failed;
    }
  };
  fs::create_directories(options.write);
  if (options.paths.empty()) {
    for (Case& c : random_cases(options)) attempt(c.name, [&] { return std::move(c); });
  } else {
    for (const std::string& file : case_files(options.paths)) attempt(file, [&] { return Case::read(file); });
  }
  std::printf("%d written%s\n", written, failed > 0 ? (", " + std::to_string(failed) + " failed").c_str() : "");
  return failed > 0 || written == 0 ? 2 : 0;
}

}  // namespace verify
