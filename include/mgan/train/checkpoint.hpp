// Checkpoints: one safetensors file that holds all of a run.
//
//     model.NAME        weights                      metadata  mgan_checkpoint  1
//     optimizer.NAME    Adam's state                           epoch, step      counters
//     generator.NAME    states of random generators            best_rsum        of the validations so far
//                                                              config           JSON text of the caller
//
// Written to a temporary file, synced, renamed: at every moment there is a whole checkpoint. On the CPU, load and
// continue gives the same bits as a run that was never interrupted (same number of threads).
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mgan/backend/torch/io/tensor_file.hpp"
#include "mgan/core/error.hpp"
#include "mgan/io/safetensors.hpp"
#include "mgan/train/parameters.hpp"

namespace mgan::train {

using NamedGenerators = std::vector<std::pair<std::string, at::Generator>>;

/// Handles on what a checkpoint stores: read by save_checkpoint, overwritten by load_checkpoint.
struct CheckpointParts {
  NamedTensors model;      // named_parameters(model)
  NamedTensors optimizer;  // adam.state()
  NamedGenerators generators;
};

/// The rest of a run. `epoch` and `step` count what is done; with a seed they determine every batch to come.
struct TrainingState {
  std::int64_t epoch = 0, step = 0;
  double best_rsum = 0;
  std::string config;  // JSON text, enough to build the model that the weights fit
};

namespace detail {

inline NamedTensors with_names(const CheckpointParts& parts, const NamedTensors& generator_states) {
  NamedTensors all;
  for (const auto& [name, x] : parts.model) all.emplace_back("model." + name, x);
  for (const auto& [name, x] : parts.optimizer) all.emplace_back("optimizer." + name, x);
  for (const auto& [name, x] : generator_states) all.emplace_back("generator." + name, x);
  return all;
}

inline NamedTensors states_of(const NamedGenerators& generators) {
  NamedTensors states;
  for (const auto& [name, generator] : generators) states.emplace_back(name, generator.get_state());
  return states;
}

template <class Number>
std::string digits(Number x) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, x).ptr};  // shortest that reads back to the same bits
}

inline const std::string& field(const io::SafetensorsFile& file, const std::string& where, const std::string& key) {
  const auto found = file.metadata().find(key);
  require(found != file.metadata().end(), where, ": not a checkpoint of mgan: no '", key, "' in its metadata");
  return found->second;
}

template <class Number>
Number number(const io::SafetensorsFile& file, const std::string& where, const std::string& key) {
  const std::string& text = field(file, where, key);
  Number x{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x);
  require(error == std::errc() && end == text.data() + text.size(), where, ": ", key, " is '", text, "'");
  return x;
}

inline TrainingState state_of(const io::SafetensorsFile& file, const std::string& where) {
  const std::string& version = field(file, where, "mgan_checkpoint");
  require(version == "1", where, ": checkpoint of version '", version, "', expected 1");
  return {number<std::int64_t>(file, where, "epoch"), number<std::int64_t>(file, where, "step"),
          number<double>(file, where, "best_rsum"), field(file, where, "config")};
}

}  // namespace detail

/// Replaces the file at `path` in one step; on any failure (full disk) the old one stays and an Error names it.
inline void save_checkpoint(const std::filesystem::path& path, const CheckpointParts& parts,
                            const TrainingState& state) {
  save_tensors(path, detail::with_names(parts, detail::states_of(parts.generators)),
               {{"mgan_checkpoint", "1"},
                {"epoch", detail::digits(state.epoch)},
                {"step", detail::digits(state.step)},
                {"best_rsum", detail::digits(state.best_rsum)},
                {"config", state.config}});
}

/// Counters and config alone: what is needed to build the model before its weights are read.
inline TrainingState read_training_state(const std::filesystem::path& path) {
  return detail::state_of(io::SafetensorsFile(path), path.string());
}

/// Overwrites weights, optimiser and generators, to continue. Strict; after an error nothing has changed.
inline TrainingState load_checkpoint(const std::filesystem::path& path, const CheckpointParts& parts) {
  const io::SafetensorsFile file(path);
  TrainingState state = detail::state_of(file, path.string());
  const NamedTensors states = detail::states_of(parts.generators);
  load_tensors(file, path.string(), detail::with_names(parts, states));
  for (std::size_t i = 0; i < states.size(); ++i) at::Generator(parts.generators[i].second).set_state(states[i].second);
  return state;
}

/// Overwrites the weights alone, to evaluate. Strict in the weights; optimiser and generators are not looked at.
inline TrainingState load_weights(const std::filesystem::path& path, const NamedTensors& model) {
  const io::SafetensorsFile file(path);
  TrainingState state = detail::state_of(file, path.string());
  load_tensors(file, path.string(), detail::with_names({model, {}, {}}, {}), {"optimizer.", "generator."});
  return state;
}

}  // namespace mgan::train
