// How far a run is: a line that rewrites itself on a terminal, plain lines now and then when redirected.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace mgan::train {

/// `0:07`, `12:34`, `2:05:09`; `?` for what is not known.
inline std::string clock_text(double seconds) {
  if (!(seconds >= 0 && seconds < 1e7)) return "?";
  const long s = std::lround(seconds);
  char text[32];
  if (s < 3600) {
    std::snprintf(text, sizeof text, "%ld:%02ld", s / 60, s % 60);
  } else {
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  }
  return text;
}

/// Progress over `total` steps of `pairs` image-text pairs each (0: pairs are not shown). The rate is taken since the
/// first update.
class Progress {
 public:
  /// Lines on `out`; `interval` seconds between plain lines.
  explicit Progress(std::int64_t total, std::int64_t pairs, std::FILE* out = stderr, double interval = 10.0)
      : total_(total),
        pairs_(pairs),
        out_(out),
        terminal_(::isatty(::fileno(out)) == 1),
        interval_(terminal_ ? 0.1 : interval) {}

  /// After a step: `step` counts from 1 to total, `note` goes in front (`epoch 3/10`). Prints when it is time to.
  void update(std::int64_t step, double loss, std::string_view note = "") { update_at(now(), step, loss, note); }

  /// The same at a given time in seconds.
  void update_at(double time, std::int64_t step, double loss, std::string_view note = "") {
    if (first_step_ < 0) {
      first_step_ = step;
      first_time_ = time;
    }
    const double steps = static_cast<double>(step - first_step_);
    const double seconds_a_step = steps > 0 ? (time - first_time_) / steps : static_cast<double>(NAN);
    text_ = std::string(note) + (note.empty() ? "" : "  ");
    char numbers[160];
    std::snprintf(numbers, sizeof numbers, "step %lld/%lld  loss %.4g  ", static_cast<long long>(step),
                  static_cast<long long>(total_), loss);
    text_ += numbers;
    if (seconds_a_step > 0 && pairs_ > 0) {
      std::snprintf(numbers, sizeof numbers, "%.4g pairs/s  ", static_cast<double>(pairs_) / seconds_a_step);
      text_ += numbers;
    }
    text_ += "ETA " + clock_text(seconds_a_step * static_cast<double>(std::max<std::int64_t>(total_ - step, 0)));
    pending_ = true;
    if (!printed_ || time - printed_time_ >= interval_ || step >= total_) print(time);
  }

  /// A line of its own (a validation result), above the progress line on a terminal.
  void say(std::string_view line) {
    std::fprintf(out_, "%s%.*s\n", terminal_ ? "\r\x1b[K" : "", static_cast<int>(line.size()), line.data());
    std::fflush(out_);
  }

  /// Shows the last state and leaves the line.
  void finish() {
    if (pending_) print(printed_time_);
    if (terminal_ && printed_) std::fputc('\n', out_);
    std::fflush(out_);
    printed_ = false;
  }

 private:
  static double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }

  void print(double time) {
    std::fprintf(out_, terminal_ ? "\r%s\x1b[K" : "%s\n", text_.c_str());
    std::fflush(out_);
    printed_ = true;
    pending_ = false;
    printed_time_ = time;
  }

  std::int64_t total_, pairs_;
  std::FILE* out_;
  bool terminal_;
  double interval_;
  std::int64_t first_step_ = -1;
  double first_time_ = 0, printed_time_ = 0;
  bool printed_ = false, pending_ = false;
  std::string text_;
};

}  // namespace mgan::train
