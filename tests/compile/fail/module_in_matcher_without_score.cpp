// expect: mgan: an alignment module needs score(image, text) or operator()(image, text)
// with: eigen
// A module that cannot be called, in a whole matcher.
#include <Eigen/Core>

#include "mgan/backend/eigen.hpp"
#include "mgan/model/swap.hpp"

struct Mine {
#ifdef FIXED
  template <class X, class Y>
  double operator()(const X&, const Y&) const {
    return 0;
  }
#endif
};

using Matrix = Eigen::MatrixXd;

Matrix use(const std::vector<mgan::ImageFeatures<Matrix>>& images, const std::vector<Matrix>& captions) {
  const auto matcher = mgan::with_patch_alignment(mgan::make_matcher<Matrix>({}), Mine{});
  return mgan::score_all(matcher, mgan::prepare_images(matcher, images), mgan::prepare_texts(matcher, captions));
}
