// Every functor on LibTorch against the naive loops: batches in double and float, half precision, mixed types.
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include "mgan/loss/matching_loss.hpp"
#include "tests/support/cases/global_alignment.hpp"
#include "tests/support/cases/losses.hpp"
#include "tests/support/cases/matcher.hpp"
#include "tests/support/cases/patch_embedding.hpp"
#include "tests/support/cases/perturbed_top_k.hpp"
#include "tests/support/cases/plain_aggregation.hpp"
#include "tests/support/cases/region_embedding.hpp"
#include "tests/support/cases/similarity_interaction.hpp"
#include "tests/support/cases/text_embedding.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/torch_side.hpp"

using namespace support;
using Catch::Matchers::ContainsSubstring;

TEMPLATE_TEST_CASE("LibTorch computes what the naive loops compute", "[torch]", RegionEmbeddingCase, PatchEmbeddingCase,
                   TextEmbeddingCase, MultiViewSummarizationCase, SentenceAttentionCase, RegionAlignmentCase,
                   PatchSelectorCase, PerturbedTopKCase, SimilarityInteractionCase, PatchAlignmentCase,
                   PlainAggregationCase, GlobalAlignmentCase, TripletRankingLossCase, DiversityRegularizationCase,
                   MatcherCase) {
  for (const TestType& c : TestType::all()) {
    INFO(c.title);
    CHECK(against_reference(c, at::kDouble) == "");
    CHECK(against_reference(c, at::kFloat) == "");
  }
}

namespace {

/// The case with every number rounded to `scalar`.
template <class Case>
Case rounded(Case c, at::ScalarType scalar) {
  auto all = c.weights();
  all += c.inputs();
  for (auto& [name, x] : all) *x = array(torch_tensor(*x, scalar));
  return c;
}

template <class Case>
void check_half(const Case& original, at::ScalarType scalar, Tolerance allowed) {
  INFO(original.title << " in " << c10::toString(scalar));
  Case c = rounded(original, scalar);
  TorchSide side{scalar};
  c.run(side);
  Outputs expected = c.expected();
  expected.erase("winning_view");
  for (const auto& [name, x] : expected) {
    INFO(name);
    CHECK(side.results.at(name).scalar_type() == at::kFloat);
  }
  CHECK(difference(side.outputs(), expected, allowed) == "");
}

}  // namespace

TEMPLATE_TEST_CASE("Scores and losses of half precision accumulate in single", "[torch]", SimilarityInteractionCase,
                   PatchAlignmentCase, PlainAggregationCase, GlobalAlignmentCase, TripletRankingLossCase,
                   DiversityRegularizationCase) {
  for (const TestType& c : TestType::all()) {
    for (const auto scalar : {at::kHalf, at::kBFloat16}) check_half(c, scalar, {2e-5 / c.temperature(), 1e-4});
  }
}

TEMPLATE_TEST_CASE("Functors with linear maps take half precision and score in single", "[torch]", RegionAlignmentCase,
                   MatcherCase) {
  for (const TestType& c : TestType::all()) {
    if (c.temperature() < 1) continue;
    check_half(c, at::kHalf, {0.01, 0.01});
    check_half(c, at::kBFloat16, {0.08, 0.08});
  }
}

TEST_CASE("Regions stay in half precision, whatever their normalisation", "[torch]") {
  for (const auto& original : RegionEmbeddingCase::all()) {
    INFO(original.title);
    RegionEmbeddingCase c = rounded(original, at::kHalf);
    TorchSide side{at::kHalf};
    c.boxes = array(torch_tensor(c.boxes, at::kHalf));
    c.run(side);
    CHECK(side.results.at("regions").scalar_type() == at::kHalf);
    CHECK(difference(side.outputs(), c.expected(), {0.01, 0.01}) == "");
  }
}

TEST_CASE("Scores of a fine difference survive in half precision", "[torch]") {
  // cos = 1 - 5e-4 of unit vectors; a bfloat16 product could say only 1 or 1 - 4e-3.
  const auto image = at::ones({1, 4}, at::kBFloat16);
  auto text = at::ones({1, 4}, at::kBFloat16);
  text[0][0] = 1.0625;
  const double expected = reference::cosine({1, 1, 1, 1}, {1.0625, 1, 1, 1});
  CHECK(mgan::all_pairs(mgan::GlobalAlignment{}, image, text).item<double>() == Approx(expected).epsilon(1e-6));
}

TEST_CASE("Mixed types are mgan::Error, never an error of LibTorch", "[torch]") {
  using T = at::Tensor;
  const auto d = [](at::IntArrayRef sizes) { return at::randn(sizes, at::kDouble); };
  const auto f = [](at::IntArrayRef sizes) { return at::randn(sizes, at::kFloat); };
  const auto boxes = at::tensor(std::vector<double>{1, 1, 5, 5}).view({1, 1, 4});
  const auto sizes = at::tensor(std::vector<double>{10, 10}).view({1, 2});

  // Weights are single precision when made, so double inputs do not fit.
  CHECK_THROWS_WITH(mgan::Linear<T>::create(4, 3)(d({2, 4})),
                    "Linear: input and weight: F64 and F32 are mixed; cast one side");
  CHECK_THROWS_WITH(mgan::Projection<T>::create(4, 3)(d({2, 4})),
                    ContainsSubstring("Projection: input and weight: F64"));
  CHECK_THROWS_AS(mgan::LayerNorm<T>::create(4)(d({2, 4})), mgan::Error);
  CHECK_THROWS_AS((mgan::Conv1d<T>::create(4, 2, 3, 1)(d({1, 5, 4}))), mgan::Error);
  CHECK_THROWS_AS(mgan::RegionEmbedding<T>::create(4, 6)(d({1, 1, 4}), boxes, sizes), mgan::Error);
  CHECK_THROWS_AS(mgan::PatchEmbedding<T>::create(4, 6)(d({1, 3, 4})), mgan::Error);
  CHECK_THROWS_AS(mgan::TextEmbedding<T>::create(4, 6)(d({1, 3, 4})), mgan::Error);
  CHECK_THROWS_AS(mgan::MultiViewSummarization<T>::create(16)(d({1, 3, 16})), mgan::Error);
  CHECK_THROWS_AS(mgan::SentenceAttention<T>::create(4, 2)(d({1, 3, 4})), mgan::Error);
  CHECK_THROWS_AS(mgan::PatchSelector<T>::create(4, 2)(d({1, 3, 4}), d({1, 4})), mgan::Error);
  CHECK_THROWS_AS(mgan::PatchSelector<T>::create(4, 2)(f({1, 3, 4}), d({1, 4})), mgan::Error);
  CHECK_THROWS_AS(mgan::SimilarityInteraction<T>::create(4)(d({2, 4})), mgan::Error);
  CHECK_THROWS_AS(mgan::perturbed_top_k(d({2, 4}), f({2, 3, 4}), 2, 0.1), mgan::Error);

  const auto align = mgan::PatchAlignment<T>::create(3, 4);
  CHECK_THROWS_WITH(mgan::all_pairs(align, d({1, 3, 4}), f({1, 4, 4})),
                    "PatchAlignment: patches and A2: F64 and F32 are mixed; cast one side");
  CHECK_THROWS_WITH(mgan::all_pairs(align, f({1, 3, 4}), d({1, 4, 4})),
                    "PatchAlignment: words and A1: F64 and F32 are mixed; cast one side");
  CHECK_THROWS_WITH(mgan::all_pairs(mgan::PlainAggregation{}, d({1, 3, 4}), f({1, 4, 4})),
                    ContainsSubstring("F64 and F32 are mixed"));
  CHECK_THROWS_WITH(mgan::all_pairs(mgan::GlobalAlignment{}, d({1, 4}), f({1, 4})),
                    ContainsSubstring("F64 and F32 are mixed"));
  const mgan::RegionAlignment<T> region;
  CHECK_THROWS_WITH(region.score(mgan::Views{d({1, 1, 3, 4}), d({1, 1, 2, 3})}, f({1, 1, 4})),
                    ContainsSubstring("F64 and F32 are mixed"));
}

TEST_CASE("Wrong shapes on LibTorch are mgan::Error with numbers", "[torch]") {
  using T = at::Tensor;
  const auto x = [](at::IntArrayRef sizes) { return at::randn(sizes); };
  CHECK_THROWS_WITH(mgan::Linear<T>::create(4, 3)(x({2, 5})), "linear: input is (2, 5), weight is (3, 4)");
  CHECK_THROWS_WITH((mgan::Conv1d<T>::create(4, 2, 3, 1)(x({1, 5, 3}))),
                    "Conv1d: input is (1, 5, 3), kernel is (2, 4, 3)");
  CHECK_THROWS_WITH(mgan::LayerNorm<T>::create(4)(x({2, 3})), "LayerNorm: weight is (4), expected (3)");
  const auto align = mgan::PatchAlignment<T>::create(3, 4);
  CHECK_THROWS_WITH(mgan::all_pairs(align, x({2, 5, 4}), x({2, 4, 4})),
                    "PatchAlignment: patches are (2, 5, 4), but A2 is (3, 3)");
  CHECK_THROWS_WITH(mgan::all_pairs(align, x({2, 3, 4}), x({2, 5, 4})), "PatchAlignment: 5 words, but A1 is (4, 4)");
  CHECK_THROWS_WITH(mgan::all_pairs(align, x({2, 3, 4}), x({2, 4, 6})),
                    "PatchAlignment: patches are (2, 1, 3, 4), words are (1, 2, 4, 6)");
  CHECK_THROWS_WITH(mgan::all_pairs(mgan::GlobalAlignment{}, x({2, 3}), x({2, 4})),
                    "GlobalAlignment: image is (2, 1, 3), text is (1, 2, 4)");
  CHECK_THROWS_WITH(mgan::scale_by(x({2, 3}), x({3})), "scale_by: the factor is (3), expected (1)");
  CHECK_THROWS_WITH(mgan::TripletRankingLoss{}(x({2, 3})), "TripletRankingLoss: scores are (2, 3), expected (B, B)");
  CHECK_THROWS_WITH(mgan::TripletRankingLoss{}(x({0, 0})), "TripletRankingLoss: scores are (0, 0), there is no pair");
  CHECK_THROWS_WITH(mgan::TripletRankingLoss{}(x({2, 2}), std::vector<std::int64_t>{1, 2, 3}),
                    "TripletRankingLoss: 3 image ids for scores (2, 2)");
}

TEST_CASE("Values that are no numbers are named with their place", "[torch]") {
  auto words = at::zeros({2, 3, 4});
  words[1][2][3] = std::nan("");
  const auto align = mgan::PatchAlignment<at::Tensor>::create(3, 4);
  CHECK_THROWS_WITH(align.prepare_text(words), "PatchAlignment: words(1, 2, 3) is nan");
  words[1][2][3] = -INFINITY;
  CHECK_THROWS_WITH(mgan::PlainAggregation{}.prepare_text(words), "PlainAggregation: words(1, 2, 3) is -inf");

  mgan::check_values = false;
  CHECK_NOTHROW(align.prepare_text(words));
  mgan::check_values = true;
}

TEST_CASE("ragged makes masks of lengths, and refuses what is no length", "[torch]") {
  const auto values = at::ones({2, 3, 2});
  const auto x = mgan::ragged(values, torch_lengths({1, 3}));
  CHECK(array(x.mask).values == Vector{1, 0, 0, 1, 1, 1});
  CHECK(array(x.values).values == Vector{1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1});
  CHECK_THROWS_WITH(mgan::ragged(values, torch_lengths({1, 4}), "words"),
                    "words: sample 1 has length 4, expected 1..3");
  CHECK_THROWS_WITH(mgan::ragged(values, torch_lengths({0, 3}), "words"),
                    "words: sample 0 has length 0, expected 1..3");
  CHECK_THROWS_WITH(mgan::ragged(values, torch_lengths({1}), "words"), "words: (1) lengths for values (2, 3, 2)");
  CHECK_THROWS_WITH(mgan::ragged(values, at::ones({2}), "words"),
                    "words: lengths are F32 (2), expected integers (batch)");
}

TEST_CASE("A caption of [CLS] alone is an error, not a NaN", "[torch]") {
  const auto text = mgan::TextEmbedding<at::Tensor>::create(4, 6);
  const auto tokens = mgan::ragged(at::randn({3, 4, 4}), torch_lengths({2, 1, 4}));
  CHECK_THROWS_WITH(text(tokens), "TextEmbedding: caption 1 has no words");
}

TEST_CASE("Zero-height boxes name the image and the region", "[torch]") {
  const auto f = mgan::RegionEmbedding<at::Tensor>::create(4, 6);
  const auto sizes = at::tensor(std::vector<double>{100, 80, 100, 80}).view({2, 2});
  auto boxes = at::tensor(std::vector<double>{0, 0, 5, 5}).repeat({2, 3, 1});
  boxes[1][2][3] = 0;
  CHECK_THROWS_WITH(f(at::randn({2, 3, 4}), boxes, sizes),
                    "RegionEmbedding: image 1, region 2: box (0, 0, 5, 0) in an image of 100 x 80 has no height");
  boxes[1][2][3] = std::nan("");
  CHECK_THROWS_WITH(f(at::randn({2, 3, 4}), boxes, sizes),
                    ContainsSubstring("image 1, region 2") && ContainsSubstring("is not finite"));
  const auto ragged = mgan::ragged(at::randn({2, 3, 4}), torch_lengths({3, 2}));
  CHECK_NOTHROW(f(ragged, boxes, sizes));  // the bad box is padding
}
