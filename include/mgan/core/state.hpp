// Running statistics: tensors that belong to a functor, are stored and moved with it, and are not trained.
//
// A functor names them in a second static member, beside visit:
//     template <class Self, class F>
//     static void visit_state(Self& self, F&& f) { f("mean", self.mean); f("variance", self.variance); }
// In training it appends what it has found to the list of its context; apply_updates moves the state, in that order.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "mgan/core/check.hpp"
#include "mgan/core/context.hpp"
#include "mgan/core/parameters.hpp"

namespace mgan {

/// state <- (1 - momentum) state + momentum batch, for the numbers that are present.
template <Tensor V>
struct StateUpdate {
  const void* state;  // ops::identity of the tensor
  V batch;            // without a gradient
  double momentum;
  std::optional<V> present = {};  // 1 where the batch says something, 0 where the state stays; none: everywhere
};

/// Of one step, in the order in which they were found. V is vector_of<T>.
template <Tensor V>
using StateUpdates = std::vector<StateUpdate<V>>;

/// Moves the state of `model`, update by update, and forgets them. Throws for an update of a tensor that `model` does
/// not visit; nothing has moved then.
template <class M, Tensor V>
void apply_updates(M& model, StateUpdates<V>& updates) {
  if (updates.empty()) return;
  std::vector<V*> states;
  visit_states(model, [&states](const std::string&, auto& x) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(x)>, V>) states.push_back(&x);
  });
  const auto find = [&states](const void* identity) -> V* {
    for (V* x : states)
      if (ops_for<V>::identity(*x) == identity) return x;
    return nullptr;
  };
  for (const StateUpdate<V>& update : updates)
    require(find(update.state) != nullptr, "apply_updates: running statistics ", shape(update.batch),
            " of a functor that this model does not visit");
  for (const StateUpdate<V>& update : updates) {
    V& x = *find(update.state);
    const V target = update.present
                         ? V(ops_for<V>::add(x, ops_for<V>::mul(*update.present, ops_for<V>::sub(update.batch, x))))
                         : update.batch;
    ops_for<V>::move_towards(x, target, update.momentum);
  }
  updates.clear();
}

}  // namespace mgan
