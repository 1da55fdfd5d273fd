// Functors hold no mode. Whoever trains passes a context to prepare and score; the default is inference.
#pragma once

#include <type_traits>

#include "mgan/core/requirements.hpp"

namespace mgan {

/// Deterministic: hard top-K, no noise, running statistics.
struct Inference {};

/// No list to write updates of running statistics into.
struct NoUpdates {};

/// Noise from `generator`: std::mt19937_64 for Eigen, at::Generator for LibTorch. Functors are const: what a step finds
/// out about running statistics is appended to `updates`, a mgan::StateUpdates (core/state.hpp), for whoever trains to
/// apply.
template <class Generator, class Updates = NoUpdates>
struct Training {
  Generator& generator;
  Updates& updates;
};
template <class Generator>
struct Training<Generator, NoUpdates> {
  Generator& generator;
};
template <class Generator>
Training(Generator&) -> Training<Generator>;
template <class Generator, class Updates>
Training(Generator&, Updates&) -> Training<Generator, Updates>;

template <class Context>
inline constexpr bool is_training = false;
template <class Generator, class Updates>
inline constexpr bool is_training<Training<Generator, Updates>> = true;

/// What a functor may be passed beside its inputs.
template <class Context>
concept ContextOfUse = std::is_same_v<Context, Inference> || is_training<Context>;

struct with_context_fn {
  template <class F, ContextOfUse Context, class... Inputs>
  auto operator()(const F& f, [[maybe_unused]] const Context& context, const Inputs&... inputs) const {
    if constexpr (requires { f(inputs..., context); }) return f(inputs..., context);
    else return f(inputs...);
  }
};
/// f(inputs..., context), or f(inputs...) of a functor that takes no context.
inline constexpr with_context_fn with_context{};

}  // namespace mgan
