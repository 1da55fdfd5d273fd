// The hard top K: of equal scores the lower index wins, indices ascend.
#pragma once

#include <algorithm>

#include "array.hpp"

namespace reference {

/// scores (M) -> K ascending indices.
inline std::vector<Index> top_k(const Vector& scores, Index k) {
  std::vector<Index> chosen;
  std::vector<bool> taken(scores.size(), false);
  for (Index pick = 0; pick < k; ++pick) {
    std::size_t best = scores.size();
    for (std::size_t m = 0; m < scores.size(); ++m) {
      if (!taken[m] && (best == scores.size() || scores[m] > scores[best])) best = m;
    }
    taken.at(best) = true;
    chosen.push_back(static_cast<Index>(best));
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace reference
