#include "mgan/zoo/max_sim.hpp"

#include "tests/zoo/on_torch.hpp"
#include "tests/zoo/published.hpp"
#include "tests/zoo/trains.hpp"

namespace support {
std::vector<AnyCase> max_sim_cases() { return zoo::table_cases<mgan::zoo::MaxSimRows>(); }
}  // namespace support

TEST_CASE("The table's MaxSimRows train as the patch and the region alignment of a matcher", "[torch][zoo]") {
  zoo::trains_in_a_matcher<mgan::zoo::MaxSimRows>();
}

TEST_CASE("The names of the table's MaxSimRows are the settings that say so", "[torch][zoo]") {
  zoo::check_published<mgan::zoo::MaxSimRows>();
}
