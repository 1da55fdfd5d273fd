// expect: mgan: this functor holds tensors and has no visit(self, f)
// with: eigen
#include "mgan/backend/eigen.hpp"
#include "mgan/testing.hpp"

struct Mine {
  Eigen::MatrixXd weight;

  double operator()(const Eigen::VectorXd& image, const Eigen::VectorXd& text) const {
    return image.dot(weight * text);
  }
#ifdef FIXED
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
  }
#endif
};

auto use(const Mine& mine, const std::vector<Eigen::VectorXd>& samples) {
  return mgan::check_properties(mine, samples, samples);
}
