#include "mgan/zoo/graphs.hpp"

#include "tests/zoo/on_torch.hpp"
#include "tests/zoo/published.hpp"
#include "tests/zoo/trains.hpp"

namespace support {
std::vector<AnyCase> graph_cases() { return zoo::table_cases<mgan::zoo::GraphRows>(); }
}  // namespace support

TEST_CASE("The table's GraphRows train as the patch and the region alignment of a matcher", "[torch][zoo]") {
  zoo::trains_in_a_matcher<mgan::zoo::GraphRows>();
}

TEST_CASE("The names of the table's GraphRows are the settings that say so", "[torch][zoo]") {
  zoo::check_published<mgan::zoo::GraphRows>();
}
