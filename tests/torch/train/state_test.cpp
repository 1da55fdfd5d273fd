// Running statistics in training: batches with padding, gradients, and runs that move, freeze, store and resume them.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include "mgan/mgan.hpp"
#include "mgan/nn/batch_norm.hpp"
#include "mgan/testing.hpp"
#include "mgan/train/callbacks/keep_best.hpp"
#include "mgan/train/callbacks/resume.hpp"
#include "mgan/train/callbacks/save_checkpoint.hpp"
#include "mgan/train/callbacks/validate.hpp"
#include "mgan/train/fit.hpp"
#include "mgan/train/load_model.hpp"
#include "tests/support/catch.hpp"
#include "tests/torch/train/line.hpp"

namespace {

using namespace mgan::train;
using namespace line;
using Catch::Matchers::ContainsSubstring;
using Norm = mgan::BatchNorm<at::Tensor>;
using Updates = mgan::StateUpdates<at::Tensor>;

template <class M>
M in_double(M module) {
  mgan::train::to(module, at::kCPU, at::kDouble);
  return module;
}

/// A line behind a norm.
struct NormedLine {
  Norm norm = in_double(Norm::create(3));
  Line line = Line::create();
  at::Generator noise = at::detail::createCPUGenerator(3);

  Loss loss(const Batch& batch, const Step& step) {
    Updates updates;
    const mgan::Training context{noise, updates};
    Loss loss = line.loss({norm(batch.x, context), batch.y}, step);
    loss.updates = std::move(updates);
    return loss;
  }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("norm", self.norm);
    f("line", self.line);
  }
};

Recipe recipe_of(NormedLine& model, std::int64_t epochs) {
  Recipe recipe;
  recipe.epochs = epochs;
  recipe.adam.learning_rate = 0.05;
  recipe.generators = {{"noise", model.noise}};
  return recipe;
}
bool same(NormedLine& a, NormedLine& b) {
  const NamedTensors x = named_tensors(a), y = named_tensors(b);
  bool all = x.size() == y.size();
  for (std::size_t i = 0; i < x.size(); ++i) all = all && at::equal(x[i].second, y[i].second);
  return all;
}

}  // namespace

TEST_CASE("BatchNorm of a padded batch is that of its real rows", "[torch][nn]") {
  const Norm norm = in_double(Norm::create(5));
  at::Generator noise = at::detail::createCPUGenerator(3);
  Updates of_batch, of_rows;
  const auto x = mgan::ragged(at::randn({3, 4, 5}, at::kDouble) * 3 + 1, at::tensor({4, 2, 3}));
  const at::Tensor y = norm(x, mgan::Training{noise, of_batch});
  const at::Tensor rows = norm(mgan::pack(x), mgan::Training{noise, of_rows});  // (9, 5)
  CHECK(at::allclose(mgan::pack(mgan::Masked{y, x.mask}), rows, 1e-12, 1e-12));
  CHECK(y.masked_select(x.mask.logical_not().unsqueeze(-1)).eq(0).all().item<bool>());
  CHECK(norm(x).masked_select(x.mask.logical_not().unsqueeze(-1)).eq(0).all().item<bool>());
  CHECK(at::allclose(rows.mean(0), at::zeros({5}, at::kDouble), 0, 1e-12));
  REQUIRE(of_batch.size() == 2);
  CHECK(at::allclose(of_batch[1].batch, mgan::pack(x).var(0)));  // unbiased
  CHECK_FALSE(of_batch[0].batch.requires_grad());

  const auto in_training = [&](const auto& rows_of) {
    Updates ignored;
    return norm(rows_of, mgan::Training{noise, ignored});
  };
  const auto slopes = mgan::check_gradients(in_training, x);
  CHECK((slopes ? "" : slopes.message()) == "");
  CHECK_THROWS_WITH(in_double(Norm::create(36))(at::randn({2, 7, 20}, at::kDouble)),
                    "BatchNorm: input is (2, 7, 20), its statistics are of 36 channels");
  CHECK(norm(x.values.to(at::kDouble)).scalar_type() == at::kDouble);
}

TEST_CASE("Statistics of several batches at once are those of one after the other", "[torch][nn]") {
  auto each = in_double(mgan::RunningStatistics<at::Tensor>::create(1)), together = each;
  together = in_double(mgan::RunningStatistics<at::Tensor>::create(1));
  const at::Tensor means = at::randn({7}, at::kDouble), variances = at::randn({7}, at::kDouble).square();
  at::Generator noise = at::detail::createCPUGenerator(3);
  Updates updates;
  mgan::Training context{noise, updates};
  for (std::int64_t i = 0; i < 7; ++i) each.move(means.narrow(0, i, 1), variances.narrow(0, i, 1), context);
  mgan::apply_updates(each, updates);
  together.move_by_each(means, variances, context);
  CHECK(updates.size() == 2);
  mgan::apply_updates(together, updates);
  CHECK(at::allclose(each.mean, together.mean, 1e-13, 1e-13));
  CHECK(at::allclose(each.variance, together.variance, 1e-13, 1e-13));
}

TEST_CASE("fit moves running statistics after the step, batch by batch", "[torch][train]") {
  const Data data = Data::create();
  NormedLine model, by_hand;
  Recipe recipe = recipe_of(model, 1);
  recipe.accumulate = 2;
  recipe.average = 0.9;
  const auto source = data.batches(4);
  const mgan::train::Run run = fit(model, source, recipe);
  for (std::int64_t place = 0; place < 6; ++place) {
    Loss loss = by_hand.loss(source.batch(0, place), {});
    mgan::apply_updates(by_hand, loss.updates);
  }
  CHECK(at::equal(model.norm.statistics.mean, by_hand.norm.statistics.mean));
  CHECK(at::equal(model.norm.statistics.variance, by_hand.norm.statistics.variance));
  CHECK(run.model.size() == 6);
  CHECK(run.weights.size() == 4);  // nobody trains, clips or averages the state
  CHECK(run.average->values().size() == 4);
  CHECK(run.optimizer.state().size() == 3 * 4);
  CHECK_FALSE(model.norm.statistics.mean.requires_grad());
}

TEST_CASE("Statistics below a frozen name stay", "[torch][train]") {
  const Data data = Data::create();
  NormedLine model;
  Recipe recipe = recipe_of(model, 1);
  recipe.frozen = {"norm"};
  fit(model, data.batches(8), recipe);
  CHECK(at::equal(model.norm.statistics.mean, at::zeros({3}, at::kDouble)));
  recipe.frozen = {"norm.mean"};  // the mean alone
  fit(model, data.batches(8), recipe);
  CHECK(at::equal(model.norm.statistics.mean, at::zeros({3}, at::kDouble)));
  CHECK_FALSE(at::equal(model.norm.statistics.variance, at::ones({3}, at::kDouble)));
}

TEST_CASE("A run that is killed and resumed keeps the bits of its statistics", "[torch][train]") {
  const Folder folder;
  const Data data = Data::create();
  NormedLine whole, first, second;
  fit(whole, data.batches(8), recipe_of(whole, 4));
  struct Kill {
    void step_taken(mgan::train::Run& run, const StepResult&) const { run.stop = run.state.step == 5; }
  };
  fit(first, data.batches(8), recipe_of(first, 4), Kill{}, SaveCheckpoint{folder / "last"});
  CHECK_FALSE(same(whole, first));
  fit(second, data.batches(8), recipe_of(second, 4), Resume{folder / "last"}, SaveCheckpoint{folder / "last"});
  CHECK(same(whole, second));

  NormedLine loaded;
  load_weights(folder / "last", named_tensors(loaded));
  CHECK(same(whole, loaded));
}

TEST_CASE("Statistics that a checkpoint lacks are an error by name", "[torch][train]") {
  const Folder folder;
  NormedLine model;
  save_checkpoint(folder / "old", {named_parameters(model), {}, {}}, {});
  CHECK_THROWS_WITH(
      load_weights(folder / "old", named_tensors(model)),
      ContainsSubstring("missing: model.norm.mean (3)") && ContainsSubstring("missing: model.norm.variance (3)"));
  save_checkpoint(folder / "new", {named_tensors(model), {}, {}}, {.config = "{}"});
  CHECK_THROWS_WITH(load_weights(folder / "new", named_parameters(model)),
                    ContainsSubstring("unexpected: model.norm.mean (3)"));
  const auto loaded = load_model(folder / "new", [](const mgan::io::Json&) { return NormedLine{}; });
  CHECK(loaded.model.norm.statistics.mean.size(0) == 3);
}

TEST_CASE("KeepBest stores the statistics beside the averages", "[torch][train]") {
  const Folder folder;
  const Data data = Data::create();
  NormedLine model, best;
  Recipe recipe = recipe_of(model, 2);
  recipe.average = 0.5;
  fit(model, data.batches(8), recipe, Validate{[] { return 1.0; }}, KeepBest{folder / "best"});
  CHECK(load_weights(folder / "best", named_tensors(best)).epoch == 1);
  CHECK_FALSE(at::equal(best.norm.statistics.mean, at::zeros({3}, at::kDouble)));
}
