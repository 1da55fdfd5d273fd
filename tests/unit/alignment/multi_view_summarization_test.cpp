// Eq. (3): views on Eigen against the naive loop.
#include "tests/support/cases/multi_view_summarization.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;
using Views = mgan::MultiViewSummarization<Matrix>;

TEMPLATE_TEST_CASE("MultiViewSummarization is the naive loop's", "[alignment]", float, double) {
  for (const auto& c : MultiViewSummarizationCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEST_CASE("The default view sizes are the paper's", "[alignment]") {
  const mgan::ViewSizes paper, at_2048 = mgan::ViewSizes::for_width(2048);
  CHECK(paper.channels == at_2048.channels);
  CHECK(paper.kernel_sizes == std::vector<std::int64_t>{1, 3, 3, 3, 5, 5, 5});
  CHECK(paper.dilations == std::vector<std::int64_t>{1, 1, 2, 3, 1, 2, 3});
  std::int64_t sum = 0;
  for (const auto c : paper.channels) sum += c;
  CHECK(sum == 1024);
  CHECK(paper.n_views == 12);
  CHECK(mgan::ViewSizes::for_width(8).channels == std::vector<std::int64_t>{2, 1, 1, 1, 1, 1, 1});
}

TEST_CASE("MultiViewSummarization refuses wrong sizes and NaN", "[alignment]") {
  const Views f = Views::create(16);
  CHECK_THROWS_WITH(f(Matrix::Ones(3, 8)), "MultiViewSummarization: regions is (3, 8), expected 16 columns");
  CHECK_THROWS_WITH(f(Matrix(0, 16)), "MultiViewSummarization: regions has no rows: (0, 16)");
  Matrix regions = Matrix::Ones(3, 16);
  regions(2, 15) = -INFINITY;
  CHECK_THROWS_WITH(f(regions), "MultiViewSummarization: regions(2, 15) is -inf");
  CHECK_THROWS_WITH(Views{}(Matrix::Ones(3, 16)), "MultiViewSummarization: no convolutions");
  CHECK_THROWS_WITH(Views::create(16, {{1, 2}, {1}, {1}, 3}),
                    "MultiViewSummarization: 2 channels, 1 kernel sizes, 1 dilations");
}
