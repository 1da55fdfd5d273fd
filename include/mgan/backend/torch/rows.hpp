// Choosing and arranging rows; axes for the all-pairs driver.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <limits>
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
  static at::Tensor concat(const std::vector<at::Tensor>& parts) { return at::cat(spread_over(parts, 1), -1); }
  static at::Tensor concat_rows(const std::vector<at::Tensor>& parts) { return at::cat(spread_over(parts, 2), -2); }
  static at::Tensor flatten_rows(const at::Tensor& x) { return x.reshape({-1, x.size(-1)}); }
  static at::Tensor stack_columns(const std::vector<at::Tensor>& parts) { return at::stack(parts, -1); }
  static at::Tensor add_to_rows(const at::Tensor& x, const at::Tensor& vector) { return x + vector.unsqueeze(-2); }
  static at::Tensor divide_rows(const at::Tensor& x, const at::Tensor& vector) { return x / vector.unsqueeze(-2); }
  static at::Tensor multiply_rows(const at::Tensor& x, const at::Tensor& vector) { return x * vector.unsqueeze(-2); }
  static at::Tensor scale_rows(const at::Tensor& x, const at::Tensor& factors) {
    require(x.dim() > 1 && factors.dim() > 0 && x.size(-2) == factors.size(-1), "scale_rows: rows of ", x.sizes().vec(),
            ", numbers ", factors.sizes().vec());
    return x * factors.unsqueeze(-1);
  }
  static at::Tensor sort_rows(const at::Tensor& x, NoMask) { return sorted(x); }
  static at::Tensor sort_rows(const at::Tensor& x, const at::Tensor& real) {
    constexpr double lowest = -std::numeric_limits<double>::infinity();
    return sorted(x.masked_fill(real.unsqueeze(-1).logical_not(), lowest))
        .masked_fill(real_first(real).unsqueeze(-1).logical_not(), 0);  // (..., m, n)
  }
  static at::Tensor real_first(const at::Tensor& real) {
    const at::Tensor order = at::arange(real.size(-1), real.options().dtype(at::kLong));  // (m)
    return order < real.sum(-1, /*keepdim=*/true);                                        // (..., m)
  }
  static at::Tensor prepend_real(const at::Tensor& real, std::int64_t count) {
    return at::constant_pad_nd(real, {count, 0}, true);
  }
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
  static at::Tensor rest_of_top_k(const at::Tensor& scores, std::int64_t k) {
    const at::Tensor chosen = at::zeros(scores.sizes(), scores.options().dtype(at::kByte).requires_grad(false))
                                  .scatter(-1, top_k(scores, k), 1);
    const at::Tensor order = std::get<1>(chosen.sort(/*stable=*/true, -1, /*descending=*/false));  // the rest in front
    return order.narrow(-1, 0, scores.size(-1) - k);
  }
  static at::Tensor gather_rows(const at::Tensor& x, const at::Tensor& indices) {
    auto sizes = x.sizes().vec();
    if (x.dim() - 1 != indices.dim() ||
        x.sizes().slice(0, sizes.size() - 2) != indices.sizes().slice(0, sizes.size() - 2))
      return gather_spread(x, indices);
    sizes[sizes.size() - 2] = indices.size(-1);
    return x.gather(-2, indices.unsqueeze(-1).expand(sizes));
  }
  static at::Tensor fill_columns(const at::Tensor& x, const at::Tensor& indices, double value) {
    auto sizes = indices.sizes().vec();
    sizes.back() = x.size(-1);
    const at::Tensor listed = at::zeros(sizes, indices.options().dtype(at::kBool)).scatter(-1, indices, true);
    return x.masked_fill(detail::align(listed, x), value);  // (..., m, n), a mask (..., n)
  }
  static at::Tensor diagonal(const at::Tensor& x) { return x.diagonal(); }

  static at::Tensor unsqueeze(const at::Tensor& x, std::int64_t axis) { return x.unsqueeze(axis); }
  static at::Tensor narrow(const at::Tensor& x, std::int64_t begin, std::int64_t count) {
    return x.narrow(0, begin, count);
  }
  static at::Tensor join(const std::vector<at::Tensor>& parts, std::int64_t axis) { return at::cat(parts, axis); }

 private:
  /// The sizes of two lists of axes that broadcast, lined up at the end.
  static std::vector<std::int64_t> together(const char* where, at::IntArrayRef a, at::IntArrayRef b) {
    std::vector<std::int64_t> sizes = (a.size() >= b.size() ? a : b).vec();
    const at::IntArrayRef other = a.size() >= b.size() ? b : a;
    for (std::size_t i = 0; i < other.size(); ++i) {
      std::int64_t& size = sizes[sizes.size() - other.size() + i];
      require(size == other[i] || size == 1 || other[i] == 1, where, ": leading axes ", a.vec(), " and ", b.vec());
      if (size == 1) size = other[i];
    }
    return sizes;
  }
  /// Every part with all axes but the last `own` ones spread to the sizes that they have together.
  static std::vector<at::Tensor> spread_over(std::vector<at::Tensor> parts, std::int64_t own) {
    require(!parts.empty(), "concat: no tensors");
    const auto leading = [own](const at::Tensor& x) {
      require(x.dim() >= own, "concat: a tensor is ", x.sizes().vec(), ", expected ", own, " axes or more");
      return x.sizes().slice(0, static_cast<std::size_t>(x.dim() - own));
    };
    std::vector<std::int64_t> sizes = leading(parts[0]).vec();
    bool same = true;
    for (const at::Tensor& part : parts) {
      same = same && leading(part) == at::IntArrayRef(sizes);
      sizes = together("concat", sizes, leading(part));
    }
    if (same) return parts;
    for (at::Tensor& part : parts) {
      auto all = sizes;
      for (std::int64_t axis = own; axis > 0; --axis) all.push_back(part.size(-axis));
      part = part.expand(all);
    }
    return parts;
  }
  /// Rows of samples that several lists of indices share. Through one list of all rows, so that the gradient is summed
  /// where the rows are: gather would fill a tensor of all lists, and all rows, with zeros.
  static at::Tensor gather_spread(const at::Tensor& x, const at::Tensor& indices) {
    const auto leading = x.sizes().slice(0, static_cast<std::size_t>(x.dim()) - 2);
    const auto of_lists = indices.sizes().slice(0, static_cast<std::size_t>(indices.dim()) - 1);
    auto sizes = together("gather_rows", leading, of_lists);
    const at::Tensor firsts =
        (at::arange(element_count(leading.vec()), indices.options()) * x.size(-2)).view(leading).unsqueeze(-1);
    const at::Tensor places = firsts + indices;  // (..., k), counted through the rows of all samples
    sizes.push_back(indices.size(-1));
    sizes.push_back(x.size(-1));
    return flatten_rows(x).index_select(0, places.reshape({-1})).view(sizes);  // (..., k, D)
  }
  static at::Tensor sorted(const at::Tensor& x) {
    return std::get<0>(x.sort(/*stable=*/true, -2, /*descending=*/true));
  }
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
