// The layout that the kernels read: images in groups of 16 lanes, words end to end.
//
//     images (I, K, D)   ->  [group of 16][k][d][lane]          the last group is filled up with zeros
//     words  (W, D)      ->  [block][panel of 12][d][word]      a block holds whole captions; its last panel is filled
//     up
//
// A product of both then yields C[word][k][16 lanes]: whatever is done with one pair is done for 16 images at once,
// without horizontal sums, masks or tails, for any K and any number of words.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/kernels/cpu/vectors.hpp"

namespace mgan::kernels {

inline constexpr std::int64_t panel = 12;  // words a product handles at once

/// Memory whose first element begins a cache line.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::size_t floats) : storage_(floats + 16) {}
  float* data() {
    const auto address = reinterpret_cast<std::uintptr_t>(storage_.data());
    return storage_.data() + ((64 - address % 64) % 64) / sizeof(float);
  }
  const float* data() const { return const_cast<Buffer*>(this)->data(); }
  std::size_t bytes() const { return storage_.size() * sizeof(float); }

 private:
  std::vector<float> storage_;
};

struct PackedImages {
  std::int64_t images = 0, rows = 0, width = 0;  // I, K, D
  Buffer numbers;

  std::int64_t groups() const { return (images + lanes - 1) / lanes; }
  /// Row k of a group: (D, 16).
  const float* row(std::int64_t group, std::int64_t k) const {
    return numbers.data() + (group * rows + k) * width * lanes;
  }
};

/// Row k of image i begins at first + i * image_stride + k * row_stride; its D numbers lie side by side.
inline PackedImages pack_images(const float* first, std::int64_t images, std::int64_t rows, std::int64_t width,
                                std::int64_t image_stride, std::int64_t row_stride) {
  PackedImages packed{images, rows, width, {}};
  packed.numbers = Buffer(static_cast<std::size_t>(packed.groups() * rows * width * lanes));
  float* out = packed.numbers.data();
  for (std::int64_t g = 0; g < packed.groups(); ++g)
    for (std::int64_t k = 0; k < rows; ++k, out += width * lanes)
      for (std::int64_t lane = 0; lane < lanes && g * lanes + lane < images; ++lane) {
        const float* from = first + (g * lanes + lane) * image_stride + k * row_stride;
        for (std::int64_t d = 0; d < width; ++d) out[d * lanes + lane] = from[d];
      }
  return packed;
}

struct PackedTexts {
  /// Captions [begin, end); their words are the first of `panels` panels.
  struct Block {
    std::int64_t begin = 0, end = 0, first_panel = 0, panels = 0;
  };
  std::int64_t width = 0;                // D
  std::vector<std::int64_t> lengths;     // words of every caption
  std::vector<std::int64_t> first_word;  // of a caption within its block
  std::vector<Block> blocks;
  Buffer numbers;

  std::int64_t texts() const { return static_cast<std::int64_t>(lengths.size()); }
  /// One panel: (D, 12).
  const float* panel_at(std::int64_t index) const { return numbers.data() + index * panel * width; }
  std::int64_t most_panels() const {
    std::int64_t most = 0;
    for (const Block& block : blocks) most = std::max(most, block.panels);
    return most;
  }
};

/// Word l of caption t begins at first + t * text_stride + l * word_stride. A block has about `block_words` words, and
/// at least one caption. What lies behind a length is not read.
inline PackedTexts pack_texts(const float* first, std::vector<std::int64_t> lengths, std::int64_t width,
                              std::int64_t text_stride, std::int64_t word_stride, std::int64_t block_words) {
  PackedTexts packed;
  packed.width = width;
  for (std::size_t t = 0; t < lengths.size(); ++t)
    require(lengths[t] > 0, "pack_texts: caption ", t, " has ", lengths[t], " words");
  packed.lengths = std::move(lengths);
  std::int64_t panels = 0;
  for (std::int64_t t = 0; t < packed.texts();) {
    PackedTexts::Block block{t, t, panels, 0};
    std::int64_t words = 0;
    for (; t < packed.texts(); ++t) {
      const std::int64_t n = packed.lengths[static_cast<std::size_t>(t)];
      if (words > 0 && words + n > block_words) break;
      packed.first_word.push_back(words);
      words += n;
    }
    block.end = t;
    block.panels = (words + panel - 1) / panel;
    panels += block.panels;
    packed.blocks.push_back(block);
  }
  packed.numbers = Buffer(static_cast<std::size_t>(panels * panel * width));
  for (const PackedTexts::Block& block : packed.blocks) {
    for (std::int64_t t = block.begin; t < block.end; ++t) {
      const auto index = static_cast<std::size_t>(t);
      for (std::int64_t l = 0; l < packed.lengths[index]; ++l) {
        const std::int64_t word = packed.first_word[index] + l;
        float* to = packed.numbers.data() + (block.first_panel + word / panel) * panel * width + word % panel;
        const float* from = first + t * text_stride + l * word_stride;
        for (std::int64_t d = 0; d < width; ++d) to[d * panel] = from[d];
      }
    }
  }
  return packed;
}

}  // namespace mgan::kernels
