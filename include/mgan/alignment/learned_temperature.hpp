// The similarity interaction of Eq. (6)-(10) with a temperature that is trained: one for all four applications.
//
//     ISA(x; A) = sum_j a_j x_j,    a = softmax((A softmax(x / tau)) / tau),    tau = exp(log_temperature)
//     C[k, l] = cos(p_k, t_l)       nested over words and patches, in both directions, as PatchAlignment
//
// MGAN prints no temperature, UCoFiA takes 0.01; between a nearly uniform mean and a nearly hard maximum the best one
// depends on the data. The logarithm is what trains, as CLIP's logit scale (Radford et al., ICML 2021): tau stays
// positive, and a step changes it by a factor. Cost a pair: 2 K L D.
#pragma once

#include <cmath>

#include "mgan/alignment/patch_alignment.hpp"

namespace mgan {

template <Tensor T>
struct LearnedTemperaturePatchAlignment {
  matrix_of<T> A1;               // (L, L), within a patch over its words
  matrix_of<T> A2;               // (K, K), over the patches
  matrix_of<T> A3;               // (K, K), within a word over its patches
  matrix_of<T> A4;               // (L, L), over the words
  vector_of<T> log_temperature;  // (1)
  Convention convention = Convention::column;

  /// Identities, and the temperature at the start: K patches, captions of at most L words.
  static LearnedTemperaturePatchAlignment create(std::int64_t patches, std::int64_t words, double temperature = 1) {
    check_temperature("LearnedTemperaturePatchAlignment", temperature);
    return {make_identity<T>(words), make_identity<T>(patches), make_identity<T>(patches), make_identity<T>(words),
            make_vector<T>(1, std::log(temperature))};
  }

  /// Selected patches (..., K, D) -> unit vectors.
  template <Tensor X>
  auto prepare_image(const X& patches) const {
    check_weights();
    check_rows("LearnedTemperaturePatchAlignment", "patches", patches);
    require(axis(patches, 2) == axis(A2, 1), "LearnedTemperaturePatchAlignment: patches are ", shape(patches),
            ", but A2 is ", shape(A2));
    check_same_kind("LearnedTemperaturePatchAlignment", "patches and A2", patches, A2);
    check_finite("LearnedTemperaturePatchAlignment", "patches", patches);
    return normalize(patches);  // (..., K, D)
  }

  /// Words (..., L, D), masked if they are padded -> unit vectors.
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    check_weights();
    check_rows("LearnedTemperaturePatchAlignment", "words", words);
    require(axis(words, 2) <= axis(A1, 1), "LearnedTemperaturePatchAlignment: ", axis(words, 2), " words, but A1 is ",
            shape(A1));
    check_same_kind("LearnedTemperaturePatchAlignment", "words and A1", values(words), A1);
    check_finite("LearnedTemperaturePatchAlignment", "words", words);
    return map_values(words, normalize);  // (..., L, D)
  }

  /// Both directions for prepared sides, leading axes broadcast -> (...) each.
  template <Tensor X, Tokens Y>
  auto directions(const X& patches, const Y& words) const {
    require(axis(patches, 1) == axis(words, 1), "LearnedTemperaturePatchAlignment: patches are ", shape(patches),
            ", words are ", shape(words));
    check_same_kind("LearnedTemperaturePatchAlignment", "patches and words", patches, values(words));
    const Sharpness tau{inverse_temperature()};                          // (1)
    const auto c = inner(patches, values(words));                        // (..., K, L)
    const auto s_k = interact(c, A1, tau, convention, mask(words));      // (..., K)
    const auto s_w2p = interact(s_k, A2, tau, convention);               // (...)
    const auto s_l = interact(transpose(c), A3, tau, convention);        // (..., L)
    const auto s_p2w = interact(s_l, A4, tau, convention, mask(words));  // (...)
    return Directions{s_w2p, s_p2w};
  }

  template <Tensor X, Tokens Y>
  auto score(const X& patches, const Y& words) const {
    const auto s = directions(patches, words);
    return scale(add(s.word_to_patch, s.patch_to_word), 0.5);  // (...)
  }

  /// Of one prepared pair: weighted means of weighted means, whatever the weights and the temperature.
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
    f("log_temperature", self.log_temperature);
  }

 private:
  auto inverse_temperature() const { return exp(scale(log_temperature, -1)); }  // (1)

  void check_weights() const {
    const char* const where = "LearnedTemperaturePatchAlignment";
    const std::int64_t words = axis(A1, 1), patches = axis(A2, 1);
    check_shape(where, "A1", A1, {words, words});
    check_shape(where, "A4", A4, {words, words});
    check_shape(where, "A2", A2, {patches, patches});
    check_shape(where, "A3", A3, {patches, patches});
    check_shape(where, "log_temperature", log_temperature, {1});
    check_finite(where, "log_temperature", log_temperature);
    check_finite(where, "exp(-log_temperature)", inverse_temperature());
  }
};

}  // namespace mgan
