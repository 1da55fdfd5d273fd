// Progress over the five runs of the demo: a thread that follows the log of the run in hand.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "mgan/io/json.hpp"
#include "mgan/train/progress.hpp"

namespace program {

/// The last whole record of a log, read from its end.
inline std::optional<mgan::io::Json> last_record(const std::filesystem::path& log) {
  std::ifstream in(log, std::ios::binary | std::ios::ate);
  if (!in) return std::nullopt;
  const std::streamoff size = in.tellg(), from = std::max<std::streamoff>(0, size - 4096);
  std::string tail(static_cast<std::size_t>(size - from), '\0');
  in.seekg(from);
  in.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  tail.resize(tail.find_last_of('\n') == std::string::npos ? 0 : tail.find_last_of('\n'));
  const auto line = tail.find_last_of('\n');
  auto record = mgan::io::Json::parse(line == std::string::npos ? tail : tail.substr(line + 1), nullptr, false);
  if (!record.is_object() || !record.contains("step")) return std::nullopt;
  return record;
}

/// "[2/5] without patches, epoch 3/12  step 210/1860  loss 12.3  ...  ETA 5:12", the ETA that of all runs.
class DemoProgress {
 public:
  DemoProgress(std::int64_t all_steps, std::int64_t pairs) : progress_(all_steps, pairs) {}

  void say(const std::string& line) { progress_.say(line); }
  void finish() { progress_.finish(); }

  /// Runs `train`, which appends to `log`, and shows how far it is. `steps_before`: of the runs before this one.
  template <class F>
  auto follow(const std::filesystem::path& log, const std::string& label, std::int64_t epochs,
              std::int64_t steps_before, F&& train) {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    const auto old = last_record(log);  // of a killed run: repeated steps are not progress
    std::thread watcher([&] {
      double loss = 0;
      std::int64_t shown = 0;
      std::unique_lock lock(mutex);
      while (!changed.wait_for(lock, std::chrono::milliseconds(250), [&] { return done; })) {
        const auto record = last_record(log);
        if (!record || record == old) continue;
        loss = record->value("loss", loss);
        const std::int64_t epoch = record->value("epoch", std::int64_t{0}) + (record->contains("validation") ? 0 : 1);
        const auto step = record->value("step", std::int64_t{0});
        if (step == shown) continue;
        shown = step;
        progress_.update(steps_before + step, loss,
                         label + ", epoch " + std::to_string(epoch) + "/" + std::to_string(epochs));
      }
    });
    const auto stop = [&] {
      {
        const std::lock_guard lock(mutex);
        done = true;
      }
      changed.notify_all();
      watcher.join();
    };
    try {
      auto result = train();
      stop();
      return result;
    } catch (...) {
      stop();
      throw;
    }
  }

 private:
  mgan::train::Progress progress_;
};

}  // namespace program
