// Choosing and arranging rows; axes for the all-pairs driver.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <tuple>
#include <utility>
#include <vector>

#include "mgan/backend/torch/parallel_for.hpp"
#include "mgan/backend/torch/traits.hpp"
#include "mgan/core/top_k.hpp"

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
  // Slices of one tensor whose gradients meet again in one copy: each slice alone would fill a whole tensor with zeros.
  static std::vector<at::Tensor> split_columns(const at::Tensor& x, std::int64_t parts) {
    require(parts > 0 && x.size(-1) % parts == 0, "split_columns: ", x.sizes().vec(), " in ", parts, " parts");
    return x.split(x.size(-1) / parts, -1);
  }
  static std::pair<at::Tensor, at::Tensor> split_first_row(const at::Tensor& x) {
    const auto parts = x.split_with_sizes({1, x.size(-2) - 1}, -2);
    return {parts[0].squeeze(-2), parts[1]};
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
    if (real.is_cpu() && real.all().item<bool>()) return x;  // a pass less; on CUDA it would have to wait
    return x.masked_fill(real.unsqueeze(-1).logical_not(), 0);
  }
  static at::Tensor pack_rows(const at::Tensor& x, const at::Tensor& real) {
    require(real.sizes() == x.sizes().slice(0, static_cast<std::size_t>(x.dim()) - 1), "pack: rows are ",
            x.sizes().vec(), ", the mask is ", real.sizes().vec());
    return x.flatten(0, -2).index_select(0, real_places(real));  // (W, n)
  }
  static at::Tensor unpack_rows(const at::Tensor& rows, const at::Tensor& real) {
    auto sizes = real.sizes().vec();
    sizes.push_back(rows.size(-1));
    return at::zeros({real.numel(), rows.size(-1)}, rows.options().requires_grad(false))
        .index_copy(0, real_places(real), rows)
        .view(sizes);  // (..., m, n)
  }
  /// Without sorting on the CPU. Elsewhere by a stable sort, because at::topk leaves open which of equals it takes.
  static at::Tensor top_k(const at::Tensor& scores, std::int64_t k) {
    require(k >= 0 && k <= scores.size(-1), "top_k: k is ", k, " of ", scores.size(-1), " scores");
    if (scores.is_cpu())
      return scores.scalar_type() == at::kDouble ? largest<double>(scores, k) : largest<float>(scores, k);
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

 private:
  /// A mask (...) -> the places (W) that are real, counted through all axes.
  static at::Tensor real_places(const at::Tensor& real) { return real.reshape({-1}).nonzero().squeeze(1); }

  /// (..., M) -> (..., k)
  template <class S>
  static at::Tensor largest(const at::Tensor& scores, std::int64_t k) {
    const at::Tensor rows = scores.detach().to(c10::CppTypeToScalarType<S>::value).contiguous();
    auto sizes = rows.sizes().vec();
    const std::int64_t M = sizes.back();
    sizes.back() = k;
    at::Tensor indices = at::empty(sizes, at::kLong);
    const S* first = rows.const_data_ptr<S>();
    auto* chosen = indices.mutable_data_ptr<std::int64_t>();
    torch_parallel_for{}(M == 0 ? 0 : rows.numel() / M, [&](std::int64_t begin, std::int64_t end) {
      TopKOfRow<S> top_k(M);
      for (std::int64_t r = begin; r < end; ++r) top_k(first + r * M, k, chosen + r * k);
    });
    return indices;
  }
};

}  // namespace mgan
