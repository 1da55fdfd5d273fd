// C = x . w, a chain of multiply-adds.
#pragma once

#include "mgan/kernels/cpu/product/precision/precision.hpp"

namespace mgan::kernels {

struct Fp32 {
  using Unit = float;
  using Own = Targets<>;
  static constexpr const char* name = "fp32";
  static constexpr std::int64_t numbers = 1, widest = any_width;
  static constexpr bool exact = true, scaled = false;
  template <int W>
  using Units = Floats<W>;
  template <int W>
  using Sum = Floats<W>;

  template <int W>
  [[gnu::always_inline]] static void add(Sum<W>& sum, const Units<W>& x, float w) {
    sum += x * w;
  }
};

}  // namespace mgan::kernels
