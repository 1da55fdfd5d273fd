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
    check_rows("Aosm", "patches", patches);
    require(axis(patches, 2) == axis(A2, 1), "Aosm: patches are ", shape(patches), ", but A2 is ", shape(A2));
    check_same_kind("Aosm", "patches and A2", patches, A2);
    check_finite("Aosm", "patches", patches);
    return normalize(patches);  // (..., K, D)
  }

  /// Words (..., L, D), masked if they are padded -> P times the unit vectors, which are not made unit again.
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    check_weights();
    check_rows("Aosm", "words", words, project ? axis(P, 1) : 0);
    require(axis(words, 2) <= axis(A1, 1), "Aosm: ", axis(words, 2), " words, but A1 is ", shape(A1));
    check_same_kind("Aosm", "words and A1", values(words), A1);
    check_finite("Aosm", "words", words);
    return map_values(words, [this](const auto& w) {
      auto unit = normalize(w);                                 // (..., L, D)
      return project ? decltype(unit)(linear(unit, P)) : unit;  // (..., L, D)
    });
  }

  /// Both directions for prepared sides, leading axes broadcast -> (...) each.
  template <Tensor X, Tokens Y>
  auto directions(const X& patches, const Y& words) const {
    require(axis(patches, 1) == axis(words, 1), "Aosm: patches are ", shape(patches), ", words are ", shape(words));
    check_same_kind("Aosm", "patches and words", patches, values(words));
    const auto c = inner(patches, values(words));                                              // (..., K, L)
    const auto s_k = attend_over_similarity(c, A1, temperature, convention, mask(words));      // (..., K)
    const auto s_w2p = attend_over_similarity(s_k, A2, temperature, convention);               // (...)
    const auto s_l = attend_over_similarity(transpose(c), A3, temperature, convention);        // (..., L)
    const auto s_p2w = attend_over_similarity(s_l, A4, temperature, convention, mask(words));  // (...)
    return Directions{s_w2p, s_p2w};
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
    const std::int64_t words = axis(A1, 1), patches = axis(A2, 1), width = project ? axis(P, 1) : 0;
    check_shape("Aosm", "A1", A1, {words, words});
    check_shape("Aosm", "A4", A4, {words, words});
    check_shape("Aosm", "A2", A2, {patches, patches});
    check_shape("Aosm", "A3", A3, {patches, patches});
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
