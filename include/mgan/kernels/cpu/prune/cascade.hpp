// Intervals of the scores of a list of pairs, from more and more dimensions of their heads until a pair is decided.
#pragma once

#include <span>

#include "mgan/kernels/cpu/product/pair_product.hpp"
#include "mgan/kernels/cpu/prune/heads.hpp"

namespace mgan::kernels {

struct Interval {
  float lower = -INFINITY, upper = INFINITY;
};

/// Both sides' heads, and everything that widens an interval by rounding.
template <class Bounds>
struct Cascade {
  const ImageHeads& images;
  const TextHeads& texts;
  const HeadLevels& levels;
  const Bounds& bounds;
  std::int64_t width = 0;   // D of the products that are bounded
  double center_slack = 0;  // of the dot product that is the center

  /// The interval that C within [least, most] (as computed, slack to be added) leaves; center: of the pair.
  Interval interval(std::int64_t n, double least, double most, double slack, float center) const {
    const std::int64_t K = images.rows.rows;
    const double rounding = bounds.convex_rounding(K, n);
    if constexpr (Bounds::has_center) {
      least -= slack;
      most += slack;
      const double radius =
          static_cast<double>(bounds.radius(n, static_cast<float>((most - least + rounding) * 1.000001))) +
          product_slack(width, 0, images.norm * texts.norm) + center_slack;
      least = std::max(least - rounding, static_cast<double>(center) - radius);
      most = std::min(most + rounding, static_cast<double>(center) + radius);
    } else {
      const double off = rounding + slack * bounds.gain(K, n);
      least -= off;
      most += off;
    }
    return {below(least), above(most)};
  }

  /// Dimensions that were looked at; found: the last interval. c: workspace of (n, padded).
  template <int W, class Decided>
  [[gnu::always_inline]] std::int64_t look(const Pair& pair, float center, const Decided& decided, float* c,
                                           Interval& found) const {
    const std::int64_t padded = images.rows.padded(), n = texts.rows.lengths[pair.text];
    std::int64_t from = 0;
    for (std::int64_t level = 0; level < levels.count(); ++level) {
      pair_product<W>(images.rows, pair.image, texts.rows, pair.text, from, levels[level], c);
      from = levels[level];
      float least = 0, most = 0;
      bounds.template interval<W>(c, images.rest[level].data() + pair.image * padded,
                                  texts.rest[level].data() + texts.rows.first[pair.text], padded, images.rows.rows, n,
                                  least, most);
      const double slack = product_slack(width, from, images.norm * texts.norm);
      found = interval(n, static_cast<double>(least), static_cast<double>(most), slack, center);
      if (decided(pair, found)) break;
    }
    return from;
  }
};

namespace detail {

/// Some pairs of a list.
template <class Bounds, class Decided>
struct CascadeTask {
  const Cascade<Bounds>& cascade;
  std::span<const Pair> pairs;
  const float* centers;  // of the pairs
  const Decided& decided;
  Interval* found;
  std::int32_t* looked;
  float* c;
  std::int64_t first, last;

  template <Target target>
  [[gnu::always_inline]] void run() const {
    for (std::int64_t p = first; p < last; ++p)
      looked[p] = static_cast<std::int32_t>(
          cascade.template look<width_of(target)>(pairs.data()[p], centers[p], decided, c, found[p]));
  }
};

}  // namespace detail

/// found[p] and looked[p] (dimensions) of every pair; decided(pair, interval) gets the list's own pair, so that its
/// address says which one it is, and may be called on any thread.
template <class Bounds, class Decided, class ParallelFor>
void run_cascade(const Cascade<Bounds>& cascade, std::span<const Pair> pairs, const float* centers,
                 const Decided& decided, Interval* found, std::int32_t* looked, const ParallelFor& parallel_for,
                 Target target = best_target()) {
  constexpr std::int64_t a_task = 256;
  const auto count = static_cast<std::int64_t>(pairs.size());
  std::int64_t longest = 0;
  for (const Pair& p : pairs) longest = std::max(longest, cascade.texts.rows.lengths[p.text]);
  parallel_for((count + a_task - 1) / a_task, [&](std::int64_t first, std::int64_t last) {
    Buffer c(longest * cascade.images.rows.padded());
    run_on(target, detail::CascadeTask<Bounds, Decided>{cascade, pairs, centers, decided, found, looked, c.data(),
                                                        first * a_task, std::min(count, last * a_task)});
  });
}

}  // namespace mgan::kernels
