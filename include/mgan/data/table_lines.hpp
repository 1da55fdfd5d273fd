// Text files of one record a line: lines one after the other from the mapped file, cut at blanks or at commas.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/core/utf8.hpp"
#include "mgan/io/mapped_file.hpp"

namespace mgan::data {

namespace detail {

/// The text without its byte order mark.
inline std::string_view text_of(const io::MappedFile& file, const std::string& path) {
  std::string_view text = file.text();
  require(!text.starts_with("\xFF\xFE") && !text.starts_with("\xFE\xFF"), path,
          ": is UTF-16, expected UTF-8 (iconv -f UTF-16 -t UTF-8)");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return text;
}
inline std::string_view take_line(std::string_view& rest) {
  std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace detail

/// f(line, number) for every line with contents, numbers from 1. Errors: bytes that are not UTF-8, a file without any.
template <class F>
void each_line(const std::filesystem::path& path, const F& f) {
  const std::string name = path.string();
  const io::MappedFile file(path);
  std::string_view rest = detail::text_of(file, name);
  std::size_t number = 0, lines = 0;
  while (!rest.empty()) {
    const std::string_view line = detail::take_line(rest);
    ++number;
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    const std::size_t bad = invalid_utf8_at(line);
    if (bad != line.size()) fail(name, ": line ", number, ": byte ", bad, " is not UTF-8: '", printable(line), "'");
    f(line, number);
    ++lines;
  }
  require(lines > 0, name, ": is empty");
}

/// The first line with contents, cut to what tells a layout; the whole file is one line in some of them.
inline std::string first_line(const std::filesystem::path& path) {
  const io::MappedFile file(path);
  std::string_view rest = detail::text_of(file, path.string());
  while (!rest.empty()) {
    const std::string_view line = detail::take_line(rest);
    if (line.find_first_not_of(" \t") != std::string_view::npos) return std::string(line.substr(0, 4096));
  }
  fail(path.string(), ": is empty");
}

/// Cut at blanks and tabs.
inline std::vector<std::string_view> blank_fields(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t at = line.find_first_not_of(" \t"); at != std::string_view::npos;
       at = line.find_first_not_of(" \t", at)) {
    const std::size_t end = std::min(line.find_first_of(" \t", at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = end;
  }
  return fields;
}

/// Cut at commas; a field in double quotes may hold commas, and quotes twice (RFC 4180, within a line).
inline std::vector<std::string> comma_fields(std::string_view line, const std::string& where) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') fields.back() += line[i++];
    else if (c == '"') quoted = !quoted;
    else if (c == ',' && !quoted) fields.emplace_back();
    else fields.back() += c;
  }
  require(!quoted, where, ": a quote has no end");
  return fields;
}

}  // namespace mgan::data
