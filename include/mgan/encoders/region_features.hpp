// Region features when there is no detector: the encoder's own patch tokens, averaged over each box.
//
//     f_r = integral over box r of tokens(x, y) dx dy / area of box r inside the picture
//
// where tokens(x, y) is constant on every cell of the patch grid. Exact: the weight of a cell is its overlap with the
// box.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>

#include <cstdint>

#include "mgan/backend/torch.hpp"
#include "mgan/core/check.hpp"
#include "mgan/core/error.hpp"

namespace mgan::encoders {

/// tokens (I, 1+M, d) with M = rows * columns, boxes (I, R, 4) as x1 y1 x2 y2 in pixels, image_sizes (I, 2) as W H in
/// the boxes' pixels, region_lengths (I) or undefined -> features (I, R, d). The gradient goes to the tokens.
/// A box may hang over the picture; one that covers none of it (or no area, or NaN) is an error that names it. Rows
/// behind a length may hold anything and give zeros.
struct RegionFeatures {
  std::int64_t rows = 7, columns = 7;

  at::Tensor operator()(const at::Tensor& tokens, const at::Tensor& boxes, const at::Tensor& image_sizes,
                        const at::Tensor& region_lengths = {}) const {
    require(tokens.dim() == 3 && tokens.size(1) == 1 + rows * columns && boxes.dim() == 3 &&
                boxes.size(0) == tokens.size(0),
            "RegionFeatures: tokens are ", shape(tokens), ", expected (I, 1+", rows, "*", columns, ", d); boxes are ",
            shape(boxes), ", expected (I, R, 4)");
    const auto weights = cell_weights(boxes, image_sizes, region_lengths).to(tokens.options());  // (I, R, M)
    return at::matmul(weights, tokens.narrow(1, 1, rows * columns));                             // (I, R, d)
  }

  /// The share of every cell in every box, (I, R, M) in double precision; each real row sums to 1.
  at::Tensor cell_weights(const at::Tensor& boxes, const at::Tensor& image_sizes,
                          const at::Tensor& region_lengths = {}) const {
    const at::NoGradGuard no_grad;
    require(boxes.dim() == 3 && boxes.size(2) == 4, "RegionFeatures: boxes are ", shape(boxes), ", expected (I, R, 4)");
    require(image_sizes.dim() == 2 && image_sizes.size(0) == boxes.size(0) && image_sizes.size(1) == 2,
            "RegionFeatures: image_sizes are ", shape(image_sizes), ", expected (", boxes.size(0), ", 2)");
    const auto box = boxes.to(at::kDouble);
    const auto size = image_sizes.to(box.options());  // (I, 2)
    // Overlap of [low, high] with the cells of one axis, in cells: (I, R, cells).
    const auto overlap = [&](std::int64_t axis, std::int64_t cells) {
      const auto to_cells = size.select(1, axis).reciprocal().mul(static_cast<double>(cells)).view({-1, 1});  // (I, 1)
      const auto low = box.select(2, axis).mul(to_cells).unsqueeze(2);                     // (I, R, 1)
      const auto high = box.select(2, axis + 2).mul(to_cells).unsqueeze(2);                // (I, R, 1)
      const auto cell = at::arange(cells, box.options());                                  // (cells)
      return at::minimum(high, cell.add(1.0)).sub(at::maximum(low, cell)).clamp_min(0.0);  // (I, R, cells)
    };
    const auto covered = overlap(1, rows).unsqueeze(3).mul(overlap(0, columns).unsqueeze(2)).flatten(2);  // (I, R, M)
    const auto area = covered.sum(2, true);                                                               // (I, R, 1)
    auto real = area.gt(0.0);  // (I, R, 1), false for NaN
    if (region_lengths.defined()) {
      const auto region = at::arange(boxes.size(1), region_lengths.options().device(box.device()));
      const auto padding = region.ge(region_lengths.to(box.device()).unsqueeze(1)).unsqueeze(2);  // (I, R, 1)
      check(real.logical_or(padding), boxes);
      real = real.logical_and(padding.logical_not());
      return covered.div(area).masked_fill(real.logical_not(), 0.0);
    }
    check(real, boxes);
    return covered.div(area);
  }

 private:
  static void check(const at::Tensor& good, const at::Tensor& boxes) {
    if (good.all().item<bool>()) return;
    const auto bad = good.logical_not().flatten().nonzero()[0].item<std::int64_t>();
    const std::int64_t image = bad / boxes.size(1), region = bad % boxes.size(1);
    const auto side = [&](std::int64_t k) { return boxes[image][region][k].item<double>(); };
    fail("RegionFeatures: image ", image, ", region ", region, ": box (", side(0), ", ", side(1), ", ", side(2), ", ",
         side(3), ") covers nothing of the picture");
  }
};

}  // namespace mgan::encoders
