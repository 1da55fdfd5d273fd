// expect: mgan: fit's callbacks come in this order: Resume, Validate, WriteLog, KeepBest or StopEarly, SaveCheckpoint
// A log behind the checkpoint would lack a line after a resumed kill.
#include "mgan/train/contract.hpp"

using mgan::train::Run, mgan::train::Stage, mgan::train::StepResult;

struct Log {
  static constexpr Stage stage = Stage::log;
  void step_taken(Run&, const StepResult&) const {}
};
struct Save {
  static constexpr Stage stage = Stage::save;
  void epoch_ended(Run&) const {}
};
struct Anywhere {
  void end(Run&) const {}
};

#ifdef FIXED
constexpr bool use = mgan::train::detail::check_callbacks<Anywhere, Log, Anywhere, Save, Anywhere>();
#else
constexpr bool use = mgan::train::detail::check_callbacks<Anywhere, Save, Anywhere, Log>();
#endif
