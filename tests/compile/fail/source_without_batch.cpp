// expect: mgan: fit's source needs, both const, steps() and batch(epoch, place)
#include "mgan/train/contract.hpp"

struct Loss {
  double total;
};
struct Data {
  std::int64_t steps() const { return 1; }
#ifdef FIXED
  int batch(std::int64_t, std::int64_t) const { return 1; }
#else
  int batch(std::int64_t, std::int64_t) { return 1; }
#endif
};
struct Mine {
  Loss loss(int batch, const mgan::train::Step&) const { return {static_cast<double>(batch)}; }
  template <class Self, class F>
  static void visit(Self&, F&&) {}
};

constexpr bool use = mgan::train::detail::check_model_and_source<Mine, Data>();
