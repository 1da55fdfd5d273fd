// Fused<Module> is the module: scores, gradients, names, errors.
#include "mgan/fused/torch/low_precision.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <mutex>
#include <set>
#include <thread>

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/explain.hpp"
#include "mgan/alignment/ignore_padding.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/fused/torch/hardest_negatives.hpp"
#include "mgan/fused/torch/packed_patches.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"
#include "tests/support/catch.hpp"

namespace {

struct Batch {
  at::Tensor image, words, lengths;

  Batch(std::int64_t I, std::int64_t T, std::int64_t K, std::int64_t L, std::int64_t D)
      : image(at::randn({I, K, D})), words(at::randn({T, L, D})), lengths(at::arange(T).mul(5).remainder(L).add(1)) {}
};

/// Scores, then the gradients of image, words and weights for the upstream gradient dS.
template <class M>
std::vector<at::Tensor> scores_and_gradients(M module, const Batch& batch, const at::Tensor& dS) {
  const at::Tensor image = batch.image.clone().set_requires_grad(true),
                   words = batch.words.clone().set_requires_grad(true);
  mgan::visit_parameters(module, [](const auto&, at::Tensor& w) { w = w.detach().clone().set_requires_grad(true); });
  const at::Tensor scores = mgan::all_pairs(module, image, mgan::ragged(words, batch.lengths));
  (scores * dS).sum().backward();
  std::vector<at::Tensor> results{scores.detach(), image.grad(), words.grad()};
  mgan::visit_parameters(module, [&](const auto&, at::Tensor& w) { results.push_back(w.grad()); });
  return results;
}

/// The module with its weights in double.
template <class M>
M in_double(M module) {
  mgan::visit_parameters(module, [](const auto&, at::Tensor& w) { w = w.to(at::kDouble); });
  return module;
}

/// The largest error, relative to the largest entry or 0.01: of one saturated pair the gradients nearly cancel.
double worst_of(const at::Tensor& a, const at::Tensor& expected) {
  const at::Tensor largest = expected.abs().max().clamp_min(0.01);
  return ((a - expected).abs().max() / largest).item<double>();
}

/// The worst error of any result against the functor in double, less twice what the functor itself loses in single
/// precision.
template <class M>
double error(const M& module, const Batch& batch, const at::Tensor& dS) {
  Batch wide = batch;
  wide.image = batch.image.to(at::kDouble);
  wide.words = batch.words.to(at::kDouble);
  const auto expected = scores_and_gradients(in_double(module), wide, dS.to(at::kDouble));
  const auto plain = scores_and_gradients(module, batch, dS);
  const auto fused = scores_and_gradients(mgan::Fused<M>{module}, batch, dS);
  double worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i)
    worst = std::max(worst, worst_of(fused[i], expected[i]) - 2 * worst_of(plain[i], expected[i]));
  return worst;
}

template <class M>
void check_fused(const M& module, std::int64_t K, std::int64_t L) {
  const Batch batch(37, 21, K, L, 19);
  const at::Tensor dense = at::randn({37, 21});
  at::Tensor sparse = dense * (at::randn({37, 21}) > 1.5);
  CHECK(error(module, batch, dense) < 1e-4);
  CHECK(error(module, batch, sparse) < 1e-4);
  CHECK(error(module, batch, at::zeros({37, 21})) < 1e-4);
  const Batch one(1, 1, K, L, 5);
  CHECK(error(module, one, at::ones({1, 1})) < 1e-4);
}

mgan::PatchAlignment<at::Tensor> interaction(double temperature, mgan::Convention convention) {
  auto module = mgan::PatchAlignment<at::Tensor>::create(5, 9, temperature);
  for (at::Tensor* A : {&module.A1, &module.A2, &module.A3, &module.A4}) *A = *A + at::randn(A->sizes()) * 0.1;
  module.convention = convention;
  return module;
}

}  // namespace

TEST_CASE("Fused modules score and differentiate as their functors", "[fused]") {
  check_fused(interaction(1, mgan::Convention::column), 5, 9);
  check_fused(interaction(0.1, mgan::Convention::row), 5, 9);
  check_fused(mgan::PlainAggregation{}, 4, 7);
  check_fused(mgan::ColBert{}, 4, 7);
  check_fused(mgan::TeranMrSw{}, 3, 6);
  check_fused(mgan::MaxSim<mgan::ImageToText, mgan::SumPool>{}, 3, 6);
}

TEST_CASE("A fused module in a caller's graph: strided sides, captions of one length, no gradient asked", "[fused]") {
  const auto module = interaction(0.5, mgan::Convention::column);
  const mgan::FusedPatchAlignment fused{module};
  const at::Tensor image = at::randn({6, 7, 5}).transpose(1, 2), words = at::randn({4, 6, 18}).narrow(2, 3, 7);
  CHECK((mgan::all_pairs(module, image, words) - mgan::all_pairs(fused, image, words)).abs().max().item<double>() <
        1e-6);
  const at::Tensor with_graph = image.detach().clone().set_requires_grad(true);
  const at::NoGradGuard no_grad;
  CHECK_FALSE(mgan::all_pairs(fused, with_graph, words).requires_grad());
}

TEST_CASE("What the sweep does not serve goes to the functor", "[fused]") {
  auto module = interaction(0.5, mgan::Convention::column);
  // A mask with a hole keeps its words' places.
  const at::Tensor image = at::randn({3, 5, 8}), words = at::randn({2, 6, 8});
  at::Tensor mask = at::ones({2, 6}, at::kBool);
  mask[0][2] = false;
  const mgan::Masked<at::Tensor> holes{words, mask};
  CHECK(mgan::all_pairs(module, image, holes).equal(mgan::all_pairs(mgan::FusedPatchAlignment{module}, image, holes)));
  // One pair, and double precision.
  CHECK(module(image[0], words[0]).equal(mgan::FusedPatchAlignment{module}(image[0], words[0])));
  mgan::visit_parameters(module, [](const auto&, at::Tensor& w) { w = w.to(at::kDouble); });
  const at::Tensor wide = image.to(at::kDouble), wide_words = words.to(at::kDouble);
  CHECK(mgan::all_pairs(module, wide, wide_words)
            .equal(mgan::all_pairs(mgan::FusedPatchAlignment{module}, wide, wide_words)));
}

namespace {

/// A module of a caller's own: an epilogue without weights' gradients, so without a gradient kernel.
struct Doubled {
  auto prepare_image(const at::Tensor& x) const { return mgan::PlainAggregation{}.prepare_image(x); }
  template <class Y>
  auto prepare_text(const Y& x) const {
    return mgan::PlainAggregation{}.prepare_text(x);
  }
  template <class Y>
  at::Tensor score(const at::Tensor& image, const Y& words) const {
    return mgan::PlainAggregation{}.score(image, words) * 2;
  }
};
struct DoubledPlan {
  mgan::kernels::MaximaEpilogue epilogue{1, 1, true};
};
DoubledPlan epilogue_of(const Doubled&) { return {}; }

}  // namespace

TEST_CASE("A module without a gradient kernel is scored again by its functor", "[fused]") {
  static_assert(!mgan::HasKernelGradient<DoubledPlan> && mgan::HasKernelGradient<mgan::MaximaPlan>);
  check_fused(Doubled{}, 4, 7);
}

TEST_CASE("Fused scores in LibTorch's graph: twice, released, changed, and a gradient of the gradient", "[fused]") {
  const auto module = interaction(0.3, mgan::Convention::row);
  const at::Tensor image = at::randn({5, 5, 8}).set_requires_grad(true), words = at::randn({4, 6, 8});
  const at::Tensor dS = at::randn({5, 4});
  const auto scores = [&](const auto& m) { return mgan::all_pairs(m, image, words); };
  const mgan::FusedPatchAlignment fused{module};

  const at::Tensor kept = scores(fused);
  const auto gradient = [&](const at::Tensor& s, bool retain, bool create) {
    return torch::autograd::grad({s}, {image}, {dS}, retain, create)[0];
  };
  const at::Tensor first = gradient(kept, true, false);
  CHECK(gradient(kept, false, false).equal(first));  // the products are computed once more, to the same bits
  CHECK_THROWS_WITH(gradient(kept, false, false), Catch::Contains("retain_graph"));

  const auto second = [&](const auto& m) {
    return torch::autograd::grad({gradient(scores(m), true, true).square().sum()}, {image})[0];
  };
  CHECK((second(fused) - second(module)).abs().max().item<double>() < 1e-5);
}

TEST_CASE("Low precision has the functor's errors too", "[fused]") {
  const auto check = [](auto format) {
    using Low = mgan::LowPrecision<mgan::PatchAlignment<at::Tensor>, decltype(format)>;
    const Low low{{mgan::PatchAlignment<at::Tensor>::create(5, 9)}};
    const auto& plain = low.fused.module;
    const at::Tensor image = at::randn({3, 5, 8}), words = at::randn({2, 4, 8});
    at::Tensor nan = image.clone(), inf = words.clone();
    nan[1][2][3] = NAN;
    inf[1][2][3] = -INFINITY;
    Low cold = low;
    cold.fused.module.temperature = -1;
    const auto said = [](const auto& m, const at::Tensor& x, const at::Tensor& y) -> std::string {
      try {
        mgan::all_pairs(m, x, y);
      } catch (const mgan::Error& error) {
        return error.what();
      }
      return "";
    };
    const auto same = [&](const at::Tensor& x, const at::Tensor& y) {
      return !said(plain, x, y).empty() && said(low, x, y) == said(plain, x, y);
    };
    CHECK(same(nan, words));
    CHECK(same(image, inf));
    CHECK(same(at::randn({3, 6, 8}), words));
    CHECK(same(image, at::randn({2, 4, 7})));
    CHECK(same(image, at::randn({2, 10, 8})));
    CHECK(same(image, at::randn({2, 0, 8})));
    CHECK(said(cold, image, words) == said(cold.fused.module, image, words));
    CHECK(said(cold, image, words) != "");
    using Sizes = std::vector<std::int64_t>;
    CHECK(mgan::all_pairs(low, at::randn({0, 5, 8}), words).sizes().vec() == Sizes{0, 2});
    CHECK(mgan::all_pairs(low, image, at::randn({0, 4, 8})).sizes().vec() == Sizes{3, 0});
    const auto texts = mgan::prepare_texts(low, mgan::ragged(words, at::arange(1, 3)));
    CHECK(low.rescore(low.listed(mgan::prepare_images(low, image)), texts, {}).scores.numel() == 0);
  };
  check(mgan::kernels::Bf16{});
  check(mgan::kernels::Int8{});
}

TEST_CASE("A fused module has the functor's names and errors", "[fused]") {
  const mgan::FusedPatchAlignment fused{mgan::PatchAlignment<at::Tensor>::create(5, 9)};
  std::string names;
  mgan::visit_parameters(fused, [&](const std::string& name, const auto&) { names += name + " "; });
  CHECK(names == "A1 A2 A3 A4 ");
  const at::Tensor words = at::randn({2, 4, 8});
  CHECK_THROWS_WITH(mgan::all_pairs(fused, at::randn({3, 6, 8}), words),
                    "PatchAlignment: patches are (3, 6, 8), but A2 is (5, 5)");
  at::Tensor bad = at::randn({3, 5, 8});
  bad[1][2][3] = NAN;
  CHECK_THROWS_WITH(mgan::all_pairs(fused, bad, words), "PatchAlignment: patches(1, 2, 3) is nan");
  bad[1][2][3] = INFINITY;
  CHECK_THROWS_WITH(mgan::all_pairs(fused, bad, words), "PatchAlignment: patches(1, 2, 3) is inf");
  for (const double temperature : {0.0, -1.0, double{NAN}}) {
    mgan::FusedPatchAlignment cold = fused;
    cold.module.temperature = temperature;
    const auto said = [&](const auto& m) -> std::string {
      try {
        mgan::all_pairs(m, at::ones({3, 5, 8}), words);
      } catch (const mgan::Error& error) {
        return error.what();
      }
      return "";
    };
    CHECK(said(cold) == said(cold.module));
    CHECK_THAT(said(cold), Catch::Contains("temperature"));
  }
  // No captions: an empty score matrix. A length of 0 or beyond L: refused where the batch is made.
  CHECK(mgan::all_pairs(fused, at::randn({3, 5, 8}), at::randn({0, 4, 8})).sizes().vec() ==
        std::vector<std::int64_t>{3, 0});
  for (const std::int64_t length : {0, 5})
    CHECK_THROWS_AS(
        mgan::all_pairs(fused, at::randn({3, 5, 8}), mgan::ragged(words, at::arange(1, 3).mul(0).add(length))),
        mgan::Error);
  CHECK_THROWS_WITH(mgan::all_pairs(fused, at::randn({3, 5, 7}), words),
                    "PatchAlignment: patches are (3, 1, 5, 7), words are (1, 2, 4, 8)");
  CHECK(mgan::all_pairs(fused, at::randn({0, 5, 8}), words).sizes().vec() == std::vector<std::int64_t>{0, 2});
}

TEST_CASE("Fused gradients against double, by temperature", "[fused][precision]") {
  const char* const names[] = {"S", "dP", "dW", "dA1", "dA2", "dA3", "dA4"};
  constexpr int batches = 6;
  for (const double temperature : {1.0, 0.1, 0.05, 0.02, 0.01}) {
    double of_fused[7] = {}, of_plain[7] = {};  // of the largest entry, mean of the batches
    for (int b = 0; b < batches; ++b) {
      const Batch batch(24, 24, 16, 12, 32);
      Batch wide = batch;
      wide.image = batch.image.to(at::kDouble);
      wide.words = batch.words.to(at::kDouble);
      const at::Tensor dS = at::randn({24, 24});
      auto module = mgan::PatchAlignment<at::Tensor>::create(16, 12, temperature);
      for (at::Tensor* A : {&module.A1, &module.A2, &module.A3, &module.A4}) *A = *A + at::randn(A->sizes()) * 0.05;
      const auto expected = scores_and_gradients(in_double(module), wide, dS.to(at::kDouble));
      const auto plain = scores_and_gradients(module, batch, dS);
      const auto fused = scores_and_gradients(mgan::FusedPatchAlignment{module}, batch, dS);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        of_fused[i] += worst_of(fused[i], expected[i]) / batches;
        of_plain[i] += worst_of(plain[i], expected[i]) / batches;
      }
    }
    for (int i = 0; i < 7; ++i) {
      INFO("temperature " << temperature << ", " << names[i] << ": fused " << of_fused[i] << ", autograd "
                          << of_plain[i]);
      if (i < 3 || temperature >= 0.1) CHECK(of_fused[i] < 1e-4);
      else CHECK(of_fused[i] < 2 * of_plain[i]);
    }
  }
}

TEST_CASE("The sweep runs on LibTorch's threads", "[fused]") {
  const int before = at::get_num_threads();
  for (const int threads : {1, 2}) {
    at::set_num_threads(threads);
    for (const std::int64_t n : {0, 1, 2, 7, 1000}) {
      std::mutex one_at_a_time;
      std::set<std::thread::id> who;
      std::vector<int> done(static_cast<std::size_t>(n));
      mgan::torch_parallel_for{}(n, [&](std::int64_t first, std::int64_t last) {
        const std::lock_guard<std::mutex> lock(one_at_a_time);
        who.insert(std::this_thread::get_id());
        for (; first < last; ++first) ++done[static_cast<std::size_t>(first)];
      });
      CHECK(std::count(done.begin(), done.end(), 1) == n);
      CHECK(who.size() == static_cast<std::size_t>(std::min<std::int64_t>(n, threads)));
    }
  }
  at::set_num_threads(before);
}

TEST_CASE("Few images, misaligned, strided and repeated rows: the bits of the sweep", "[fused]") {
  const auto module = interaction(0.3, mgan::Convention::column);
  const auto plan = mgan::epilogue_of(module);
  for (const std::int64_t D : {1, 7, 32}) {
    const at::Tensor image = at::randn({37, 5, D}), words = at::randn({11, 9, D});
    const mgan::List<std::int64_t> lengths{1, 9, 3, 4, 9, 9, 2, 8, 5, 6, 7};
    const auto swept = [&](const at::Tensor& images, const at::Tensor& texts) {
      return mgan::fused_sweep({images, texts, {}, lengths}, plan.epilogue);
    };
    const at::Tensor S = swept(image, words);
    for (const std::int64_t few : {1, 2, 3, 5, 15, 17})
      CHECK(swept(image.narrow(0, 4, few), words).equal(S.narrow(0, 4, few)));
    const auto misaligned = [](const at::Tensor& x) {
      const at::Tensor memory = at::zeros({x.numel() + 1});
      return memory.narrow(0, 1, x.numel()).view(x.sizes()).copy_(x);
    };
    const auto columns = [](const at::Tensor& x) { return x.transpose(1, 2).contiguous().transpose(1, 2); };
    const auto spaced = [](const at::Tensor& x) {
      return at::zeros({x.size(0), x.size(1) + 2, x.size(2) + 3})
          .narrow(1, 1, x.size(1))
          .narrow(2, 2, x.size(2))
          .copy_(x);
    };
    CHECK(swept(misaligned(image), misaligned(words)).equal(S));
    CHECK(swept(columns(image), columns(words)).equal(S));
    CHECK(swept(spaced(image), spaced(words)).equal(S));
    CHECK(swept(spaced(image).narrow(0, 4, 2), spaced(words)).equal(S.narrow(0, 4, 2)));
    CHECK(swept(image.narrow(0, 3, 1).expand({20, 5, D}), words).equal(S.narrow(0, 3, 1).expand({20, 11})));
  }
}

TEST_CASE("A padded image side goes to the functor; a module that takes padding for tokens keeps its scores",
          "[fused]") {
  const Batch batch(6, 4, 5, 7, 8);
  const auto image = mgan::ragged(batch.image, at::arange(6).remainder(5).add(1));
  const auto words = mgan::ragged(batch.words, batch.lengths);
  CHECK(mgan::all_pairs(mgan::Fused<mgan::ColBert>{}, image, words)
            .equal(mgan::all_pairs(mgan::ColBert{}, image, words)));
  const auto near = [&](const auto& fused, const auto& plain, const auto& side) {
    return (mgan::all_pairs(fused, side, words) - mgan::all_pairs(plain, side, words))
               .abs()
               .max()
               .template item<double>() < 1e-6;
  };
  CHECK(near(mgan::IgnorePadding<mgan::Fused<mgan::Filip>>{}, mgan::FilipCompat{}, batch.image));
  CHECK(near(mgan::IgnorePadding<mgan::Fused<mgan::Filip>>{}, mgan::FilipCompat{}, image));
}

TEST_CASE("Patches that were packed once have the bits of the sweep", "[fused]") {
  const auto module = interaction(0.3, mgan::Convention::column);
  const Batch batch(37, 6, 5, 9, 19);
  const at::Tensor image = mgan::prepare_images(module, batch.image);
  const auto words = mgan::prepare_texts(module, mgan::ragged(batch.words, batch.lengths));
  const mgan::PackedPatches packed = mgan::pack_patches(image);
  CHECK(packed.numbers.sizes().vec() == std::vector<std::int64_t>{3, 5, 19, 16});
  CHECK(packed[0].equal(image[0]));
  CHECK(packed[36].equal(image[36]));
  CHECK(mgan::score_packed(module, packed, words)
            .equal(mgan::score_all(mgan::FusedPatchAlignment{module}, image, words)));
  // One caption alone, as a search has it.
  const auto one = mgan::map_state(words, [](const at::Tensor& x) { return x.narrow(0, 3, 1); });
  CHECK(mgan::score_packed(module, packed, one)
            .equal(mgan::score_packed(module, packed, words).narrow(1, 3, 1).contiguous()));
  CHECK_THROWS_WITH(mgan::pack_patches(image[0]), "pack_patches: patches are (5, 19), expected (I, K, D)");
  CHECK_THROWS_AS(mgan::score_packed(module, {packed.numbers, 99}, words), mgan::Error);
}

TEST_CASE("What a batch of scores is made of adds up to it, padding left out", "[fused][explain]") {
  const auto module = interaction(0.3, mgan::Convention::row);
  const Batch batch(3, 4, 5, 9, 19);
  const at::Tensor image = mgan::prepare_images(module, batch.image).unsqueeze(1);  // (3, 1, 5, 19)
  const auto words = mgan::map_state(mgan::prepare_texts(module, mgan::ragged(batch.words, batch.lengths)),
                                     [](const at::Tensor& x) { return x.unsqueeze(0); });  // (1, 4, 9, 19)
  const auto e = mgan::explain(module, image, words);
  CHECK(e.weights.sizes().vec() == std::vector<std::int64_t>{3, 4, 5, 9});
  CHECK(((e.weights * e.cosines).sum({-1, -2}) - module.score(image, words)).abs().max().item<double>() < 1e-6);
  CHECK((e.weights.sum({-1, -2}) - 1).abs().max().item<double>() < 1e-6);
  CHECK((e.patch_weights - e.weights.sum(-1)).abs().max().item<double>() < 1e-6);
  CHECK((e.word_weights * words.mask.logical_not()).abs().max().item<double>() == 0);
}

TEST_CASE("Low precision: scores near fp32, a rescore with its bits, its gradient where one is asked for", "[fused]") {
  const Batch batch(40, 50, 5, 9, 64);
  const auto module = interaction(1, mgan::Convention::column);
  const mgan::FusedPatchAlignment exact{module};
  const auto words = mgan::ragged(batch.words, batch.lengths);
  const at::Tensor expected = mgan::all_pairs(exact, batch.image, words);
  const auto check = [&](auto format, double near) {
    const mgan::LowPrecision<mgan::PatchAlignment<at::Tensor>, decltype(format)> low{exact};
    const auto images = mgan::prepare_images(low, batch.image);
    const auto texts = mgan::prepare_texts(low, words);
    at::Tensor scores = mgan::score_all(low, images, texts);
    const double error = (scores - expected).abs().max().template item<double>();
    CHECK(error > 0);
    CHECK(error < near);
    float* s = scores.mutable_data_ptr<float>();
    const auto list = mgan::kernels::candidates(s, 40, 50, 50, 12);
    const mgan::Rescored again = low.rescore(low.listed(images), texts, list);
    CHECK(error < again.error);
    mgan::kernels::place(list, again.scores.template const_data_ptr<float>(), s, 50);
    CHECK((scores == expected).sum().template item<std::int64_t>() >= static_cast<std::int64_t>(list.size()));

    const at::Tensor with_graph = batch.image.clone().set_requires_grad(true);
    const at::Tensor differentiable = mgan::all_pairs(low, with_graph, words);
    CHECK(differentiable.requires_grad());
    CHECK(differentiable.detach().equal(expected));
    CHECK_THROWS_WITH(low.rescore(low.listed(images.narrow(0, 0, 39)), texts, list),
                      Catch::StartsWith("rescore: image 39 of 39"));
  };
  check(mgan::kernels::Bf16{}, 5e-3);
  check(mgan::kernels::Int8{}, 2e-2);
}

namespace {

/// A loss on hardest negatives of base + weight * patch, and the gradients of both sides, of base and of the weights.
template <class Scores>
std::vector<at::Tensor> hardest_loss(const mgan::FusedPatchAlignment& start, const Batch& batch, const at::Tensor& base,
                                     std::span<const std::int64_t> ids, double margin, const Scores& scores_of) {
  mgan::FusedPatchAlignment fused = start;
  mgan::visit_parameters(fused, [](const auto&, at::Tensor& w) { w = w.detach().clone().set_requires_grad(true); });
  const at::Tensor image = batch.image.clone().set_requires_grad(true),
                   words = batch.words.clone().set_requires_grad(true), others = base.clone().set_requires_grad(true);
  const at::Tensor patch = scores_of(fused, mgan::prepare_images(fused, image),
                                     mgan::prepare_texts(fused, mgan::ragged(words, batch.lengths)), others);
  const at::Tensor loss = mgan::TripletRankingLoss{margin}(others + patch * 0.2, ids);
  loss.backward();
  std::vector<at::Tensor> results{loss.detach(), image.grad(), words.grad(), others.grad()};
  mgan::visit_parameters(fused, [&](const auto&, at::Tensor& w) { results.push_back(w.grad()); });
  return results;
}

}  // namespace

TEST_CASE("Mined hardest negatives give the loss and the gradients of all scores, bit by bit", "[fused]") {
  const auto all = [](const auto& fused, const auto& image, const auto& text, const auto&) {
    return mgan::score_all(fused, image, text);
  };
  const std::vector<std::int64_t> twins{0, 0, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12, 12, 13, 14, 15, 16, 17, 18};
  for (const double temperature : {1.0, 0.1, 0.01}) {
    const mgan::FusedPatchAlignment fused{interaction(temperature, mgan::Convention::row)};
    Batch batch(23, 23, 5, 9, 64);
    for (const int kind : {0, 1, 2}) {
      // At random; all equal; some units in the last place apart, which a hinge rounds to the same number.
      const bool ties = kind > 0;
      const at::Tensor base = kind == 0   ? at::randn({23, 23}) * 0.1
                              : kind == 1 ? at::zeros({23, 23})
                                          : at::randn({23, 23}).sign() * 1e-7 + 0.5;
      if (kind == 2) {  // one caption, many times, for pictures that differ by as little
        batch.image = batch.image.slice(0, 0, 1) + at::randn({23, 5, 64}) * 1e-7;
        batch.words = batch.words.slice(0, 5, 6).repeat({23, 1, 1});
        batch.lengths.fill_(4);
      }
      for (const auto& ids : {std::vector<std::int64_t>{}, twins}) {
        mgan::PairCounts counts;
        const auto mined = hardest_loss(
            fused, batch, base, ids, 0.2, [&](const auto& m, const auto& i, const auto& t, const at::Tensor& others) {
              return mgan::HardestNegatives{0.2, mgan::head_plan(i, t)}(m, i, t, others, ids, &counts);
            });
        const auto whole = hardest_loss(fused, batch, base, ids, 0.2, all);
        for (std::size_t r = 0; r < whole.size(); ++r) CHECK(mined[r].equal(whole[r]));
        CHECK(counts.pairs == 23 * 23);
        CHECK(counts.scored >= 23);
        CHECK(counts.scored <= counts.pairs);
        if (temperature == 1 && !ties) CHECK(counts.scored < 200);
      }
    }
  }
}

TEST_CASE("Mined hardest negatives of any weight and module", "[fused]") {
  const Batch batch(31, 31, 5, 9, 64);
  const at::Tensor base = at::randn({31, 31}) * 0.1;
  const auto same = [&](const auto& fused, double weight) {
    const auto image = mgan::prepare_images(fused, batch.image);
    const auto text = mgan::prepare_texts(fused, mgan::ragged(batch.words, batch.lengths));
    const at::Tensor mined = mgan::HardestNegatives{weight, mgan::head_plan(image, text)}(fused, image, text, base);
    const mgan::TripletRankingLoss loss{0.3};
    CHECK(loss(base + mined * weight).equal(loss(base + mgan::score_all(fused, image, text) * weight)));
  };
  for (const double weight : {0.2, 1.0, 0.0, -0.5}) {
    same(mgan::FusedPatchAlignment{interaction(1, mgan::Convention::column)}, weight);
    same(mgan::FusedPlainAggregation{}, weight);
    same(mgan::Fused<mgan::ColBert>{}, weight);
  }
}

TEST_CASE("Mined hardest negatives refuse other losses and other shapes, and serve what has no bounds", "[fused]") {
  const mgan::FusedPatchAlignment fused{interaction(1, mgan::Convention::column)};
  const Batch batch(6, 6, 5, 9, 32);
  const at::Tensor image = mgan::prepare_images(fused, batch.image.clone().set_requires_grad(true));
  const auto text = mgan::prepare_texts(fused, mgan::ragged(batch.words, batch.lengths));
  const at::Tensor base = at::randn({6, 6});
  CHECK_THROWS_WITH(
      mgan::HardestNegatives{}(fused, image, text, base).sum().backward(),
      Catch::Matchers::ContainsSubstring("the loss has a gradient to pairs that are no hardest negatives"));
  CHECK_THROWS_WITH(mgan::HardestNegatives{}(fused, image, text, base.narrow(1, 0, 5)),
                    Catch::Matchers::ContainsSubstring("6 images, 6 captions and base scores (6, 5), expected (B, B)"));
  // Frozen sides do not make the check go away.
  const at::Tensor frozen = image.detach(), moving = at::randn({6, 6}).set_requires_grad(true);
  CHECK_THROWS_WITH((moving + mgan::HardestNegatives{}(fused, frozen, text, moving)).sum().backward(),
                    Catch::Matchers::ContainsSubstring("pairs that are no hardest negatives"));
  const at::Tensor narrow = mgan::prepare_images(mgan::FusedPlainAggregation{}, at::randn({6, 5, 16}));
  CHECK_THROWS_WITH(
      mgan::HardestNegatives{}(fused, narrow, text, base),
      "HardestNegatives: patches are (6, 5, 16), words are (6, 9, 32), their mask is (6, 9), expected (B, "
      "K, D), (B, L, D), (B, L)");
  CHECK_THROWS_WITH(mgan::head_plan(narrow, text),
                    Catch::Matchers::ContainsSubstring("expected (I, K, D) and (T, L, D)"));
  const std::vector<std::int64_t> ids{1, 2};
  CHECK_THROWS_WITH(mgan::HardestNegatives{}(fused, image, text, base, ids),
                    Catch::Matchers::ContainsSubstring("2 image ids for 6 images"));
  auto wide = fused;
  mgan::visit_parameters(wide, [](const auto&, at::Tensor& w) { w = w.to(at::kDouble); });
  const auto wide_image = mgan::prepare_images(wide, batch.image.to(at::kDouble));
  const auto wide_text = mgan::prepare_texts(wide, mgan::ragged(batch.words.to(at::kDouble), batch.lengths));
  CHECK(
      mgan::HardestNegatives{}(wide, wide_image, wide_text, base).equal(mgan::score_all(wide, wide_image, wide_text)));
}
