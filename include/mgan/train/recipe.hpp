// How a model is trained: how long, how fast, and which weights.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/train/adam.hpp"
#include "mgan/train/checkpoint.hpp"
#include "mgan/train/contract.hpp"

namespace mgan::train {

/// Weights with a learning rate or a weight decay of their own; what is left out is the recipe's.
struct ParameterGroup {
  std::string below;  // "text.layers.11": the weight of this name, and all whose name goes on with '.'
  std::optional<double> learning_rate = {};  // the schedule's base for them
  std::optional<double> weight_decay = {};
};

/// rate(base, step): a schedule of schedules.hpp, or any function.
using Schedule = std::function<double(double, const Step&)>;

/// All options compose.
struct Recipe {
  std::int64_t epochs = 10;
  AdamOptions adam = {};                    // of weights in no group; learning_rate is where the schedule begins
  Schedule schedule = {};                   // empty: constant
  std::vector<ParameterGroup> groups = {};  // they follow the same schedule, each from its own base
  std::vector<std::string> frozen = {};     // names as in a group: weights and statistics that stay as they are
  double clip = std::numeric_limits<double>::infinity();  // longest gradient, over all weights
  std::int64_t accumulate = 1;      // batches a step: the gradient is that of the mean of their losses
  double average = 0;               // decay of an exponential average of the weights, below 1; 0: none
  bool bf16 = false;                // products inside the loss in bfloat16, by autocast
  NamedGenerators generators = {};  // that the loss draws from: their states go into checkpoints
  int loaders = 1;                  // threads that make batches ahead; 0: made when they are needed
  std::string config = {};          // text that goes into checkpoints: enough to build the model again
};

namespace detail {

inline bool is_below(const std::string& name, const std::string& group) {
  return name.rfind(group, 0) == 0 && (name.size() == group.size() || name[group.size()] == '.');
}

inline void check_recipe(const Recipe& r) {
  require(r.epochs >= 1, "fit: epochs is ", r.epochs, ", expected at least 1");
  require(r.accumulate >= 1, "fit: accumulate is ", r.accumulate, ", expected at least 1");
  require(r.average >= 0 && r.average < 1, "fit: average is ", r.average, ", expected 0 or more, below 1");
  require(r.clip > 0, "fit: clip is ", r.clip, ", expected a length above 0");
  require(r.loaders >= 0, "fit: loaders is ", r.loaders, ", expected 0 or more");
  const auto check = [](const std::string& where, double rate, double decay) {
    require(rate > 0 && std::isfinite(rate), "fit: ", where, "learning_rate is ", rate, ", expected above 0");
    require(decay >= 0 && std::isfinite(decay), "fit: ", where, "weight_decay is ", decay, ", expected 0 or more");
  };
  check("", r.adam.learning_rate, r.adam.weight_decay);
  for (const ParameterGroup& g : r.groups)
    check("group '" + g.below + "': ", g.learning_rate.value_or(1), g.weight_decay.value_or(0));
}

}  // namespace detail

}  // namespace mgan::train
