// Another process as a contestant, a Python one mostly: it waits on a pipe, and runs what it is told when it is told,
// so that its runs are interleaved with ours.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "mgan/io/json.hpp"

extern char** environ;

namespace bench {

/// Another process as a contestant: lines of JSON to its standard input, lines of JSON back.
class PeerProcess {
 public:
  using Json = mgan::io::Json;

  /// Starts `command`; an empty one is not there, and `missing` says why.
  PeerProcess(std::vector<std::string> command, const std::string& name, std::string missing = "")
      : missing_(std::move(missing)) {
    if (command.empty()) return;
    int down[2], up[2];
    mgan::require(::pipe2(down, O_CLOEXEC) == 0 && ::pipe2(up, O_CLOEXEC) == 0, "no pipe for ", command[0]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, down[0], 0);
    posix_spawn_file_actions_adddup2(&actions, up[1], 1);
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    if (posix_spawnp(&process_, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) process_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    ::close(down[0]);
    ::close(up[1]);
    to_ = ::fdopen(down[1], "w");
    from_ = ::fdopen(up[0], "r");
    folder_ = std::filesystem::temp_directory_path() / ("mgan-bench-" + std::to_string(::getpid()) + "-" + name);
    std::filesystem::create_directories(folder_);
    const Json hello = ask({{"do", "hello"}});
    if (hello.contains("error")) missing_ = hello["error"].get<std::string>();
    else versions = hello;
  }
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;
  ~PeerProcess() {
    if (to_) std::fclose(to_);  // the end of its input ends it
    if (from_) std::fclose(from_);
    if (process_ > 0) ::waitpid(process_, nullptr, 0);
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }

  /// Empty when it is here; else the sentence that says why not.
  const std::string& missing() const { return missing_; }
  explicit operator bool() const { return missing_.empty(); }

  /// One request, one answer. A dead or failing peer answers {"error": why}.
  Json ask(const Json& request) {
    if (!missing_.empty() || !to_) return {{"error", missing_}};
    std::fputs((request.dump() + "\n").c_str(), to_);
    std::fflush(to_);
    std::string line;
    for (int c; (c = std::fgetc(from_)) != EOF && c != '\n';) line += static_cast<char>(c);
    if (line.empty()) {
      missing_ = "the other process ended";
      return {{"error", missing_}};
    }
    return mgan::io::parse_json(line, "the other process");
  }
  /// Seconds of one run by name; throws when it fails, for it has run before.
  double run(const std::string& name, int slice = 0) {
    const Json answer = ask({{"do", "run"}, {"name", name}, {"slice", slice}});
    mgan::require(answer.contains("seconds"), "the other process, ", name, ": ", answer.dump());
    return answer["seconds"];
  }
  /// Hands over numbers as a raw file that the peer maps.
  template <class T>
  std::string give(const std::string& name, const std::vector<T>& values) const {
    const std::string path = (folder_ / name).string();
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
    mgan::require(file.flush().good(), path, ": cannot be written");
    return path;
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  Json versions;

 private:
  pid_t process_ = -1;
  std::FILE *to_ = nullptr, *from_ = nullptr;
  std::string missing_;
  std::filesystem::path folder_;
};

/// `PYTHON peer.py ROLE`. Environment: MGAN_BENCH_PYTHON is the interpreter (empty: there is none), MGAN_BENCH_PEER the
/// script; the launcher scripts/bench sets both.
class PythonPeer : public PeerProcess {
 public:
  explicit PythonPeer(const std::string& role, const std::string& name = "")
      : PeerProcess(command(role), name.empty() ? role : name,
                    command(role).empty() ? "no Python with torch (scripts/bench python fetches one)" : "") {}

 private:
  static std::vector<std::string> command(const std::string& role) {
    const char *python = std::getenv("MGAN_BENCH_PYTHON"), *script = std::getenv("MGAN_BENCH_PEER");
    if (!python || !*python || !script) return {};
    return {python, script, role};
  }
};

}  // namespace bench
