// What must hold whatever the weights: padding is nothing, order does not matter, a block is a part of the whole.
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/randn.h>

#include "tests/support/cases/global_alignment.hpp"
#include "tests/support/cases/losses.hpp"
#include "tests/support/cases/matcher.hpp"
#include "tests/support/cases/plain_aggregation.hpp"
#include "tests/support/cases/region_embedding.hpp"
#include "tests/support/cases/similarity_interaction.hpp"
#include "tests/support/torch_checks.hpp"

using namespace support;

namespace {

/// Samples of a batch by a list of indices.
at::Tensor select(const at::Tensor& x, const at::Tensor& index) { return at::index_select(x, 0, index); }
mgan::Masked<at::Tensor> select(const mgan::Masked<at::Tensor>& x, const at::Tensor& index) {
  return {select(x.values, index), select(x.mask, index)};
}
template <class F>
mgan::ImageFeatures<at::Tensor, F> select(const mgan::ImageFeatures<at::Tensor, F>& x, const at::Tensor& index) {
  return {select(x.features, index), select(x.boxes, index), select(x.image_sizes, index), select(x.tokens, index)};
}

/// Sample `i` without its batch axis.
at::Tensor one(const at::Tensor& x, Index i) { return x.select(0, i); }
mgan::Masked<at::Tensor> one(const mgan::Masked<at::Tensor>& x, Index i) { return {one(x.values, i), one(x.mask, i)}; }
template <class F>
mgan::ImageFeatures<at::Tensor, F> one(const mgan::ImageFeatures<at::Tensor, F>& x, Index i) {
  return {one(x.features, i), one(x.boxes, i), one(x.image_sizes, i), one(x.tokens, i)};
}

bool close(const at::Tensor& a, const at::Tensor& b, double temperature = 1) {
  return a.sizes() == b.sizes() && at::allclose(a, b, 1e-11 / temperature, 1e-12 / temperature);
}

}  // namespace

TEMPLATE_TEST_CASE("Padding changes no score and has no gradient, whatever it holds", "[torch][padding]",
                   MultiViewSummarizationCase, SentenceAttentionCase, SimilarityInteractionCase, PatchAlignmentCase,
                   PlainAggregationCase, DiversityRegularizationCase) {
  for (TestType c : TestType::all()) {
    if (c.lengths().empty()) continue;
    check_padding(c);
    // The last input is the one that is ragged.
    const auto [name, leaf] = c.inputs().back();
    CHECK(gradient_of_padding(run_with_padding(c, NAN).second.at(name), c.lengths()) == 0);
  }
}

TEMPLATE_TEST_CASE("A mask alone keeps finite padding out: what embeddings leave there is not zero", "[torch][padding]",
                   MultiViewSummarizationCase, SentenceAttentionCase, SimilarityInteractionCase, PatchAlignmentCase,
                   PlainAggregationCase, DiversityRegularizationCase, RegionAlignmentCase) {
  for (TestType c : TestType::all()) {
    if (c.lengths().empty()) continue;
    INFO(c.title);
    TorchSide side;
    side.garbage = 3;
    side.keep_garbage = true;
    c.run(side);
    CHECK(difference(side.outputs(), c.expected(), tolerance<double>(c.temperature())) == "");
  }
}

TEST_CASE("Padding of regions and words changes no region score and has no gradient", "[torch][padding]") {
  const auto c = RegionAlignmentCase::random("ragged", 55, {3, 5}, {4, 4}, 4, 3, true);
  check_padding(c);
  const Outputs gradients = run_with_padding(c, NAN).second;
  CHECK(gradient_of_padding(gradients.at("regions"), c.region_lengths) == 0);
  CHECK(gradient_of_padding(gradients.at("words"), c.word_lengths) == 0);
}

TEST_CASE("Padding of regions, boxes and words changes no score of the matcher and has no gradient",
          "[torch][padding]") {
  using N = mgan::RegionNormalization;
  for (const N normalization : {N::none, N::l2, N::camera}) {
    const auto c = MatcherCase::random("ragged", 144, true, 0.1, normalization, 3, 4);
    check_padding(c);
    const Outputs gradients = run_with_padding(c, NAN).second;
    CHECK(gradient_of_padding(gradients.at("features"), c.region_lengths) == 0);
    CHECK(gradient_of_padding(gradients.at("text_tokens"), c.in.word_lengths, 1) == 0);
  }
}

TEST_CASE("CAMERA's norm over the regions of a padded batch is that of the real ones", "[torch][padding]") {
  using N = mgan::RegionNormalization;
  RegionEmbeddingCase c = RegionEmbeddingCase::random("", 5, 2, 4, 5, 6, N::camera);
  RegionEmbeddingCase shorter = c;
  const Lengths lengths{2, 4};
  TorchSide side;
  mgan::RegionEmbedding<at::Tensor> f;
  f.normalization = N::camera;
  side.weights(f, c.weights());
  const at::Tensor sizes = torch_tensor(c.image_sizes);
  const auto padded = f(side.samples("features", c.features, lengths), side.padded("boxes", c.boxes, lengths), sizes);

  shorter.features = array(torch_tensor(c.features).narrow(1, 0, 2));
  shorter.boxes = array(torch_tensor(c.boxes).narrow(1, 0, 2));
  const Array expected = shorter.expected().at("regions");  // image 0 with its two regions
  CHECK(close(padded.values[0].narrow(0, 0, 2), torch_tensor(expected)[0]));
  CHECK(close(padded.values[1], torch_tensor(c.expected().at("regions"))[1]));
}

TEMPLATE_TEST_CASE("Scores of image i and caption t depend on these two alone", "[torch][pairs]", PatchAlignmentCase,
                   RegionAlignmentCase, PlainAggregationCase, GlobalAlignmentCase, MatcherCase) {
  for (TestType c : TestType::all()) {
    INFO(c.title);
    TorchSide side;
    c.with(side, [&](const auto& module, const auto& images, const auto& texts) {
      const at::Tensor whole = mgan::all_pairs(module, images, texts);
      const Index n_images = whole.size(0), n_texts = whole.size(1);
      const auto tau = c.temperature();

      // Another order of images and captions, some of them twice.
      const auto i = at::tensor(std::vector<std::int64_t>{n_images - 1, 0, n_images - 1});
      const auto t = at::tensor(std::vector<std::int64_t>{0, n_texts - 1, n_texts / 2, 0});
      CHECK(close(mgan::all_pairs(module, select(images, i), select(texts, t)), select(select(whole, i).t(), t).t(),
                  tau));

      // Tiles of any size, and preparation apart from scoring.
      const auto image_states = mgan::prepare_images(module, images);
      const auto text_states = mgan::prepare_texts(module, texts);
      for (const mgan::Tile tile : {mgan::Tile{1, 1}, {2, 0}, {0, 2}, {2, 3}, {100, 1}}) {
        CHECK(close(mgan::score_all(module, image_states, text_states, tile), whole, tau));
      }

      // One pair without batch axes.
      for (const auto& [a, b] : {std::pair{Index{0}, n_texts - 1}, {n_images - 1, Index{0}}}) {
        const at::Tensor pair = module(one(images, a), one(texts, b));
        CHECK(pair.dim() == 0);
        CHECK(close(pair, whole[a][b], tau));
      }

      // No images, or no captions.
      const auto none = at::tensor(std::vector<std::int64_t>{});
      const at::Tensor no_images = mgan::all_pairs(module, select(images, none), texts);
      const at::Tensor no_texts = mgan::all_pairs(module, images, select(texts, none));
      CHECK(no_images.sizes() == at::IntArrayRef({0, n_texts}));
      CHECK(no_texts.sizes() == at::IntArrayRef({n_images, 0}));
      CHECK(no_images.scalar_type() == at::kDouble);
      CHECK(mgan::score_all(module, mgan::prepare_images(module, select(images, none)), text_states, {2, 2}).sizes() ==
            at::IntArrayRef({0, n_texts}));
      CHECK(mgan::all_pairs(module, select(images, none), select(texts, none)).sizes() == at::IntArrayRef({0, 0}));
    });
  }
}

TEMPLATE_TEST_CASE("Cosines do not see the length of a vector", "[torch][pairs]", PatchAlignmentCase,
                   PlainAggregationCase, GlobalAlignmentCase) {
  for (TestType c : TestType::all()) {
    INFO(c.title);
    TorchSide side, scaled;
    c.run(side);
    const auto inputs = c.inputs();
    for (double& x : inputs[0].second->values) x *= 32;
    for (double& x : inputs[1].second->values) x *= 0x1.0p-6;
    c.run(scaled);
    CHECK(close(side.results.at("scores"), scaled.results.at("scores"), c.temperature()));
  }
}

TEST_CASE("Functors of one side take any number of leading axes", "[torch][pairs]") {
  MultiViewSummarizationCase c = MultiViewSummarizationCase::random("", 35, 6, 5, 4, 3, false);
  TorchSide side;
  mgan::MultiViewSummarization<at::Tensor> views;
  configure(views, c.p);
  side.weights(views, c.weights());
  const at::Tensor regions = torch_tensor(c.regions), whole = views(regions).views;
  CHECK(close(views(regions.view({2, 3, 5, 4})).views, whole.view({2, 3, 3, 4})));
  CHECK(close(views(regions[4]).views, whole[4]));

  SentenceAttentionCase d = SentenceAttentionCase::random("", 45, 6, 5, 4, 2, false);
  TorchSide other;
  mgan::SentenceAttention<at::Tensor> sentence;
  sentence.heads = 2;
  other.weights(sentence, d.weights());
  const at::Tensor words = torch_tensor(d.words), sentences = sentence(words);
  CHECK(close(sentence(words.view({3, 2, 5, 4})), sentences.view({3, 2, 4})));
  CHECK(close(sentence(words[4]), sentences[4]));
}
