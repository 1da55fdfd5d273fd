// Files that are never half-written: a reader sees the old contents or the new ones, whenever the power goes.
//
// The bytes go to `NAME.mgan-tmp` in the same folder; commit() syncs them, renames the file onto NAME and syncs the
// folder. A writer that was killed leaves its temporary file behind, and the next one takes it over: nothing piles up.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "mgan/core/error.hpp"

namespace mgan::io {

/// One file in the making. Every failure (full disk, size limit, permission) throws an Error with the file's name and
/// the system's reason, removes the temporary file and leaves the old one untouched. A program under `ulimit -f` gets
/// an Error only where it ignores SIGXFSZ; the signal ends it otherwise.
class AtomicFile {
 public:
  /// Locks the temporary file, so that a second writer of the same path fails instead of mixing its bytes with ours.
  explicit AtomicFile(std::filesystem::path path) : path_(std::move(path)), temporary_(path_.string() + ".mgan-tmp") {
    require(path_.has_filename(), path_.string(), ": not a file name");
    std::error_code ignored;
    const auto status = std::filesystem::status(path_, ignored);
    // A rename would replace the device file behind /dev/null.
    require(!std::filesystem::exists(status) || std::filesystem::is_regular_file(status), path_.string(),
            ": exists and is not a regular file");
    while (!open_and_lock()) close_descriptor();
    if (::ftruncate(descriptor_, 0) != 0) give_up("truncate");
  }
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile() { discard(); }

  void write(std::string_view bytes) {
    require(descriptor_ >= 0, path_.string(), ": written after commit");
    while (!bytes.empty()) {
      const ssize_t n = ::write(descriptor_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) give_up("write");
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  /// Puts the file in its place. Nothing happens to the old file without it.
  void commit() {
    require(descriptor_ >= 0, path_.string(), ": committed twice");
    if (::fsync(descriptor_) != 0) give_up("sync");
    // Renamed before the lock goes, so that no other writer can take the temporary file over in between.
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) give_up("rename");
    close_descriptor();
    sync_folder();
  }

 private:
  // False when the temporary file was renamed by another writer between our open and our lock.
  bool open_and_lock() {
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor_ < 0) give_up("create");
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const int reason = errno;
      close_descriptor();  // not discard(): the file is another writer's
      require(reason != EWOULDBLOCK, path_.string(), ": another process or thread is writing this file");
      errno = reason;
      give_up("lock");
    }
    struct stat ours {
    }, named{};
    return ::fstat(descriptor_, &ours) == 0 && ::stat(temporary_.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
  }

  void sync_folder() {
    const std::string folder = path_.has_parent_path() ? path_.parent_path().string() : ".";
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;  // a folder that may be written but not read cannot be synced
    const bool ok = ::fsync(descriptor) == 0 || errno == EINVAL;  // EINVAL: the file system cannot sync folders
    const int reason = errno;
    ::close(descriptor);
    require(ok, path_.string(), ": cannot sync its folder: ", std::generic_category().message(reason));
  }

  [[noreturn]] void give_up(const char* action) {
    const int reason = errno;
    discard();
    fail(path_.string(), ": cannot ", action, " its temporary file ", temporary_, ": ",
         std::generic_category().message(reason));
  }

  void discard() {
    if (descriptor_ < 0) return;
    ::unlink(temporary_.c_str());
    close_descriptor();
  }

  void close_descriptor() {
    ::close(descriptor_);
    descriptor_ = -1;
  }

  std::filesystem::path path_;
  std::string temporary_;
  int descriptor_ = -1;
};

/// The whole of `contents` as the file `path`, or an Error and the old file.
inline void write_file_atomically(const std::filesystem::path& path, std::string_view contents) {
  AtomicFile file(path);
  file.write(contents);
  file.commit();
}

}  // namespace mgan::io
