// Figures of one query with several right candidates, from a list in order: place by place.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>

#include "array.hpp"

namespace reference {

struct RelevanceFigures {
  double first = 0, reciprocal_rank = 0, average_precision = 0, r_precision = 0, ndcg = 0;  // first: place, from 1
};

/// gains: of every candidate in the order of the list, 0 where it is not right.
inline RelevanceFigures relevance_figures(const Vector& gains, Index k) {
  Index right = 0, found = 0;
  Vector best;
  for (const double gain : gains) {
    if (gain > 0) ++right, best.push_back(gain);
  }
  std::sort(best.begin(), best.end(), std::greater<>());
  RelevanceFigures out;
  double dcg = 0, ideal = 0;
  for (Index p = 1; p <= static_cast<Index>(gains.size()); ++p) {
    const double gain = gains[static_cast<std::size_t>(p - 1)], place = static_cast<double>(p);
    if (p <= k) dcg += gain / std::log2(place + 1);
    if (p <= k && p <= right) ideal += best[static_cast<std::size_t>(p - 1)] / std::log2(place + 1);
    if (gain == 0) continue;
    ++found;
    if (found == 1) out.first = place, out.reciprocal_rank = 1 / place;
    if (p > right) continue;
    out.r_precision += 1 / static_cast<double>(right);
    out.average_precision += static_cast<double>(found) / place / static_cast<double>(right);
  }
  out.ndcg = dcg / ideal;
  return out;
}

/// Candidates of a query, best score first; of equal scores those with a smaller gain first: every tie is lost.
inline Vector lost_order(const Vector& scores, const Vector& gains) {
  std::vector<std::size_t> order(scores.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (scores[a] != scores[b]) return scores[a] > scores[b];
    if (gains[a] != gains[b]) return gains[a] < gains[b];
    return a < b;
  });
  Vector in_order;
  for (const std::size_t i : order) in_order.push_back(gains[i]);
  return in_order;
}

}  // namespace reference
