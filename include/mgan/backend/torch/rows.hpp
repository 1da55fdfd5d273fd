// Choosing and arranging rows; axes for the all-pairs driver.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

#include <tuple>
#include <vector>

#include "mgan/backend/torch/traits.hpp"

namespace mgan {

struct torch_row_ops {
  static at::Tensor transpose(const at::Tensor& x) { return x.transpose(-1, -2); }
  static at::Tensor row(const at::Tensor& x, std::int64_t index) {
    return x.dim() > 1 ? x.select(-2, index) : x.select(-1, index);
  }
  static at::Tensor drop_rows(const at::Tensor& x, std::int64_t count) {
    return x.narrow(-2, count, x.size(-2) - count);
  }
  static at::Tensor columns(const at::Tensor& x, std::int64_t begin, std::int64_t count) {
    return x.narrow(-1, begin, count);
  }
  static at::Tensor concat(const std::vector<at::Tensor>& parts) { return at::cat(parts, -1); }
  static at::Tensor stack_columns(const std::vector<at::Tensor>& parts) { return at::stack(parts, -1); }
  static at::Tensor add_to_rows(const at::Tensor& x, const at::Tensor& vector) { return x + vector.unsqueeze(-2); }
  static at::Tensor divide_rows(const at::Tensor& x, const at::Tensor& vector) { return x / vector.unsqueeze(-2); }
  static at::Tensor fill_padding(const at::Tensor& x, NoMask, double) { return x; }
  static at::Tensor fill_padding(const at::Tensor& x, const at::Tensor& real, double value) {
    return x.masked_fill(detail::align(real, x).logical_not(), value);
  }
  static at::Tensor mask_rows(const at::Tensor& x, NoMask) { return x; }
  static at::Tensor mask_rows(const at::Tensor& x, const at::Tensor& real) {
    return x.masked_fill(real.unsqueeze(-1).logical_not(), 0);
  }
  /// A stable sort, because at::topk leaves the order of equals open.
  static at::Tensor top_k(const at::Tensor& scores, std::int64_t k) {
    const at::Tensor order = std::get<1>(scores.detach().sort(/*stable=*/true, -1, /*descending=*/true));
    return std::get<0>(order.narrow(-1, 0, k).sort(-1));
  }
  static at::Tensor gather_rows(const at::Tensor& x, const at::Tensor& indices) {
    auto sizes = x.sizes().vec();
    sizes[sizes.size() - 2] = indices.size(-1);
    return x.gather(-2, indices.unsqueeze(-1).expand(sizes));
  }
  static at::Tensor diagonal(const at::Tensor& x) { return x.diagonal(); }

  static at::Tensor unsqueeze(const at::Tensor& x, std::int64_t axis) { return x.unsqueeze(axis); }
  static at::Tensor narrow(const at::Tensor& x, std::int64_t begin, std::int64_t count) {
    return x.narrow(0, begin, count);
  }
  static at::Tensor join(const std::vector<at::Tensor>& parts, std::int64_t axis) { return at::cat(parts, axis); }
};

}  // namespace mgan
