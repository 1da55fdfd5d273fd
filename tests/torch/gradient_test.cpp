// Gradients: of every input and every weight against central differences of the naive loops; ties, zeros, perturbed
// top-K.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

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
#include "tests/support/gradient_difference.hpp"

using namespace support;

TEMPLATE_TEST_CASE("Autograd agrees with central differences of the naive loops", "[torch][gradient]",
                   RegionEmbeddingCase, PatchEmbeddingCase, TextEmbeddingCase, MultiViewSummarizationCase,
                   SentenceAttentionCase, RegionAlignmentCase, PatchSelectorCase, SimilarityInteractionCase,
                   PatchAlignmentCase, PlainAggregationCase, GlobalAlignmentCase, TripletRankingLossCase,
                   DiversityRegularizationCase, MatcherCase) {
  for (const TestType& c : TestType::all()) {
    if (c.title.find("ties") != std::string::npos || c.title.find("tied") != std::string::npos) continue;  // kinks
    INFO(c.title);
    CHECK(gradient_difference(c) == "");
  }
}

TEST_CASE("The gradient of perturbed top-K is the estimator of the reference, for given noise", "[torch][gradient]") {
  for (PerturbedTopKCase& c : std::vector(PerturbedTopKCase::all())) {
    INFO(c.title);
    TorchSide side;
    side.differentiable = true;
    c.run(side);
    const Outputs cotangents = random_cotangents(c.expected(), 6);
    const Array expected = reference::perturbed_top_k_gradient(
        c.scores, c.noise, c.k, c.sigma, cotangents.at("indicator"), c.estimator == mgan::Estimator::diagonal);
    CHECK(difference(side.gradients(cotangents).at("scores"), expected, {1e-12, 1e-12}) == "");
  }
}

TEST_CASE("Perturbed top-K repeats with its seed, and only then", "[torch][gradient]") {
  const auto scores = torch_tensor(Random(1).normal({2, 6}));
  const mgan::PerturbedTopK f{50, 0.5, mgan::Estimator::full};
  const auto drawn = [&](std::uint64_t seed) {
    auto generator = at::detail::createCPUGenerator(seed);
    return array(f(scores, 3, generator));
  };
  CHECK(drawn(1).values == drawn(1).values);
  CHECK(drawn(1).values != drawn(2).values);

  auto generator = at::detail::createCPUGenerator(1);
  const Array first = array(f(scores, 3, generator)), second = array(f(scores, 3, generator));
  CHECK(first.values != second.values);  // the generator moves on
  for (Index i = 0; i < 2; ++i) {
    for (Index row = 0; row < 3; ++row) {
      double sum = 0;
      for (const double y : first.row(i, row)) sum += y;
      CHECK(sum == Approx(1));
    }
  }
}

TEST_CASE("The patch selector in training is Y P, with gradients to patches and scores", "[torch][gradient]") {
  PatchSelectorCase c = PatchSelectorCase::random("", 65, 2, 5, 4, 2);
  mgan::PatchSelector<at::Tensor> f;
  f.k = c.k;
  f.perturbed = {8, 0.3, mgan::Estimator::full};
  TorchSide side;
  side.differentiable = true;
  side.weights(f, c.weights());
  const auto patches = side.samples("patches", c.patches), global = side.vectors("global", c.global);

  auto generator = at::detail::createCPUGenerator(9);
  side.output("selected", f(patches, global, mgan::Training{generator}));  // (2, K, D)

  auto same = at::detail::createCPUGenerator(9);
  const Array noise = array(mgan::torch_ops::gaussian(torch_tensor(Array({2, 5})), 8, same));
  const Array scores = reference::selection_scores(c.p, c.patches, c.global);
  const Array y = reference::perturbed_top_k(scores, noise, c.k, 0.3);
  Array expected({2, c.k, 4});
  const Outputs cotangents = random_cotangents({{"selected", expected}}, 7);
  const Array& cotangent = cotangents.at("selected");
  Array to_patches({2, 5, 4}), to_y({2, c.k, 5});
  for (Index i = 0; i < 2; ++i)
    for (Index k = 0; k < c.k; ++k)
      for (Index m = 0; m < 5; ++m)
        for (Index d = 0; d < 4; ++d) {
          expected.at(i, k, d) += y.at(i, k, m) * c.patches.at(i, m, d);
          to_patches.at(i, m, d) += y.at(i, k, m) * cotangent.at(i, k, d);
          to_y.at(i, k, m) += cotangent.at(i, k, d) * c.patches.at(i, m, d);
        }
  CHECK(difference(side.outputs().at("selected"), expected, {1e-12, 1e-12}) == "");

  // The gradient goes through the estimator to the scores, and from there as in the naive loop.
  const Array to_scores = reference::perturbed_top_k_gradient(scores, noise, c.k, 0.3, to_y, false);
  const Outputs actual = side.gradients(cotangents);
  for (const auto& [name, leaf] : c.weights()) {
    INFO(name);
    const auto of_leaf = [&, x = leaf](const Array& moved) {
      const Array kept = *x;
      *x = moved;
      const Array s = reference::selection_scores(c.p, c.patches, c.global);
      *x = kept;
      double sum = 0;
      for (std::size_t j = 0; j < s.values.size(); ++j) sum += to_scores.values[j] * s.values[j];
      return sum;
    };
    CHECK(difference(actual.at(name), reference::numerical_gradient(of_leaf, *leaf).value, {1e-8, 1e-7}) == "");
  }
  const auto of_patches = [&](const Array& moved) {
    const Array s = reference::selection_scores(c.p, moved, c.global);
    double sum = 0;
    for (std::size_t j = 0; j < s.values.size(); ++j) sum += to_scores.values[j] * s.values[j];
    for (std::size_t j = 0; j < moved.values.size(); ++j) sum += to_patches.values[j] * moved.values[j];
    return sum;
  };
  CHECK(difference(actual.at("patches"), reference::numerical_gradient(of_patches, c.patches).value, {1e-8, 1e-7}) ==
        "");
}

TEST_CASE("Of equal maxima the lowest index alone has a gradient", "[torch][gradient]") {
  const auto gradient = [](at::Tensor x, auto f) {
    x.set_requires_grad(true);
    f(x).sum().backward();
    return array(x.grad()).values;
  };
  const auto row = at::tensor(std::vector<double>{1, 3, 3, 2, 3, 3}).view({2, 3});
  CHECK(gradient(row.clone(), [](const auto& x) { return mgan::max(x); }) == Vector{0, 1, 0, 0, 1, 0});

  // Rows of the hardest negatives: texts 1 and 2 tie for image 0, images 0 and 2 for text 1.
  const auto scores = at::tensor(std::vector<double>{1.0, 0.9, 0.9, 0.1, 1.0, 0.1, 0.1, 0.9, 1.0}).view({3, 3});
  CHECK(gradient(scores.clone(), [](const auto& x) { return mgan::TripletRankingLoss{}(x); }) ==
        Vector{-1, 2, 1, 0, -1, 0, 0, 1, -2});
}

TEST_CASE("The winning view alone has a gradient; of equal views the lowest", "[torch][gradient]") {
  RegionAlignmentCase c = RegionAlignmentCase::tied_views();
  TorchSide side;
  side.differentiable = true;
  c.run(side);
  const Array winners = array(side.results.at("winning_view"));
  Outputs ones = c.expected();
  for (double& x : ones.at("scores").values) x = 1;
  const Array weight = side.gradients(ones).at("views.assignment.weight");
  bool wins[4] = {};
  for (const double n : winners.values) wins[static_cast<std::size_t>(n)] = true;
  CHECK((wins[0] || wins[1]));
  for (Index n = 0; n < 4; ++n) {
    INFO("view " << n);
    bool any = false;
    for (const double g : weight.row(n)) any = any || g != 0;
    CHECK(any == wins[static_cast<std::size_t>(n)]);
    CHECK((n < 2 || !any));
  }
}

TEST_CASE("A zero vector has cosine 0 and gradient exactly 0", "[torch][gradient]") {
  const auto filled = [](at::IntArrayRef sizes) { return at::randn(sizes, at::kDouble); };
  const auto check = [](const auto& module, at::Tensor images, at::Tensor texts, bool zero_score) {
    for (auto* x : {&images, &texts}) x->set_requires_grad(true);
    const at::Tensor scores = mgan::all_pairs(module, images, texts);
    if (zero_score) CHECK(array(scores).values == Vector{0, 0});
    scores.sum().backward();
    const Array g = array(images.grad()), h = array(texts.grad());
    const auto width = static_cast<std::size_t>(images.size(-1));
    CHECK(Vector(g.values.begin(), g.values.begin() + static_cast<std::ptrdiff_t>(width)) == Vector(width, 0.0));
    for (const double v : g.values) CHECK(std::abs(v) < 1e3);
    for (const double v : h.values) CHECK(std::abs(v) < 1e3);
  };
  check(mgan::GlobalAlignment{}, at::zeros({1, 4}, at::kDouble), filled({2, 4}), true);
  auto patches = filled({1, 3, 4});
  patches[0][0].zero_();
  check(mgan::PlainAggregation{}, patches.clone(), filled({2, 5, 4}), false);
  check(mgan::PlainAggregation{}, at::zeros({1, 3, 4}, at::kDouble), filled({2, 5, 4}), true);
  mgan::PatchAlignment<at::Tensor> align = mgan::PatchAlignment<at::Tensor>::create(3, 5, 0.1);
  mgan::visit_parameters(align, [](const std::string&, at::Tensor& w) { w = w.to(at::kDouble); });
  check(align, patches.clone(), filled({2, 5, 4}), false);
  check(align, at::zeros({1, 3, 4}, at::kDouble), filled({2, 5, 4}), true);

  auto logits = at::zeros({1, 4, 2}, at::kDouble).set_requires_grad(true);  // the columns of A are zero vectors
  const auto loss = mgan::DiversityRegularization{}(logits);
  CHECK(loss.item<double>() == 2);
  loss.sum().backward();
  CHECK(array(logits.grad()).values == Vector(8, 0.0));
}

TEST_CASE("No gradient of the hinge where the margin is kept", "[torch][gradient]") {
  auto scores = at::tensor(std::vector<double>{1, 0, 0, 1}).view({2, 2}).set_requires_grad(true);
  const auto loss = mgan::TripletRankingLoss{}(scores);
  CHECK(loss.item<double>() == 0);
  loss.backward();
  CHECK(array(scores.grad()).values == Vector(4, 0.0));
}
