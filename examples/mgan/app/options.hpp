// Options of the command line: typed values with their ranges, and the fields of a configuration by their member.
//
//     add_option(command, "--folds", flags.folds, "Images a fold", at_least(1));
//     add_option<&DataConfig::grid>(command, flags.data.grid);       // name, help and range of the field
//
// A value that is not one of the allowed is an error that names the option: "--folds is 0, expected 1 or more".
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "field.hpp"

namespace program {

/// "-k" of "-k,--patches", "--learning-rate" of "--learning-rate": what messages call an option.
inline std::string option_name(const std::string& names) { return names.substr(0, names.find(',')); }

/// "INT", "NUMBER", "BOOL" or "TEXT", for help.
template <class T>
constexpr const char* type_word() {
  if constexpr (is_optional<T>::value) return type_word<typename T::value_type>();
  else if constexpr (std::is_same_v<T, bool>) return "BOOL";
  else if constexpr (std::is_integral_v<T>) return "INT";
  else if constexpr (std::is_floating_point_v<T>) return "NUMBER";
  else return "TEXT";
}

/// "Images a fold (1 or more)"
inline std::string with_range(std::string help, const Range& range) {
  const std::string limits = range.text();
  return limits.empty() ? help : help + " (" + limits + ")";
}

/// An option whose value, once it is known to be allowed, goes to `take`.
template <class T>
CLI::Option* add_option(CLI::App& command, const std::string& names, std::function<void(T)> take,
                        const std::string& help, Range range = {}) {
  return command
      .add_option_function<std::string>(
          names,
          [take = std::move(take), name = option_name(names), range](const std::string& text) {
            take(typed<T>(text, name, range));
          },
          with_range(help, range))
      ->type_name(type_word<T>());
}

/// An option that sets `value`, whose default is what it is now; nothing is shown for one that is empty.
template <class T>
CLI::Option* add_option(CLI::App& command, const std::string& names, T& value, const std::string& help,
                        Range range = {}) {
  CLI::Option* option = add_option<T>(
      command, names, [&value](T typed) { value = std::move(typed); }, help, range);
  return option->default_str(shown(value));
}
/// Several values, separated by commas or blanks.
template <class T>
CLI::Option* add_option(CLI::App& command, const std::string& names, std::vector<T>& values, const std::string& help) {
  std::string fallback;
  for (const T& value : values) fallback += (fallback.empty() ? "" : ",") + shown(value);
  return command
      .add_option_function<std::vector<std::string>>(
          names,
          [&values, name = option_name(names)](const std::vector<std::string>& texts) {
            values.clear();
            for (const std::string& text : texts) values.push_back(typed<T>(text, name));
          },
          help)
      ->delimiter(',')
      ->type_name("TEXT")
      ->default_str(fallback);
}

namespace detail {

template <class Member>
struct member_of;
template <class C, class T>
struct member_of<T C::*> {
  using Config = C;
  using Value = T;
};

}  // namespace detail

/// The field of a member.
template <auto Member>
auto described() {
  using Config = typename detail::member_of<decltype(Member)>::Config;
  using Value = typename detail::member_of<decltype(Member)>::Value;
  Field<Config, Value> found{};
  each_field<Config>([&](const auto& field) {
    if constexpr (std::is_same_v<std::remove_const_t<decltype(field.member)>, Value Config::*>)
      if (field.member == Member) found = field;
  });
  return found;
}

/// The option of a field, into `value` or, where nothing is to be put in place of what is stored, an optional one.
/// `note` is what this command has to say besides.
template <auto Member, class T>
CLI::Option* add_option(CLI::App& command, T& value, const std::string& note = "") {
  const auto field = described<Member>();
  return add_option(command, field.option_names(), value, std::string(field.help) + note, field.range);
}

/// The note of an option that replaces what a checkpoint has.
inline constexpr const char* as_trained = "; as trained when left out";

inline CLI::Option* add_device_option(CLI::App& command, std::string& device) {
  return add_option(command, "--device", device, "cpu, cuda or cuda:N");
}

}  // namespace program
