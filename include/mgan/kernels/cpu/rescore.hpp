// A sweep in low precision finds the candidates, fp32 decides among them.
//
//     S in low precision  ->  the `top` largest of every row and column  ->  those pairs in fp32, with the sweep's bits
//
// Ranks among the first few are then fp32's own wherever the candidates held them. That is certain for a query whose
// last place asked for, in fp32, lies above every other candidate's score and the bound of its error (bounds.hpp);
// elsewhere it is a matter of experience, not of proof.
#pragma once

#include <numeric>

#include "mgan/kernels/cpu/pairs.hpp"

namespace mgan::kernels {

namespace detail {

/// Indices of the `top` largest of n scores; of equals those that come first.
inline void add_largest(const float* scores, std::int64_t n, std::int64_t top, std::vector<std::int64_t>& order) {
  order.resize(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  if (n <= top) return;
  const auto before = [scores](std::int64_t a, std::int64_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  };
  std::nth_element(order.begin(), order.begin() + top, order.end(), before);
  order.resize(static_cast<std::size_t>(top));
}

/// f(t, column t of S as I numbers), 64 columns copied at a time.
template <class F>
void for_each_column(const float* scores, std::int64_t I, std::int64_t T, std::int64_t next_image, const F& f) {
  constexpr std::int64_t columns = 64;
  std::vector<float> some(static_cast<std::size_t>(columns * I));
  for (std::int64_t t = 0; t < T; t += columns) {
    const std::int64_t count = std::min(columns, T - t);
    for (std::int64_t i = 0; i < I; ++i)
      for (std::int64_t c = 0; c < count; ++c)
        some[static_cast<std::size_t>(c * I + i)] = scores[i * next_image + t + c];
    for (std::int64_t c = 0; c < count; ++c) f(t + c, some.data() + c * I);
  }
}

}  // namespace detail

/// The pairs that are among the `top` largest of their row or of their column in any of several matrices S (I, T).
inline PairList candidates(const std::vector<const float*>& matrices, std::int64_t I, std::int64_t T,
                           std::int64_t next_image, std::int64_t top) {
  require(top > 0, "candidates: top is ", top);
  std::vector<std::vector<std::int64_t>> of_text(static_cast<std::size_t>(T));
  std::vector<std::int64_t> order;
  for (const float* scores : matrices) {
    for (std::int64_t i = 0; i < I; ++i) {
      detail::add_largest(scores + i * next_image, T, top, order);
      for (const std::int64_t t : order) of_text[static_cast<std::size_t>(t)].push_back(i);
    }
    detail::for_each_column(scores, I, T, next_image, [&](std::int64_t t, const float* column) {
      detail::add_largest(column, I, top, order);
      auto& images = of_text[static_cast<std::size_t>(t)];
      images.insert(images.end(), order.begin(), order.end());
    });
  }
  PairList list;
  for (auto& images : of_text) {
    std::sort(images.begin(), images.end());
    list.images.insert(list.images.end(), images.begin(), std::unique(images.begin(), images.end()));
    list.first.push_back(list.pairs());
  }
  return list;
}

/// Queries whose first places are fp32's for certain.
struct Certain {
  std::int64_t images = 0, texts = 0;
};

/// S (I, T) has fp32 scores at the pairs of the list and elsewhere numbers within `error` of them. A query is certain
/// when its `places`-th largest listed score is above all others and their error.
inline Certain certain_queries(const float* scores, std::int64_t I, std::int64_t T, std::int64_t next_image,
                               const PairList& list, std::int64_t places, double error) {
  std::vector<std::vector<std::int64_t>> of_image(static_cast<std::size_t>(I));
  for (std::int64_t t = 0; t < T; ++t)
    for (std::int64_t p = list.first[static_cast<std::size_t>(t)]; p < list.first[static_cast<std::size_t>(t) + 1]; ++p)
      of_image[static_cast<std::size_t>(list.images[static_cast<std::size_t>(p)])].push_back(t);

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
  for (std::int64_t i = 0; i < I; ++i) {
    const auto& known = of_image[static_cast<std::size_t>(i)];
    certain.images += is_certain(scores + i * next_image, T, known.data(), known.data() + known.size());
  }
  detail::for_each_column(scores, I, T, next_image, [&](std::int64_t t, const float* column) {
    const std::int64_t* images = list.images.data();
    certain.texts += is_certain(column, I, images + list.first[static_cast<std::size_t>(t)],
                                images + list.first[static_cast<std::size_t>(t) + 1]);
  });
  return certain;
}

/// Writes the scores of the list's pairs to their places in S.
inline void place(const PairList& list, const float* of_pairs, float* scores, std::int64_t next_image) {
  for (std::int64_t t = 0; t < list.texts(); ++t)
    for (std::int64_t p = list.first[static_cast<std::size_t>(t)]; p < list.first[static_cast<std::size_t>(t) + 1]; ++p)
      scores[list.images[static_cast<std::size_t>(p)] * next_image + t] = of_pairs[p];
}

}  // namespace mgan::kernels
