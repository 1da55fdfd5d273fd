// Patches against words through the similarity interaction. Eq. (6)-(10) of the MGAN paper.
//
//     C[k, l] = cos(p_k, t_l)
//     s_k = ISA(C[k, :]; A_1)    s_w2p = ISA(s; A_2)        words to patches, Eq. (7), (8)
//     s_l = ISA(C[:, l]; A_3)    s_p2w = ISA(s; A_4)        patches to words, Eq. (9), (10)
//     S_patch = (s_w2p + s_p2w) / 2
#pragma once

#include "mgan/alignment/nested_alignment.hpp"
#include "mgan/alignment/score_bounds.hpp"
#include "mgan/alignment/similarity_interaction.hpp"

namespace mgan {

template <Tensor T>
struct PatchAlignment {
  matrix_of<T> A1;  // (L, L), within a patch over its words
  matrix_of<T> A2;  // (K, K), over the patches
  matrix_of<T> A3;  // (K, K), within a word over its patches
  matrix_of<T> A4;  // (L, L), over the words
  double temperature = 1;
  Convention convention = Convention::column;

  /// Identities, as at the start of training: K patches, captions of at most L words.
  static PatchAlignment create(std::int64_t patches, std::int64_t words, double temperature = 1) {
    return {make_identity<T>(words), make_identity<T>(patches), make_identity<T>(patches), make_identity<T>(words),
            temperature};
  }

  /// Selected patches (..., K, D) -> unit vectors.
  template <Tensor X>
  auto prepare_image(const X& patches) const {
    check_weights();
    check_nested_patches("PatchAlignment", *this, patches);
    return normalize(patches);  // (..., K, D)
  }

  /// Words (..., L, D), masked if they are padded -> unit vectors.
  template <Tokens X>
  auto prepare_text(const X& words) const {
    check_weights();
    check_nested_words("PatchAlignment", *this, words);
    return map_values(words, normalize);  // (..., L, D)
  }

  /// Both directions for prepared sides, leading axes broadcast -> (...) each.
  template <Tensor X, Tokens Y>
  auto directions(const X& patches, const Y& words) const {
    return nested_directions("PatchAlignment", *this, patches, words,
                             [&](const auto& x, const auto& A, const auto& real) {
                               return interact(x, A, temperature, convention, real);  // (...)
                             });
  }

  template <Tensor X, Tokens Y>
  auto score(const X& patches, const Y& words) const {
    const auto s = directions(patches, words);
    return scale(add(s.word_to_patch, s.patch_to_word), 0.5);  // (...)
  }

  /// Of one prepared pair. Weighted means of weighted means, whatever the weights: min C <= S_patch <= max C.
  template <Tensor X, Tokens Y>
  ScoreBounds score_bounds(const X& patches, const Y& words) const {
    return mean_bounds(inner(patches, values(words)), axis(patches, 1), mask(words));
  }

  /// One pair, or leading axes that broadcast: patches (..., K, D), words (..., L, D) -> (...).
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
  }

 private:
  void check_weights() const {
    check_temperature("PatchAlignment", temperature);
    check_nested_weights("PatchAlignment", *this);
  }
};

}  // namespace mgan
