// expect: mgan: pruning needs score_bounds(image, text), const
// with: eigen
// Bounds that are not const: without the message they would be taken for no bounds at all.
#include "mgan/backend/eigen.hpp"
#include "mgan/retrieval/pruned.hpp"

struct Module {
  double operator()(const Eigen::MatrixXd& image, const Eigen::MatrixXd& text) const { return image(0) * text(0); }
#ifdef FIXED
  mgan::ScoreBounds score_bounds(const Eigen::MatrixXd&, const Eigen::MatrixXd&) const { return {-1, 1}; }
#else
  mgan::ScoreBounds score_bounds(const Eigen::MatrixXd&, const Eigen::MatrixXd&) { return {-1, 1}; }
#endif
};

auto use(const std::vector<Eigen::MatrixXd>& samples) { return mgan::pruned_top_k(Module{}, samples, samples, 3); }
