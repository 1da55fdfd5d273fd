// Patches that a caption points at: every pair keeps some, merges them into a few tokens, and compares those with the
// words.
//
//     s_r = cos(v_r, mean_r v) + cos(v_r, mean_l t)                 no gradient; the `keep` largest are kept
//     e = sum over the others of softmax(s)_r v_r                   weights without gradient; 0 if none is left
//     a = scale output(gelu(hidden(LayerNorm(v)))),   z_j = sum over the kept of softmax(a_.j)_r v_r
//     C[l, .] = LeakyReLU_0.1(cos(t_l, .)) of the tokens [global?, z_1 .. z_Z, e]
//     S = mean_l max_z C + mean_z max_l C
//
// LAPS (Fu et al., CVPR 2024; CrossmodalGroup/LAPS), the network of its code: patch slimming by the language. D -> H ->
// Z, published as keep = P / 2 (ViT) or 4 P / 5 (Swin), Z = 0.4 keep, H = D / 5. Logits of patches are made once an
// image; both softmaxes run over all patches, those left out with weight 0, so that no pair copies patches. Cost a
// pair: 2 R D, 2 (Z + 1) R D and 2 (Z + 2) L D.
#pragma once

#include <limits>
#include <utility>
#include <vector>

#include "mgan/alignment/contract.hpp"
#include "mgan/core/check.hpp"
#include "mgan/nn/layer_norm.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// Patches of an image that captions choose from.
template <class P, class X, class V, class Global>
struct SlimmedPatches {
  P patches;      // (..., R, D)
  X logits;       // (..., Z, R)
  V lengths;      // (..., R), constants
  V typical;      // (..., R), cosines with the mean patch, constants
  Global global;  // (..., D), of unit length, or Nothing

  template <class F>
  auto map(const F& f) const {
    return SlimmedPatches<decltype(f(patches)), decltype(f(logits)), decltype(f(lengths)),
                          decltype(map_state(global, f))>{f(patches), f(logits), f(lengths), f(typical),
                                                          map_state(global, f)};
  }
  decltype(auto) first_tensor() const { return mgan::first_tensor(patches); }
};
template <class P, class X, class V, class Global>
SlimmedPatches(P, X, V, V, Global) -> SlimmedPatches<P, X, V, Global>;

/// Unit words (..., n, D), masked if they are padded, and where they point: their mean, of unit length, a constant.
template <class Rows, class V>
struct PointingWords {
  Rows tokens;
  V direction;  // (..., D)

  template <class F>
  auto map(const F& f) const {
    auto mapped = map_state(tokens, f);
    return PointingWords<decltype(mapped), decltype(f(direction))>{std::move(mapped), f(direction)};
  }
  decltype(auto) first_tensor() const { return mgan::first_tensor(tokens); }
};
template <class Rows, class V>
PointingWords(Rows, V) -> PointingWords<Rows, V>;

/// Whether the patch slot of a matcher hands over the picture's global vector.
struct GlobalBesidePatches {
  static constexpr bool wanted = true;
};
struct PatchesAlone {
  static constexpr bool wanted = false;
};

template <Tensor T, class Global = GlobalBesidePatches>
struct Laps {
  static constexpr bool wants_global = Global::wanted;

  LayerNorm<T> norm;       // (D)
  Linear<T> hidden;        // (H, D)
  Linear<T> output;        // (Z, H)
  vector_of<T> sharpness;  // "scale": (1)
  std::int64_t keep = 1;

  /// Z merged tokens of the `keep` patches that a caption keeps.
  static Laps create(std::int64_t width, std::int64_t keep, std::int64_t merged, std::int64_t hidden) {
    require(keep >= 1 && merged >= 1 && hidden >= 1, "Laps: keep ", keep, ", merged ", merged, ", hidden ", hidden,
            ", expected at least 1");
    return {LayerNorm<T>::create(width), Linear<T>::create(width, hidden), Linear<T>::create(hidden, merged),
            make_vector<T>(1, 1), keep};
  }

  /// Patches (..., R, D), as many in every image.
  template <Tensor X>
  auto prepare_image(const X& patches) const {
    return prepared(patches, Nothing{});
  }
  /// PatchTokens: patches (..., R, D) and the global vector (..., D).
  template <class Image>
  requires requires(const Image& x) {
    x.patches;
    x.global;
  }
  auto prepare_image(const Image& image) const {
    require(axis(image.global, 1) == width(), "Laps: global is ", shape(image.global), ", expected (..., ", width(),
            ")");
    check_finite("Laps", "global", image.global);
    return prepared(image.patches, normalize(image.global));
  }

  /// Words (..., L, D), masked if they are padded, alone or in TextTokens.
  template <class Text>
  auto prepare_text(const Text& text) const {
    if constexpr (requires { text.words; }) {
      return prepare_text(text.words);
    } else {
      check_rows("Laps", "words", text, width());
      check_finite("Laps", "words", text);
      const auto mean_word = mean(transpose(widen(values(text))), mask(text));  // (..., D)
      return PointingWords{map_values(text, normalize), detach(normalize(mean_word))};
    }
  }

  template <class X, class Y>
  auto score(const X& image, const Y& words) const {
    check_same_kind("Laps", "image and words", image.patches, values(words.tokens));
    const auto c = leaky_relu(similarity(image, words), 0.1);           // (..., L, Z + 1 or 2)
    const auto of_words = mean(max(c), mask(words.tokens));             // (...)
    return add(of_words, mean(max(transpose(c), mask(words.tokens))));  // (...)
  }

  /// Indices (..., keep) of the patches that a caption keeps, ascending; of equal scores the lower index.
  template <class X, class Y>
  auto kept(const X& image, const Y& words) const {
    return top_k(selection_scores(image, words), keep);
  }

  template <class Image, class Text>
  auto operator()(const Image& image, const Text& words) const {
    return score(prepare_image(image), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("norm", self.norm);
    f("hidden", self.hidden);
    f("output", self.output);
    f("scale", self.sharpness);
  }

 private:
  std::int64_t width() const { return axis(norm.weight, 1); }

  template <Tensor X, class V>
  auto prepared(const X& given, V global) const {
    check_rows("Laps", "patches", given, width());
    check_finite("Laps", "patches", given);
    require(keep >= 1 && keep <= axis(given, 2), "Laps: keep is ", keep, ", expected 1..", axis(given, 2),
            ", the number of patches");
    const auto patches = widen(given);                                                       // (..., R, D)
    const auto lengths = detach(root(sum(mul(patches, patches)), 1e-24));                    // (..., R)
    const auto typical = dot(detach(patches), detach(normalize(mean(transpose(patches)))));  // (..., R)
    const auto logits = scale_by(widen(output(gelu(hidden(norm(given))))), sharpness);       // (..., R, Z)
    return SlimmedPatches{patches, transpose(logits), lengths, div(typical, lengths), std::move(global)};
  }

  template <class X, class Y>
  auto selection_scores(const X& image, const Y& words) const {
    const auto pointed = dot(detach(image.patches), words.direction);  // (..., R)
    return add(div(pointed, image.lengths), image.typical);            // (..., R)
  }

  /// Cosines (..., L, n) of words with [global?, z_1 .. z_Z, e].
  template <class X, class Y>
  auto similarity(const X& image, const Y& words) const {
    constexpr double none = -std::numeric_limits<double>::infinity();
    const auto s = selection_scores(image, words);                                     // (..., R)
    const auto among_kept = fill_columns(image.logits, rest_of_top_k(s, keep), none);  // (..., Z, R)
    const auto merged = matmul(softmax(among_kept), image.patches);                    // (..., Z, D)
    const bool all_kept = keep == axis(image.patches, 2);
    const auto shares = all_kept ? scale(s, 0) : softmax(fill_columns(s, top_k(s, keep), none));  // (..., R)
    const auto rest = dot(transpose(image.patches), shares);                                      // (..., D)

    const auto& t = values(words.tokens);                                                      // (..., L, D)
    const auto column = [&](const auto& x) { return stack_columns(std::vector{dot(t, x)}); };  // (..., L, 1)
    std::vector parts{inner(t, normalize(merged)), column(normalize(rest))};
    if constexpr (!std::is_same_v<decltype(image.global), Nothing>) parts.insert(parts.begin(), column(image.global));
    return concat(parts);  // (..., L, n)
  }
};

}  // namespace mgan
