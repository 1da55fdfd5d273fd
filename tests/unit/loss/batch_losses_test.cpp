// Losses of a batch's scores on Eigen against the naive loops, at their limits, and what they refuse.
#include "tests/support/cases/batch_losses.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;
using Ids = std::vector<std::int64_t>;

TEMPLATE_TEST_CASE("Losses of a batch are the naive loops'", "[loss]", ContrastiveLossCase, SigmoidLossCase,
                   HardestCrossEntropyCase, AnnealedRankingLossCase, SoftLabelLossCase, DistillationLossCase) {
  for (const auto& c : TestType::all()) {
    INFO(c.title);
    CHECK(against_reference<double>(c) == "");
    CHECK(against_reference<float>(c) == "");
  }
}

TEST_CASE("Sums of exponentials do not overflow", "[loss]") {
  Matrix scores = Matrix::Zero(2, 2);
  scores(0, 1) = 4000;  // exp(4000) is none
  const mgan::ContrastiveLoss<> contrastive{{0.5}};
  CHECK(contrastive(scores) == Approx((8000.0 / 2 + std::log(2.0) / 2 + 8000.0 / 2 + std::log(2.0) / 2) / 2));
  CHECK(contrastive(Eigen::MatrixXf(scores.cast<float>())) == Approx(4000 + std::log(2.0) / 2));
  const mgan::SigmoidLoss<Matrix> sigmoid{Eigen::VectorXd::Zero(1), Eigen::VectorXd::Zero(1)};
  CHECK(sigmoid(scores) == Approx((4000 + 3 * std::log(2.0)) / 2));
  CHECK(sigmoid(Matrix(-scores)) == Approx(3 * std::log(2.0) / 2));
  CHECK(mgan::DistillationLoss{1, 1}(scores, scores) == Approx(0).margin(1e-12));
  CHECK(std::isfinite(mgan::DistillationLoss{1, 1}(scores, Matrix(scores.transpose()))));
  CHECK(std::isfinite(mgan::SoftLabelLoss<>{{1e-3}}(scores, Matrix(Matrix::Identity(2, 2)))));
}

TEST_CASE("A probability of 1 where 0 is right costs -log epsilon, in single precision too", "[loss]") {
  Eigen::MatrixXf scores = Eigen::MatrixXf::Constant(2, 2, 0.5f);
  scores(0, 1) = 1;
  const float expected = static_cast<float>(4 * std::log(2.0) + 2 * std::log(1e6) + 2 * std::log(2.0));
  CHECK(mgan::HardestCrossEntropy{}(scores) == Approx(expected).epsilon(1e-6));
}

TEST_CASE("A contrastive loss of equal scores is log B, and of one pair 0", "[loss]") {
  const Matrix equal = Matrix::Constant(5, 5, 0.7);
  CHECK(mgan::ContrastiveLoss<>{}(equal) == Approx(std::log(5.0)));
  CHECK(mgan::ContrastiveLoss<>{{0.1}, 0.2, mgan::Combine::sum}(equal) == Approx(2 * std::log(1 + 4 * std::exp(2.0))));
  CHECK(mgan::ContrastiveLoss<>{}(equal, Ids{1, 1, 1, 1, 1}) == 0);
  CHECK(mgan::ContrastiveLoss<>{}(Matrix::Constant(1, 1, 0.3)) == 0);
  const auto learned = mgan::LearnedContrastiveLoss<Matrix>{mgan::LearnedTemperature<Matrix>::create()};
  CHECK(std::exp(learned.temperature.logit_scale[0]) == Approx(1 / 0.07));
  CHECK(learned(equal) == Approx(std::log(5.0)));
}

TEST_CASE("Captions of one image are left out even at temperatures that hide nothing", "[loss]") {
  const Matrix scores = eigen_matrix<double>(Random(3).normal({4, 4}));
  Matrix other = scores;
  other(0, 2) = other(2, 0) = 50;  // ids say that they are no negatives
  const Ids ids{8, 1, 8, 2};
  for (const double temperature : {1e-3, 1.0, 1e6, 1e20})
    CHECK(mgan::ContrastiveLoss<>{{temperature}}(scores, ids) == mgan::ContrastiveLoss<>{{temperature}}(other, ids));
}

TEST_CASE("The learned scale is clamped behind a step, and only from above", "[loss]") {
  auto f = mgan::LearnedContrastiveLoss<Matrix>{{Eigen::VectorXd::Constant(1, 4.0)}};
  f.constrain();
  CHECK(f.temperature.logit_scale[0] == 4.0);
  f.temperature.logit_scale[0] = 5;
  f.constrain();
  CHECK(f.temperature.logit_scale[0] == std::log(100.0));
  CHECK(mgan::count_parameters(f) == 1);
  CHECK(mgan::count_parameters(mgan::ContrastiveLoss<>{}) == 0);
}

TEST_CASE("Soft labels share what is right and smooth the rest", "[loss]") {
  const auto y = mgan::soft_labels(4, Ids{5, 6, 5, 7}, 0.2).values;
  CHECK(y[0] == Approx(0.4 + 0.05));
  CHECK(y[1] == Approx(0.05));
  CHECK(y[2] == Approx(0.4 + 0.05));
  CHECK(y[5] == Approx(0.8 + 0.05));
  const Matrix scores = Matrix::Random(4, 4);
  CHECK(mgan::SoftLabelLoss<>{}(scores, Matrix(Matrix::Identity(4, 4))) == Approx(mgan::ContrastiveLoss<>{}(scores)));
  CHECK_THROWS_WITH(mgan::soft_labels(4, {}, 1), "soft_labels: smoothing is 1, expected 0 or more, below 1");
  CHECK_THROWS_WITH(mgan::soft_labels(4, Ids{1}), "soft_labels: 1 image ids for a batch of 4");
}

TEST_CASE("An annealed loss is the ranking loss at its ends, bit by bit", "[loss]") {
  const Matrix scores = Matrix::Random(6, 6);
  CHECK(mgan::AnnealedRankingLoss{0.3, 1}(scores) == mgan::TripletRankingLoss{0.3}(scores));
  CHECK(mgan::AnnealedRankingLoss{0.3, 0}(scores) == mgan::TripletRankingLoss{0.3, mgan::Negatives::all}(scores));
}

TEST_CASE("Losses of a batch refuse shapes, ids, constants and NaN", "[loss]") {
  const Matrix two = Matrix::Constant(2, 2, 0.5), wide = Matrix::Ones(2, 3);
  Matrix broken = two;
  broken(0, 1) = std::nan("");
  const mgan::ContrastiveLoss<> contrastive;
  CHECK_THROWS_WITH(contrastive(wide), "ContrastiveLoss: scores are (2, 3), expected (B, B)");
  CHECK_THROWS_WITH(contrastive(Matrix(0, 0)), "ContrastiveLoss: scores are (0, 0), there is no pair");
  CHECK_THROWS_WITH(contrastive(two, Ids{1}), "ContrastiveLoss: 1 image ids for scores (2, 2)");
  CHECK_THROWS_WITH(contrastive(broken), "ContrastiveLoss: scores(0, 1) is nan");
  CHECK_THROWS_WITH((mgan::ContrastiveLoss<>{{0}}(two)), "FixedTemperature: value is 0, expected > 0");
  CHECK_THROWS_WITH((mgan::ContrastiveLoss<>{{0.1}, -1}(two)), "ContrastiveLoss: margin is -1");
  CHECK_THROWS_WITH((mgan::LearnedContrastiveLoss<Matrix>{}(two)),
                    "LearnedTemperature: logit_scale is (0), expected (1)");
  CHECK_THROWS_WITH(mgan::LearnedTemperature<Matrix>::create(0), "LearnedTemperature: temperature is 0, expected > 0");

  CHECK_THROWS_WITH(mgan::SigmoidLoss<Matrix>::create()(broken), "SigmoidLoss: scores(0, 1) is nan");
  CHECK_THROWS_WITH(mgan::SigmoidLoss<Matrix>{}(two), "SigmoidLoss: logit_scale is (0), expected (1)");

  const mgan::HardestCrossEntropy cross;
  CHECK_THROWS_WITH(cross(broken), "HardestCrossEntropy: scores(0, 1) is nan");
  CHECK_THROWS_WITH(cross(Matrix(two * 3)),
                    "HardestCrossEntropy: scores(0, 0) is 1.5, expected a probability, from 0 to 1");
  CHECK_THROWS_WITH((mgan::HardestCrossEntropy{mgan::Negatives::all, 0.5}(two)),
                    "HardestCrossEntropy: epsilon is 0.5, expected above 0, below 0.5");
  CHECK_THROWS_WITH((mgan::AnnealedRankingLoss{0.2, 1.5}(two)),
                    "AnnealedRankingLoss: hardest is 1.5, expected from 0 to 1");

  const mgan::SoftLabelLoss<> soft;
  CHECK_THROWS_WITH(soft(two, wide), "SoftLabelLoss: labels is (2, 3), expected (2, 2)");
  CHECK_THROWS_WITH(soft(two, broken), "SoftLabelLoss: labels(0, 1) is nan");
  CHECK_THROWS_WITH(soft(two, Matrix(-two)), "SoftLabelLoss: labels(0, 0) is -0.5, expected 0 or more");
  Matrix upper = Matrix::Zero(2, 2);
  upper(0, 0) = upper(0, 1) = 1;
  CHECK_THROWS_WITH(soft(two, upper), "SoftLabelLoss: labels: row 1 has no label above 0");
  CHECK_THROWS_WITH(soft(two, Matrix(upper.transpose())), "SoftLabelLoss: labels: column 1 has no label above 0");
  CHECK_THROWS_WITH(mgan::DistillationLoss{}(two, wide), "DistillationLoss: teacher is (2, 3), expected (2, 2)");
  CHECK_THROWS_WITH(mgan::DistillationLoss{}(two, broken), "DistillationLoss: teacher(0, 1) is nan");
  CHECK_THROWS_WITH((mgan::DistillationLoss{0.1, 0}(two, two)),
                    "DistillationLoss: teacher_temperature is 0, expected > 0");
}
