// One process at a time in a folder.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "mgan/core/error.hpp"

namespace program {

/// Held while a command writes below a folder: two at once would mix their logs and checkpoints. Gone with the process.
class FolderLock {
 public:
  FolderLock(const std::filesystem::path& folder, const char* command) {
    std::filesystem::create_directories(folder);
    descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mgan::require(descriptor_ < 0 || ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK,
                  folder.string(), ": another ", command, " is at work here");
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() { ::close(descriptor_); }

 private:
  int descriptor_ = -1;
};

}  // namespace program
