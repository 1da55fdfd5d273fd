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
#include <string>
#include <string_view>
#include <system_error>

#include "mgan/core/error.hpp"
#include "mgan/io/json.hpp"

namespace mgan::train {

/// Every line goes out in a single appending write, so a reader (tail -f) or a kill never sees half of one, unless the
/// disk is full; then the piece is taken back and an Error names the file.
class JsonLog {
 public:
  /// A new log: an old file is emptied.
  explicit JsonLog(const std::filesystem::path& path) : JsonLog(path, -1) {}

  /// The log of a run that continues after `step` steps: later lines, and a line cut short by a kill, are removed, so
  /// that the finished log is the one of an uninterrupted run. Log a step before its checkpoint is saved.
  static JsonLog resume(const std::filesystem::path& path, std::int64_t step) { return JsonLog(path, step); }

  JsonLog(const JsonLog&) = delete;
  JsonLog& operator=(const JsonLog&) = delete;
  ~JsonLog() { ::close(descriptor_); }

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
    if (n == static_cast<ssize_t>(line.size())) return;
    const int reason = n < 0 ? errno : ENOSPC;
    const bool removed = known && ::ftruncate(descriptor_, before.st_size) == 0;
    fail(path_, ": cannot append: ", std::generic_category().message(reason),
         removed ? "" : " (its last line may be incomplete)");
  }

 private:
  JsonLog(const std::filesystem::path& path, std::int64_t step) : path_(path.string()) {
    const auto keep = static_cast<off_t>(kept_bytes(path, step));
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    require(descriptor_ >= 0, path_, ": cannot open: ", std::generic_category().message(errno));
    if (::ftruncate(descriptor_, keep) != 0) {
      const int reason = errno;
      ::close(descriptor_);
      fail(path_, ": cannot truncate: ", std::generic_category().message(reason));
    }
  }

  // Length of the whole lines up to and including `step`.
  static std::size_t kept_bytes(const std::filesystem::path& path, std::int64_t step) {
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    std::size_t begin = 0;
    for (std::size_t end; step >= 0 && (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const auto record = io::Json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                          text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
      require(record.is_object() && record.contains("step") && record["step"].is_number_integer(), path.string(),
              ": byte ", begin, ": not a log record: ", printable(std::string_view(text).substr(begin), 60));
      if (record["step"].get<std::int64_t>() > step) break;
    }
    return begin;
  }

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace mgan::train
