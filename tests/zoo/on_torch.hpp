// The rows of a list as cases for the tests on LibTorch.
#pragma once

#include "mgan/zoo/run.hpp"
#include "table_case.hpp"
#include "tests/support/cases/zoo_erased.hpp"

namespace zoo {

/// One setting of Row on one input.
template <class Row>
struct RowCase {
  ModuleCases module;
  Setting setting;
  ZooInput in;
  std::function<Array(const ZooInput&)> reference;
  double tau;
  support::Compat compat = support::Compat::none;

  static RowCase of(const ModuleCases& module, const Setting& setting, const ZooInput& in) {
    const auto scores = [module, setting](const ZooInput& x) {
      return module.reference(tensors_of(Row::facts, x), setting.options).at("scores");
    };
    return {module, setting, in, scores, setting.tau};
  }
  support::Outputs expected() const { return {{"scores", reference(in)}}; }

  /// f(images, words) as the row makes them of all inputs.
  template <class Side, class F>
  void with_more(Side& side, F&& f) {
    const auto lengths = [&](const char* name, const support::Lengths& numbers) {
      if (!numbers.empty())
        side.source.tensors[name] = {{static_cast<Index>(numbers.size())}, {numbers.begin(), numbers.end()}, "I64"};
    };
    side.with_samples("words", in.words, in.word_lengths, [](const auto&) {});
    side.with_samples("image", in.image, in.region_lengths, [](const auto&) {});
    lengths("input.word_lengths", in.word_lengths);
    lengths("input.region_lengths", in.region_lengths);
    for (const auto& [name, x] : in.more) side.source.tensors["input." + name] = {x.shape, x.values};
    Row::with_inputs(static_cast<typename Side::Base&>(side), f);
  }

  template <class Side, class F>
  void with(Side& side, F&& f) {
    mgan::zoo::Options options(in.title, config_of(setting.options),
                               [&](const std::string& name) { return in.weights.count(name) > 0; });
    using T = typename Side::tensor;
    Row::template configured<T>(options, {.width = 1, .patches = 1, .words = 1}, [&](auto m) {
      options.done();
      support::Leaves weights;
      for (auto& [name, array] : in.weights) weights.add(name, array);
      side.weights(m, weights);
      if constexpr (requires {
                      Row::with_inputs(static_cast<typename Side::Base&>(side), [](const auto&, const auto&) {});
                    })
        return with_more(side, [&](const auto& image, const auto& words) { f(m, image, words); });
      else
        side.with_samples("words", in.words, in.word_lengths, [&](const auto& words) {
          if constexpr (Row::facts.ragged_image)
            side.with_samples("image", in.image, in.region_lengths, [&](const auto& image) { f(m, image, words); });
          else f(m, side.samples("image", in.image), words);
        });
    });
  }
};

/// Every setting of every row of tokens. Rows on vectors and on views have tests of their own.
template <class Rows>
std::vector<support::AnyCase> table_cases() {
  std::vector<support::AnyCase> cases;
  Rows::each([&]<class Row>(std::type_identity<Row>) {
    if constexpr (!Row::facts.vectors && Row::facts.image != std::string_view("regions")) {
      for (const ModuleCases& module : cases_of(Row::facts.name))
        for (const Setting& setting : module.settings)
          for (const ZooInput& in : inputs_of(Row::facts, module, setting))
            cases.push_back(support::erased(RowCase<Row>::of(module, setting, in), module.sees_length));
    }
  });
  return cases;
}

}  // namespace zoo
