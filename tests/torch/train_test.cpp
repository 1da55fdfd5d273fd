// Training pieces: optimiser, clipping, checkpoints that continue bit for bit, loader, orders, log, progress, batches.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "mgan/encoders/image_batch.hpp"
#include "mgan/encoders/text_transformer.hpp"
#include "mgan/encoders/token_batch.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/sources/box_batch.hpp"
#include "mgan/train/adam.hpp"
#include "mgan/train/checkpoint.hpp"
#include "mgan/train/clip_gradients.hpp"
#include "mgan/train/collapse.hpp"
#include "mgan/train/jsonl.hpp"
#include "mgan/train/loader.hpp"
#include "mgan/train/parameters.hpp"
#include "mgan/train/progress.hpp"
#include "mgan/train/shuffle.hpp"
#include "tests/support/catch.hpp"

namespace {

using namespace mgan::train;
using Catch::Matchers::ContainsSubstring;
namespace fs = std::filesystem;

struct Folder {
  fs::path path = fs::temp_directory_path() / ("mgan-train-test-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Pair {
  at::Tensor first, second;
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("first", self.first);
    f("second", self.second);
  }
};

}  // namespace

TEST_CASE("Parameters: collected by name, frozen by prefix, moved and cast in place") {
  Pair pair{at::randn({2, 3}), at::randn({4})};
  auto all = named_parameters(pair);
  REQUIRE(all.size() == 2);
  CHECK(all[1].first == "second");
  CHECK(all[0].second.is_same(pair.first));
  set_requires_grad(with_prefix(all, "fir"), true);
  CHECK(trainable(all).size() == 1);
  to(pair, at::kCPU, at::kDouble);
  CHECK(pair.first.scalar_type() == at::kDouble);
  CHECK(pair.first.requires_grad());
  CHECK(pair.first.is_leaf());
  CHECK_FALSE(pair.second.requires_grad());
  CHECK(mgan::count_parameters(pair) == 10);
}

TEST_CASE("Adam equals its formula in plain double") {
  for (const auto type : {at::kDouble, at::kFloat}) {
    Pair pair{at::randn({3, 5}, type), at::randn({2}, type)};  // `second` never gets a gradient
    auto weights = named_parameters(pair);
    set_requires_grad(weights, true);
    const auto untouched = pair.second.detach().clone();
    AdamOptions options;
    options.learning_rate = 0.05;
    Adam adam(weights, options);
    auto w = mgan::to_host(pair.first).values;
    std::vector<double> m(w.size(), 0.0), v(w.size(), 0.0);
    for (int t = 1; t <= 5; ++t) {
      const auto gradient = at::randn({3, 5}, type);
      pair.first.mutable_grad() = gradient.clone();
      adam.options.learning_rate = 0.05 / t;
      adam.step();
      const auto g = mgan::to_host(gradient).values;
      for (std::size_t i = 0; i < w.size(); ++i) {
        m[i] = 0.9 * m[i] + 0.1 * g[i];
        v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
        w[i] -= 0.05 / t * (m[i] / (1 - std::pow(0.9, t))) / (std::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-8);
      }
      const auto got = mgan::to_host(pair.first).values;
      for (std::size_t i = 0; i < w.size(); ++i)
        CHECK(got[i] == Approx(w[i]).margin(type == at::kDouble ? 1e-12 : 1e-5));
    }
    CHECK(at::equal(pair.second.detach(), untouched));
    const auto state = adam.state();
    CHECK(state[0].first == "first.exp_avg");
    CHECK(state[2].second.item<double>() == 5);
    CHECK(state[5].second.item<double>() == 0);
  }
}

TEST_CASE("StepDecay multiplies every so many epochs") {
  const StepDecay rate{1e-4, 0.1, 10};
  CHECK(rate(0) == 1e-4);
  CHECK(rate(9) == 1e-4);
  CHECK(rate(10) == Approx(1e-5));
  CHECK(rate(29) == Approx(1e-6));
  CHECK(StepDecay{1e-4, 0.1, 0}(100) == 1e-4);
}

TEST_CASE("clip_gradients: one length over all weights; a gradient that is not finite is named") {
  Pair pair{at::randn({3, 5}), at::randn({2})};
  auto weights = named_parameters(pair);
  set_requires_grad(weights, true);
  CHECK(clip_gradients(weights, 2.0, 1) == 0.0);
  const auto a = at::randn({3, 5}), b = at::randn({2});
  const double norm = std::sqrt((a * a).sum().item<double>() + (b * b).sum().item<double>());
  const auto assign = [&] {
    pair.first.mutable_grad() = a.clone();
    pair.second.mutable_grad() = b.clone();
  };
  assign();
  CHECK(clip_gradients(weights, norm / 2, 1) == Approx(norm));
  CHECK(at::allclose(pair.first.grad(), a * 0.5));
  CHECK(at::allclose(pair.second.grad(), b * 0.5));
  assign();
  clip_gradients(weights, norm * 2, 1);
  CHECK(at::equal(pair.first.grad(), a));
  pair.second.grad()[1].fill_(std::nan(""));
  CHECK_THROWS_WITH(clip_gradients(weights, 2.0, 812), "step 812: the gradient of second is not finite");
  CHECK(std::isnan(clip_gradients(weights, 2.0, 812, NonFinite::skip)));
  CHECK_FALSE(pair.first.grad().defined());
}

namespace {

// A run in small: a text transformer that learns to give its [CLS] token a noisy target, order from (seed, epoch).
struct Run {
  mgan::encoders::TextTransformer model = mgan::encoders::TextTransformer::create({30, 8, 2, 16, 32, 1, 2});
  at::Generator noise = at::detail::createCPUGenerator(7);
  NamedTensors weights;
  std::optional<Adam> adam;
  TrainingState state;

  Run() {
    mgan::initialize(model, 1);
    weights = named_parameters(model);
    set_requires_grad(weights, true);
    adam.emplace(weights);
  }
  CheckpointParts parts() const { return {weights, adam->state(), {{"noise", noise}}}; }

  void step() {
    const std::int64_t steps_an_epoch = 3;
    const auto order = epoch_permutation(12, 5, state.step / steps_an_epoch);
    std::vector<std::vector<std::int64_t>> captions;
    for (std::int64_t i = 0; i < 4; ++i) {
      const auto id = order[static_cast<std::size_t>(state.step % steps_an_epoch * 4 + i)];
      captions.emplace_back(static_cast<std::size_t>(2 + id % 5), id);
    }
    const auto batch = mgan::encoders::token_batch(captions);
    const auto target = at::randn({4, 16}, noise, at::TensorOptions(at::kFloat));
    zero_gradients(weights);
    (model(batch.ids, batch.lengths).select(1, 0) - target).square().sum().backward();
    ++state.step;
    clip_gradients(weights, 2.0, state.step);
    adam->step();
    state.epoch = state.step / steps_an_epoch;
  }
};

}  // namespace

TEST_CASE("Checkpoint: load and continue gives the bits of a run that was never interrupted") {
  const Folder folder;
  const auto whole = folder.path / "whole.safetensors", part = folder.path / "part.safetensors";
  const auto resumed = folder.path / "resumed.safetensors";
  Run run;
  run.state.config = R"({"width": 16, "name": "Käse"})";
  for (int i = 0; i < 4; ++i) run.step();
  run.state.best_rsum = 0.1 + 0.2;
  save_checkpoint(part, run.parts(), run.state);
  for (int i = 0; i < 5; ++i) run.step();
  save_checkpoint(whole, run.parts(), run.state);

  Run other;
  other.noise.set_current_seed(99);
  other.step();
  CHECK(read_training_state(part).config == run.state.config);
  other.state = load_checkpoint(part, other.parts());
  CHECK(other.state.step == 4);
  CHECK(other.state.epoch == 1);
  CHECK(other.state.best_rsum == 0.1 + 0.2);
  for (int i = 0; i < 5; ++i) other.step();
  save_checkpoint(resumed, other.parts(), other.state);
  CHECK(contents(resumed) == contents(whole));

  Run evaluated;
  load_weights(whole, evaluated.weights);
  for (std::size_t i = 0; i < run.weights.size(); ++i) {
    CHECK(at::equal(evaluated.weights[i].second, run.weights[i].second));
  }
}

TEST_CASE("Checkpoint: what does not fit is listed, and nothing is overwritten") {
  const Folder folder;
  const auto path = folder.path / "c.safetensors";
  Pair pair{at::randn({2, 3}), at::randn({4})};
  auto weights = named_parameters(pair);
  save_checkpoint(path, {weights, {}, {}}, {});

  const NamedTensors wanted{{"first", at::zeros({3, 2})}, {"third", at::zeros({1})}, {"second", at::zeros({4})}};
  try {
    load_checkpoint(path, {wanted, {}, {}});
    FAIL("accepted");
  } catch (const mgan::Error& error) {
    CHECK_THAT(error.what(), ContainsSubstring("c.safetensors does not fit:"));
    CHECK_THAT(error.what(), ContainsSubstring("model.first is F32 (2, 3), expected F32 (3, 2)"));
    CHECK_THAT(error.what(), ContainsSubstring("missing: model.third"));
  }
  CHECK(wanted[2].second.eq(0).all().item<bool>());
  CHECK_THROWS_WITH(load_weights(path, {{"first", at::zeros({2, 3})}}), ContainsSubstring("unexpected: model.second"));
  CHECK_THROWS_WITH(load_weights(path, {{"first", at::zeros({2, 3}, at::kDouble)}, {"second", at::zeros({4})}}),
                    ContainsSubstring("model.first is F32 (2, 3), expected F64 (2, 3)"));
  mgan::save_tensors(path, weights);
  CHECK_THROWS_WITH(read_training_state(path), ContainsSubstring("c.safetensors: not a checkpoint of mgan"));
  mgan::save_tensors(path, weights, {{"mgan_checkpoint", "1"}, {"epoch", "1x"}});
  CHECK_THROWS_WITH(read_training_state(path), ContainsSubstring("epoch is '1x'"));
  mgan::save_tensors(path, weights, {{"mgan_checkpoint", "2"}});
  CHECK_THROWS_WITH(read_training_state(path), ContainsSubstring("version '2'"));
}

TEST_CASE("Checkpoint: a full disk leaves the last good one") {
  const Folder folder;
  const auto path = folder.path / "c.safetensors";
  Pair pair{at::randn({100, 100}), at::randn({4})};
  save_checkpoint(path, {named_parameters(pair), {}, {}}, {});
  const std::string good = contents(path);
  pair.second.add_(1.0);

  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = before;
  limit.rlim_cur = 10000;
  ::setrlimit(RLIMIT_FSIZE, &limit);
  std::string message;
  try {
    save_checkpoint(path, {named_parameters(pair), {}, {}}, {});
  } catch (const mgan::Error& error) {
    message = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK_THAT(message, ContainsSubstring("c.safetensors: cannot write"));
  CHECK(contents(path) == good);
}

TEST_CASE("PrefetchingLoader returns batches in order, whatever the threads") {
  for (const int threads : {0, 1, 3}) {
    std::atomic<std::int64_t> furthest = 0;
    std::int64_t taken = 5;
    PrefetchingLoader<std::int64_t> loader(
        5, 60,
        [&](std::int64_t i) {
          std::int64_t seen = furthest;
          while (seen < i && !furthest.compare_exchange_weak(seen, i)) {
          }
          std::this_thread::sleep_for(std::chrono::microseconds(i * 37 % 11 * 50));
          return i * i;
        },
        threads, 4);
    while (auto batch = loader.next()) {
      CHECK(*batch == taken * taken);
      CHECK(furthest <= taken + 4);
      ++taken;
    }
    CHECK(taken == 60);
    CHECK_FALSE(loader.next());
  }
}

TEST_CASE("PrefetchingLoader: a worker's exception comes out at its batch") {
  for (const int threads : {0, 2}) {
    PrefetchingLoader<int> loader(
        0, 10,
        [](std::int64_t i) {
          if (i == 3) throw std::runtime_error("broken picture 3");
          return static_cast<int>(i);
        },
        threads);
    for (int i = 0; i < 3; ++i) CHECK(loader.next() == i);
    CHECK_THROWS_WITH(loader.next(), "broken picture 3");
    CHECK_FALSE(loader.next());
  }
}

TEST_CASE("PrefetchingLoader ends in the middle, and holds what can only be moved") {
  for (int i = 0; i < 20; ++i) {
    PrefetchingLoader<std::unique_ptr<int>> loader(
        0, 1000, [](std::int64_t k) { return std::make_unique<int>(static_cast<int>(k)); }, 3, 5);
    for (int k = 0; k < i; ++k) CHECK(**loader.next() == k);
  }
}

TEST_CASE("epoch_permutation is a pure function of seed and epoch, the same everywhere") {
  const auto order = epoch_permutation(1000, 1, 2);
  CHECK(std::set<std::int64_t>(order.begin(), order.end()).size() == 1000);
  CHECK(order == epoch_permutation(1000, 1, 2));
  CHECK(order != epoch_permutation(1000, 1, 3));
  CHECK(order != epoch_permutation(1000, 2, 2));
  CHECK(epoch_permutation(8, 1, 0) == std::vector<std::int64_t>{2, 7, 0, 5, 4, 6, 1, 3});
  CHECK(epoch_permutation(0, 1, 0).empty());
  // Every element is equally likely in front.
  std::vector<int> first(5, 0);
  for (std::int64_t epoch = 0; epoch < 5000; ++epoch)
    ++first[static_cast<std::size_t>(epoch_permutation(5, 3, epoch)[0])];
  for (const int count : first) CHECK(std::abs(count - 1000) < 150);
}

TEST_CASE("Collapse: the plateau for a while, and only then") {
  CHECK(collapsed_loss_hardest(128, 0.2) == Approx(51.2));
  CHECK(collapsed_loss_all(4, 0.2, 2) == Approx(2 * (4 * 3 - 2) * 0.2));
  CollapseDetector collapsed{3, 0.01};
  const double plateau = collapsed_loss_hardest(10, 0.2);
  CHECK_FALSE(collapsed(4.01, plateau));
  CHECK_FALSE(collapsed(3.99, plateau));
  CHECK(collapsed(4.0, plateau));
  CHECK_FALSE(collapsed(3.5, plateau));
  CHECK_FALSE(collapsed(4.0, plateau));
  CHECK_FALSE(collapsed(std::nan(""), plateau));
}

TEST_CASE("JsonLog: whole lines, cut at the resumed step") {
  const Folder folder;
  const auto path = folder.path / "log.jsonl";
  {
    JsonLog log(path);
    for (int step = 1; step <= 5; ++step) log.append({{"step", step}, {"loss", 0.5}});
    log.append({{"step", 5}, {"rsum", 60.0}});
    CHECK_THROWS_WITH(log.append({{"loss", 1}}), ContainsSubstring("without an integer \"step\""));
  }
  const std::string five = contents(path);
  std::ofstream(path, std::ios::app) << R"({"step": 6, "lo)";  // killed while writing
  JsonLog::resume(path, 9).append({{"step", 10}});
  CHECK(contents(path) == five + "{\"step\":10}\n");
  JsonLog::resume(path, 5);
  CHECK(contents(path) == five);
  JsonLog::resume(path, 2).append({{"step", 3}});
  CHECK(contents(path) == "{\"loss\":0.5,\"step\":1}\n{\"loss\":0.5,\"step\":2}\n{\"step\":3}\n");
  std::ofstream(path, std::ios::app) << "not json\n";
  CHECK_THROWS_WITH(JsonLog::resume(path, 9), ContainsSubstring("not a log record: not json"));
  JsonLog fresh(path);
  CHECK(contents(path).empty());
  CHECK_THROWS_WITH(JsonLog(folder.path / "none" / "log.jsonl"), ContainsSubstring("cannot open"));
}

TEST_CASE("Progress: plain lines at intervals when redirected") {
  CHECK(clock_text(7) == "0:07");
  CHECK(clock_text(754) == "12:34");
  CHECK(clock_text(7509) == "2:05:09");
  CHECK(clock_text(std::nan("")) == "?");
  const Folder folder;
  const auto path = folder.path / "progress.txt";
  std::FILE* out = std::fopen(path.c_str(), "w");
  {
    Progress progress(100, 32, out, 10.0);
    progress.update_at(1000.0, 41, 3.5, "epoch 1/2");  // resumed at 40
    for (int step = 42; step <= 52; ++step) progress.update_at(1000.0 + (step - 41) * 2.0, step, 3.0, "epoch 1/2");
    progress.say("validation RSum 61.2");
    progress.finish();
  }
  std::fclose(out);
  CHECK(contents(path) ==
        "epoch 1/2  step 41/100  loss 3.5  ETA ?\n"
        "epoch 1/2  step 46/100  loss 3  16 pairs/s  ETA 1:48\n"
        "epoch 1/2  step 51/100  loss 3  16 pairs/s  ETA 1:38\n"
        "validation RSum 61.2\n"
        "epoch 1/2  step 52/100  loss 3  16 pairs/s  ETA 1:36\n");
}

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
