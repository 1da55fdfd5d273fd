// The gradient of S (I, T) where few pairs are touched, as behind the hardest negatives: those pairs alone.
//
//     1  C -> dC     pairs of captions of one length, 16 at a time: lanes are pairs
//     2  dP_i  = sum of dC' W over the touched captions of image i, in order
//     3  dW_t  = sum of dC P over the touched images of caption t, in order
// Whole images and captions are handed out, so that gradients are the same bits for any number of threads. Cost: three
// products of the touched pairs, which lie as the caller has them: nothing is packed.
#pragma once

#include "mgan/kernels/cpu/gradient/gradient_outputs.hpp"
#include "mgan/kernels/cpu/gradient/pair_products.hpp"
#include "mgan/kernels/cpu/score/pair_scores.hpp"

namespace mgan::kernels {

/// A pair with an upstream gradient.
struct TouchedPair {
  std::int64_t image, text;
  float upstream;
};

/// The pairs of dS[i * next_image + t] that are not 0, by image and caption.
inline List<TouchedPair> touched_pairs(const float* upstream, std::int64_t images, std::int64_t texts,
                                       std::int64_t next_image) {
  List<TouchedPair> pairs;
  for (std::int64_t i = 0; i < images; ++i)
    for (std::int64_t t = 0; t < texts; ++t)
      if (const float g = upstream[i * next_image + t]; g != 0) pairs.push_back({i, t, g});
  return pairs;
}

namespace detail {

template <class Gradient>
struct SparseGradient {
  const ImageRows& images;
  const WordRows& words;
  const List<TouchedPair>& pairs;
  const Gradient& gradient;
  const GradientOutputs& out;
  PairBatches of;                 // by length; pairs is by image
  List<std::int64_t> by_text;     // indices of pairs
  List<std::int64_t> first = {};  // of a pair's dC (n, K) in products
  mutable Buffer products = {};   // every task writes its own part

  std::int64_t length(std::int64_t pair) const { return words.lengths[pairs[pair].text]; }

  SparseGradient(const ImageRows& i, const WordRows& w, const List<TouchedPair>& p, const Gradient& g,
                 const GradientOutputs& o)
      : images(i),
        words(w),
        pairs(p),
        gradient(g),
        out(o),
        of(batches_of(p.count(), [&](std::int64_t pair) { return length(pair); })),
        by_text(List<std::int64_t>::of(p.count())) {
    std::iota(by_text.begin(), by_text.end(), std::int64_t{0});
    std::stable_sort(by_text.begin(), by_text.end(), [&](auto a, auto b) { return pairs[a].text < pairs[b].text; });
    std::int64_t size = 0;
    for (std::int64_t pair = 0; pair < pairs.count(); ++pair) {
      first.push_back(size);
      size += length(pair) * images.rows;
    }
    products = Buffer(size);
  }

  /// Step 1 for one batch. c: workspace of (n, K, 16) numbers.
  template <int W>
  [[gnu::always_inline]] void differentiate(const PairBatch& batch, float* dA, float* c, float* scratch) const {
    const std::int64_t K = images.rows, n = batch.words, count = batch.end - batch.begin;
    const std::int64_t* which = of.order.data() + batch.begin;
    alignas(64) float g[lanes] = {};
    std::fill(c, c + n * K * lanes, 0.0f);
    for (std::int64_t lane = 0; lane < count; ++lane) {
      const TouchedPair& pair = pairs[which[lane]];
      g[lane] = pair.upstream;
      inner_products<W>(images.at(pair.image, 0), images.next_row, K, words.at(pair.text, 0), words.next_word, n,
                        images.width, c + lane, K * lanes, lanes);
    }
    gradient.template differentiate<W>(c, K, n, g, dA, scratch);
    for (std::int64_t lane = 0; lane < count; ++lane) {
      float* to = products_of(which[lane]);
      for (std::int64_t i = 0; i < n * K; ++i) to[i] = c[i * lanes + lane];
    }
  }
  float* products_of(std::int64_t pair) const { return products.data() + first[pair]; }

  /// Step 2 for one pair.
  template <int W>
  [[gnu::always_inline]] void add_to_image(std::int64_t pair) const {
    const auto& [image, text, g] = pairs[pair];
    add_combinations<W>(words.at(text, 0), words.next_word, length(pair), products_of(pair), images.rows, 1,
                        out.images.at(image, 0), out.images.next_row, images.rows, images.width);
  }
  /// Step 3 for one pair.
  template <int W>
  [[gnu::always_inline]] void add_to_text(std::int64_t pair) const {
    const auto& [image, text, g] = pairs[pair];
    add_combinations<W>(images.at(image, 0), images.next_row, images.rows, products_of(pair), 1, images.rows,
                        out.words.at(text, 0), out.words.next_word, length(pair), images.width);
  }
};

template <class Gradient>
struct SparseDifferentiateTask {
  const SparseGradient<Gradient>& of;
  std::int64_t begin, end;
  float *dA, *c, *scratch;

  template <Target target>
  [[gnu::always_inline]] void run() const {
    for (std::int64_t b = begin; b < end; ++b)
      of.template differentiate<width_of(target)>(of.of.batches[b], dA, c, scratch);
  }
};

/// Pairs [begin, end) of an order, which are all of some images or captions.
template <class Gradient>
struct SparseCollectTask {
  const SparseGradient<Gradient>& of;
  std::int64_t begin, end;
  bool images;

  template <Target target>
  [[gnu::always_inline]] void run() const {
    constexpr int W = width_of(target);
    for (std::int64_t i = begin; i < end; ++i) {
      if (images) of.template add_to_image<W>(i);
      else of.template add_to_text<W>(of.by_text[i]);
    }
  }
};

}  // namespace detail

/// Gradients for the touched pairs, by image and caption as touched_pairs returns them; images and words are added to,
/// so that they have to be zero before.
template <class Gradient, class ParallelFor>
void sparse_gradient(const ImageRows& images, const WordRows& words, const List<TouchedPair>& pairs,
                     const Gradient& gradient, const GradientOutputs& out, const ParallelFor& parallel_for,
                     Target target = best_target()) {
  if (pairs.empty()) return;
  const detail::SparseGradient<Gradient> of(images, words, pairs, gradient, out);
  const std::int64_t K = images.rows, longest = of.of.longest();
  detail::in_runs(of.of.batches.count(), gradient.weights(K), out.weights, parallel_for, [&] {
    return [&, c = Buffer(longest * K * lanes), scratch = Buffer(Gradient::scratch(K, longest))](
               std::int64_t begin, std::int64_t end, float* dA) mutable {
      run_on(target, detail::SparseDifferentiateTask<Gradient>{of, begin, end, dA, c.data(), scratch.data()});
    };
  });
  for (const bool by_image : {true, false}) {
    const auto owner = [&](std::int64_t i) { return by_image ? pairs[i].image : pairs[of.by_text[i]].text; };
    parallel_for(by_image ? images.images : words.texts(), [&](std::int64_t begin, std::int64_t end) {
      std::int64_t first = 0, last = 0;
      while (first < pairs.count() && owner(first) < begin) ++first;
      for (last = first; last < pairs.count() && owner(last) < end;) ++last;
      run_on(target, detail::SparseCollectTask<Gradient>{of, first, last, by_image});
    });
  }
}

}  // namespace mgan::kernels
