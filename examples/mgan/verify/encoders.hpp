// `mgan verify --encoders DIR`: files of the field (clip, bert, images, wordpiece, safetensors, npy), good and bad,
// against the values that come with them.
#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "mgan/core/error.hpp"

namespace verify {

namespace fs = std::filesystem;

/// One line of the output.
struct Fixture {
  enum class Status { passed, failed, could_not_run } status = Status::passed;
  std::string name;    // below the folder: safetensors/bad/overlap.safetensors
  std::string detail;  // what was compared, or what is wrong
};
using Add = std::function<void(const Fixture&)>;

/// Walks DIR and prints a line a fixture, then `N passed, N failed`; folders that are missing are passed over.
/// Returns 0: all passed; 1: a fixture failed; 2: one could not be run, or nothing passed.
int verify_encoders(const fs::path& folder);

// One a subject; `folder` is its own: DIR/clip and so on. Nothing escapes but a fixture's line.
void check_safetensors(const fs::path& folder, const Add& add);
void check_npy(const fs::path& folder, const Add& add);
void check_wordpiece(const fs::path& folder, const Add& add);
void check_images(const fs::path& folder, const Add& add);
void check_clip(const fs::path& folder, const Add& add);
void check_bert(const fs::path& folder, const Add& add);

/// What stands in a folder, sorted; empty where there is none.
std::vector<fs::path> entries_of(const fs::path& folder);

/// safetensors/bad/overlap.safetensors, from .../safetensors/bad/overlap.safetensors and the subject's folder.
inline std::string name_below(const fs::path& folder, const fs::path& path) {
  return (folder.filename() / path.lexically_relative(folder)).string();
}

/// Runs f, which returns what it compared, throws mgan::Error where a value is wrong or a file is not read.
template <class F>
void check_good(const std::string& name, const Add& add, F&& f) {
  try {
    add({Fixture::Status::passed, name, f()});
  } catch (const std::exception& error) {
    add({Fixture::Status::failed, name, error.what()});
  }
}

/// Runs f, which has to be refused: by mgan::Error, in words that name `path` and say more than that.
template <class F>
void check_bad(const std::string& name, const fs::path& path, const Add& add, F&& f, bool may_be_accepted = false) {
  try {
    f();
    add({may_be_accepted ? Fixture::Status::passed : Fixture::Status::failed, name,
         may_be_accepted ? "accepted, as it may be" : "accepted, it must be refused"});
  } catch (const mgan::Error& error) {
    const std::string message = error.what();
    const std::size_t at = message.find(path.string());
    const bool says_why = at != std::string::npos && message.size() > path.string().size() + 4;
    add({says_why ? Fixture::Status::passed : Fixture::Status::failed, name,
         (says_why ? "refused: " : "refused without the file or the fault: ") +
             (at == std::string::npos ? message
                                      : message.substr(0, at) + "..." + message.substr(at + path.string().size()))});
  } catch (const std::exception& error) {
    add({Fixture::Status::failed, name, std::string("not refused but stopped by: ") + error.what()});
  }
}

}  // namespace verify
