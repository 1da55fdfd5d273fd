// expect: mgan: a callback of fit needs some of begin(run), step_taken(run, result), epoch_ended(run), end(run)
#include "mgan/train/contract.hpp"

struct Mine {
#ifdef FIXED
  void end(mgan::train::Run&) const {}
#else
  void finish(mgan::train::Run&) const {}
#endif
};

constexpr bool use = mgan::train::detail::check_callbacks<Mine>();
