// A file as read-only memory.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "mgan/core/error.hpp"

namespace mgan::io {

/// Maps a regular file; pages are read when touched. The mapping survives a rename over the file (AtomicFile), but not
/// a truncation in place: the system then ends the process with SIGBUS.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path) {
    const auto give_up = [&](int descriptor, int reason) {
      if (descriptor >= 0) ::close(descriptor);
      fail(path.string(), ": cannot read: ", std::generic_category().message(reason));
    };
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe must not block us
    if (descriptor < 0) give_up(-1, errno);
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) give_up(descriptor, errno);
    if (S_ISDIR(status.st_mode)) give_up(descriptor, EISDIR);
    if (!S_ISREG(status.st_mode)) {
      ::close(descriptor);
      fail(path.string(), ": not a regular file");
    }
    size_ = static_cast<std::size_t>(status.st_size);
    if (size_ > 0) {
      void* const address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
      if (address == MAP_FAILED) give_up(descriptor, errno);
      address_ = address;
    }
    ::close(descriptor);
  }
  MappedFile(MappedFile&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(address_, other.address_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~MappedFile() {
    if (address_) ::munmap(address_, size_);
  }

  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(address_), size_}; }
  std::string_view text() const { return {static_cast<const char*>(address_), size_}; }

 private:
  void* address_ = nullptr;
  std::size_t size_ = 0;
};

/// Asks the system to read these bytes of a mapped file, all of them at once and without waiting: else each touched
/// page is waited for, and the disk has one thing to do at a time. Advice only: no effect on other memory.
inline void will_need(std::span<const std::byte> bytes) {
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  if (bytes.empty()) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(bytes.data()), first = begin / page * page;
  ::madvise(reinterpret_cast<void*>(first), begin + bytes.size() - first, MADV_WILLNEED);
}

}  // namespace mgan::io
