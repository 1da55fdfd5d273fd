// What fit asks of a model, of a source of batches and of callbacks. No base class, no tensor library: any struct that
// has
//
//     model      visit(self, f), its weights; loss(batch, step), a struct with the tensor `total`
//     source     steps(), batches an epoch; batch(epoch, place), the batch at a place from 0 to steps() - 1
//     callback   some of begin(run), step_taken(run, result), epoch_ended(run), end(run)
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "mgan/core/member_names.hpp"
#include "mgan/core/parameters.hpp"

namespace mgan::train {

struct Run;         // run.hpp
struct StepResult;  // run.hpp

/// Where a run is: what a loss and a schedule are told. Everything counts from 0.
struct Step {
  std::int64_t epoch = 0;   // epochs that are done
  std::int64_t number = 0;  // steps that are done, in all epochs together
  std::int64_t epochs = 1;  // of the whole run
  std::int64_t steps = 1;   // of the whole run
};

/// A source is asked by several threads at once. With batch(epoch, place) a pure function, a resumed run sees the
/// batches of one that was never interrupted. Optional: fingerprint(), a line that tells data from other data.
template <class S>
concept BatchSource = requires(const S& source, std::int64_t i) {
  { source.steps() } -> std::convertible_to<std::int64_t>;
  source.batch(i, i);
};

/// The loss of one batch. Optional beside `total`: `numbers`, pairs of a name and a double, for the log.
template <class M, class Batch>
concept HasLoss = requires(M& model, const Batch& batch, const Step& step) {
  model.loss(batch, step).total;
};

/// Where a callback stands among others. A callback that does not say it (`static constexpr Stage stage`) may stand
/// anywhere.
enum class Stage {
  resume,    ///< loads a checkpoint before the others look at the run
  validate,  ///< fills in run.validation
  log,       ///< writes down what happened
  keep,      ///< looks at run.validation
  save,      ///< saves a checkpoint of what all others have changed
};

namespace detail {

struct names_of_callbacks {
  int begin, step_taken, epoch_ended, end;
};
/// A name that C has too is ambiguous here.
template <class C>
struct with_callback_names : C, names_of_callbacks {};

template <class C>
concept TakesBegin = requires(C& c, Run& run) {
  c.begin(run);
};
template <class C>
concept TakesStep = requires(C& c, Run& run, const StepResult& result) {
  c.step_taken(run, result);
};
template <class C>
concept TakesEpoch = requires(C& c, Run& run) {
  c.epoch_ended(run);
};
template <class C>
concept TakesEnd = requires(C& c, Run& run) {
  c.end(run);
};

// Has the member, but it cannot be called as fit would.
template <class C>
concept WrongBegin = mgan::detail::CanBeBase<C> && !TakesBegin<C> && !requires {
  &with_callback_names<C>::begin;
};
template <class C>
concept WrongStep = mgan::detail::CanBeBase<C> && !TakesStep<C> && !requires {
  &with_callback_names<C>::step_taken;
};
template <class C>
concept WrongEpoch = mgan::detail::CanBeBase<C> && !TakesEpoch<C> && !requires {
  &with_callback_names<C>::epoch_ended;
};
template <class C>
concept WrongEnd = mgan::detail::CanBeBase<C> && !TakesEnd<C> && !requires {
  &with_callback_names<C>::end;
};

template <class C>
constexpr int stage_of() {
  if constexpr (requires { C::stage; }) return static_cast<int>(C::stage);
  else return -1;
}
template <class... Callbacks>
constexpr bool in_order() {
  int last = -1;
  bool right = true;
  for (const int stage : {-1, stage_of<Callbacks>()...}) {
    right = right && (stage < 0 || stage >= last);
    last = stage < 0 ? last : stage;
  }
  return right;
}
template <class... Callbacks>
constexpr bool any_of([[maybe_unused]] Stage wanted) {
  return ((stage_of<Callbacks>() == static_cast<int>(wanted)) || ...);
}

}  // namespace detail

/// Some of begin(run), step_taken(run, result), epoch_ended(run), end(run), and none of them with another signature.
template <class C>
concept Callback = (detail::TakesBegin<C> || detail::TakesStep<C> || detail::TakesEpoch<C> ||
                    detail::TakesEnd<C>)&&!detail::WrongBegin<C> &&
                   !detail::WrongStep<C> && !detail::WrongEpoch<C> && !detail::WrongEnd<C>;

namespace detail {

/// Refuses one callback with a message that says why.
template <class C>
constexpr bool check_callback() {
  static_assert(!WrongBegin<C>, "mgan: a callback's begin must be  void begin(mgan::train::Run&)");
  static_assert(!WrongStep<C>,
                "mgan: a callback's step_taken must be  void step_taken(mgan::train::Run&, const "
                "mgan::train::StepResult&)");
  static_assert(!WrongEpoch<C>, "mgan: a callback's epoch_ended must be  void epoch_ended(mgan::train::Run&)");
  static_assert(!WrongEnd<C>, "mgan: a callback's end must be  void end(mgan::train::Run&)");
  static_assert(
      Callback<C> || WrongBegin<C> || WrongStep<C> || WrongEpoch<C> || WrongEnd<C>,
      "mgan: a callback of fit needs some of begin(run), step_taken(run, result), epoch_ended(run), end(run)");
  return Callback<C>;
}

/// Refuses a list of callbacks with a message that says why.
template <class... Callbacks>
constexpr bool check_callbacks() {
  constexpr bool each = (check_callback<Callbacks>() && ... && true);
  static_assert(in_order<Callbacks...>(),
                "mgan: fit's callbacks come in this order: Resume, Validate, WriteLog, KeepBest or StopEarly, "
                "SaveCheckpoint; others anywhere");
  static_assert(!any_of<Callbacks...>(Stage::keep) || any_of<Callbacks...>(Stage::validate),
                "mgan: KeepBest and StopEarly need a Validate in front of them");
  return each;
}

/// Refuses what is no source and a model without a loss.
template <class Model, class Source>
constexpr bool check_model_and_source() {
  static_assert(BatchSource<Source>,
                "mgan: fit's source needs, both const, steps() and batch(epoch, place), two std::int64_t");
  static_assert(HasParameters<Model>,
                "mgan: fit's model needs  template <class Self, class F> static void visit(Self& self, F&& f)  that "
                "names its weights");
  if constexpr (BatchSource<Source> && HasParameters<Model>) {
    using Batch = std::remove_cvref_t<decltype(std::declval<const Source&>().batch(0, 0))>;
    static_assert(HasLoss<Model, Batch>,
                  "mgan: fit's model needs loss(batch, step), which takes the source's batch and a "
                  "mgan::train::Step and returns a struct with the tensor `total`");
    return HasLoss<Model, Batch>;
  } else {
    return false;
  }
}

}  // namespace detail

}  // namespace mgan::train
