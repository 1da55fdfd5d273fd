// expect: mgan: KeepBest and StopEarly need a Validate in front of them
#include "mgan/train/contract.hpp"

using mgan::train::Run, mgan::train::Stage;

struct Measure {
  static constexpr Stage stage = Stage::validate;
  void epoch_ended(Run&) const {}
};
struct Keep {
  static constexpr Stage stage = Stage::keep;
  void epoch_ended(Run&) const {}
};

#ifdef FIXED
constexpr bool use = mgan::train::detail::check_callbacks<Measure, Keep>();
#else
constexpr bool use = mgan::train::detail::check_callbacks<Keep>();
#endif
