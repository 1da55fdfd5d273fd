// Reference arrays as LibTorch batches, padded and masked, and results and gradients back as arrays.
#pragma once

#include <ATen/ops/tensor.h>

#include "compare.hpp"
#include "leaves.hpp"
#include "mgan/testing/torch/side.hpp"
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
inline Array padded_with(double garbage, Array x, const Lengths& lengths) {
  const auto rows = lengths.empty() ? 0 : x.values.size() / static_cast<std::size_t>(x.size(0) * x.size(1));
  for (std::size_t b = 0; b < lengths.size(); ++b) {
    const auto first = x.values.begin() + static_cast<std::ptrdiff_t>(b * static_cast<std::size_t>(x.size(1)) * rows);
    std::fill(first + lengths[b] * static_cast<Index>(rows), first + x.size(1) * static_cast<Index>(rows), garbage);
  }
  return x;
}
inline at::Tensor with_padding(at::Tensor x, const Lengths& lengths, double garbage) {
  for (Index b = 0; b < static_cast<Index>(lengths.size()); ++b) {
    const Index real = lengths[static_cast<std::size_t>(b)];
    if (real < x.size(1)) x.select(0, b).narrow(0, real, x.size(1) - real).fill_(garbage);
  }
  return x;
}

/// The side of mgan/testing, on arrays of the naive loops instead of a file, with anything behind their lengths.
struct TorchSide : mgan::testing::TorchSide {
  using Base = mgan::testing::TorchSide;

  double garbage = 1e3;         // what padding holds
  bool keep_garbage = false;    // a mask alone, padding is not replaced
  bool differentiable = false;  // all of them

  explicit TorchSide(at::ScalarType s = at::kDouble) : Base{{"reference", "", ""}, s} {}

  at::Tensor samples(const std::string& name, const Array& x) { return taking(name, x, {}).Base::samples(name); }
  mgan::Masked<at::Tensor> samples(const std::string& name, const Array& x, const Lengths& lengths) {
    return taking(name, x, lengths).Base::samples(name, lengths);
  }
  /// What goes along with a ragged batch and has no mask of its own.
  at::Tensor padded(const std::string&, const Array& x, const Lengths& lengths) {
    return with_padding(torch_tensor(x, scalar), lengths, garbage);
  }
  at::Tensor vectors(const std::string& name, const Array& x) { return taking(name, x, {}).Base::vectors(name); }
  at::Tensor whole(const std::string& name, const Array& x) { return taking(name, x, {}).Base::whole(name); }

  /// f(batch): masked with lengths, plain without.
  template <class F>
  void with_samples(const std::string& name, const Array& x, const Lengths& lengths, F&& f) {
    if (lengths.empty()) f(samples(name, x));
    else f(samples(name, x, lengths));
  }
  template <class F>
  void with_vectors(const std::string& name, const Array& x, const Lengths& lengths, F&& f) {
    if (lengths.empty()) f(vectors(name, x));
    else f(taking(name, x, lengths).Base::vectors(name, lengths));
  }

  template <class M>
  void weights(M& module, const Leaves& names) {
    check_names(module, names);
    for (const auto& [name, x] : names) take("param." + name, *x);
    Base::weights(module);
  }

  Outputs outputs() const {
    Outputs out;
    for (const auto& [name, x] : results) out[name] = array(x);
    return out;
  }
  /// Of sum over outputs of cotangent . output, for every leaf; zero where none arrived.
  Outputs gradients(const Outputs& cotangents) {
    mgan::testing::Case c;
    for (const auto& [name, x] : cotangents) c.tensors["cotangent." + name] = {x.shape, x.values};
    Outputs out;
    for (auto& [name, x] : Base::gradients(c)) out[name.substr(name.find('.') + 1)] = Array(x.shape, x.values);
    return out;
  }

 private:
  void take(const std::string& name, const Array& x) {
    source.tensors.try_emplace(name, mgan::HostArray{x.shape, x.values});
    Base::differentiable = [on = differentiable](const auto&, const std::string&) { return on; };
    keep_padding = keep_garbage;
  }
  TorchSide& taking(const std::string& name, const Array& x, const Lengths& lengths) {
    take("input." + name, padded_with(garbage, x, lengths));
    return *this;
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
