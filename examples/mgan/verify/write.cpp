#include "write.hpp"

#include <cmath>
#include <cstdio>
#include <filesystem>

#include "lists.hpp"
#include "mgan/backend/eigen.hpp"
#include "mgan/core/check.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/io/json.hpp"
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

/// Random numbers. Weights are smaller the more inputs they have.
HostArray drawn_numbers(const std::string& name, const mgan::Shape& shape, mgan::WeightGenerator& generator) {
  HostArray numbers{shape, {}};
  const bool weight = name.starts_with("param.") && shape.size() > 1;
  const double size = weight ? 1.7 / std::sqrt(static_cast<double>(shape.back())) : 1.7;
  const bool variance = name.starts_with("param.") && name.ends_with("variance");
  for (std::int64_t i = 0; i < mgan::element_count(shape); ++i)
    numbers.values.push_back(variance ? generator.uniform(0.5, 2) : generator.uniform(-size, size));
  return numbers;
}
HostArray whole_numbers(const std::vector<std::int64_t>& integers) {
  return {{static_cast<std::int64_t>(integers.size())}, {integers.begin(), integers.end()}, "I64"};
}

/// One tensor of a template.
HostArray drawn(const std::string& name, const Json& what, mgan::WeightGenerator& generator) {
  if (what.is_array()) return drawn_numbers(name, what.get<mgan::Shape>(), generator);
  if (what.contains("boxes")) return drawn_boxes(what["boxes"][0], what["boxes"][1], generator);
  if (what.contains("probabilities")) {
    HostArray numbers{what["probabilities"].get<mgan::Shape>(), {}};
    for (std::int64_t i = 0; i < mgan::element_count(numbers.shape); ++i)
      numbers.values.push_back(generator.uniform(0.05, 0.95));
    return numbers;
  }
  if (what.contains("sizes")) {
    HostArray sizes{{what["sizes"].get<std::int64_t>(), 2}, {}};
    for (std::int64_t i = 0; i < sizes.shape[0]; ++i) sizes.values.insert(sizes.values.end(), {640.0, 480.0});
    return sizes;
  }
  return whole_numbers(what["integers"].get<std::vector<std::int64_t>>());
}
void fill_from_template(Case& c, const Json& what, mgan::WeightGenerator& generator) {
  c.config = config_of(what.value("config", Json::object()), c.file);
  for (const auto& [name, tensor] : what["tensors"].items()) c.tensors[name] = drawn(name, tensor, generator);
}

/// A case of a row: 2 images of 3 tokens, 3 texts of up to 4, width 6; the options are the module's defaults.
template <class Row>
void fill_from_row(Case& c, mgan::WeightGenerator& generator) {
  constexpr mgan::zoo::Facts facts = Row::facts;
  constexpr mgan::zoo::AlignmentSizes sizes{
      .width = 6, .n_views = 3, .heads = 2, .patches = 3, .words = 4, .image_tokens = 3, .similarity = 5};
  const auto add = [&](const std::string& name, const mgan::Shape& shape) {
    c.tensors[name] = drawn_numbers(name, shape, generator);
  };
  const std::string image = std::string("input.") + facts.image, text = std::string("input.") + facts.text;
  if (facts.vectors) {
    add(image, {2, sizes.width});
    add(text, {3, sizes.width});
  } else {
    add(image, {2, sizes.patches, sizes.width});
    add(text, {3, facts.word_lengths ? sizes.words : 2, sizes.width});
  }
  if (facts.boxes) {
    c.tensors["input.boxes"] = drawn_boxes(2, sizes.patches, generator);
    c.tensors["input.image_sizes"] = {{2, 2}, {640, 480, 640, 480}};
  }
  if (facts.region_lengths) c.tensors["input.region_lengths"] = whole_numbers({2, 3});
  if (facts.word_lengths) c.tensors["input.word_lengths"] = whole_numbers({4, 1, 3});
  auto options = mgan::zoo::Options::defaults();
  Row::template configured<Eigen::MatrixXd>(options, sizes, [&](const auto& module) {
    mgan::visit_tensors(module, [&](const std::string& name, const auto& w) { add("param." + name, mgan::shape(w)); });
  });
  c.config = options.values();
}

/// One random case a module; the numbers of a module depend on the seed and its own name alone.
std::vector<Case> random_cases(const Options& options) {
  const Json templates = Json::parse(case_templates);
  const std::vector<std::string> modules = options.modules.empty() ? known_modules() : options.modules;
  std::vector<Case> cases;
  for (const std::string& module : modules) {
    std::uint64_t seed = options.seed;
    for (const char letter : module) seed = seed * 1099511628211u + static_cast<unsigned char>(letter);
    mgan::WeightGenerator generator{seed};
    const std::string name = module + "-seed" + std::to_string(options.seed);
    Case c{"verify", name, module};
    check_module(c);
    c.file = name;
    if (templates.contains(module)) fill_from_template(c, templates[module], generator);
    mgan::zoo::each_row([&]<class Row>(std::type_identity<Row>) {
      if (module == Row::facts.name) fill_from_row<Row>(c, generator);
    });
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
  mgan::io::write_safetensors(
      path, std::move(entries),
      {{"mgan_case", "1"}, {"module", c.module}, {"config", json_of(c.config)}, {"note", note}});
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
    for (const std::string& file : case_files(options.paths)) attempt(file, [&] { return read_case(file); });
  }
  std::printf("%d written%s\n", written, failed > 0 ? (", " + std::to_string(failed) + " failed").c_str() : "");
  return failed > 0 || written == 0 ? 2 : 0;
}

}  // namespace verify
