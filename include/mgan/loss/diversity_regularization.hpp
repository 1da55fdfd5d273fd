// Views of an image shall look at different regions. Eq. (13) of the MGAN paper; the term comes from CAMERA (2020).
//
//     L_div = || B^T B - I ||_F^2,    B: the pre-softmax logits A (R, N), every column to unit length over the regions
#pragma once

#include "mgan/core/check.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

struct DiversityRegularization {
  /// assignment_logits (..., R, N), masked if they are padded -> one value an image (...). Sum them over the batch.
  template <Tokens X>
  auto operator()(const X& assignment_logits) const {
    check_rows("DiversityRegularization", "assignment_logits", assignment_logits);
    check_finite("DiversityRegularization", "assignment_logits", assignment_logits);
    const auto logits = mask_rows(values(assignment_logits), mask(assignment_logits));  // (..., R, N)
    const auto b = normalize(transpose(logits));                                        // (..., N, R)
    const auto gram = inner(b, b);                                                      // (..., N, N)
    const std::int64_t n = axis(gram, 1);
    HostArray eye{{n, n}, std::vector<double>(static_cast<std::size_t>(n * n))};
    for (std::int64_t i = 0; i < n; ++i) eye.values[static_cast<std::size_t>(i * (n + 1))] = 1;
    const auto off = sub(gram, tensor_like(gram, eye));  // (..., N, N)
    return sum(sum(mul(off, off)));                      // (...)
  }
};

}  // namespace mgan
