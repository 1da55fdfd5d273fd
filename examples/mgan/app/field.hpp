// A configuration described field by field: what it is called in JSON and on the command line, which values it takes,
// what it is for. JSON, options, their help and docs/configuration.md are made from that.
//
//     template <> inline constexpr auto fields_of<Recipe> = std::tuple{
//         field("epochs", &Recipe::epochs, "passes over the training images", at_least(1)), ...};
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/io/json.hpp"
#include "range.hpp"
#include "words.hpp"

namespace program {

template <class C, class T>
struct Field {
  std::string_view key;
  T C::*member;
  std::string_view help = {};
  Range range = {};
  std::string_view options = {};  // "-k,--patches"; empty: made of the key
  bool has_option = true;

  constexpr Field named(std::string_view names) const {
    Field copy = *this;
    copy.options = names;
    return copy;
  }
  /// In stored configurations alone.
  constexpr Field stored() const {
    Field copy = *this;
    copy.has_option = false;
    return copy;
  }
  /// "--learning-rate" for learning_rate.
  std::string option_names() const {
    std::string names(options);
    if (names.empty())
      for (const char c : "--" + std::string(key)) names += c == '_' ? '-' : c;
    return names;
  }
};
template <class C, class T>
constexpr Field<C, T> field(std::string_view key, T C::*member, std::string_view help = {}, Range range = {}) {
  return {key, member, help, range};
}

/// Specialized for every struct that is described: a tuple of fields.
template <class C>
inline constexpr std::nullptr_t fields_of = nullptr;
template <class C>
concept Described = requires {
  std::tuple_size<std::remove_const_t<decltype(fields_of<C>)>>::value;
};

/// f(field) for every field of C.
template <Described C, class F>
void each_field(F&& f) {
  std::apply([&](const auto&... field) { (f(field), ...); }, fields_of<C>);
}

/// What a value of type T has to be, for messages and help: "an integer, 1 or more", "none, crop or flip".
template <class T>
std::string expectation(const Range& range = {}) {
  if constexpr (Worded<T>) return list_of_words<T>();
  else if constexpr (std::is_same_v<T, bool>) return "true or false";
  else if constexpr (std::is_arithmetic_v<T>) {
    const std::string limits = range.text().empty() && std::is_unsigned_v<T> ? "0 or more" : range.text();
    return (std::is_integral_v<T> ? "an integer" : "a number") + (limits.empty() ? "" : ", " + limits);
  } else return "a text";
}

/// Errors: "--epochs is 0, expected 1 or more"; `text` is how the number was written.
template <class T>
void check_range(const std::string& name, const std::string& text, T value, const Range& range) {
  mgan::require(range.contains(static_cast<double>(value)), name, " is ", text, ", expected ",
                range.text().empty() ? "a finite number" : range.text());
}

// --- text: the command line ------------------------------------------------------------------------------------------

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

/// A value as it is typed.
template <class T>
std::string shown(const T& value) {
  if constexpr (Textual<T>) return text_of(value);
  else if constexpr (is_optional<T>::value) return value ? shown(*value) : std::string();
  else if constexpr (std::is_convertible_v<T, std::string>) return value;
  else return mgan::io::Json(value).dump();
}

/// The value that was typed for `name`.
template <class T>
T typed(const std::string& text, const std::string& name, const Range& range = {}) {
  if constexpr (Textual<T>) {
    return parse_text<T>(text, name);
  } else if constexpr (is_optional<T>::value) {
    return typed<typename T::value_type>(text, name, range);
  } else if constexpr (std::is_same_v<T, bool>) {
    const bool yes = text == "true" || text == "on" || text == "yes" || text == "1";
    mgan::require(yes || text == "false" || text == "off" || text == "no" || text == "0", name, " is '", text,
                  "', expected true or false");
    return yes;
  } else if constexpr (std::is_arithmetic_v<T>) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    mgan::require(error == std::errc() && end == text.data() + text.size(), name, " is '", text, "', expected ",
                  expectation<T>(range));
    check_range(name, text, value, range);
    return value;
  } else {
    return T(text);
  }
}

// --- JSON ------------------------------------------------------------------------------------------------------------

template <Described C>
mgan::io::Json json_of_fields(const C& config);
template <Described C>
void read_fields(const mgan::io::Json& json, C& config, const std::string& where);

template <class T>
mgan::io::Json json_of_value(const T& value) {
  if constexpr (Described<T>) return json_of_fields(value);
  else if constexpr (Textual<T> || is_optional<T>::value) return shown(value);
  else return value;
}

/// Strict: a number is a number, an integer is whole, a word is one of its words. `where` opens every error.
template <class T>
void read_value(const mgan::io::Json& json, T& value, const std::string& where, const Range& range) {
  const auto expect = [&](bool good) {
    mgan::require(good, where, " is ", json.dump(), ", expected ", expectation<T>(range));
  };
  if constexpr (Described<T>) {
    read_fields(json, value, where);
  } else if constexpr (Textual<T>) {
    expect(json.is_string());
    value = parse_text<T>(json.get_ref<const std::string&>(), where);
  } else if constexpr (is_optional<T>::value) {  // an empty text stands for none
    expect(json.is_string());
    const std::string& text = json.get_ref<const std::string&>();
    value = text.empty() ? T() : T(parse_text<typename T::value_type>(text, where));
  } else if constexpr (std::is_same_v<T, bool>) {
    expect(json.is_boolean());
    value = json.get<bool>();
  } else if constexpr (std::is_integral_v<T>) {
    expect(json.is_number_integer() && (std::is_signed_v<T> || json.is_number_unsigned()));
    value = json.get<T>();
    check_range(where, json.dump(), value, range);
  } else if constexpr (std::is_floating_point_v<T>) {
    expect(json.is_number());
    value = json.get<T>();
    check_range(where, json.dump(), value, range);
  } else if constexpr (std::is_same_v<T, std::string>) {
    expect(json.is_string());
    value = json.get<std::string>();
  } else {
    value = json.get<T>();
  }
}

template <Described C>
mgan::io::Json json_of_fields(const C& config) {
  mgan::io::Json json = mgan::io::Json::object();
  each_field<C>([&](const auto& field) { json[std::string(field.key)] = json_of_value(config.*field.member); });
  return json;
}

/// A field that is not there keeps its default; one that is unknown is an error, for it would be misread.
template <Described C>
void read_fields(const mgan::io::Json& json, C& config, const std::string& where) {
  mgan::require(json.is_object(), where.empty() ? "it" : where, " is ", json.dump(), ", expected an object");
  const std::string prefix = where.empty() ? "" : where + ".";
  std::size_t known = 0;
  each_field<C>([&](const auto& field) {
    const auto found = json.find(std::string(field.key));
    if (found == json.end()) return;
    ++known;
    read_value(*found, config.*field.member, prefix + std::string(field.key), field.range);
  });
  if (known == json.size()) return;
  for (const auto& [key, value] : json.items()) {
    bool here = false;
    each_field<C>([&, &key = key](const auto& field) { here |= field.key == key; });
    mgan::require(here, prefix, key, ": this mgan has no such field");
  }
}

}  // namespace program
