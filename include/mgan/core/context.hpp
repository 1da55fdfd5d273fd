// Functors hold no mode. Whoever trains passes a context to prepare; the default is inference.
#pragma once

namespace mgan {

/// Deterministic: hard top-K, no noise.
struct Inference {};

/// Noise from `generator`: std::mt19937_64 for Eigen, at::Generator for LibTorch.
template <class Generator>
struct Training {
  Generator& generator;
};
template <class Generator>
Training(Generator&) -> Training<Generator>;

}  // namespace mgan
