// expect: mgan: check_gradients needs a tensor type with autograd
// with: eigen
#include "mgan/alignment/global_alignment.hpp"
#include "mgan/backend/eigen.hpp"
#include "mgan/testing.hpp"

auto use(const std::vector<Eigen::VectorXd>& samples) {
#ifdef FIXED
  return mgan::check_properties(mgan::GlobalAlignment{}, samples, samples);
#else
  return mgan::check_gradients(mgan::GlobalAlignment{}, samples, samples);
#endif
}
