// Words and the whole caption in the joint space (section 2.2 of the MGAN paper): one Linear for both.
#pragma once

#include <algorithm>
#include <utility>

#include "mgan/nn/linear.hpp"
#include "mgan/ops/rows.hpp"
#include "mgan/refine/refinement.hpp"

namespace mgan {

/// Words (..., L, D), with their mask if they are padded, and the global vector (..., D) of a caption.
template <class Words, class Global>
struct TextTokens {
  Words words;
  Global global;
};
template <class Words, class Global>
TextTokens(Words, Global) -> TextTokens<Words, Global>;

/// `Refine` lets the words see each other (refine/refinement.hpp); the global vector stays what the Linear makes of
/// [CLS].
template <Tensor T, class Refine = NoRefinement>
struct TextEmbedding {
  Linear<T> projection;  // (D, d_w)
  Refine refinement = {};

  static TextEmbedding create(std::int64_t token_width, std::int64_t width, Refine refinement = {}) {
    return {Linear<T>::create(token_width, width), std::move(refinement)};
  }

  /// Encoder tokens (..., 1 + L, d_w): [CLS] first, then the words alone; neither [SEP] nor padding counts as a word.
  /// A padded batch says so in its mask, which covers [CLS] too. -> words (..., L, D), global (..., D).
  template <Tokens X, ContextOfUse Context = Inference>
  auto operator()(const X& tokens, const Context& context = {}) const {
    check_rows("TextEmbedding", "tokens", tokens, axis(projection.weight, 1));
    require(axis(tokens, 2) > 1, "TextEmbedding: tokens are ", shape(tokens), ", expected [CLS] and at least one word");
    check_finite("TextEmbedding", "tokens", tokens);
    const auto embedded = unpack(projection(pack(tokens)), tokens);  // (..., 1 + L, D), of real tokens alone
    const auto [global, words] = split_first_row(embedded);          // (..., D), (..., L, D)
    if constexpr (is_masked<X>) {
      const auto real = columns(tokens.mask, 1, axis(words, 2));  // (..., L)
      check_captions(real);
      return TextTokens{refined(refinement, Masked{words, real}, context), global};
    } else {
      return TextTokens{refined(refinement, words, context), global};
    }
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("linear", self.projection);
    f("refinement", self.refinement);
  }

 private:
  /// A caption of [CLS] alone has no score.
  template <Tensor Mask>
  static void check_captions(const Mask& mask_of_words) {
    if (!check_values) return;
    const HostArray real = to_host(mask_of_words);
    const auto words = static_cast<std::ptrdiff_t>(real.shape.back());
    for (auto first = real.values.begin(); first != real.values.end(); first += words)
      require(std::find(first, first + words, 1.0) != first + words, "TextEmbedding: caption ",
              (first - real.values.begin()) / words, " has no words");
  }
};

}  // namespace mgan
