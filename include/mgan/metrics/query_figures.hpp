// Figures of one query with several right answers, from where these stand: mAP@R, R-Precision, nDCG@K, reciprocal rank.
//
// With R right candidates, rel_p whether place p = 1, 2, ... holds one, and gain_p its gain or 0:
//     AP@R = 1/R sum_{p <= R} rel_p (right ones among the first p) / p         (Musgrave et al., ECCV 2020)
//     R-Precision = 1/R sum_{p <= R} rel_p
//     nDCG@K = sum_{p <= K} gain_p / log2(p + 1), divided by the same of the best order
//     reciprocal rank = 1 / the first p with rel_p
//
// Candidates of one score have no order. Lost ties put the others before the right ones, smaller gains before larger
// ones; expected ones take the mean over all orders: McSherry and Najork (ECIR 2008), in closed form.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "mgan/metrics/retrieval.hpp"

namespace mgan {

/// Right candidates that share a score, and the others around them.
struct ScoreGroup {
  std::int64_t above = 0;         ///< others below the group before this one, and above this one
  std::int64_t tied = 0;          ///< others with the same score
  std::span<const double> gains;  ///< of the right ones, ascending; at least one
};

/// In 0..1; `rank` is that of the best right candidate.
struct QueryFigures {
  Rank rank;
  double reciprocal_rank = 0, average_precision = 0, r_precision = 0, ndcg = 0;
};

namespace detail {

inline double discount(std::int64_t place) { return 1.0 / std::log2(static_cast<double>(place) + 1.0); }

/// E[1 / place of the first right one] of `right` among `n` in random order behind `before` others.
inline double expected_reciprocal(std::int64_t before, std::int64_t right, std::int64_t n) {
  double expected = 0, none_yet = 1;
  for (std::int64_t j = 1; j <= n - right + 1 && none_yet > 1e-18; ++j) {
    const double here = static_cast<double>(right) / static_cast<double>(n - j + 1);
    expected += none_yet * here / static_cast<double>(before + j);
    none_yet *= 1 - here;
  }
  return expected;
}

}  // namespace detail

/// Groups from the best score on, as far as they are known; `gains` of all R right candidates, in any order. k: of
/// nDCG.
inline QueryFigures query_figures(std::span<const ScoreGroup> groups, std::vector<double> gains, Ties ties,
                                  std::int64_t k) {
  const auto R = static_cast<std::int64_t>(gains.size());
  QueryFigures out;
  std::int64_t before = 0, found = 0;  // candidates, and right ones, before the group
  for (const ScoreGroup& group : groups) {
    before += group.above;
    const auto right = static_cast<std::int64_t>(group.gains.size()), n = group.tied + right;
    if (found == 0) {
      out.rank = {before, group.tied, right};
      out.reciprocal_rank = ties == Ties::expected ? detail::expected_reciprocal(before, right, n)
                                                   : 1.0 / static_cast<double>(before + group.tied + 1);
    }
    const auto add = [&](std::int64_t place, double rel, double right_so_far, double gain) {
      if (place <= R) out.r_precision += rel, out.average_precision += rel * right_so_far / static_cast<double>(place);
      if (place <= k) out.ndcg += gain * detail::discount(place);
    };
    if (ties == Ties::pessimistic) {
      for (std::int64_t j = 1; j <= right && before + group.tied + j <= std::max(R, k); ++j)
        add(before + group.tied + j, 1, static_cast<double>(found + j), group.gains[static_cast<std::size_t>(j - 1)]);
    } else {
      double sum = 0;
      for (const double gain : group.gains) sum += gain;
      const double share = static_cast<double>(right) / static_cast<double>(n);
      const double other_share = n > 1 ? static_cast<double>(right - 1) / static_cast<double>(n - 1) : 0;
      for (std::int64_t j = 1; j <= n && before + j <= std::max(R, k); ++j)
        add(before + j, share, static_cast<double>(found + 1) + static_cast<double>(j - 1) * other_share,
            sum / static_cast<double>(n));
    }
    before += n;
    found += right;
  }
  std::sort(gains.begin(), gains.end(), std::greater<>());
  double best = 0;
  for (std::int64_t p = 1; p <= std::min(R, k); ++p)
    best += gains[static_cast<std::size_t>(p - 1)] * detail::discount(p);
  out.r_precision /= static_cast<double>(R);
  out.average_precision /= static_cast<double>(R);
  out.ndcg /= best;
  return out;
}

/// Means over the judged queries of one direction, in percent but for the ranks of `recall`, which start at 1.
struct RelevanceFigures {
  std::int64_t queries = 0;
  Recall recall;
  double map_at_r = 0, r_precision = 0, ndcg = 0, mrr = 0;
};

/// At least one query.
inline RelevanceFigures mean_of_queries(const std::vector<QueryFigures>& queries, Ties ties) {
  require(!queries.empty(), "relevance: no queries");
  Ranks ranks;
  RelevanceFigures mean;
  for (const QueryFigures& one : queries) {
    ranks.push_back(one.rank);
    mean.map_at_r += one.average_precision;
    mean.r_precision += one.r_precision;
    mean.ndcg += one.ndcg;
    mean.mrr += one.reciprocal_rank;
  }
  for (double* sum : {&mean.map_at_r, &mean.r_precision, &mean.ndcg, &mean.mrr})
    *sum *= 100.0 / static_cast<double>(queries.size());
  mean.queries = static_cast<std::int64_t>(queries.size());
  mean.recall = recall(ranks, ties);
  return mean;
}

}  // namespace mgan
