// Files whose contents are known by a SHA-256, checked once: a file that looks as it did then is not read again.
//
//     FOLDER/.mgan-checked.json    {name: {"stamp": size and time of change, "sha256": ...}}
//
// The record is a shortcut and may be deleted at any time; in a folder that cannot be written it is not kept.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include "mgan/core/error.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/io/json.hpp"
#include "mgan/io/sha256.hpp"

namespace mgan::io {

/// "size|time of change" of a file, empty where there is none: another one means that it may have changed.
inline std::string file_stamp(const std::filesystem::path& path) {
  std::error_code code;
  const auto bytes = std::filesystem::file_size(path, code);
  if (code) return {};
  const auto changed = std::filesystem::last_write_time(path, code).time_since_epoch().count();
  return code ? std::string() : std::to_string(bytes) + "|" + std::to_string(changed);
}

class CheckedFiles {
 public:
  explicit CheckedFiles(const std::filesystem::path& folder) : record_(folder / ".mgan-checked.json") {
    try {
      std::error_code code;
      if (!std::filesystem::exists(record_, code)) return;
      const Json record = read_json(record_);
      for (const auto& [name, entry] : record.items())
        known_[name] = {entry.at("stamp").get<std::string>(), entry.at("sha256").get<std::string>()};
    } catch (const std::exception&) {
      known_.clear();  // damaged: everything is checked again
    }
  }

  /// Whether the contents called `name` are those of `sha256`. Where their stamp is the recorded one they are as they
  /// were; else contents() is asked for their SHA-256, and a match is recorded.
  template <class Contents>
  bool match(const std::string& name, const std::string& stamp, const std::string& sha256, Contents&& contents) {
    const std::pair<std::string, std::string> now{stamp, sha256};
    if (const auto found = known_.find(name); !stamp.empty() && found != known_.end() && found->second == now)
      return true;
    if (contents() != sha256) return false;
    record(name, stamp, sha256);
    return true;
  }

  /// Contents that were just written.
  void record(const std::string& name, const std::string& stamp, const std::string& sha256) {
    known_[name] = {stamp, sha256};
    changed_ = true;
  }

  /// The next match() asks for the contents, whatever the stamp is.
  void forget(const std::string& name) { known_.erase(name); }

  /// Writes what was found, where the folder can be written.
  void save() {
    if (!changed_) return;
    Json json = Json::object();
    for (const auto& [name, entry] : known_) json[name] = {{"stamp", entry.first}, {"sha256", entry.second}};
    try {
      write_file_atomically(record_, json.dump(1) + "\n");
      changed_ = false;
    } catch (const Error&) {
    }
  }

 private:
  std::filesystem::path record_;
  std::map<std::string, std::pair<std::string, std::string>> known_;
  bool changed_ = false;
};

}  // namespace mgan::io
