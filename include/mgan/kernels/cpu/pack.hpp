// The layout that the kernels read: images in groups of 16 lanes, words end to end.
//
//     images (I, K, D)   ->  [group of 16][k][unit][lane]      the last group is filled up with zeros
//     words  (W, D)      ->  [block][panel of 12][unit][word]  a block holds whole captions; its last panel is filled
//     up
//
// A unit is one number of a row, or as many as a format of lower precision puts into 32 bits (formats.hpp). A product
// of both sides then yields C[word][k][16 lanes]: whatever is done with one pair is done for 16 images at once, without
// horizontal sums, masks or tails, for any K and any number of words.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/kernels/cpu/formats.hpp"

namespace mgan::kernels {

inline constexpr std::int64_t panel = 12;  // words a product handles at once

/// The default of every `parallel_for`: all of 0..n-1 on the caller's thread.
struct serially {
  template <class F>
  void operator()(std::int64_t n, const F& f) const {
    f(std::int64_t{0}, n);
  }
};

/// Memory whose first element begins a cache line: zeros, which cost nothing until they are written.
template <class T>
class BufferOf {
 public:
  BufferOf() = default;
  explicit BufferOf(std::size_t count)
      : count_(count + 16), storage_(static_cast<T*>(std::calloc(count_, sizeof(T))), std::free) {
    if (!storage_) throw std::bad_alloc();
  }
  /// Numbers that lie elsewhere, in a mapped file for one; they have to outlive this object, and are only read.
  static BufferOf over(const T* elsewhere) {
    BufferOf buffer;
    buffer.elsewhere_ = elsewhere;
    return buffer;
  }
  T* data() {
    const auto address = reinterpret_cast<std::uintptr_t>(storage_.get());
    return storage_.get() + ((64 - address % 64) % 64) / sizeof(T);
  }
  const T* data() const { return elsewhere_ ? elsewhere_ : const_cast<BufferOf*>(this)->data(); }
  std::size_t bytes() const { return count_ * sizeof(T); }

 private:
  static_assert(sizeof(T) == 4);
  std::size_t count_ = 0;
  std::unique_ptr<T[], void (*)(void*)> storage_{nullptr, std::free};
  const T* elsewhere_ = nullptr;
};
using Buffer = BufferOf<float>;

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

/// to[d * next + r] = from[r][d], 4 x 4 numbers at a time.
inline void interleave(const float* const* from, std::int64_t count, std::int64_t width, float* to, std::int64_t next) {
  std::int64_t d = 0;
  for (; d + 4 <= width; d += 4) {
    std::int64_t r = 0;
    for (; r + 4 <= count; r += 4) {
      Floats<4> a, b, e, f;
      load<4>(a, from[r] + d);
      load<4>(b, from[r + 1] + d);
      load<4>(e, from[r + 2] + d);
      load<4>(f, from[r + 3] + d);
      const Floats<4> ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), ef = __builtin_shufflevector(e, f, 0, 4, 1, 5);
      const Floats<4> AB = __builtin_shufflevector(a, b, 2, 6, 3, 7), EF = __builtin_shufflevector(e, f, 2, 6, 3, 7);
      store<4>(to + d * next + r, __builtin_shufflevector(ab, ef, 0, 1, 4, 5));
      store<4>(to + (d + 1) * next + r, __builtin_shufflevector(ab, ef, 2, 3, 6, 7));
      store<4>(to + (d + 2) * next + r, __builtin_shufflevector(AB, EF, 0, 1, 4, 5));
      store<4>(to + (d + 3) * next + r, __builtin_shufflevector(AB, EF, 2, 3, 6, 7));
    }
    for (; r < count; ++r)
      for (std::int64_t e = d; e < d + 4; ++e) to[e * next + r] = from[r][e];
  }
  for (; d < width; ++d)
    for (std::int64_t r = 0; r < count; ++r) to[d * next + r] = from[r][d];
}

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
