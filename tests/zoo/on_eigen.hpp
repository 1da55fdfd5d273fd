// The rows of a list on Eigen, against the naive loops: every setting, every input, every output.
#pragma once

#include "mgan/testing/eigen/side.hpp"
#include "mgan/zoo/run.hpp"
#include "table_case.hpp"
#include "tests/support/catch.hpp"

namespace zoo {

template <class Rows, class S>
void check_on_eigen() {
  Rows::each([]<class Row>(std::type_identity<Row>) {
    for (const ModuleCases& module : cases_of(Row::facts.name)) {
      for (const Setting& setting : module.settings) {
        for (const ZooInput& in : inputs_of(Row::facts, module, setting)) {
          INFO(in.title);
          mgan::testing::EigenSide<S> side{case_of(Row::facts, module, setting, in)};
          mgan::zoo::run_row<Row>(side);
          side.source.check_names();
          CHECK(outputs_against(side.source, side.results, support::tolerance<S>(setting.tau)) == "");
        }
      }
    }
  });
}

/// Every name refuses NaN and infinity with their place, a side without rows, other widths; and the weights that its
/// cases name.
template <class Rows>
void check_refusals() {
  using Matrix = Eigen::MatrixXd;
  using Catch::Matchers::ContainsSubstring;
  using mgan::zoo::Slot;
  Rows::each([]<class Row>(std::type_identity<Row>) {
    Row::published([]<Slot slot>(const mgan::zoo::Published<slot>& p, const auto& make) {
      if constexpr (slot == Slot::patch || slot == Slot::tokens) {
        INFO(p.name);
        const auto f = mgan::zoo::made<Matrix>(make, {.width = 3, .heads = 1, .patches = 2, .words = 2});
        const Matrix good = Matrix::Ones(2, 3), empty(0, 3);
        CHECK_NOTHROW(f(good, good));
        Matrix bad = good;
        bad(1, 2) = std::nan("");
        CHECK_THROWS_WITH(f(bad, good), ContainsSubstring("(1, 2) is nan"));
        CHECK_THROWS_WITH(f(good, bad), ContainsSubstring("(1, 2) is nan"));
        bad(1, 2) = -INFINITY;
        CHECK_THROWS_WITH(f(bad, good), ContainsSubstring("(1, 2) is -inf"));
        CHECK_THROWS_WITH(f(empty, good), ContainsSubstring("has no rows: (0, 3)"));
        CHECK_THROWS_WITH(f(good, empty), ContainsSubstring("has no rows: (0, 3)"));
        CHECK_THROWS_AS(f(good, Matrix::Ones(2, 4)), mgan::Error);
      }
    });
    for (const ModuleCases& module : cases_of(Row::facts.name)) {
      for (const Refused& refused : module.refuses) {
        INFO(module.module << " " << refused.weight << " " << refused.number);
        const Setting& setting = module.settings.front();
        mgan::testing::EigenSide<double> side{
            case_of(Row::facts, module, setting, inputs_of(Row::facts, module, setting).front())};
        side.source.tensors.at("param." + refused.weight).values.front() = refused.number;
        CHECK_THROWS_WITH(mgan::zoo::run_row<Row>(side), refused.message);
      }
    }
  });
}

}  // namespace zoo
