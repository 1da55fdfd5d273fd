// MultiViewMax, SelfWeightedMean, AOSM, UCoFiA's preset and WTI on Eigen against the naive loops.
#include "tests/support/cases/zoo_interactions.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;

namespace {

template <class S>
struct Compare {
  template <class Case>
  void operator()(const Case& c) const {
    if (c.compat != Compat::none && c.padded()) return;  // Eigen has no padding
    INFO(c.title());
    CHECK(against_reference<S>(c) == "");
  }
};

}  // namespace

TEMPLATE_TEST_CASE("MultiViewMax and SelfWeightedMean are the naive loops'", "[alignment][zoo]", float, double) {
  plain_zoo_cases(Compare<TestType>{});
}

TEMPLATE_TEST_CASE("Aosm is the naive loop's", "[alignment][zoo]", float, double) { aosm_cases(Compare<TestType>{}); }

TEMPLATE_TEST_CASE("UCoFiA's preset is the naive loop's", "[alignment][zoo]", float, double) {
  ucofia_cases(Compare<TestType>{});
}

TEMPLATE_TEST_CASE("WeightedTokenInteraction is the naive loop's", "[alignment][zoo]", float, double) {
  token_interaction_cases(Compare<TestType>{});
}
