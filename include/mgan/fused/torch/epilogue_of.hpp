// Which modules the fused sweep can score, and with which epilogue. A module of your own joins by an overload of
// `epilogue_of`, found by its type. It returns a struct with `epilogue` and, if kernels::gradient_of(epilogue) exists,
// `weight_gradients(numbers)`: tensors in the order of the module's visit.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>

#include <algorithm>
#include <vector>

#include "mgan/alignment/max_sim.hpp"
#include "mgan/alignment/patch_alignment.hpp"
#include "mgan/alignment/plain_aggregation.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/kernels/cpu/epilogue/interaction/forward.hpp"
#include "mgan/kernels/cpu/epilogue/maxima/forward.hpp"

namespace mgan {

/// An epilogue and the tensors that it points into.
struct InteractionPlan {
  at::Tensor A1, A2, A3, A4;
  Convention convention;
  kernels::InteractionEpilogue epilogue;

  /// From the gradient's numbers, all of y = A p, to those of A1 to A4.
  std::vector<at::Tensor> weight_gradients(const double* numbers) const {
    std::vector<at::Tensor> gradients;
    for (const at::Tensor* A : {&A1, &A2, &A3, &A4}) {
      const at::Tensor dA = at::empty_like(*A);  // (n, n)
      std::copy(numbers, numbers + A->numel(), dA.mutable_data_ptr<float>());
      gradients.push_back(convention == Convention::column ? dA : dA.transpose(0, 1).contiguous());
      numbers += A->numel();
    }
    return gradients;
  }
};
struct MaximaPlan {
  kernels::MaximaEpilogue epilogue;

  static std::vector<at::Tensor> weight_gradients(const double*) { return {}; }
};

inline InteractionPlan epilogue_of(const PatchAlignment<at::Tensor>& m) {
  const auto rows = [&m](const at::Tensor& A) {  // y = A p, or y = A' p
    return (m.convention == Convention::column ? A : A.transpose(0, 1)).detach().contiguous();
  };
  InteractionPlan plan{rows(m.A1), rows(m.A2), rows(m.A3), rows(m.A4), m.convention, {}};
  plan.epilogue = {plan.A1.const_data_ptr<float>(),
                   plan.A2.const_data_ptr<float>(),
                   plan.A3.const_data_ptr<float>(),
                   plan.A4.const_data_ptr<float>(),
                   plan.A1.size(0),
                   static_cast<float>(m.temperature)};
  return plan;
}

inline MaximaPlan epilogue_of(const PlainAggregation&) { return {{0.5f, 0.5f, true}}; }

/// MaxSim on cosines or raw products, pooled by mean or sum: both sides of the similarity are prepared already.
template <class Direction, class Pool, class Similarity>
requires(std::is_same_v<Pool, MeanPool> || std::is_same_v<Pool, SumPool>) &&
    (std::is_same_v<Similarity, CosineSimilarity> || std::is_same_v<Similarity, CosinePlusEpsilon> ||
     std::is_same_v<Similarity, RawDotProduct>)MaximaPlan
    epilogue_of(const MaxSim<Direction, Pool, Similarity, PaddingMasked>&) {
  const auto factor = static_cast<float>(Direction::factor);
  return {
      {Direction::over_words ? factor : 0.0f, Direction::over_regions ? factor : 0.0f, std::is_same_v<Pool, MeanPool>}};
}

/// A module that the fused sweep can score.
template <class M>
concept Fusable = requires(const M& m) {
  epilogue_of(m).epilogue;
};

}  // namespace mgan
