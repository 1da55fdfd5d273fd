// Autograd against central differences, in double, for every number that goes in.
//
//     L = sum(cotangent * functor(inputs...))       dL/dx ~ (L(x + h) - L(x - h)) / 2h,  extrapolated to h = 0
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "mgan/core/parameters.hpp"
#include "mgan/testing/autograd.hpp"
#include "mgan/testing/fields.hpp"
#include "mgan/testing/numbers.hpp"
#include "mgan/testing/padding.hpp"
#include "mgan/testing/result.hpp"

namespace mgan {

namespace detail {

struct Slope {
  double value = 0;
  double error = std::numeric_limits<double>::infinity();  // an estimate
};

/// f'(0) by Richardson's extrapolation of halved steps; the entry whose neighbours agree
/// best is trusted (Ridders 1982).
template <class F>
Slope central_difference(const F& f, double step, double good_enough) {
  constexpr std::size_t rows = 8;
  double table[rows][rows];
  Slope best;
  for (std::size_t row = 0; row < rows && best.error > good_enough; ++row, step /= 2) {
    table[row][0] = (f(step) - f(-step)) / (2 * step);
    double power = 1;
    for (std::size_t col = 1; col <= row; ++col) {
      power *= 4;
      const double left = table[row][col - 1], above = table[row - 1][col - 1];
      table[row][col] = left + (left - above) / (power - 1);
      const double error = std::max(std::abs(table[row][col] - left), std::abs(table[row][col] - above));
      if (error < best.error) best = {table[row][col], error};
    }
  }
  return best;
}

/// The contract of an alignment for two inputs, the functor itself for any other number.
template <class M, class... Inputs>
auto apply_functor(const M& functor, const Inputs&... inputs) {
  if constexpr (sizeof...(Inputs) == 2) return all_pairs(functor, inputs...);
  else return functor(inputs...);
}

}  // namespace detail

struct check_gradients_fn {
  /// Two inputs are images and texts as `all_pairs` takes them, (images, ...) and (texts, ...), each a tensor, a
  /// Masked, a tuple or a struct with map(f); any other number goes to operator(). The functor and the inputs are
  /// copied in double on the CPU. A number on a kink (the tie of a maximum) has no derivative and is left out; more
  /// than a tenth of those is a failure, and so is one behind a mask: padding moves nothing. Costs four or more calls a
  /// number: choose small sizes.
  template <class M, class... Inputs>
  CheckResult operator()(const M& functor, const Inputs&... inputs) const {
    using T = std::common_type_t<detail::tensor_of<Inputs>...>;
    detail::require_visit<M>();
    static_assert(Differentiable<T>,
                  "mgan: check_gradients needs a tensor type with autograd: LibTorch's (<mgan/backend/torch.hpp>), or "
                  "yours with mgan::autograd specialised");
    CheckResult result{"gradients", "autograd", "central differences"};
    if constexpr (Differentiable<T>) {
      std::vector<std::pair<std::string, T>> leaves;
      const auto leaf = [&leaves](const std::string& name, const T& x) {
        leaves.emplace_back(name, autograd<T>::leaf(detail::in_double("check_gradients", name, x)));
        return leaves.back().second;
      };
      M copy = functor;
      visit_parameters(copy, [&](const std::string& name, T& weight) { weight = leaf(name, weight); });
      visit_states(
          copy, [&](const std::string& name, T& state) { state = detail::in_double("check_gradients", name, state); });
      std::map<std::string, std::vector<bool>> padding;  // of masked inputs: which numbers are behind the mask
      std::size_t number = 0;
      const auto input_name = [&number]() -> std::string {
        const std::size_t i = number++;
        if constexpr (sizeof...(Inputs) == 2) return i == 0 ? "image" : "text";
        else return sizeof...(Inputs) == 1 ? "input" : "input " + std::to_string(i);
      };
      const auto move = [&](const auto& input) {
        const std::string name = input_name();
        if constexpr (is_masked<std::remove_cvref_t<decltype(input)>>)
          padding[name] = detail::behind(to_host(input.values), to_host(input.mask));
        return detail::map_floating(
            input, [&](const T& x) { return leaf(name, x); }, detail::to_cpu{});
      };
      const std::tuple<Inputs...> moved{move(inputs)...};
      const auto call = [&] {
        return std::apply([&](const auto&... x) { return detail::apply_functor(copy, x...); }, moved);
      };
      compare(result, leaves, padding, call, std::min(1.0, temperature_of(functor)));
    }
    return result;
  }

 private:
  template <class Leaves, class Call>
  static void compare(CheckResult& result, Leaves& leaves, const std::map<std::string, std::vector<bool>>& padding,
                      const Call& call, double step) {
    using T = decltype(call());
    static_assert(Tensor<T>, "mgan: check_gradients needs a functor that returns a tensor");
    const T y = call();
    const HostArray cotangent = random_numbers(shape(y), 11);
    autograd<T>::backward(y, cotangent);

    const auto objective = [&] {
      const HostArray now = to_host(call());
      double total = 0;
      for (std::size_t i = 0; i < now.values.size(); ++i) total += cotangent.values[i] * now.values[i];
      return total;
    };
    const Tolerance tolerance = mgan::tolerance(Compared::gradients, "F64");
    std::int64_t kinks = 0, leaks = 0;
    std::string leak;  // the first
    for (auto& [name, leaf] : leaves) {
      T x = leaf;
      const HostArray gradient = autograd<T>::gradient(x);
      HostArray numbers = to_host(x);
      for (std::size_t i = 0; i < numbers.values.size(); ++i) {
        double& number = numbers.values[i];
        const double center = number, enough = 0.01 * tolerance.allowed(gradient.values[i]);
        const auto moved_by = [&](double distance) {
          number = center + distance;
          assign(x, numbers);
          return objective();
        };
        const detail::Slope slope = detail::central_difference(moved_by, 1e-2 * step, enough);
        moved_by(0);
        const bool kink = slope.error > 1e-6 * (1 + std::abs(slope.value));
        const auto behind = padding.find(name);
        if (behind != padding.end() && behind->second[i] && (kink || std::abs(slope.value) > tolerance.allowed(0))) {
          if (leaks++ == 0) leak = name + to_string(position(static_cast<std::int64_t>(i), numbers.shape));
          continue;
        }
        if (kink) {
          ++kinks;
          continue;
        }
        result.compare(name, position(static_cast<std::int64_t>(i), numbers.shape), gradient.values[i], slope.value,
                       tolerance.allowed(slope.value) + 10 * slope.error);
      }
    }
    if (leaks > 0) {
      result.ok = false;
      result.note = "padding reaches the scores: " + leak + " and " + std::to_string(leaks - 1) +
                    " more numbers behind a mask move them";
      return;
    }
    if (kinks > 0) result.note = std::to_string(kinks) + " more numbers sit on a kink and are not judged";
    if (kinks * 10 > result.compared + kinks) {
      result.ok = false;
      result.note += ", more than a tenth: choose other inputs, away from ties and zero vectors";
    }
  }
};
/// Gradients of the inputs and of every visited weight are those of central differences.
inline constexpr check_gradients_fn check_gradients{};

}  // namespace mgan
