// expect: mgan: a state is a tensor, a Masked, a tuple of states, or a struct with map(f) and first_tensor()
#include "mgan/alignment/contract.hpp"

struct State {
  double words;
#ifdef FIXED
  template <class F>
  State map(const F& f) const {
    return {f(words)};
  }
  double first_tensor() const { return words; }
#endif
};

State use() {
  return mgan::map_state(State{1.0}, [](double x) { return x + 1; });
}
