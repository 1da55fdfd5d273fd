// Eq. (4): the best view on Eigen against the naive loop.
#include "tests/support/cases/region_alignment.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;
using Vec = Eigen::VectorXd;

TEMPLATE_TEST_CASE("RegionAlignment is the naive loop's", "[alignment]", float, double) {
  for (const auto& c : RegionAlignmentCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEST_CASE("Of equal views the lowest wins", "[alignment]") {
  const mgan::RegionAlignment<Matrix> f;
  Matrix views(4, 2);
  views << 0, 1, 1, 0, 1, 0, 0, 1;
  const mgan::Views image{views, Matrix(2, 4)};
  CHECK(f.winning_view(image, Vec{{1, 0}}) == 1);
  CHECK(f.winning_view(image, Vec{{0, 1}}) == 0);
  CHECK(f.score(image, Vec{{1, 0}}) == 1);
}

TEST_CASE("RegionAlignment refuses sides of different widths", "[alignment]") {
  const mgan::RegionAlignment<Matrix> f;
  CHECK_THROWS_WITH(f.score(mgan::Views{Matrix::Ones(3, 4), Matrix::Ones(2, 3)}, Vec::Ones(5)),
                    "RegionAlignment: views are (3, 4), sentence is (5)");
}

namespace {

/// Every region is a view.
struct EveryRegion {
  mgan::Views<Matrix, Matrix> operator()(const Matrix& regions) const {
    return {regions, Matrix::Zero(regions.rows(), regions.rows())};
  }
};
struct MeanOfWords {
  Vec operator()(const Matrix& words) const { return words.colwise().mean().transpose(); }
};

}  // namespace

TEST_CASE("RegionAlignment takes other functors for views and sentence", "[alignment]") {
  const mgan::RegionAlignment<Matrix, EveryRegion, MeanOfWords> f;
  Matrix regions(2, 2), words(2, 2);
  regions << 3, 0, 1, 1;
  words << 1, 0, 0, 1;
  CHECK(f(regions, words) == Approx(1));
}
