// Attention with a memory: queries attend several times, each time changed by what they found, and are compared with
// what they were at first.
//
//     q_0 = q,  k = 1 .. K:    f = attend(q_(k-1), s, lambda)      s_k = mean_q cos(q_0, f)
//                              g = sigmoid(gate([q, f]))           q_k = g q + (1 - g) tanh(update([q, f]))
//     S = sum_k s_k            and where `normalize` says so q_k <- l2(q_k)
//
// IMRAM (Chen et al., CVPR 2020; HuiChen24/IMRAM). Words query regions (text to image), regions words, each way with
// weights of its own, or both, which is the sum. No released command trains both at once; one has K = 3, lambda 11 on
// words, the other K = 1, lambda 9 on regions, and `normalize` is off in both. The change behind the last step feeds
// nothing and is not made: with K = 1 the weights have gradient 0. f itself is never made: cosines take the Gram form,
// W [q, f] = W_q q + sum_s w_s (W_f c_s), and W_f c_s and W_q q_0 belong to one side. Cost a pair and step: 2 R L D
// and, in Gram form, 2 L R^2; the first change 4 R L D, later ones 4 Q D^2 more (Q = L, or R for regions).
#pragma once

#include <cstdint>
#include <tuple>

#include "mgan/alignment/attended_tokens.hpp"
#include "mgan/alignment/direction.hpp"
#include "mgan/alignment/query_change.hpp"

namespace mgan {

/// One way, TextToImage or ImageToText. Image (..., R, D) and words (..., L, D), masked if they are padded -> (...), in
/// [-K, K].
template <Tensor T, class Direction>
struct ImramWay {
  QueryChange<T> change;
  std::int64_t steps = 3;  // K
  double lambda_softmax = 9;
  bool normalize = false;
  ContextLength contexts = ContextLength::automatic;

  static ImramWay create(std::int64_t width) { return {QueryChange<T>::create(width)}; }

  template <Tokens X>
  auto prepare_image(const X& image) const {
    return prepared<Direction::over_regions>("image", image);
  }
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    return prepared<Direction::over_words>("words", words);
  }
  template <class X, class Y>
  auto score(const X& image, const Y& words) const {
    check_same_kind(where, "image and words", image.share.gate, words.share.gate);
    return Direction::sides(image, words, [&](const auto& q, const auto& s) { return summed(q, s); });
  }
  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f(Direction::name, self.change);
  }

 private:
  static constexpr const char* where = "Imram";

  template <class Queries, class Sources>
  auto summed(const Queries& queries, const Sources& sources) const {
    const auto& q_0 = queries.attended;
    const auto& s = sources.attended;
    const auto& real = mask(q_0.tokens);
    const auto& answers = mask(s.tokens);
    const auto products = inner(values(s.tokens), values(q_0.tokens));  // (..., s, q)
    const auto found = [&](const auto& w) {                             // s_k (...) from weights (..., q, s)
      const auto length = mul(context_length(w, s), q_0.norms);         // (..., q)
      return mean(div(sum(mul(w, transpose(products)), answers), at_least(length, 1e-8)), real);
    };
    auto w = scan_weights(products, lambda_softmax, AttentionNorm::clipped_l2norm, real, answers);  // (..., q, s)
    auto total = found(w);                                                                          // (...)
    if (steps == 1) return total;

    auto q = changed(values(q_0.tokens), queries.share, w, sources.share);  // (..., q, D)
    for (std::int64_t k = 2;; ++k) {
      w = scan_weights(inner(values(s.tokens), q), lambda_softmax, AttentionNorm::clipped_l2norm, real, answers);
      total = add(total, found(w));
      if (k == steps) return total;
      q = changed(q, change.of_queries(q), w, sources.share);
    }
  }

  template <Tensor Q, Tensor W, class OfQueries, class OfSources>
  auto changed(const Q& q, const OfQueries& of_queries, const W& w, const OfSources& of_sources) const {
    const auto next = change(q, of_queries, w, of_sources);  // (..., q, D)
    return normalize ? l2(next) : next;
  }

  template <bool are_queries, Tokens X>
  auto prepared(const char* what, const X& x) const {
    require(steps >= 1 && steps <= 64, where, ": steps is ", steps, ", expected 1 to 64");
    check_positive(where, "lambda_softmax", lambda_softmax);
    change.check(where, Direction::name);
    check_rows(where, what, x, change.width());
    check_same_kind(where, "tokens and weights", values(x), change.update.weight);
    check_finite(where, what, x);
    const auto wide = map_values(x, widen);  // (..., n, D)
    const auto share = steps == 1 ? no_share(pack(wide)) : share_of<are_queries>(pack(wide));
    return ChangingTokens{attended_tokens(wide, contexts),
                          ChangeShare{unpack(share.update, wide), unpack(share.gate, wide)}};
  }
  /// Of the real rows (W, D) alone.
  template <bool are_queries, Tensor X>
  auto share_of(const X& rows) const {
    if constexpr (are_queries) return change.of_queries(rows);
    else return change.of_sources(rows);
  }
  /// Where nothing changes.
  template <Tensor X>
  static auto no_share(const X& rows) {
    return ChangeShare{columns(rows, 0, 1), columns(rows, 0, 1)};  // (W, 1) each, unused
  }
};

template <Tensor T>
using ImramTextToImage = ImramWay<T, TextToImage>;
template <Tensor T>
using ImramImageToText = ImramWay<T, ImageToText>;

/// Both ways, summed: in [-2 K, 2 K].
template <Tensor T>
struct Imram {
  ImramTextToImage<T> text_to_image;
  ImramImageToText<T> image_to_text;

  static Imram create(std::int64_t width) {
    return {ImramTextToImage<T>::create(width), ImramImageToText<T>::create(width)};
  }

  template <Tokens X>
  auto prepare_image(const X& image) const {
    return std::tuple{text_to_image.prepare_image(image), image_to_text.prepare_image(image)};
  }
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    return std::tuple{text_to_image.prepare_text(words), image_to_text.prepare_text(words)};
  }
  template <class X, class Y>
  auto score(const X& image, const Y& words) const {
    return add(text_to_image.score(std::get<0>(image), std::get<0>(words)),
               image_to_text.score(std::get<1>(image), std::get<1>(words)));  // (...)
  }
  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    ImramTextToImage<T>::visit(self.text_to_image, f);
    ImramImageToText<T>::visit(self.image_to_text, f);
  }
};

}  // namespace mgan
