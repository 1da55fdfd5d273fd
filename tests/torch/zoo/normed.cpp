#include "mgan/zoo/normed.hpp"

#include "tests/zoo/on_torch.hpp"
#include "tests/zoo/published.hpp"
#include "tests/zoo/trains.hpp"

namespace support {
std::vector<AnyCase> normed_cases() { return zoo::table_cases<mgan::zoo::NormedRows>(); }
}  // namespace support

TEST_CASE("The table's NormedRows train as the patch and the region alignment of a matcher", "[torch][zoo]") {
  zoo::trains_in_a_matcher<mgan::zoo::NormedRows>();
}

TEST_CASE("The names of the table's NormedRows are the settings that say so", "[torch][zoo]") {
  zoo::check_published<mgan::zoo::NormedRows>();
}
