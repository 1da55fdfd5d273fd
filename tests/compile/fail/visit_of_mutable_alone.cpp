// expect: mgan: visit must be  template <class Self, class F> static void visit(Self& self, F&& f)
// with: eigen
#include "mgan/backend/eigen.hpp"
#include "mgan/core/parameters.hpp"

struct Mine {
  Eigen::MatrixXd weight;
#ifdef FIXED
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
  }
#else
  template <class F>
  void visit(F&& f) {
    f("weight", weight);
  }
#endif
};

auto use(const Mine& mine) { return mgan::count_parameters(mine); }
