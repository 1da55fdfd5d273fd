// expect: mgan: prepare_text(text) must be const, take the text as it is given and return its state
// with: eigen
#include "mgan/alignment/all_pairs.hpp"
#include "mgan/backend/eigen.hpp"

struct Mine {
#ifdef FIXED
  auto prepare_text(const Eigen::VectorXd& text) const { return text; }
#else
  void prepare_text(const Eigen::VectorXd&) const {}
#endif
  double score(const Eigen::VectorXd& image, const Eigen::VectorXd& text) const { return image.dot(text); }
};

auto use(const std::vector<Eigen::VectorXd>& samples) { return mgan::all_pairs(Mine{}, samples, samples); }
