// The layout that the kernels read: images in groups of 16 lanes, words end to end.
//
//     images (I, K, D)   ->  [group of 16][k][unit][lane]      the last group is filled up with zeros
//     words  (W, D)      ->  [block][panel of 12][unit][word]  a block holds whole captions, filled up to a panel
//
// A unit is one number of a row, or as many as a format of lower precision puts into 32 bits (formats.hpp). A product
// of both sides then yields C[word][k][16 lanes]: whatever is done with one pair is done for 16 images at once, without
// horizontal sums, masks or tails, for any K and any number of words.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/kernels/cpu/buffer.hpp"
#include "mgan/kernels/cpu/formats.hpp"

namespace mgan::kernels {

inline constexpr std::int64_t panel = 12;  // words a product handles at once

template <class Format>
struct PackedImagesOf {
  std::int64_t images = 0, rows = 0, width = 0;  // I, K, D
  BufferOf<typename Format::Unit> numbers;
  RowFacts facts;  // [group][k][lane]

  std::int64_t groups() const { return (images + lanes - 1) / lanes; }
  std::int64_t units() const { return (width + Format::numbers - 1) / Format::numbers; }
  /// Row k of a group: (units, 16).
  const typename Format::Unit* row(std::int64_t group, std::int64_t k) const {
    return numbers.data() + (group * rows + k) * units() * lanes;
  }
  /// Where the facts of lane 0 are.
  std::int64_t fact(std::int64_t group, std::int64_t k) const { return (group * rows + k) * lanes; }
};
using PackedImages = PackedImagesOf<Fp32>;

namespace detail {

template <class Format>
void check_width(std::int64_t width) {
  if constexpr (std::is_same_v<Format, Int8>)
    require(width <= Int8::widest, "int8 products: width ", width, ", at most ", Int8::widest);
}
/// Facts of `rows` rows, where the format has any.
template <class Format>
RowFacts facts_of(std::int64_t rows) {
  const auto n = static_cast<std::size_t>(rows);
  RowFacts facts;
  if constexpr (!Format::exact) {
    facts.norm.resize(n);
    facts.error.resize(n);
  }
  if constexpr (std::is_same_v<Format, Int8>) {
    facts.scale.resize(n);
    facts.offset.resize(n);
  }
  return facts;
}
/// `count` rows side by side: unit u of row r at to[u * next + r]. The facts of the first are at `fact`.
template <class Format>
void pack_side(Side side, const float* const* from, std::int64_t count, std::int64_t width, typename Format::Unit* to,
               std::int64_t next, [[maybe_unused]] RowFacts& facts, [[maybe_unused]] std::int64_t fact) {
  if constexpr (Format::exact) interleave(from, count, width, to, next);
  else
    for (std::int64_t r = 0; r < count; ++r)
      Format::pack(side, from[r], width, to + r, next, facts, static_cast<std::size_t>(fact + r));
}

}  // namespace detail

/// Row k of image i begins at first + i * image_stride + k * row_stride; its D numbers lie side by side.
template <class Format = Fp32, class ParallelFor = serially>
PackedImagesOf<Format> pack_images(const float* first, std::int64_t images, std::int64_t rows, std::int64_t width,
                                   std::int64_t image_stride, std::int64_t row_stride,
                                   const ParallelFor& parallel_for = {}) {
  detail::check_width<Format>(width);
  PackedImagesOf<Format> packed{images, rows, width, {}, {}};
  packed.numbers = decltype(packed.numbers)(static_cast<std::size_t>(packed.groups() * rows * packed.units() * lanes));
  packed.facts = detail::facts_of<Format>(packed.groups() * rows * lanes);
  typename Format::Unit* const out = packed.numbers.data();
  const std::int64_t next = packed.units() * lanes;
  parallel_for(packed.groups(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t g = begin; g < end; ++g)
      for (std::int64_t k = 0; k < rows; ++k) {
        const float* from[lanes];
        const std::int64_t count = std::min<std::int64_t>(lanes, images - g * lanes);
        for (std::int64_t lane = 0; lane < count; ++lane)
          from[lane] = first + (g * lanes + lane) * image_stride + k * row_stride;
        detail::pack_side<Format>(Side::image, from, count, width, out + (g * rows + k) * next, lanes, packed.facts,
                                  packed.fact(g, k));
      }
  });
  return packed;
}

/// Captions [begin, end); their words are the first of `panels` panels.
struct TextBlock {
  std::int64_t begin = 0, end = 0, first_panel = 0, panels = 0;
};

template <class Format>
struct PackedTextsOf {
  using Block = TextBlock;
  std::int64_t width = 0;                // D
  std::vector<std::int64_t> lengths;     // words of every caption
  std::vector<std::int64_t> first_word;  // of a caption within its block
  std::vector<Block> blocks;
  BufferOf<typename Format::Unit> numbers;
  RowFacts facts;  // [panel][word]

  std::int64_t units() const { return (width + Format::numbers - 1) / Format::numbers; }
  std::int64_t texts() const { return static_cast<std::int64_t>(lengths.size()); }
  /// One panel: (units, 12).
  const typename Format::Unit* panel_at(std::int64_t index) const { return numbers.data() + index * panel * units(); }
  std::int64_t panels() const { return blocks.empty() ? 0 : blocks.back().first_panel + blocks.back().panels; }
  std::int64_t most_panels() const {
    std::int64_t most = 0;
    for (const Block& block : blocks) most = std::max(most, block.panels);
    return most;
  }
};
using PackedTexts = PackedTextsOf<Fp32>;

/// Word l of caption t begins at first + t * text_stride + l * word_stride. A block has about `block_words` words, and
/// at least one caption. What lies behind a length is not read.
template <class Format = Fp32, class ParallelFor = serially>
PackedTextsOf<Format> pack_texts(const float* first, std::vector<std::int64_t> lengths, std::int64_t width,
                                 std::int64_t text_stride, std::int64_t word_stride, std::int64_t block_words,
                                 const ParallelFor& parallel_for = {}) {
  detail::check_width<Format>(width);
  PackedTextsOf<Format> packed;
  packed.width = width;
  for (std::size_t t = 0; t < lengths.size(); ++t)
    require(lengths[t] > 0, "pack_texts: caption ", t, " has ", lengths[t], " words");
  packed.lengths = std::move(lengths);
  std::int64_t panels = 0;
  for (std::int64_t t = 0; t < packed.texts();) {
    TextBlock block{t, t, panels, 0};
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
  packed.numbers = decltype(packed.numbers)(static_cast<std::size_t>(panels * panel * packed.units()));
  packed.facts = detail::facts_of<Format>(panels * panel);
  typename Format::Unit* const out = packed.numbers.data();
  parallel_for(static_cast<std::int64_t>(packed.blocks.size()), [&](std::int64_t begin, std::int64_t end) {
    std::vector<const float*> from;
    for (std::int64_t b = begin; b < end; ++b) {
      const TextBlock& block = packed.blocks[static_cast<std::size_t>(b)];
      from.clear();
      for (std::int64_t t = block.begin; t < block.end; ++t)
        for (std::int64_t l = 0; l < packed.lengths[static_cast<std::size_t>(t)]; ++l)
          from.push_back(first + t * text_stride + l * word_stride);
      const auto words = static_cast<std::int64_t>(from.size());
      for (std::int64_t p = 0; p < block.panels; ++p) {
        const std::int64_t row = (block.first_panel + p) * panel;
        detail::pack_side<Format>(Side::text, from.data() + p * panel, std::min(panel, words - p * panel), width,
                                  out + row * packed.units(), panel, packed.facts, row);
      }
    }
  });
  return packed;
}

}  // namespace mgan::kernels
