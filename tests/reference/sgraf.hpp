// SGRAF: guided global vectors of both sides, nodes of squared differences, SAF's filter or SGR's graph.
//
//     a_r = tanh(BN_r(local(v_r))), g = tanh(BN(global(mean v))), w = softmax_r(common(a_r * g)), v_glo = l2(sum w v)
//     x_0 = l2(global((v_glo - t_glo)^2)), x_l = l2(local((l2(a_l) - t_l)^2)), S = sigmoid(score(y))
//     SAF: alpha = sigmoid(BN(filter(x))), y = l2(sum alpha x / (sum alpha + 1e-8))
//     SGR: X <- relu(output(softmax(query(X) key(X)') X)), y = x_0
#pragma once

#include "batch_norm.hpp"
#include "scan.hpp"

namespace reference {

struct GuidedSum {
  Linear local, global, common;
};
struct GraphStep {
  Linear query, key, output;
};

struct Sgraf {
  GuidedSum image, text;
  BatchNorm slots, channels;  // of the image: a slot a region; D
  Linear local, global, score;
  bool reasons = false;  // SGR
  Linear filter = {};
  BatchNorm filter_norm = {};
  std::vector<GraphStep> graph = {};
  double lambda = 9.0;
  bool batch = false;  // statistics of the case, in place of the running ones
};

inline Vector mean_vector(const std::vector<Vector>& rows) {
  return weighted_sum(Vector(rows.size(), 1.0 / static_cast<double>(rows.size())), rows);
}

/// v_glo of an image, or t_glo where `norms` is null.
inline Vector guided_sum(const GuidedSum& p, const Sgraf* norms, const std::vector<Vector>& rows) {
  Vector g = linear(p.global, mean_vector(rows));
  for (std::size_t d = 0; d < g.size(); ++d)
    g[d] = std::tanh(norms ? batch_norm(norms->channels, static_cast<Index>(d), g[d]) : g[d]);
  Vector logits;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    Vector a = linear(p.local, rows[r]);
    for (std::size_t d = 0; d < a.size(); ++d)
      a[d] = std::tanh(norms ? batch_norm(norms->slots, static_cast<Index>(r), a[d]) : a[d]) * g[d];
    logits.push_back(linear(p.common, a).front());
  }
  return l2(weighted_sum(softmax(logits), rows));
}

inline Vector squared_difference(const Vector& a, const Vector& b) {
  Vector out;
  for (std::size_t d = 0; d < a.size(); ++d) out.push_back((a[d] - b[d]) * (a[d] - b[d]));
  return out;
}

/// The global node first.
inline std::vector<Vector> sgraf_nodes(const Sgraf& p, const std::vector<Vector>& regions, const Vector& v_glo,
                                       const std::vector<Vector>& words, const Vector& t_glo) {
  std::vector<Vector> a;
  for (const Vector& c : regions) {
    a.emplace_back();
    for (const Vector& q : words) a.back().push_back(dot(c, q));
  }
  const std::vector<Vector> weights = scan_weights(a, p.lambda, Scan::clipped_l2norm);
  std::vector<Vector> nodes{l2(linear(p.global, squared_difference(v_glo, t_glo)))};
  for (std::size_t w = 0; w < words.size(); ++w)
    nodes.push_back(l2(linear(p.local, squared_difference(l2(weighted_sum(weights[w], regions)), words[w]))));
  return nodes;
}

inline Vector filtered(const Sgraf& p, const std::vector<Vector>& nodes) {
  Vector alpha;
  double total = 1e-8;
  for (const Vector& x : nodes) {
    alpha.push_back(sigmoid(batch_norm(p.filter_norm, 0, linear(p.filter, x).front())));
    total += alpha.back();
  }
  for (double& x : alpha) x /= total;
  return l2(weighted_sum(alpha, nodes));
}
inline Vector reasoned(const Sgraf& p, std::vector<Vector> nodes) {
  for (const GraphStep& step : p.graph) {
    std::vector<Vector> next;
    for (const Vector& x : nodes) {
      Vector logits;
      for (const Vector& y : nodes) logits.push_back(dot(linear(step.query, x), linear(step.key, y)));
      Vector out = linear(step.output, weighted_sum(softmax(logits), nodes));
      for (double& number : out) number = std::max(number, 0.0);
      next.push_back(std::move(out));
    }
    nodes = std::move(next);
  }
  return nodes.front();
}

/// image (I, R, D), words (T, L, D) -> (I, T).
inline Array sgraf(Sgraf p, const Array& image, const Array& words, const Lengths& word_lengths = {},
                   const Lengths& region_lengths = {}) {
  std::vector<std::vector<Vector>> images;
  for (Index i = 0; i < image.size(0); ++i) images.push_back(tokens(image, i, region_lengths).rows);
  if (p.batch) {
    for (Index r = 0; r < image.size(1); ++r) {
      Vector numbers;
      for (const auto& rows : images) {
        if (static_cast<std::size_t>(r) >= rows.size()) continue;
        for (const double x : linear(p.image.local, rows[static_cast<std::size_t>(r)])) numbers.push_back(x);
      }
      set_moments(p.slots, r, numbers);
    }
    for (Index d = 0; d < image.size(2); ++d) {
      Vector numbers;
      for (const auto& rows : images)
        numbers.push_back(linear(p.image.global, mean_vector(rows))[static_cast<std::size_t>(d)]);
      set_moments(p.channels, d, numbers);
    }
  }
  std::vector<Vector> v_glo;
  for (const auto& rows : images) v_glo.push_back(guided_sum(p.image, &p, rows));
  Array scores({image.size(0), words.size(0)});
  for (Index t = 0; t < words.size(0); ++t) {
    const std::vector<Vector> caption = tokens(words, t, word_lengths).rows;
    const Vector t_glo = guided_sum(p.text, nullptr, caption);
    std::vector<std::vector<Vector>> nodes;
    for (std::size_t i = 0; i < images.size(); ++i)
      nodes.push_back(sgraf_nodes(p, images[i], v_glo[i], caption, t_glo));
    if (p.batch && !p.reasons) {
      Vector numbers;
      for (const auto& of_image : nodes)
        for (const Vector& x : of_image) numbers.push_back(linear(p.filter, x).front());
      set_moments(p.filter_norm, 0, numbers);
    }
    for (Index i = 0; i < image.size(0); ++i) {
      const auto& of_image = nodes[static_cast<std::size_t>(i)];
      scores.at(i, t) = sigmoid(linear(p.score, p.reasons ? reasoned(p, of_image) : filtered(p, of_image)).front());
    }
  }
  return scores;
}

}  // namespace reference
