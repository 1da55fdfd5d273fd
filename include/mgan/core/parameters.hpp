// Parameters of any composition, by name: for optimisers, checkpoints, devices, casts.
//
// A functor with weights has one static member, which serves const and mutable objects alike:
//     template <class Self, class F>
//     static void visit(Self& self, F&& f) { f("weight", self.weight); f("bias", self.bias); }
// Children are visited the same way; names are joined by dots, list elements are named by their index:
// `region_alignment.views.conv.0.weight`.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "mgan/core/member_names.hpp"
#include "mgan/core/tensor.hpp"

namespace mgan {

namespace detail {
struct any_visitor {
  template <class X>
  void operator()(const char*, X&) const {}
};
template <class X>
inline constexpr bool is_list = false;
template <class X, class A>
inline constexpr bool is_list<std::vector<X, A>> = true;
}  // namespace detail

/// A functor that names its weights.
template <class M>
concept HasParameters = requires(M& m) {
  std::remove_cv_t<M>::visit(m, detail::any_visitor{});
};

/// Calls f(name, tensor) for every weight of `m`, in a fixed order. Functors without weights have none to visit.
template <class M, class F>
void visit_parameters(M& m, F&& f, const std::string& prefix = "") {
  using Plain = std::remove_cv_t<M>;
  if constexpr (Tensor<Plain>) {
    f(prefix, m);
  } else if constexpr (detail::is_list<Plain>) {
    for (std::size_t i = 0; i < m.size(); ++i) {
      visit_parameters(m[i], f, prefix + (prefix.empty() ? "" : ".") + std::to_string(i));
    }
  } else if constexpr (HasParameters<M>) {
    Plain::visit(m, [&](const auto& name, auto& child) {
      visit_parameters(child, f, prefix + (prefix.empty() ? "" : ".") + std::string(name));
    });
  } else {
    static_assert(!detail::NamesVisit<Plain>,
                  "mgan: visit must be  template <class Self, class F> static void visit(Self& self, F&& f)");
  }
}

/// Sum of the elements of all weights.
template <class M>
std::int64_t count_parameters(const M& m) {
  std::int64_t n = 0;
  visit_parameters(m, [&n](const std::string&, const auto& w) {
    std::int64_t size = 1;
    for (const std::int64_t axis : ops_for<decltype(w)>::shape(w)) size *= axis;
    n += size;
  });
  return n;
}

}  // namespace mgan
