// A line of JSON for every step and every validation.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "mgan/train/contract.hpp"
#include "mgan/train/jsonl.hpp"
#include "mgan/train/run.hpp"

namespace mgan::train {

/// {"step": 1, "epoch": 0, "loss": 3.5, "gradient_norm": 1.2, "learning_rate": 0.001} and the numbers that the loss
/// names; after a validation {"step": 20, "epoch": 1} and its record. A resumed run cuts the file at its step; a file
/// that has other lines than the run it continues is an Error, and one that is gone begins anew with a warning.
struct WriteLog {
  static constexpr Stage stage = Stage::log;
  std::filesystem::path path;
  std::optional<JsonLog> log = {};

  void begin(Run& run) {
    detail::make_folder_of(path);
    const auto sum = run.state.notes.find("log");
    if (run.resumed && !std::filesystem::exists(path))
      run.say("warning: " + path.string() + ": is gone; a new log begins behind step " +
              std::to_string(run.state.step));
    if (run.resumed && std::filesystem::exists(path)) {
      log.emplace(JsonLog::resume(path, run.state.step, sum == run.state.notes.end() ? "" : sum->second));
    } else {
      log.emplace(path);
    }
  }
  void step_taken(Run& run, const StepResult& result) {
    io::Json record = {{"step", run.state.step},
                       {"epoch", run.state.epoch},
                       {"loss", result.loss},
                       {"gradient_norm", result.gradient_norm},
                       {"learning_rate", result.learning_rate}};
    for (const auto& [name, number] : result.numbers) record[name] = number;
    append(run, record);
  }
  void epoch_ended(Run& run) {
    if (!run.validation) return;
    io::Json record = run.validation->record;
    record["step"] = run.state.step;
    record["epoch"] = run.state.epoch;
    append(run, record);
  }

 private:
  void append(Run& run, const io::Json& record) {
    log->append(record);
    run.state.notes["log"] = log->sum();
  }
};

}  // namespace mgan::train
