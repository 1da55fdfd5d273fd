// Tensors to numbers and back, and the border checks.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <algorithm>

#include "mgan/backend/torch/scalar_types.hpp"
#include "mgan/backend/torch/traits.hpp"

namespace mgan {

struct torch_host_ops {
  static Shape shape(const at::Tensor& x) { return x.sizes().vec(); }

  static std::string dtype(const at::Tensor& x) { return std::string(name_of(x.scalar_type())); }
  static HostArray to_host(const at::Tensor& x) {
    const at::Tensor flat = x.detach().to(at::kCPU, at::kDouble).contiguous();
    const double* first = flat.const_data_ptr<double>();
    return {shape(x), std::vector<double>(first, first + flat.numel()), dtype(x)};
  }
  /// A double tensor on the CPU.
  static at::Tensor from_host(const HostArray& host) {
    at::Tensor x = at::empty(host.shape, at::kDouble);
    std::copy(host.values.begin(), host.values.end(), x.mutable_data_ptr<double>());
    return x;
  }
  static void assign(at::Tensor& x, const HostArray& host) {
    require(host.shape == shape(x), "assign: numbers are ", host.shape, ", the weight is ", shape(x));
    const at::NoGradGuard no_grad;
    x.copy_(from_host(host));
  }
  static at::Tensor make_matrix(std::int64_t rows, std::int64_t cols, double fill) {
    return at::full({rows, cols}, fill, at::kFloat);
  }
  static at::Tensor make_vector(std::int64_t length, double fill) { return at::full({length}, fill, at::kFloat); }
  static at::Tensor make_kernel(std::int64_t out, std::int64_t in, std::int64_t width) {
    return at::full({out, in, width}, 0.0, at::kFloat);
  }
  /// Numbers in the scalar type and on the device of `like`.
  static at::Tensor tensor_like(const at::Tensor& like, const HostArray& numbers) {
    return from_host(numbers).to(like.options().requires_grad(false));
  }

  static const void* identity(const at::Tensor& x) { return x.unsafeGetTensorImpl(); }
  static void move_towards(at::Tensor& x, const at::Tensor& batch, double momentum) {
    require(x.sizes() == batch.sizes(), "move_towards: state is ", x.sizes().vec(), ", the batch is ",
            batch.sizes().vec());
    const at::NoGradGuard no_grad;
    x.mul_(1 - momentum).add_(batch.to(x.options()), momentum);
  }

  /// One pass in the usual case: a finite sum has finite terms. Only an infinite one (it
  /// may have overflowed) asks each.
  static bool all_finite(const at::Tensor& x) {
    const at::Tensor numbers = x.detach();
    return numbers.sum().isfinite().item<bool>() || numbers.isfinite().all().item<bool>();
  }

  static void check_same_kind(const char* where, const char* what, const at::Tensor& a, const at::Tensor& b) {
    require(a.scalar_type() == b.scalar_type() || (autocasts(a) && autocasts(b)), where, ": ", what, ": ", dtype(a),
            " and ", dtype(b), " are mixed; cast one side");
    require(a.device() == b.device(), where, ": ", what, ": ", a.device().str(), " and ", b.device().str(),
            " are mixed; move one side");
  }

 private:
  /// Within LibTorch's autocast, whose point is that types meet; doubles stay out of it.
  static bool autocasts(const at::Tensor& x) {
    const auto key = x.is_cuda() ? c10::DispatchKey::AutocastCUDA : c10::DispatchKey::AutocastCPU;
    return !c10::impl::tls_is_dispatch_key_excluded(key) && x.is_floating_point() && x.scalar_type() != at::kDouble;
  }
};

}  // namespace mgan
