// A sweep in low precision finds the candidates, fp32 decides among them.
//
//     S in low precision  ->  the largest of every row and column  ->  those pairs in fp32, with the sweep's bits
//
// Ranks among the first few are then fp32's own wherever the candidates held them. That is certain for a query whose
// last place asked for, in fp32, lies above every other candidate's score and the bound of its error
// (product/error.hpp); elsewhere it is a matter of experience, not of proof.
#pragma once

#include <iterator>
#include <limits>

#include "mgan/kernels/cpu/rows/listed.hpp"

namespace mgan::kernels {

namespace detail {

/// An entry of a row or column.
struct Entry {
  float score;
  std::int32_t index;
};
/// Descending, of equals the first one first.
inline bool before(const Entry& a, const Entry& b) {
  return a.score != b.score ? a.score > b.score : a.index < b.index;
}

/// The `top` largest of n scores, in no order; NaN is none of them.
inline void largest(const float* scores, std::int64_t n, std::int64_t top, std::vector<Entry>& found) {
  found.clear();
  const auto full = static_cast<std::size_t>(8 * top);
  const auto keep_top = [&] {
    if (static_cast<std::int64_t>(found.size()) <= top) return;
    std::nth_element(found.begin(), found.begin() + (top - 1), found.end(), before);
    found.resize(static_cast<std::size_t>(top));
  };
  float least = -INFINITY;  // of `top` scores that are known already
  for (std::int64_t j = 0; j < n; ++j) {
    if (!(scores[j] > least)) continue;
    found.push_back({scores[j], static_cast<std::int32_t>(j)});
    if (found.size() < full) continue;
    keep_top();
    least = found.back().score;  // nth_element leaves the last of the `top` there
  }
  keep_top();
}

/// The `places` largest, and of the next up to `top` those within `margin` of the last of them.
inline void candidates_of(const float* scores, std::int64_t n, std::int64_t places, std::int64_t top, double margin,
                          std::vector<Entry>& found) {
  largest(scores, n, top, found);
  if (static_cast<std::int64_t>(found.size()) <= places) return;
  std::nth_element(found.begin(), found.begin() + (places - 1), found.end(), before);
  const double least = static_cast<double>(found[static_cast<std::size_t>(places - 1)].score) - margin;
  found.erase(std::remove_if(found.begin() + places, found.end(),
                             [least](const Entry& e) { return static_cast<double>(e.score) < least; }),
              found.end());
}

constexpr std::int64_t columns = 64;  // copied at a time
inline std::int64_t column_blocks(std::int64_t T) { return (T + columns - 1) / columns; }

/// f(t, column t of S as I numbers) of the blocks [begin, end) of columns.
template <class F>
void for_each_column(const float* scores, std::int64_t n_images, std::int64_t T, std::int64_t next_image,
                     std::int64_t begin, std::int64_t end, const F& f) {
  std::vector<float> some(static_cast<std::size_t>(columns * n_images));
  for (std::int64_t t = begin * columns; t < std::min(T, end * columns); t += columns) {
    const std::int64_t count = std::min(columns, T - t);
    for (std::int64_t i = 0; i < n_images; ++i)
      for (std::int64_t c = 0; c < count; ++c)
        some[static_cast<std::size_t>(c * n_images + i)] = scores[i * next_image + t + c];
    for (std::int64_t c = 0; c < count; ++c) f(t + c, some.data() + c * n_images);
  }
}

}  // namespace detail

/// By caption, then by image: the images of a caption pass by its words (pair_scores.hpp).
inline bool by_text(const Pair& a, const Pair& b) { return a.text != b.text ? a.text < b.text : a.image < b.image; }

/// S (I, T) whose first `places` of every row and column are asked for, and how far a score may lie
/// below the last of them to be one.
struct Ranking {
  const float* scores;
  double margin = std::numeric_limits<double>::infinity();
};

/// The pairs that are among the `places` largest of their row or of their column in any of several matrices, or among
/// the next up to `top` within the margin: by caption.
template <class ParallelFor = serially>
std::vector<Pair> candidates(const std::vector<Ranking>& matrices, std::int64_t n_images, std::int64_t T,
                             std::int64_t next_image, std::int64_t places, std::int64_t top,
                             const ParallelFor& parallel_for = {}) {
  require(places > 0 && places <= top, "candidates: ", places, " places of the first ", top);
  std::vector<Pair> list;
  std::vector<std::vector<Pair>> of_task;
  const auto collect = [&] {
    for (auto& some : of_task) list.insert(list.end(), some.begin(), some.end());
  };
  for (const auto& [scores, margin] : matrices) {
    constexpr std::int64_t rows = 16;  // a task
    of_task.assign(static_cast<std::size_t>((n_images + rows - 1) / rows), {});
    parallel_for((n_images + rows - 1) / rows, [&, m = margin, s = scores](std::int64_t begin, std::int64_t end) {
      std::vector<detail::Entry> found;
      for (std::int64_t i = begin * rows; i < std::min(n_images, end * rows); ++i) {
        detail::candidates_of(s + i * next_image, T, places, top, m, found);
        for (const auto& e : found)
          of_task[static_cast<std::size_t>(i / rows)].push_back({static_cast<std::int32_t>(i), e.index});
      }
    });
    collect();
    const std::int64_t blocks = detail::column_blocks(T);
    of_task.assign(static_cast<std::size_t>(blocks), {});
    parallel_for(blocks, [&, m = margin, s = scores](std::int64_t begin, std::int64_t end) {
      std::vector<detail::Entry> found;
      detail::for_each_column(s, n_images, T, next_image, begin, end, [&](std::int64_t t, const float* column) {
        detail::candidates_of(column, n_images, places, top, m, found);
        for (const auto& e : found)
          of_task[static_cast<std::size_t>(t / detail::columns)].push_back({e.index, static_cast<std::int32_t>(t)});
      });
    });
    collect();
  }
  std::sort(list.begin(), list.end(), by_text);
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}
/// The `top` largest of every row and column of one matrix.
inline std::vector<Pair> candidates(const float* scores, std::int64_t n_images, std::int64_t T, std::int64_t next_image,
                                    std::int64_t top) {
  return candidates({{scores}}, n_images, T, next_image, top, top);
}

/// The first `places` of every row and column in fp32, in two rounds:
///
///     1   the `places` largest in low precision, whose error e is seen now
///     2   of the next up to `top` those that are less than 4 e below the last of them
///
/// If no score is off by more than e' = 2 e, the first places are fp32's: a pair left out lies 2 e' below the last of
/// them, and either moves by e' at most. matrices() gives S (I, T), one or several, as
/// they are now; rescore(pairs) puts fp32 into them. Returns all pairs that were rescored, by caption.
template <class Matrices, class Rescore, class ParallelFor = serially>
std::vector<Pair> rescore_first(std::int64_t n_images, std::int64_t T, std::int64_t next_image, std::int64_t places,
                                std::int64_t top, const Matrices& matrices, const Rescore& rescore,
                                const ParallelFor& parallel_for = {}) {
  constexpr double safety = 4;
  std::vector<Ranking> rankings;
  for (const float* scores : matrices()) rankings.push_back({scores});
  std::vector<Pair> list = candidates(rankings, n_images, T, next_image, places, places, parallel_for);
  const auto at = [next_image](const Ranking& r, const Pair& p) { return r.scores[p.image * next_image + p.text]; };
  std::vector<float> low;
  for (const Ranking& r : rankings)
    for (const Pair& p : list) low.push_back(at(r, p));
  rescore(list);

  std::size_t index = 0, next = 0;
  for (const float* scores : matrices()) {
    Ranking& r = rankings[index++];
    r = {scores, 0};
    for (const Pair& p : list) {
      const double error = std::abs(static_cast<double>(at(r, p)) - static_cast<double>(low[next++]));
      if (safety * error > r.margin) r.margin = safety * error;
    }
  }
  std::vector<Pair> more, all;
  const std::vector<Pair> wanted = candidates(rankings, n_images, T, next_image, places, top, parallel_for);
  std::set_difference(wanted.begin(), wanted.end(), list.begin(), list.end(), std::back_inserter(more), by_text);
  rescore(more);
  std::merge(list.begin(), list.end(), more.begin(), more.end(), std::back_inserter(all), by_text);
  return all;
}

/// Queries whose first places are fp32's for certain.
struct Certain {
  std::int64_t images = 0, texts = 0;
};

/// S (I, T) has fp32 scores at the pairs of the list and elsewhere numbers within `error` of them. A query is certain
/// when its `places`-th largest listed score is above all others and their error.
inline Certain certain_queries(const float* scores, std::int64_t n_images, std::int64_t T, std::int64_t next_image,
                               const std::vector<Pair>& list, std::int64_t places, double error) {
  std::vector<std::vector<std::int64_t>> of_image(static_cast<std::size_t>(n_images)),
      of_text(static_cast<std::size_t>(T));
  for (const Pair& p : list) {
    of_image[static_cast<std::size_t>(p.image)].push_back(p.text);
    of_text[static_cast<std::size_t>(p.text)].push_back(p.image);
  }

  // `known`: ascending indices among the n scores.
  std::vector<float> first;
  const auto is_certain = [&](const float* row, std::int64_t n, const std::int64_t* known, const std::int64_t* end) {
    if (end - known == n) return true;
    if (end - known < places) return false;
    first.clear();
    float other = -INFINITY;
    for (std::int64_t j = 0; j < n; ++j) {
      if (known < end && *known == j) {
        first.push_back(row[j]);
        ++known;
      } else if (!(row[j] <= other)) {
        other = row[j];
      }
    }
    std::nth_element(first.begin(), first.begin() + (places - 1), first.end(), std::greater<float>{});
    return static_cast<double>(first[static_cast<std::size_t>(places - 1)]) > static_cast<double>(other) + error;
  };
  Certain certain;
  for (std::int64_t i = 0; i < n_images; ++i) {
    const auto& known = of_image[static_cast<std::size_t>(i)];
    certain.images += is_certain(scores + i * next_image, T, known.data(), known.data() + known.size());
  }
  detail::for_each_column(scores, n_images, T, next_image, 0, detail::column_blocks(T),
                          [&](auto t, const float* column) {
                            const auto& known = of_text[static_cast<std::size_t>(t)];
                            certain.texts += is_certain(column, n_images, known.data(), known.data() + known.size());
                          });
  return certain;
}

}  // namespace mgan::kernels
