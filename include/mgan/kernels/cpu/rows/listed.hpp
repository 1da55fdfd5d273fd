// The layout for listed pairs, one image and one caption at a time: for when most pairs are left out.
//
//     images (I, K, D)  ->  [image][group of 16 patches][d][patch]    the last group repeats the first patch
//     words  (W, D)     ->  [caption][d][word]
#pragma once

#include "mgan/kernels/cpu/rows/pack.hpp"

namespace mgan::kernels {

struct Pair {
  std::int32_t image, text;

  friend bool operator==(const Pair&, const Pair&) = default;
};

struct ListedImages {
  std::int64_t images = 0, rows = 0, width = 0;  // I, K, D
  Buffer numbers;

  std::int64_t groups() const { return (rows + lanes - 1) / lanes; }
  std::int64_t padded() const { return groups() * lanes; }
  /// (D, 16)
  const float* group(std::int64_t image, std::int64_t g) const {
    return numbers.data() + (image * groups() + g) * width * lanes;
  }
};

struct ListedTexts {
  std::int64_t width = 0;
  List<std::int64_t> lengths, first;  // words of a caption, and before it
  Buffer numbers;

  std::int64_t texts() const { return lengths.count(); }
  /// (D, n)
  const float* words(std::int64_t text) const { return numbers.data() + first[text] * width; }
};

template <class ParallelFor = serially>
ListedImages list_images(const ImageRows& rows, const ParallelFor& parallel_for = {}) {
  ListedImages listed{rows.images, rows.rows, rows.width, {}};
  listed.numbers = Buffer(rows.images * listed.padded() * rows.width);
  float* out = listed.numbers.data();
  parallel_for(rows.images, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (std::int64_t g = 0; g < listed.groups(); ++g) {
        const float* from[lanes];
        for (std::int64_t lane = 0; lane < lanes; ++lane) {
          const std::int64_t k = g * lanes + lane;
          from[lane] = rows.at(i, k < rows.rows ? k : 0);
        }
        interleave(from, lanes, rows.width, out + (i * listed.groups() + g) * rows.width * lanes, lanes);
      }
  });
  return listed;
}

template <class ParallelFor = serially>
ListedTexts list_texts(const WordRows& rows, const ParallelFor& parallel_for = {}) {
  ListedTexts listed{rows.width, rows.lengths, {}, {}};
  std::int64_t words = 0;
  for (const std::int64_t n : rows.lengths) {
    listed.first.push_back(words);
    words += n;
  }
  listed.numbers = Buffer(words * rows.width);
  float* out = listed.numbers.data();
  parallel_for(rows.texts(), [&](std::int64_t begin, std::int64_t end) {
    List<const float*> from;
    for (std::int64_t t = begin; t < end; ++t) {
      from.clear();
      for (std::int64_t l = 0; l < rows.lengths[t]; ++l) from.push_back(rows.at(t, l));
      interleave(from.data(), from.count(), rows.width, out + listed.first[t] * rows.width, from.count());
    }
  });
  return listed;
}

}  // namespace mgan::kernels
