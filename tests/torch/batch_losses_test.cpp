// Losses of a batch's scores on LibTorch: values, gradients, half precision, and through fused scores.
#include "tests/support/cases/batch_losses.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/fused/torch/hardest_negatives.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/gradient_difference.hpp"

using namespace support;
using Ids = std::vector<std::int64_t>;

TEMPLATE_TEST_CASE("Losses of a batch on LibTorch are the naive loops', and so are their gradients",
                   "[torch][loss][gradient]", ContrastiveLossCase, SigmoidLossCase, HardestCrossEntropyCase,
                   AnnealedRankingLossCase, SoftLabelLossCase, DistillationLossCase) {
  for (const auto& c : TestType::all()) {
    INFO(c.title);
    CHECK(against_reference(c, at::kDouble) == "");
    CHECK(against_reference(c, at::kFloat) == "");
    if (c.title.find("kink") == std::string::npos) CHECK(gradient_difference(c) == "");
  }
}

TEST_CASE("Losses of half precision are in single", "[torch][loss]") {
  for (const auto half : {at::kHalf, at::kBFloat16}) {
    const at::Tensor scores = (at::randn({4, 4}) * 0.1 + 0.5).to(half), wide = scores.to(at::kFloat);
    const auto same = [&](const auto& loss) {
      CHECK(loss(scores).scalar_type() == at::kFloat);
      CHECK(loss(scores).equal(loss(wide)));
    };
    same(mgan::ContrastiveLoss<>{});
    same(mgan::SigmoidLoss<at::Tensor>::create());
    same(mgan::HardestCrossEntropy{});
    same(mgan::AnnealedRankingLoss{0.2, 0.5});
    same([](const at::Tensor& x) { return mgan::SoftLabelLoss<>{}(x, x); });
    same([](const at::Tensor& x) { return mgan::DistillationLoss{}(x, x.t()); });
  }
}

namespace {

struct Batch {
  at::Tensor image, words, lengths;

  Batch(std::int64_t B, std::int64_t K, std::int64_t L, std::int64_t D)
      : image(at::randn({B, K, D})), words(at::randn({B, L, D})), lengths(at::arange(B).mul(5).remainder(L).add(1)) {}
};

/// The loss of the scores, then the gradients of both sides, the module's weights and the loss's own.
template <class Module, class Loss, class Scores>
std::vector<at::Tensor> loss_and_gradients(Module module, Loss loss, const Batch& batch, const Scores& scores_of) {
  const auto leaf = [](const auto&, at::Tensor& w) { w = w.detach().clone().set_requires_grad(true); };
  mgan::visit_parameters(module, leaf);
  mgan::visit_parameters(loss, leaf);
  const at::Tensor image = batch.image.clone().set_requires_grad(true),
                   words = batch.words.clone().set_requires_grad(true);
  const at::Tensor value = loss(scores_of(module, mgan::prepare_images(module, image),
                                          mgan::prepare_texts(module, mgan::ragged(words, batch.lengths))));
  value.backward();
  std::vector<at::Tensor> results{value.detach(), image.grad(), words.grad()};
  const auto gradient = [&](const auto&, at::Tensor& w) { results.push_back(w.grad()); };
  mgan::visit_parameters(module, gradient);
  mgan::visit_parameters(loss, gradient);
  return results;
}
const auto all_scores = [](const auto& m, const auto& image, const auto& text) {
  return mgan::score_all(m, image, text) * 0.2 + 0.5;
};

/// How many entries of the scores (B, B) a loss has a gradient to.
template <class Loss>
std::int64_t touched(const Loss& loss, std::int64_t B) {
  const at::Tensor scores = (at::randn({B, B}) * 0.1 + 0.5).clamp(0.05, 0.95).set_requires_grad(true);
  loss(scores).backward();
  return scores.grad().count_nonzero().template item<std::int64_t>();
}

mgan::PatchAlignment<at::Tensor> interaction() {
  auto module = mgan::PatchAlignment<at::Tensor>::create(5, 9);
  mgan::visit_parameters(module, [](const auto&, at::Tensor& w) { w = w + at::randn(w.sizes()) * 0.1; });
  return module;
}

/// f(loss) of every loss, with soft labels and a teacher that are random.
template <class F>
void each_loss(std::int64_t B, const F& f) {
  const at::Tensor labels = at::randn({B, B}).abs(), teacher = at::randn({B, B});
  f(mgan::TripletRankingLoss{0.05}, true);
  f(mgan::AnnealedRankingLoss{0.05, 1}, true);
  f(mgan::HardestCrossEntropy{}, true);
  f(mgan::TripletRankingLoss{0.5, mgan::Negatives::all}, false);
  f(mgan::AnnealedRankingLoss{0.5, 0.5}, false);
  f(mgan::HardestCrossEntropy{mgan::Negatives::all}, false);
  f(mgan::ContrastiveLoss<>{}, false);
  f(mgan::LearnedContrastiveLoss<at::Tensor>{mgan::LearnedTemperature<at::Tensor>::create(), 0.1, mgan::Combine::sum},
    false);
  f(mgan::SigmoidLoss<at::Tensor>::create(), false);
  f([labels](const at::Tensor& scores) { return mgan::SoftLabelLoss<>{}(scores, labels); }, false);
  f([teacher](const at::Tensor& scores) { return mgan::DistillationLoss{}(scores, teacher); }, false);
}

}  // namespace

TEST_CASE("Losses of hardest negatives are sparse, the others dense", "[torch][loss]") {
  constexpr std::int64_t B = 24;
  each_loss(B, [](const auto& loss, bool sparse) {
    const std::int64_t count = touched(loss, B);
    if (sparse) CHECK((count > 0 && count <= 3 * B));
    else CHECK(count > B * B * 9 / 10);
  });
}

TEST_CASE("Every loss has the functor's gradients through fused scores", "[torch][loss][fused]") {
  const Batch batch(24, 5, 9, 32);
  const auto module = interaction();
  each_loss(24, [&](const auto& loss, bool) {
    const auto plain = loss_and_gradients(module, loss, batch, all_scores);
    const auto fused = loss_and_gradients(mgan::FusedPatchAlignment{module}, loss, batch, all_scores);
    REQUIRE(fused.size() == plain.size());
    for (std::size_t i = 0; i < plain.size(); ++i) {
      const at::Tensor largest = plain[i].abs().max().clamp_min(0.01);
      CHECK(((fused[i] - plain[i]).abs().max() / largest).template item<double>() < 2e-4);
    }
  });
}

TEST_CASE("Mined hardest negatives serve sparse losses bit by bit and refuse dense ones", "[torch][loss][fused]") {
  const Batch batch(24, 5, 9, 32);
  const mgan::FusedPatchAlignment fused{interaction()};
  const at::Tensor base = at::randn({24, 24}) * 0.05 + 0.5;
  const auto whole = [&](const auto& m, const auto& image, const auto& text) {
    return base + mgan::score_all(m, image, text) * 0.2;
  };
  const auto mined = [&](const auto& m, const auto& image, const auto& text) {
    return base + mgan::HardestNegatives{0.2, mgan::head_plan(image, text)}(m, image, text, base) * 0.2;
  };
  each_loss(24, [&](const auto& loss, bool sparse) {
    if (!sparse) {
      CHECK_THROWS_WITH(
          loss_and_gradients(fused, loss, batch, mined),
          Catch::Matchers::ContainsSubstring("the loss has a gradient to pairs that are no hardest negatives"));
      return;
    }
    const auto expected = loss_and_gradients(fused, loss, batch, whole);
    const auto found = loss_and_gradients(fused, loss, batch, mined);
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(found[i].equal(expected[i]));
  });
}

TEST_CASE("Where scores say nothing, the sigmoid loss still has its gradient", "[torch][loss]") {
  const mgan::SigmoidLoss<at::Tensor> loss{at::zeros({1}, at::kDouble), at::zeros({1}, at::kDouble)};
  const at::Tensor scores = at::zeros({3, 3}, at::kDouble).set_requires_grad(true);
  CHECK(loss(scores).item<double>() == Approx(3 * std::log(2.0)));
  loss(scores).backward();
  CHECK(scores.grad().equal((1 - 2 * at::eye(3, at::kDouble)) / 6));  // sigmoid(0) z / B
}

TEST_CASE("Captions of one image get no gradient from a contrastive loss", "[torch][loss]") {
  const Ids ids{4, 1, 4, 2};
  const at::Tensor scores = at::randn({4, 4}).set_requires_grad(true);
  mgan::ContrastiveLoss<>{}(scores, ids).backward();
  CHECK(scores.grad()[0][2].item<double>() == 0);
  CHECK(scores.grad()[2][0].item<double>() == 0);
  CHECK(scores.grad().count_nonzero().item<std::int64_t>() == 14);
}

TEST_CASE("Neither labels nor teachers are trained", "[torch][loss]") {
  const at::Tensor scores = at::randn({3, 3}).set_requires_grad(true),
                   constant = at::ones({3, 3}).set_requires_grad(true);
  mgan::SoftLabelLoss<>{}(scores, constant).backward();
  mgan::DistillationLoss{}(scores, constant).backward();
  CHECK(scores.grad().defined());
  CHECK_FALSE(constant.grad().defined());
}

TEST_CASE("A trained scale is clamped in place", "[torch][loss]") {
  auto loss = mgan::LearnedContrastiveLoss<at::Tensor>{mgan::LearnedTemperature<at::Tensor>::create(0.005)};
  const at::Tensor handle = loss.temperature.logit_scale;
  handle.set_requires_grad(true);
  loss.constrain();
  CHECK(handle.item<double>() == Approx(std::log(100.0)));
  CHECK(handle.requires_grad());
  const at::Tensor scores = at::randn({4, 4});
  loss(scores).backward();
  CHECK(handle.grad().abs().item<double>() > 0);
}
