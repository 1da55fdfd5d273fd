// The words that stand for an enum's values on the command line and in JSON.
//
//     enum class Regions { pixels, tokens };
//     template <> inline constexpr auto words_of<Regions> = std::to_array<Word<Regions>>(
//         {{Regions::pixels, "pixels"}, {Regions::tokens, "tokens"}});
//
//     word_of(Regions::tokens)                        "tokens"
//     parse_word<Regions>("pixel", "--regions")       Error: --regions is 'pixel', expected pixels or tokens
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "mgan/core/error.hpp"

namespace program {

template <class E>
struct Word {
  E value;
  std::string_view text;
};

/// Specialized for every enum that a user names: one word a value.
template <class E>
inline constexpr std::nullptr_t words_of = nullptr;

template <class E>
concept Worded = std::is_enum_v<E> && requires {
  words_of<E>.size();
};

template <Worded E>
std::string word_of(E value) {
  for (const Word<E>& word : words_of<E>)
    if (word.value == value) return std::string(word.text);
  mgan::fail("a value without a word");
}

/// "none, crop or flip"
template <Worded E>
std::string list_of_words() {
  std::string list;
  for (std::size_t i = 0; i < words_of<E>.size(); ++i)
    list += (i == 0 ? "" : i + 1 == words_of<E>.size() ? " or " : ", ") + std::string(words_of<E>[i].text);
  return list;
}

template <Worded E>
std::optional<E> find_word(std::string_view text) {
  for (const Word<E>& word : words_of<E>)
    if (word.text == text) return word.value;
  return std::nullopt;
}

/// The value that `text` stands for. An unknown word is an error that opens with `name` and lists the words.
template <Worded E>
E parse_word(const std::string& text, const std::string& name) {
  const std::optional<E> value = find_word<E>(text);
  mgan::require(value.has_value(), name, " is '", text, "', expected ", list_of_words<E>());
  return *value;
}

/// What is written as one text: an enum by its words, or a type with text() and parse(text, name).
template <class T>
concept Textual = Worded<T> || requires(const T& x, const std::string& text) {
  { x.text() } -> std::convertible_to<std::string>;
  { T::parse(text, text) } -> std::same_as<T>;
};

template <Textual T>
std::string text_of(const T& value) {
  if constexpr (Worded<T>) return word_of(value);
  else return value.text();
}
template <Textual T>
T parse_text(const std::string& text, const std::string& name) {
  if constexpr (Worded<T>) return parse_word<T>(text, name);
  else return T::parse(text, name);
}

}  // namespace program
