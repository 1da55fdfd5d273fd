// Checkpoints: one safetensors file that holds all of a run.
//
//     model.NAME        weights, running statistics  metadata  mgan_checkpoint  1
//     optimizer.NAME    Adam's state                           epoch, step      counters
//     average.NAME      averaged weights, if any               best_rsum        best score of the validations so far
//     generator.NAME    states of random generators            config           JSON text of the caller
//                                                              data             fingerprint of the data, if known
//                                                              note.NAME        what callbacks have to remember
//                                                              checksum         of all the above
//
// Written to a temporary file, synced, renamed: at every moment there is a whole checkpoint. On the CPU, load and
// continue gives the same bits as a run that was never interrupted (same number of threads). A file whose bytes are not
// those that were written is refused; one without a checksum, from before there were any, is read with a warning.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mgan/backend/torch/io/tensor_file.hpp"
#include "mgan/core/error.hpp"
#include "mgan/io/checksum.hpp"
#include "mgan/io/safetensors.hpp"
#include "mgan/train/parameters.hpp"

namespace mgan::train {

using NamedGenerators = std::vector<std::pair<std::string, at::Generator>>;

/// Handles on what a checkpoint stores: read by save_checkpoint, overwritten by load_checkpoint.
struct CheckpointParts {
  NamedTensors model;      // named_tensors(model)
  NamedTensors optimizer;  // adam.state()
  NamedGenerators generators;
  NamedTensors average = {};  // of the weights, where a run keeps one
};

/// The rest of a run. `epoch` and `step` count what is done; with a seed they determine every batch to come.
struct TrainingState {
  std::int64_t epoch = 0, step = 0;
  double best_score = 0;
  std::string config;                             // JSON text, enough to build the model that the weights fit
  std::string data = {};                          // what tells the data from other data; empty: not known
  std::map<std::string, std::string> notes = {};  // of callbacks, by names of their own
  std::string warning = {};                       // of reading: what could not be checked
};

namespace detail {

inline NamedTensors with_names(const CheckpointParts& parts, const NamedTensors& generator_states) {
  NamedTensors all;
  for (const auto& [name, x] : parts.model) all.emplace_back("model." + name, x);
  for (const auto& [name, x] : parts.optimizer) all.emplace_back("optimizer." + name, x);
  for (const auto& [name, x] : parts.average) all.emplace_back("average." + name, x);
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

/// Of all metadata but the checksum itself, and of every tensor with its name, type and shape.
class CheckpointSum {
 public:
  explicit CheckpointSum(const std::map<std::string, std::string>& metadata) {
    for (const auto& [key, value] : metadata)
      if (key != "checksum") lines_["# " + key] = value;
  }
  void add(const std::string& name, io::DType type, const Shape& shape, std::span<const std::byte> bytes) {
    lines_[name] =
        std::string(io::name_of(type)) + " " + to_string(shape) + " " + io::checksum_text(io::checksum(bytes));
  }
  std::string text() const {
    std::string all;
    for (const auto& [key, value] : lines_) all += key + '\0' + value + '\0';
    return io::checksum_text(io::checksum(std::as_bytes(std::span(all))));
  }

 private:
  std::map<std::string, std::string> lines_;  // by name: the order in the file does not count
};

inline TrainingState state_of(const io::SafetensorsFile& file, const std::string& where) {
  const std::string& version = field(file, where, "mgan_checkpoint");
  require(version == "1", where, ": checkpoint of version '", version, "', expected 1");
  TrainingState state{number<std::int64_t>(file, where, "epoch"), number<std::int64_t>(file, where, "step"),
                      number<double>(file, where, "best_rsum"), field(file, where, "config")};
  for (const auto& [key, value] : file.metadata()) {
    if (key == "data") state.data = value;
    if (key.rfind("note.", 0) == 0) state.notes[key.substr(5)] = value;
  }
  const auto stored = file.metadata().find("checksum");
  if (stored == file.metadata().end()) {
    state.warning = where + ": has no checksum, it was written by an older mgan: damage would not be noticed";
    return state;
  }
  CheckpointSum sum(file.metadata());
  for (const std::string& name : file.names())
    sum.add(name, file.at(name).dtype, file.at(name).shape, file.at(name).bytes);
  const std::string actual = sum.text();
  require(actual == stored->second, where, ": damaged: its checksum is ", stored->second, ", but what it holds has ",
          actual);
  return state;
}

}  // namespace detail

/// Replaces the file at `path` in one step; on any failure (full disk) the old one stays and an Error names it.
inline void save_checkpoint(const std::filesystem::path& path, const CheckpointParts& parts,
                            const TrainingState& state) {
  std::map<std::string, std::string> metadata{{"mgan_checkpoint", "1"},
                                              {"epoch", detail::digits(state.epoch)},
                                              {"step", detail::digits(state.step)},
                                              {"best_rsum", detail::digits(state.best_score)},
                                              {"config", state.config}};
  if (!state.data.empty()) metadata["data"] = state.data;
  for (const auto& [name, note] : state.notes) metadata["note." + name] = note;
  const StoredTensors all = stored(detail::with_names(parts, detail::states_of(parts.generators)));
  detail::CheckpointSum sum(metadata);
  for (const io::TensorEntry& entry : all.entries) sum.add(entry.name, entry.dtype, entry.shape, entry.bytes);
  metadata["checksum"] = sum.text();
  io::write_safetensors(path, all.entries, metadata);
}

/// Counters and config alone: what is needed to build the model before its weights are read. The whole file is checked.
inline TrainingState read_training_state(const std::filesystem::path& path) {
  return detail::state_of(io::SafetensorsFile(path), path.string());
}

/// Overwrites weights, optimiser, average and generators, to continue. Strict; after an error nothing has changed.
inline TrainingState load_checkpoint(const std::filesystem::path& path, const CheckpointParts& parts) {
  const io::SafetensorsFile file(path);
  TrainingState state = detail::state_of(file, path.string());
  const NamedTensors states = detail::states_of(parts.generators);
  load_tensors(file, path.string(), detail::with_names(parts, states));
  for (std::size_t i = 0; i < states.size(); ++i) at::Generator(parts.generators[i].second).set_state(states[i].second);
  return state;
}

/// Overwrites the model alone, named_tensors(model), to evaluate. Strict in those; nothing else is looked at.
inline TrainingState load_weights(const std::filesystem::path& path, const NamedTensors& model) {
  const io::SafetensorsFile file(path);
  TrainingState state = detail::state_of(file, path.string());
  load_tensors(file, path.string(), detail::with_names({model, {}, {}}, {}), {"optimizer.", "generator.", "average."});
  return state;
}

}  // namespace mgan::train
