// Checkpoints: what continues bit for bit, what is refused, what a full disk leaves.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <sys/resource.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "mgan/encoders/text_transformer.hpp"
#include "mgan/encoders/token_batch.hpp"
#include "mgan/train/adam.hpp"
#include "mgan/train/checkpoint.hpp"
#include "mgan/train/clip_gradients.hpp"
#include "mgan/train/load_model.hpp"
#include "mgan/train/shuffle.hpp"
#include "tests/support/catch.hpp"
#include "tests/torch/train/folder.hpp"

namespace {

using namespace mgan::train;
using namespace mgan::tests;
using Catch::Matchers::ContainsSubstring;

struct Pair {
  at::Tensor first, second;
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("first", self.first);
    f("second", self.second);
  }
};

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
  const auto whole = folder / "whole.safetensors", part = folder / "part.safetensors";
  const auto resumed = folder / "resumed.safetensors";
  Run run;
  run.state.config = R"({"width": 16, "name": "Käse"})";
  for (int i = 0; i < 4; ++i) run.step();
  run.state.best_score = 0.1 + 0.2;
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
  CHECK(other.state.best_score == 0.1 + 0.2);
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
  const auto path = folder / "c.safetensors";
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

TEST_CASE("load_model: the configuration builds the model, the weights fill it, errors name the file") {
  const Folder folder;
  const auto path = folder.path / "c.safetensors";
  Pair pair{at::randn({2, 3}), at::randn({4})};
  TrainingState state;
  state.epoch = 3, state.step = 12, state.config = R"({"rows": 2})";
  save_checkpoint(path, {named_parameters(pair), {{"m", at::zeros({1})}}, {}}, state);

  const auto make = [](const mgan::io::Json& config) {
    return Pair{at::zeros({config.at("rows").get<std::int64_t>(), 3}), at::zeros({4})};
  };
  const auto loaded = load_model(path, make);
  CHECK(loaded.epoch == 3);
  CHECK(loaded.step == 12);
  CHECK(loaded.config.at("rows") == 2);
  CHECK(at::equal(loaded.model.first, pair.first));
  CHECK(at::equal(loaded.model.second, pair.second));

  CHECK_THROWS_WITH(load_model(path,
                               [](const mgan::io::Json& config) {
                                 return Pair{at::zeros({config.at("columns").get<std::int64_t>()}), {}};
                               }),
                    ContainsSubstring("c.safetensors: config: ") && ContainsSubstring("columns"));
  CHECK_THROWS_WITH(load_model(path,
                               [](const mgan::io::Json&) {
                                 return Pair{at::zeros({5, 3}), at::zeros({4})};
                               }),
                    ContainsSubstring("c.safetensors does not fit:") && ContainsSubstring("expected F32 (5, 3)"));
  state.config = "{";
  save_checkpoint(path, {named_parameters(pair), {}, {}}, state);
  CHECK_THROWS_WITH(load_model(path, make), ContainsSubstring("c.safetensors: config: malformed JSON"));
}

TEST_CASE("Checkpoint: a full disk leaves the last good one") {
  const Folder folder;
  const auto path = folder / "c.safetensors";
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
