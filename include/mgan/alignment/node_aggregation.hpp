// What SGRAF makes of the nodes X (..., N, S) of a pair: a vector y (..., S). The first node is the global one.
//
//     SAF       alpha = sigmoid(BN(filter(x_n))),  y = l2(sum_n alpha_n x_n / (sum_n alpha_n + 1e-8))
//     SGR       `steps` times X <- relu(output(softmax_rows(query(X) key(X)') X)), each with weights of its own; y =
//     x_0
//
// Diao et al., AAAI 2021. In training SAF's norm has the statistics of one caption with all images of the batch, real
// words and the global node, and its running ones move once a caption, one after the other: the score of a pair
// depends on the batch. SGR's products are not scaled by sqrt(S), and key.bias has gradient 0.
#pragma once

#include <utility>
#include <vector>

#include "mgan/nn/batch_norm.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/normalize.hpp"

namespace mgan {

/// Filters the nodes of a pair by how much each says.
template <Tensor T>
struct Saf {
  static constexpr const char* name = "Sgraf<Saf>";
  static constexpr bool scores_whole_batch = true;

  Linear<T> filter;          // (1, S)
  BatchNorm<T> filter_norm;  // (1)

  static Saf create(std::int64_t similarity) { return {Linear<T>::create(similarity, 1), BatchNorm<T>::create(1)}; }

  /// Nodes (..., N, S) and which are real (..., N) -> (..., S).
  template <Tensor X, class Mask, class Context>
  auto operator()(const X& nodes, const Mask& real, Context context) const {
    const auto alpha = mask_rows(sigmoid(widen(normed(filter(nodes), real, context))), real);  // (..., N, 1)
    const auto total = shift(sum(transpose(alpha)), 1e-8);                                     // (..., 1)
    return l2(row(matmul(transpose(divide_rows(alpha, total)), nodes), 0));                    // (..., S)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("filter", self.filter);
    f("filter_norm", self.filter_norm);
  }

 private:
  /// Logits (..., N, 1) through the norm. In training (I, T, N, 1), caption by caption.
  template <Tensor X, class Mask, class Context>
  auto normed(const X& logits, const Mask& real, [[maybe_unused]] Context context) const {
    if constexpr (is_training<Context>) {
      static_assert(
          requires { ops_for<X>::unsqueeze(logits, 0); }, "mgan: SGRAF is trained on batches, on LibTorch");
      require(shape(logits).size() == 4, "Sgraf<Saf>: in training nodes are (images, texts, nodes, S), not those of ",
              shape(logits));
      const auto x = transpose(row(transpose(logits), 0));  // (I, N, T), a channel a caption
      const auto total = [&real](const auto& y) {           // (I, N, T) -> (T), over images and real nodes
        return sum(transpose(sum(transpose(y), real)));
      };
      const auto count = total(shift(scale(detach(x), 0), 1));  // (T)
      const auto [m, v] = channel_moments(x, [&](const auto& y) { return div(total(y), count); });
      filter_norm.statistics.move_by_each(detach(m), detach(div(mul(v, count), at_least(shift(count, -1), 1))),
                                          context);
      const auto unit = transpose(filter_norm.statistics.standardized(x, m, v));                     // (I, T, N)
      return stack_columns(std::vector{add(scale_by(unit, filter_norm.weight), filter_norm.bias)});  // (I, T, N, 1)
    } else {
      return filter_norm(logits);  // (..., N, 1)
    }
  }
};

/// Lets the nodes of a pair exchange what they say.
template <Tensor T>
struct Sgr {
  static constexpr const char* name = "Sgraf<Sgr>";
  static constexpr bool scores_whole_batch = false;

  struct Step {
    Linear<T> query, key, output;  // (S, S)

    template <class Self, class F>
    static void visit(Self& self, F&& f) {
      f("query", self.query);
      f("key", self.key);
      f("output", self.output);
    }
  };
  std::vector<Step> graph;

  static Sgr create(std::int64_t similarity, std::int64_t steps = 3) {
    require(steps >= 1, "Sgraf<Sgr>: ", steps, " steps, expected at least 1");
    const auto layer = [similarity] { return Linear<T>::create(similarity, similarity); };
    Sgr sgr;
    for (std::int64_t i = 0; i < steps; ++i) sgr.graph.push_back({layer(), layer(), layer()});
    return sgr;
  }

  /// Nodes (..., N, S) and which are real (..., N) -> (..., S). The last step is that of the first node alone.
  template <Tensor X, class Mask, class Context>
  auto operator()(X nodes, const Mask& real, Context) const {
    for (std::size_t i = 0; i + 1 < graph.size(); ++i) {
      const Step& step = graph[i];
      const auto edges = softmax(inner(step.query(nodes), step.key(nodes)), real);  // (..., N, N)
      nodes = relu(step.output(matmul(edges, nodes)));                              // (..., N, S)
    }
    const Step& last = graph.back();
    const auto edges = softmax(dot(last.key(nodes), last.query(row(nodes, 0))), real);  // (..., N)
    return relu(last.output(dot(transpose(nodes), type_as(edges, nodes))));             // (..., S)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("graph", self.graph);
  }
};

}  // namespace mgan
