// Replace a module of the matcher by one of yours, or leave a granularity out.
#include <Eigen/Core>
#include <cmath>
#include <cstdio>

#include "mgan/backend/eigen.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/model/swap.hpp"

using Matrix = Eigen::MatrixXd;

// An alignment of yours: every word finds its best patch. No base class; one body for one pair, for a LibTorch batch
// with gradients, and for padded words, whose mask is left to `mean`.
struct BestPatchOfEachWord {
  template <mgan::Tensor Patches, mgan::Tokens Words>
  auto operator()(const Patches& patches, const Words& words) const {
    const auto c = mgan::inner(mgan::normalize(patches), mgan::normalize(mgan::values(words)));  // (..., K, L)
    return mgan::mean(mgan::max(mgan::transpose(c)), mgan::mask(words));                         // (...)
  }
};

// Stands for an encoder.
Matrix tokens(Eigen::Index rows, Eigen::Index width, double seed) {
  return Matrix::NullaryExpr(rows, width, [=](Eigen::Index i, Eigen::Index j) {
    return std::sin(seed + 7.0 * static_cast<double>(i) + 3.0 * static_cast<double>(i * j) + static_cast<double>(j));
  });
}

template <class Matcher>
void report(const char* name, const Matcher& matcher, const mgan::ImageFeatures<Matrix>& image, const Matrix& caption) {
  std::printf("%-24s %+.4f  %6ld weights\n", name, matcher(image, caption),
              static_cast<long>(mgan::count_parameters(matcher)));
}

int main() {
  auto full = mgan::make_matcher<Matrix>(
      {.region_width = 20, .patch_width = 12, .word_width = 10, .width = 32, .n_views = 4, .k = 5, .max_words = 8});
  mgan::initialize(full, /*seed=*/1);

  const mgan::ImageFeatures<Matrix> image{.features = tokens(3, 20, 1.0),                                    // (R, d_r)
                                          .boxes = Matrix{{0, 0, 64, 48}, {8, 8, 24, 40}, {32, 0, 64, 16}},  // px
                                          .image_sizes = Eigen::Vector2d{64, 48},                            // W, H
                                          .tokens = tokens(1 + 9, 12, 2.0)};  // (1 + M, d_p), [CLS] first
  const Matrix caption = tokens(1 + 6, 10, 3.0);                              // (1 + L, d_w), [CLS] first
  report("MGAN", full, image, caption);

  // MultiGranularityMatcher<Matrix, BestPatchOfEachWord>: all other modules stay, with their weights.
  const auto mine = mgan::with_patch_alignment(full, BestPatchOfEachWord{});
  report("with my patch alignment", mine, image, caption);

  // NoAlignment takes the granularity out: its embedding, its weights, its share of the score.
  const auto no_regions = mgan::with_region_alignment(mine, mgan::NoAlignment{});
  report("and without regions", no_regions, image, caption);
}
