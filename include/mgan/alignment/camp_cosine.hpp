// CAMP's first stage: the cosine of what both sides heard.
//
//     S = l2(mean_r f_v) . l2(mean_l f_t),      f_v = B_v T, f_t = B_t V the messages (alignment/message_passing.hpp)
//     l2(x) = x / (|x| + 1e-8)
//
// Wang et al., ICCV 2019; ZihaoWang-CV/CAMP_iccv19. The mean of a side's messages is the mean of its weights times the
// other side's tokens. Cost a pair: 4 R L D.
#pragma once

#include "mgan/alignment/message_passing.hpp"
#include "mgan/core/check.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/reduce.hpp"

namespace mgan {

/// What the mean over the words' messages does with padding.
enum class MessagePadding {
  masked,   ///< leaves it out: the default
  counted,  ///< takes it for words that hear too: the published code, whose captions have 50 slots
};

/// Image (..., R, D) and words (..., L, D), masked if they are padded -> (...), in [-1, 1].
template <Tensor T>
struct CampCosine {
  MessageMaps<T> image, text;
  MessagePadding padding = MessagePadding::masked;

  static CampCosine create(std::int64_t width) {
    return {MessageMaps<T>::create(width), MessageMaps<T>::create(width)};
  }

  template <Tokens X>
  auto prepare_image(const X& x) const {
    check("image", x);
    return message_tokens(image, text, x);
  }
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    check("words", words);
    return message_tokens(text, image, words);
  }

  template <class X, class Y>
  auto score(const X& regions, const Y& words) const {
    check_same_kind("CampCosine", "image and words", regions.query, words.query);
    const auto of_words = transpose(message_weights(words, regions));                                // (..., R, L)
    const auto of_regions = mean(transpose(message_weights(regions, words)), mask(regions.tokens));  // (..., L)
    const auto share =
        padding == MessagePadding::masked ? mean(of_words, mask(words.tokens)) : mean(of_words);  // (..., R)
    const auto f_v = l2(dot(transpose(values(words.tokens)), of_regions));                        // (..., D)
    const auto f_t = l2(dot(transpose(values(regions.tokens)), share));                           // (..., D)
    return dot(f_v, f_t);                                                                         // (...)
  }

  template <Tokens X, Tokens Y>
  auto operator()(const X& x, const Y& words) const {
    return score(prepare_image(x), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("image", self.image);
    f("text", self.text);
  }

 private:
  template <Tokens X>
  void check(const char* what, const X& x) const {
    check_rows("CampCosine", what, x, axis(image.query.weight, 1));
    check_finite("CampCosine", what, x);
  }
};

}  // namespace mgan
