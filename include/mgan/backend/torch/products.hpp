// Products of rows, linear maps and convolutions.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv1d.h>
#include <ATen/ops/einsum.h>
#include <ATen/ops/linear.h>

#include <cstdlib>
#include <vector>

#include "mgan/backend/torch/traits.hpp"

namespace mgan {

struct torch_product_ops {
  /// The interaction's weights meet accumulated (single precision) inputs when the model is in half precision.
  static at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias = {}) {
    require(x.dim() > 0 && x.size(-1) == weight.size(-1), "linear: input is ", x.sizes().vec(), ", weight is ",
            weight.sizes().vec());
    return at::linear(x, weight.to(x.scalar_type()), bias.defined() ? bias.to(x.scalar_type()) : bias);
  }
  static at::Tensor blockwise_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
    require(x.dim() > 1 && x.size(-2) > 0 && weight.dim() == 2 && x.size(-1) == weight.size(1) &&
                weight.size(0) % x.size(-2) == 0 && bias.dim() == 1 && bias.size(0) == weight.size(0),
            "blockwise_linear: input is ", x.sizes().vec(), ", weight is ", weight.sizes().vec(), ", bias is ",
            bias.sizes().vec());
    const at::Tensor blocks = weight.to(x.scalar_type()).reshape({x.size(-2), -1, x.size(-1)});  // (h, out, in)
    return at::einsum("...hi,hoi->...ho", {x, blocks}).flatten(-2) + bias;                       // (..., h out)
  }
  /// Weights from a softmax of half precision come in single; the product is in the type of the rows.
  static at::Tensor matmul(const at::Tensor& x, const at::Tensor& y) {
    require(x.size(-1) == y.size(-2), "matmul: ", x.sizes().vec(), " times ", y.sizes().vec());
    const at::Tensor same = x.to(y.scalar_type());
    return broadcasts(x, y) ? at::einsum("...nr,...rd->...nd", {same, y}) : same.matmul(y);
  }
  static at::Tensor quadratic(const at::Tensor& x, const at::Tensor& gram) { return matmul(x, gram).mul(x).sum(-1); }
  // einsum sees axes of length 1 and folds them: (I, 1, K, D) against (1, T, L, D) is one (I K, D) x (D, T L) product,
  // where a broadcast matmul would copy both sides to (I, T, ., D).
  static at::Tensor inner(const at::Tensor& x, const at::Tensor& y) {
    require(x.size(-1) == y.size(-1), "inner: rows of ", x.sizes().vec(), " against rows of ", y.sizes().vec());
    return at::einsum("...kd,...ld->...kl", {x, y});
  }
  static at::Tensor dot(const at::Tensor& x, const at::Tensor& y) {
    require(x.size(-1) == y.size(-1), "dot: ", x.sizes().vec(), " against ", y.sizes().vec());
    return at::einsum(x.dim() > y.dim() ? "...nd,...d->...n" : "...d,...d->...", {x, y});
  }
  static at::Tensor conv1d(const at::Tensor& x, const at::Tensor& kernel, const at::Tensor& bias,
                           std::int64_t dilation) {
    const at::Tensor samples = x.dim() > 2 ? x.flatten(0, -3) : x.unsqueeze(0);  // (B, R, C)
    const at::Tensor channels_first = samples.transpose(-1, -2);                 // (B, C, R)
    const at::Tensor y =
        at::conv1d(channels_first, kernel, bias, 1, dilation * ((kernel.size(2) - 1) / 2), dilation);  // (B, C_out, R)
    auto sizes = x.sizes().vec();
    sizes.back() = kernel.size(0);
    return y.transpose(-1, -2).reshape(sizes);
  }
  /// One product with the weights of all taps one below the other, then sums of its columns, shifted along the rows.
  static at::Tensor conv1d_each(const at::Tensor& x, const std::vector<at::Tensor>& kernels,
                                const std::vector<at::Tensor>& biases, const std::vector<std::int64_t>& dilations) {
    std::vector<at::Tensor> taps, y;
    std::vector<std::int64_t> widths;
    for (const at::Tensor& kernel : kernels) {
      taps.push_back(kernel.permute({2, 0, 1}).flatten(0, 1));  // (width C_i, C)
      widths.insert(widths.end(), static_cast<std::size_t>(kernel.size(2)), kernel.size(0));
    }
    const auto products = linear(x, at::cat(taps)).split_with_sizes(widths, -1);  // of each tap: (..., R, C_i)
    auto product = products.begin();
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      at::Tensor sum = biases[i];
      const std::int64_t taps_of_it = kernels[i].size(2);
      for (std::int64_t tap = 0; tap < taps_of_it; ++tap, ++product) {
        const std::int64_t offset = (tap - (taps_of_it - 1) / 2) * dilations[i];  // y[r] += W_tap x[r + offset]
        if (offset == 0) sum = sum + *product;
        else if (std::abs(offset) < x.size(-2)) sum = sum + at::constant_pad_nd(*product, {0, 0, -offset, offset});
      }
      y.push_back(sum);  // (..., R, C_i)
    }
    return at::cat(y, -1);  // (..., R, sum C_i)
  }
  static at::Tensor leading_block(const at::Tensor& weight, std::int64_t n) {
    return weight.narrow(0, 0, n).narrow(1, 0, n);
  }

 private:
  static bool broadcasts(const at::Tensor& x, const at::Tensor& y) {
    return x.dim() > 2 && y.dim() > 2 &&
           x.sizes().slice(0, static_cast<std::size_t>(x.dim()) - 2) !=
               y.sizes().slice(0, static_cast<std::size_t>(y.dim()) - 2);
  }
};

}  // namespace mgan
