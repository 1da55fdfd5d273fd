// Eq. (1): regions on Eigen against the naive loop, and every box that is refused.
#include "tests/support/cases/region_embedding.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "mgan/core/initialize.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;
using Vector2 = Eigen::VectorXd;

TEMPLATE_TEST_CASE("RegionEmbedding is the naive loop's", "[embedding]", float, double) {
  for (const auto& c : RegionEmbeddingCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEST_CASE("box_geometry is (x/W, y/H, w/W, h/H, w/h, w h/(W H))", "[embedding]") {
  const auto l_hat = mgan::box_geometry({{1, 4}, {20, 30, 60, 50}}, {{2}, {200, 100}});
  CHECK(l_hat.shape == mgan::Shape{1, 6});
  CHECK(l_hat.values == std::vector<double>{0.1, 0.3, 0.2, 0.2, 2.0, 0.04});
}

TEST_CASE("RegionEmbedding refuses boxes without a place in their image", "[embedding]") {
  const auto f = mgan::RegionEmbedding<Matrix>::create(3, 4);
  const auto with_box = [&](double x1, double y1, double x2, double y2, double width = 100, double height = 80) {
    Matrix boxes(2, 4);
    boxes << 0, 0, 5, 5, x1, y1, x2, y2;
    return f(Matrix::Ones(2, 3), boxes, Vector2{{width, height}});
  };
  CHECK_NOTHROW(with_box(0, 0, 100, 80));
  CHECK_NOTHROW(with_box(-3, -3, 2, 2));  // an overhang is the reader's to clip
  const auto in = [](const std::string& box, const std::string& why) {
    return "RegionEmbedding: image 0, region 1: box " + box + " in an image of 100 x 80 " + why;
  };
  CHECK_THROWS_WITH(with_box(1, 7, 5, 7), in("(1, 7, 5, 7)", "has no height"));
  CHECK_THROWS_WITH(with_box(1, 7, 5, 3), in("(1, 7, 5, 3)", "has no height"));
  CHECK_THROWS_WITH(with_box(5, 1, 5, 7), in("(5, 1, 5, 7)", "has no width"));
  CHECK_THROWS_WITH(with_box(100, 1, 120, 7), in("(100, 1, 120, 7)", "does not overlap the image"));
  CHECK_THROWS_WITH(with_box(1, -9, 5, 0), in("(1, -9, 5, 0)", "does not overlap the image"));
  CHECK_THROWS_WITH(with_box(1, std::nan(""), 5, 7), in("(1, nan, 5, 7)", "is not finite"));
  CHECK_THROWS_WITH(with_box(1, 1, INFINITY, 7), in("(1, 1, inf, 7)", "is not finite"));
  CHECK_THROWS_WITH(with_box(1, 1, 5, 7, 100, 0),
                    "RegionEmbedding: image 0, region 0: box (0, 0, 5, 5) in an image of 100 x 0 has no image size");
}

TEST_CASE("RegionEmbedding refuses wrong shapes and NaN", "[embedding]") {
  const auto f = mgan::RegionEmbedding<Matrix>::create(3, 4);
  Matrix boxes(2, 4);
  boxes << 0, 0, 5, 5, 1, 1, 5, 5;
  const Vector2 sizes{{100, 80}};
  CHECK_THROWS_WITH(f(Matrix::Ones(2, 5), boxes, sizes), "RegionEmbedding: features is (2, 5), expected 3 columns");
  CHECK_THROWS_WITH(f(Matrix(0, 3), boxes, sizes), "RegionEmbedding: features has no rows: (0, 3)");
  CHECK_THROWS_WITH(f(Matrix::Ones(3, 3), boxes, sizes), "RegionEmbedding: boxes is (2, 4), expected (3, 4)");
  CHECK_THROWS_WITH(f(Matrix::Ones(2, 3), boxes, Vector2::Ones(3)),
                    "RegionEmbedding: image_sizes is (3), expected (2)");
  Matrix features = Matrix::Ones(2, 3);
  features(1, 2) = std::nan("");
  CHECK_THROWS_WITH(f(features, boxes, sizes), "RegionEmbedding: features(1, 2) is nan");
}

TEST_CASE("RegionEmbedding without positions is V = F W_f + b_f, and looks at no box", "[embedding]") {
  auto f = mgan::RegionEmbedding<Matrix>::create(3, 4, mgan::RegionPositions::none);
  mgan::initialize(f, /*seed=*/1);
  CHECK(f.feature.weight.cwiseAbs().maxCoeff() > 0);
  std::vector<std::string> names;
  mgan::visit_parameters(f, [&](const std::string& name, const auto&) { names.push_back(name); });
  CHECK(names == std::vector<std::string>{"feature.weight", "feature.bias"});
  const Matrix features = Matrix::Random(2, 3);
  const Matrix boxes = Matrix::Constant(2, 4, std::nan(""));
  CHECK(f(features, boxes, Vector2(2)) == f.feature(features));
  f.normalization = mgan::RegionNormalization::l2;
  CHECK(f(features, boxes, Vector2(2)).row(1).norm() == Approx(1));
}
