// Tokens to tokens: VSRN's graph convolutions, DSRAN's graph attention and fusion, CAMERA's gated self-attention. Of
// one sample, its real rows.
#pragma once

#include <vector>

#include "tokens.hpp"

namespace reference {

using Rows = std::vector<Vector>;

/// A BatchNorm that keeps its running statistics.
struct FrozenNorm {
  Array weight, bias, mean, variance;
};
inline Vector frozen_norm(const FrozenNorm& p, const Vector& x) {
  Vector y;
  for (std::size_t d = 0; d < x.size(); ++d)
    y.push_back((x[d] - p.mean.at(d)) / std::sqrt(p.variance.at(d) + 1e-5) * p.weight.at(d) + p.bias.at(d));
  return y;
}

inline Vector sum_of(Vector a, const Vector& b) {
  for (std::size_t d = 0; d < a.size(); ++d) a[d] += b.at(d);
  return a;
}
inline Vector product_of(Vector a, const Vector& b) {
  for (std::size_t d = 0; d < a.size(); ++d) a[d] *= b.at(d);
  return a;
}
inline Rows each_row(const Linear& layer, const Rows& rows) {
  Rows out;
  for (const Vector& x : rows) out.push_back(linear(layer, x));
  return out;
}
inline Vector part(const Vector& x, std::size_t begin, std::size_t count) {
  return {x.begin() + static_cast<std::ptrdiff_t>(begin), x.begin() + static_cast<std::ptrdiff_t>(begin + count)};
}

/// What queries hear of values, softmax(q . k / sqrt(d)).
inline Rows attended(const Rows& queries, const Rows& keys, const Rows& given) {
  Rows out;
  for (const Vector& q : queries) {
    Vector logits;
    for (const Vector& k : keys) logits.push_back(dot(q, k) / std::sqrt(static_cast<double>(q.size())));
    out.push_back(weighted_sum(softmax(logits), given));
  }
  return out;
}

struct GraphAttention {
  Linear query, key, value, attention, hidden, output;
  FrozenNorm attention_norm, output_norm;
  Index heads = 8;
};

inline Rows graph_attention(const GraphAttention& p, const Rows& x) {
  const Rows q = each_row(p.query, x), k = each_row(p.key, x), v = each_row(p.value, x);
  const std::size_t d = x.front().size() / static_cast<std::size_t>(p.heads);
  Rows all(x.size());
  for (Index h = 0; h < p.heads; ++h) {
    const auto head = [&](const Rows& rows) {
      Rows out;
      for (const Vector& row : rows) out.push_back(part(row, static_cast<std::size_t>(h) * d, d));
      return out;
    };
    const Rows heard = attended(head(q), head(k), head(v));
    for (std::size_t i = 0; i < x.size(); ++i) all[i].insert(all[i].end(), heard[i].begin(), heard[i].end());
  }
  Rows y;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Vector a = frozen_norm(p.attention_norm, sum_of(linear(p.attention, all[i]), x[i]));
    Vector hidden = linear(p.hidden, a);
    for (double& number : hidden) number = std::max(number, 0.0);
    y.push_back(frozen_norm(p.output_norm, sum_of(linear(p.output, hidden), a)));
  }
  return y;
}

inline Vector mean_row(const Rows& rows) {
  return weighted_sum(Vector(rows.size(), 1.0 / static_cast<double>(rows.size())), rows);
}

struct GatedFusion {
  Linear first, second, first_gate, second_gate;
};
inline Vector gated_fusion(const GatedFusion& p, const Vector& x, const Vector& y) {
  const Vector a = linear(p.first, x), b = linear(p.second, y);
  const Vector logits = sum_of(linear(p.first_gate, a), linear(p.second_gate, b));
  Vector out;
  for (std::size_t d = 0; d < a.size(); ++d) {
    const double t = sigmoid(logits[d]);
    out.push_back(t * a[d] + (1 - t) * b[d]);
  }
  return out;
}

struct GatedSelfAttentionLayer {
  Linear query, key, value, gate_query, gate_key, gate;
  FrozenNorm norm;
};
/// Positions: one row a token, or none.
inline Rows gated_self_attention(const std::vector<GatedSelfAttentionLayer>& layers, Index heads, Rows x,
                                 const Rows& positions) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const GatedSelfAttentionLayer& p = layers[i];
    Rows y = x;
    if (i == 0 && !positions.empty())
      for (std::size_t n = 0; n < x.size(); ++n) y[n] = product_of(x[n], positions[n]);
    const Rows q = each_row(p.query, y), k = each_row(p.key, y), v = each_row(p.value, y);
    const std::size_t d = x.front().size() / static_cast<std::size_t>(heads);
    Rows all(x.size());
    for (Index h = 0; h < heads; ++h) {
      Rows queries, keys, given;
      for (std::size_t n = 0; n < x.size(); ++n) {
        const std::size_t begin = static_cast<std::size_t>(h) * d;
        const Vector qh = part(q[n], begin, d), kh = part(k[n], begin, d);
        Vector gates = linear(p.gate, product_of(linear(p.gate_query, qh), linear(p.gate_key, kh)));
        for (double& g : gates) g = sigmoid(g);
        queries.push_back(product_of(qh, part(gates, 0, d)));
        keys.push_back(product_of(kh, part(gates, d, d)));
        given.push_back(part(v[n], begin, d));
      }
      const Rows heard = attended(queries, keys, given);
      for (std::size_t n = 0; n < x.size(); ++n) all[n].insert(all[n].end(), heard[n].begin(), heard[n].end());
    }
    for (std::size_t n = 0; n < x.size(); ++n) x[n] = sum_of(x[n], frozen_norm(p.norm, all[n]));
  }
  return x;
}

/// CAMERA's sentence: a feed-forward layer with a residual on every word, and their mean.
struct FeedForwardSentence {
  Linear first, second;
  FrozenNorm norm;
};
inline Vector feed_forward_sentence(const FeedForwardSentence& p, const Rows& words) {
  Rows out;
  for (const Vector& t : words) {
    Vector hidden = linear(p.first, t);
    for (double& number : hidden) number = std::max(number, 0.0);
    out.push_back(sum_of(t, frozen_norm(p.norm, linear(p.second, hidden))));
  }
  return mean_row(out);
}

struct ReasoningLayer {
  Linear query, key, value, output;
  FrozenNorm norm;
};
struct VisualReasoning {
  std::vector<ReasoningLayer> gcn;
  bool scale_first = true, over_regions = true;
};
inline Rows scaled_regions(Rows rows, bool over_regions) {
  if (!over_regions) return units(rows);
  for (std::size_t d = 0; d < rows.front().size(); ++d) {
    double squares = 0;
    for (const Vector& v : rows) squares += v[d] * v[d];
    for (Vector& v : rows) v[d] /= std::sqrt(squares);
  }
  return rows;
}
inline Rows visual_reasoning(const VisualReasoning& p, Rows rows) {
  if (p.scale_first) rows = scaled_regions(rows, p.over_regions);
  for (const ReasoningLayer& layer : p.gcn) {
    const Rows q = each_row(layer.query, rows), k = each_row(layer.key, rows), v = each_row(layer.value, rows);
    Rows out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Vector weights;
      for (const Vector& key : k) weights.push_back(dot(q[i], key) / static_cast<double>(rows.size()));
      out.push_back(sum_of(rows[i], frozen_norm(layer.norm, linear(layer.output, weighted_sum(weights, v)))));
    }
    rows = out;
  }
  return scaled_regions(rows, p.over_regions);
}

}  // namespace reference
