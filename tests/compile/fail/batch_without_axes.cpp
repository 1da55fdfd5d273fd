// expect: mgan: images and texts are two std::vector of samples
// with: eigen
#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/global_alignment.hpp"
#include "mgan/backend/eigen.hpp"

#ifdef FIXED
using Images = std::vector<Eigen::VectorXd>;
#else
using Images = Eigen::MatrixXd;  // one matrix of all images
#endif

auto use(const Images& images) { return mgan::all_pairs(mgan::GlobalAlignment{}, images, images); }
