// SCAN, NAAF and VSA on Eigen against the naive loops.
#include "tests/support/cases/zoo_attention.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;

TEMPLATE_TEST_CASE("SCAN is the naive loop's", "[alignment][zoo]", float, double) {
  scan_cases([](const auto& c) {
    INFO(c.title());
    CHECK(against_reference<TestType>(c) == "");
  });
}

TEMPLATE_TEST_CASE("Naaf is the naive loop's", "[alignment][zoo]", float, double) {
  naaf_cases([](const auto& c) {
    INFO(c.title());
    CHECK(against_reference<TestType>(c) == "");
  });
}

TEMPLATE_TEST_CASE("VisualSemanticAttention is the naive loop's", "[alignment][zoo]", float, double) {
  vsa_cases([](const auto& c) {
    if (c.compat != Compat::none && c.padded()) return;  // Eigen has no padding
    INFO(c.title());
    CHECK(against_reference<TestType>(c) == "");
  });
}
