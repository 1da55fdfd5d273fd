// MaxSim under all its names on Eigen against the naive loop.
#include "tests/support/cases/zoo_max_sim.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;

TEMPLATE_TEST_CASE("MaxSim is the naive loop's, whatever its policies", "[alignment][zoo]", float, double) {
  max_sim_cases([](const auto& c) {
    if (c.compat != Compat::none && c.padded()) return;  // Eigen has no padding
    INFO(c.title());
    CHECK(against_reference<TestType>(c) == "");
  });
}
