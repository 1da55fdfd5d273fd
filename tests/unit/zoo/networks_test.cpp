#include "mgan/zoo/networks.hpp"

#include "tests/zoo/on_eigen.hpp"

TEMPLATE_TEST_CASE("The table's NetworkRows on Eigen are the naive loops'", "[zoo]", float, double) {
  zoo::check_on_eigen<mgan::zoo::NetworkRows, TestType>();
}

TEST_CASE("The table's NetworkRows refuse what is no number, an empty side and other widths", "[zoo]") {
  zoo::check_refusals<mgan::zoo::NetworkRows>();
}
