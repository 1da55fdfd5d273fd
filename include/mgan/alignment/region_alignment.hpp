// Views of the regions against the sentence. Eq. (4) of the MGAN paper.
//
//     S_region = max_n cos(v_tilde_n, t_tilde)
#pragma once

#include "mgan/alignment/multi_view_summarization.hpp"
#include "mgan/alignment/sentence_attention.hpp"
#include "mgan/core/context.hpp"

namespace mgan {

/// `Summarize` makes Views of regions, `Sentence` one vector of words; any functors of that shape will do.
template <Tensor T, class Summarize = MultiViewSummarization<T>, class Sentence = SentenceAttention<T>>
struct RegionAlignment {
  Summarize views;
  Sentence sentence;

  static RegionAlignment create(std::int64_t width, const ViewSizes& sizes = {}, std::int64_t heads = 8) {
    return {Summarize::create(width, sizes), Sentence::create(width, heads)};
  }

  /// Regions (..., R, D), masked if they are padded -> unit views (..., N, D) and the logits for the diversity term.
  template <Tokens X, ContextOfUse Context = Inference>
  auto prepare_image(const X& regions, const Context& context = {}) const {
    const auto summary = with_context(views, context, regions);
    return Views{normalize(summary.views), summary.assignment_logits};
  }

  /// Words (..., L, D), masked if they are padded -> a unit sentence vector (..., D).
  template <Tokens X, ContextOfUse Context = Inference>
  auto prepare_text(const X& words, const Context& context = {}) const {
    return normalize(with_context(sentence, context, words));
  }

  /// The gradient goes to the winning view alone; of equals the lowest wins. -> (...)
  template <class V, class A, Tensor Y>
  auto score(const Views<V, A>& image, const Y& text) const {
    return max(similarity(image, text));  // (...)
  }

  /// Index of the winning view -> (...).
  template <class V, class A, Tensor Y>
  auto winning_view(const Views<V, A>& image, const Y& text) const {
    return argmax(similarity(image, text));  // (...)
  }

  template <Tokens X, Tokens Y>
  auto operator()(const X& regions, const Y& words) const {
    return score(prepare_image(regions), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("views", self.views);
    f("sentence", self.sentence);
  }

 private:
  template <class V, class A, Tensor Y>
  auto similarity(const Views<V, A>& image, const Y& text) const {
    require(axis(image.views, 1) == axis(text, 1), "RegionAlignment: views are ", shape(image.views), ", sentence is ",
            shape(text));
    check_same_kind("RegionAlignment", "views and sentence", image.views, text);
    return dot(image.views, text);  // (..., N)
  }
};

}  // namespace mgan
