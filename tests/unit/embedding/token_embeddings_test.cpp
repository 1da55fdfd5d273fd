// Eq. (2) and section 2.2: encoder tokens on Eigen against the naive loops.
#include "tests/support/cases/patch_embedding.hpp"
#include "tests/support/cases/text_embedding.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;

TEMPLATE_TEST_CASE("PatchEmbedding is the naive loop's", "[embedding]", float, double) {
  for (const auto& c : PatchEmbeddingCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEMPLATE_TEST_CASE("TextEmbedding is the naive loop's", "[embedding]", float, double) {
  for (const auto& c : TextEmbeddingCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEST_CASE("Token embeddings refuse what has no patch or word", "[embedding]") {
  const auto patches = mgan::PatchEmbedding<Matrix>::create(3, 4);
  const auto text = mgan::TextEmbedding<Matrix>::create(3, 4);
  CHECK_THROWS_WITH(patches(Matrix::Ones(1, 3)),
                    "PatchEmbedding: tokens are (1, 3), expected [CLS] and at least one patch");
  CHECK_THROWS_WITH(text(Matrix::Ones(1, 3)), "TextEmbedding: tokens are (1, 3), expected [CLS] and at least one word");
  CHECK_THROWS_WITH(patches(Matrix::Ones(4, 5)), "PatchEmbedding: tokens is (4, 5), expected 3 columns");
  CHECK_THROWS_WITH(text(Matrix::Ones(4, 5)), "TextEmbedding: tokens is (4, 5), expected 3 columns");
  Matrix tokens = Matrix::Ones(4, 3);
  tokens(0, 1) = INFINITY;
  CHECK_THROWS_WITH(patches(tokens), "PatchEmbedding: tokens(0, 1) is inf");
  CHECK_THROWS_WITH(text(tokens), "TextEmbedding: tokens(0, 1) is inf");
}
