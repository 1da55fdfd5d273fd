// ADAPT: the vector of one side decides how the tokens of the other are scaled and shifted before they are pooled.
//
//     c       = mean of the queries (words, or regions),   V = BN(values), without weights
//     A_n     = V_n * (1 + gamma(c)) + beta(c)  [+ text_graph(q_t)] [+ image_graph(q_v)]        numbers of D
//     F_nd    = softmax_n(sharpness A_nd) A_nd,  channel by channel
//     S       = l2(c) . l2(g),     g = mean_n F_n (text to image), max_n F_n (image to text)
//
// Wehrmann et al., AAAI 2020; jwehrmann/retrieval.pytorch. GraDual (Long et al., WACV 2022; usydnlp/gradual) adds the
// vectors of graphs, which are an input here (alignment/graph_summary.hpp). Normed values, 1 + gamma, beta and the
// graphs are prepared; a pair costs 5 n D and n D exponentials. The published image-to-text way masks no padding and
// cuts captions at 34 words.
#pragma once

#include <optional>
#include <utility>

#include "mgan/alignment/direction.hpp"
#include "mgan/alignment/offered_tokens.hpp"
#include "mgan/nn/batch_norm.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/normalize.hpp"

namespace mgan {

/// What a side's mean decides: of length 1, 1 + gamma, beta and its graph's term, (..., D) each.
template <class V>
struct AdaptQuery {
  V unit, factor, offset;

  template <class F>
  auto map(const F& f) const {
    return AdaptQuery<decltype(f(unit))>{f(unit), f(factor), f(offset)};
  }
  const V& first_tensor() const { return unit; }
};

/// Normed tokens (..., n, D), and their graph's term (..., D) or Nothing.
template <class Rows, class Offset>
struct AdaptValues {
  Rows tokens;
  Offset offset;

  template <class F>
  auto map(const F& f) const {
    return mgan::AdaptValues{map_state(tokens, f), map_state(offset, f)};
  }
  decltype(auto) first_tensor() const { return mgan::first_tensor(tokens); }
};
template <class Rows, class Offset>
AdaptValues(Rows, Offset) -> AdaptValues<Rows, Offset>;

/// Direction: TextToImage, whose queries are words, or ImageToText. Image (..., R, D) and words (..., L, D), masked if
/// they are padded, each alone or, `with_graphs`, as GraphTokens -> (...).
template <Tensor T, class Direction = TextToImage, bool with_graphs = false>
struct Adapt {
  static constexpr const char* name = "Adapt";
  static constexpr bool wants_graph = with_graphs;
  static constexpr bool values_are_regions = Direction::over_words;

  RunningStatistics<T> norm;                              // (D), of the values
  Linear<T> gamma, beta;                                  // (D, D)
  std::optional<Linear<T>> image_graph, text_graph = {};  // (D, G), (D, E)
  double sharpness = 10;

  /// Graph vectors of these widths, 0: none.
  static Adapt create(std::int64_t width, std::int64_t image_graph = 0, std::int64_t text_graph = 0) {
    const auto graph = [width](std::int64_t in) {
      return in > 0 ? std::optional(Linear<T>::create(in, width)) : std::nullopt;
    };
    return {RunningStatistics<T>::create(width), Linear<T>::create(width, width), Linear<T>::create(width, width),
            graph(image_graph), graph(text_graph)};
  }

  template <class X, ContextOfUse Context = Inference>
  auto prepare_image(const X& image, Context context = {}) const {
    check_positive(name, "sharpness", sharpness);
    if constexpr (values_are_regions) return values_of("image", image, image_graph, context);
    else return query_of("image", image, image_graph);
  }
  template <class Y, ContextOfUse Context = Inference>
  auto prepare_text(const Y& words, Context context = {}) const {
    if constexpr (values_are_regions) return query_of("words", words, text_graph);
    else return values_of("words", words, text_graph, context);
  }
  template <class X, class Y>
  auto score(const X& image, const Y& words) const {
    return Direction::sides(image, words, [&](const auto& query, const auto& given) {
      check_same_kind(name, "image and words", query.unit, values(given.tokens));
      const auto& real = mask(given.tokens);
      const auto a = transpose(shifted(add_to_rows(multiply_rows(values(given.tokens), query.factor), query.offset),
                                       given.offset));                              // (..., D, n)
      const auto f = mul(softmax(scale(a, sharpness), real), a);                    // (..., D, n)
      if constexpr (values_are_regions) return dot(query.unit, l2(mean(f, real)));  // (...)
      else return dot(query.unit, l2(max(f, real)));
    });
  }
  template <class X, class Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("norm", self.norm);
    f("gamma", self.gamma);
    f("beta", self.beta);
    if (self.image_graph) f("image_graph", *self.image_graph);
    if (self.text_graph) f("text_graph", *self.text_graph);
  }

 private:
  template <class X>
  auto query_of(const char* what, const X& side, const std::optional<Linear<T>>& graph) const {
    const auto& tokens = checked(what, side, graph);
    const auto c = type_as(mean(transpose(values(tokens)), mask(tokens)), values(tokens));  // (..., D)
    const auto offset = shifted_vector(beta(c), graph_term(side, graph));                   // (..., D)
    using V = decltype(widen(c));
    return AdaptQuery<V>{l2(c), V(widen(shift(gamma(c), 1))), V(widen(offset))};
  }
  template <class X, class Context>
  auto values_of(const char* what, const X& side, const std::optional<Linear<T>>& graph, Context context) const {
    const auto& tokens = checked(what, side, graph);
    const auto normed = widen(norm(tokens, context));  // (..., n, D)
    return AdaptValues{map_values(tokens, [&normed](const auto&) { return normed; }), graph_term(side, graph)};
  }

  /// The term of a side's graph (..., D), or Nothing.
  template <class X>
  auto graph_term(const X& side, const std::optional<Linear<T>>& graph) const {
    if constexpr (requires { side.graph; }) return widen((*graph)(side.graph));
    else return Nothing{};
  }
  template <Tensor A, class Offset>
  static auto shifted(const A& rows, const Offset& offset) {
    if constexpr (std::is_same_v<Offset, Nothing>) return rows;
    else return add_to_rows(rows, offset);  // (..., n, D)
  }
  template <Tensor A, class Offset>
  static auto shifted_vector(const A& x, const Offset& offset) {
    if constexpr (std::is_same_v<Offset, Nothing>) return x;
    else return add(x, offset);  // (..., D)
  }

  /// The tokens of a side, with a graph where the module has weights for one, and without where it has none.
  template <class X>
  const auto& checked(const char* what, const X& side, const std::optional<Linear<T>>& graph) const {
    constexpr bool has_graph = requires { side.graph; };
    const auto& tokens = [&]() -> const auto& {
      if constexpr (has_graph) return side.tokens;
      else return side;
    }
    ();
    check_rows(name, what, tokens, axis(gamma.weight, 1));
    check_finite(name, what, tokens);
    require(has_graph || !graph, name, ": ", what, ": there are weights for a graph's vector, but none was given");
    if constexpr (has_graph) {
      require(graph.has_value(), name, ": ", what, ": a graph's vector was given, but there are no weights for it");
      require(axis(side.graph, 1) == axis(graph->weight, 1), name, ": ", what, ": the graph's vector is ",
              shape(side.graph), ", expected (..., ", axis(graph->weight, 1), ")");
      check_finite(name, what, side.graph);
    }
    return tokens;
  }
};

}  // namespace mgan
