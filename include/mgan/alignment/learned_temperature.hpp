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
    check_nested_patches("LearnedTemperaturePatchAlignment", *this, patches);
    return normalize(patches);  // (..., K, D)
  }

  /// Words (..., L, D), masked if they are padded -> unit vectors.
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    check_weights();
    check_nested_words("LearnedTemperaturePatchAlignment", *this, words);
    return map_values(words, normalize);  // (..., L, D)
  }

  /// Both directions for prepared sides, leading axes broadcast -> (...) each.
  template <Tensor X, Tokens Y>
  auto directions(const X& patches, const Y& words) const {
    const Sharpness tau{inverse_temperature()};  // (1)
    return nested_directions("LearnedTemperaturePatchAlignment", *this, patches, words,
                             [&](const auto& x, const auto& A, const auto& real) {
                               return interact(x, A, tau, convention, real);  // (...)
                             });
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
    check_nested_weights(where, *this);
    check_shape(where, "log_temperature", log_temperature, {1});
    check_finite(where, "log_temperature", log_temperature);
    check_finite(where, "exp(-log_temperature)", inverse_temperature());
  }
};

}  // namespace mgan
