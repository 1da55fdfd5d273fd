// The module on LibTorch batches: gradients, padding, and its scores against Eigen.
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <cstdio>

#include "lab/metric_match.hpp"
#include "mgan/backend/eigen.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/testing.hpp"

int main() {
  const at::Tensor pictures = at::randn({2, 5, 4}, at::kDouble);
  const auto captions = mgan::ragged(at::randn({3, 6, 4}, at::kDouble), at::tensor({2, 1, 6}));
  const lab::MetricMatch<at::Tensor> match{at::randn({4, 4}, at::kDouble)};
  int failed = 0;
  for (const auto& result : {mgan::check_gradients(match, pictures, captions),
                             mgan::check_properties(match, pictures, captions, {.positive_scale = true}),
                             mgan::check_backends(match, pictures, captions)}) {
    std::puts(result.message().c_str());
    failed += !result;
  }
  return failed;
}
