// The options of a module as a file gives them, by name: read, checked, and listed.
//
//     Naaf m;
//     options.required("threshold", m.threshold);
//     options.optional("gate", m.gate, {{"intra", NaafGate::intra}, {"plain", NaafGate::plain}});
//     options.required_if(m.gate == NaafGate::intra, "lambda_intra", m.lambda_intra);
//     options.done();                                     an option that nobody asked for is an error
//
// What a file misses or gets wrong is an mgan::Error that begins with the file and names the option.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "mgan/core/error.hpp"

namespace mgan::zoo {

/// What an option can be. Integers are numbers without a fraction.
using Value = std::variant<bool, double, std::string, std::vector<double>, std::vector<std::string>>;
/// Options by name; those of a nested object have its name and a dot in front: "weights.region".
using Config = std::map<std::string, Value>;

/// `a, b, c`
inline std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// `0.5`, `true`, `"mean"`, `[1, 3]`; what is long is cut.
inline std::string to_text(const Value& value) {
  std::string text;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* x = std::get_if<double>(&value)) mgan::detail::append(text, *x);
  if (const auto* word = std::get_if<std::string>(&value)) text = '"' + *word + '"';
  if (const auto* list = std::get_if<std::vector<double>>(&value)) {
    for (std::size_t i = 0; i < list->size() && text.size() < 80; ++i) {
      text += i ? ", " : "[";
      mgan::detail::append(text, (*list)[i]);
    }
    text += list->empty() ? "[]" : "]";
  }
  if (const auto* words = std::get_if<std::vector<std::string>>(&value)) text = "[" + joined(*words) + "]";
  return text.size() <= 80 ? text : text.substr(0, 80) + "...";
}

/// An option that a module asks for.
struct AskedOption {
  std::string key, values;  // "a number", or its words: "column, row"
  bool required = false;    // in a file
};

/// One word that an option can be, and what it stands for.
template <class E>
struct Word {
  const char* word;
  E meaning;
};
template <class E>
using Words = std::initializer_list<Word<std::type_identity_t<E>>>;

class Options {
 public:
  /// The options that a file gives. `has_weight(name)` says which weights it brings along; `where` begins every
  /// message.
  Options(std::string where, Config given, std::function<bool(const std::string&)> has_weight)
      : where_(std::move(where)), given_(std::move(given)), has_weight_(std::move(has_weight)) {}

  /// Of no file: every member keeps its value, optional weights are wanted. For lists and for cases in the making.
  static Options defaults() {
    Options options("", {}, [](const std::string&) { return true; });
    options.of_a_file_ = false;
    return options;
  }

  /// A number, a whole number, true or false, or a list of whole numbers that has to be there.
  template <class X>
  void required(const std::string& key, X& member) {
    read(key, member, true);
  }
  /// The same; `member` keeps its value where the option is absent.
  template <class X>
  void optional(const std::string& key, X& member) {
    read(key, member, false);
  }
  /// One of some words.
  template <class E>
  void required(const std::string& key, E& member, Words<E> words) {
    choose(key, member, words, true);
  }
  template <class E>
  void optional(const std::string& key, E& member, Words<E> words) {
    choose(key, member, words, false);
  }
  /// Required where another option makes it matter. Elsewhere it may be there, and is not read.
  template <class X>
  void required_if(bool needed, const std::string& key, X& member) {
    if (needed) return required(key, member);
    known_.insert(key);
    asked_.push_back({key, kind(member), false});
  }

  bool has_weight(const std::string& name) const { return has_weight_(name); }
  bool of_a_file() const { return of_a_file_; }
  const std::string& where() const { return where_; }

  /// Throws if an option was given that nobody asked for.
  void done() const {
    for (const auto& [key, value] : given_) {
      if (known_.count(key) > 0) continue;
      const std::vector<std::string> known(known_.begin(), known_.end());
      fail(where_, ": unknown config '", key, "'; ",
           known.empty() ? "there are none here" : "there are: ", joined(known));
    }
  }

  /// What the options that matter came to.
  const Config& values() const { return values_; }
  /// Those that were asked for, in their order.
  const std::vector<AskedOption>& asked() const { return asked_; }

 private:
  const Value* find(const std::string& key, bool needed) {
    known_.insert(key);
    const auto found = given_.find(key);
    if (found != given_.end()) return &found->second;
    require(!needed || !of_a_file_, where_, ": config has no '", key, "'");
    return nullptr;
  }
  template <class Wanted>
  const Wanted& expect(const std::string& key, const Value& value, const char* what) const {
    const auto* x = std::get_if<Wanted>(&value);
    require(x != nullptr, where_, ": config '", key, "' is ", to_text(value), ", expected ", what);
    return *x;
  }
  std::int64_t whole(const std::string& key, const Value& value, double x) const {
    require(x == std::floor(x) && std::abs(x) < 1e15, where_, ": config '", key, "' is ", to_text(value),
            ", expected whole numbers");
    return static_cast<std::int64_t>(x);
  }

  static std::string kind(const double&) { return "a number"; }
  static std::string kind(const bool&) { return "true or false"; }
  static std::string kind(const std::int64_t&) { return "a whole number"; }
  static std::string kind(const std::vector<std::int64_t>&) { return "a list of whole numbers"; }
  static std::string kind(const std::vector<std::string>&) { return "a list of words"; }

  template <class X>
  void read(const std::string& key, X& member, bool needed) {
    asked_.push_back({key, kind(member), needed});
    take(key, member, needed);
  }
  void take(const std::string& key, double& member, bool needed) {
    if (const Value* value = find(key, needed)) member = expect<double>(key, *value, "a number");
    values_[key] = member;
  }
  void take(const std::string& key, bool& member, bool needed) {
    if (const Value* value = find(key, needed)) member = expect<bool>(key, *value, "true or false");
    values_[key] = member;
  }
  void take(const std::string& key, std::int64_t& member, bool needed) {
    if (const Value* value = find(key, needed))
      member = whole(key, *value, expect<double>(key, *value, "a whole number"));
    values_[key] = static_cast<double>(member);
  }
  void take(const std::string& key, std::vector<std::int64_t>& member, bool needed) {
    if (const Value* value = find(key, needed)) {
      const auto& list = expect<std::vector<double>>(key, *value, "a list of whole numbers");
      member.clear();
      for (const double x : list) member.push_back(whole(key, *value, x));
    }
    values_[key] = std::vector<double>(member.begin(), member.end());
  }
  void take(const std::string& key, std::vector<std::string>& member, bool needed) {
    if (const Value* value = find(key, needed))
      member = expect<std::vector<std::string>>(key, *value, "a list of words");
    values_[key] = member;
  }
  template <class E>
  void choose(const std::string& key, E& member, Words<E> words, bool needed) {
    std::vector<std::string> known;
    for (const auto& one : words) known.push_back(one.word);
    asked_.push_back({key, joined(known), needed});
    if (const Value* value = find(key, needed)) {
      const auto* word = std::get_if<std::string>(value);
      bool any = false;
      for (const auto& one : words)
        if (word && *word == one.word) member = one.meaning, any = true;
      require(any, where_, ": config '", key, "' is ", to_text(*value), ", expected one of: ", joined(known));
    }
    for (const auto& one : words)
      if (one.meaning == member) values_[key] = std::string(one.word);
  }

  std::string where_;
  Config given_;
  std::function<bool(const std::string&)> has_weight_;
  bool of_a_file_ = true;
  std::set<std::string> known_ = {};
  Config values_ = {};
  std::vector<AskedOption> asked_ = {};
};

}  // namespace mgan::zoo
