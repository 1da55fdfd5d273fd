// An optional part of the contract (contract.hpp): a module that can say cheaply where its score lies.
//
//     score_bounds(a, b) -> ScoreBounds{lower, upper}      lower <= score(image, text) <= upper
//     sketch_image(image) -> a,  sketch_text(text) -> b    optional: all that bounds need of one prepared side, made
//                                                          once a sample; without it the prepared side itself
//
// The score is the number that `score` computes, rounding included. One image and one caption, never a batch.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>

#include "mgan/alignment/contract.hpp"
#include "mgan/core/host.hpp"

namespace mgan {

struct ScoreBounds {
  double lower = -std::numeric_limits<double>::infinity(), upper = std::numeric_limits<double>::infinity();

  bool holds(double s) const { return s >= lower && s <= upper; }
};

struct sketch_image_fn {
  template <class M, class Image>
  auto operator()(const M& module, const Image& image) const {
    if constexpr (requires { detail::given(module.sketch_image(image)); }) return module.sketch_image(image);
    else return image;
  }
};
struct sketch_text_fn {
  template <class M, class Text>
  auto operator()(const M& module, const Text& text) const {
    if constexpr (requires { detail::given(module.sketch_text(text)); }) return module.sketch_text(text);
    else return text;
  }
};
inline constexpr sketch_image_fn sketch_image{};  ///< module.sketch_image(prepared image), or the prepared image
inline constexpr sketch_text_fn sketch_text{};    ///< module.sketch_text(prepared text), or the prepared text

/// True for a module that bounds the score of one prepared image and one prepared text.
template <class M, class Image, class Text>
concept BoundsScores = requires(const M& module, const Image& image, const Text& text) {
  { module.score_bounds(sketch_image(module, image), sketch_text(module, text)) } -> std::same_as<ScoreBounds>;
};

/// Stops a module without bounds with one message.
template <class M, class Image, class Text>
constexpr void require_bounds() {
  static_assert(BoundsScores<M, Image, Text>,
                "mgan: pruning needs score_bounds(image, text), const, of one prepared image and one prepared text (or "
                "of what sketch_image and sketch_text make of them), that returns mgan::ScoreBounds{lower, upper}");
}

/// By how much a weighted mean of products of rows, of D numbers each, can be off in the scalar type `dtype`, for rows
/// with |p| |t| <= size: the products, and up to `terms` numbers in the sums of weights and of what is weighted.
inline double mean_rounding(const std::string& dtype, std::int64_t D, std::int64_t terms, double size) {
  const double u = dtype == "F64" ? 0x1p-53 : dtype == "F32" ? 0x1p-24 : dtype == "F16" ? 0x1p-11 : 0x1p-8;
  return static_cast<double>(D + 2 * terms + 24) * u * size * (1 + 1e-6);
}

struct mean_bounds_fn {
  /// Bounds of any weighted mean, mean of maxima, or mean of weighted means of products C (K, L) of unit rows of D
  /// numbers: the least and the largest entry. `real` (L) leaves padding out.
  template <Tensor C, class Mask = NoMask>
  ScoreBounds operator()(const C& c, std::int64_t D, [[maybe_unused]] const Mask& real = {}) const {
    const HostArray numbers = to_host(c);
    const auto L = static_cast<std::size_t>(numbers.shape.back());
    std::vector<double> kept(L, 1);
    if constexpr (Tensor<Mask>) kept = to_host(real).values;
    ScoreBounds bounds{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    for (std::size_t i = 0; i < numbers.values.size(); ++i) {
      if (kept[i % L] == 0) continue;
      bounds.lower = std::min(bounds.lower, numbers.values[i]);
      bounds.upper = std::max(bounds.upper, numbers.values[i]);
    }
    const double off = mean_rounding(numbers.dtype, D, numbers.shape.front() + numbers.shape.back(), 1);
    return {bounds.lower - off, bounds.upper + off};
  }
};
inline constexpr mean_bounds_fn mean_bounds{};

}  // namespace mgan
