// A row of the table of modules: what programs, checks and tests have to know of an alignment module besides its
// mathematics. A struct of static members:
//
//     facts                             its name in files of cases, the tensors of a case, how it is judged
//     published(f)                      f(Published, make) for each name on a command line; make(T, sizes) -> module
//     configured<T>(options, sizes, f)  f(module) as the options of a file say, with weights of these sizes
//     with_inputs(side, f)              optional: f(images, texts) of a case where they are more than tokens
//     run(side)                         optional: a case of its own, in place of what run.hpp does
//     outputs(f)                        optional: f(name, g) or f(name, g, shape) for what a case holds besides scores;
//                                       g(module, image, text)
//
// Rows of a kind stand together in one header and one list, so that a translation unit instantiates one list.
#pragma once

#include <cstdint>
#include <type_traits>

#include "mgan/core/initialize.hpp"
#include "mgan/zoo/options.hpp"

namespace mgan::zoo {

/// The sizes that a module may need, and the seed of its weights.
struct AlignmentSizes {
  std::int64_t width = 256;      // D
  std::int64_t n_views = 12;     // N, of the regions
  std::int64_t heads = 8;        // of the attention over words
  std::int64_t patches = 16;     // K
  std::int64_t words = 32;       // L, of the longest caption
  double temperature = 1;        // of the interaction
  double interaction_start = 1;  // its matrices are this times the identity
  std::uint64_t seed = 0;
  std::int64_t image_tokens = 36;  // of an image at most, in the slot where the module stands: R, or K
  std::int64_t similarity = 256;   // S, of a vector of similarities
};

/// Where a module can stand in a matcher.
enum class Slot {
  region,
  global,
  patch,
  tokens,  ///< regions or patches: any number of either
};

/// A name on a command line, and in one line what it is.
template <Slot where = Slot::tokens>
struct Published {
  static constexpr Slot slot = where;
  const char* name;
  const char* what;
};

/// How a case of the module looks. I images and T texts; lengths count leading tokens.
struct Facts {
  const char* name;             // in files of cases
  const char* image = "image";  // input.NAME: (I, n, D), or (I, D) where `vectors`
  const char* text = "words";   // (T, m, D), or (T, D)
  bool vectors = false;         // one vector a side
  bool ragged_image = true;     // the module takes images of several lengths; captions may always be ragged
  bool region_lengths = false;  // cases that are written have input.region_lengths (I)
  bool word_lengths = true;     // and input.word_lengths (T)
  bool in_bf16 = true;          // false: it jumps, and rounded inputs may fall on the other side
  bool boxes = false;           // cases have input.boxes (I, R, 4) and input.image_sizes (I, 2)
  bool global = false;          // cases may have input.global (I, D)
  bool cuts_gradient = false;   // some of what depends on the tokens is a constant to their gradient
};

/// The module that `make` makes, its weights drawn from the seed.
template <Tensor T, class Make>
auto made(const Make& make, const AlignmentSizes& sizes) {
  auto module = make(std::type_identity<T>{}, sizes);
  mgan::initialize(module, sizes.seed);
  return module;
}

/// A list of rows, or a list of lists.
template <class... Rows>
struct RowList {
  /// f(std::type_identity<Row>) for each.
  template <class F>
  static void each(F&& f) {
    (f(std::type_identity<Rows>{}), ...);
  }
};

}  // namespace mgan::zoo
