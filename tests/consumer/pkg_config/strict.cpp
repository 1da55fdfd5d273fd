// A strict project that does not call mgan a system library, in gnu++20, where <complex.h> defines I.
#include <complex.h>

#include <Eigen/Core>

#include "mgan/backend/eigen.hpp"
#include "mgan/mgan.hpp"
#include "mgan/testing.hpp"

#ifndef I
#error "<complex.h> was expected to define I"
#endif

int main() {
  const auto align = mgan::PatchAlignment<Eigen::MatrixXd>::create(/*patches=*/3, /*words=*/4);
  const std::vector<Eigen::MatrixXd> patches{Eigen::MatrixXd::Random(3, 8), Eigen::MatrixXd::Random(3, 8)};
  const std::vector<Eigen::MatrixXd> words{Eigen::MatrixXd::Random(4, 8), Eigen::MatrixXd::Random(2, 8)};
  const Eigen::MatrixXd scores = mgan::all_pairs(align, patches, words);  // (2, 2)
  return scores.rows() == 2 && mgan::check_properties(align, patches, words) ? 0 : 1;
}
