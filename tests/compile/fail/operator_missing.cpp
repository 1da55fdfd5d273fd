// expect: normalize
// expect: row_ops
// A tensor type that is taught half: the functor wants an operation that its ops do not have.
#include "mgan/ops/normalize.hpp"

struct Row {
  double x, y;
};
struct row_ops {
  static mgan::Shape shape(const Row&) { return {2}; }
#ifdef FIXED
  static Row normalize(const Row& r) { return r; }
#endif
};
template <>
struct mgan::tensor_traits<Row> {
  using ops = row_ops;
};

Row use(const Row& row) { return mgan::normalize(row); }
