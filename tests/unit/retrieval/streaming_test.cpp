// Streamed ranks and the best k of a functor, against its whole matrix.
#include "mgan/retrieval/streaming.hpp"

#include <Eigen/Core>

#include "mgan/alignment/plain_aggregation.hpp"
#include "mgan/backend/eigen.hpp"
#include "tests/support/catch.hpp"

TEST_CASE("streamed ranks and best k of a functor are those of its matrix, for any tile", "[retrieval]") {
  using Matrix = Eigen::MatrixXf;
  std::srand(3);
  std::vector<Matrix> images, texts;
  std::vector<std::int64_t> owner;
  for (int i = 0; i < 7; ++i) images.push_back(Matrix::Random(3, 5));
  images[5] = images[2];  // ties
  for (int t = 0; t < 21; ++t) {
    texts.push_back(Matrix::Random(1 + t % 4, 5));
    owner.push_back((t * 5) % 7);
  }
  texts[9] = texts[2];
  const mgan::PlainAggregation align;
  const auto i = mgan::prepare_images(align, images);
  const auto t = mgan::prepare_texts(align, texts);
  const Matrix scores = mgan::score_all(align, i, t);
  std::vector<float> rows;  // (images, texts)
  for (int r = 0; r < 7; ++r)
    for (int c = 0; c < 21; ++c) rows.push_back(scores(r, c));
  const auto expected = mgan::retrieval_metrics(rows, 7, 21, owner);
  mgan::StreamingTopK<double> best(7, 21, 4);
  for (int r = 0; r < 7; ++r)
    for (int c = 0; c < 21; ++c) {
      best.texts_of_image.add(r, c, scores(r, c));
      best.images_of_text.add(c, r, scores(r, c));
    }
  for (const mgan::Tile tile : {mgan::Tile{}, mgan::Tile{2, 5}, mgan::Tile{7, 1}, mgan::Tile{1, 21}}) {
    const auto metrics = mgan::stream_ranks(align, i, t, owner, tile).metrics();
    CHECK(metrics.rsum() == expected.rsum());
    CHECK(metrics.image_to_text.mean_rank == expected.image_to_text.mean_rank);
    CHECK(metrics.text_to_image.mean_rank == expected.text_to_image.mean_rank);
    for (const mgan::Direction d : mgan::directions) {
      const auto own = mgan::own_relevance(d, 7, owner);
      const auto ours = mgan::stream_relevance(align, i, t, d, own, tile).figures();
      const auto theirs = mgan::relevance_figures(rows, 7, 21, d, own);
      CHECK(ours.map_at_r == theirs.map_at_r);
      CHECK(ours.ndcg == theirs.ndcg);
      CHECK(ours.recall.mean_rank == theirs.recall.mean_rank);
    }
    const auto top = mgan::stream_top_k(align, i, t, 4, tile);
    for (std::int64_t q = 0; q < 7; ++q) CHECK(top.texts_of_image.of(q) == best.texts_of_image.of(q));
    for (std::int64_t q = 0; q < 21; ++q) CHECK(top.images_of_text.of(q) == best.images_of_text.of(q));
  }
}
