#include "mgan/zoo/queries.hpp"

#include <ATen/ops/randn.h>

#include "tests/zoo/on_torch.hpp"
#include "tests/zoo/published.hpp"
#include "tests/zoo/trains.hpp"

namespace support {
std::vector<AnyCase> query_cases() { return zoo::table_cases<mgan::zoo::QueryRows>(); }
}  // namespace support

TEST_CASE("The table's QueryRows train as the patch and the region alignment of a matcher", "[torch][zoo]") {
  zoo::trains_in_a_matcher<mgan::zoo::QueryRows>();
}

TEST_CASE("The names of the table's QueryRows are the settings that say so", "[torch][zoo]") {
  zoo::check_published<mgan::zoo::QueryRows>();
}

TEST_CASE("RCAR: dropout in training alone, drawn from the generator", "[torch][zoo]") {
  auto m = mgan::RcarTextToImage<at::Tensor>::create(/*width=*/6, 2, mgan::Regulator::rcar, /*similarity=*/8);
  mgan::initialize(m, 4);
  const at::Tensor image = at::randn({2, 3, 6}), words = at::randn({3, 4, 6});
  const auto scores = [&](auto context) {
    return mgan::score(m, m.prepare_image(image).unsqueeze(1), m.prepare_text(words).unsqueeze(0), context);
  };
  const auto trained = [&](std::uint64_t seed) {
    auto generator = at::detail::createCPUGenerator(seed);
    return scores(mgan::Training{generator});
  };
  const at::Tensor quiet = scores(mgan::Inference{});
  CHECK(trained(1).equal(trained(1)));
  CHECK(!trained(1).equal(trained(2)));
  CHECK(!trained(1).equal(quiet));
  m.dropout.rate = 0;
  CHECK(trained(1).equal(quiet));
}
