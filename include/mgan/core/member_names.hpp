// Whether a class has a member of some name, template or not, public or not: so that a member that is there and cannot
// be called is refused instead of passed over.
#pragma once

#include <type_traits>

#include "mgan/core/requirements.hpp"

namespace mgan::detail {

struct names_of_members {
  int visit, visit_state, prepare_image, prepare_text, score;
  void operator()();
};
/// A name that M has too is ambiguous here.
template <class M>
struct with_names : M, names_of_members {};

template <class M>
concept CanBeBase = std::is_class_v<M> && !std::is_final_v<M>;

template <class M>
concept NamesVisit = CanBeBase<M> && !requires {
  &with_names<M>::visit;
};
template <class M>
concept NamesVisitState = CanBeBase<M> && !requires {
  &with_names<M>::visit_state;
};
template <class M>
concept NamesPrepareImage = CanBeBase<M> && !requires {
  &with_names<M>::prepare_image;
};
template <class M>
concept NamesPrepareText = CanBeBase<M> && !requires {
  &with_names<M>::prepare_text;
};
template <class M>
concept HidesScore = !requires {
  &with_names<M>::score;
};
template <class M>
concept HidesCall = !requires {
  &with_names<M>::operator();
};
/// score(image, text) or operator()(image, text), callable or not; true as well for what cannot be looked into.
template <class M>
concept NamesScore = !CanBeBase<M> || HidesScore<M> || HidesCall<M>;

}  // namespace mgan::detail
