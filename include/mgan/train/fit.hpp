// The training loop, over any module, any data and any callbacks:
//
//     begin                                of every callback
//     as long as there are epochs:
//       as long as the epoch has batches:
//         loss, backward                   once, or `accumulate` times
//         clip, step, the model's constrain() if it has one, running statistics, average
//         step_taken                       of every callback
//       epoch_ended                        of every callback
//     end                                  of every callback
//
// Callbacks are called in the order in which they are given. docs/training.md shows a run from data to recalls.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/core/state.hpp"
#include "mgan/train/autocast.hpp"
#include "mgan/train/clip_gradients.hpp"
#include "mgan/train/contract.hpp"
#include "mgan/train/loader.hpp"
#include "mgan/train/run.hpp"

namespace mgan::train {

/// The loss of one batch: a tensor of one element, numbers for the log, and the list that running statistics were
/// appended to. Any struct with `total` serves as well.
struct Loss {
  at::Tensor total;
  std::vector<std::pair<std::string, double>> numbers = {};
  StateUpdates<at::Tensor> updates = {};
};

/// A module with a loss of your own beside it, loss(batch, step) -> Loss; weights are the module's, by its own names.
template <class M, class F>
struct WithLoss {
  M& module;
  F of;

  template <class Batch>
  auto loss(const Batch& batch, const Step& step) const -> decltype(of(batch, step)) {
    return of(batch, step);
  }
  void constrain() const requires requires(M& m) { m.constrain(); }
  { module.constrain(); }
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& f) {
    std::remove_cv_t<M>::visit(self.module, f);
  }
  template <class Self, class Visitor>
  static void visit_state([[maybe_unused]] Self& self, [[maybe_unused]] Visitor&& f) {
    if constexpr (HasState<M>) std::remove_cv_t<M>::visit_state(self.module, f);
  }
};
template <class M, class F>
WithLoss<M, F> with_loss(M& module, F loss) {
  return {module, std::move(loss)};
}

namespace detail {

/// "step 813 (epoch 3, learning rate 0.001)", both counted from 1.
inline std::string place_of(const Run& run, double rate) {
  std::string text = "step ";
  mgan::detail::append(text, run.state.step + 1);
  text += " (epoch ";
  mgan::detail::append(text, run.state.epoch + 1);
  text += ", learning rate ";
  mgan::detail::append(text, rate);
  return text + ")";
}

/// What the groups are, for a checkpoint that is to be resumed with the same; empty without groups.
inline std::string text_of(const Recipe& recipe) {
  std::string text;
  for (const ParameterGroup& g : recipe.groups) {
    text += (text.empty() ? "" : ", ") + g.below + " at " +
            digits(g.learning_rate.value_or(recipe.adam.learning_rate)) + " with decay " +
            digits(g.weight_decay.value_or(recipe.adam.weight_decay));
  }
  return text;
}

/// Before the first callback. Freezes what the recipe freezes, asks for the gradients of all other weights.
/// `model` are all tensors, `weights` those that are no running statistics.
inline Run start(NamedTensors model, const NamedTensors& weights, const Recipe& recipe, std::int64_t batches,
                 std::string data) {
  check_recipe(recipe);
  require(batches >= recipe.accumulate, "fit: an epoch of ", batches, " batches, but a step takes ", recipe.accumulate);
  NamedTensors trained;
  std::vector<bool> used(recipe.frozen.size(), false);
  const auto is_frozen = [&](const std::string& name) {
    bool frozen = false;
    for (std::size_t i = 0; i < used.size(); ++i) {
      const bool mine = is_below(name, recipe.frozen[i]);
      used[i] = used[i] || mine;
      frozen = frozen || mine;
    }
    return frozen;
  };
  for (const auto& [name, weight] : weights) {
    const bool frozen = is_frozen(name);
    weight.requires_grad_(!frozen);
    if (!frozen) trained.emplace_back(name, weight);
  }
  for (const auto& entry : model) is_frozen(entry.first);  // a name may be that of running statistics alone
  for (std::size_t i = 0; i < used.size(); ++i)
    require(used[i], "fit: frozen '", recipe.frozen[i], "': no weight has this name or stands below it");
  require(!trained.empty(), "fit: the model has no weights to train");
  GroupedAdam optimizer(trained, recipe.adam, recipe.groups);
  std::optional<WeightAverage> average;
  if (recipe.average > 0) average.emplace(trained, recipe.average);
  Run run{recipe,
          batches / recipe.accumulate,
          {},
          std::move(model),
          std::move(trained),
          std::move(optimizer),
          std::move(average)};
  run.state.best_score = -std::numeric_limits<double>::infinity();  // the first validation is the best one so far
  run.state.config = recipe.config;
  run.state.data = std::move(data);
  if (!recipe.groups.empty()) run.state.notes["groups"] = text_of(recipe);
  return run;
}

/// Appends what a loss has found out about running statistics, but for those below a frozen name.
template <class Model>
void collect_updates(const Model& model, const Recipe& recipe, StateUpdates<at::Tensor> found,
                     StateUpdates<at::Tensor>& updates) {
  if (found.empty()) return;
  visit_states(model, [&](const std::string& name, const at::Tensor& state) {
    const bool frozen = std::any_of(recipe.frozen.begin(), recipe.frozen.end(),
                                    [&name = name](const std::string& below) { return is_below(name, below); });
    if (frozen) std::erase_if(found, [&](const auto& update) { return update.state == torch_ops::identity(state); });
  });
  updates.insert(updates.end(), found.begin(), found.end());
}

/// One step: `accumulate` batches, their mean gradient, one update. False where the epoch has no batches left.
template <class Model, class Batch>
StepResult take_step(Model& model, PrefetchingLoader<Batch>& loader, Run& run) {
  const Recipe& recipe = run.recipe;
  StepResult result;
  const double base = recipe.adam.learning_rate;
  result.learning_rate = recipe.schedule ? recipe.schedule(base, run.now()) : base;
  require(result.learning_rate >= 0 && std::isfinite(result.learning_rate), place_of(run, result.learning_rate),
          ": the schedule's rate is not a number of 0 or more");
  const double share = 1.0 / static_cast<double>(recipe.accumulate);
  zero_gradients(run.weights);
  StateUpdates<at::Tensor> updates;
  for (std::int64_t i = 0; i < recipe.accumulate; ++i) {
    const std::optional<Batch> batch = loader.next();
    auto loss = [&] {
      try {
        const Autocast bf16(run.weights.front().second.device().type(), recipe.bf16);
        return model.loss(*batch, run.now());
      } catch (const Error& error) {
        fail(place_of(run, result.learning_rate), ": ", error.what());
      }
    }();
    const double value = loss.total.template item<double>();
    require(std::isfinite(value), place_of(run, result.learning_rate), ": the loss is ", value,
            "; training has diverged: try a lower learning rate, a warm-up or a shorter clip");
    (recipe.accumulate == 1 ? loss.total : loss.total * share).backward();
    result.loss += recipe.accumulate == 1 ? value : value * share;
    if constexpr (requires { loss.updates; }) collect_updates(model, recipe, std::move(loss.updates), updates);
    if constexpr (requires { loss.numbers; }) {
      for (const auto& [name, number] : loss.numbers) {
        result.add(name, recipe.accumulate == 1 ? number : number * share);
      }
    }
  }
  result.gradient_norm = clip_gradients(run.weights, recipe.clip, run.state.step + 1);
  run.optimizer.step(result.learning_rate);
  if constexpr (requires { model.constrain(); }) model.constrain();
  apply_updates(model, updates);
  if (run.average) run.average->update();
  ++run.state.step;
  return result;
}

}  // namespace detail

/// Trains `model` on `source` as `recipe` says; contract.hpp says what they are. Weights that are not frozen are made
/// to ask for a gradient, and `model` must not be moved to another device meanwhile. Returns the run: what is done,
/// best score, average. Errors: a recipe out of range; names that no weight has; a loss or gradient that is not finite,
/// with the step, and whatever the model, the source or a callback throws.
template <class Model, class Source, class... Callbacks>
auto fit(Model& model, const Source& source, const Recipe& recipe, Callbacks&&... callbacks) {
  constexpr bool parts_fit = detail::check_model_and_source<Model, Source>();
  constexpr bool callbacks_fit = detail::check_callbacks<std::remove_cvref_t<Callbacks>...>();
  if constexpr (parts_fit && callbacks_fit) {
    using Batch = std::remove_cvref_t<decltype(source.batch(0, 0))>;
    std::string data;
    if constexpr (requires { source.fingerprint(); }) data = source.fingerprint();
    Run run = detail::start(named_tensors(model), named_parameters(model), recipe, source.steps(), std::move(data));

    const auto begin = [&](auto& callback) {
      if constexpr (requires { callback.begin(run); }) callback.begin(run);
    };
    const auto step_taken = [&](auto& callback, const StepResult& result) {
      if constexpr (requires { callback.step_taken(run, result); }) callback.step_taken(run, result);
    };
    const auto epoch_ended = [&](auto& callback) {
      if constexpr (requires { callback.epoch_ended(run); }) callback.epoch_ended(run);
    };
    const auto end = [&](auto& callback) {
      if constexpr (requires { callback.end(run); }) callback.end(run);
    };

    (begin(callbacks), ...);
    while (!run.stop && run.state.epoch < recipe.epochs) {
      const std::int64_t epoch = run.state.epoch;
      const std::int64_t done = run.state.step - epoch * run.steps_an_epoch;  // in this epoch
      require(done >= 0 && done < run.steps_an_epoch, "fit: resumed after ", run.state.step, " steps in epoch ",
              epoch + 1, ", but an epoch has ", run.steps_an_epoch, " steps: the data or the batch is another");
      PrefetchingLoader<Batch> loader(
          done * recipe.accumulate, run.steps_an_epoch * recipe.accumulate,
          [&](std::int64_t place) { return source.batch(epoch, place); }, recipe.loaders);
      while (!run.stop && run.state.step < (epoch + 1) * run.steps_an_epoch) {
        const StepResult result = detail::take_step(model, loader, run);
        (step_taken(callbacks, result), ...);
      }
      if (run.state.step < (epoch + 1) * run.steps_an_epoch) break;  // stopped in the middle
      ++run.state.epoch;
      run.validation.reset();
      (epoch_ended(callbacks), ...);
    }
    (end(callbacks), ...);
    run.say = Run::print_line;
    return run;
  } else {
    return 0;
  }
}

}  // namespace mgan::train
