// expect: mgan: this primitive takes an Eigen vector (n), not a matrix
// with: eigen
// The estimator is written for the scores of one image: (M), where a batch of LibTorch's may be (I, M).
#include <random>

#include "mgan/alignment/patch_selector.hpp"
#include "mgan/backend/eigen.hpp"

#ifdef FIXED
using Scores = Eigen::VectorXd;
#else
using Scores = Eigen::MatrixXd;
#endif

auto use(const Scores& scores, std::mt19937_64& generator) { return mgan::eigen_ops::gaussian(scores, 3, generator); }
