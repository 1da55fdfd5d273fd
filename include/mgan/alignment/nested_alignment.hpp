// What alignments of patches and words that nest one pooling share: both directions, and what they ask of their sides.
//
//     C[k, l] = <p_k, t_l>
//     s_k = pool(C[k, :]; A_1)    s_w2p = pool(s; A_2)        words to patches, Eq. (7), (8)
//     s_l = pool(C[:, l]; A_3)    s_p2w = pool(s; A_4)        patches to words, Eq. (9), (10)
//
// `m` is a module with members A1, A4 (L, L) and A2, A3 (K, K); `where` is its name and begins every message.
#pragma once

#include <cstdint>

#include "mgan/core/check.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// Both directions of a patch score, each (...) .
template <class S>
struct Directions {
  S word_to_patch;
  S patch_to_word;
};
template <class S>
Directions(S, S) -> Directions<S>;

/// Throws unless A1..A4 are square and fit each other.
template <class M>
void check_nested_weights(const char* where, const M& m) {
  const std::int64_t words = axis(m.A1, 1), patches = axis(m.A2, 1);
  check_shape(where, "A1", m.A1, {words, words});
  check_shape(where, "A4", m.A4, {words, words});
  check_shape(where, "A2", m.A2, {patches, patches});
  check_shape(where, "A3", m.A3, {patches, patches});
}

/// Throws unless patches (..., K, D) are finite and as many as A2 takes.
template <class M, Tensor X>
void check_nested_patches(const char* where, const M& m, const X& patches) {
  check_rows(where, "patches", patches);
  require(axis(patches, 2) == axis(m.A2, 1), where, ": patches are ", shape(patches), ", but A2 is ", shape(m.A2));
  check_same_kind(where, "patches and A2", patches, m.A2);
  check_finite(where, "patches", patches);
}

/// Throws unless words (..., L, D) are finite and no more than A1 takes; `width` is D where the module knows it, else
/// 0.
template <class M, Tokens Y>
void check_nested_words(const char* where, const M& m, const Y& words, std::int64_t width = 0) {
  check_rows(where, "words", words, width);
  require(axis(words, 2) <= axis(m.A1, 1), where, ": ", axis(words, 2), " words, but A1 is ", shape(m.A1));
  check_same_kind(where, "words and A1", values(words), m.A1);
  check_finite(where, "words", words);
}

/// Both directions of prepared sides, leading axes broadcast: patches (..., K, D), words (..., L, D) -> (...) each.
/// pool(x, A, real) pools the last axis: x (..., n), A at least (n, n), `real` a mask or NoMask -> (...).
template <class M, Tensor X, Tokens Y, class Pool>
auto nested_directions(const char* where, const M& m, const X& patches, const Y& words, const Pool& pool) {
  require(axis(patches, 1) == axis(words, 1), where, ": patches are ", shape(patches), ", words are ", shape(words));
  check_same_kind(where, "patches and words", patches, values(words));
  const auto c = inner(patches, values(words));         // (..., K, L)
  const auto s_k = pool(c, m.A1, mask(words));          // (..., K)
  const auto s_w2p = pool(s_k, m.A2, NoMask{});         // (...)
  const auto s_l = pool(transpose(c), m.A3, NoMask{});  // (..., L)
  const auto s_p2w = pool(s_l, m.A4, mask(words));      // (...)
  return Directions{s_w2p, s_p2w};
}

}  // namespace mgan
