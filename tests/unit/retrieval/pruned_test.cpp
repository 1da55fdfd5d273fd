// Pruned ranks and best k of modules that bound their scores, against all scores.
#include "mgan/retrieval/pruned.hpp"

#include <Eigen/Core>

#include "mgan/alignment/max_sim.hpp"
#include "mgan/alignment/patch_alignment.hpp"
#include "mgan/alignment/plain_aggregation.hpp"
#include "mgan/backend/eigen.hpp"
#include "mgan/testing/bounds.hpp"
#include "tests/support/catch.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

enum class Data { random, trained, tied, zeros };

template <class Matrix>
struct Lists {
  std::vector<Matrix> images, texts;
  std::vector<std::int64_t> owner;

  Lists(Data data, unsigned seed, int I = 12, int T = 30) {
    std::srand(seed);
    for (int i = 0; i < I; ++i) images.push_back(Matrix::Random(4, 16));
    for (int t = 0; t < T; ++t) texts.push_back(Matrix::Random(1 + t % 5, 16)), owner.push_back((7 * t) % I);
    if (data == Data::trained) {  // rows of a sample close together, captions close to their images
      for (int i = 0; i < I; ++i) images[i] = (0.2 * images[i]).rowwise() + Matrix::Random(1, 16).row(0);
      for (int t = 0; t < T; ++t) texts[t] = (0.2 * texts[t]).rowwise() + images[owner[t]].row(0);
    }
    if (data == Data::tied) {
      for (int i = 1; i < I; i += 2) images[i] = images[i - 1];
      for (int i = 0; i < I; i += 3) images[i].rowwise() = images[0].row(0).eval();  // its least C is its largest
      for (int t = 0; t < T; t += 2) texts[t] = texts[0];
    }
    if (data == Data::zeros) {
      for (int i = 0; i < 3; ++i) images[i].setZero();
      texts[1].setZero();
    }
  }
};

template <class M, class Matrix>
mgan::PairTally compare(const M& module, const Lists<Matrix>& lists) {
  const auto images = mgan::prepare_images(module, lists.images);
  const auto texts = mgan::prepare_texts(module, lists.texts);
  const auto same = [](const mgan::Ranks& a, const mgan::Ranks& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const mgan::Rank& x, const mgan::Rank& y) {
      return x.above == y.above && x.tied == y.tied && x.own == y.own;
    });
  };
  const auto all = mgan::stream_ranks(module, images, texts, lists.owner);
  const auto some = mgan::pruned_ranks(module, images, texts, lists.owner);
  CHECK(same(some.ranks.image_to_text(), all.image_to_text()));
  CHECK(same(some.ranks.text_to_image(), all.text_to_image()));
  for (const std::int64_t k : {1, 3, 100}) {
    const auto expected = mgan::stream_top_k(module, images, texts, k);
    const auto found = mgan::pruned_top_k(module, images, texts, k);
    for (std::size_t i = 0; i < images.size(); ++i)
      CHECK(found.best.texts_of_image.of(static_cast<std::int64_t>(i)) ==
            expected.texts_of_image.of(static_cast<std::int64_t>(i)));
    for (std::size_t t = 0; t < texts.size(); ++t)
      CHECK(found.best.images_of_text.of(static_cast<std::int64_t>(t)) ==
            expected.images_of_text.of(static_cast<std::int64_t>(t)));
    CHECK(found.tally.scored <= found.tally.pairs);
  }
  const mgan::CheckResult bounds = mgan::check_bounds(module, lists.images, lists.texts);
  INFO(bounds.message());
  CHECK(bounds);
  return some.tally;
}

/// Bounds that forget the radius of the captions.
struct TooNarrow : mgan::PlainAggregation {
  mgan::ScoreBounds score_bounds(const mgan::RowBall& patches, mgan::RowBall words) const {
    words.radius = 0;
    return mgan::product_bounds(patches, words);
  }
};
/// Bounds of the mathematics, not of the numbers as they are computed.
struct NoRounding : mgan::PatchAlignment<Eigen::MatrixXf> {
  mgan::ScoreBounds score_bounds(const Eigen::MatrixXf& patches, const Eigen::MatrixXf& words) const {
    const Eigen::MatrixXf c = mgan::inner(patches, words);
    return {c.minCoeff(), c.maxCoeff()};
  }
};
struct NotANumber : mgan::PlainAggregation {
  mgan::ScoreBounds score_bounds(const mgan::RowBall&, const mgan::RowBall&) const { return {NAN, NAN}; }
};

template <class Matrix>
void compare_all(Data data) {
  const Lists<Matrix> lists(data, 7);
  for (const double temperature : {1.0, 0.1, 0.01}) {
    auto align = mgan::PatchAlignment<Matrix>::create(4, 8, temperature);
    align.A1.setRandom(), align.A2.setRandom(), align.A3.setRandom(), align.A4.setRandom();
    compare(align, lists);
    align.convention = mgan::Convention::row;
    compare(align, lists);
  }
  compare(mgan::PlainAggregation{}, lists);
  compare(mgan::Filip{}, lists);
  compare(mgan::MaxSim<mgan::SumOfBoth, mgan::SoftmaxPool>{}, lists);
  compare(mgan::MaxSim<mgan::TextToImage, mgan::MaxPool, mgan::RawDotProduct>{}, lists);
  compare(mgan::MaxSim<mgan::ImageToText, mgan::MeanPool, mgan::CosinePlusEpsilon>{}, lists);
}

}  // namespace

TEST_CASE("pruned ranks and best k are those of all scores", "[retrieval][bounds]") {
  for (const Data data : {Data::random, Data::trained, Data::tied, Data::zeros}) {
    INFO("data " << static_cast<int>(data));
    compare_all<Eigen::MatrixXf>(data);
    compare_all<Eigen::MatrixXd>(data);
  }
}

TEST_CASE("where rows lie close together most pairs are not scored", "[retrieval][bounds]") {
  const Lists<Eigen::MatrixXf> lists(Data::trained, 3, 40, 80);
  CHECK(compare(mgan::PlainAggregation{}, lists).scored < 40 * 80 / 2);
}

TEST_CASE("bounds that are wrong are found", "[retrieval][bounds]") {
  const Lists<Eigen::MatrixXf> lists(Data::random, 5);
  const auto narrow = mgan::check_bounds(TooNarrow{}, lists.images, lists.texts);
  CHECK_FALSE(narrow);
  CHECK_THAT(narrow.message(), ContainsSubstring("bounds: FAILED"));
  CHECK_THAT(narrow.message(), ContainsSubstring("by the nearest bound"));
  CHECK_FALSE(mgan::check_bounds(NotANumber{}, lists.images, lists.texts));
  const TooNarrow wrong;
  const auto images = mgan::prepare_images(wrong, lists.images);
  const auto texts = mgan::prepare_texts(wrong, lists.texts);
  CHECK_THROWS_WITH(mgan::pruned_ranks(wrong, images, texts, lists.owner),
                    ContainsSubstring("pruning: the score of image ") && ContainsSubstring("its bounds were "));
  CHECK_THROWS_WITH(mgan::pruned_top_k(wrong, images, texts, 2), ContainsSubstring("its bounds were "));

  NoRounding unrounded{mgan::PatchAlignment<Eigen::MatrixXf>::create(4, 8, 0.1)};
  unrounded.A1.setRandom(), unrounded.A2.setRandom(), unrounded.A3.setRandom(), unrounded.A4.setRandom();
  const auto off = mgan::check_bounds(unrounded, lists.images, lists.texts);
  CHECK_FALSE(off);
  CHECK_THAT(off.message(), ContainsSubstring("bounds of equal rows: FAILED"));
}

TEST_CASE("only modules that have bounds say so", "[retrieval][bounds]") {
  using Matrix = Eigen::MatrixXf;
  STATIC_REQUIRE(mgan::BoundsScores<mgan::PatchAlignment<Matrix>, Matrix, Matrix>);
  STATIC_REQUIRE(mgan::BoundsScores<mgan::Filip, Matrix, Matrix>);
  STATIC_REQUIRE_FALSE(mgan::BoundsScores<mgan::ColBert, Matrix, Matrix>);
  STATIC_REQUIRE_FALSE(mgan::BoundsScores<mgan::LapsMaxMean, Matrix, Matrix>);
  STATIC_REQUIRE_FALSE(mgan::BoundsScores<mgan::TokenInteractionCompat, Matrix, Matrix>);
}
