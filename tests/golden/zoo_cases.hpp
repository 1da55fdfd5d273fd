// The cases of the modules of the table: the settings of tests/zoo that have a file. The numbers of a file depend on
// its own name alone.
#pragma once

#include "case.hpp"
#include "mgan/zoo/table.hpp"
#include "tests/zoo/all.hpp"

namespace golden {

struct ZooSizes {
  Index images = 2, texts = 3, regions = 5, words = 5, views = 3, width = 4;
  Lengths region_lengths{5, 2}, word_lengths{4, 1, 3};
};

/// The numbers of a file: its inputs and weights, or its cotangents.
inline Random random_of(const std::string& file) {
  std::uint64_t seed = 20250417;
  for (const char letter : file) seed = seed * 1099511628211u + static_cast<unsigned char>(letter);
  return {std::mt19937_64(seed)};
}

inline Case zoo_case(const zoo::ModuleCases& module, const zoo::Setting& setting) {
  const ZooSizes size;
  const mgan::zoo::Facts* facts = mgan::zoo::find_facts(module.module);
  if (!facts) throw std::invalid_argument("golden: the table has no module " + module.module);
  Random random = random_of(module.module + "-" + setting.name);
  const bool nan = setting.golden == zoo::Golden::nan, ragged = nan || setting.golden == zoo::Golden::ragged;
  Case c{module.module, setting.name, setting.options};
  Array image = random.normal({size.images, size.regions, size.width});
  c.add("input." + std::string(facts->image),
        ragged ? padded(std::move(image), size.region_lengths, 0, nan) : std::move(image));
  if (ragged) c.add("input.region_lengths", size.region_lengths);
  const std::string text = "input." + std::string(facts->text);
  if (facts->word_lengths) {
    c.add(text, padded(random.normal({size.texts, size.words, size.width}), size.word_lengths, 0, nan));
    c.add("input.word_lengths", size.word_lengths);
  } else {
    c.add(text, random.normal({size.texts, size.views, size.width}));
  }
  if (module.more) {
    const Lengths lengths = ragged ? size.region_lengths : Lengths{};
    for (auto& [name, x] : module.more(setting, c.tensors.front().second, lengths)) c.add("input." + name, x);
  }
  if (nan) c.note = "padding is NaN and infinity";
  if (module.weights) {
    for (auto& [name, weight] : module.weights(setting, size.regions, size.words, size.width)) c.add(name, weight);
  }
  return c;
}

inline std::vector<Case> zoo_cases() {
  std::vector<Case> cases;
  for (const zoo::ModuleCases& module : zoo::all_cases()) {
    for (const zoo::Setting& setting : module.settings) {
      if (setting.golden != zoo::Golden::no) cases.push_back(zoo_case(module, setting));
    }
  }
  return cases;
}

}  // namespace golden
