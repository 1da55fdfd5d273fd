// expect: Tensor
// expect: basic_string
// A type without tensor_traits is no tensor, and the message says so at the functor's name.
#include <string>

#include "mgan/nn/linear.hpp"

#ifdef FIXED
using Weights = double;  // a scalar is taught by core/tensor.hpp
static_assert(mgan::Tensor<Weights>);
#else
mgan::Linear<std::string> layer;
#endif
