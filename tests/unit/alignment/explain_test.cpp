// What a score is made of adds up to it.
#include "mgan/alignment/explain.hpp"

#include "tests/support/cases/patch_alignment.hpp"
#include "tests/support/cases/region_alignment.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;
using Vec = Eigen::VectorXd;

TEST_CASE("The patch score is the sum of weights and cosines", "[explain]") {
  for (auto c : PatchAlignmentCase::all()) {
    INFO(c.title);
    EigenSide<double> side{c.expected()};
    c.with(side, [](const auto& m, const auto& images, const auto& texts) {
      for (const auto& image : mgan::prepare_images(m, images)) {
        for (const auto& text : mgan::prepare_texts(m, texts)) {
          const auto e = mgan::explain(m, image, text);
          CHECK(e.weights.cwiseProduct(e.cosines).sum() == Approx(m.score(image, text)).margin(1e-13));
          CHECK(e.weights.minCoeff() >= 0);
          CHECK(e.weights.sum() == Approx(1));
          CHECK((e.patch_weights - e.weights.rowwise().sum()).norm() < 1e-14);
          CHECK((e.word_weights - e.weights.colwise().sum().transpose()).norm() < 1e-14);
        }
      }
    });
  }
}

TEST_CASE("Weights of the interaction by hand", "[explain]") {
  // One patch, two words, identities, temperature 1: the inner weights over words are softmax(softmax(c)), those over
  // patches are 1, and words to patches and patches to words agree.
  const auto m = mgan::PatchAlignment<Matrix>::create(1, 2);
  const Matrix patch{{1, 0}}, words{{1, 0}, {0, 1}};
  const auto softmax = [](double a, double b) { return std::exp(a) / (std::exp(a) + std::exp(b)); };
  const double p = softmax(1, 0), first = softmax(p, 1 - p);
  const auto e = mgan::explain(m, m.prepare_image(patch), m.prepare_text(words));
  CHECK(e.cosines == Matrix{{1, 0}});
  CHECK(e.weights(0, 0) == Approx(first));
  CHECK(e.weights(0, 1) == Approx(1 - first));
}

TEST_CASE("The views of a region explanation are weighted regions, and the winner has the score", "[explain]") {
  for (auto c : RegionAlignmentCase::all()) {
    INFO(c.title);
    EigenSide<double> side{c.expected()};
    c.with(side, [](const auto& m, const auto& images, const auto& texts) {
      for (const auto& regions : images) {
        const auto image = m.prepare_image(regions);
        for (const auto& words : texts) {
          const auto text = m.prepare_text(words);
          const auto e = mgan::explain(m, image, text);
          CHECK(e.similarities(e.winning_view) == m.score(image, text));
          CHECK(e.similarities.maxCoeff() == m.score(image, text));
          CHECK((e.view_weights.rowwise().sum() - Vec::Ones(e.view_weights.rows())).norm() < 1e-12);
          const Matrix views = mgan::normalize(Matrix(e.view_weights * regions));
          CHECK((views - image.views).norm() < 1e-12);
        }
      }
    });
  }
}

TEST_CASE("explain refuses sides of different widths", "[explain]") {
  const auto m = mgan::PatchAlignment<Matrix>::create(2, 3);
  CHECK_THROWS_WITH(mgan::explain(m, Matrix(Matrix::Ones(2, 4)), Matrix(Matrix::Ones(3, 5))),
                    "explain: patches are (2, 4), words are (3, 5)");
}
