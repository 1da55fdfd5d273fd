// The layout that the kernels read: images in groups of 16 lanes, words end to end.
//
//     images (I, K, D)   ->  [group of 16][k][unit][lane]      the last group is filled up with zeros
//     words  (W, D)      ->  [block][panel of words][unit][word]  a block holds whole captions, filled up to a panel
//
// A unit is one number of a row, or as many as a precision puts into 32 bits (product/precision). A product of both
// sides then yields C[word][k][16 lanes]: whatever is done with one pair is done for 16 images at once, without
// horizontal sums, masks or tails, for any K and any number of words.
#pragma once

#include "mgan/kernels/cpu/product/precision/fp32.hpp"
#include "mgan/kernels/cpu/rows/buffer.hpp"
#include "mgan/kernels/cpu/rows/view.hpp"

namespace mgan::kernels {

inline constexpr std::int64_t panel = 12;  // words that a product on vectors handles at once

/// How the words of a panel lie: [unit / depth][word][unit % depth].
struct WordLayout {
  std::int64_t panel = kernels::panel, depth = 1;

  std::int64_t units(std::int64_t units) const { return (units + depth - 1) / depth * depth; }
  friend bool operator==(const WordLayout&, const WordLayout&) = default;
};

template <class Precision>
struct PackedImagesOf {
  std::int64_t images = 0, rows = 0, width = 0;  // I, K, D
  BufferOf<typename Precision::Unit> numbers;
  RowFacts facts;  // [group][k][lane]

  std::int64_t groups() const { return (images + lanes - 1) / lanes; }
  std::int64_t units() const { return (width + Precision::numbers - 1) / Precision::numbers; }
  /// Row k of a group: (units, 16).
  const typename Precision::Unit* row(std::int64_t group, std::int64_t k) const {
    return numbers.data() + (group * rows + k) * units() * lanes;
  }
  /// Where the facts of lane 0 are.
  std::int64_t fact(std::int64_t group, std::int64_t k) const { return (group * rows + k) * lanes; }
};
using PackedImages = PackedImagesOf<Fp32>;

/// Captions [begin, end); their words are the first of `panels` panels.
struct TextBlock {
  std::int64_t begin = 0, end = 0, first_panel = 0, panels = 0;
};

template <class Precision>
struct PackedTextsOf {
  WordLayout layout;
  std::int64_t width = 0;         // D
  List<std::int64_t> lengths;     // words of every caption
  List<std::int64_t> first_word;  // of a caption within its block
  List<TextBlock> blocks;
  BufferOf<typename Precision::Unit> numbers;
  RowFacts facts;  // [panel][word]

  std::int64_t units() const { return layout.units((width + Precision::numbers - 1) / Precision::numbers); }
  std::int64_t texts() const { return lengths.count(); }
  /// One panel: [unit / depth][word][unit % depth].
  const typename Precision::Unit* panel_at(std::int64_t index) const {
    return numbers.data() + index * layout.panel * units();
  }
  std::int64_t panels() const { return blocks.empty() ? 0 : blocks.back().first_panel + blocks.back().panels; }
  /// Words of the largest block, its last panel filled up.
  std::int64_t most_words() const {
    std::int64_t most = 0;
    for (const TextBlock& block : blocks) most = std::max(most, block.panels);
    return most * layout.panel;
  }
  std::int64_t longest() const { return lengths.empty() ? 0 : *std::max_element(lengths.begin(), lengths.end()); }
};
using PackedTexts = PackedTextsOf<Fp32>;

namespace detail {

template <class Precision>
void check_width(std::int64_t width) {
  require(width <= Precision::widest, Precision::name, " products: width ", width, ", at most ", Precision::widest);
}
/// Facts of `rows` rows, where the precision has any.
template <class Precision>
RowFacts facts_of(std::int64_t rows) {
  RowFacts facts;
  if constexpr (!Precision::exact) {
    facts.norm = List<float>::of(rows);
    facts.error = List<float>::of(rows);
  }
  if constexpr (Precision::scaled) {
    facts.scale = List<float>::of(rows);
    facts.offset = List<std::int32_t>::of(rows);
  }
  return facts;
}
/// `count` rows side by side: unit u of row r at to[u * next + r]. The facts of the first are at `fact`.
template <class Precision>
void pack_side(Side side, const float* const* from, std::int64_t count, std::int64_t width,
               typename Precision::Unit* to, std::int64_t next, [[maybe_unused]] RowFacts& facts,
               [[maybe_unused]] std::int64_t fact) {
  if constexpr (Precision::exact) interleave(from, count, width, to, next);
  else
    for (std::int64_t r = 0; r < count; ++r) Precision::pack(side, from[r], width, to + r, next, facts, fact + r);
}
/// Units of a panel from [unit][word] to [unit / depth][word][unit % depth].
template <class Unit>
void deepen(Unit* units, std::int64_t count, const WordLayout& layout, std::vector<Unit>& copy) {
  if (layout.depth == 1) return;
  copy.assign(units, units + count * layout.panel);
  for (std::int64_t u = 0; u < count; ++u)
    for (std::int64_t word = 0; word < layout.panel; ++word)
      units[u / layout.depth * layout.panel * layout.depth + word * layout.depth + u % layout.depth] =
          copy[static_cast<std::size_t>(u * layout.panel + word)];
}

/// Captions in blocks of about `block_words` words, at least one caption a block; no numbers yet.
template <class Precision>
PackedTextsOf<Precision> blocks_of(List<std::int64_t> lengths, std::int64_t width, std::int64_t block_words,
                                   const WordLayout& layout) {
  PackedTextsOf<Precision> packed{layout, width, std::move(lengths), {}, {}, {}, {}};
  std::int64_t panels = 0;
  for (std::int64_t t = 0; t < packed.texts();) {
    TextBlock block{t, t, panels, 0};
    std::int64_t words = 0;
    for (; t < packed.texts(); ++t) {
      const std::int64_t n = packed.lengths[t];
      if (words > 0 && words + n > block_words) break;
      packed.first_word.push_back(words);
      words += n;
    }
    block.end = t;
    block.panels = (words + layout.panel - 1) / layout.panel;
    panels += block.panels;
    packed.blocks.push_back(block);
  }
  return packed;
}

}  // namespace detail

template <class Precision = Fp32, class ParallelFor = serially>
PackedImagesOf<Precision> pack_images(const ImageRows& rows, const ParallelFor& parallel_for = {}) {
  detail::check_width<Precision>(rows.width);
  PackedImagesOf<Precision> packed{rows.images, rows.rows, rows.width, {}, {}};
  const std::int64_t K = rows.rows, next = packed.units() * lanes;
  packed.numbers = decltype(packed.numbers)(packed.groups() * K * next);
  packed.facts = detail::facts_of<Precision>(packed.groups() * K * lanes);
  typename Precision::Unit* const out = packed.numbers.data();
  parallel_for(packed.groups(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t g = begin; g < end; ++g)
      for (std::int64_t k = 0; k < K; ++k) {
        const float* from[lanes];
        const std::int64_t count = std::min<std::int64_t>(lanes, rows.images - g * lanes);
        for (std::int64_t lane = 0; lane < count; ++lane) from[lane] = rows.at(g * lanes + lane, k);
        detail::pack_side<Precision>(Side::image, from, count, rows.width, out + (g * K + k) * next, lanes,
                                     packed.facts, packed.fact(g, k));
      }
  });
  return packed;
}

/// A block has about `block_words` words, and at least one caption.
template <class Precision = Fp32, class ParallelFor = serially>
PackedTextsOf<Precision> pack_texts(const WordRows& rows, std::int64_t block_words,
                                    const ParallelFor& parallel_for = {}, const WordLayout& layout = {}) {
  detail::check_width<Precision>(rows.width);
  auto packed = detail::blocks_of<Precision>(rows.lengths, rows.width, block_words, layout);
  const std::int64_t slots = packed.panels() * layout.panel, units = packed.units();
  packed.numbers = decltype(packed.numbers)(slots * units);
  packed.facts = detail::facts_of<Precision>(slots);
  typename Precision::Unit* const out = packed.numbers.data();
  parallel_for(packed.blocks.count(), [&](std::int64_t begin, std::int64_t end) {
    List<const float*> from;
    std::vector<typename Precision::Unit> copy;
    for (std::int64_t b = begin; b < end; ++b) {
      const TextBlock& block = packed.blocks[b];
      from.clear();
      for (std::int64_t t = block.begin; t < block.end; ++t)
        for (std::int64_t l = 0; l < rows.lengths[t]; ++l) from.push_back(rows.at(t, l));
      for (std::int64_t p = 0; p < block.panels; ++p) {
        const std::int64_t slot = (block.first_panel + p) * layout.panel, first = p * layout.panel;
        typename Precision::Unit* const to = out + slot * units;
        detail::pack_side<Precision>(Side::text, from.data() + first, std::min(layout.panel, from.count() - first),
                                     rows.width, to, layout.panel, packed.facts, slot);
        detail::deepen(to, units, layout, copy);
      }
    }
  });
  return packed;
}

}  // namespace mgan::kernels
