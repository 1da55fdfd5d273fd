// Attention over a similarity matrix: the interaction with one softmax less.
//
//     AOSM(x; W) = sum_i a_i x_i,    a = W softmax(x / tau)        a need not sum to 1
//     C[k, l] = p_k . (P t_l)        nested over words and patches, in both directions, as PatchAlignment
//
// X-CLIP (Ma et al., ACM MM 2022; xuguohai/X-CLIP), tau = 0.01. The published code multiplies from the left,
// softmax(x / tau) W (`Convention::row`), has P = I trained for the coarse similarities alone, and does not mask
// padding. Cost a pair: 2 K L D, and D^2 a word for P.
#pragma once

#include "mgan/alignment/ignore_padding.hpp"
#include "mgan/alignment/patch_alignment.hpp"
#include "mgan/core/check.hpp"
#include "mgan/core/masked.hpp"

namespace mgan {

/// AOSM with a given weight, on the last axis: x (..., n), weight (m, m) with m >= n -> (...).
template <Tensor X, Tensor W, class Mask = NoMask>
auto attend_over_similarity(const X& x, const W& weight, double temperature, Convention convention,
                            const Mask& real = {}) {
  const auto block = leading_block(weight, axis(x, 1));                                              // (n, n)
  const auto turned = convention == Convention::column ? block : decltype(block)(transpose(block));  // (n, n)
  const auto a = linear(softmax(scale(x, 1 / temperature), real), turned);                           // (..., n)
  return sum(mul(a, x), real);                                                                       // (...)
}

template <Tensor T>
struct Aosm {
  matrix_of<T> A1;  // (L, L), within a patch over its words
  matrix_of<T> A2;  // (K, K), over the patches
  matrix_of<T> A3;  // (K, K), within a word over its patches
  matrix_of<T> A4;  // (L, L), over the words
  matrix_of<T> P;   // (D, D), on the words; used where `project` is true
  bool project = false;
  double temperature = 0.01;
  Convention convention = Convention::column;

  /// Identities: K patches, captions of at most L words; a projection where the width D is given.
  static Aosm create(std::int64_t patches, std::int64_t words, std::int64_t width = 0) {
    return {make_identity<T>(words), make_identity<T>(patches), make_identity<T>(patches),
            make_identity<T>(words), make_identity<T>(width),   width > 0};
  }

  /// Selected patches (..., K, D) -> unit vectors.
  template <Tensor X>
  auto prepare_image(const X& patches) const {
    check_weights();
    check_nested_patches("Aosm", *this, patches);
    return normalize(patches);  // (..., K, D)
  }

  /// Words (..., L, D), masked if they are padded -> P times the unit vectors, which are not made unit again.
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    check_weights();
    check_nested_words("Aosm", *this, words, project ? axis(P, 1) : 0);
    return map_values(words, [this](const auto& w) {
      auto unit = normalize(w);                                 // (..., L, D)
      return project ? decltype(unit)(linear(unit, P)) : unit;  // (..., L, D)
    });
  }

  /// Both directions for prepared sides, leading axes broadcast -> (...) each.
  template <Tensor X, Tokens Y>
  auto directions(const X& patches, const Y& words) const {
    return nested_directions("Aosm", *this, patches, words, [&](const auto& x, const auto& A, const auto& real) {
      return attend_over_similarity(x, A, temperature, convention, real);  // (...)
    });
  }

  template <Tensor X, Tokens Y>
  auto score(const X& patches, const Y& words) const {
    const auto s = directions(patches, words);
    return scale(add(s.word_to_patch, s.patch_to_word), 0.5);  // (...)
  }

  template <Tensor X, Tokens Y>
  auto operator()(const X& patches, const Y& words) const {
    return score(prepare_image(patches), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("A1", self.A1);
    f("A2", self.A2);
    f("A3", self.A3);
    f("A4", self.A4);
    if (self.project) f("P", self.P);
  }

 private:
  void check_weights() const {
    check_temperature("Aosm", temperature);
    check_nested_weights("Aosm", *this);
    const std::int64_t width = project ? axis(P, 1) : 0;
    if (project) check_shape("Aosm", "P", P, {width, width});
  }
};

/// As published: a row vector times W, blind to padding, P where the width D is given.
template <Tensor T>
IgnorePadding<Aosm<T>> aosm_compat(std::int64_t patches, std::int64_t words, std::int64_t width = 0) {
  auto module = Aosm<T>::create(patches, words, width);
  module.convention = Convention::row;
  return {module};
}

}  // namespace mgan
