// Another module in a matcher that is there already; all others stay, with their weights.
//
//     const auto mine = with_patch_alignment(matcher, MyAlignment{});
//     const auto two_granularities = with_region_alignment(matcher, NoAlignment{});
#pragma once

#include <utility>

#include "mgan/model/multi_granularity_matcher.hpp"

namespace mgan {

template <class Mine, Tensor T, class P, class R, class G, class... Rest>
auto with_patch_alignment(MultiGranularityMatcher<T, P, R, G, Rest...> m, Mine mine) {
  return MultiGranularityMatcher<T, Mine, R, G, Rest...>{std::move(m.regions),
                                                         std::move(m.patches),
                                                         std::move(m.text),
                                                         std::move(m.region_alignment),
                                                         std::move(m.selector),
                                                         std::move(mine),
                                                         std::move(m.global_alignment),
                                                         m.weights};
}

template <class Mine, Tensor T, class P, class R, class G, class... Rest>
auto with_region_alignment(MultiGranularityMatcher<T, P, R, G, Rest...> m, Mine mine) {
  return MultiGranularityMatcher<T, P, Mine, G, Rest...>{std::move(m.regions),
                                                         std::move(m.patches),
                                                         std::move(m.text),
                                                         std::move(mine),
                                                         std::move(m.selector),
                                                         std::move(m.patch_alignment),
                                                         std::move(m.global_alignment),
                                                         m.weights};
}

template <class Mine, Tensor T, class P, class R, class G, class... Rest>
auto with_global_alignment(MultiGranularityMatcher<T, P, R, G, Rest...> m, Mine mine) {
  return MultiGranularityMatcher<T, P, R, Mine, Rest...>{
      std::move(m.regions),  std::move(m.patches),         std::move(m.text), std::move(m.region_alignment),
      std::move(m.selector), std::move(m.patch_alignment), std::move(mine),   m.weights};
}

}  // namespace mgan
