// A model of a few numbers and its data: what tests of the training loop train.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "mgan/train/fit.hpp"
#include "mgan/train/shuffled.hpp"
#include "tests/torch/train/folder.hpp"

namespace line {

using mgan::train::Loss;
using mgan::train::Step;

struct Batch {
  at::Tensor x, y;  // (B, 3), (B, 1)
};

/// y = x w + b, in double precision; the loss is the mean of squares, with a little noise in the target if asked for.
struct Line {
  at::Tensor weight, bias;  // (3, 1), (1)
  at::Generator* noise = nullptr;

  static Line create(at::ScalarType type = at::kDouble) {
    const at::TensorOptions options(type);
    return {at::tensor({0.5, -0.25, 0.125}, options).view({3, 1}), at::tensor({0.0625}, options)};
  }
  Loss loss(const Batch& batch, const Step&) const {
    at::Tensor target = batch.y;  // (B, 1)
    if (noise) target = target + at::randn(target.sizes(), *noise, target.options()) * 0.1;
    const at::Tensor error = at::matmul(batch.x, weight) + bias - target;  // (B, 1)
    const at::Tensor squares = error.square().mean();
    return {squares, {{"squares", squares.item<double>()}, {"largest", error.abs().max().item<double>()}}};
  }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
    f("bias", self.bias);
  }
};

/// 24 examples of y = x0 + 2 x1 - x2 + 0.5.
struct Data {
  at::Tensor x, y;

  static Data create(at::ScalarType type = at::kDouble) {
    std::vector<double> x, y;
    for (int i = 0; i < 24; ++i) {
      const double a = i % 5 - 2, b = i % 3 - 1, c = i % 7 * 0.5 - 1.5;
      x.insert(x.end(), {a, b, c});
      y.push_back(a + 2 * b - c + 0.5);
    }
    const at::TensorOptions options(type);
    return {at::tensor(x, options).view({24, 3}), at::tensor(y, options).view({24, 1})};
  }
  Batch rows(const std::vector<std::int64_t>& which) const {
    const at::Tensor index = at::tensor(which);
    return {x.index_select(0, index), y.index_select(0, index)};
  }
  /// Batches of `size`, in an order by seed and epoch.
  auto batches(std::int64_t size, std::string data = "") const {
    return mgan::train::Shuffled{24, size, [*this](const std::vector<std::int64_t>& which) { return rows(which); }, 7,
                                 std::move(data)};
  }
};

using mgan::tests::contents;
using mgan::tests::Folder;

}  // namespace line
