// The training loop and its options, each against a loop written out by hand.
#include "mgan/train/fit.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "mgan/train/schedules.hpp"
#include "tests/support/catch.hpp"
#include "tests/torch/train/line.hpp"

namespace {

using namespace mgan::train;
using namespace line;
using Catch::Matchers::ContainsSubstring;

bool same(const Line& a, const Line& b) { return at::equal(a.weight, b.weight) && at::equal(a.bias, b.bias); }
double distance(const Line& a, const Line& b) {
  return std::max((a.weight - b.weight).abs().max().item<double>(), (a.bias - b.bias).abs().max().item<double>());
}

std::string message(auto&& f) {
  try {
    f();
  } catch (const mgan::Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

}  // namespace

TEST_CASE("fit: order, clip, schedule and Adam are those of a loop by hand, bit for bit") {
  const Data data = Data::create();
  Line fitted = Line::create(), by_hand = Line::create();
  Recipe recipe;
  recipe.epochs = 3;
  recipe.adam = {.learning_rate = 0.05, .weight_decay = 0.1};
  recipe.schedule = WarmUp{4, StepDecay{0.1, 2}};
  recipe.clip = 0.7;
  std::vector<StepResult> results;
  struct Keep {
    std::vector<StepResult>& results;
    void step_taken(Run&, const StepResult& result) { results.push_back(result); }
  };
  const Run run = fit(fitted, data.batches(5), recipe, Keep{results});
  CHECK(run.state.step == 12);
  CHECK(run.state.epoch == 3);

  const NamedTensors weights = named_parameters(by_hand);
  set_requires_grad(weights, true);
  Adam adam(weights, {.weight_decay = 0.1});
  for (std::int64_t epoch = 0, step = 0; epoch < 3; ++epoch) {
    const auto order = epoch_permutation(24, 7, epoch);
    for (std::int64_t place = 0; place < 4; ++place, ++step) {
      const std::vector<std::int64_t> which(order.begin() + 5 * place, order.begin() + 5 * (place + 1));
      double rate = epoch < 2 ? 0.05 : 0.05 * 0.1;
      if (step < 4) rate = rate * static_cast<double>(step + 1) / 4.0;
      zero_gradients(weights);
      const Loss loss = by_hand.loss(data.rows(which), {});
      loss.total.backward();
      const double norm = clip_gradients(weights, 0.7, step + 1);
      adam.options.learning_rate = rate;
      adam.step();
      const StepResult& got = results.at(static_cast<std::size_t>(step));
      CHECK(got.loss == loss.total.item<double>());
      CHECK(got.gradient_norm == norm);
      CHECK(got.learning_rate == rate);
      CHECK(got.number("largest") == loss.numbers[1].second);
      CHECK_FALSE(got.number("nosuch"));
    }
  }
  CHECK(same(fitted, by_hand));
}

TEST_CASE("fit: two half batches make the step of a whole one") {
  const Data data = Data::create();
  Line whole = Line::create(), halves = Line::create();
  Recipe recipe;
  recipe.epochs = 4;
  recipe.adam.learning_rate = 0.05;
  recipe.clip = 0.5;
  fit(whole, data.batches(8), recipe);
  recipe.accumulate = 2;
  double last = 0;
  struct Keep {
    double& last;
    void step_taken(Run&, const StepResult& result) { last = result.loss - *result.number("squares"); }
  };
  const Run run = fit(halves, data.batches(4), recipe, Keep{last});
  CHECK(run.state.step == 12);  // 6 batches an epoch
  CHECK(last == Approx(0).margin(1e-15));
  CHECK(distance(whole, halves) < 1e-12);
  Line other = Line::create();
  recipe.accumulate = 7;
  CHECK(message([&] { fit(other, data.batches(4), recipe); }) == "fit: an epoch of 6 batches, but a step takes 7");
}

TEST_CASE("fit: the average is that of a loop by hand, and serves in the place of the weights") {
  const Data data = Data::create();
  Line model = Line::create();
  Recipe recipe;
  recipe.epochs = 2;
  recipe.adam.learning_rate = 0.05;
  recipe.average = 0.9;
  at::Tensor by_hand = model.weight.clone();
  struct Average {
    at::Tensor& by_hand;
    Line& model;
    void step_taken(Run& run, const StepResult&) {
      by_hand = by_hand * 0.9 + model.weight.detach() * (1 - 0.9);
      CHECK(at::allclose(run.average->values()[0].second, by_hand, 1e-13, 1e-13));
    }
  };
  const Run run = fit(model, data.batches(8), recipe, Average{by_hand, model});
  const at::Tensor raw = model.weight.detach().clone();
  {
    const UseAverage averages(run.averaged());
    CHECK(at::equal(model.weight, run.average->values()[0].second));
    CHECK_FALSE(at::equal(model.weight, raw));
  }
  CHECK(at::equal(model.weight, raw));
  CHECK(at::equal(run.validated_parts().model[0].second, run.average->values()[0].second));
  CHECK(run.validated_parts().average.empty());
}

namespace {

struct Three {
  at::Tensor a, b, c;
  Loss loss(const Batch& batch, const Step&) const { return {((a + b + c) * batch.y.mean()).sum()}; }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("top.a", self.a);
    f("top.b", self.b);
    f("topmost", self.c);
  }
};

}  // namespace

TEST_CASE("fit: every group follows the schedule from its own rate, with its own decay") {
  const Data data = Data::create();
  const auto two = [] { return at::tensor({2.0, 2.0}, at::kDouble).view({1, 2}); };
  Three model{two(), two(), two()};
  Recipe recipe;
  recipe.epochs = 1;
  recipe.adam = {.learning_rate = 0.08, .weight_decay = 0.5};
  recipe.schedule = WarmUp{4};
  recipe.groups = {{.below = "top.a", .learning_rate = 0.01, .weight_decay = 0.0},
                   {.below = "top.b", .learning_rate = 0.02}};
  struct Rates {
    void step_taken(Run& run, const StepResult& result) {
      const double share = std::min(1.0, static_cast<double>(run.state.step) / 4);
      const auto& groups = run.optimizer.groups();
      REQUIRE(groups.size() == 3);
      CHECK(result.learning_rate == Approx(0.08 * share));
      CHECK(groups[0].options.learning_rate == Approx(0.08 * share));
      CHECK(groups[1].options.learning_rate == Approx(0.01 * share));
      CHECK(groups[2].options.learning_rate == Approx(0.02 * share));
      CHECK(groups[1].options.weight_decay == 0);
      CHECK(groups[2].options.weight_decay == 0.5);
      CHECK(groups[0].weights().at(0).first == "topmost");  // not below "top"
    }
  };
  fit(model, data.batches(4), recipe, Rates{});
  // One gradient for all, so Adam steps by the rate: what is left is the decay.
  const double rate[3] = {0.01, 0.02, 0.08}, decay[3] = {0, 0.5, 0.5};
  Three free{two(), two(), two()};
  recipe.groups[1].weight_decay = recipe.adam.weight_decay = 0;
  fit(free, data.batches(4), recipe);
  for (int i = 0; i < 3; ++i) {
    const at::Tensor& got = i == 0 ? model.a : i == 1 ? model.b : model.c;
    const at::Tensor& plain = i == 0 ? free.a : i == 1 ? free.b : free.c;
    if (decay[i] == 0) CHECK(at::equal(got, plain));
    else CHECK(got.lt(plain - 0.3 * rate[i]).all().item<bool>());
    CHECK(got.lt(2 - 0.9 * rate[i]).all().item<bool>());
  }

  recipe.groups = {{.below = "top"}, {.below = "top.b"}};
  CHECK(message([&] { fit(free, data.batches(4), recipe); }) ==
        "fit: weight top.b is in two groups, 'top' and 'top.b'");
  recipe.groups = {{.below = "to"}};
  CHECK_THAT(message([&] { fit(free, data.batches(4), recipe); }), ContainsSubstring("group 'to': no trained weight"));
  recipe.groups = {};
  recipe.frozen = {"top", "nosuch"};
  CHECK_THAT(message([&] { fit(free, data.batches(4), recipe); }), ContainsSubstring("frozen 'nosuch': no weight"));
  recipe.frozen = {"top", "topmost"};
  CHECK_THAT(message([&] { fit(free, data.batches(4), recipe); }), ContainsSubstring("no weights to train"));
  recipe.frozen = {"top"};
  const at::Tensor before = free.a.detach().clone(), moved = free.c.detach().clone();
  fit(free, data.batches(4), recipe);
  CHECK(at::equal(free.a, before));
  CHECK_FALSE(at::equal(free.c, moved));
}

TEST_CASE("fit: bf16 takes products in bfloat16, inside the loss alone, with everything else") {
  const Data data = Data::create(at::kFloat);
  Recipe recipe;
  recipe.epochs = 6;
  recipe.adam.learning_rate = 0.05;
  recipe.clip = 1;
  recipe.accumulate = 2;
  recipe.average = 0.5;
  recipe.schedule = Cosine{};
  Line full = Line::create(at::kFloat), half = Line::create(at::kFloat);
  fit(full, data.batches(4), recipe);
  recipe.bf16 = true;
  fit(half, data.batches(4), recipe);
  CHECK(half.weight.scalar_type() == at::kFloat);
  CHECK(distance(full, half) > 0);
  CHECK(distance(full, half) < 0.02);
  CHECK_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
}

TEST_CASE("fit: what goes wrong in a step names the step") {
  const Data data = Data::create();
  Line model = Line::create();
  Recipe recipe;
  recipe.epochs = 2;
  recipe.adam.learning_rate = 0.05;
  const auto at_step = [&](std::int64_t bad, auto broken) {
    auto failing = with_loss(model, [&, bad](const Batch& batch, const Step& step) {
      Loss loss = model.loss(batch, step);
      if (step.number == bad) broken(loss);
      return loss;
    });
    return message([&] { fit(failing, data.batches(8), recipe); });
  };
  const at::Tensor before = model.weight.clone();
  CHECK_THAT(at_step(4, [](Loss& loss) { loss.total = loss.total * std::nan(""); }),
             ContainsSubstring("step 5 (epoch 2, learning rate 0.05): the loss is nan; training has diverged"));
  CHECK(model.weight.isfinite().all().item<bool>());
  CHECK(at_step(0, [](Loss&) { mgan::fail("tokens(0, 0, 0) is nan"); }) ==
        "step 1 (epoch 1, learning rate 0.05): tokens(0, 0, 0) is nan");
  CHECK_THAT(at_step(3, [](Loss& loss) { loss.total = loss.total.mul(0.0).sqrt(); }),
             ContainsSubstring("step 4: the gradient of weight is not finite"));
  recipe.schedule = [](double, const Step&) { return std::nan(""); };
  CHECK_THAT(at_step(-1, [](Loss&) {}), ContainsSubstring("the schedule's rate is not a number"));

  const auto refused = [&](auto change) {
    Recipe bad;
    change(bad);
    return message([&] { fit(model, data.batches(8), bad); });
  };
  CHECK_THAT(refused([](Recipe& r) { r.epochs = 0; }), ContainsSubstring("epochs is 0"));
  CHECK_THAT(refused([](Recipe& r) { r.clip = 0; }), ContainsSubstring("clip is 0"));
  CHECK_THAT(refused([](Recipe& r) { r.clip = std::nan(""); }), ContainsSubstring("clip is nan"));
  CHECK_THAT(refused([](Recipe& r) { r.average = 1; }), ContainsSubstring("average is 1"));
  CHECK_THAT(refused([](Recipe& r) { r.accumulate = 0; }), ContainsSubstring("accumulate is 0"));
  CHECK_THAT(refused([](Recipe& r) { r.adam.learning_rate = -1; }), ContainsSubstring("learning_rate is -1"));
  CHECK_THAT(refused([](Recipe& r) { r.adam.weight_decay = -1; }), ContainsSubstring("weight_decay is -1"));
  CHECK_THAT(refused([](Recipe& r) { r.groups = {{.below = "bias", .learning_rate = 0.0}}; }),
             ContainsSubstring("group 'bias': learning_rate is 0"));
  CHECK_THAT(message([&] { fit(model, data.batches(25), {}); }), ContainsSubstring("a batch is 25, but there are 24"));
}

namespace {

/// Writes down what it is told, and stops the run after some steps.
struct Witness {
  std::string& seen;
  std::string name;
  std::int64_t stop_at = -1;

  void begin(Run&) { seen += name + "begin "; }
  void step_taken(Run& run, const StepResult&) {
    seen += name + std::to_string(run.state.step) + " ";
    run.stop = run.stop || run.state.step == stop_at;
  }
  void epoch_ended(Run& run) { seen += name + "epoch" + std::to_string(run.state.epoch) + " "; }
  void end(Run&) { seen += name + "end "; }
};
struct EpochsAlone {
  int epochs = 0;
  void epoch_ended(Run&) { ++epochs; }
};

}  // namespace

TEST_CASE("fit: callbacks are called in the order given; any of them stops the run") {
  const Data data = Data::create();
  Line model = Line::create();
  Recipe recipe;
  recipe.epochs = 2;
  std::string seen;
  EpochsAlone epochs;  // kept by the caller, so it is a reference
  fit(model, data.batches(12), recipe, Witness{seen, "a"}, epochs, Witness{seen, "b"});
  CHECK(seen == "abegin bbegin a1 b1 a2 b2 aepoch1 bepoch1 a3 b3 a4 b4 aepoch2 bepoch2 aend bend ");
  CHECK(epochs.epochs == 2);
  seen.clear();
  const Run run = fit(model, data.batches(12), recipe, Witness{seen, "", 1});
  CHECK(seen == "begin 1 end ");
  CHECK(run.state.epoch == 0);
  seen.clear();
  fit(model, data.batches(12), recipe, Witness{seen, "", 2});
  CHECK(seen == "begin 1 2 epoch1 end ");
}

TEST_CASE("Schedules: end points, and one inside the other") {
  const auto at_step = [](std::int64_t number, std::int64_t epoch = 0) { return Step{epoch, number, 4, 101}; };
  const StepDecay decay{0.1, 10};
  CHECK(decay(1e-4, at_step(0, 9)) == 1e-4);
  CHECK(decay(1e-4, at_step(0, 10)) == Approx(1e-5));
  CHECK(decay(1e-4, at_step(0, 29)) == Approx(1e-6));
  CHECK(StepDecay{0.1, 0}(1e-4, at_step(0, 100)) == 1e-4);

  const Cosine cosine{0.1};
  CHECK(cosine(2.0, at_step(0)) == 2.0);
  CHECK(cosine(2.0, at_step(50)) == Approx(1.1));
  CHECK(cosine(2.0, at_step(100)) == Approx(0.2));
  CHECK(Cosine{0, 11}(2.0, at_step(5)) == Approx(1.0));
  CHECK(Cosine{0, 11}(2.0, at_step(10)) == Approx(0.0).margin(1e-15));
  CHECK(Cosine{0, 11}(2.0, at_step(99)) == Approx(0.0).margin(1e-15));
  CHECK(Cosine{0, 1}(2.0, at_step(0)) == Approx(0.0).margin(1e-15));

  const WarmUp rising{5, cosine};
  CHECK(rising(2.0, at_step(0)) == Approx(cosine(2.0, at_step(0)) / 5));
  CHECK(rising(2.0, at_step(4)) == cosine(2.0, at_step(4)));
  CHECK(rising(2.0, at_step(100)) == cosine(2.0, at_step(100)));
  CHECK(WarmUp{4}(1.0, at_step(1)) == 0.5);
  CHECK(WarmUp{0}(1.0, at_step(0)) == 1.0);
  CHECK_THROWS_WITH(WarmUp{-1}(1.0, at_step(0)), ContainsSubstring("WarmUp: steps is -1"));
  CHECK_THROWS_WITH((StepDecay{0.1, -1}(1.0, at_step(0))), ContainsSubstring("StepDecay: every is -1"));
  CHECK_THROWS_WITH((Cosine{0, -1}(1.0, at_step(0))), ContainsSubstring("Cosine: steps is -1"));
}

TEST_CASE("Shuffled: every example once an epoch, by seed, epoch and place") {
  const Shuffled source{10, 3, [](const std::vector<std::int64_t>& which, std::int64_t epoch, std::int64_t place) {
                          return std::pair{which, epoch * 100 + place};
                        }};
  CHECK(source.steps() == 3);
  const auto order = epoch_permutation(10, 1, 4);
  const auto [which, turn] = source.batch(4, 2);
  CHECK(which == std::vector<std::int64_t>(order.begin() + 6, order.begin() + 9));
  CHECK(turn == 402);
  CHECK_THROWS_WITH((Shuffled{2, 0, [](const std::vector<std::int64_t>& w) { return w; }}.steps()),
                    ContainsSubstring("a batch of 0 examples"));
}
