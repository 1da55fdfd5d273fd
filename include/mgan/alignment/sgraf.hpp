// Similarity vectors of a pair, filtered (SAF) or reasoned about (SGR), instead of similarities.
//
//     v, t      tokens of either side, V and T;  v_glo, t_glo  their guided sums (alignment/guided_pooling.hpp)
//     a         = attend(T, V, lambda)                              what each word finds in the picture
//     x_0       = l2(global((v_glo - t_glo)^2)),   x_l = l2(local((l2(a_l) - t_l)^2))       squares number by number
//     S         = sigmoid(score(y)),               y from the nodes X = [x_0; x_1 .. x_L], each of S numbers
//
// y is what SAF or SGR make of the nodes (alignment/node_aggregation.hpp).
//
// Diao et al., AAAI 2021; Paranioar/SGRAF. Scores lie in (0, 1); "SGRAF" is the mean of an SAF and an SGR trained
// apart. Both global sums are prepared; a pair costs 4 R L D + 2 L D S, and SGR 6 L S^2 + 4 L^2 S a step. The published
// BatchNorm of regions has 36 slots, so that images have 36 regions; here those of fewer use the leading ones.
#pragma once

#include <utility>

#include "mgan/alignment/attended_tokens.hpp"
#include "mgan/alignment/guided_pooling.hpp"
#include "mgan/alignment/node_aggregation.hpp"
#include "mgan/core/initialize.hpp"

namespace mgan {

/// Tokens of a side and their global vector.
template <class Rows, class Vector>
struct SgrafSide {
  Rows tokens;    // (..., n, D)
  Vector global;  // (..., D)

  template <class F>
  auto map(const F& f) const {
    return mgan::SgrafSide{map_state(tokens, f), f(global)};
  }
  decltype(auto) first_tensor() const { return mgan::first_tensor(tokens); }
};
template <class Rows, class Vector>
SgrafSide(Rows, Vector) -> SgrafSide<Rows, Vector>;

/// Image (..., R, D) and words (..., L, D), masked if they are padded -> (...), in (0, 1).
template <Tensor T, class Aggregate = Saf<T>>
struct Sgraf {
  static constexpr const char* name = Aggregate::name;
  static constexpr bool scores_whole_batch = Aggregate::scores_whole_batch;

  GuidedPooling<T, SlotNorms<T>> image;
  GuidedPooling<T> text;
  Linear<T> local, global;  // (S, D)
  Aggregate aggregate;
  Linear<T> score_of;  // (1, S)
  double lambda_softmax = 9;

  /// `slots` regions an image, at most; nodes of `similarity` numbers.
  static Sgraf create(std::int64_t width, std::int64_t slots, std::int64_t similarity = 256) {
    return create(width, slots, similarity, Aggregate::create(similarity));
  }
  static Sgraf create(std::int64_t width, std::int64_t slots, std::int64_t similarity, Aggregate aggregate) {
    return {GuidedPooling<T, SlotNorms<T>>::create(width, SlotNorms<T>::create(slots, width)),
            GuidedPooling<T>::create(width),
            Linear<T>::create(width, similarity),
            Linear<T>::create(width, similarity),
            std::move(aggregate),
            Linear<T>::create(similarity, 1)};
  }

  template <Tokens X, ContextOfUse Context = Inference>
  auto prepare_image(const X& regions, Context context = {}) const {
    check_positive(name, "lambda_softmax", lambda_softmax);
    check("image", regions);
    return SgrafSide{regions, image(regions, context)};
  }
  template <Tokens Y, ContextOfUse Context = Inference>
  auto prepare_text(const Y& words, Context context = {}) const {
    check("words", words);
    return SgrafSide{words, text(words, context)};
  }
  template <class X, class Y, ContextOfUse Context = Inference>
  auto score(const X& regions, const Y& words, Context context = {}) const {
    const auto y = aggregate(nodes(regions, words), prepend_real(mask(words.tokens), 1), context);  // (..., S)
    const auto one = sigmoid(widen(score_of(type_as(y, words.global))));                            // (..., 1)
    return sum(one);                                                                                // (...)
  }

  /// X (..., 1 + L, S) of two prepared sides, the global node first.
  template <class X, class Y>
  auto nodes(const X& regions, const Y& words) const {
    check_same_kind(name, "image and words", regions.global, words.global);
    const auto& t = values(words.tokens);
    const auto squares = [&t](const auto& a, const auto& b) {
      const auto difference = sub(a, b);
      return type_as(mul(difference, difference), t);
    };
    const auto whole = l2(global(squares(regions.global, words.global)));         // (..., S)
    const auto found = l2(attend(words.tokens, regions.tokens, lambda_softmax));  // (..., L, D)
    const auto each = l2(local(squares(found, t)));                               // (..., L, S)
    const auto first = transpose(stack_columns(std::vector{whole}));              // (..., 1, S)
    return type_as(concat_rows(std::vector{first, each}), t);                     // (..., 1 + L, S)
  }

  template <Tokens X, Tokens Y>
  auto operator()(const X& regions, const Y& words) const {
    return score(prepare_image(regions), prepare_text(words));
  }

  /// Uniform in +-sqrt(6 / (in + out)), biases 0.
  void initialize(WeightGenerator& generator) {
    visit_parameters(*this, [&generator](const std::string&, auto& w) {
      if (shape(w).size() == 2) fill_xavier(w, generator);
    });
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("image", self.image);
    f("text", self.text);
    f("local", self.local);
    f("global", self.global);
    Aggregate::visit(self.aggregate, f);
    f("score", self.score_of);
  }

 private:
  template <Tokens X>
  void check(const char* what, const X& x) const {
    check_rows(name, what, x, axis(local.weight, 1));
    check_finite(name, what, x);
  }
};

}  // namespace mgan
