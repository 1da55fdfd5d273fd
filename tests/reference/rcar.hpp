// Attention whose queries and answers are regulated.
//
//     X = l2(align((q - l2(a))^2)), a the context of q m at temperature lambda; m ones and lambda a constant at first
//     RCR: m <- clip(tanh(gate(X)) + m, -1, 1), lambda <- relu(temperature(X) + lambda)
//     RAR: w = softmax_q(value(tanh(key(x_q)) tanh(query(h)))), h <- l2(sum_q w_q x_q)
#pragma once

#include "tokens.hpp"

namespace reference {

/// Two layers with a tanh between.
struct TanhLayers {
  Linear hidden, output;

  Vector operator()(const Vector& x) const {
    Vector y = linear(hidden, x);
    for (double& number : y) number = std::tanh(number);
    return linear(output, y);
  }
};
struct Rcr {
  TanhLayers gate, temperature;
};
struct Rar {
  Linear query, key, value;
};
struct Rcar {
  enum Regulator { rar, rcr, rcar };

  std::vector<Linear> align;
  std::vector<Rcr> correspondence;
  std::vector<Rar> aggregation;
  Linear score;
  Regulator regulator = rcar;
  double lambda = 10.0;
};

/// One pair on its way.
struct RegulatedPair {
  std::vector<Vector> queries, sources, gates;
  Vector temperatures;

  RegulatedPair(const std::vector<Vector>& q, const std::vector<Vector>& s, double lambda)
      : queries(q), sources(s), gates(q.size(), Vector(q.front().size(), 1.0)), temperatures(q.size(), lambda) {}

  /// The context of query q.
  std::vector<Vector> contexts() const {
    std::vector<Vector> a;  // (sources, queries)
    for (const Vector& c : sources) {
      a.emplace_back();
      for (std::size_t q = 0; q < queries.size(); ++q) {
        double product = 0.0;
        for (std::size_t d = 0; d < c.size(); ++d) product += c[d] * queries[q][d] * gates[q][d];
        a.back().push_back(product > 0.0 ? product : 0.1 * product);
      }
      const double size = length(a.back()) + 1e-8;
      for (double& x : a.back()) x /= size;
    }
    std::vector<Vector> found;
    for (std::size_t q = 0; q < queries.size(); ++q) {
      Vector energies;
      for (const Vector& row : a) energies.push_back(temperatures[q] * row[q]);
      found.push_back(weighted_sum(softmax(energies), sources));
    }
    return found;
  }
  std::vector<Vector> compared(const Linear& align) const {
    std::vector<Vector> x = contexts();
    for (std::size_t q = 0; q < queries.size(); ++q) {
      Vector squares = l2(x[q]);
      for (std::size_t d = 0; d < squares.size(); ++d) {
        const double apart = queries[q][d] - squares[d];
        squares[d] = apart * apart;
      }
      x[q] = l2(linear(align, squares));
    }
    return x;
  }
  void regulate(const Rcr& by, const std::vector<Vector>& x) {
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const Vector moves = by.gate(x[q]);
      for (std::size_t d = 0; d < moves.size(); ++d)
        gates[q][d] = std::min(1.0, std::max(-1.0, std::tanh(moves[d]) + gates[q][d]));
      temperatures[q] = std::max(0.0, temperatures[q] + by.temperature(x[q]).front());
    }
  }
};

inline Vector aggregated(const Rar& by, const std::vector<Vector>& x, const Vector& h) {
  const Vector asked = linear(by.query, h);
  Vector energies;
  for (const Vector& one : x) {
    Vector key = linear(by.key, one);
    for (std::size_t d = 0; d < key.size(); ++d) key[d] = std::tanh(key[d]) * std::tanh(asked[d]);
    energies.push_back(linear(by.value, key).front());
  }
  return l2(weighted_sum(softmax(energies), x));
}

inline double rcar_score(const Rcar& p, const std::vector<Vector>& queries, const std::vector<Vector>& sources) {
  RegulatedPair pair(queries, sources, p.lambda);
  if (p.regulator == Rcar::rcr) {
    for (std::size_t i = 0; i < p.align.size(); ++i) pair.regulate(p.correspondence[i], pair.compared(p.align[i]));
    const std::vector<Vector> found = pair.contexts();
    double sum = 0.0;
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const Vector a = l2(found[q]);
      sum += dot(queries[q], a) / std::max(length(queries[q]) * length(a), 1e-8);
    }
    return sum / static_cast<double>(queries.size());
  }
  std::vector<Vector> x = pair.compared(p.align.front());
  Vector h = weighted_sum(Vector(x.size(), 1.0 / static_cast<double>(x.size())), x);
  for (std::size_t i = 0; i < p.aggregation.size(); ++i) {
    if (i > 0 && p.regulator == Rcar::rcar) {
      pair.regulate(p.correspondence[i - 1], x);
      x = pair.compared(p.align[i]);
    }
    h = aggregated(p.aggregation[i], x, h);
  }
  return sigmoid(linear(p.score, h).front());
}

/// image (I, R, D), words (T, L, D) -> (I, T).
inline Array rcar(const Rcar& p, bool words_ask, const Array& image, const Array& words,
                  const Lengths& word_lengths = {}, const Lengths& region_lengths = {}) {
  return every_pair(image, words, region_lengths, word_lengths, [&](const Tokens& regions, const Tokens& text) {
    return words_ask ? rcar_score(p, text.rows, regions.rows) : rcar_score(p, regions.rows, text.rows);
  });
}

}  // namespace reference
