// expect: mgan: fit's model needs loss(batch, step), which takes the source's batch and a mgan::train::Step
#include "mgan/train/contract.hpp"

struct Loss {
  double total;
};
struct Data {
  std::int64_t steps() const { return 1; }
  int batch(std::int64_t, std::int64_t) const { return 1; }
};
struct Mine {
#ifdef FIXED
  Loss loss(int batch, const mgan::train::Step&) const { return {static_cast<double>(batch)}; }
#else
  Loss loss(int batch) const { return {static_cast<double>(batch)}; }
#endif
  template <class Self, class F>
  static void visit(Self&, F&&) {}
};

constexpr bool use = mgan::train::detail::check_model_and_source<Mine, Data>();
