// Figures from ranked lists that may be short: the best 50 of 25,000. What a list is too short for is said, not
// guessed.
//
// Candidates behind the end of a list are below it. So with n candidates listed, and not all right ones among them:
// R@K and nDCG@K need n >= K, mAP@R and R-Precision n >= R, reciprocal and mean rank one right candidate in the list.
#pragma once

#include <limits>
#include <string>

#include "mgan/metrics/query_figures.hpp"
#include "mgan/metrics/relevance.hpp"
#include "mgan/metrics/streaming_top_k.hpp"

namespace mgan {

/// A figure that some lists are too short for, and the first of these queries.
struct UndecidedFigure {
  std::string figure;
  std::int64_t queries = 0, first_query = 0, listed = 0;
};

/// NaN in the place of an undecided figure.
struct ListedFigures {
  RelevanceFigures figures;
  std::vector<UndecidedFigure> undecided;
};

namespace detail {

/// Groups of equal scores of a list, best first. `gains` backs them.
inline std::vector<ScoreGroup> groups_of(const std::vector<Found<double>>& list, std::span<const RelevantItem> relevant,
                                         std::vector<double>& gains) {
  std::vector<ScoreGroup> groups;
  gains.clear();
  gains.reserve(relevant.size());
  std::int64_t others = 0;
  for (std::size_t i = 0, last; i < list.size(); i = last) {
    const std::size_t first_gain = gains.size();
    for (last = i; last < list.size() && list[last].score == list[i].score; ++last) {
      const auto found = std::lower_bound(relevant.begin(), relevant.end(), list[last].index,
                                          [](const RelevantItem& a, std::int64_t b) { return a.index < b; });
      if (found != relevant.end() && found->index == list[last].index) gains.push_back(found->gain);
    }
    const auto right = static_cast<std::int64_t>(gains.size() - first_gain);
    const auto tied = static_cast<std::int64_t>(last - i) - right;
    if (right == 0) {
      others += tied;
      continue;
    }
    std::sort(gains.begin() + static_cast<std::ptrdiff_t>(first_gain), gains.end());
    groups.push_back({others, tied, {gains.data() + first_gain, static_cast<std::size_t>(right)}});
    others = 0;
  }
  return groups;
}

}  // namespace detail

/// lists (queries), best first, every candidate once at most; those of queries that are not judged are not looked at.
/// k: of nDCG. Errors: another number of lists, an order that is not that of the scores, NaN.
inline ListedFigures figures_of_lists(const Relevance& relevance, const std::vector<std::vector<Found<double>>>& lists,
                                      Ties ties = Ties::pessimistic, std::int64_t k = 10) {
  require(static_cast<std::int64_t>(lists.size()) == relevance.queries(), "relevance: ", lists.size(), " lists for ",
          relevance.queries(), " queries");
  require(k > 0, "relevance: k is ", k);
  ListedFigures out;
  std::vector<QueryFigures> all;
  std::vector<double> gains;
  const auto undecided = [&](const std::string& figure, std::int64_t query, std::int64_t listed) {
    for (UndecidedFigure& one : out.undecided)
      if (one.figure == figure) return ++one.queries, void();
    out.undecided.push_back({figure, 1, query, listed});
  };
  const std::string ndcg = "nDCG@" + std::to_string(k);
  for (std::int64_t q = 0; q < relevance.queries(); ++q) {
    const auto relevant = relevance.of(q);
    if (relevant.empty()) continue;
    const auto& list = lists[static_cast<std::size_t>(q)];
    for (std::size_t i = 0; i < list.size(); ++i) {
      require(list[i].score == list[i].score, "relevance: a score of query ", q, " is NaN");
      require(i == 0 || list[i - 1].score >= list[i].score, "relevance: the list of query ", q, " is not in order");
    }
    const auto groups = detail::groups_of(list, relevant, gains);
    const auto n = static_cast<std::int64_t>(list.size()), R = static_cast<std::int64_t>(relevant.size());
    std::vector<double> of_all;
    for (const RelevantItem& item : relevant) of_all.push_back(item.gain);
    all.push_back(query_figures(groups, of_all, ties, k));
    if (static_cast<std::int64_t>(gains.size()) == R) continue;
    if (gains.empty()) {
      all.back().rank = {n, 0, 1};
      for (const std::int64_t at : {1, 5, 10})
        if (n < at) undecided("R@" + std::to_string(at), q, n);
      for (const char* figure : {"median rank", "mean rank", "MRR"}) undecided(figure, q, n);
    }
    if (n < R)
      for (const char* figure : {"mAP@R", "R-Precision"}) undecided(figure, q, n);
    if (n < k) undecided(ndcg, q, n);
  }
  out.figures = mean_of_queries(all, ties);
  for (const UndecidedFigure& one : out.undecided) {
    RelevanceFigures& f = out.figures;
    const std::pair<const char*, double*> named[] = {{"R@1", &f.recall.r1},
                                                     {"R@5", &f.recall.r5},
                                                     {"R@10", &f.recall.r10},
                                                     {"median rank", &f.recall.median_rank},
                                                     {"mean rank", &f.recall.mean_rank},
                                                     {"MRR", &f.mrr},
                                                     {"mAP@R", &f.map_at_r},
                                                     {"R-Precision", &f.r_precision},
                                                     {ndcg.c_str(), &f.ndcg}};
    for (const auto& [name, value] : named)
      if (one.figure == name) *value = std::numeric_limits<double>::quiet_NaN();
  }
  return out;
}

}  // namespace mgan
