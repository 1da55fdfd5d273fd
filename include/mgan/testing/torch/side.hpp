// A case on LibTorch: padded batches, and gradients by autograd.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

#include <functional>

#include "mgan/backend/torch.hpp"
#include "mgan/core/parameters.hpp"
#include "mgan/testing/case.hpp"

namespace mgan::testing {

struct TorchSide {
  using tensor = at::Tensor;

  Case source;
  at::ScalarType scalar = at::kDouble;
  at::Device device = at::kCPU;
  /// Whether a tensor of the case, "input.words", gets a gradient. By default those that have a grad.* in the case.
  std::function<bool(const Case&, const std::string&)> differentiable = [](const Case& c, const std::string& name) {
    return c.tensors.count("grad." + name) > 0;
  };
  at::Generator generator = {};                    // for a context of training
  bool keep_padding = false;                       // a mask alone: what stands behind the lengths is left as it is
  std::map<std::string, at::Tensor> leaves = {};   // by the names of the case
  std::map<std::string, at::Tensor> results = {};  // outputs with their graph

  /// input.NAME (B, n, D); with lengths (B), masked.
  at::Tensor samples(const std::string& name) { return leaf("input." + name, 3); }
  Masked<at::Tensor> samples(const std::string& name, const std::vector<std::int64_t>& lengths) {
    return padded(name, samples(name), lengths);
  }
  /// input.NAME (B, n).
  at::Tensor vectors(const std::string& name) { return leaf("input." + name, 2); }
  Masked<at::Tensor> vectors(const std::string& name, const std::vector<std::int64_t>& lengths) {
    return padded(name, vectors(name), lengths);
  }
  at::Tensor whole(const std::string& name) { return leaf("input." + name, 2); }

  /// Every weight and running statistic that the module names becomes param.NAME; statistics have no gradient.
  template <class M>
  void weights(M& module) {
    visit_parameters(module, [&](const std::string& name, at::Tensor& w) {
      const at::Tensor x = leaf("param." + name, -1);
      w = x.dim() == 0 ? x.reshape({1}) : x;  // a single number of a case is a vector here
    });
    visit_states(module, [&](const std::string& name, at::Tensor& x) {
      x = torch_ops::from_host(source.numbers("param." + name)).to(device, scalar);
    });
  }

  template <class F, class... Batch>
  auto each(const F& f, const Batch&... batch) const {
    return f(batch...);
  }

  void output(const std::string& name, const at::Tensor& x) { results[name] = x; }
  void output_sum(const std::string& name, const at::Tensor& x) { results[name] = x.sum(); }

  /// The results on the host.
  std::map<std::string, HostArray> outputs() const {
    std::map<std::string, HostArray> out;
    for (const auto& [name, result] : results) out[name] = to_host(result);
    return out;
  }
  /// Gradients of the sum over outputs of sum(cotangent * output), for every leaf that has one, by the names of the
  /// case; zero where none arrived. `cotangents` holds cotangent.NAME; outputs without one do not count.
  std::map<std::string, HostArray> gradients(const Case& cotangents) {
    at::Tensor total;
    for (const auto& [name, result] : results) {
      if (!cotangents.has("cotangent." + name) || !result.requires_grad()) continue;
      const at::Tensor cotangent = torch_ops::from_host(cotangents.numbers("cotangent." + name)).to(result.options());
      require(cotangent.sizes() == result.sizes(), source.file, ": tensor 'cotangent.", name, "' is ",
              cotangent.sizes().vec(), ", the output is ", result.sizes().vec());
      const at::Tensor part = (cotangent * result).sum();
      total = total.defined() ? total + part : part;
    }
    if (total.defined()) total.backward();
    std::map<std::string, HostArray> found;
    for (const auto& [name, x] : leaves) {
      if (!x.requires_grad()) continue;
      found[name] = to_host(x.grad().defined() ? x.grad() : at::zeros_like(x));
    }
    return found;
  }
  std::map<std::string, HostArray> gradients() { return gradients(source); }

 private:
  Masked<at::Tensor> padded(const std::string& name, const at::Tensor& x,
                            const std::vector<std::int64_t>& lengths) const {
    const at::Tensor n = torch_ops::from_host({{static_cast<std::int64_t>(lengths.size())},
                                               std::vector<double>(lengths.begin(), lengths.end())})
                             .to(at::kLong);
    if (keep_padding) return {x, mask_from_lengths(n, x.size(1))};
    return ragged(x, n, name.c_str());
  }
  at::Tensor leaf(const std::string& name, int rank) {
    const auto known = leaves.find(name);
    if (known != leaves.end()) return known->second;
    at::Tensor x = torch_ops::from_host(source.numbers(name, rank)).to(device, scalar);
    x.set_requires_grad(differentiable(source, name));
    return leaves[name] = x;
  }
};

}  // namespace mgan::testing
