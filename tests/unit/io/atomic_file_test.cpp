#include "mgan/io/atomic_file.hpp"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "mgan/io/json.hpp"
#include "mgan/io/safetensors.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/io/temporary_folder.hpp"

using namespace mgan;
using namespace mgan::io;
using Catch::Matchers::ContainsSubstring;

namespace {
/// No file may grow over `bytes` while this lives: a disk that is full.
struct FullDisk {
  rlimit before{};
  sighandler_t handler = ::signal(SIGXFSZ, SIG_IGN);
  explicit FullDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before);
    const rlimit limit{bytes, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, handler);
  }
};
}  // namespace

TEST_CASE("atomic file: the new contents or the old ones", "[io]") {
  const TemporaryFolder folder;
  const auto path = folder.path / "metrics.json";
  write_file_atomically(path, "first");
  CHECK(contents_of(path) == "first");
  CHECK(folder.count() == 1);
  write_file_atomically(path, "");
  CHECK(contents_of(path).empty());

  write_file_atomically(path, "old");
  SECTION("without commit nothing happens") {
    {
      AtomicFile file(path);
      file.write("new");
      CHECK(contents_of(path) == "old");
      CHECK(folder.count() == 2);
    }
    CHECK(contents_of(path) == "old");
    CHECK(folder.count() == 1);
  }
  SECTION("a full disk") {
    const std::string big(100'000, 'x');
    for (const rlim_t limit : {0u, 1u, 4096u, 99'999u}) {
      const FullDisk disk(limit);
      CHECK_THROWS_WITH(write_file_atomically(path, big),
                        ContainsSubstring(path.string()) && ContainsSubstring("File too large"));
      CHECK(contents_of(path) == "old");
      CHECK(folder.count() == 1);
      const TensorEntry entry{"x", DType::U8, {100'000}, std::as_bytes(std::span(big))};
      CHECK_THROWS_WITH(write_safetensors(path, {entry}), ContainsSubstring("File too large"));
      CHECK(contents_of(path) == "old");
      CHECK(folder.count() == 1);
    }
  }
  SECTION("two writers of one file") {
    AtomicFile first(path);
    first.write("new");
    CHECK_THROWS_WITH(AtomicFile(path), ContainsSubstring("is writing this file"));
    first.commit();
    CHECK(contents_of(path) == "new");
    CHECK_THROWS_WITH(first.write("more"), ContainsSubstring("written after commit"));
    CHECK_THROWS_WITH(first.commit(), ContainsSubstring("committed twice"));
  }
  SECTION("a writer that was killed") {
    int pipe_ends[2];
    REQUIRE(::pipe(pipe_ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      AtomicFile file(path);
      file.write(std::string(50'000, 'k'));
      char ready = 1;
      if (::write(pipe_ends[1], &ready, 1) == 1) ::pause();
      ::_exit(1);
    }
    char ready = 0;
    CHECK(::read(pipe_ends[0], &ready, 1) == 1);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(pipe_ends[0]), ::close(pipe_ends[1]);
    CHECK(contents_of(path) == "old");
    CHECK(folder.count() == 2);
    write_file_atomically(path, "new");  // takes the leftover over
    CHECK(contents_of(path) == "new");
    CHECK(folder.count() == 1);
  }
}

TEST_CASE("atomic file: what cannot be written", "[io]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(write_file_atomically(folder.path / "none" / "a", "x"), ContainsSubstring("No such file"));
  CHECK_THROWS_WITH(write_file_atomically(folder.path, "x"), ContainsSubstring("not a regular file"));
  CHECK_THROWS_WITH(write_file_atomically("/dev/null", "x"),
                    ContainsSubstring("/dev/null: exists and is not a regular"));
  CHECK_THROWS_WITH(write_file_atomically("", "x"), ContainsSubstring("not a file name"));
  if (::geteuid() != 0) {  // root may write anywhere
    ::chmod(folder.path.c_str(), 0500);
    CHECK_THROWS_WITH(write_file_atomically(folder.path / "a", "x"), ContainsSubstring("Permission denied"));
    ::chmod(folder.path.c_str(), 0700);
  }
}
