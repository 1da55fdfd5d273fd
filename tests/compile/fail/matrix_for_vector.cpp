// expect: mgan: the score of one image and one text must be a number
// with: eigen
// GlobalAlignment takes a vector an image, not the matrix of its patches.
#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/global_alignment.hpp"
#include "mgan/backend/eigen.hpp"

#ifdef FIXED
using Sample = Eigen::VectorXd;
#else
using Sample = Eigen::MatrixXd;
#endif

auto use(const std::vector<Sample>& images, const std::vector<Eigen::VectorXd>& texts) {
  return mgan::all_pairs(mgan::GlobalAlignment{}, images, texts);
}
