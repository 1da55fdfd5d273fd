// Goes on where a checkpoint of SaveCheckpoint stopped. Stands first.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <system_error>

#include "mgan/io/json.hpp"
#include "mgan/train/checkpoint.hpp"
#include "mgan/train/contract.hpp"
#include "mgan/train/run.hpp"

namespace mgan::train {

/// What differs between two texts of a recipe's `config`; empty where nothing does. JSON field by field.
inline std::string config_differences(const std::string& stored, const std::string& wanted) {
  if (stored == wanted) return "";
  const auto a = io::Json::parse(stored, nullptr, false), b = io::Json::parse(wanted, nullptr, false);
  if (!a.is_object() || !b.is_object()) return "'" + stored + "' -> '" + wanted + "'";
  std::string text;
  const auto changes = io::Json::diff(a, b);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (i == 8) return text + ", and " + std::to_string(changes.size() - i) + " more";
    const io::Json::json_pointer field(changes[i]["path"].get<std::string>());
    const auto value = [&](const io::Json& j) { return j.contains(field) ? j[field].dump() : "nothing"; };
    text += (text.empty() ? "" : ", ") + field.to_string().substr(1) + " " + value(a) + " -> " + value(b);
  }
  return text;
}

/// Loads `path`, if it is there, and the run goes on with the bits of one that was never interrupted. Refused by name:
/// another configuration, other data, other parameter groups, a damaged file. With `on` false, or without a file, the
/// run begins anew, and an old file is removed at once: nobody may go on from it later.
struct Resume {
  static constexpr Stage stage = Stage::resume;
  std::filesystem::path path;
  bool on = true;
  std::function<std::string(const std::string&, const std::string&)> differences = config_differences;

  void begin(Run& run) const {
    std::error_code gone;
    if (!on || !std::filesystem::exists(path)) {
      std::filesystem::remove(path, gone);
      return;
    }
    const auto refuse = [&](const std::string& what, const std::string& changes) {
      require(changes.empty(), path.string(), ": was written with another ", what, " (", changes,
              "); train into another folder, or do not resume");
    };
    const auto change = [](const std::string& a, const std::string& b) { return a == b ? "" : a + " -> " + b; };
    const auto note = [](const TrainingState& state, const char* name) {
      const auto found = state.notes.find(name);
      return found == state.notes.end() ? std::string("none") : found->second;
    };
    const TrainingState stored = read_training_state(path);
    refuse("configuration", differences(stored.config, run.state.config));
    if (!stored.data.empty() && !run.state.data.empty()) refuse("set of data", change(stored.data, run.state.data));
    if (stored.warning.empty())
      refuse("list of parameter groups", change(note(stored, "groups"), note(run.state, "groups")));

    const std::string data = run.state.data;
    run.state = load_checkpoint(path, run.parts());
    run.resumed = true;
    if (!run.state.warning.empty()) run.say("warning: " + run.state.warning);
    if (run.state.data.empty() && !data.empty())
      run.say("warning: " + path.string() + ": does not say which data it was trained on: other data are not noticed");
    run.state.data = data;
  }
};

}  // namespace mgan::train
