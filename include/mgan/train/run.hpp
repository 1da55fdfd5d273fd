// A run in the making: what callbacks look at and may change.
#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/io/json.hpp"
#include "mgan/train/checkpoint.hpp"
#include "mgan/train/contract.hpp"
#include "mgan/train/grouped_adam.hpp"
#include "mgan/train/recipe.hpp"
#include "mgan/train/weight_average.hpp"

namespace mgan::train {

/// What a step came to.
struct StepResult {
  double loss = 0;                                      // total, the mean over accumulated batches
  std::vector<std::pair<std::string, double>> numbers;  // that the loss names, means as well
  double gradient_norm = 0;                             // before clipping
  double learning_rate = 0;                             // of weights in no group

  /// Nothing for a name that the loss does not use.
  std::optional<double> number(std::string_view name) const {
    for (const auto& [key, value] : numbers)
      if (key == name) return value;
    return std::nullopt;
  }
  /// To the number of this name, which begins at 0.
  void add(const std::string& name, double part) {
    for (auto& [key, value] : numbers)
      if (key == name) {
        value += part;
        return;
      }
    numbers.emplace_back(name, part);
  }
};

/// What a validation came to.
struct Validation {
  double score = 0;                      // the larger, the better
  io::Json record = io::Json::object();  // for the log
  std::string line = {};                 // for people
};

struct Run {
  Recipe recipe;
  std::int64_t steps_an_epoch = 0;
  TrainingState state;   // what is done, and what goes into checkpoints beside tensors
  NamedTensors model;    // all weights and running statistics
  NamedTensors weights;  // those that are trained
  GroupedAdam optimizer;
  std::optional<WeightAverage> average;       // where the recipe asks for one
  std::optional<Validation> validation = {};  // of the epoch that has just ended
  bool resumed = false;
  bool stop = false;                                       // true: the run ends after this step or epoch
  std::function<void(std::string_view)> say = print_line;  // a line for people; goes round a line of progress

  std::int64_t steps() const { return steps_an_epoch * recipe.epochs; }
  Step now() const { return {state.epoch, state.step, recipe.epochs, steps()}; }

  /// Everything that continues this run.
  CheckpointParts parts() const {
    return {model, optimizer.state(), recipe.generators, average ? average->values() : NamedTensors{}};
  }
  /// The same with the averages in the place of the weights, where there are some: what was validated.
  CheckpointParts validated_parts() const {
    CheckpointParts all = parts();
    for (auto& [name, weight] : all.model)
      for (const auto& [of, value] : all.average)
        if (of == name) weight = value;
    all.average.clear();
    return all;
  }
  const WeightAverage* averaged() const { return average ? &*average : nullptr; }

  static void print_line(std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  }
};

namespace detail {

/// The folder that a callback's file is to stand in.
inline void make_folder_of(const std::filesystem::path& file) {
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
}

}  // namespace detail

}  // namespace mgan::train
