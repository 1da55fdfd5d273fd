#include "mgan/zoo/paper.hpp"

#include "tests/zoo/on_torch.hpp"
#include "tests/zoo/published.hpp"
#include "tests/zoo/trains.hpp"

namespace support {
std::vector<AnyCase> paper_cases() { return zoo::table_cases<mgan::zoo::PaperRows>(); }
}  // namespace support

TEST_CASE("The table's PaperRows train as the patch and the region alignment of a matcher", "[torch][zoo]") {
  zoo::trains_in_a_matcher<mgan::zoo::PaperRows>();
}

TEST_CASE("The names of the table's PaperRows are the settings that say so", "[torch][zoo]") {
  zoo::check_published<mgan::zoo::PaperRows>();
}
