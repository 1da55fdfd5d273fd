// Captions as text files have them: UTF-8, one a line.
#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/io/mapped_file.hpp"
#include "mgan/text/utf8.hpp"
#include "mgan/text/vocabulary.hpp"

namespace mgan::data {

/// Throws for a caption without words, and for b'...', which Python programs write that print bytes instead of text.
inline void check_caption(std::string_view raw, std::string_view place) {
  require(!text::words_of(raw).empty(), place, " has no words: '", raw, "'");
  const bool bytes = raw.size() >= 3 && raw[0] == 'b' && (raw[1] == '\'' || raw[1] == '"') && raw.back() == raw[1];
  require(!bytes, place, " is a Python bytes literal: ", raw,
          "; write text, caption.decode('utf-8'), instead of bytes");
}

/// Lines of a UTF-8 file, without their ends. Errors name the file and the line, counted from 1: bytes that are not
/// UTF-8, a line without contents, an empty file. A byte order mark and Windows line ends are taken off with a warning.
inline std::vector<std::string> read_lines(const std::filesystem::path& path, std::vector<std::string>& warnings) {
  const std::string name = path.string();
  const io::MappedFile file(path);
  std::string_view rest = file.text();
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
    const std::size_t bad = text::invalid_utf8_at(line);
    require(bad == line.size(), place(), ": byte ", bad, " is not UTF-8: '", text::escaped_utf8(line), "'");
    require(line.find('\0') == std::string_view::npos, place(), " has a zero byte");
    require(line.find_first_not_of(" \t") != std::string_view::npos, place(), " is empty");
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
