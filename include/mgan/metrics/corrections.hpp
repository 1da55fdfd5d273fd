// The published corrections for hubs, each as what it adds up and the corrected score. Scores are larger for better.
//
//     Csls                    2 s - mean of the k largest of the query - mean of the k largest of the candidate
//     InvertedSoftmax         s - 1/beta log sum over the bank exp(beta s')        s' of the same candidate
//     QueryBankNormalization  the same for queries whose best candidate is among the k best of any query of the bank
//     DualSoftmax             s times the softmax of s / temperature over the queries of the bank
//
// Conneau et al. (ICLR 2018); Smith et al. (ICLR 2017), as a logarithm over beta: the same order for every query,
// without overflow; Bogolin et al. (CVPR 2022); Cheng et al. (2021), without the number of queries as a factor. Rows of
// QueryBankNormalization are of two kinds: compare within a query alone.
#pragma once

#include "mgan/metrics/hubness.hpp"
#include "mgan/metrics/streaming_top_k.hpp"

namespace mgan {

struct Csls {
  static constexpr const char* name = "csls";
  std::int64_t k = 10;  ///< of all where there are fewer

  class Terms {
   public:
    Terms(const Csls& c, const CorrectionSizes& n)
        : of_query_(checked(n.queries, c)), of_candidate_(n.candidates, c.k) {}
    void bank(std::int64_t, std::int64_t candidate, double s) { of_candidate_.add(candidate, s); }
    void query(std::int64_t query, std::int64_t, double s) { of_query_.add(query, s); }
    void finish() { of_query_.done(), of_candidate_.done(); }
    double operator()(std::int64_t query, std::int64_t candidate, double s) const {
      return 2 * s - (of_query_[query] + of_candidate_[candidate]);
    }

   private:
    struct Means {
      Means(std::int64_t n, std::int64_t k) : largest(n, k), values(static_cast<std::size_t>(n)) {}
      void add(std::int64_t i, double s) { largest.add(i, s); }
      void done() {
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = largest.value(static_cast<std::int64_t>(i));
      }
      double operator[](std::int64_t i) const { return values[static_cast<std::size_t>(i)]; }
      MeanOfLargest largest;
      std::vector<double> values;
    };
    static Means checked(std::int64_t n, const Csls& c) {
      require(c.k > 0, name, ": k is ", c.k, ", expected 1 or more");
      return {n, c.k};
    }
    Means of_query_, of_candidate_;
  };
};

namespace detail {

/// log sum exp(beta s) of every candidate.
class BankSums {
 public:
  BankSums(const char* name, double beta, std::int64_t candidates)
      : beta_(beta), sums_(candidates), values_(static_cast<std::size_t>(candidates)) {
    require(beta > 0 && beta <= 1e30, name, ": beta, or 1 / temperature, is ", beta, ", expected > 0");
  }
  void add(std::int64_t candidate, double s) { sums_.add(candidate, beta_ * s); }
  void finish() {
    for (std::size_t c = 0; c < values_.size(); ++c) values_[c] = sums_.value(static_cast<std::int64_t>(c));
  }
  double operator[](std::int64_t candidate) const { return values_[static_cast<std::size_t>(candidate)]; }
  double beta() const { return beta_; }

 private:
  double beta_;
  RunningLogSumExp sums_;
  std::vector<double> values_;
};

}  // namespace detail

struct InvertedSoftmax {
  static constexpr const char* name = "inverted_softmax";
  double beta = 20.0;

  class Terms {
   public:
    Terms(const InvertedSoftmax& c, const CorrectionSizes& n) : sums_(name, c.beta, n.candidates) {}
    void bank(std::int64_t, std::int64_t candidate, double s) { sums_.add(candidate, s); }
    void query(std::int64_t, std::int64_t, double) {}
    void finish() { sums_.finish(); }
    double operator()(std::int64_t, std::int64_t candidate, double s) const {
      return s - sums_[candidate] / sums_.beta();
    }

   private:
    detail::BankSums sums_;
  };
};

struct QueryBankNormalization {
  static constexpr const char* name = "query_bank_normalization";
  double beta = 20.0;
  std::int64_t k = 1;

  class Terms {
   public:
    Terms(const QueryBankNormalization& c, const CorrectionSizes& n)
        : sums_(name, c.beta, n.candidates),
          near_bank_(n.bank_queries(), checked_k(c.k)),
          best_(n.queries, 1),
          normalized_(static_cast<std::size_t>(n.queries), 0),
          candidates_(n.candidates) {}
    void bank(std::int64_t query, std::int64_t candidate, double s) {
      sums_.add(candidate, s);
      near_bank_.add(query, candidate, s);
    }
    void query(std::int64_t query, std::int64_t candidate, double s) { best_.add(query, candidate, s); }
    void finish() {
      sums_.finish();
      std::vector<bool> hub(static_cast<std::size_t>(candidates_), false);  // among the k best of a query of the bank
      for (std::int64_t q = 0; q < near_bank_.queries(); ++q)
        for (const auto& found : near_bank_.of(q)) hub[static_cast<std::size_t>(found.index)] = true;
      for (std::size_t q = 0; q < normalized_.size(); ++q)
        normalized_[q] = hub[static_cast<std::size_t>(best_.of(static_cast<std::int64_t>(q)).front().index)];
    }
    double operator()(std::int64_t query, std::int64_t candidate, double s) const {
      return normalized_[static_cast<std::size_t>(query)] != 0 ? s - sums_[candidate] / sums_.beta() : s;
    }
    /// (queries): 1 where the scores were changed.
    const std::vector<std::int64_t>& normalized() const { return normalized_; }

   private:
    static std::int64_t checked_k(std::int64_t k) {
      require(k > 0, name, ": k is ", k, ", expected 1 or more");
      return k;
    }
    detail::BankSums sums_;
    TopK<double> near_bank_, best_;  // of equal scores the lower index
    std::vector<std::int64_t> normalized_;
    std::int64_t candidates_;
  };
};

/// With a bank of other queries the softmax runs over these and the query at hand.
struct DualSoftmax {
  static constexpr const char* name = "dual_softmax";
  double temperature = 0.01;

  class Terms {
   public:
    Terms(const DualSoftmax& c, const CorrectionSizes& n)
        : sums_(name, 1 / c.temperature, n.candidates), with_query_(!n.transductive()) {}
    void bank(std::int64_t, std::int64_t candidate, double s) { sums_.add(candidate, s); }
    void query(std::int64_t, std::int64_t, double) {}
    void finish() { sums_.finish(); }
    double operator()(std::int64_t, std::int64_t candidate, double s) const {
      const double x = sums_.beta() * s - sums_[candidate];  // the log of the softmax, but for the query's own summand
      if (!with_query_) return s * std::exp(x);
      return x > 0 ? s / (1 + std::exp(-x)) : s * std::exp(x) / (1 + std::exp(x));
    }

   private:
    detail::BankSums sums_;
    bool with_query_;
  };
};

/// Both directions at once, the queries of each being its own bank; (images, texts) like the scores.
template <std::floating_point S>
std::vector<S> csls(const ScoreView<S>& scores, std::int64_t k = 10) {
  return corrected(Csls{k}, Direction::text_to_image, scores);
}
template <std::floating_point S>
std::vector<S> csls(const ScoreView<S>& scores, const ScoreView<S>& bank, Direction direction, std::int64_t k = 10) {
  return corrected(Csls{k}, direction, scores, &bank);
}
template <std::floating_point S>
std::vector<S> inverted_softmax(const ScoreView<S>& scores, Direction direction, double beta = 20.0) {
  return corrected(InvertedSoftmax{beta}, direction, scores);
}
template <std::floating_point S>
std::vector<S> inverted_softmax(const ScoreView<S>& scores, const ScoreView<S>& bank, Direction direction,
                                double beta = 20.0) {
  return corrected(InvertedSoftmax{beta}, direction, scores, &bank);
}
template <std::floating_point S>
std::vector<S> dual_softmax(const ScoreView<S>& scores, Direction direction, double temperature = 0.01) {
  return corrected(DualSoftmax{temperature}, direction, scores);
}
template <std::floating_point S>
std::vector<S> dual_softmax(const ScoreView<S>& scores, const ScoreView<S>& bank, Direction direction,
                            double temperature = 0.01) {
  return corrected(DualSoftmax{temperature}, direction, scores, &bank);
}

template <std::floating_point S>
struct QueryBankScores {
  std::vector<S> scores;                 // (images, texts)
  std::vector<std::int64_t> normalized;  // (queries): 1 where they were changed
};
template <std::floating_point S>
QueryBankScores<S> query_bank_normalization(const ScoreView<S>& scores, const ScoreView<S>& bank, Direction direction,
                                            double beta = 20.0, std::int64_t k = 1) {
  const auto done = finished_correction(QueryBankNormalization{beta, k}, direction, scores, &bank);
  return {done(WholeBlock<S>(scores.values, scores.images, scores.texts).block()), done.terms().normalized()};
}

}  // namespace mgan
