// Corrections for hubs, candidates that are near to every query: what each candidate owes to all queries is taken off
// its scores before a query ranks.
//
//     StreamingCorrection<Csls, float> csls({.k = 10}, Direction::text_to_image, images, texts);
//     csls.add(block); ...              every pair once
//     csls.finish();
//     csls(block)                       the corrected scores of a block, (images, texts) row by row
//
// "All queries" are those of the evaluation, which a deployed search has not: the result is transductive. Or they are a
// bank of others, such as captions that were trained on: `bank(block)` takes their scores, the same candidates against
// queries of the bank in the place of the queries. Neither keeps a matrix. A block of the matrix is not corrected as
// the block of the corrected matrix: all of it has to come.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "mgan/metrics/direction.hpp"
#include "mgan/metrics/whole_block.hpp"

namespace mgan {

/// log sum exp(x) of each of n lists of numbers that come one after the other, without overflow.
class RunningLogSumExp {
 public:
  explicit RunningLogSumExp(std::int64_t n) : sums_(static_cast<std::size_t>(n)) {}

  void add(std::int64_t list, double x) {
    Sum& sum = sums_[static_cast<std::size_t>(list)];
    if (x <= sum.largest) {
      sum.of_exps += std::exp(x - sum.largest);
    } else {
      sum.of_exps = sum.of_exps * std::exp(sum.largest - x) + 1;
      sum.largest = x;
    }
  }
  double value(std::int64_t list) const {
    const Sum& sum = sums_[static_cast<std::size_t>(list)];
    return sum.largest + std::log(sum.of_exps);
  }

 private:
  struct Sum {
    double largest = -std::numeric_limits<double>::max(), of_exps = 0;
  };
  std::vector<Sum> sums_;
};

/// The mean of the k largest of each of n lists of numbers that come one after the other; of all where there are fewer.
class MeanOfLargest {
 public:
  MeanOfLargest(std::int64_t n, std::int64_t k)
      : k_(static_cast<std::size_t>(k)), largest_(static_cast<std::size_t>(n)) {}

  void add(std::int64_t list, double x) {
    std::vector<double>& heap = largest_[static_cast<std::size_t>(list)];  // its least in front
    if (heap.size() == k_) {
      if (x <= heap.front()) return;
      std::pop_heap(heap.begin(), heap.end(), std::greater<>());
      heap.back() = x;
    } else {
      heap.push_back(x);
    }
    std::push_heap(heap.begin(), heap.end(), std::greater<>());
  }
  /// Summed from the largest on, so that the order in which they came changes no bit.
  double value(std::int64_t list) const {
    std::vector<double> sorted = largest_[static_cast<std::size_t>(list)];
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    return std::accumulate(sorted.begin(), sorted.end(), 0.0) / static_cast<double>(sorted.size());
  }

 private:
  std::size_t k_;
  std::vector<std::vector<double>> largest_;
};

/// How many queries there are, of the bank too, and candidates. A bank of 0 queries: the queries are the bank.
struct CorrectionSizes {
  std::int64_t queries = 0, bank = 0, candidates = 0;

  bool transductive() const { return bank == 0; }
  std::int64_t bank_queries() const { return transductive() ? queries : bank; }
};

/// One direction of a matrix, corrected as C says. C has a nested `Terms`, which is made of C and CorrectionSizes:
///     bank(query, candidate, s)     a score of a query of the bank
///     query(query, candidate, s)    a score of a query
///     finish()                      all have come
///     (query, candidate, s)         the corrected score
template <class C, std::floating_point S>
class StreamingCorrection {
 public:
  /// bank: its number of queries; 0: the queries are the bank.
  StreamingCorrection(const C& correction, Direction direction, std::int64_t images, std::int64_t texts,
                      std::int64_t bank = 0)
      : direction_(direction),
        sizes_{query_of(direction, images, texts), bank, candidate_of(direction, images, texts)},
        terms_(correction, sizes_) {
    require(images > 0 && texts > 0 && bank >= 0, C::name, ": ", images, " images, ", texts, " texts, ", bank,
            " queries in the bank");
  }

  Direction direction() const { return direction_; }
  bool transductive() const { return sizes_.transductive(); }
  const typename C::Terms& terms() const { return terms_; }

  /// Queries of the bank against the candidates: (images, bank) for text_to_image, (bank, texts) for image_to_text.
  void bank(const ScoreBlock<S>& block) {
    require(!transductive(), C::name, ": scores of a bank, but the queries are the bank");
    each_pair(block, "the bank's ", [&](std::int64_t q, std::int64_t c, double s) { terms_.bank(q, c, s); });
    banked_ += pairs_of(block);
  }
  /// The queries against the candidates.
  void add(const ScoreBlock<S>& block) {
    each_pair(block, "the ", [&](std::int64_t q, std::int64_t c, double s) {
      if (transductive()) terms_.bank(q, c, s);
      terms_.query(q, c, s);
    });
    added_ += pairs_of(block);
  }
  /// Errors: pairs that never came, or came twice.
  void finish() {
    require(added_ == sizes_.queries * sizes_.candidates, C::name, ": ", added_, " pairs were given, expected ",
            sizes_.queries * sizes_.candidates);
    require(banked_ == sizes_.bank * sizes_.candidates, C::name, ": ", banked_,
            " pairs of the bank were given, expected ", sizes_.bank * sizes_.candidates);
    terms_.finish();
    finished_ = true;
  }

  /// The corrected scores of a block, row by row without gaps.
  std::vector<S> operator()(const ScoreBlock<S>& block) const {
    require(finished_, C::name, ": corrected before all scores have come");
    std::vector<S> out;
    out.reserve(block.images.size() * block.texts.size());
    for (std::size_t r = 0; r < block.images.size(); ++r)
      for (std::size_t c = 0; c < block.texts.size(); ++c)
        out.push_back(static_cast<S>(terms_(query_of(direction_, block.images[r], block.texts[c]),
                                            candidate_of(direction_, block.images[r], block.texts[c]),
                                            static_cast<double>(block.at(r, c)))));
    return out;
  }

 private:
  static std::int64_t pairs_of(const ScoreBlock<S>& block) {
    return static_cast<std::int64_t>(block.images.size() * block.texts.size());
  }
  template <class F>
  void each_pair(const ScoreBlock<S>& block, const char* whose, const F& f) {
    for (std::size_t r = 0; r < block.images.size(); ++r) {
      for (std::size_t c = 0; c < block.texts.size(); ++c) {
        const auto s = static_cast<double>(block.at(r, c));
        require(std::isfinite(s), C::name, ": ", whose, "score of image ", block.images[r], " and text ",
                block.texts[c], " is ", s);
        f(query_of(direction_, block.images[r], block.texts[c]),
          candidate_of(direction_, block.images[r], block.texts[c]), s);
      }
    }
  }

  Direction direction_;
  CorrectionSizes sizes_;
  typename C::Terms terms_;
  std::int64_t added_ = 0, banked_ = 0;
  bool finished_ = false;
};

/// A score matrix (images, texts), row by row.
template <std::floating_point S>
struct ScoreView {
  std::span<const S> values;
  std::int64_t images = 0, texts = 0;
};

/// A whole matrix corrected. `bank`: (images, bank's texts) for text_to_image, (bank's images, texts) for
/// image_to_text; without it the queries are the bank. Errors: sizes, a bank of other candidates, numbers that are not
/// finite.
template <class C, std::floating_point S>
StreamingCorrection<C, S> finished_correction(const C& correction, Direction direction, const ScoreView<S>& scores,
                                              const ScoreView<S>* bank = nullptr) {
  const WholeBlock<S> whole(scores.values, scores.images, scores.texts);
  const std::int64_t banked = bank ? query_of(direction, bank->images, bank->texts) : 0;
  StreamingCorrection<C, S> stream(correction, direction, scores.images, scores.texts, banked);
  if (bank) {
    const std::int64_t candidates = candidate_of(direction, bank->images, bank->texts),
                       expected = candidate_of(direction, scores.images, scores.texts);
    const char* what = direction == Direction::text_to_image ? "images" : "texts";
    require(candidates == expected, C::name, ": the bank is (", bank->images, ", ", bank->texts, "), of ", candidates,
            " ", what, "; the scores are of ", expected);
    stream.bank(WholeBlock<S>(bank->values, bank->images, bank->texts).block());
  }
  stream.add(whole.block());
  stream.finish();
  return stream;
}
template <class C, std::floating_point S>
std::vector<S> corrected(const C& correction, Direction direction, const ScoreView<S>& scores,
                         const ScoreView<S>* bank = nullptr) {
  return finished_correction(correction, direction, scores,
                             bank)(WholeBlock<S>(scores.values, scores.images, scores.texts).block());
}

}  // namespace mgan
