// expect: mgan: images and texts are two std::vector of samples
// with: eigen
#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/global_alignment.hpp"
#include "mgan/backend/eigen.hpp"

#ifdef FIXED
using Images = std::vector<Eigen::VectorXd>;
#else
using Images = std::vector<std::vector<double>>;
#endif

auto use(const Images& images, const std::vector<Eigen::VectorXd>& texts) {
  return mgan::all_pairs(mgan::GlobalAlignment{}, images, texts);
}
