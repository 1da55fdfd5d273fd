// Every image against every caption: S (I, T).
//
// A task is one block of captions against eight groups of images: its products stay in the second-level cache, and what
// becomes of them is done there and then. Nothing of the size (images, texts, K, L) ever exists. No number is summed by
// two threads, so S is the same bits for any number of threads.
#pragma once

#include "mgan/core/error.hpp"
#include "mgan/kernels/cpu/epilogues.hpp"
#include "mgan/kernels/cpu/levels.hpp"
#include "mgan/kernels/cpu/product.hpp"

namespace mgan::kernels {

/// Words of a block, so that its products with 16 images take about 256 KB: at least one panel.
inline std::int64_t block_words(std::int64_t rows) {
  const std::int64_t words = 256 * 1024 / (rows * lanes * static_cast<std::int64_t>(sizeof(float)));
  return words / panel * panel > 0 ? words / panel * panel : panel;
}

/// Products of some groups of images with all captions, kept: [block][group][word of its panels][k][16 lanes].
struct ProductLayout {
  std::int64_t rows, first_group, groups;

  std::int64_t at(const TextBlock& block, std::int64_t group) const {
    return (block.first_panel * groups + (group - first_group) * block.panels) * panel * rows * lanes;
  }
  template <class Format>
  std::int64_t size(const PackedTextsOf<Format>& texts) const {
    return texts.panels() * groups * panel * rows * lanes;
  }
};

namespace detail {

inline constexpr std::int64_t groups_a_task = 8;

/// One block of captions against eight groups of images.
template <class Format, class Epilogue>
struct SweepTask {
  const PackedImagesOf<Format>& images;
  const PackedTextsOf<Format>& texts;
  const Epilogue& epilogue;
  float* scores;  // (I, T)
  std::int64_t next_image;
  float* kept;         // products in their layout, or null
  std::int64_t index;  // of the task
  float* tile;         // workspace
  float* scratch;

  template <int W, bool Dot = false>
  [[gnu::always_inline]] void run() const {
    const std::int64_t chunks = (images.groups() + groups_a_task - 1) / groups_a_task;
    const TextBlock& block = texts.blocks[static_cast<std::size_t>(index / chunks)];
    const std::int64_t first = index % chunks * groups_a_task;
    const std::int64_t last = std::min(images.groups(), first + groups_a_task);
    for (std::int64_t g = first; g < last; ++g) {
      float* c = kept ? kept + ProductLayout{images.rows, 0, images.groups()}.at(block, g) : tile;
      multiply_block<W, Dot>(images, g, texts, block, c);
      const std::int64_t here = std::min<std::int64_t>(lanes, images.images - g * lanes);
      for (std::int64_t text = block.begin; text < block.end; ++text) {
        const auto at = static_cast<std::size_t>(text);
        alignas(64) float score[lanes];
        epilogue.template finish<W>(c + texts.first_word[at] * images.rows * lanes, images.rows, texts.lengths[at],
                                    score, scratch);
        for (std::int64_t lane = 0; lane < here; ++lane) scores[(g * lanes + lane) * next_image + text] = score[lane];
      }
    }
  }
  [[gnu::always_inline]] void run_dot() const requires(!std::is_same_v<Format, Fp32>) { run<16, true>(); }
};

}  // namespace detail

/// S[i * next_image + t] of every image i and caption t. `parallel_for(n, f)` calls f(first, last) on ranges that cover
/// 0..n-1, on threads of the caller's choice; f allocates its workspace once a range. `kept`: all products, in the
/// ProductLayout of all groups, for a gradient that follows.
template <class Format, class Epilogue, class ParallelFor>
void sweep(const PackedImagesOf<Format>& images, const PackedTextsOf<Format>& texts, const Epilogue& epilogue,
           float* scores, std::int64_t next_image, const ParallelFor& parallel_for, Level level = best_level<Format>(),
           float* kept = nullptr) {
  require(images.width == texts.width, "sweep: images of width ", images.width, ", captions of width ", texts.width);
  if (images.images == 0 || texts.texts() == 0) return;
  const std::int64_t chunks = (images.groups() + detail::groups_a_task - 1) / detail::groups_a_task;
  const std::int64_t longest = *std::max_element(texts.lengths.begin(), texts.lengths.end());
  const std::int64_t tasks = chunks * static_cast<std::int64_t>(texts.blocks.size());
  parallel_for(tasks, [&](std::int64_t first, std::int64_t last) {
    Buffer tile(static_cast<std::size_t>(texts.most_panels() * panel * images.rows * lanes));
    Buffer scratch(static_cast<std::size_t>(Epilogue::scratch(images.rows, longest)));
    for (std::int64_t index = first; index < last; ++index)
      run_at(level, detail::SweepTask<Format, Epilogue>{images, texts, epilogue, scores, next_image, kept, index,
                                                        tile.data(), scratch.data()});
  });
}

}  // namespace mgan::kernels
