// GSMN: nodes of two graphs, matched block by block.
//
//     m_q[b] = cos(block b of q, block b of a_q), a_q the context of SCAN's attention;  both sides ask
//     log u_ijk = -(rho_ij - mean_rho_k)^2 / (2 (1e-14 + precision_rho_k^2)) - turn^2 / (2 (1e-14 +
//     precision_theta_k^2)) omega_ij. = exp(log u_ij.) / its sum;  turn = min(d, |2 pi - d|), d = |theta_ij -
//     mean_theta_k| self: h_i = concat_k conv.k(sum_j omega_ijk m_i);  all: concat_k conv.k(sum_j omega_ijk m_j) S_side
//     = mean over nodes of score(tanh(hidden(h)))
#pragma once

#include <numbers>

#include "scan.hpp"

namespace reference {

/// Row o of the weight is length_o direction_o / |direction_o|.
struct WeightNormed {
  Array direction, length, bias;
};

struct Gsmn {
  Array mean_rho, precision_rho, mean_theta, precision_theta;  // (K)
  std::vector<Linear> image_conv, text_conv;                   // K of (H / K, B)
  WeightNormed image_hidden, image_score, text_hidden, text_score;
  Index blocks = 1;
  double lambda_softmax = 20.0;
  bool all_neighbours = false;
};

struct GsmnResult {
  Array scores, image_scores;  // (I, T)
};

inline Vector weight_normed(const WeightNormed& layer, const Vector& x) {
  Vector y;
  for (Index o = 0; o < layer.direction.size(0); ++o) {
    const Vector direction = layer.direction.row(o);
    y.push_back(layer.length.at(o) * dot(direction, x) / length(direction) + layer.bias.at(o));
  }
  return y;
}

/// (queries, blocks).
inline std::vector<Vector> block_matches(const Gsmn& p, const std::vector<Vector>& queries,
                                         const std::vector<Vector>& sources) {
  std::vector<Vector> a;
  for (const Vector& c : sources) {
    a.emplace_back();
    for (const Vector& q : queries) a.back().push_back(dot(c, q));
  }
  const std::vector<Vector> weights = scan_weights(a, p.lambda_softmax, Scan::clipped_l2norm);
  const auto width = static_cast<std::ptrdiff_t>(queries.front().size()) / p.blocks;
  std::vector<Vector> out;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const Vector context = weighted_sum(weights[q], sources);
    out.emplace_back();
    for (std::ptrdiff_t b = 0; b < p.blocks; ++b) {
      const auto slice = [&](const Vector& x) { return Vector(x.begin() + b * width, x.begin() + (b + 1) * width); };
      const Vector x = slice(queries[q]), y = slice(context);
      out.back().push_back(dot(x, y) / std::max(length(x) * length(y), 1e-8));
    }
  }
  return out;
}

/// The Gaussians' shares of a pair of centres whose difference is (dx, dy).
inline Vector gaussian_shares(const Gsmn& p, double dx, double dy) {
  const double rho = std::sqrt(dx * dx + dy * dy), theta = std::atan2(dx, dy);
  Vector log_u;
  for (Index k = 0; k < p.mean_rho.size(0); ++k) {
    const double d = std::abs(theta - p.mean_theta.at(k)), turn = std::min(d, std::abs(2.0 * std::numbers::pi - d));
    const double apart = rho - p.mean_rho.at(k);
    log_u.push_back(-apart * apart / (2.0 * (1e-14 + p.precision_rho.at(k) * p.precision_rho.at(k))) -
                    turn * turn / (2.0 * (1e-14 + p.precision_theta.at(k) * p.precision_theta.at(k))));
  }
  return softmax(log_u);
}

inline double node_score(const WeightNormed& hidden, const WeightNormed& score, const std::vector<Vector>& nodes) {
  double sum = 0.0;
  for (const Vector& h : nodes) {
    Vector seen = weight_normed(hidden, h);
    for (double& number : seen) number = std::tanh(number);
    sum += weight_normed(score, seen).front() / static_cast<double>(nodes.size());
  }
  return sum;
}

inline void append(Vector& x, const Vector& more) { x.insert(x.end(), more.begin(), more.end()); }

/// image (I, R, D), boxes (I, R, 4), image_sizes (I, 2), words (T, L, D) -> (I, T).
inline GsmnResult gsmn(const Gsmn& p, const Array& image, const Array& boxes, const Array& image_sizes,
                       const Array& words, const Lengths& word_lengths = {}, const Lengths& region_lengths = {}) {
  GsmnResult out{Array({image.size(0), words.size(0)}), Array({image.size(0), words.size(0)})};
  const std::size_t kernels = p.image_conv.size();
  for (Index i = 0; i < image.size(0); ++i) {
    for (Index t = 0; t < words.size(0); ++t) {
      const std::vector<Vector> v = tokens(image, i, region_lengths).rows, text = tokens(words, t, word_lengths).rows;
      const std::vector<Vector> m_v = block_matches(p, v, text);
      std::vector<Vector> m_t = block_matches(p, text, v);

      const auto centre = [&](std::size_t r, Index axis) {
        const auto row = static_cast<Index>(r);
        return (boxes.at(i, row, axis) + boxes.at(i, row, axis + 2)) / 2.0 / image_sizes.at(i, axis);
      };
      std::vector<Vector> regions, nodes;
      for (std::size_t a = 0; a < v.size(); ++a) {
        std::vector<Vector> seen(kernels, Vector(m_v.front().size(), 0.0));
        for (std::size_t b = 0; b < v.size(); ++b) {
          const Vector omega = gaussian_shares(p, centre(a, 0) - centre(b, 0), centre(a, 1) - centre(b, 1));
          const Vector& m = m_v[p.all_neighbours ? b : a];
          for (std::size_t k = 0; k < kernels; ++k)
            for (std::size_t d = 0; d < m.size(); ++d) seen[k][d] += omega[k] * m[d];
        }
        regions.emplace_back();
        for (std::size_t k = 0; k < kernels; ++k) append(regions.back(), linear(p.image_conv[k], seen[k]));
      }
      for (const Vector& word : text) {
        Vector m = m_t[nodes.size()];
        if (p.all_neighbours) {
          Vector alike;
          for (const Vector& other : text) alike.push_back(p.lambda_softmax * dot(word, other));
          m = weighted_sum(softmax(alike), m_t);
        }
        nodes.emplace_back();
        for (std::size_t k = 0; k < kernels; ++k) append(nodes.back(), linear(p.text_conv[k], m));
      }
      out.image_scores.at(i, t) = node_score(p.image_hidden, p.image_score, regions);
      out.scores.at(i, t) = out.image_scores.at(i, t) + node_score(p.text_hidden, p.text_score, nodes);
    }
  }
  return out;
}

}  // namespace reference
