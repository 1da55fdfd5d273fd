// Reference arrays as LibTorch batches, padded and masked, and results and gradients back as arrays.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include "compare.hpp"
#include "leaves.hpp"
#include "mgan/backend/torch.hpp"
#include "random.hpp"

namespace support {

inline at::Tensor torch_tensor(const Array& x, at::ScalarType scalar = at::kDouble) {
  return mgan::torch_ops::from_host({x.shape, x.values}).to(scalar);
}
inline Array array(const at::Tensor& x) {
  const mgan::HostArray host = mgan::to_host(x);
  return Array(host.shape, host.values);
}
inline at::Tensor torch_lengths(const Lengths& lengths) {
  return at::tensor(std::vector<std::int64_t>(lengths.begin(), lengths.end()));
}
/// (B, n, ...) with `garbage` behind the lengths.
inline at::Tensor with_padding(at::Tensor x, const Lengths& lengths, double garbage) {
  for (Index b = 0; b < static_cast<Index>(lengths.size()); ++b) {
    const Index real = lengths[static_cast<std::size_t>(b)];
    if (real < x.size(1)) x.select(0, b).narrow(0, real, x.size(1) - real).fill_(garbage);
  }
  return x;
}

struct TorchSide {
  using tensor = at::Tensor;

  at::ScalarType scalar = at::kDouble;
  double garbage = 1e3;       // what padding holds
  bool keep_garbage = false;  // a mask alone, padding is not replaced
  bool differentiable = false;
  std::map<std::string, at::Tensor> leaves = {};
  std::map<std::string, at::Tensor> results = {};

  at::Tensor leaf(const std::string& name, const Array& x, const Lengths& lengths = {}) {
    if (const auto known = leaves.find(name); known != leaves.end()) return known->second;
    const at::Tensor tensor = with_padding(torch_tensor(x, scalar), lengths, garbage);
    tensor.set_requires_grad(differentiable);
    return leaves[name] = tensor;
  }

  at::Tensor samples(const std::string& name, const Array& x) { return leaf(name, x); }
  mgan::Masked<at::Tensor> samples(const std::string& name, const Array& x, const Lengths& lengths) {
    const at::Tensor values = leaf(name, x, lengths);
    if (keep_garbage) return {values, mgan::mask_from_lengths(torch_lengths(lengths), values.size(1))};
    return mgan::ragged(values, torch_lengths(lengths));
  }
  /// What goes along with a ragged batch and has no mask of its own.
  at::Tensor padded(const std::string&, const Array& x, const Lengths& lengths) {
    return with_padding(torch_tensor(x, scalar), lengths, garbage);
  }
  at::Tensor vectors(const std::string& name, const Array& x) { return leaf(name, x); }
  at::Tensor whole(const std::string& name, const Array& x) { return leaf(name, x); }

  /// f(batch): masked with lengths, plain without.
  template <class F>
  void with_samples(const std::string& name, const Array& x, const Lengths& lengths, F&& f) {
    if (lengths.empty()) f(leaf(name, x));
    else f(samples(name, x, lengths));
  }
  template <class F>
  void with_vectors(const std::string& name, const Array& x, const Lengths& lengths, F&& f) {
    with_samples(name, x, lengths, f);
  }

  template <class M>
  void weights(M& module, const Leaves& names) {
    set_weights(module, names, [&](const std::string& name, at::Tensor& weight, const Array& numbers) {
      weight = leaf(name, numbers);
    });
  }

  template <class F, class... Batch>
  auto each(const F& f, const Batch&... batch) const {
    return f(batch...);
  }

  void output(const std::string& name, const at::Tensor& x) { results[name] = x; }
  void output_sum(const std::string& name, const at::Tensor& x) { results[name] = x.sum(); }

  Outputs outputs() const {
    Outputs out;
    for (const auto& [name, x] : results) out[name] = array(x);
    return out;
  }
  /// Of sum over outputs of cotangent . output, for every leaf; zero where none arrived.
  Outputs gradients(const Outputs& cotangents) {
    at::Tensor total = at::zeros_like(results.begin()->second, at::kDouble).sum();
    for (const auto& [name, x] : results) {
      if (x.requires_grad()) total = total + (torch_tensor(cotangents.at(name), scalar) * x).sum();
    }
    if (total.requires_grad()) total.backward();
    Outputs out;
    for (const auto& [name, x] : leaves) out[name] = array(x.grad().defined() ? x.grad() : at::zeros_like(x));
    return out;
  }
};

/// Random cotangents for outputs of these shapes.
inline Outputs random_cotangents(const Outputs& expected, std::uint64_t seed) {
  Random random(seed);
  Outputs out;
  for (const auto& [name, x] : expected) out[name] = random.normal(x.shape);
  return out;
}

/// "" when mgan on LibTorch computes what the naive loop computes.
template <class Case>
std::string against_reference(Case c, at::ScalarType scalar) {
  TorchSide side{scalar};
  c.run(side);
  for (const auto& [name, x] : side.results) {
    if (x.is_floating_point() && x.scalar_type() != scalar) return name + " has another scalar type";
  }
  return difference(side.outputs(), c.expected(),
                    scalar == at::kDouble ? tolerance<double>(c.temperature()) : tolerance<float>(c.temperature()));
}

}  // namespace support
