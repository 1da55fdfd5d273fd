// Pictures, captions and boxes as batches.
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>

#include <vector>

#include "mgan/encoders/image_batch.hpp"
#include "mgan/encoders/token_batch.hpp"
#include "mgan/sources/box_batch.hpp"
#include "tests/support/catch.hpp"

using Catch::Matchers::ContainsSubstring;

TEST_CASE("Batches: pictures normalised per channel, captions and boxes padded") {
  mgan::data::Picture picture{2, 1, {0, 128, 255, 10, 20, 30}};
  const auto batch = mgan::encoders::image_batch({picture, picture});
  REQUIRE(batch.sizes() == at::IntArrayRef({2, 3, 1, 2}));
  CHECK(batch[1][0][0][0].item<double>() == Approx((0 - 0.48145466) / 0.26862954));
  CHECK(batch[1][1][0][0].item<double>() == Approx((128 / 255.0 - 0.4578275) / 0.26130258));
  CHECK(batch[1][2][0][1].item<double>() == Approx((30 / 255.0 - 0.40821073) / 0.27577711));
  auto wide = picture;
  wide.width = 3;
  CHECK_THROWS_WITH(mgan::encoders::image_batch({picture, wide}), ContainsSubstring("picture 1 is 3 x 1 with 6 bytes"));

  const auto tokens = mgan::encoders::token_batch({{2, 5, 3}, {2, 3}}, 9);
  CHECK(at::equal(tokens.ids, at::tensor(std::vector<std::int64_t>{2, 5, 3, 2, 3, 9}).view({2, 3})));
  CHECK(at::equal(tokens.lengths, at::tensor(std::vector<std::int64_t>{3, 2})));
  CHECK_THROWS_WITH(mgan::encoders::token_batch({{1}, {}}), ContainsSubstring("caption 1 of 2 has no tokens"));

  mgan::data::Example a{"a", 0, {"x"}, {{0, 0, 1, 2}, {1, 1, 3, 4}}, 8, 6}, b{"b", 1, {"y"}, {{2, 2, 4, 4}}, 5, 5};
  const auto boxes = mgan::sources::box_batch({&a, &b});
  CHECK(at::equal(boxes.boxes[0][1], at::tensor(std::vector<float>{1, 1, 3, 4})));
  CHECK(at::equal(boxes.boxes[1][1], boxes.boxes[1][0]));
  CHECK(at::equal(boxes.lengths, at::tensor(std::vector<std::int64_t>{2, 1})));
  CHECK(at::equal(boxes.image_sizes, at::tensor(std::vector<float>{8, 6, 5, 5}).view({2, 2})));
  b.boxes.clear();
  CHECK_THROWS_WITH(mgan::sources::box_batch({&a, &b}), ContainsSubstring("image b has no boxes"));
}
