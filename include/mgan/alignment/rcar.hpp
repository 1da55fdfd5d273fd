// Attention in several looks: what a pair has found regulates how its queries ask next (RCR), and which answers count
// (RAR).
//
//     gates m (Q, D) are ones at first, temperatures lambda (Q) a constant; alignment/rcar_regulators.hpp moves them
//     look i    X = l2(align_i((q - l2(attend(q * m, s, lambda)))^2))
//     rar       one look, h = mean_q x_q, then RAR k times                       S = sigmoid(score(h))
//     rcr       k looks, RCR behind each            S = mean_q cos(q, l2(attend(q * m, s, lambda)))
//     rcar      k looks, h = mean_q x_q of the first, RCR behind each but the last, RAR behind each
//                                                                                S = sigmoid(score(h))
//
// Diao et al., TIP 2023; Paranioar/RCAR. Queries q and sources s are words and regions (text to image) or regions and
// words; squares are taken element by element. The gate multiplies the query inside the attention alone. Where it
// stands at 1 and its step is positive it has no gradient, nor has a temperature at 0, which is a uniform attention.
// Nothing but the tokens can be prepared. Cost a pair: a look 4 R L D and 2 Q D S, RCR 4 Q S (S + D) + 2 Q D, RAR
// 2 Q S^2, with Q = L or R.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "mgan/alignment/attended_tokens.hpp"
#include "mgan/alignment/direction.hpp"
#include "mgan/alignment/rcar_regulators.hpp"
#include "mgan/nn/dropout.hpp"

namespace mgan {

/// What is regulated: the aggregation, the correspondence, or both.
enum class Regulator { rar, rcr, rcar };

/// Direction: TextToImage or ImageToText. Image (..., R, D) and words (..., L, D), masked if they are padded -> (...).
template <Tensor T, class Direction = TextToImage>
struct Rcar {
  std::vector<Linear<T>> align;                 // (S, D), one a look
  std::vector<CorrespondenceRegulator<T>> rcr;  // none for rar, one less than looks for rcar
  std::vector<AggregationRegulator<T>> rar;     // none for rcr
  Linear<T> output;                             // (1, S), "score"; none for rcr
  Regulator regulator = Regulator::rcar;
  double lambda_softmax = Direction::over_words ? 10 : 3;
  Dropout dropout = {0.4};  // of queries and keys of RAR

  /// `steps` is k, `similarity` S, the width of X.
  static Rcar create(std::int64_t width, std::int64_t steps = 2, Regulator regulator = Regulator::rcar,
                     std::int64_t similarity = 256) {
    require(steps >= 1 && steps <= 64, where, ": steps is ", steps, ", expected 1 to 64");
    require(similarity >= 2, where, ": similarity is ", similarity, ", expected at least 2");
    Rcar m;
    m.regulator = regulator;
    const bool corresponds = regulator != Regulator::rar, aggregates = regulator != Regulator::rcr;
    for (std::int64_t i = 0; i < steps; ++i) {
      if (i == 0 || corresponds) m.align.push_back(Linear<T>::create(width, similarity));
      if (corresponds && (i + 1 < steps || !aggregates))
        m.rcr.push_back(CorrespondenceRegulator<T>::create(width, similarity));
      if (aggregates) m.rar.push_back(AggregationRegulator<T>::create(similarity));
    }
    if (aggregates) m.output = Linear<T>::create(similarity, 1);
    return m;
  }

  /// Xavier uniform; biases stay 0.
  void initialize(WeightGenerator& generator) {
    visit_parameters(*this, [&](const std::string&, auto& w) {
      if (shape(w).size() == 2) fill_xavier(w, generator);
    });
  }

  template <Tokens X>
  auto prepare_image(const X& image) const {
    return prepared("image", image);
  }
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    return prepared("words", words);
  }
  template <Tokens X, Tokens Y, ContextOfUse Context = Inference>
  auto score(const X& image, const Y& words, Context context = {}) const {
    check_same_kind(where, "image and words", values(image), values(words));
    const auto drop = [&](const auto& x) { return dropout(x, context); };
    return Direction::sides(image, words, [&](const auto& q, const auto& s) { return regulated(q, s, drop); });
  }
  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("align", self.align);
    f("rcr", self.rcr);
    f("rar", self.rar);
    if (self.regulator != Regulator::rcr) f("score", self.output);
  }

 private:
  static constexpr const char* where = "Rcar";

  template <class Queries, class Sources, class Drop>
  auto regulated(const Queries& queries, const Sources& sources, const Drop& drop) const {
    const auto& q = values(queries);
    const auto& real = mask(queries);
    auto x = compared(align.front(), q, attend(queries, sources, lambda_softmax));  // (..., Q, S)
    auto h = mean(transpose(x), real);                                              // (..., S)
    using Numbers = decltype(detail::only_column(x));
    std::optional<decltype(x)> gate;      // (..., Q, D)
    std::optional<Numbers> temperatures;  // (..., Q)
    const auto attend_again = [&] {
      const auto gated = map_values(queries, [&](const auto& v) { return mul(*gate, v); });  // (..., Q, D)
      return attend(gated, sources, *temperatures);                                          // (..., Q, D)
    };
    for (std::size_t i = 0; i < std::max(align.size(), rar.size()); ++i) {
      if (i > 0 && i < align.size()) x = compared(align[i], q, attend_again());  // (..., Q, S)
      if (i < rcr.size()) {
        gate = rcr[i].next_gate(x, gate);
        temperatures = rcr[i].next_temperature(x, temperatures, lambda_softmax);
      }
      if (i < rar.size()) h = rar[i](x, h, real, drop);  // (..., S)
    }
    if (regulator == Regulator::rcr) return mean(cosines(q, l2(attend_again())), real);  // (...)
    return sum(sigmoid(detail::affine(output, h)));                                      // (..., 1) -> (...)
  }

  /// q . a / max(|q| |a|, 1e-8), row by row: (..., Q, D) each -> (..., Q).
  template <Tensor Q, Tensor A>
  static auto cosines(const Q& q, const A& a) {
    const auto length = [](const auto& x) { return root(sum(mul(x, x)), 1e-24); };  // (..., Q)
    return div(sum(mul(a, q)), at_least(mul(length(a), length(q)), 1e-8));          // (..., Q)
  }

  template <Tokens X>
  auto prepared(const char* what, const X& x) const {
    check_positive(where, "lambda_softmax", lambda_softmax);
    check_weights();
    check_rows(where, what, x, axis(align.front().weight, 1));
    check_same_kind(where, "tokens and weights", values(x), align.front().weight);
    check_finite(where, what, x);
    return map_values(x, widen);  // (..., n, D)
  }

  /// Throws unless there are as many layers as the regulator asks for, and they fit each other.
  void check_weights() const {
    const std::size_t looks = align.size(), last = regulator == Regulator::rcar ? 1 : 0;
    const bool corresponds = regulator != Regulator::rar, aggregates = regulator != Regulator::rcr;
    require(looks >= 1 && (corresponds || looks == 1) && rcr.size() == (corresponds ? looks - last : 0) &&
                (aggregates ? (corresponds ? rar.size() == looks : !rar.empty()) : rar.empty()),
            where, ": ", looks, " layers align, ", rcr.size(), " regulate correspondence, ", rar.size(),
            " aggregation, which no number of steps has");
    const std::int64_t S = axis(align.front().weight, 2), D = axis(align.front().weight, 1);
    for (std::size_t i = 0; i < looks; ++i) check_layer(where, name("align", i), align[i], S, D);
    for (std::size_t i = 0; i < rcr.size(); ++i) rcr[i].check(where, name("rcr", i), D, S);
    for (std::size_t i = 0; i < rar.size(); ++i) rar[i].check(where, name("rar", i), S);
    if (aggregates) check_layer(where, "score", output, 1, S);
  }
  static std::string name(const char* list, std::size_t i) { return std::string(list) + "." + std::to_string(i); }
};

template <Tensor T>
using RcarTextToImage = Rcar<T, TextToImage>;
template <Tensor T>
using RcarImageToText = Rcar<T, ImageToText>;

}  // namespace mgan
