// expect: mgan: prepare_image(image) must be const
// with: eigen
#include "mgan/alignment/all_pairs.hpp"
#include "mgan/backend/eigen.hpp"

struct Mine {
#ifdef FIXED
  auto prepare_image(const Eigen::VectorXd& image) const { return image; }
#else
  auto prepare_image(const Eigen::VectorXd& image) { return image; }
#endif
  double score(const Eigen::VectorXd& image, const Eigen::VectorXd& text) const { return image.dot(text); }
};

auto use(const std::vector<Eigen::VectorXd>& samples) { return mgan::all_pairs(Mine{}, samples, samples); }
