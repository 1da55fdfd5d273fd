// One similarity interaction of one lane, Eq. (7)-(10), and its gradient.
//
//     p = softmax(x / tau)    y = A p    q = softmax(y / tau)    o = q . x
//     dy = (g / tau) q (x - o)    dp = A' dy    dx = g q + (1 / tau) p (dp - p . dp)    dA = dy p'
#pragma once

#include <math.h>

#include "mgan/kernels/cuda/lanes.hpp"

namespace mgan::kernels::cuda {

/// Four neighbours that one load brings.
struct alignas(16) Four {
  float value[4];
};

/// A square weight of y = A p, both ways round, its rows filled up to whole fours.
struct Square {
  const Four* columns;  // [j][i]
  const Four* rows;     // [i][j]
  int step;             // fours a row
};

/// 1 / tau, and log2(e) / tau: exponentials are powers of two.
struct Sharpness {
  float natural, binary;
};

/// sum[r] = sum_j m[j * step].value[r] v[j], for r = 0..3.
MGAN_HOST_DEVICE inline void four_products(const Four* m, int step, int n, LaneVector v, float (&sum)[4]) {
  for (int r = 0; r < 4; ++r) sum[r] = 0;
  for (int j = 0; j < n; ++j) {
    const Four four = m[j * step];
    const float factor = v[j];
    for (int r = 0; r < 4; ++r) sum[r] += four.value[r] * factor;
  }
}

/// e_j = exp((x_j - max x) / tau); their sum. The largest is exactly 1.
MGAN_HOST_DEVICE inline float exponentials(LaneVector x, int n, float sharpness, LaneVector e) {
  float most = x[0], total = 0;
  for (int j = 1; j < n; ++j) most = fmaxf(most, x[j]);
  for (int j = 0; j < n; ++j) total += e[j] = exp2f((x[j] - most) * sharpness);
  return total;
}

/// o of x, with e as workspace. The sum of the first softmax is divided out inside the second's scale; the second runs
/// along with y, and what it has summed fades when a larger y comes.
MGAN_HOST_DEVICE inline float interact(const Square& A, int n, Sharpness sharpness, LaneVector x, LaneVector e) {
  const float scale = sharpness.binary / exponentials(x, n, sharpness.binary, e);
  float most = -INFINITY, total = 0, weighted = 0;
  for (int i = 0; i < n; i += 4) {
    float y[4];
    four_products(A.columns + i / 4, A.step, n, e, y);
    for (int r = 0; r < 4; ++r) {
      if (i + r >= n) break;
      if (y[r] > most) {
        const float fade = exp2f((most - y[r]) * scale);
        total *= fade, weighted *= fade, most = y[r];
      }
      const float a = exp2f((y[r] - most) * scale);
      total += a, weighted += a * x[i + r];
    }
  }
  return weighted / total;
}

/// The gradient dx for the upstream g, written over x. What dA = d p' needs stays in p and d; q is workspace.
MGAN_HOST_DEVICE inline void interaction_gradient(const Square& A, int n, Sharpness sharpness, float g, LaneVector x,
                                                  LaneVector p, LaneVector q, LaneVector d) {
  const float total = exponentials(x, n, sharpness.binary, p);
  for (int j = 0; j < n; ++j) p[j] /= total;

  for (int i = 0; i < n; i += 4) {
    float y[4];
    four_products(A.columns + i / 4, A.step, n, p, y);
    for (int r = 0; r < 4; ++r)
      if (i + r < n) d[i + r] = y[r];
  }
  const float sum = exponentials(d, n, sharpness.binary, q);
  float o = 0;
  for (int i = 0; i < n; ++i) o += q[i] * x[i];
  o /= sum;
  for (int i = 0; i < n; ++i) {
    q[i] /= sum;
    d[i] = g * sharpness.natural * q[i] * (x[i] - o);
  }

  float p_dp = 0;
  for (int j = 0; j < n; j += 4) {
    float dp[4];
    four_products(A.rows + j / 4, A.step, n, d, dp);
    for (int r = 0; r < 4; ++r)
      if (j + r < n) x[j + r] = dp[r], p_dp += p[j + r] * dp[r];
  }
  for (int j = 0; j < n; ++j) x[j] = g * q[j] + sharpness.natural * p[j] * (x[j] - p_dp);
}

/// dA[i][j] += the sum over the block's lanes of d_i p_j, for i, j < n. An entry always belongs to the same lane, and
/// the order of its sum is fixed.
MGAN_HOST_DEVICE inline void add_outer_products(int lane, const float* d, const float* p, int n, int leading,
                                                float* dA) {
  for (int entry = lane; entry < n * n; entry += lanes_a_block) {
    const int i = entry / n, j = entry % n;
    float sum = 0;
    for (int m = 0; m < lanes_a_block; ++m) sum += d[i * lane_step + m] * p[j * lane_step + m];
    dA[i * leading + j] += sum;
  }
}

}  // namespace mgan::kernels::cuda
