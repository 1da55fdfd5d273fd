// JSON without surprises: strict UTF-8, no duplicate keys, nothing behind the value, errors that name the file.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/io/mapped_file.hpp"

namespace mgan::io {

using Json = nlohmann::json;

/// Parses one JSON value; `where` opens every error message.
inline Json parse_json(std::string_view text, const std::string& where) {
  // nlohmann::json 3.11 takes a null byte for the end of its input and would ignore what follows.
  require(text.find('\0') == std::string_view::npos, where, ": malformed JSON: a null byte");
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto refuse_duplicates = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto& key = value.get_ref<const std::string&>();
      require(keys.back().insert(key).second, where, ": malformed JSON: the key '", key, "' occurs twice");
    }
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), refuse_duplicates);
  } catch (const Json::exception& error) {
    fail(where, ": malformed JSON: ", error.what());
  }
}

/// The JSON value in a file.
inline Json read_json(const std::filesystem::path& path) { return parse_json(MappedFile(path).text(), path.string()); }

}  // namespace mgan::io
