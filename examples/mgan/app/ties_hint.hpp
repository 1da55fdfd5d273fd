// What ties cost, where they cost something.
#pragma once

#include <cstdio>

#include "mgan/metrics/retrieval.hpp"

namespace program {

/// A warning where lost ties change RSum by a point and more: equal captions or features under several images tie in
/// every model, and nothing else in the table says so.
inline void warn_of_ties(const mgan::RetrievalMetrics& lost, const mgan::RetrievalMetrics& expected) {
  const double cost = expected.rsum() - lost.rsum();
  if (cost < 1) return;
  std::fprintf(stderr,
               "warning: candidates that tie with a query's own cost %.1f of RSum: a tie is lost. Captions that also "
               "stand under another image tie in every model; --ties expected counts a tie by its expectation\n",
               cost);
}

}  // namespace program
