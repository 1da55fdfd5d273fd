// What the published modules refuse, and in which words; what zero vectors and single tokens come to.
#include <limits>

#include "mgan/alignment/zoo.hpp"
#include "mgan/backend/eigen.hpp"
#include "mgan/core/initialize.hpp"
#include "tests/support/catch.hpp"

using Matrix = Eigen::MatrixXd;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Both sides of any module of the zoo: no rows, NaN in the last entry, other widths.
template <class M>
void refuses_bad_tokens(const M& f, const std::string& name, const std::string& image, const std::string& text) {
  INFO(name);
  const Matrix good = Matrix::Ones(2, 3);
  CHECK_NOTHROW(f(good, good));
  CHECK_THROWS_WITH(f(Matrix(0, 3), good), name + ": " + image + " has no rows: (0, 3)");
  CHECK_THROWS_WITH(f(good, Matrix(0, 3)), name + ": " + text + " has no rows: (0, 3)");
  Matrix bad = good;
  bad(1, 2) = std::nan("");
  CHECK_THROWS_WITH(f(bad, good), name + ": " + image + "(1, 2) is nan");
  bad(1, 2) = -std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH(f(good, bad), name + ": " + text + "(1, 2) is -inf");
  CHECK_THROWS_AS(f(good, Matrix::Ones(2, 4)), mgan::Error);
  CHECK_THROWS_WITH(f(good, Matrix::Ones(2, 4)), ContainsSubstring("(2, 3)") && ContainsSubstring("(2, 4)"));
}

}  // namespace

TEST_CASE("Published modules refuse empty sides, NaN and other widths", "[alignment][zoo]") {
  refuses_bad_tokens(mgan::ColBert{}, "MaxSim", "image", "words");
  refuses_bad_tokens(mgan::TeranMrSw{}, "MaxSim", "image", "words");
  refuses_bad_tokens(mgan::ChanThaCompat<>{}, "MaxSim", "image", "words");
  refuses_bad_tokens(mgan::FilipCompat{}, "MaxSim", "image", "words");
  refuses_bad_tokens(mgan::MultiViewMax{}, "MultiViewMax", "image", "text");
  refuses_bad_tokens(mgan::ScanTextToImage{}, "ScanTextToImage", "image", "words");
  refuses_bad_tokens(mgan::ScanImageToText{}, "ScanImageToText", "image", "words");
  refuses_bad_tokens(mgan::Naaf{}, "Naaf", "image", "words");
  refuses_bad_tokens(mgan::VisualSemanticAttention<>{}, "VisualSemanticAttention", "image", "words");
  refuses_bad_tokens(mgan::SelfWeightedMean{}, "SelfWeightedMean", "image", "words");
  refuses_bad_tokens(mgan::ucofia_alignment<Matrix>(2, 2), "PatchAlignment", "patches", "words");
  refuses_bad_tokens(mgan::ucofia_alignment_compat<Matrix>(2, 2), "PatchAlignment", "patches", "words");
  refuses_bad_tokens(mgan::Aosm<Matrix>::create(2, 2), "Aosm", "patches", "words");
  refuses_bad_tokens(mgan::aosm_compat<Matrix>(2, 2), "Aosm", "patches", "words");
}

TEST_CASE("WeightedTokenInteraction names the width that its MLPs have", "[alignment][zoo]") {
  auto f = mgan::WeightedTokenInteraction<Matrix>::create(3);
  const Matrix good = Matrix::Ones(2, 3);
  CHECK_NOTHROW(f(good, good));
  CHECK_THROWS_WITH(f(Matrix::Ones(2, 4), good), "WeightedTokenInteraction: image is (2, 4), expected 3 columns");
  CHECK_THROWS_WITH(f(good, Matrix::Ones(2, 4)), "WeightedTokenInteraction: words is (2, 4), expected 3 columns");
  CHECK_THROWS_WITH(f(good, Matrix(0, 3)), "WeightedTokenInteraction: words has no rows: (0, 3)");
  Matrix bad = good;
  bad(0, 1) = std::nan("");
  CHECK_THROWS_WITH(f(bad, good), "WeightedTokenInteraction: image(0, 1) is nan");
}

TEST_CASE("Betas, temperatures and lambdas have to be positive", "[alignment][zoo]") {
  const Matrix x = Matrix::Ones(2, 3);
  for (const double bad : {0.0, -0.5, std::nan("")}) {
    const std::string number = bad == 0 ? "0" : bad < 0 ? "-0.5" : "nan";
    INFO(number);
    CHECK_THROWS_WITH(mgan::ChanVha<>{{bad}}(x, x), "LogSumExpPool: beta is " + number + ", expected > 0");
    CHECK_THROWS_WITH(mgan::ChanTha<mgan::SoftmaxPool>{{bad}}(x, x),
                      "SoftmaxPool: beta is " + number + ", expected > 0");
    CHECK_THROWS_WITH((mgan::VisualSemanticAttention<>{{}, bad}(x, x)),
                      "VisualSemanticAttention: temperature is " + number + ", expected > 0");
    CHECK_THROWS_WITH((mgan::ScanTextToImage{9, bad}(x, x)),
                      "ScanTextToImage: lambda_lse is " + number + ", expected > 0");
    CHECK_THROWS_WITH((mgan::ScanImageToText{9, bad}(x, x)),
                      "ScanImageToText: lambda_lse is " + number + ", expected > 0");
    CHECK_THROWS_WITH((mgan::ScanTextToImage{bad}(x, x)),
                      "ScanTextToImage: lambda_softmax is " + number + ", expected > 0");
    CHECK_THROWS_WITH((mgan::Naaf{0, bad}(x, x)), "Naaf: lambda_softmax is " + number + ", expected > 0");
    CHECK_THROWS_WITH((mgan::Naaf{0, 20, bad}(x, x)), "Naaf: lambda_intra is " + number + ", expected > 0");
    CHECK_THROWS_WITH(mgan::SelfWeightedMean{bad}(x, x), "SelfWeightedMean: scaling is " + number + ", expected > 0");
    auto aosm = mgan::Aosm<Matrix>::create(2, 2);
    aosm.temperature = bad;
    CHECK_THROWS_WITH(aosm(x, x), "Aosm: temperature is " + number + ", expected > 0");
  }
}

TEST_CASE("Naaf's threshold has to be a number", "[alignment][zoo]") {
  const Matrix x = Matrix::Ones(2, 3);
  CHECK_THROWS_WITH(mgan::Naaf{std::nan("")}(x, x), "Naaf: threshold is nan, expected a finite number");
  CHECK_NOTHROW(mgan::Naaf{-0.5}(x, x));
}

TEST_CASE("Aosm refuses weights of other sizes", "[alignment][zoo]") {
  const auto score = [](const auto& f, Eigen::Index patches, Eigen::Index words) {
    return f(Matrix::Ones(patches, 5), Matrix::Ones(words, 5));
  };
  auto f = mgan::Aosm<Matrix>::create(3, 4, 5);
  CHECK_NOTHROW(score(f, 3, 2));
  CHECK_THROWS_WITH(score(f, 2, 4), "Aosm: patches are (2, 5), but A2 is (3, 3)");
  CHECK_THROWS_WITH(score(f, 3, 5), "Aosm: 5 words, but A1 is (4, 4)");
  f.P = Matrix::Identity(6, 6);
  CHECK_THROWS_WITH(score(f, 3, 4), "Aosm: words is (4, 5), expected 6 columns");
  f.P = Matrix::Ones(4, 5);
  CHECK_THROWS_WITH(score(f, 3, 4), "Aosm: P is (4, 5), expected (5, 5)");
  f.P = Matrix::Identity(5, 5);
  f.A3 = Matrix::Identity(2, 2);
  CHECK_THROWS_WITH(score(f, 3, 4), "Aosm: A3 is (2, 2), expected (3, 3)");
  f.A3 = f.A2;
  f.A4 = Matrix::Identity(2, 2);
  CHECK_THROWS_WITH(score(f, 3, 4), "Aosm: A4 is (2, 2), expected (4, 4)");
  f.A4 = f.A1;
  f.A1 = Matrix::Ones(2, 4);
  CHECK_THROWS_WITH(score(f, 3, 4), "Aosm: A1 is (2, 4), expected (4, 4)");
}

TEST_CASE("Aosm with identities at a low temperature is the largest cosine; P at the start changes nothing",
          "[alignment][zoo]") {
  Matrix patches(2, 2), words(2, 2);
  patches << 1, 0, 0, 2;
  words << 3, 4, 0.1, -1;
  CHECK(mgan::Aosm<Matrix>::create(2, 2)(patches, words) == Approx(0.8).epsilon(1e-6));
  CHECK(mgan::Aosm<Matrix>::create(2, 2, 2)(patches, words) == mgan::Aosm<Matrix>::create(2, 2)(patches, words));
  const auto names = [](const auto& f) {
    std::string out;
    mgan::visit_parameters(f, [&](const std::string& name, const auto&) { out += name + " "; });
    return out;
  };
  CHECK(names(mgan::Aosm<Matrix>::create(2, 2)) == "A1 A2 A3 A4 ");
  CHECK(names(mgan::Aosm<Matrix>::create(2, 2, 3)) == "A1 A2 A3 A4 P ");
  CHECK(names(mgan::ucofia_alignment_compat<Matrix>(2, 2)) == "A1 A2 A3 A4 ");
  CHECK(names(mgan::WeightedTokenInteraction<Matrix>::create(2)) ==
        "text.0.weight text.0.bias text.2.weight text.2.bias image.0.weight image.0.bias image.2.weight image.2.bias ");
}

TEST_CASE("UCoFiA's preset: temperature 0.01, a row vector times W", "[alignment][zoo]") {
  const auto f = mgan::ucofia_alignment<Matrix>(3, 4);
  CHECK(f.temperature == 0.01);
  CHECK(f.convention == mgan::Convention::row);
  CHECK(f.A1.rows() == 4);
  CHECK(f.A2.rows() == 3);
}

TEST_CASE("X-CLIP as published: a row vector times W", "[alignment][zoo]") {
  const auto f = mgan::aosm_compat<Matrix>(3, 4, 5);
  CHECK(f.module.convention == mgan::Convention::row);
  CHECK(f.module.temperature == 0.01);
  CHECK(f.module.project);
}

TEST_CASE("Zero vectors score 0 in the modules on cosines", "[alignment][zoo]") {
  const Matrix zero = Matrix::Zero(2, 3), ones = Matrix::Ones(4, 3);
  const auto is_zero = [&](const auto& f) { return f(zero, ones) == 0 && f(Matrix(ones.topRows(2)), zero) == 0; };
  CHECK(is_zero(mgan::ColBert{}));
  CHECK(is_zero(mgan::Filip{}));
  CHECK(is_zero(mgan::LapsMaxMean{}));
  CHECK(is_zero(mgan::MultiViewMax{}));
  CHECK(is_zero(mgan::ScanTextToImage{.aggregate = mgan::ScanAggregate::mean}));
  CHECK(is_zero(mgan::ScanImageToText{.aggregate = mgan::ScanAggregate::sum}));
  CHECK(is_zero(mgan::VisualSemanticAttention<mgan::MaxPool>{}));
  CHECK(is_zero(mgan::SelfWeightedMean{}));
  CHECK(is_zero(mgan::Aosm<Matrix>::create(2, 4)));
  CHECK(is_zero(mgan::Naaf{}));
}

TEST_CASE("Naaf: a match at the threshold is no match, a word that matches nothing counts against the pair",
          "[alignment][zoo]") {
  const Matrix region = Matrix::Identity(1, 2), word = Matrix::Identity(1, 2);
  using Gate = mgan::NaafGate;
  // One pair of cosine 1: p2 = 1 always; p1 = 1 above the threshold; n below it.
  CHECK(mgan::Naaf{0.5}(region, word) == Approx(2));
  CHECK(mgan::Naaf{1.0}(region, word) == Approx(1));
  CHECK(mgan::Naaf{1.5}(region, word) == Approx(1 - 0.5));
  // Two words alike: the one that matches lends its match to the other, unless the gate is plain.
  Matrix words(2, 2);
  words << 1, 0, 0.8, 0.6;
  const double lent = mgan::Naaf{0.85}(region, words), plain = mgan::Naaf{0.85, 20, 5, Gate::plain}(region, words);
  CHECK(lent - plain == Approx((0.85 - 0.8) / 2));
}

TEST_CASE("Poolings of one value, and of equal ones", "[alignment][zoo]") {
  const Eigen::VectorXd one = Eigen::VectorXd::Constant(1, 0.3), four = Eigen::VectorXd::Constant(4, 0.3);
  CHECK(mgan::MeanPool{}(four) == Approx(0.3));
  CHECK(mgan::SumPool{}(four) == Approx(1.2));
  CHECK(mgan::MaxPool{}(four) == Approx(0.3));
  CHECK(mgan::LogSumExpPool{0.1}(one) == Approx(3));
  CHECK(mgan::LogSumExpPool{0.1}(four) == Approx(3 + std::log(4.0)));
  CHECK(mgan::LogSumExpPool{1e-3}(four) == Approx(300 + std::log(4.0)));  // no overflow
  CHECK(mgan::SoftmaxPool{0.1}(four) == Approx(0.3));
}
