// BatchNorm and its state on Eigen: values by hand, updates in order, what is visited and what is refused.
#include "mgan/nn/batch_norm.hpp"

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/io/parameters.hpp"
#include "mgan/nn/dropout.hpp"
#include "mgan/nn/linear.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using Matrix = Eigen::MatrixXd;
using Vec = Eigen::VectorXd;
using Updates = mgan::StateUpdates<Vec>;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A composition that names its children and nothing else.
struct Tower {
  mgan::Linear<Matrix> linear = mgan::Linear<Matrix>::create(2, 2);
  std::vector<mgan::BatchNorm<Matrix>> norms{mgan::BatchNorm<Matrix>::create(2), mgan::BatchNorm<Matrix>::create(3)};
  mgan::RunningStatistics<Matrix> last = mgan::RunningStatistics<Matrix>::create(1);

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("linear", self.linear);
    f("norms", self.norms);
    f("last", self.last);
  }
};

/// Scores that need the whole batch in training.
struct OfTheBatch {
  static constexpr const char* name = "OfTheBatch";
  static constexpr bool scores_whole_batch = true;
  double operator()(const Matrix& x, const Matrix& y) const { return x.sum() + y.sum(); }
};
/// A norm on either side.
struct Normed {
  mgan::BatchNorm<Matrix> norm = mgan::BatchNorm<Matrix>::create(2);

  template <class X, class Context>
  auto prepare_image(const X& x, Context context) const {
    return norm(x, context);
  }
  template <class X, class Context>
  auto prepare_text(const X& x, Context context) const {
    return norm(x, context);
  }
  template <class X, class Y, class Context>
  double score(const X& x, const Y& y, Context) const {
    return x.sum() + y.sum() + (mgan::is_training<Context> ? 100 : 0);
  }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("norm", self.norm);
  }
};

Matrix rows() {
  Matrix x(4, 2);
  x << 1, 10, 2, 20, 3, 60, 6, 30;
  return x;
}

}  // namespace

TEST_CASE("BatchNorm at inference uses its running statistics", "[nn]") {
  auto norm = mgan::BatchNorm<Matrix>::create(2);
  CHECK(norm(rows()).isApprox(rows() / std::sqrt(1 + 1e-5)));
  norm.weight << 2, 1;
  norm.bias << 0, -1;
  norm.statistics.mean << 1, 10;
  norm.statistics.variance << 4, 25;
  const Matrix y = norm(rows());
  CHECK(y(2, 0) == Approx((3 - 1) / std::sqrt(4 + 1e-5) * 2));
  CHECK(y(2, 1) == Approx((60 - 10) / std::sqrt(25 + 1e-5) - 1));
  CHECK(norm(Vec(rows().row(2).transpose())).isApprox(y.row(2).transpose()));
  CHECK_THROWS_WITH(mgan::BatchNorm<Matrix>::create(36)(Matrix::Ones(4, 20)),
                    "BatchNorm: input is (4, 20), its statistics are of 36 channels");
}

TEST_CASE("BatchNorm in training uses those of the batch, and says how the running ones move", "[nn]") {
  auto norm = mgan::BatchNorm<Matrix>::create(2);
  std::mt19937_64 generator(1);
  Updates updates;
  const Matrix y = norm(rows(), mgan::Training{generator, updates});
  CHECK(y.col(0).sum() == Approx(0).margin(1e-12));
  CHECK(y(3, 0) == Approx((6 - 3) / std::sqrt(3.5 + 1e-5)));  // mean 3, biased variance 14 / 4
  CHECK(norm.statistics.mean.isZero());                       // const: nothing has moved yet
  REQUIRE(updates.size() == 2);

  norm(Matrix(2 * rows()), mgan::Training{generator, updates});
  mgan::apply_updates(norm, updates);
  CHECK(updates.empty());
  CHECK(norm.statistics.mean(0) == Approx(0.9 * (0.1 * 3) + 0.1 * 6));                          // in their order
  CHECK(norm.statistics.variance(0) == Approx(0.9 * (0.9 + 0.1 * 14 / 3) + 0.1 * 4 * 14 / 3));  // unbiased
  CHECK_THROWS_WITH(norm(Matrix(rows().topRows(1)), mgan::Training{generator, updates}),
                    "BatchNorm: a batch of 1 row has no variance");

  auto other = mgan::BatchNorm<Matrix>::create(2);
  norm(rows(), mgan::Training{generator, updates});
  CHECK_THROWS_WITH(mgan::apply_updates(other, updates),
                    "apply_updates: running statistics (2) of a functor that this model does not visit");
  CHECK(other.statistics.mean.isZero());
}

TEST_CASE("Updates of some channels, and of many batches at once", "[nn]") {
  auto norm = mgan::RunningStatistics<Matrix>::create(2);
  std::mt19937_64 generator(1);
  Updates updates;
  mgan::Training context{generator, updates};
  norm.move(Vec{{5, 7}}, Vec{{2, 3}}, context, std::optional<Vec>(Vec{{1, 0}}));
  mgan::apply_updates(norm, updates);
  CHECK(norm.mean.isApprox(Vec{{0.5, 0}}));
  CHECK(norm.variance.isApprox(Vec{{1.1, 1}}));
}

TEST_CASE("State is stored and moved like weights, but is none", "[nn][state]") {
  Tower tower;
  std::string weights, all;
  mgan::visit_parameters(tower, [&](const std::string& name, const auto&) { weights += name + " "; });
  mgan::visit_tensors(std::as_const(tower), [&](const std::string& name, const auto&) { all += name + " "; });
  CHECK(weights == "linear.weight linear.bias norms.0.weight norms.0.bias norms.1.weight norms.1.bias ");
  CHECK(all ==
        "linear.weight linear.bias norms.0.weight norms.0.bias norms.0.mean norms.0.variance norms.1.weight "
        "norms.1.bias norms.1.mean norms.1.variance last.mean last.variance ");
  CHECK(mgan::count_parameters(tower) == 4 + 2 + 2 * 2 + 2 * 3);
  CHECK(mgan::has_state(tower));
  CHECK(!mgan::has_state(tower.linear));

  const auto file = std::filesystem::path("batch_norm_test.safetensors");
  tower.last.mean(0) = 7;
  mgan::save(tower, file);
  Tower back;
  mgan::load(back, file);
  CHECK(back.last.mean(0) == 7);
  mgan::save(tower.linear, file);
  CHECK_THROWS_WITH(mgan::load(back, file), ContainsSubstring("missing: norms.1.mean (3)"));
  std::filesystem::remove(file);
}

TEST_CASE("Contexts reach text and score, and batches stay whole", "[contract]") {
  const std::vector<Matrix> samples{rows(), rows()};
  std::mt19937_64 generator(1);
  Updates updates;
  const mgan::Training training{generator, updates};
  const Normed normed;
  CHECK(mgan::score(normed, samples[0], samples[0], training) == 100 + mgan::score(normed, samples[0], samples[0]));
  CHECK(mgan::score_all(normed, samples, samples, training)(1, 0) == 100 + 2 * rows().sum());
  CHECK(mgan::prepare_text(normed, rows(), training).isApprox(normed.norm(rows(), training)));
  CHECK(mgan::prepare_texts(normed, samples).size() == 2);
  CHECK_THROWS_WITH(mgan::prepare_texts(normed, samples, training),
                    "prepare_texts: this module has running statistics, which in training are those of the batch: give "
                    "a batch, not a list of samples");
  CHECK_THROWS_WITH(mgan::prepare_images(normed, samples, training), ContainsSubstring("not a list of samples"));

  CHECK(mgan::scores_whole_batch(OfTheBatch{}));
  CHECK(!mgan::scores_whole_batch(normed));
  CHECK(mgan::score_all(OfTheBatch{}, samples, samples)(0, 0) == 2 * rows().sum());
  CHECK_THROWS_WITH(
      mgan::score_all(OfTheBatch{}, samples, samples, training),
      "score_all: in training the scores of OfTheBatch depend on the whole batch: give batches, not lists "
      "of samples");
}

TEST_CASE("Dropout is nothing at inference", "[nn]") {
  std::mt19937_64 generator(1);
  const mgan::Dropout dropout{0.4};
  CHECK(dropout(rows()) == rows());
  CHECK(mgan::Dropout{0}(rows(), mgan::Training{generator}) == rows());
  CHECK(dropout(rows(), mgan::Training{generator}) != rows());
  CHECK_THROWS_WITH(mgan::Dropout{1}(rows(), mgan::Training{generator}),
                    "Dropout: rate is 1, expected 0 or more, below 1");
}
