// Corrections for hubs by sorting and summing whole rows and columns, in double precision.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "array.hpp"

namespace reference {

/// Texts are the queries where text_to_image, else images. `seen(m, q, g)` is the score of query q and gallery item g.
inline double seen(const Array& m, bool text_to_image, Index q, Index g) {
  return text_to_image ? m.at(g, q) : m.at(q, g);
}
inline Index queries(const Array& m, bool text_to_image) { return m.size(text_to_image ? 1 : 0); }
inline Index gallery(const Array& m, bool text_to_image) { return m.size(text_to_image ? 0 : 1); }

inline double mean_of_largest(Vector numbers, Index k) {
  std::sort(numbers.begin(), numbers.end(), std::greater<>());
  numbers.resize(std::min(numbers.size(), static_cast<std::size_t>(k)));
  double sum = 0;
  for (const double x : numbers) sum += x;
  return sum / static_cast<double>(numbers.size());
}

/// 2 s - mean of the k largest of the query over the gallery - mean of the k largest of the item over the bank.
inline Array csls(const Array& s, const Array& bank, bool text_to_image, Index k) {
  Array out = s;
  for (Index i = 0; i < s.size(0); ++i) {
    for (Index t = 0; t < s.size(1); ++t) {
      const Index q = text_to_image ? t : i, g = text_to_image ? i : t;
      Vector of_query, of_item;
      for (Index other = 0; other < gallery(s, text_to_image); ++other)
        of_query.push_back(seen(s, text_to_image, q, other));
      for (Index b = 0; b < queries(bank, text_to_image); ++b) of_item.push_back(seen(bank, text_to_image, b, g));
      out.at(i, t) = 2 * s.at(i, t) - mean_of_largest(of_query, k) - mean_of_largest(of_item, k);
    }
  }
  return out;
}

/// sum over the bank's queries of exp(beta s) for every gallery item.
inline Vector bank_sums(const Array& bank, bool text_to_image, double beta) {
  Vector sums;
  for (Index g = 0; g < gallery(bank, text_to_image); ++g) {
    double sum = 0;
    for (Index b = 0; b < queries(bank, text_to_image); ++b) sum += std::exp(beta * seen(bank, text_to_image, b, g));
    sums.push_back(sum);
  }
  return sums;
}

inline Array inverted_softmax(const Array& s, const Array& bank, bool text_to_image, double beta) {
  const Vector sums = bank_sums(bank, text_to_image, beta);
  Array out = s;
  for (Index i = 0; i < s.size(0); ++i)
    for (Index t = 0; t < s.size(1); ++t)
      out.at(i, t) -= std::log(sums[static_cast<std::size_t>(text_to_image ? i : t)]) / beta;
  return out;
}

/// `with_query`: the query at hand is a summand besides the bank.
inline Array dual_softmax(const Array& s, const Array& bank, bool text_to_image, double temperature, bool with_query) {
  const Vector sums = bank_sums(bank, text_to_image, 1 / temperature);
  Array out = s;
  for (Index i = 0; i < s.size(0); ++i) {
    for (Index t = 0; t < s.size(1); ++t) {
      const double own = std::exp(s.at(i, t) / temperature);
      const double sum = sums[static_cast<std::size_t>(text_to_image ? i : t)] + (with_query ? own : 0);
      out.at(i, t) = s.at(i, t) * own / sum;
    }
  }
  return out;
}

struct QueryBank {
  Array scores;
  std::vector<Index> normalized;
};
inline QueryBank query_bank_normalization(const Array& s, const Array& bank, bool text_to_image, double beta, Index k) {
  const auto best = [&](const Array& m, Index q) {  // gallery items, best first, of equals the lower
    std::vector<Index> order(static_cast<std::size_t>(gallery(m, text_to_image)));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](Index a, Index b) { return seen(m, text_to_image, q, a) > seen(m, text_to_image, q, b); });
    return order;
  };
  std::vector<Index> hubs;
  for (Index b = 0; b < queries(bank, text_to_image); ++b) {
    const std::vector<Index> order = best(bank, b);
    for (Index r = 0; r < std::min<Index>(k, static_cast<Index>(order.size())); ++r)
      hubs.push_back(order[static_cast<std::size_t>(r)]);
  }
  const Array all = inverted_softmax(s, bank, text_to_image, beta);
  QueryBank out{s, {}};
  for (Index q = 0; q < queries(s, text_to_image); ++q) {
    const bool changed = std::count(hubs.begin(), hubs.end(), best(s, q).front()) > 0;
    out.normalized.push_back(changed);
    for (Index g = 0; changed && g < gallery(s, text_to_image); ++g) {
      const Index i = text_to_image ? g : q, t = text_to_image ? q : g;
      out.scores.at(i, t) = all.at(i, t);
    }
  }
  return out;
}

/// exp(s / temperature) with rows and columns divided by their sums, by turns; temperature times the log of it.
inline Array sinkhorn(const Array& s, double temperature, Index iterations) {
  const Index I = s.size(0), T = s.size(1);
  Array p = s;
  for (double& x : p.values) x = std::exp(x / temperature);
  for (Index round = 0; round < iterations; ++round) {
    for (Index i = 0; i < I; ++i) {
      double sum = 0;
      for (Index t = 0; t < T; ++t) sum += p.at(i, t);
      for (Index t = 0; t < T; ++t) p.at(i, t) /= sum * static_cast<double>(I);
    }
    for (Index t = 0; t < T; ++t) {
      double sum = 0;
      for (Index i = 0; i < I; ++i) sum += p.at(i, t);
      for (Index i = 0; i < I; ++i) p.at(i, t) /= sum * static_cast<double>(T);
    }
  }
  for (double& x : p.values) x = temperature * std::log(x);
  return p;
}

}  // namespace reference
