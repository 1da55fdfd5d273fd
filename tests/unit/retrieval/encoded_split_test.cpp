// A split encoded once and scored block by block, against the whole matrix.
#include "mgan/retrieval/encoded_split.hpp"

#include <Eigen/Core>

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/plain_aggregation.hpp"
#include "mgan/backend/eigen.hpp"
#include "tests/support/catch.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

using Matrix = Eigen::MatrixXf;
using Places = std::vector<std::int64_t>;

std::vector<Matrix> some_of(const std::vector<Matrix>& all, const Places& which) {
  std::vector<Matrix> some;
  for (const std::int64_t i : which) some.push_back(all[static_cast<std::size_t>(i)]);
  return some;
}

/// 8 images, 20 captions of 1 to 4 words, in no order.
struct Data {
  std::vector<Matrix> images, texts;
  Places owner;
  Data() {
    std::srand(4);
    for (int i = 0; i < 8; ++i) images.push_back(Matrix::Random(3, 5));
    for (int t = 0; t < 20; ++t) {
      texts.push_back(Matrix::Random(1 + (t * 7) % 4, 5));
      owner.push_back((t * 5) % 8);
    }
  }
  auto encoded(const mgan::SplitBlocks& blocks) const {
    const mgan::PlainAggregation align;
    return mgan::encode_split(
        8, owner, [&](const Places& which) { return mgan::prepare_images(align, some_of(images, which)); },
        [&](const Places& which) { return mgan::prepare_texts(align, some_of(texts, which)); }, blocks);
  }
};

constexpr auto score = [](const auto& images, const auto& texts) {
  return mgan::score_all(mgan::PlainAggregation{}, images, texts);
};

}  // namespace

TEST_CASE("an encoded split scores as the whole matrix does, however it is cut", "[retrieval]") {
  const Data data;
  const mgan::PlainAggregation align;
  const Matrix whole =
      mgan::score_all(align, mgan::prepare_images(align, data.images), mgan::prepare_texts(align, data.texts));
  for (const mgan::SplitBlocks& blocks : {mgan::SplitBlocks{}, mgan::SplitBlocks{3, 4, 0, {}},
                                          mgan::SplitBlocks{1, 1, 0, {}}, mgan::SplitBlocks{3, 4, 4, {}}}) {
    const mgan::ScoreMatrix s = mgan::score_split(data.encoded(blocks), score);
    REQUIRE(s.values.size() == 160);
    for (int i = 0; i < 8; ++i)
      for (int t = 0; t < 20; ++t) CHECK(s.values[static_cast<std::size_t>(i * 20 + t)] == whole(i, t));
    CHECK(s.metrics().rsum() == mgan::retrieval_metrics(s.values, 8, 20, data.owner).rsum());
    CHECK(s.metrics(mgan::Ties::pessimistic, 2).rsum() == mgan::folded_metrics(s.values, 8, 20, data.owner, 2).rsum());
  }
}

TEST_CASE("blocks keep to folds and homes, and to captions of like length", "[retrieval]") {
  const Data data;
  const auto words = [&](std::int64_t t) { return data.texts[static_cast<std::size_t>(t)].rows(); };
  const auto split = data.encoded({3, 2, 4, words});
  std::vector<std::size_t> sizes;
  for (const auto& block : split.image_blocks) {
    sizes.push_back(block.which.size());
    CHECK(block.which.front() / 4 == block.which.back() / 4);
  }
  CHECK(sizes == std::vector<std::size_t>{3, 1, 3, 1});
  REQUIRE(split.home.size() == split.text_blocks.size());
  Places seen;
  for (std::size_t b = 0; b < split.text_blocks.size(); ++b) {
    const Places& home = split.image_blocks[split.home[b]].which;
    const Places& which = split.text_blocks[b].which;
    for (const std::int64_t t : which) {
      CHECK(std::find(home.begin(), home.end(), data.owner[static_cast<std::size_t>(t)]) != home.end());
      seen.push_back(t);
    }
    CHECK(words(which.front()) <= words(which.back()));
  }
  std::sort(seen.begin(), seen.end());
  Places all(20);
  std::iota(all.begin(), all.end(), 0);
  CHECK(seen == all);
}

TEST_CASE("a split that is encoded on the way has the same blocks, one of texts at a time", "[retrieval]") {
  const Data data;
  const mgan::SplitBlocks blocks{3, 4, 0, {}};
  std::vector<std::pair<Places, Places>> whole, streamed;
  mgan::each_block(data.encoded(blocks),
                   [&](const auto& images, const auto& texts) { whole.emplace_back(images.which, texts.which); });
  const auto state = std::make_shared<int>(0);
  long most = 0;  // holders of a state of texts
  mgan::encode_each_block(
      8, data.owner, [](const Places&) { return 0; }, [&](const Places&) { return state; },
      [&](const auto& images, const auto& texts) {
        streamed.emplace_back(images.which, texts.which);
        most = std::max(most, state.use_count() - 1);
      },
      blocks);
  CHECK(streamed == whole);
  CHECK(most == 1);
}

TEST_CASE("an owner that is no image, and scores of another shape, are errors", "[retrieval]") {
  Data data;
  const auto split = data.encoded({3, 4, 0, {}});
  CHECK_THROWS_WITH(mgan::score_split(split, [](const auto&, const auto&) { return Matrix(2, 2); }),
                    ContainsSubstring("the scores of a block are (2, 2), expected (3, 4)"));
  data.owner[7] = 8;
  CHECK_THROWS_WITH(data.encoded({}), ContainsSubstring("caption 7 belongs to image 8 of 8"));
}
