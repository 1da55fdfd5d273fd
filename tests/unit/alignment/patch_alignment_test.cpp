// Eq. (6)-(10): patches against words on Eigen against the naive loop.
#include "tests/support/cases/patch_alignment.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;

TEMPLATE_TEST_CASE("PatchAlignment is the naive loop's", "[alignment]", float, double) {
  for (const auto& c : PatchAlignmentCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEST_CASE("With identities and a low temperature, words to patches is the largest cosine", "[alignment]") {
  Random random(3);
  const Matrix patches = eigen_matrix<double>(random.normal({4, 5})),
               words = eigen_matrix<double>(random.normal({3, 5}));
  const auto f = mgan::PatchAlignment<Matrix>::create(4, 3, 0.001);
  const Matrix c = mgan::inner(mgan::normalize(patches), mgan::normalize(words));
  CHECK(f.directions(f.prepare_image(patches), f.prepare_text(words)).word_to_patch == Approx(c.maxCoeff()));
}

TEST_CASE("A zero patch has cosine 0 with every word", "[alignment]") {
  const auto f = mgan::PatchAlignment<Matrix>::create(1, 2);
  CHECK(f(Matrix::Zero(1, 3), Matrix::Ones(2, 3)) == 0);
}

TEST_CASE("PatchAlignment refuses wrong sizes, temperatures and NaN", "[alignment]") {
  auto f = mgan::PatchAlignment<Matrix>::create(3, 4);
  const auto score = [&](const Matrix& patches, const Matrix& words) { return f(patches, words); };
  CHECK_NOTHROW(score(Matrix::Ones(3, 5), Matrix::Ones(4, 5)));
  CHECK_THROWS_WITH(score(Matrix::Ones(2, 5), Matrix::Ones(4, 5)),
                    "PatchAlignment: patches are (2, 5), but A2 is (3, 3)");
  CHECK_THROWS_WITH(score(Matrix::Ones(3, 5), Matrix::Ones(5, 5)), "PatchAlignment: 5 words, but A1 is (4, 4)");
  CHECK_THROWS_WITH(score(Matrix::Ones(3, 5), Matrix(0, 5)), "PatchAlignment: words has no rows: (0, 5)");
  CHECK_THROWS_WITH(score(Matrix::Ones(3, 5), Matrix::Ones(4, 6)),
                    "PatchAlignment: patches are (3, 5), words are (4, 6)");
  Matrix words = Matrix::Ones(4, 5);
  words(3, 4) = std::nan("");
  CHECK_THROWS_WITH(score(Matrix::Ones(3, 5), words), "PatchAlignment: words(3, 4) is nan");

  f.temperature = 0;
  CHECK_THROWS_WITH(score(Matrix::Ones(3, 5), Matrix::Ones(4, 5)), "PatchAlignment: temperature is 0, expected > 0");
  f.temperature = 1;
  for (const auto& [weight, name] : {std::pair{&f.A1, "A1"}, {&f.A2, "A2"}, {&f.A3, "A3"}, {&f.A4, "A4"}}) {
    const Matrix kept = *weight;
    *weight = Matrix::Ones(kept.rows(), kept.rows() + 1);
    const std::string n = std::to_string(kept.rows()), m = std::to_string(kept.rows() + 1);
    INFO(name);
    const bool sets_the_size = weight == &f.A1 || weight == &f.A2;  // its columns are what the others are held against
    CHECK_THROWS_WITH(
        f.prepare_image(Matrix::Ones(3, 5)),
        sets_the_size
            ? std::string("PatchAlignment: ") + name + " is (" + n + ", " + m + "), expected (" + m + ", " + m + ")"
            : std::string("PatchAlignment: ") + name + " is (" + n + ", " + m + "), expected (" + n + ", " + n + ")");
    *weight = kept;
  }
}
