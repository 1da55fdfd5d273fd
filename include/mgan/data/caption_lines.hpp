// Captions as text files have them: UTF-8, one a line.
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
#include "mgan/text/vocabulary.hpp"

namespace mgan::data {

namespace detail {

/// `0.jpg#0<TAB>`, with which Flickr's token files begin a line.
inline bool begins_with_picture(std::string_view line) {
  const std::size_t tab = line.find('\t'), hash = line.substr(0, tab).rfind('#');
  if (tab == std::string_view::npos || hash == std::string_view::npos || hash + 1 == tab) return false;
  const std::string_view name = line.substr(0, hash), number = line.substr(hash + 1, tab - hash - 1);
  const bool picture = name.ends_with(".jpg") || name.ends_with(".jpeg") || name.ends_with(".png");
  return picture && number.find_first_not_of("0123456789") == std::string_view::npos;
}

/// b'...', which Python programs write that print bytes instead of text.
inline bool is_bytes_literal(std::string_view raw) {
  const std::size_t first = raw.find_first_not_of(" \t"), last = raw.find_last_not_of(" \t");
  if (first == std::string_view::npos) return false;
  raw = raw.substr(first, last - first + 1);
  return raw.size() >= 3 && raw[0] == 'b' && (raw[1] == '\'' || raw[1] == '"') && raw.back() == raw[1];
}

}  // namespace detail

/// Throws for a caption without words, for Python's b'...', and for one that begins with the name of its picture.
inline void check_caption(std::string_view raw, std::string_view place) {
  if (text::words_of(raw).empty()) fail(place, " has no words: '", printable(raw), "'");
  if (detail::is_bytes_literal(raw)) {
    fail(place, " is a Python bytes literal: ", printable(raw),
         "; write text, caption.decode('utf-8'), instead of bytes");
  }
  if (detail::begins_with_picture(raw)) {
    fail(place, " begins with the name of its picture: '", printable(raw),
         "'; expected the caption alone, what stands behind the TAB (cut -f2-)");
  }
}

/// Lines of a UTF-8 file, without their ends. Errors name the file and the line, counted from 1: bytes that are not
/// UTF-8, a line without contents, lines that end as on old Macintoshes, an empty file. A byte order mark and Windows
/// line ends are taken off with a warning.
inline std::vector<std::string> read_lines(const std::filesystem::path& path, std::vector<std::string>& warnings) {
  const std::string name = path.string();
  const io::MappedFile file(path);
  std::string_view rest = file.text();
  require(!rest.starts_with("\xFF\xFE") && !rest.starts_with("\xFE\xFF"), name,
          ": is UTF-16, expected UTF-8 (iconv -f UTF-16 -t UTF-8)");
  if (rest.starts_with("\xEF\xBB\xBF")) {
    rest.remove_prefix(3);
    warnings.push_back(name + ": begins with a byte order mark, which is no part of the text");
  }
  std::vector<std::string> lines;
  std::size_t windows = 0;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
      ++windows;
    }
    const auto place = [&] { return name + ": line " + std::to_string(lines.size() + 1); };
    const std::size_t bad = invalid_utf8_at(line);
    if (bad != line.size()) fail(place(), ": byte ", bad, " is not UTF-8: '", printable(line), "'");
    if (line.find('\0') != std::string_view::npos) fail(place(), " has a zero byte");
    if (line.find('\r') != std::string_view::npos)
      fail(place(), " has a carriage return inside: old Macintoshes end lines so; expected line feeds");
    if (line.find_first_not_of(" \t") == std::string_view::npos) fail(place(), " is empty");
    lines.emplace_back(line);
  }
  require(!lines.empty(), name, ": is empty");
  if (windows > 0) warnings.push_back(name + ": " + std::to_string(windows) + " lines end as Windows writes them");
  return lines;
}

/// The same, every line a caption.
inline std::vector<std::string> read_caption_lines(const std::filesystem::path& path,
                                                   std::vector<std::string>& warnings) {
  std::vector<std::string> captions = read_lines(path, warnings);
  for (std::size_t i = 0; i < captions.size(); ++i)
    check_caption(captions[i], path.string() + ": line " + std::to_string(i + 1));
  return captions;
}

}  // namespace mgan::data
