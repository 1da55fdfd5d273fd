// The gradient of S (I, T) where few pairs are touched, as behind the hardest negatives: those pairs alone.
//
//     1  C -> dC     pairs of captions of one length, 16 at a time: lanes are pairs
//     2  dP_i  = sum of dC' W over the touched captions of image i, in order
//     3  dW_t  = sum of dC P over the touched images of caption t, in order
// Whole images and captions are handed out, so that gradients are the same bits for any number of threads. Cost: three
// products of the touched pairs, which lie as the caller has them: nothing is packed.
#pragma once

#include "mgan/kernels/cpu/epilogues.hpp"
#include "mgan/kernels/cpu/gradient_outputs.hpp"
#include "mgan/kernels/cpu/pair_products.hpp"
#include "mgan/kernels/cpu/pair_scores.hpp"

namespace mgan::kernels {

/// Both sides as the caller has them; the D numbers of a row lie side by side.
struct Sides {
  const float* images;  // (I, K, D)
  std::int64_t image_stride, row_stride, count, rows, width;
  const float* words;  // (T, L, D)
  std::int64_t text_stride, word_stride;
  const std::vector<std::int64_t>& lengths;

  const float* image(std::int64_t i) const { return images + i * image_stride; }
  const float* text(std::int64_t t) const { return words + t * text_stride; }
};

/// A pair with an upstream gradient.
struct TouchedPair {
  std::int64_t image, text;
  float upstream;
};

/// The pairs of dS[i * next_image + t] that are not 0, by image and caption.
inline std::vector<TouchedPair> touched_pairs(const float* upstream, std::int64_t images, std::int64_t texts,
                                              std::int64_t next_image) {
  std::vector<TouchedPair> pairs;
  for (std::int64_t i = 0; i < images; ++i)
    for (std::int64_t t = 0; t < texts; ++t)
      if (const float g = upstream[i * next_image + t]; g != 0) pairs.push_back({i, t, g});
  return pairs;
}

namespace detail {

template <class Gradient>
struct SparseGradient {
  const Sides& sides;
  const std::vector<TouchedPair>& pairs;
  const Gradient& gradient;
  const GradientOutputs& out;
  PairBatches of;                    // by length; pairs is by image
  std::vector<std::size_t> by_text;  // indices of pairs
  std::vector<std::int64_t> first;   // of a pair's dC (n, K) in products
  mutable Buffer products;           // every task writes its own part

  std::int64_t length(std::size_t pair) const { return sides.lengths[static_cast<std::size_t>(pairs[pair].text)]; }

  SparseGradient(const Sides& s, const std::vector<TouchedPair>& p, const Gradient& g, const GradientOutputs& o)
      : sides(s),
        pairs(p),
        gradient(g),
        out(o),
        of(batches_of(p.size(), [&](std::size_t pair) { return length(pair); })),
        by_text(p.size()) {
    std::iota(by_text.begin(), by_text.end(), std::size_t{0});
    std::stable_sort(by_text.begin(), by_text.end(), [&](auto a, auto b) { return pairs[a].text < pairs[b].text; });
    std::int64_t size = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      first.push_back(size);
      size += length(i) * sides.rows;
    }
    products = Buffer(static_cast<std::size_t>(size));
  }

  /// Step 1 for one batch. c: workspace of (n, K, 16) numbers.
  template <int W>
  [[gnu::always_inline]] void differentiate(const PairBatch& batch, float* dA, float* c, float* scratch) const {
    const std::int64_t K = sides.rows, n = batch.words, count = batch.end - batch.begin;
    const std::size_t* which = of.order.data() + batch.begin;
    alignas(64) float g[lanes] = {};
    std::fill(c, c + n * K * lanes, 0.0f);
    for (std::int64_t lane = 0; lane < count; ++lane) {
      const TouchedPair& pair = pairs[which[lane]];
      g[lane] = pair.upstream;
      inner_products<W>(sides.image(pair.image), sides.row_stride, K, sides.text(pair.text), sides.word_stride, n,
                        sides.width, c + lane, K * lanes, lanes);
    }
    gradient.template differentiate<W>(c, K, n, g, dA, scratch);
    for (std::int64_t lane = 0; lane < count; ++lane) {
      float* to = products_of(which[lane]);
      for (std::int64_t i = 0; i < n * K; ++i) to[i] = c[i * lanes + lane];
    }
  }
  float* products_of(std::size_t pair) const { return products.data() + first[pair]; }

  /// Step 2 for one pair.
  template <int W>
  [[gnu::always_inline]] void add_to_image(std::size_t pair) const {
    const auto& [image, text, g] = pairs[pair];
    add_combinations<W>(sides.text(text), sides.word_stride, length(pair), products_of(pair), sides.rows, 1,
                        out.images + image * out.image_stride, out.row_stride, sides.rows, sides.width);
  }
  /// Step 3 for one pair.
  template <int W>
  [[gnu::always_inline]] void add_to_text(std::size_t pair) const {
    const auto& [image, text, g] = pairs[pair];
    add_combinations<W>(sides.image(image), sides.row_stride, sides.rows, products_of(pair), 1, sides.rows,
                        out.words + text * out.text_stride, out.word_stride, length(pair), sides.width);
  }
};

template <class Gradient>
struct SparseDifferentiateTask {
  const SparseGradient<Gradient>& of;
  std::int64_t begin, end;
  float *dA, *c, *scratch;

  template <int W>
  [[gnu::always_inline]] void run() const {
    for (std::int64_t b = begin; b < end; ++b)
      of.template differentiate<W>(of.of.batches[static_cast<std::size_t>(b)], dA, c, scratch);
  }
};

/// Pairs [begin, end) of an order, which are all of some images or captions.
template <class Gradient>
struct SparseCollectTask {
  const SparseGradient<Gradient>& of;
  std::size_t begin, end;
  bool images;

  template <int W>
  [[gnu::always_inline]] void run() const {
    for (std::size_t i = begin; i < end; ++i) {
      if (images) of.template add_to_image<W>(i);
      else of.template add_to_text<W>(of.by_text[i]);
    }
  }
};

}  // namespace detail

/// Gradients for the touched pairs, by image and caption as touched_pairs returns them; images and words are added to,
/// so that they have to be zero before.
template <class Gradient, class ParallelFor>
void sparse_gradient(const Sides& sides, const std::vector<TouchedPair>& pairs, const Gradient& gradient,
                     const GradientOutputs& out, const ParallelFor& parallel_for, Level level = best_level()) {
  if (pairs.empty()) return;
  const detail::SparseGradient<Gradient> of(sides, pairs, gradient, out);
  const std::int64_t K = sides.rows, weights = gradient.weights(K), longest = of.of.longest();
  const auto batches = static_cast<std::int64_t>(of.of.batches.size());
  detail::in_runs(batches, weights, out.weights, parallel_for, [&] {
    return [&, c = Buffer(static_cast<std::size_t>(longest * K * lanes)),
            scratch = Buffer(static_cast<std::size_t>(Gradient::scratch(K, longest)))](
               std::int64_t begin, std::int64_t end, float* dA) mutable {
      run_at(level, detail::SparseDifferentiateTask<Gradient>{of, begin, end, dA, c.data(), scratch.data()});
    };
  });
  for (const bool images : {true, false}) {
    const auto owner = [&](std::size_t i) { return images ? pairs[i].image : pairs[of.by_text[i]].text; };
    const std::int64_t owners = images ? sides.count : static_cast<std::int64_t>(sides.lengths.size());
    parallel_for(owners, [&](std::int64_t begin, std::int64_t end) {
      std::size_t first = 0, last = 0;
      while (first < pairs.size() && owner(first) < begin) ++first;
      for (last = first; last < pairs.size() && owner(last) < end;) ++last;
      run_at(level, detail::SparseCollectTask<Gradient>{of, first, last, images});
    });
  }
}

}  // namespace mgan::kernels
