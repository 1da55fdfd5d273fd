// GraDual's graph vector of a side: what its tokens find among the nodes of a graph, on average.
//
//     mean over tokens t of sum_n softmax_n(query(t) . node_n) node_n
//
// Long et al., WACV 2022; usydnlp/gradual. The nodes come from a graph encoder, which is an input here. The weights are
// averaged before the nodes are summed. The published mask is laid out batch-minor beside batch-major scores, so that a
// sample of a batch is masked by another's.
#pragma once

#include "mgan/core/check.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

template <Tensor T>
struct GraphSummary {
  Projection<T> query;  // (G, D)

  static GraphSummary create(std::int64_t width, std::int64_t graph_width) {
    return {Projection<T>::create(width, graph_width)};
  }

  /// Tokens (..., n, D) and nodes (..., m, G), each masked if it is padded -> (..., G).
  template <Tokens X, Tokens N>
  auto operator()(const X& tokens, const N& nodes) const {
    check_rows("GraphSummary", "tokens", tokens, axis(query.weight, 1));
    check_rows("GraphSummary", "nodes", nodes, axis(query.weight, 2));
    check_finite("GraphSummary", "tokens", tokens);
    check_finite("GraphSummary", "nodes", nodes);
    const auto w = softmax(inner(query(values(tokens)), values(nodes)), mask(nodes));  // (..., n, m)
    const auto share = mean(transpose(w), mask(tokens));                               // (..., m)
    return dot(transpose(values(nodes)), type_as(share, values(nodes)));               // (..., G)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("query", self.query);
  }
};

}  // namespace mgan
