// CAMP's second stage: messages pass a gate that knows how well they fit, and a network scores both sides.
//
//     f_v <- l2(f_v), the messages of alignment/message_passing.hpp,      gamma = sigmoid(v . f_v), one number a token
//     o = relu(fuse([v, f_v] gamma)) + v
//     o_v = l2(mean over the heads of sum_r softmax_r(summary(o))_r o_r)      o_t likewise, with weights of its own
//     S = sigmoid(score([o_v, o_t]))
//
// Wang et al., ICCV 2019; ZihaoWang-CV/CAMP_iccv19. With f = B T: fuse([v, f] gamma) = gamma W_1 v + gamma B (T W_2') /
// |f|, where W_1 v and T W_2' are made once a side. Cost a pair: 6 R L D, 2 (R + L) D^2 for `summary` and 4 D^2 for
// `score`.
#pragma once

#include <utility>

#include "mgan/alignment/message_passing.hpp"
#include "mgan/core/check.hpp"
#include "mgan/nn/mlp.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/reduce.hpp"

namespace mgan {

/// One side of a pair for the gated stage.
template <class Messages, class X>
struct GatedTokens {
  Messages messages;  // tokens (..., n, D) and what they hear by
  X own;              // (..., n, D), W_1 x of this side's fuse
  X heard;            // (..., n, D), W_2 x of the other side's fuse
  X gram;             // (..., n, n)

  template <class F>
  auto map(F&& f) const {
    auto mapped = messages.map(f);
    return GatedTokens<decltype(mapped), decltype(f(own))>{std::move(mapped), f(own), f(heard), f(gram)};
  }
  decltype(auto) first_tensor() const { return messages.first_tensor(); }
};
template <class Messages, class X>
GatedTokens(Messages, X, X, X) -> GatedTokens<Messages, X>;

/// The weights of one side in the gated stage.
template <Tensor T>
struct CampSide {
  MessageMaps<T> maps;
  Projection<T> fuse;  // (D, 2 D), over [token, message]
  ReluMlp<T> summary;  // D -> D -> heads

  static CampSide create(std::int64_t width, std::int64_t heads) {
    return {MessageMaps<T>::create(width), Projection<T>::create(2 * width, width),
            ReluMlp<T>::create(width, width, heads)};
  }

  void initialize(WeightGenerator& generator) {
    maps.initialize(generator);
    fill_xavier(fuse.weight, generator);
    summary.hidden.initialize(generator);
    summary.output.initialize(generator);
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    MessageMaps<T>::visit(self.maps, f);
    f("fuse", self.fuse);
    f("summary", self.summary);
  }
};

/// Image (..., R, D) and words (..., L, D), masked if they are padded -> (...), in (0, 1).
template <Tensor T>
struct CampGated {
  CampSide<T> image, text;
  ReluMlp<T> output;  // "score": 2 D -> D -> 1

  static CampGated create(std::int64_t width, std::int64_t heads = 4) {
    return {CampSide<T>::create(width, heads), CampSide<T>::create(width, heads),
            ReluMlp<T>::create(2 * width, width, 1)};
  }
  void initialize(WeightGenerator& generator) {
    image.initialize(generator);
    text.initialize(generator);
    fill_xavier(output.hidden.weight, generator);
    fill_xavier(output.output.weight, generator);
  }

  template <Tokens X>
  auto prepare_image(const X& x) const {
    return prepared("image", image, text, x);
  }
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    return prepared("words", text, image, words);
  }

  template <class X, class Y>
  auto score(const X& regions, const Y& words) const {
    check_same_kind("CampGated", "image and words", regions.own, words.own);
    const auto c = inner(values(regions.messages.tokens), values(words.messages.tokens));         // (..., R, L)
    const auto o_v = summary(image, regions, words, c);                                           // (..., D)
    const auto o_t = summary(text, words, regions, transpose(c));                                 // (..., D)
    const auto halves = split_columns(output.hidden.weight, 2);                                   // (D, D) each
    const auto joined = add(linear(o_v, halves[0], output.hidden.bias), linear(o_t, halves[1]));  // (..., D)
    return sum(sigmoid(linear(relu(joined), output.output.weight, output.output.bias)));  // (...), of one number
  }

  template <Tokens X, Tokens Y>
  auto operator()(const X& x, const Y& words) const {
    return score(prepare_image(x), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("image", self.image);
    f("text", self.text);
    f("score", self.output);
  }

 private:
  template <Tokens X>
  static auto prepared(const char* what, const CampSide<T>& own, const CampSide<T>& other, const X& x) {
    check_rows("CampGated", what, x, axis(own.maps.query.weight, 1));
    check_finite("CampGated", what, x);
    const auto& real = pack(x);                                                // (W, D)
    const auto first = linear(real, split_columns(own.fuse.weight, 2)[0]);     // (W, D)
    const auto second = linear(real, split_columns(other.fuse.weight, 2)[1]);  // (W, D)
    auto messages = message_tokens(own.maps, other.maps, x);
    auto gram = inner(values(messages.tokens), values(messages.tokens));  // (..., n, n)
    return GatedTokens{std::move(messages), widen(unpack(first, x)), widen(unpack(second, x)), std::move(gram)};
  }

  /// Tokens (..., n, D) with what they heard, as one vector (..., D); c (..., n, m) are the products of both sides.
  template <class X, class Y, Tensor C>
  static auto summary(const CampSide<T>& side, const X& x, const Y& y, const C& c) {
    const auto b = message_weights(x.messages, y.messages);                    // (..., n, m), f = B Y
    const auto length = shift(root(quadratic(b, y.gram), 1e-24), 1e-8);        // (..., n), |f| + 1e-8
    const auto gamma = sigmoid(div(sum(mul(b, c)), length));                   // (..., n)
    const auto heard = matmul(scale_rows(b, div(gamma, length)), y.heard);     // (..., n, D)
    const auto fused = relu(add(scale_rows(x.own, gamma), heard));             // (..., n, D)
    const auto o = add(fused, values(x.messages.tokens));                      // (..., n, D)
    const auto logits = side.summary(type_as(o, side.summary.hidden.weight));  // (..., n, heads)
    const auto weights = softmax(transpose(logits), mask(x.messages.tokens));  // (..., heads, n)
    return l2(dot(transpose(o), mean(transpose(weights))));                    // (..., D)
  }
};

}  // namespace mgan
