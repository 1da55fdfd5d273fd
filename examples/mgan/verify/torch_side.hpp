// Conformance arrays as padded LibTorch batches, with gradients.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

#include "mgan/backend/torch.hpp"
#include "mgan/core/parameters.hpp"
#include "report.hpp"

namespace verify {

struct TorchSide {
  using tensor = at::Tensor;

  const Case& source;
  at::ScalarType scalar;
  at::Device device = at::kCPU;
  bool all_gradients = false;  // of every tensor that the format gives one; else of those that the case has
  std::map<std::string, at::Tensor> leaves = {};   // by the names of the case
  std::map<std::string, at::Tensor> results = {};  // outputs with their graph

  mgan::Masked<at::Tensor> padded(const std::string& name, const at::Tensor& x,
                                  const std::vector<std::int64_t>& lengths) const {
    const at::Tensor n = mgan::torch_ops::from_host({{static_cast<std::int64_t>(lengths.size())},
                                                     std::vector<double>(lengths.begin(), lengths.end())})
                             .to(at::kLong);
    return mgan::ragged(x, n, name.c_str());
  }
  at::Tensor samples(const std::string& name) { return leaf("input." + name, 3); }
  mgan::Masked<at::Tensor> samples(const std::string& name, const std::vector<std::int64_t>& lengths) {
    return padded(name, samples(name), lengths);
  }
  at::Tensor vectors(const std::string& name) { return leaf("input." + name, 2); }
  mgan::Masked<at::Tensor> vectors(const std::string& name, const std::vector<std::int64_t>& lengths) {
    return padded(name, vectors(name), lengths);
  }
  at::Tensor whole(const std::string& name) { return leaf("input." + name, 2); }

  template <class M>
  void weights(M& module) {
    mgan::visit_parameters(module, [&](const std::string& name, at::Tensor& w) { w = leaf("param." + name, -1); });
  }

  template <class F, class... Batch>
  auto each(const F& f, const Batch&... batch) const {
    return f(batch...);
  }

  void output(const std::string& name, const at::Tensor& x) { results[name] = x; }
  void output_sum(const std::string& name, const at::Tensor& x) { results[name] = x.sum(); }

  /// Gradients of sum over outputs of sum(cotangent * output), for every leaf that has one; zero where none arrived.
  std::map<std::string, mgan::HostArray> gradients() { return gradients(source); }
  std::map<std::string, mgan::HostArray> gradients(const Case& cotangents) {
    at::Tensor total;
    for (const auto& [name, result] : results) {
      if (!cotangents.has("cotangent." + name) || !result.requires_grad()) continue;
      const at::Tensor cotangent =
          mgan::torch_ops::from_host(cotangents.numbers("cotangent." + name)).to(result.options());
      mgan::require(cotangent.sizes() == result.sizes(), source.file, ": tensor 'cotangent.", name, "' is ",
                    cotangent.sizes().vec(), ", the output is ", result.sizes().vec());
      const at::Tensor part = (cotangent * result).sum();
      total = total.defined() ? total + part : part;
    }
    if (total.defined()) total.backward();
    std::map<std::string, mgan::HostArray> found;
    for (const auto& [name, x] : leaves) {
      if (!x.requires_grad()) continue;
      found[name] = mgan::to_host(x.grad().defined() ? x.grad() : at::zeros_like(x));
    }
    return found;
  }

 private:
  at::Tensor leaf(const std::string& name, int rank) {
    const auto known = leaves.find(name);
    if (known != leaves.end()) return known->second;
    at::Tensor x = mgan::torch_ops::from_host(source.numbers(name, rank)).to(device, scalar);
    x.set_requires_grad(all_gradients ? differentiable(name) : source.has("grad." + name));
    return leaves[name] = x;
  }
  bool differentiable(const std::string& name) const {
    if (name == "input.boxes" || name == "input.image_sizes" || name == "input.noise") return false;
    return source.module != "multi_granularity_matcher" || name.rfind("param.selector.", 0) != 0;
  }
};

/// The outputs and gradients that a side has computed, against those of its case.
void judge_torch(Report& report, TorchSide& side, const RunOptions& options);

}  // namespace verify
