// Options of the command line whose values are words or other texts of words.hpp.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "words.hpp"

namespace program {

/// "--learning-rate" of "--learning-rate,--lr": what messages call an option.
inline std::string option_name(const std::string& names) {
  const auto start = names.find("--");
  return start == std::string::npos ? names : names.substr(start, names.find(',', start) - start);
}

/// An option that sets `value`; an unknown word is an error that lists the words.
template <Textual T>
CLI::Option* add_text_option(CLI::App& command, const std::string& names, T& value, const std::string& help) {
  return command
      .add_option_function<std::string>(
          names, [&value, name = option_name(names)](const std::string& text) { value = parse_text<T>(text, name); },
          help)
      ->default_str(text_of(value));
}
template <Textual T>
CLI::Option* add_text_option(CLI::App& command, const std::string& names, std::optional<T>& value,
                             const std::string& help) {
  return command.add_option_function<std::string>(
      names, [&value, name = option_name(names)](const std::string& text) { value = parse_text<T>(text, name); }, help);
}
/// Several, separated by commas or blanks.
template <Textual T>
CLI::Option* add_text_option(CLI::App& command, const std::string& names, std::vector<T>& values,
                             const std::string& help) {
  std::string fallback;
  for (const T& value : values) fallback += (fallback.empty() ? "" : ",") + text_of(value);
  return command
      .add_option_function<std::vector<std::string>>(
          names,
          [&values, name = option_name(names)](const std::vector<std::string>& texts) {
            values.clear();
            for (const std::string& text : texts) values.push_back(parse_text<T>(text, name));
          },
          help)
      ->delimiter(',')
      ->default_str(fallback);
}

}  // namespace program
