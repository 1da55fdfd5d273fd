// The log of a run: one JSON object a line, {"step": 120, "loss": 3.5, ...}, steps ascending.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "mgan/core/error.hpp"
#include "mgan/io/checksum.hpp"
#include "mgan/io/json.hpp"

namespace mgan::train {

/// Every line goes out in a single appending write, so a reader (tail -f) or a kill never sees half of one, unless the
/// disk is full; then the piece is taken back and an Error names the file.
class JsonLog {
 public:
  /// A new log: an old file is emptied.
  explicit JsonLog(const std::filesystem::path& path) : JsonLog(path, -1, "") {}

  /// The log of a run that continues after `step` steps: later lines, and a line cut short by a kill, are removed, so
  /// that the finished log is the one of an uninterrupted run. Log a step before its checkpoint is saved.
  /// `sum` is the sum() of then, empty if it is not known: a log whose lines up to `step` are not the lines of then, or
  /// end before it, is an Error, and the file stays as it is.
  static JsonLog resume(const std::filesystem::path& path, std::int64_t step, const std::string& sum = "") {
    return JsonLog(path, step, sum);
  }

  JsonLog(JsonLog&& other) noexcept
      : path_(std::move(other.path_)), sum_(other.sum_), descriptor_(std::exchange(other.descriptor_, -1)) {}
  JsonLog& operator=(JsonLog&&) = delete;
  ~JsonLog() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  /// Appends an object, which has an integer "step".
  void append(const io::Json& record) {
    require(record.is_object() && record.contains("step") && record["step"].is_number_integer(), path_,
            ": a log record without an integer \"step\"");
    const std::string line = record.dump() + "\n";
    struct stat before {};
    const bool known = ::fstat(descriptor_, &before) == 0;
    ssize_t n = 0;
    do n = ::write(descriptor_, line.data(), line.size());
    while (n < 0 && errno == EINTR);
    if (n == static_cast<ssize_t>(line.size())) {
      add(line);
      return;
    }
    const int reason = n < 0 ? errno : ENOSPC;
    const bool removed = known && ::ftruncate(descriptor_, before.st_size) == 0;
    fail(path_, ": cannot append: ", std::generic_category().message(reason),
         removed ? "" : " (its last line may be incomplete)");
  }

  /// Of all lines so far, one after the other.
  std::string sum() const { return io::checksum_text(sum_); }

 private:
  JsonLog(const std::filesystem::path& path, std::int64_t step, const std::string& sum) : path_(path.string()) {
    const auto keep = static_cast<off_t>(read(step));
    require(sum.empty() || sum == this->sum(), path_, ": its lines up to step ", step,
            " are not those of the run that is resumed; put them back, or move the file away to begin a new log");
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    require(descriptor_ >= 0, path_, ": cannot open: ", std::generic_category().message(errno));
    if (::ftruncate(descriptor_, keep) != 0) {
      const int reason = errno;
      ::close(descriptor_);
      fail(path_, ": cannot truncate: ", std::generic_category().message(reason));
    }
  }

  // Length of the whole lines up to and including `step`, which go into the sum.
  std::size_t read(std::int64_t step) {
    std::ifstream in(path_, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::size_t begin = 0;
    for (std::size_t end; step >= 0 && (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const auto record = io::Json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                          text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
      require(record.is_object() && record.contains("step") && record["step"].is_number_integer(), path_, ": byte ",
              begin, ": not a log record: ", printable(std::string_view(text).substr(begin), 60));
      if (record["step"].get<std::int64_t>() > step) break;
      add(std::string_view(text).substr(begin, end + 1 - begin));
    }
    return begin;
  }

  void add(std::string_view line) {
    const std::uint64_t pair[2] = {sum_, io::checksum(std::as_bytes(std::span(line)))};
    sum_ = io::checksum(std::as_bytes(std::span(pair)));
  }

  std::string path_;
  std::uint64_t sum_ = 0;
  int descriptor_ = -1;
};

}  // namespace mgan::train
