// Real rows alone: pack and unpack, and the sentence that is computed of them, for masks of any shape.
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "mgan/alignment/multi_view_summarization.hpp"
#include "mgan/alignment/sentence_attention.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/train/parameters.hpp"
#include "tests/support/catch.hpp"

namespace {

using Masked = mgan::Masked<at::Tensor>;

at::Tensor numbers(at::IntArrayRef sizes) { return at::randn(sizes, at::kDouble); }
at::Tensor mask_of(const std::vector<std::int64_t>& real, at::IntArrayRef sizes) {
  return at::tensor(real).to(at::kBool).view(sizes);
}
template <class M>
M in_double(M module) {
  mgan::initialize(module, 1);
  mgan::train::to(module, at::kCPU, at::kDouble);
  return module;
}

}  // namespace

TEST_CASE("pack takes the real rows, unpack puts them back among zeros", "[torch][padding]") {
  const Masked x{numbers({2, 3, 4}), mask_of({1, 0, 1, 0, 1, 0}, {2, 3})};
  const at::Tensor rows = mgan::pack(x);  // (3, 4)
  CHECK(at::equal(rows, at::stack({x.values[0][0], x.values[0][2], x.values[1][1]})));
  const at::Tensor back = mgan::unpack(rows * 2, x);
  CHECK(at::equal(back, (x.values * 2).masked_fill(x.mask.logical_not().unsqueeze(-1), 0)));
  CHECK(at::equal(mgan::pack(x.values), x.values));
  CHECK_THROWS_WITH(mgan::pack(Masked{x.values, x.mask[0]}), "pack: rows are (2, 3, 4), the mask is (3)");
}

TEST_CASE("A sentence with holes in its mask is that of its words", "[torch][padding]") {
  const auto f = in_double(mgan::SentenceAttention<at::Tensor>::create(6, 3));
  const Masked words{numbers({2, 4, 6}), mask_of({1, 0, 1, 1, 0, 1, 0, 0}, {2, 4})};
  const at::Tensor both = f(words);
  CHECK(at::allclose(both[0], f(at::stack({words.values[0][0], words.values[0][2], words.values[0][3]}))));
  CHECK(at::allclose(both[1], f(words.values[1].narrow(0, 1, 1))));
  CHECK(at::allclose(both[0], f(Masked{words.values[0], words.mask[0]})));  // one caption, no batch axis
  CHECK(at::allclose(both.unsqueeze(0), f(Masked{words.values.unsqueeze(0), words.mask.unsqueeze(0)})));
  CHECK(f(Masked{at::zeros({0, 4, 6}, at::kDouble), at::zeros({0, 4}, at::kBool)}).sizes() == at::IntArrayRef({0, 6}));
}

TEST_CASE("Several convolutions at once are each of them alone", "[torch]") {
  using T = at::Tensor;
  const auto views = in_double(mgan::MultiViewSummarization<T>::create(16, mgan::ViewSizes::for_width(16, 3)));
  for (const std::int64_t regions : {1, 2, 5, 9}) {  // fewer than the widest kernel reaches over, and more
    const T x = numbers({2, regions, 16});
    const T all = mgan::convolve_each(views.conv, x);  // (2, R, sum C_i)
    std::int64_t begin = 0;
    for (const auto& layer : views.conv) {
      const T alone = layer(x);
      CHECK(at::allclose(all.narrow(-1, begin, alone.size(-1)), alone));
      begin += alone.size(-1);
    }
    CHECK(begin == all.size(-1));
    CHECK(at::allclose(mgan::convolve_each(views.conv, x[0]), all[0]));
  }
  CHECK(mgan::convolve_each(views.conv, at::zeros({0, 5, 16}, at::kDouble)).size(0) == 0);
}
