// expect: mgan: the twin of this functor on the other library has no name
// expect: check_backends(Twins{one, other}, images, texts)
// with: eigen
#include "mgan/backend/eigen.hpp"
#include "mgan/mgan.hpp"
#include "mgan/testing.hpp"

template <int N, mgan::Tensor T>
struct Scaled {
  mgan::matrix_of<T> weight;

  template <mgan::Tensor Y>
  auto prepare_text(const Y& words) const {
    return mgan::linear(words, weight);
  }
  template <mgan::Tensor X, mgan::Tensor Y>
  auto score(const X& patches, const Y& words) const {
    return mgan::sum(mgan::sum(mgan::inner(patches, words)));
  }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
  }
};

struct OtherLibrary {
  static constexpr const char* name = "another";
  using tensor = Eigen::MatrixXf;
};
template <>
struct mgan::library_for_checks<1> {
  using ops = OtherLibrary;
};

auto use(const Scaled<2, Eigen::MatrixXd>& one, const std::vector<Eigen::MatrixXd>& samples) {
#ifdef FIXED
  return mgan::check_backends(mgan::Twins{one, Scaled<2, Eigen::MatrixXf>{}}, samples, samples);
#else
  return mgan::check_backends(one, samples, samples);
#endif
}
