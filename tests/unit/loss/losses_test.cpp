// Eq. (13), (14): the losses on Eigen against the naive loops.
#include "tests/support/cases/losses.hpp"

#include "mgan/loss/matching_loss.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;
using Ids = std::vector<std::int64_t>;

TEMPLATE_TEST_CASE("TripletRankingLoss is the naive loop's", "[loss]", float, double) {
  for (const auto& c : TripletRankingLossCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEMPLATE_TEST_CASE("DiversityRegularization is the naive loop's", "[loss]", float, double) {
  for (const auto& c : DiversityRegularizationCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEST_CASE("Each direction has its own hinge", "[loss]") {
  Matrix scores(2, 2);
  scores << 1.0, 0.9, 0.3, 0.5;  // image 0: 0.1; image 1: 0; text 0: 0; text 1: 0.6
  CHECK(mgan::TripletRankingLoss{}(scores) == Approx(0.1 + 0.6));
}

TEST_CASE("Collapsed scores cost 2 B margin, or 2 B (B - 1) margin with all negatives", "[loss]") {
  const Matrix scores = Matrix::Constant(5, 5, 0.7);
  CHECK(mgan::TripletRankingLoss{}(scores) == Approx(2 * 5 * 0.2));
  CHECK(mgan::TripletRankingLoss{0.2, mgan::Negatives::all}(scores) == Approx(2 * 5 * 4 * 0.2));
}

TEST_CASE("A row without negatives adds nothing", "[loss]") {
  const Matrix scores = Matrix::Random(4, 4);
  CHECK(mgan::TripletRankingLoss{}(scores, Ids{3, 3, 3, 3}) == 0);
  CHECK(mgan::TripletRankingLoss{}(Matrix::Ones(1, 1)) == 0);
}

TEST_CASE("TripletRankingLoss refuses what is not (B, B), ids, margins and NaN", "[loss]") {
  const mgan::TripletRankingLoss f;
  CHECK_THROWS_WITH(f(Matrix::Ones(2, 3)), "TripletRankingLoss: scores are (2, 3), expected (B, B)");
  CHECK_THROWS_WITH(f(Matrix::Ones(2, 2), Ids{1}), "TripletRankingLoss: 1 image ids for scores (2, 2)");
  CHECK_THROWS_WITH(mgan::TripletRankingLoss{-1}(Matrix::Ones(2, 2)), "TripletRankingLoss: margin is -1");
  Matrix scores = Matrix::Ones(2, 2);
  scores(0, 1) = std::nan("");
  CHECK_THROWS_WITH(f(scores), "TripletRankingLoss: scores(0, 1) is nan");
}

TEST_CASE("Views that look alike are punished, orthogonal ones are not", "[loss]") {
  const mgan::DiversityRegularization f;
  CHECK(f(Matrix::Ones(4, 3)) == Approx(3 * 2));  // every pair of different views has cosine 1
  CHECK(f(Matrix::Identity(4, 3) * 7) == Approx(0).margin(1e-15));
  CHECK(f(Matrix::Zero(4, 3)) == Approx(3));  // a zero column has no length to be 1
  CHECK_THROWS_WITH(f(Matrix(0, 3)), "DiversityRegularization: assignment_logits has no rows: (0, 3)");
}

TEST_CASE("The balance says which term carries 0.01", "[loss]") {
  CHECK(mgan::LossBalance::camera()(3.0, 5.0) == Approx(3 + 0.05));
  CHECK(mgan::LossBalance::as_printed()(3.0, 5.0) == Approx(5 + 0.03));
  CHECK(mgan::LossBalance{}(3.0, 5.0) == Approx(3 + 0.05));
}
