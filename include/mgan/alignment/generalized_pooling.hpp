// One vector of a set of tokens, by weights of their places in descending order: GPO (Chen et al., CVPR 2021; woodfrog/
// vse_infty).
//
//     e_p[2i] = sin(p 10000^(-2i/P))      e_p[2i+1] = cos(p 10000^(-2i/P))      p = 0 .. n-1
//     theta = softmax_p(linear(h_p) / temperature)                              h_p: a GRU over e, mean of both
//     directions pooled_d = sum_p theta_p sorted(x_d)_p                                    every channel sorted, the
//     largest first
//
// Mean, maximum and the mean of the k largest are among these weights. They depend on n alone. Cost a sample: n D log n
// and 12 n H (P + H).
#pragma once

#include <cmath>
#include <vector>

#include "mgan/core/masked.hpp"
#include "mgan/nn/gru.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/reduce.hpp"

namespace mgan {

/// Sines and cosines of the places 0 .. n-1: (n, P).
inline HostArray place_codes(std::int64_t n, std::int64_t width) {
  HostArray codes{{n, width}, {}};
  for (std::int64_t p = 0; p < n; ++p) {
    for (std::int64_t i = 0; i < width; ++i) {
      const double angle =
          static_cast<double>(p) * std::pow(10000.0, -static_cast<double>(i - i % 2) / static_cast<double>(width));
      codes.values.push_back(i % 2 ? std::cos(angle) : std::sin(angle));
    }
  }
  return codes;
}

template <Tensor T>
struct GeneralizedPooling {
  BidirectionalGru<T> gru;  // P -> H
  Projection<T> linear;     // (1, H)
  double temperature = 0.1;

  static GeneralizedPooling create(std::int64_t code_width = 32, std::int64_t width = 32) {
    return {BidirectionalGru<T>::create(code_width, width), Projection<T>::create(width, 1)};
  }

  /// Tokens (..., n, D), masked if they are padded -> (..., D).
  template <Tokens X>
  auto operator()(const X& tokens) const {
    check_rows("GeneralizedPooling", "tokens", tokens);
    check_finite("GeneralizedPooling", "tokens", tokens);
    check_same_kind("GeneralizedPooling", "tokens and weight", values(tokens), linear.weight);
    const auto sorted = sort_rows(values(tokens), mask(tokens));  // (..., n, D)
    return dot(transpose(widen(sorted)), weights(tokens));        // (..., D)
  }

  /// theta of the tokens' number: (n), or (..., n) with zeros behind the lengths of a padded batch.
  template <Tokens X>
  auto weights(const X& tokens) const {
    check_positive("GeneralizedPooling", "temperature", temperature);
    const auto codes = codes_of(tokens);                          // (..., n, P)
    const auto logits = row(transpose(linear(gru(codes))), 0);    // (..., n)
    return softmax(scale(logits, 1 / temperature), mask(codes));  // (..., n)
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("gru", self.gru);
    f("linear", self.linear);
  }

 private:
  /// The codes of the places that sorted tokens take: real ones come first.
  template <Tokens X>
  auto codes_of(const X& tokens) const {
    const HostArray one = place_codes(axis(tokens, 2), axis(gru.forward.weight_ih, 1));
    if constexpr (is_masked<X>) {
      HostArray all{shape(tokens), {}};  // (..., n, P), the same codes for every sample
      all.shape.back() = one.shape.back();
      const std::int64_t samples = element_count(all.shape) / std::max<std::int64_t>(1, element_count(one.shape));
      for (std::int64_t b = 0; b < samples; ++b)
        all.values.insert(all.values.end(), one.values.begin(), one.values.end());
      return Masked{tensor_like(tokens.values, all), real_first(tokens.mask)};
    } else {
      return tensor_like(tokens, one);
    }
  }
};

}  // namespace mgan
