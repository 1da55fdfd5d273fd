// Parameters of any composition, by name: for optimisers, checkpoints, devices, casts.
//
// A functor with weights has one static member, which serves const and mutable objects alike:
//     template <class Self, class F>
//     static void visit(Self& self, F&& f) { f("weight", self.weight); f("bias", self.bias); }
// Children are visited the same way; names are joined by dots, list elements are named by their index:
// `region_alignment.views.conv.0.weight`. Running statistics, which are stored and moved but not trained, are named by
// a second member, visit_state (core/state.hpp); a composition of such functors needs none.
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

/// A functor that names running statistics of its own.
template <class M>
concept HasState = requires(M& m) {
  std::remove_cv_t<M>::visit_state(m, detail::any_visitor{});
};

namespace detail {

/// A name below a prefix.
inline std::string below(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + "." + name;
}

/// Which tensors of a functor are visited.
struct Visited {
  bool weights, state;
};
template <Visited which, class M, class F>
void visit_tree(M& m, F&& f, const std::string& prefix) {
  using Plain = std::remove_cv_t<M>;
  if constexpr (Tensor<Plain>) {
    if constexpr (which.weights) f(prefix, m);
  } else if constexpr (is_list<Plain>) {
    for (std::size_t i = 0; i < m.size(); ++i) visit_tree<which>(m[i], f, below(prefix, std::to_string(i)));
  } else {
    if constexpr (HasParameters<M>) {
      Plain::visit(
          m, [&](const auto& name, auto& child) { visit_tree<which>(child, f, below(prefix, std::string(name))); });
    } else {
      static_assert(!NamesVisit<Plain>,
                    "mgan: visit must be  template <class Self, class F> static void visit(Self& self, F&& f)");
    }
    if constexpr (HasState<M>) {
      if constexpr (which.state) {
        Plain::visit_state(m, [&](const auto& name, auto& tensor) {
          static_assert(Tensor<std::remove_cvref_t<decltype(tensor)>>, "mgan: visit_state names tensors, not functors");
          f(below(prefix, std::string(name)), tensor);
        });
      }
    } else {
      static_assert(
          !NamesVisitState<Plain>,
          "mgan: visit_state must be  template <class Self, class F> static void visit_state(Self& self, F&& f)");
    }
  }
}

}  // namespace detail

/// Calls f(name, tensor) for every weight of `m`, in a fixed order. Functors without weights have none to visit.
template <class M, class F>
void visit_parameters(M& m, F&& f, const std::string& prefix = "") {
  detail::visit_tree<detail::Visited{true, false}>(m, f, prefix);
}

/// The same for weights and running statistics: what is saved, loaded, moved and cast. A functor's statistics follow
/// its weights.
template <class M, class F>
void visit_tensors(M& m, F&& f, const std::string& prefix = "") {
  detail::visit_tree<detail::Visited{true, true}>(m, f, prefix);
}

/// The same for running statistics alone.
template <class M, class F>
void visit_states(M& m, F&& f, const std::string& prefix = "") {
  detail::visit_tree<detail::Visited{false, true}>(m, f, prefix);
}
/// Whether there are any.
template <class M>
bool has_state(const M& m) {
  bool any = false;
  visit_states(m, [&any](const std::string&, const auto&) { any = true; });
  return any;
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
