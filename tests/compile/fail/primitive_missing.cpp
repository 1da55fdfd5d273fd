// expect: primitives::Arithmetic
// expect: scale(
// A backend that claims a group and lacks one of it: the compiler names both.
#include "mgan/core/primitives.hpp"

struct Array {};
struct array_ops {
  static Array add(const Array&, const Array&);
  static Array sub(const Array&, const Array&);
  static Array mul(const Array&, const Array&);
  static Array div(const Array&, const Array&);
#ifdef FIXED
  static Array scale(const Array&, double);
#endif
  static Array shift(const Array&, double);
  static Array scale_by(const Array&, const Array&);
};
template <>
struct mgan::tensor_traits<Array> {
  using ops = array_ops;
  using vector = Array;
};
static_assert(mgan::primitives::Arithmetic<Array>);
static_assert(!mgan::primitives::Reductions<Array>);  // nothing asks for a group
