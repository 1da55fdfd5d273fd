// Callbacks: what they write, what they refuse, and that a run which is killed anywhere goes on to the same bits.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/equal.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "mgan/train/callbacks/keep_best.hpp"
#include "mgan/train/callbacks/resume.hpp"
#include "mgan/train/callbacks/save_checkpoint.hpp"
#include "mgan/train/callbacks/show_progress.hpp"
#include "mgan/train/callbacks/stop_early.hpp"
#include "mgan/train/callbacks/validate.hpp"
#include "mgan/train/callbacks/watch_for_collapse.hpp"
#include "mgan/train/callbacks/write_log.hpp"
#include "mgan/train/fit.hpp"
#include "mgan/train/schedules.hpp"
#include "tests/support/catch.hpp"
#include "tests/torch/train/line.hpp"

namespace {

using namespace mgan::train;
using namespace line;
using Catch::Matchers::ContainsSubstring;

/// A power cut after some steps.
struct Cut {
  std::int64_t after = -1;
  void step_taken(Run& run, const StepResult&) const {
    if (run.state.step == after) throw std::runtime_error("cut");
  }
};
/// Collects what is said.
struct Listen {
  std::string& said;
  void begin(Run& run) const {
    run.say = [this](std::string_view line) { said += std::string(line) + "\n"; };
  }
};

/// Everything at once: noise, accumulation, average, groups, schedule, log, best, early stop.
struct Everything {
  std::filesystem::path folder;
  std::string name;
  std::string data = "24 rows";
  std::string config = R"({"width": 3})";
  double bias_rate = 0.01;
  bool resume = true;
  std::string said = {};

  void run(std::int64_t cut_after = -1) {
    std::filesystem::create_directories(folder / name);
    const Data rows = Data::create();
    Line model = Line::create();
    at::Generator noise = at::detail::createCPUGenerator(3);
    model.noise = &noise;
    Recipe recipe;
    recipe.epochs = 6;
    recipe.adam = {.learning_rate = 0.05, .weight_decay = 0.01};
    recipe.schedule = WarmUp{3, Cosine{}};
    recipe.groups = {{.below = "bias", .learning_rate = bias_rate}};
    recipe.accumulate = 2;
    recipe.average = 0.8;
    recipe.clip = 2;
    recipe.generators = {{"noise", noise}};
    recipe.config = config;
    const auto measure = [&] {
      return -(at::matmul(rows.x, model.weight) + model.bias - rows.y).square().mean().item<double>();
    };
    fit(model, rows.batches(4, data), recipe, Listen{said}, Resume{folder / name / "last", resume},
        Validate{measure, 2}, WriteLog{folder / name / "log"}, KeepBest{folder / name / "best"},
        StopEarly{.patience = 2}, SaveCheckpoint{folder / name / "last", 2}, Cut{cut_after});
  }
  std::string bits(const std::string& file) const { return contents(folder / (name + "/" + file)); }
  std::string refusal() {
    try {
      run();
    } catch (const mgan::Error& error) {
      return error.what();
    }
    return "nothing was refused";
  }
};

}  // namespace

TEST_CASE("Resume: a run with every option, cut after any step, goes on to the same bits") {
  const Folder folder;
  Everything whole{folder.path, "whole"};
  whole.run();
  REQUIRE(whole.bits("log").find("\"step\":18") != std::string::npos);
  for (std::int64_t cut = 1; cut <= 18; ++cut) {
    Everything killed{folder.path, "killed" + std::to_string(cut)};
    CHECK_THROWS_WITH(killed.run(cut), "cut");
    killed.run();
    for (const char* file : {"last", "best", "log"}) CHECK(killed.bits(file) == whole.bits(file));
  }
  const std::string before = whole.bits("last");
  whole.run();  // nothing is left to do
  CHECK(whole.bits("last") == before);
}

TEST_CASE("Resume: other data, configurations and groups are refused by name, damage too; nothing is touched") {
  const Folder folder;
  Everything run{folder.path, "run"};
  CHECK_THROWS_WITH(run.run(5), "cut");
  const std::string last = run.bits("last"), log = run.bits("log"), best = run.bits("best");

  Everything other = run;
  other.data = "23 rows";
  CHECK_THAT(other.refusal(), ContainsSubstring("last: was written with another set of data (24 rows -> 23 rows)"));
  other = run;
  other.config = R"({"width": 4})";
  CHECK_THAT(other.refusal(), ContainsSubstring("last: was written with another configuration (width 3 -> 4)"));
  other = run;
  other.bias_rate = 0.02;
  CHECK_THAT(other.refusal(),
             ContainsSubstring("another list of parameter groups (bias at 0.01 with decay 0.01 -> bias at 0.02"));

  std::string damaged = last;
  damaged[damaged.size() - 3] = static_cast<char>(damaged[damaged.size() - 3] ^ 4);
  std::ofstream(folder / "run/last", std::ios::binary) << damaged;
  CHECK_THAT(run.refusal(), ContainsSubstring("last: damaged: its checksum is"));
  damaged = last;
  damaged.replace(damaged.find("24 rows"), 2, "25");
  std::ofstream(folder / "run/last", std::ios::binary) << damaged;
  CHECK_THAT(run.refusal(), ContainsSubstring("last: damaged: its checksum is"));
  std::ofstream(folder / "run/last", std::ios::binary) << last;

  std::string altered = log;
  altered[altered.find("\"loss\":") + 7] ^= 1;
  std::ofstream(folder / "run/log", std::ios::binary) << altered;
  CHECK_THAT(run.refusal(), ContainsSubstring("log: its lines up to step 4 are not those of the run that is resumed"));
  CHECK(run.bits("log") == altered);
  std::ofstream(folder / "run/log", std::ios::binary) << log.substr(0, log.find('\n') + 1);
  CHECK_THAT(run.refusal(), ContainsSubstring("log: its lines up to step 4 are not those"));
  CHECK(run.bits("last") == last);
  CHECK(run.bits("best") == best);

  std::filesystem::remove(folder / "run/log");
  run.run();
  CHECK_THAT(run.said, ContainsSubstring("log: is gone; a new log begins behind step 4"));
  CHECK(run.bits("log").find("\"step\":5") != std::string::npos);
  CHECK(run.bits("log").find("\"step\":4") == std::string::npos);
}

TEST_CASE("Resume: a checkpoint of before checksums and fingerprints goes on, with warnings") {
  const Folder folder;
  const Data rows = Data::create();
  Recipe recipe;
  recipe.epochs = 2;
  Line whole = Line::create();
  fit(whole, rows.batches(8), recipe);
  {  // As they were written before: three steps, no `data`, no `checksum`.
    Line model = Line::create();
    recipe.epochs = 1;
    const Run run = fit(model, rows.batches(8), recipe);
    recipe.epochs = 2;
    const CheckpointParts parts = run.parts();
    mgan::save_tensors(folder / "old", detail::with_names(parts, {}),
                       {{"mgan_checkpoint", "1"}, {"epoch", "1"}, {"step", "3"}, {"best_rsum", "-1"}, {"config", ""}});
  }
  Line model = Line::create();
  std::string said;
  fit(model, rows.batches(8, "24 rows"), recipe, Listen{said}, Resume{folder / "old"});
  CHECK(at::equal(model.weight, whole.weight));
  CHECK_THAT(said, ContainsSubstring("old: has no checksum"));
  CHECK_THAT(said, ContainsSubstring("old: does not say which data it was trained on"));
  // Epochs of another length, where no fingerprint tells.
  mgan::save_tensors(folder / "longer", detail::with_names(fit(model, rows.batches(8), recipe).parts(), {}),
                     {{"mgan_checkpoint", "1"}, {"epoch", "1"}, {"step", "7"}, {"best_rsum", "-1"}, {"config", ""}});
  CHECK_THROWS_WITH(fit(model, rows.batches(8), recipe, Resume{folder / "longer"}),
                    ContainsSubstring("resumed after 7 steps in epoch 2, but an epoch has 3 steps"));
}

TEST_CASE("Resume: switched off, an old checkpoint is gone before anything else happens") {
  const Folder folder;
  Everything run{folder.path, "run"};
  run.run();
  run.resume = false;
  CHECK_THROWS_WITH(run.run(1), "cut");
  CHECK_FALSE(std::filesystem::exists(folder / "run/last"));
  CHECK_FALSE(std::filesystem::exists(folder / "run/best"));
}

TEST_CASE("SaveCheckpoint: a loss that is not finite leaves the last good one; a stopped run saves where it is") {
  const Folder folder;
  const Data rows = Data::create();
  Line model = Line::create();
  Recipe recipe;
  recipe.epochs = 3;
  auto diverging = with_loss(model, [&](const Batch& batch, const Step& step) {
    Loss loss = model.loss(batch, step);
    if (step.number == 4) loss.total = loss.total / 0.0;
    return loss;
  });
  CHECK_THROWS_WITH(fit(diverging, rows.batches(8), recipe, SaveCheckpoint{folder / "last", 2}),
                    ContainsSubstring("step 5 (epoch 2, learning rate 0.0001): the loss is inf"));
  const TrainingState state = load_weights(folder / "last", named_parameters(model));
  CHECK(state.step == 4);
  CHECK(state.epoch == 1);

  struct Stop {
    void step_taken(Run& run, const StepResult&) const { run.stop = run.state.step == 4; }
  };
  fit(model, rows.batches(8), recipe, Stop{}, SaveCheckpoint{folder / "last"});
  CHECK(read_training_state(folder / "last").step == 4);
}

TEST_CASE("Validate, KeepBest: numbers and metrics, every so many epochs, with the average in place") {
  const Folder folder;
  const Data rows = Data::create();
  Line model = Line::create();
  Recipe recipe;
  recipe.epochs = 5;
  recipe.average = 0.5;
  int calls = 0;
  at::Tensor seen;
  const auto measure = [&] {
    seen = model.weight.detach().clone();
    return calls++ == 1 ? 7.0F : 1.0F;
  };
  std::string lines;
  struct Lines {
    std::string& all;
    void epoch_ended(Run& run) const { all += run.validation ? run.validation->line + ";" : "none;"; }
  };
  const Run run = fit(model, rows.batches(8), recipe, Validate{measure, 2}, Lines{lines}, KeepBest{folder / "best"});
  CHECK(calls == 3);  // after epochs 2, 4 and 5
  CHECK(lines == "none;validation 1;none;validation 7;validation 1;");
  CHECK(run.state.best_score == 7);
  CHECK(at::equal(seen, run.average->values()[0].second));
  CHECK_FALSE(at::equal(seen, model.weight));
  Line best = Line::create();
  CHECK(load_weights(folder / "best", named_parameters(best)).epoch == 4);

  const Validation metrics = validation_of(mgan::RetrievalMetrics{{10, 20, 30, 1, 2}, {1, 2, 3, 4, 5}});
  CHECK(metrics.score == 66);
  CHECK(metrics.record["validation"]["rsum"] == 66.0);
  CHECK(metrics.line == "validation R@1 10.0 (image to text) 1.0 (text to image), RSum 66.0");
  CHECK_THROWS_WITH(fit(model, rows.batches(8), recipe, Validate{measure, 0}), ContainsSubstring("every is 0"));
}

TEST_CASE("StopEarly: after so many validations without a better one") {
  const Data rows = Data::create();
  Line model = Line::create();
  Recipe recipe;
  recipe.epochs = 20;
  const std::vector<double> scores{1, 3, 2, 3, 3.05, 9};
  std::size_t next = 0;
  std::string said;
  const Run run = fit(model, rows.batches(24), recipe, Listen{said}, Validate{[&] { return scores.at(next++); }},
                      StopEarly{.patience = 3, .by = 0.1});
  CHECK(run.state.epoch == 5);
  CHECK(said == "stopped after 3 validations without a better one\n");
  CHECK(StopEarly::has_stopped(run.state, 3));
  CHECK(!StopEarly::has_stopped(run.state, 4));
  CHECK(!StopEarly::has_stopped(TrainingState{}, 1));
  CHECK_THROWS_WITH(fit(model, rows.batches(24), recipe, Validate{[] { return 1.0; }}, StopEarly{.patience = 0}),
                    ContainsSubstring("patience is 0"));
  const Run whole =
      fit(model, rows.batches(24), recipe, Validate{[] { return 1.0; }}, StopEarly{.patience = 1, .on = false});
  CHECK(whole.state.epoch == 20);
  CHECK(whole.state.notes.empty());
}

TEST_CASE("WatchForCollapse: warns once; a number that the loss lacks is an error") {
  const Data rows = Data::create();
  Line model = Line::create();
  Recipe recipe;
  recipe.epochs = 3;
  auto stuck = with_loss(model, [&](const Batch& batch, const Step& step) {
    return Loss{model.loss(batch, step).total, {{"ranking", 3.2}}};
  });
  std::string said;
  const auto plateau = [](const Step&) { return collapsed_loss_hardest(8, 0.2); };
  fit(stuck, rows.batches(8), recipe, Listen{said}, WatchForCollapse{.plateau = plateau, .detector = {4, 0.01}});
  CHECK_THAT(said, ContainsSubstring("warning: step 4: the ranking loss has been at 3.2"));
  CHECK(std::count(said.begin(), said.end(), '\n') == 1);
  CHECK_THROWS_WITH(fit(model, rows.batches(8), recipe, WatchForCollapse{.plateau = plateau}),
                    ContainsSubstring("the loss has no number 'ranking'"));
}

TEST_CASE("ShowProgress: steps, validations and what others say") {
  const Folder folder;
  const Data rows = Data::create();
  Line model = Line::create();
  Recipe recipe;
  recipe.epochs = 2;
  std::FILE* out = std::fopen((folder / "out").c_str(), "w");
  struct Say {
    void end(Run& run) const { run.say("warning: the end"); }
  };
  fit(model, rows.batches(12), recipe, Validate{[] { return 0.5; }}, Say{},
      ShowProgress{.pairs = 12, .out = out, .interval = 0});
  std::fclose(out);
  const std::string text = contents(folder / "out");
  for (const char* part : {"epoch 1/2  step 1/4  loss ", "epoch 2/2  step 4/4  loss ", "epoch 1: validation 0.5\n",
                           "epoch 2: validation 0.5\n", "warning: the end\n"})
    CHECK_THAT(text, ContainsSubstring(part));
}
