// expect: mgan: a callback's step_taken must be  void step_taken(mgan::train::Run&, const mgan::train::StepResult&)
// Without a check it would never be called.
#include "mgan/train/contract.hpp"

struct Mine {
  void begin(mgan::train::Run&) const {}
#ifdef FIXED
  void step_taken(mgan::train::Run&, const mgan::train::StepResult&) const {}
#else
  void step_taken(mgan::train::Run&) const {}
#endif
};

constexpr bool use = mgan::train::detail::check_callbacks<Mine>();
