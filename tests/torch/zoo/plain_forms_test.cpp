// Every name of the table has its plain PyTorch-style form in benchmarks/plain_zoo.hpp, with the same scores.
#include "benchmarks/plain_zoo.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>
#include <ATen/ops/tensor.h>

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/offered_tokens.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/zoo/table.hpp"
#include "tests/support/catch.hpp"

TEST_CASE("Every module of the table has a plain form with its scores", "[torch][zoo]") {
  using mgan::zoo::Slot;
  const mgan::zoo::AlignmentSizes sizes{
      .width = 32, .n_views = 3, .heads = 4, .patches = 5, .words = 7, .temperature = 0.1, .seed = 3, .similarity = 8};
  const auto forms = plain::forms(sizes.temperature, sizes.heads);
  const at::Tensor image = at::randn({3, 5, 32}), words = at::randn({4, 7, 32}), lengths = at::tensor({7, 2, 5, 1});
  const at::Tensor corner = at::rand({3, 5, 2}), boxes = at::cat({corner, corner + at::rand({3, 5, 2}) + 0.1}, 2);
  const at::Tensor image_sizes = at::rand({3, 2}) + 2;
  std::size_t names = 0;
  mgan::zoo::each_row([&]<class Row>(std::type_identity<Row>) {
    Row::published([&]<Slot slot>(const mgan::zoo::Published<slot>& p, const auto& make) {
      INFO(p.name);
      ++names;
      REQUIRE(forms.count(p.name) == 1);
      auto module = mgan::zoo::made<at::Tensor>(make, sizes);
      plain::Weights weights;
      mgan::visit_tensors(module, [&](const std::string& name, at::Tensor& w) {
        w = w + 0.1 * at::randn_like(w);  // away from the identity, and no bias at 0
        weights[name] = w;
      });
      const at::Tensor expected = forms.at(p.name)({image, words, lengths, boxes, image_sizes}, weights);
      at::Tensor scores;
      if constexpr (slot == Slot::global) scores = mgan::all_pairs(module, image.select(1, 0), words.select(1, 0));
      else if constexpr (mgan::WantsBoxes<std::remove_cvref_t<decltype(module)>>)
        scores = mgan::all_pairs(module, mgan::RegionTokens{image, boxes, image_sizes}, mgan::ragged(words, lengths));
      else scores = mgan::all_pairs(module, image, mgan::ragged(words, lengths));
      REQUIRE(scores.sizes() == expected.sizes());
      CHECK((scores - expected).abs().max().item<double>() < 1e-3);
    });
  });
  CHECK(names == forms.size());
}
