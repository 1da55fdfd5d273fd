// What has to hold of weights behind a step, and schedules of a loss.
#include "mgan/train/fit.hpp"
#include "mgan/train/schedules.hpp"
#include "tests/support/catch.hpp"
#include "tests/torch/train/line.hpp"

namespace {

using namespace mgan::train;
using namespace line;

/// A line whose bias is never above `most`.
struct Held : Line {
  double most = 0.01;
  void constrain() {
    const at::NoGradGuard no_grad;
    bias.clamp_max_(most);
  }
};

}  // namespace

TEST_CASE("fit: constrain() is called behind every step, before the average and the callbacks") {
  const Data data = Data::create();
  Held model{Line::create()};
  model.bias.zero_();  // the average begins there
  Recipe recipe;
  recipe.epochs = 2;
  recipe.adam.learning_rate = 0.5;
  recipe.average = 0.5;
  double largest = -1;
  struct Look {
    const Held& model;
    double& largest;
    void step_taken(Run&, const StepResult&) { largest = std::max(largest, model.bias.max().item<double>()); }
  };
  const Run run = fit(model, data.batches(5), recipe, Look{model, largest});
  CHECK(largest <= model.most + 1e-9);
  for (const auto& [name, average] : run.average->values())
    if (name == "bias") CHECK(average.max().item<double>() <= model.most + 1e-9);

  // Nothing to do with a model without one; a loss beside a module hands the call on.
  Line free = Line::create();
  fit(free, data.batches(5), recipe);
  CHECK(free.bias.max().item<double>() > 0.01);
  Held held{Line::create()};
  auto beside = with_loss(held, [&](const auto& batch, const Step& step) { return held.loss(batch, step); });
  fit(beside, data.batches(5), recipe);
  CHECK(held.bias.max().item<double>() <= held.most + 1e-9);
}

TEST_CASE("Schedules of a loss: from all negatives to the hardest, and a ramp through one epoch") {
  const Annealing annealing;
  CHECK(annealing({0, 0, 4, 40}) == 0);
  CHECK(annealing({0, 1, 4, 40}) == Approx(0.009));
  CHECK(annealing({1, 10, 4, 40}) == Approx(1 - std::pow(0.991, 10)));
  CHECK(annealing({9, 10000, 10, 20000}) == 1);  // exactly: from there on the loss is sparse
  CHECK_THROWS_WITH(Annealing{1.5}({0, 0, 1, 1}), "Annealing: base is 1.5, expected from 0 to 1");
  const Ramp ramp{1};
  CHECK(ramp({0, 9, 4, 40}) == 1);
  CHECK(ramp({1, 10, 4, 40}) == 0);
  CHECK(ramp({1, 15, 4, 40}) == 0.5);
  CHECK(ramp({2, 20, 4, 40}) == 1);
}
