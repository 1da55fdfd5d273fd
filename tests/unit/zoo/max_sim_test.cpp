#include "mgan/zoo/max_sim.hpp"

#include "tests/zoo/on_eigen.hpp"

TEMPLATE_TEST_CASE("The table's MaxSimRows on Eigen are the naive loops'", "[zoo]", float, double) {
  zoo::check_on_eigen<mgan::zoo::MaxSimRows, TestType>();
}

TEST_CASE("The table's MaxSimRows refuse what is no number, an empty side and other widths", "[zoo]") {
  zoo::check_refusals<mgan::zoo::MaxSimRows>();
}
