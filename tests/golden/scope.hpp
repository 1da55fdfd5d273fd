// A case's tensors by name, and options that are written to its file as they are.
#pragma once

#include <cstdio>
#include <initializer_list>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/reference/layers.hpp"

namespace golden {

using reference::Array;
using reference::Index;
using reference::Linear;

/// Tensors by name: `input.words`, `param.conv.0.weight`; outputs without a prefix. Integers are kept as doubles.
using Tensors = std::map<std::string, Array>;

/// A case's tensors below a prefix: Scope{tensors, "param.views."}("assignment.weight").
struct Scope {
  const Tensors& tensors;
  std::string prefix;

  bool has(const std::string& name) const { return tensors.count(prefix + name) > 0; }
  const Array& operator()(const std::string& name) const { return tensors.at(prefix + name); }
  Scope in(const std::string& name) const { return {tensors, prefix + name + "."}; }
  Linear linear(const std::string& name) const {
    return {(*this)(name + ".weight"), has(name + ".bias") ? (*this)(name + ".bias") : Array()};
  }
  std::vector<Index> integers(const std::string& name) const {
    std::vector<Index> out;
    if (has(name)) {
      for (const double number : (*this)(name).values) out.push_back(static_cast<Index>(number));
    }
    return out;
  }
};

/// The value of an option: a number, a word, true or false, a list of whole numbers.
struct Value {
  std::string word;
  bool quoted = true;

  Value(const char* text) : word(text) {}
  Value(const std::vector<Index>& list) : quoted(false) {
    for (const Index number : list) word += (word.empty() ? "[" : ", ") + std::to_string(number);
    word += list.empty() ? "[]" : "]";
  }
  template <class T>
  requires std::is_arithmetic_v<T> Value(T number) : quoted(false) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.12g", static_cast<double>(number));
    word = std::is_same_v<T, bool> ? (number ? "true" : "false") : digits;
  }
};

/// Options by name, in the order of the file.
struct Options {
  std::vector<std::pair<std::string, Value>> items;

  Options() = default;
  Options(std::initializer_list<std::pair<std::string, Value>> list) : items(list) {}

  bool has(const std::string& name) const {
    for (const auto& item : items) {
      if (item.first == name) return true;
    }
    return false;
  }
  std::string word(const std::string& name) const {
    for (const auto& [key, value] : items) {
      if (key == name) return value.word;
    }
    throw std::invalid_argument("golden: no option " + name);
  }
  double number(const std::string& name) const { return std::stod(word(name)); }
  Index integer(const std::string& name) const { return static_cast<Index>(number(name)); }
  /// Of a list.
  std::vector<Index> integers(const std::string& name) const {
    std::vector<Index> out;
    std::istringstream list(word(name).substr(1));
    for (std::string number; std::getline(list, number, ',');) out.push_back(std::stoll(number));
    return out;
  }
};

}  // namespace golden
