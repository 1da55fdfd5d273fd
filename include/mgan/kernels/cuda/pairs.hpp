// Which pair a lane has, and where its products lie.
//
//     DenseTile   every image of a tile with every caption of it: products C[word][k][image], words end to end, so that
//                 32 lanes, 32 images of one caption, read 32 neighbours
//     PairList    chosen pairs: products C[pair][word][k], words filled up to the longest
#pragma once

#include "mgan/kernels/cuda/lanes.hpp"

namespace mgan::kernels::cuda {

/// The products of one pair: C[l][k] is at first + l * word_step + k * row_step.
struct Pair {
  std::int64_t first, word_step, row_step;
  int words;           // n
  std::int64_t score;  // its place among scores and their gradients
  bool live;           // false: a lane beyond the last pair, which reads a pair that is there, and writes nothing
  MGAN_HOST_DEVICE std::int64_t at(int l, int k) const { return first + l * word_step + k * row_step; }
};

struct DenseTile {
  std::int64_t images, texts;
  int rows, longest;               // K, and the most words of a caption
  const std::int32_t* first_word;  // (texts + 1), of a caption within the tile
  std::int64_t next_image;         // scores (images, ...): from an image to the next

  MGAN_HOST_DEVICE std::int64_t groups() const { return (images + lanes_a_block - 1) / lanes_a_block; }
  MGAN_HOST_DEVICE std::int64_t blocks() const { return groups() * texts; }
  /// The words of any lane's caption in this block.
  MGAN_HOST_DEVICE int words(std::int64_t block) const {
    const std::int64_t text = block / groups();
    return first_word[text + 1] - first_word[text];
  }
  MGAN_HOST_DEVICE Pair pair(std::int64_t block, int lane) const {
    const std::int64_t text = block / groups(), wanted = block % groups() * lanes_a_block + lane;
    const std::int64_t image = wanted < images ? wanted : images - 1;
    const std::int64_t next_word = rows * images;
    return {first_word[text] * next_word + image,
            next_word,
            images,
            words(block),
            image * next_image + text,
            wanted < images};
  }
};

struct PairList {
  std::int64_t pairs;
  int rows, longest;            // K, and the words that the products of every pair have room for
  const std::int32_t* lengths;  // (pairs)

  MGAN_HOST_DEVICE std::int64_t blocks() const { return (pairs + lanes_a_block - 1) / lanes_a_block; }
  MGAN_HOST_DEVICE int words(std::int64_t) const { return longest; }
  MGAN_HOST_DEVICE Pair pair(std::int64_t block, int lane) const {
    const std::int64_t wanted = block * lanes_a_block + lane, index = wanted < pairs ? wanted : pairs - 1;
    return {index * longest * rows, rows, 1, lengths[index], index, wanted < pairs};
  }
};

}  // namespace mgan::kernels::cuda
