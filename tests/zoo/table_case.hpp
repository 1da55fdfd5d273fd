// A setting of tests/zoo as a case for the library: tensors by the names of the table, and what the naive loop says.
#pragma once

#include <stdexcept>

#include "all.hpp"
#include "mgan/testing/case.hpp"
#include "mgan/zoo/row.hpp"
#include "tests/support/cases/zoo.hpp"

namespace zoo {

using support::ZooInput;

/// A module's cases by its name in the table. A module without is an error, and so a failure of every test below.
inline std::vector<ModuleCases> cases_of(const std::string& module) {
  std::vector<ModuleCases> found;
  for (const ModuleCases& one : all_cases())
    if (one.module == module) found.push_back(one);
  if (found.empty()) throw std::invalid_argument("the table's module " + module + " has no naive loop in tests/zoo");
  return found;
}

inline mgan::zoo::Config config_of(const Options& options) {
  mgan::zoo::Config config;
  for (const auto& [name, value] : options.items) {
    if (value.quoted) config[name] = value.word;
    else if (value.word == "true" || value.word == "false") config[name] = value.word == "true";
    else if (value.word[0] == '[') {
      const auto list = options.integers(name);
      config[name] = std::vector<double>(list.begin(), list.end());
    } else config[name] = std::stod(value.word);
  }
  return config;
}

/// The input with the weights that a setting draws for it, by the names that the module visits.
inline ZooInput with_weights(const ModuleCases& module, const Setting& setting, ZooInput in) {
  if (!module.weights) return in;
  for (auto& [name, weight] : module.weights(setting, in.image.size(1), in.words.size(1), in.image.size(2)))
    in.weights[name.substr(std::string("param.").size())] = weight;
  return in;
}

/// The tensors of a file.
inline Tensors tensors_of(const mgan::zoo::Facts& facts, const ZooInput& in) {
  const std::string image = std::string("input.") + facts.image, text = std::string("input.") + facts.text;
  const auto numbers = [](const std::vector<Index>& lengths) {
    return Array({static_cast<Index>(lengths.size())}, {lengths.begin(), lengths.end()});
  };
  const auto first_rows = [](const Array& x) {
    Array out({x.size(0), x.size(2)});
    for (Index b = 0; b < x.size(0); ++b) out.set_row(x.row(b, 0), b);
    return out;
  };
  Tensors out{{image, facts.vectors ? first_rows(in.image) : in.image},
              {text, facts.vectors ? first_rows(in.words) : in.words}};
  if (!facts.vectors && !in.region_lengths.empty()) out["input.region_lengths"] = numbers(in.region_lengths);
  if (!facts.vectors && !in.word_lengths.empty()) out["input.word_lengths"] = numbers(in.word_lengths);
  for (const auto& [name, weight] : in.weights) out["param." + name] = weight;
  for (const auto& [name, x] : in.more) out["input." + name] = x;
  for (const auto& [name, x] : in.constants) out["constant.input." + name] = x;
  return out;
}

/// The inputs of a module: of one image size where it takes no other.
inline std::vector<ZooInput> inputs_of(const mgan::zoo::Facts& facts, const ModuleCases& module,
                                       const Setting& setting) {
  std::vector<ZooInput> out;
  for (ZooInput& in : support::zoo_inputs()) {
    if (!facts.ragged_image && !in.region_lengths.empty()) continue;
    if (in.image.size(1) < setting.least_regions || in.image.size(2) % setting.width_of != 0) continue;
    if (module.more) in.more = module.more(setting, in.image, in.region_lengths);
    in.title = module.module + ", " + setting.name + ", " + in.title;
    out.push_back(with_weights(module, setting, std::move(in)));
  }
  return out;
}

inline mgan::testing::Case case_of(const mgan::zoo::Facts& facts, const ModuleCases& module, const Setting& setting,
                                   const ZooInput& in) {
  mgan::testing::Case c{in.title, in.title, module.module};
  c.config = config_of(setting.options);
  const Tensors tensors = tensors_of(facts, in);
  for (const auto& [name, x] : tensors) {
    const bool integers = name.ends_with("_lengths");
    c.tensors[name] = {x.shape, x.values, integers ? "I64" : "F64"};
  }
  for (const auto& [name, x] : module.reference(tensors, setting.options))
    c.tensors["expect." + name] = {x.shape, x.values};
  return c;
}

/// "" when every expected output of a case came out.
inline std::string outputs_against(const mgan::testing::Case& c, const std::map<std::string, mgan::HostArray>& results,
                                   support::Tolerance allowed) {
  support::Outputs expected, actual;
  for (const std::string& name : c.names("expect.")) {
    const mgan::HostArray& x = c.tensors.at(name);
    expected[name.substr(7)] = Array(x.shape, x.values);
  }
  for (const auto& [name, x] : results) actual[name] = Array(x.shape, x.values);
  return support::difference(actual, expected, allowed);
}

}  // namespace zoo
