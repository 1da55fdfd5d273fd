// Section 2.3.1: the sentence vector on Eigen against the naive loop.
#include "tests/support/cases/sentence_attention.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;

TEMPLATE_TEST_CASE("SentenceAttention is the naive loop's", "[alignment]", float, double) {
  for (const auto& c : SentenceAttentionCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEST_CASE("SentenceAttention refuses empty captions, wrong widths, NaN and heads that do not divide", "[alignment]") {
  auto f = mgan::SentenceAttention<Matrix>::create(6, 2);
  CHECK_THROWS_WITH(f(Matrix(0, 6)), "SentenceAttention: words has no rows: (0, 6)");
  CHECK_THROWS_WITH(f(Matrix::Ones(3, 5)), "SentenceAttention: words is (3, 5), expected 6 columns");
  Matrix words = Matrix::Ones(3, 6);
  words(0, 0) = std::nan("");
  CHECK_THROWS_WITH(f(words), "SentenceAttention: words(0, 0) is nan");
  f.heads = 4;
  CHECK_THROWS_WITH(f(Matrix::Ones(3, 6)), "SentenceAttention: 4 heads do not divide the width 6");
  f.heads = 0;
  CHECK_THROWS_WITH(f(Matrix::Ones(3, 6)), "SentenceAttention: 0 heads do not divide the width 6");
}
