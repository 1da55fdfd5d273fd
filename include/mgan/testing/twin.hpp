// The same functor on another tensor library: same settings, same weights.
//
//     const auto reference = mgan::twin_of<Eigen::MatrixXd, at::Tensor>(align);     PatchAlignment<at::Tensor> ->
//     <Eigen::MatrixXd>
#pragma once

#include <map>
#include <string>

#include "mgan/testing/fields.hpp"
#include "mgan/testing/numbers.hpp"

namespace mgan {

namespace detail {

/// The type with To in the place of From, wherever it is a template argument.
template <class X, class From, class To>
struct rebound {
  using type = X;
};
template <class From, class To>
struct rebound<From, From, To> {
  using type = To;
};
template <template <class...> class M, class... A, class From, class To>
struct rebound<M<A...>, From, To> {
  using type = M<typename rebound<A, From, To>::type...>;
};
template <template <Tensor, class...> class M, Tensor T, class... A, class From, class To>
struct rebound<M<T, A...>, From, To> {
  using type = M<typename rebound<T, From, To>::type, typename rebound<A, From, To>::type...>;
};

/// A tensor of these numbers: by from_host where the library has it, else by its makers for rank 1, 2 and 3.
template <Tensor X>
X make_tensor(const HostArray& numbers) {
  using ops = ops_for<X>;
  const Shape& s = numbers.shape;
  if constexpr (requires {
                  { ops::from_host(numbers) } -> std::same_as<X>;
                }) {
    return ops::from_host(numbers);
  } else {
    const auto filled = [&](X x) {
      assign(x, numbers);
      return x;
    };
    if constexpr (requires { requires std::is_same_v<X, matrix_of<X>>; }) {
      if (s.size() == 2) return filled(make_matrix<X>(s[0], s[1]));
    }
    if constexpr (requires { requires std::is_same_v<X, decltype(make_vector<X>(1))>; }) {
      if (s.size() == 1) return filled(make_vector<X>(s[0]));
    }
    if constexpr (
        requires { ops::make_kernel(1, 1, 1); } && !requires { typename tensor_traits<X>::matrix; }) {
      if (s.size() == 3) return filled(X(ops::make_kernel(s[0], s[1], s[2])));
    }
    fail("a tensor of shape ", s, " cannot be made for the other library: its rank is not that of the type there");
  }
}

template <class Target, class Source>
Target make_twin(const Source& source);

/// Turns into whatever the member of the twin is.
template <class Source>
struct member_of_twin {
  const Source& source;
  template <class Target>
  operator Target() const {
    return make_twin<Target>(source);
  }
};

template <class Target, class Source>
Target make_twin(const Source& source) {
  if constexpr (std::is_same_v<Target, Source>) {
    return source;
  } else if constexpr (is_weight<Source>) {
    return make_tensor<Target>(to_host(source));
  } else if constexpr (is_list<Source>) {
    Target out;
    for (const auto& x : source) out.push_back(make_twin<typename Target::value_type>(x));
    return out;
  } else {
    static_assert(
        count_members<Source>() > 0,
        "mgan: this functor is no aggregate of up to ten members, so its twin on the other library is yours to "
        "make: check_backends(Twins{one, other}, images, texts)");
    return with_members(source, [](const auto&... member) {
      return Target{member_of_twin<std::remove_cvref_t<decltype(member)>>{member}...};
    });
  }
}

/// Whether the type of the twin can be named: the tensor type is a type parameter, or there are no tensors.
template <class M, class From, class To>
inline constexpr bool has_twin =
    std::is_same_v<From, To> || !std::is_same_v<typename rebound<M, From, To>::type, M> || !holds_tensors<M>();
template <class M, class From, class To>
constexpr void require_twin() {
  static_assert(has_twin<M, From, To>,
                "mgan: the twin of this functor on the other library has no name: it is no template whose parameters "
                "are types, the tensor type among them. Make the twin yourself: check_backends(Twins{one, other}, "
                "images, texts)");
}

/// Weights by name: each of `to` becomes that of `from`.
template <class From, class To>
void copy_weights(const From& from, To& to) {
  std::map<std::string, HostArray> numbers;
  visit_tensors(from, [&](const std::string& name, const auto& weight) { numbers[name] = to_host(weight); });
  std::size_t found = 0;
  visit_tensors(to, [&](const std::string& name, auto& weight) {
    const auto entry = numbers.find(name);
    require(entry != numbers.end(), "twin: the weight ", name, " has no counterpart");
    weight = make_tensor<std::remove_cvref_t<decltype(weight)>>(entry->second);
    ++found;
  });
  require(found == numbers.size(), "twin: ", numbers.size(), " weights here, ", found, " there");
}

}  // namespace detail

/// `functor` with tensors of the type To in place of its own, in double where the library of To has a choice.
template <class To, class From, class M>
auto twin_of(const M& functor) {
  detail::require_twin<M, From, To>();
  auto other = detail::make_twin<typename detail::rebound<M, From, To>::type>(functor);
  detail::copy_weights(functor, other);
  return other;
}

}  // namespace mgan
