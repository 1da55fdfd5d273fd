// Every word finds its best region, or every region its best word; what they found is pooled.
//
//     C[r, l] = similarity of region r and word l
//     text to image  S = pool_l max_r C[r, l]          image to text  S = pool_r max_l C[r, l]
//
// One template, four policies; the published modules are the names at the end. Cost a pair: 2 R L D operations, one
// matrix product for a whole batch, and R L numbers of memory.
#pragma once

#include "mgan/alignment/direction.hpp"
#include "mgan/alignment/ignore_padding.hpp"
#include "mgan/alignment/pooling.hpp"
#include "mgan/alignment/row_ball.hpp"
#include "mgan/core/check.hpp"
#include "mgan/core/masked.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

// --- Direction: TextToImage, ImageToText, or what becomes of both poolings

struct MeanOfBoth {
  static constexpr bool over_words = true, over_regions = true;
  static constexpr double factor = 0.5;
};
struct SumOfBoth {
  static constexpr bool over_words = true, over_regions = true;
  static constexpr double factor = 1;
};

// --- Similarity: what happens to a side, and to the products

/// C = cos(v_r, t_l).
struct CosineSimilarity {
  static constexpr bool unchanged = true;  // C are products of prepared rows

  template <Tensor X>
  auto prepare(const X& x) const {
    return normalize(x);  // (..., n, D)
  }
  template <Tensor C>
  const C& operator()(const C& c) const {
    return c;
  }
};

/// x / (|x| + epsilon) in place of x / max(|x|, 1e-12): SCAN, SGRAF, CHAN, GSMN and NAAF. Differs by epsilon / |x|.
struct CosinePlusEpsilon : CosineSimilarity {
  double epsilon = 1e-8;

  template <Tensor X>
  auto prepare(const X& x) const {
    const auto wide = widen(x);                                             // (..., n, D)
    const auto length = shift(root(sum(mul(wide, wide)), 1e-24), epsilon);  // (..., n)
    return transpose(divide_rows(transpose(wide), length));                 // (..., n, D)
  }
};

/// C = v_r . t_l: not bounded by 1.
struct RawDotProduct {
  static constexpr bool unchanged = true;

  template <Tensor X>
  auto prepare(const X& x) const {
    return widen(x);  // (..., n, D)
  }
  template <Tensor C>
  const C& operator()(const C& c) const {
    return c;
  }
};

/// C = LeakyReLU(cos(v_r, t_l)).
struct LeakyCosine : CosineSimilarity {
  static constexpr bool unchanged = false;
  double slope = 0.1;

  template <Tensor C>
  auto operator()(const C& c) const {
    return leaky_relu(c, slope);  // (..., R, L)
  }
};

// --- Padding: what a token that is not there says

/// Nothing: a score does not depend on the batch that its pair is in.
struct PaddingMasked {
  template <Tensor C, class Mask>
  auto best(const C& c, const Mask& real) const {
    return max(c, real);  // (..., m)
  }
};
/// A fixed similarity that competes in the maximum, as published code has it: 0 in DRL and TERAN, where a row of
/// negative similarities then reports 0, and -1 in CHAN. The pooling still leaves padding out.
template <int Value>
struct PaddingFilled {
  template <Tensor C, class Mask>
  auto best(const C& c, const Mask& real) const {
    return max(fill_padding(c, real, Value));  // (..., m)
  }
};

// --- The module

template <class Direction = MeanOfBoth, class Pool = MeanPool, class Similarity = CosineSimilarity,
          class Padding = PaddingMasked>
struct MaxSim {
  Pool pool = {};
  Similarity similarity = {};
  Padding padding = {};

  /// Regions or patches (..., R, D), masked if they are padded.
  template <Tokens X>
  auto prepare_image(const X& image) const {
    return prepared("image", image);
  }
  /// Words (..., L, D), masked if they are padded.
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    return prepared("words", words);
  }

  template <Tokens X, Tokens Y>
  auto score(const X& image, const Y& words) const {
    require(axis(image, 1) == axis(words, 1), "MaxSim: image is ", shape(image), ", words are ", shape(words));
    check_same_kind("MaxSim", "image and words", values(image), values(words));
    const auto c = similarity(inner(values(image), values(words)));                                      // (..., R, L)
    const auto over_words = [&] { return pool(padding.best(transpose(c), mask(image)), mask(words)); };  // (...)
    const auto over_regions = [&] { return pool(padding.best(c, mask(words)), mask(image)); };           // (...)
    if constexpr (!Direction::over_regions) return over_words();
    else if constexpr (!Direction::over_words) return over_regions();
    else return scale(add(over_words(), over_regions()), Direction::factor);
  }

  /// Bounds where a pooling is a weighted mean of products as they are: a ball around each side's rows.
  template <Tokens X>
  RowBall sketch_image(const X& image) const {
    return row_ball(image);
  }
  template <Tokens Y>
  RowBall sketch_text(const Y& words) const {
    return row_ball(words);
  }
  ScoreBounds score_bounds(const RowBall& image, const RowBall& words) const
      requires(Pool::weighted_mean&& Similarity::unchanged&& std::is_same_v<Padding, PaddingMasked>) {
    constexpr double times = Direction::factor * (int{Direction::over_words} + int{Direction::over_regions});
    const ScoreBounds c = product_bounds(image, words);
    return {times * c.lower, times * c.upper};
  }

  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }

 private:
  template <Tokens X>
  auto prepared(const char* what, const X& x) const {
    check_rows("MaxSim", what, x);
    check_finite("MaxSim", what, x);
    return map_values(x, [this](const auto& v) { return similarity.prepare(v); });
  }
};

/// ColBERT (Khattab and Zaharia, SIGIR 2020; stanford-futuredata/ColBERT): the sum over words.
using ColBert = MaxSim<TextToImage, SumPool>;
/// FILIP (Yao et al., ICLR 2022; no official code) and DRL's token interaction TI (Wang et al., 2022; foolwood/DRL).
using Filip = MaxSim<MeanOfBoth, MeanPool>;
using FilipCompat = IgnorePadding<Filip>;
using TokenInteraction = Filip;
using TokenInteractionCompat = MaxSim<MeanOfBoth, MeanPool, CosineSimilarity, PaddingFilled<0>>;
/// TERAN's MrSw (Messina et al., TOMM 2021; mesnico/TERAN): the sum over words of raw dot products.
using TeranMrSw = MaxSim<TextToImage, SumPool, RawDotProduct>;
using TeranMrSwCompat = MaxSim<TextToImage, SumPool, RawDotProduct, PaddingFilled<0>>;
/// CHAN's VHA and THA (Pan et al., CVPR 2023; ppanzx/CHAN): hard assignment of words, of regions, then a pooling. The
/// published -1 for padding makes NaN with its softmax pooling; here it is -1 alone.
template <class Pool = LogSumExpPool>
using ChanVha = MaxSim<TextToImage, Pool>;
template <class Pool = LogSumExpPool>
using ChanTha = MaxSim<ImageToText, Pool>;
template <class Pool = LogSumExpPool>
using ChanVhaCompat = MaxSim<TextToImage, Pool, CosinePlusEpsilon, PaddingFilled<-1>>;
template <class Pool = LogSumExpPool>
using ChanThaCompat = MaxSim<ImageToText, Pool, CosinePlusEpsilon, PaddingFilled<-1>>;
/// LAPS's max-mean (Fu et al., CVPR 2024; CrossmodalGroup/LAPS): the sum of both means, up to 2.
using LapsMaxMean = MaxSim<SumOfBoth, MeanPool, LeakyCosine>;

}  // namespace mgan
