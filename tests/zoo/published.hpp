// Every name of a list on the command line is the setting of tests/zoo that says so: the same scores as its naive loop.
#pragma once

#include "on_torch.hpp"
#include "tests/support/catch.hpp"

namespace zoo {

/// The setting behind a name.
inline std::pair<ModuleCases, Setting> setting_of(const std::string& module, const std::string& published) {
  for (const ModuleCases& one : cases_of(module))
    for (const Setting& setting : one.settings)
      if (setting.published == published) return {one, setting};
  throw std::invalid_argument("no setting of " + module + " in tests/zoo is published as " + published);
}

/// What `make` makes, in place of a configured row.
template <class Row, class Make>
struct PublishedCase : RowCase<Row> {
  Make make;

  template <class Side, class F>
  void with(Side& side, F&& f) {
    auto m = mgan::zoo::made<typename Side::tensor>(make, {.width = 1, .heads = 1, .patches = 1, .words = 1});
    support::Leaves weights;
    for (auto& [name, array] : this->in.weights) weights.add(name, array);
    side.weights(m, weights);
    side.with_samples("words", this->in.words, this->in.word_lengths,
                      [&](const auto& words) { f(m, side.samples("image", this->in.image), words); });
  }
};

template <class Rows>
void check_published() {
  using mgan::zoo::Slot;
  Rows::each([]<class Row>(std::type_identity<Row>) {
    Row::published([]<Slot slot>(const mgan::zoo::Published<slot>& p, const auto& make) {
      const auto [module, setting] = setting_of(Row::facts.name, p.name);
      if constexpr (slot == Slot::patch || slot == Slot::tokens) {
        using Case = PublishedCase<Row, std::remove_cvref_t<decltype(make)>>;
        for (const ZooInput& in : inputs_of(Row::facts, module, setting)) {
          if (!in.region_lengths.empty()) continue;
          INFO(p.name << ": " << in.title);
          Case c{RowCase<Row>::of(module, setting, in), make};
          support::TorchSide side;
          c.with(side, [&](const auto& m, const auto& image, const auto& words) {
            side.output("scores", mgan::all_pairs(m, image, words));
          });
          CHECK(support::difference(side.outputs(), c.expected(), support::tolerance<double>(c.tau)) == "");
        }
      }
    });
  });
}

}  // namespace zoo
