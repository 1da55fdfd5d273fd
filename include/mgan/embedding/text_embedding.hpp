// Words and the whole caption in the joint space (section 2.2 of the MGAN paper): one Linear for both.
#pragma once

#include "mgan/nn/linear.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// Words (..., L, D), with their mask if they are padded, and the global vector (..., D) of a caption.
template <class Words, class Global>
struct TextTokens {
  Words words;
  Global global;
};
template <class Words, class Global>
TextTokens(Words, Global) -> TextTokens<Words, Global>;

template <Tensor T>
struct TextEmbedding {
  Linear<T> projection;  // (D, d_w)

  static TextEmbedding create(std::int64_t token_width, std::int64_t width) {
    return {Linear<T>::create(token_width, width)};
  }

  /// Encoder tokens (..., 1 + L, d_w): [CLS] first, then the words alone; neither [SEP] nor padding counts as a word.
  /// A padded batch says so in its mask, which covers [CLS] too. -> words (..., L, D), global (..., D).
  template <Tokens X>
  auto operator()(const X& tokens) const {
    check_rows("TextEmbedding", "tokens", tokens, axis(projection.weight, 1));
    require(axis(tokens, 2) > 1, "TextEmbedding: tokens are ", shape(tokens), ", expected [CLS] and at least one word");
    check_finite("TextEmbedding", "tokens", tokens);
    const auto embedded = projection(values(tokens));  // (..., 1 + L, D)
    const auto words = drop_rows(embedded, 1);         // (..., L, D)
    const auto global = row(embedded, 0);              // (..., D)
    if constexpr (is_masked<X>) {
      return TextTokens{Masked{words, columns(tokens.mask, 1, axis(words, 2))}, global};
    } else {
      return TextTokens{words, global};
    }
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("linear", self.projection);
  }
};

}  // namespace mgan
