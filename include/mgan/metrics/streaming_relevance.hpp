// Figures of many-to-many relevance from scores that come block by block: no (images, texts) matrix.
//
// The scores of the right pairs are known first. Every other score then falls between two of its query's, or on one,
// and is counted there: what lies below the last right one matters to no figure. Memory is O(right pairs), and counts
// do not depend on the order of the blocks.
#pragma once

#include <functional>
#include <tuple>

#include "mgan/metrics/query_figures.hpp"
#include "mgan/metrics/relevance.hpp"
#include "mgan/metrics/whole_block.hpp"

namespace mgan {

/// One direction: first `own` of every right pair, in blocks that may hold other pairs too, then every pair once by
/// `add`.
template <std::floating_point S>
class StreamingRelevance {
 public:
  StreamingRelevance(Direction direction, Relevance relevance)
      : direction_(direction),
        relevance_(std::move(relevance)),
        scores_(static_cast<std::size_t>(relevance_.pairs()), std::numeric_limits<S>::quiet_NaN()),
        gains_(scores_.size()),
        above_(scores_.size(), 0),
        tied_(scores_.size(), 0),
        lowest_(static_cast<std::size_t>(relevance_.queries()), std::numeric_limits<S>::infinity()),
        place_(static_cast<std::size_t>(relevance_.candidates()), -1) {}

  Direction direction() const { return direction_; }
  const Relevance& relevance() const { return relevance_; }
  /// Whether `own` has to see a block of these images and texts.
  bool has_own(std::span<const std::int64_t> images, std::span<const std::int64_t> texts) {
    bool any = false;
    for_own_pairs(images, texts, [&](auto, auto, auto, auto) { any = true; });
    return any;
  }

  /// The right pairs of a block; the others are not looked at.
  void own(const ScoreBlock<S>& block) {
    require(counted_ == 0, "relevance: own scores after others");
    for_own_pairs(block.images, block.texts, [&](std::size_t r, std::size_t c, std::int64_t query, std::size_t item) {
      const S s = block.at(r, c);
      check_number(block.images[r], block.texts[c], s);
      require(scores_[item] != scores_[item], "relevance: the own score of image ", block.images[r], " and text ",
              block.texts[c], " was given twice");
      scores_[item] = s;
      gains_[item] = relevance_.of(query)[item - relevance_.first_of(query)].gain;
    });
  }

  /// Every pair of a block.
  void add(const ScoreBlock<S>& block) {
    if (!sorted_) sort_own();
    const bool rows_ask = direction_ == Direction::image_to_text;
    for (std::size_t r = 0; r < block.images.size(); ++r) {
      for (std::size_t c = 0; c < block.texts.size(); ++c) {
        const S s = block.at(r, c);
        const auto query = static_cast<std::size_t>(rows_ask ? block.images[r] : block.texts[c]);
        if (!(s < lowest_[query])) {
          check_number(block.images[r], block.texts[c], s);
          count(static_cast<std::int64_t>(query), s, 1);
        }
      }
    }
    for_own_pairs(block.images, block.texts, [&](std::size_t r, std::size_t c, std::int64_t query, std::size_t) {
      count(query, block.at(r, c), -1);
    });
    counted_ += static_cast<std::int64_t>(block.images.size() * block.texts.size());
  }

  /// The figures of every judged query, in the order of the queries. Errors: pairs that never came, or came twice.
  std::vector<QueryFigures> queries(Ties ties = Ties::pessimistic, std::int64_t k = 10) const {
    require(k > 0, "relevance: k is ", k);
    const std::int64_t all = relevance_.queries() * relevance_.candidates();
    require(counted_ == all, "relevance: ", counted_, " pairs were given, expected ", all);
    std::vector<QueryFigures> out;
    std::vector<ScoreGroup> groups;
    for (std::int64_t q = 0; q < relevance_.queries(); ++q) {
      const std::size_t first = relevance_.first_of(q), end = first + relevance_.of(q).size();
      if (first == end) continue;
      groups.clear();
      for (std::size_t i = first, last; i < end; i = last) {
        for (last = i + 1; last < end && scores_[last] == scores_[i]; ++last) {
        }
        groups.push_back({above_[i], tied_[i], std::span(gains_).subspan(i, last - i)});
      }
      const auto from = gains_.begin() + static_cast<std::ptrdiff_t>(first);
      out.push_back(query_figures(groups, {from, from + static_cast<std::ptrdiff_t>(end - first)}, ties, k));
    }
    return out;
  }
  RelevanceFigures figures(Ties ties = Ties::pessimistic, std::int64_t k = 10) const {
    return mean_of_queries(queries(ties, k), ties);
  }

 private:
  static void check_number(std::int64_t image, std::int64_t text, S s) {
    require(s == s, "retrieval: the score of image ", image, " and text ", text, " is NaN");
  }
  /// f(row, column, query, item) of the right pairs of a block.
  template <class F>
  void for_own_pairs(std::span<const std::int64_t> images, std::span<const std::int64_t> texts, const F& f) {
    const bool rows_ask = direction_ == Direction::image_to_text;
    const auto asking = rows_ask ? images : texts, answering = rows_ask ? texts : images;
    for (std::size_t a = 0; a < answering.size(); ++a)
      place_.at(static_cast<std::size_t>(answering[a])) = static_cast<std::int64_t>(a);
    for (std::size_t q = 0; q < asking.size(); ++q) {
      std::size_t item = relevance_.first_of(asking[q]);
      for (const RelevantItem& one : relevance_.of(asking[q])) {
        const std::int64_t a = place_[static_cast<std::size_t>(one.index)];
        if (a >= 0)
          f(rows_ask ? q : static_cast<std::size_t>(a), rows_ask ? static_cast<std::size_t>(a) : q, asking[q], item);
        ++item;
      }
    }
    for (const std::int64_t a : answering) place_[static_cast<std::size_t>(a)] = -1;
  }
  /// Of every query: best first, of equal scores the smaller gain.
  void sort_own() {
    std::vector<std::pair<S, double>> some;
    for (std::int64_t q = 0; q < relevance_.queries(); ++q) {
      const std::size_t first = relevance_.first_of(q), n = relevance_.of(q).size();
      some.clear();
      for (std::size_t i = first; i < first + n; ++i) {
        require(scores_[i] == scores_[i], "relevance: scores of ", name_of(direction_), " query ", q,
                " before those of its relevant candidates");
        some.emplace_back(scores_[i], gains_[i]);
      }
      std::sort(some.begin(), some.end(), [](const auto& a, const auto& b) {
        return a.first > b.first || (a.first == b.first && a.second < b.second);
      });
      for (std::size_t i = 0; i < n; ++i) std::tie(scores_[first + i], gains_[first + i]) = some[i];
      if (n > 0) lowest_[static_cast<std::size_t>(q)] = some.back().first;
    }
    sorted_ = true;
  }
  void count(std::int64_t query, S s, std::int64_t by) {
    const auto first = scores_.begin() + static_cast<std::ptrdiff_t>(relevance_.first_of(query));
    const auto end = first + static_cast<std::ptrdiff_t>(relevance_.of(query).size());
    const auto at = std::lower_bound(first, end, s, std::greater<S>());  // the first that is not better
    if (at == end) return;
    (*at == s ? tied_ : above_)[static_cast<std::size_t>(at - scores_.begin())] += by;
  }

  Direction direction_;
  Relevance relevance_;
  std::vector<S> scores_;                   // (right pairs), query by query; NaN: not given
  std::vector<double> gains_;               // (right pairs), in the order of scores
  std::vector<std::int64_t> above_, tied_;  // others, at the first right one of a score
  std::vector<S> lowest_;                   // (queries), the last right one
  std::vector<std::int64_t> place_;         // workspace: of a candidate in the block at hand, or -1
  bool sorted_ = false;
  std::int64_t counted_ = 0;
};

/// The same of a whole matrix, scores (n_images, n_texts). Errors as check_scores, and lists of another size.
template <ScoreRange X>
RelevanceFigures relevance_figures(const X& scores, std::int64_t n_images, std::int64_t n_texts, Direction direction,
                                   const Relevance& relevance, Ties ties = Ties::pessimistic, std::int64_t k = 10) {
  using S = score_in<X>;
  const WholeBlock<S> whole({scores.data(), static_cast<std::size_t>(scores.size())}, n_images, n_texts);
  require(relevance.queries() == query_of(direction, n_images, n_texts) &&
              relevance.candidates() == candidate_of(direction, n_images, n_texts),
          "relevance: lists of ", relevance.queries(), " queries and ", relevance.candidates(), " candidates, ",
          name_of(direction), " of ", n_images, " images and ", n_texts, " texts");
  StreamingRelevance<S> stream(direction, relevance);
  stream.own(whole.block());
  stream.add(whole.block());
  return stream.figures(ties, k);
}

}  // namespace mgan
