// The gradient of S (I, T) for any upstream gradient: every pair.
//
// Images are taken in slices whose products with all captions fit a budget of memory. In three steps, none of which
// lets two threads add to one number, so that gradients are the same bits for any number of threads:
//     1  C (kept by the forward, or once more)  ->  dC in its place       a block of captions and a group of images
//     2  dP[group][k][d]  = sum over all words of dC W                    a group and a chunk of d
//     3  dW[word][d]     += sum over the slice's rows of dC' P            a block and a chunk of d
// dA is summed per task in step 1, then over a fixed number of runs of tasks in order. Cost: three products, or four.
#pragma once

#include "mgan/kernels/cpu/gradient/accumulate.hpp"
#include "mgan/kernels/cpu/gradient/gradient_outputs.hpp"
#include "mgan/kernels/cpu/gradient/image_columns.hpp"
#include "mgan/kernels/cpu/score/sweep.hpp"

namespace mgan::kernels {

/// Bytes of products that a forward keeps for its gradient, and that a gradient works with at once otherwise.
inline constexpr std::int64_t kept_bytes = 64 << 20, slice_bytes = 16 << 20;

namespace detail {

inline constexpr std::int64_t width_a_chunk = 96;

template <class Gradient>
struct DenseGradient {
  const PackedImages& images;
  const ImageColumns& columns;
  const PackedTexts& texts;
  const Gradient& gradient;
  const float* upstream;  // (I, T)
  std::int64_t next_image;
  const GradientOutputs& out;
  ProductLayout slice;
  float* products;
  bool computed;

  std::int64_t K() const { return images.rows; }
  std::int64_t chunks() const { return (images.width + width_a_chunk - 1) / width_a_chunk; }

  /// Step 1 for one block and group; dA (weights, 16 lanes) is added to.
  template <Target target>
  [[gnu::always_inline]] void differentiate(const TextBlock& block, std::int64_t group, float* dA,
                                            float* scratch) const {
    float* c = products + slice.at(block, group);
    if (!computed) multiply_block<target>(images, group, texts, block, c);
    const std::int64_t here = std::min<std::int64_t>(lanes, images.images - group * lanes);
    std::int64_t word = 0;
    for (std::int64_t text = block.begin; text < block.end; ++text) {
      const std::int64_t n = texts.lengths[text];
      alignas(64) float g[lanes] = {};
      bool touched = false;
      for (std::int64_t lane = 0; lane < here; ++lane) {
        g[lane] = upstream[(group * lanes + lane) * next_image + text];
        touched = touched || g[lane] != 0;
      }
      float* of_text = c + word * K() * lanes;
      if (touched) gradient.template differentiate<width_of(target)>(of_text, K(), n, g, dA, scratch);
      else std::fill(of_text, of_text + n * K() * lanes, 0.0f);
      word += n;
    }
    std::fill(c + word * K() * lanes, c + block.panels * panel * K() * lanes, 0.0f);
  }

  /// Step 2: of_rows is workspace of K width_a_chunk 16 numbers.
  template <int W>
  [[gnu::always_inline]] void image_rows(std::int64_t group, std::int64_t first, float* of_rows) const {
    constexpr int many = TileSizes<W>::rows;
    const std::int64_t count = std::min(width_a_chunk, images.width - first), next_row = width_a_chunk * lanes;
    std::fill(of_rows, of_rows + K() * next_row, 0.0f);
    for (const TextBlock& block : texts.blocks) {
      const float* c = products + slice.at(block, group);
      for (std::int64_t d = 0; d < count; d += panel) {
        const Factors words{texts.panel_at(block.first_panel) + (first + d) * panel, 1, panel, panel,
                            panel * images.width};
        const std::int64_t here = std::min(panel, count - d);
        std::int64_t k = 0;
        for (; k + many <= K(); k += many) {
          const float* x[many];
          for (int r = 0; r < many; ++r) x[r] = c + (k + r) * lanes;
          accumulate_words<W, many>(x, K() * lanes, words, block.panels * panel, of_rows + k * next_row + d * lanes,
                                    here, lanes, next_row);
        }
        for (; k < K(); ++k) {
          const float* const x[1] = {c + k * lanes};
          accumulate_words<W, 1>(x, K() * lanes, words, block.panels * panel, of_rows + k * next_row + d * lanes, here,
                                 lanes, next_row);
        }
      }
    }
    for (std::int64_t lane = 0; lane < lanes && group * lanes + lane < images.images; ++lane)
      for (std::int64_t k = 0; k < K(); ++k) {
        float* to = out.images.at(group * lanes + lane, k) + first;
        for (std::int64_t d = 0; d < count; ++d) to[d] = of_rows[k * next_row + d * lanes + lane];
      }
  }

  /// Step 3: of_words is workspace of (12 panels words, width_a_chunk).
  template <int W>
  [[gnu::always_inline]] void word_rows(const TextBlock& block, std::int64_t first, float* of_words) const {
    constexpr int many = TileSizes<W>::rows;
    const std::int64_t count = std::min(width_a_chunk, images.width - first), words = block.panels * panel;
    std::fill(of_words, of_words + words * width_a_chunk, 0.0f);
    for (std::int64_t g = slice.first_group; g < slice.first_group + slice.groups; ++g) {
      const Factors c{products + slice.at(block, g), 1, K() * lanes, K() * lanes, 0};
      std::int64_t d = 0;
      for (; d + many * lanes <= count; d += many * lanes) {
        const float* x[many];
        for (int r = 0; r < many; ++r) x[r] = columns.panel_at(g, (first + d) / lanes + r);
        accumulate_words<W, many>(x, lanes, c, K() * lanes, of_words + d, words, width_a_chunk, lanes);
      }
      for (; d < count; d += lanes) {
        const float* const x[1] = {columns.panel_at(g, (first + d) / lanes)};
        accumulate_words<W, 1>(x, lanes, c, K() * lanes, of_words + d, words, width_a_chunk, lanes);
      }
    }
    const bool set = slice.first_group == 0;
    for (std::int64_t text = block.begin; text < block.end; ++text)
      for (std::int64_t l = 0; l < texts.lengths[text]; ++l, of_words += width_a_chunk) {
        float* to = out.words.at(text, l) + first;
        for (std::int64_t d = 0; d < count; ++d) to[d] = set ? of_words[d] : to[d] + of_words[d];
      }
  }
};

/// A run of step 1: tasks [begin, end); dA (weights, 16 lanes) is added to.
template <class Gradient>
struct DifferentiateTask {
  const DenseGradient<Gradient>& of;
  std::int64_t begin, end;
  float *dA, *scratch;

  template <Target target>
  [[gnu::always_inline]] void run() const {
    for (std::int64_t index = begin; index < end; ++index)
      of.template differentiate<target>(of.texts.blocks[index / of.slice.groups],
                                        of.slice.first_group + index % of.slice.groups, dA, scratch);
  }
};

/// Steps 2 and 3: tasks of step 2 first, groups x chunks of them, then blocks x chunks.
template <class Gradient>
struct CollectTask {
  const DenseGradient<Gradient>& of;
  std::int64_t index;
  float* workspace;

  template <Target target>
  [[gnu::always_inline]] void run() const {
    constexpr int W = width_of(target);
    const std::int64_t chunk = index % of.chunks() * width_a_chunk, which = index / of.chunks();
    if (which < of.slice.groups) of.template image_rows<W>(of.slice.first_group + which, chunk, workspace);
    else of.template word_rows<W>(of.texts.blocks[which - of.slice.groups], chunk, workspace);
  }
};

}  // namespace detail

/// Gradients for the upstream gradient dS[i * next_image + t]. `kept`: what the sweep kept, which is overwritten, or
/// null. `columns` are the images once more (image_columns.hpp). Not called for an empty S.
template <class Gradient, class ParallelFor>
void dense_gradient(const PackedImages& images, const ImageColumns& columns, const PackedTexts& texts,
                    const Gradient& gradient, const float* upstream, std::int64_t next_image, float* kept,
                    const GradientOutputs& out, const ParallelFor& parallel_for, Target target = best_target(),
                    std::int64_t bytes = slice_bytes) {
  const std::int64_t K = images.rows, groups = images.groups(), blocks = texts.blocks.count();
  const std::int64_t a_group = ProductLayout{K, 0, 1}.size(texts) * static_cast<std::int64_t>(sizeof(float));
  const std::int64_t step = kept ? groups : std::clamp<std::int64_t>(bytes / a_group, 1, groups);
  const std::int64_t weights = gradient.weights(K);
  Buffer own(kept ? 0 : ProductLayout{K, 0, step}.size(texts));
  for (std::int64_t g = 0; g < groups; g += step) {
    const ProductLayout slice{K, g, std::min(step, groups - g)};
    const detail::DenseGradient<Gradient> of{
        images, columns, texts, gradient, upstream, next_image, out, slice, kept ? kept : own.data(), kept != nullptr};
    detail::in_runs(blocks * slice.groups, weights, out.weights, parallel_for, [&] {
      return [&, scratch = Buffer(Gradient::scratch(K, texts.longest()))](std::int64_t begin, std::int64_t end,
                                                                          float* dA) mutable {
        run_on(target, detail::DifferentiateTask<Gradient>{of, begin, end, dA, scratch.data()});
      };
    });
    parallel_for((slice.groups + blocks) * of.chunks(), [&](std::int64_t first, std::int64_t last) {
      Buffer workspace(detail::width_a_chunk * std::max(K * lanes, texts.most_words()));
      for (std::int64_t index = first; index < last; ++index)
        run_on(target, detail::CollectTask<Gradient>{of, index, workspace.data()});
    });
  }
}

}  // namespace mgan::kernels
