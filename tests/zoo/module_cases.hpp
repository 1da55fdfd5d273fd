// What the tests hold a module of the table to: its naive loop on named tensors, and the options to try it with.
// Nothing of mgan is used here, so that the loops stay another person's work.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/golden/scope.hpp"
#include "tests/support/random.hpp"

namespace zoo {

using golden::Array;
using golden::Index;
using golden::Options;
using golden::Scope;
using golden::Tensors;
using support::Random;

/// Whether a setting has a file in tests/golden/cases: with images of one size, of several, with NaN behind the
/// lengths.
enum class Golden { no, whole, ragged, nan };

/// One setting of a module.
struct Setting {
  std::string name;            // "colbert"; its golden case is max_sim-colbert
  Options options = {};        // as a file has them
  double tau = 1;              // of the sharpest softmax, for tolerances
  std::string published = {};  // the name on the command line that means this setting
  Golden golden = Golden::no;
  double weight_size = 1;
  bool extra_weight = false;  // an optional weight is there
  Index least_regions = 1;    // images of fewer are refused
  Index width_of = 1;         // widths that are no multiple of this are refused
};

/// A weight whose first number is replaced, and what the error has to say.
struct Refused {
  std::string weight;
  double number;
  std::string message;
};

struct ModuleCases {
  std::string module;                                                // as the table names it
  std::function<Tensors(const Tensors&, const Options&)> reference;  // input.*, param.* -> outputs
  std::vector<Setting> settings = {};
  /// param.* for images of `regions` tokens, captions of up to `words`, and `width`.
  std::function<Tensors(const Setting&, Index regions, Index words, Index width)> weights = {};
  bool sees_length = false;           // of a token: scores are not on cosines
  std::vector<Refused> refuses = {};  // besides empty sides and tokens that are no numbers
  /// input.* of images besides their tokens, by name without the prefix: (I, ...) each.
  std::function<Tensors(const Setting&, const Array& image, const reference::Lengths& region_lengths)> more = {};
};

inline Tensors scores(Array s) { return {{"scores", std::move(s)}}; }

/// The tensors and lengths of a case, by the names of its file.
struct Given {
  Scope in, p;
  Scope constant;  // inputs at the values where a gradient is taken, for parts that it passes by

  explicit Given(const Tensors& tensors)
      : in{tensors, "input."}, p{tensors, "param."}, constant{tensors, "constant.input."} {}
  /// An input as such a part sees it.
  const Array& fixed(const std::string& name) const { return constant.has(name) ? constant(name) : in(name); }
  std::vector<Index> word_lengths() const { return in.integers("word_lengths"); }
  std::vector<Index> region_lengths() const { return in.integers("region_lengths"); }
};

}  // namespace zoo
