// JSON without surprises: strict UTF-8, no duplicate keys, bounded depth, nothing behind the value, errors that name
// the file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/core/utf8.hpp"
#include "mgan/io/mapped_file.hpp"

#ifdef JSON_NOEXCEPTION
#error "mgan reads JSON with errors: compile without JSON_NOEXCEPTION, which turns them into abort()"
#endif

namespace mgan::io {

using Json = nlohmann::json;

/// Arrays and objects inside each other that parse_json takes: whoever walks a value may recurse as deep as it goes.
inline constexpr std::size_t deepest_json = 256;

namespace detail {

/// The parser's events -> a value. A duplicate key or too deep a value ends the parse with an Error.
class JsonBuilder {
 public:
  explicit JsonBuilder(const std::string& where) : where_(where) {}

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(std::int64_t value) { return put(value); }
  bool number_unsigned(std::uint64_t value) { return put(value); }
  bool number_float(double value, const std::string&) { return put(value); }
  bool string(std::string& value) { return put(std::move(value)); }
  bool binary(Json::binary_t& value) { return put(std::move(value)); }
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    const auto [member, is_new] = open_.back()->emplace(name, nullptr);
    if (!is_new) fail(where_, ": malformed JSON: the key '", printable(name), "' occurs twice");
    member_ = &*member;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) {
    std::string_view why = error.what();  // [json.exception.parse_error.101] parse error at line 1, column 2: ...
    if (const std::size_t id = why.find("] "); id != std::string_view::npos) why.remove_prefix(id + 2);
    fail(where_, ": malformed JSON: ", printable(why, 200));
  }

  Json result() { return std::move(root_); }

 private:
  Json* place(Json&& value) {
    if (open_.empty()) return &(root_ = std::move(value));
    if (open_.back()->is_object()) return &(*member_ = std::move(value));
    open_.back()->push_back(std::move(value));
    return &open_.back()->back();
  }
  bool put(Json&& value) { return place(std::move(value)) != nullptr; }
  bool open(Json&& empty) {
    require(open_.size() < deepest_json, where_, ": malformed JSON: more than ", deepest_json,
            " arrays and objects inside each other");
    open_.push_back(place(std::move(empty)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  const std::string& where_;
  Json root_;
  std::vector<Json*> open_;  // the arrays and objects around the next value
  Json* member_ = nullptr;   // of the innermost object: where its next value belongs
};

inline void append_brief(std::string& text, const Json& value, std::size_t most) {
  if (text.size() >= most) return;
  if (value.is_string()) {
    text += '"' + printable(value.get_ref<const std::string&>(), most) + '"';
  } else if (!value.is_structured()) {
    text += value.dump();
  } else {
    text += value.is_array() ? '[' : '{';
    bool first = true;
    for (auto item = value.begin(); item != value.end() && text.size() < most; ++item) {
      if (!std::exchange(first, false)) text += ',';
      if (value.is_object()) text += '"' + printable(item.key(), most) + "\":";
      append_brief(text, *item, most);
    }
    text += value.is_array() ? ']' : '}';
  }
}

}  // namespace detail

/// Parses one JSON value; `where` opens every error message.
inline Json parse_json(std::string_view text, const std::string& where) {
  // nlohmann::json 3.11 takes a null byte for the end of its input and would ignore what follows.
  require(text.find('\0') == std::string_view::npos, where, ": malformed JSON: a null byte");
  detail::JsonBuilder builder(where);
  Json::sax_parse(text.begin(), text.end(), &builder);  // whatever is wrong ends in an event, and that in an Error
  return builder.result();
}

/// The JSON value in a file.
inline Json read_json(const std::filesystem::path& path) { return parse_json(MappedFile(path).text(), path.string()); }

/// The value's JSON; an Error that opens with `what` where a string of it is not UTF-8.
inline std::string dump(const Json& value, std::string_view what) {
  const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  // U+FFFD takes the place of bytes that are not UTF-8: such a value does not come back as it was.
  if (text.find("\xEF\xBF\xBD") != std::string::npos && parse_json(text, std::string(what)) != value)
    fail(what, " is not UTF-8");
  return text;
}

/// A value as a message may show it: its JSON, cut to some 80 characters.
inline std::string brief(const Json& value) {
  constexpr std::size_t most = 80;
  std::string text;
  detail::append_brief(text, value, most);
  return printable(text, most);
}

}  // namespace mgan::io
