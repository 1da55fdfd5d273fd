// Every image against every caption: S (I, T).
//
// A task is one block of captions against eight groups of images: its products stay in the second-level cache, and what
// becomes of them is done there and then. Nothing of the size (images, texts, K, L) ever exists. No number is summed by
// two threads, so S is the same bits for any number of threads.
#pragma once

#include "mgan/kernels/cpu/epilogue/interaction/forward.hpp"
#include "mgan/kernels/cpu/epilogue/maxima/forward.hpp"
#include "mgan/kernels/cpu/product/product.hpp"

namespace mgan::kernels {

/// Words of a block, so that its products with 16 images take about 256 KB: at least one panel.
inline std::int64_t block_words(std::int64_t rows, std::int64_t panel_words = panel) {
  const std::int64_t words = 256 * 1024 / (rows * lanes * static_cast<std::int64_t>(sizeof(float)));
  return std::max(words / panel_words, std::int64_t{1}) * panel_words;
}

/// Products of some groups of images with all captions, kept: [block][group][word of its panels][k][16 lanes].
struct ProductLayout {
  std::int64_t rows, first_group, groups;

  std::int64_t at(const TextBlock& block, std::int64_t group, std::int64_t panel_words = panel) const {
    return (block.first_panel * groups + (group - first_group) * block.panels) * panel_words * rows * lanes;
  }
  template <class Precision>
  std::int64_t size(const PackedTextsOf<Precision>& texts) const {
    return texts.panels() * groups * texts.layout.panel * rows * lanes;
  }
};

/// What a sweep writes: S[i * next_image + t], and, where `kept` is given, all products in the ProductLayout of all
/// groups, for a gradient that follows.
struct SweepOutput {
  float* scores;
  std::int64_t next_image;
  float* kept = nullptr;
};

namespace detail {

inline constexpr std::int64_t groups_a_task = 8;

/// One block of captions against eight groups of images.
template <class Given, class Epilogue>
struct SweepTask {
  using Precision = Given;

  const PackedImagesOf<Precision>& images;
  const PackedTextsOf<Precision>& texts;
  const Epilogue& epilogue;
  const SweepOutput& out;
  std::int64_t index;  // of the task
  float* tile;         // workspace
  float* scratch;

  template <Target target>
  [[gnu::always_inline]] void run() const {
    const std::int64_t chunks = (images.groups() + groups_a_task - 1) / groups_a_task;
    const TextBlock& block = texts.blocks[index / chunks];
    const std::int64_t first = index % chunks * groups_a_task;
    const std::int64_t last = std::min(images.groups(), first + groups_a_task);
    for (std::int64_t g = first; g < last; ++g) {
      float* c =
          out.kept ? out.kept + ProductLayout{images.rows, 0, images.groups()}.at(block, g, texts.layout.panel) : tile;
      multiply_block<target>(images, g, texts, block, c);
      const std::int64_t here = std::min<std::int64_t>(lanes, images.images - g * lanes);
      for (std::int64_t text = block.begin; text < block.end; ++text) {
        alignas(64) float score[lanes];
        epilogue.template finish<width_of(target)>(c + texts.first_word[text] * images.rows * lanes, images.rows,
                                                   texts.lengths[text], score, scratch);
        for (std::int64_t lane = 0; lane < here; ++lane)
          out.scores[(g * lanes + lane) * out.next_image + text] = score[lane];
      }
    }
  }
};

}  // namespace detail

/// S of every image i and caption t. `parallel_for(n, f)` calls f(first, last) on ranges that cover 0..n-1, on threads
/// of the caller's choice; f allocates its workspace once a range. Errors: widths that differ, words that are not
/// packed for the target.
template <class Precision, class Epilogue, class ParallelFor>
void sweep(const PackedImagesOf<Precision>& images, const PackedTextsOf<Precision>& texts, const Epilogue& epilogue,
           const SweepOutput& out, const ParallelFor& parallel_for, Target target = best_target<Precision>()) {
  require(images.width == texts.width, "sweep: images of width ", images.width, ", captions of width ", texts.width);
  if (images.images == 0 || texts.texts() == 0) return;
  const WordLayout layout = layout_of<Precision>(target);
  require(texts.layout == layout, "sweep: words in panels of ", texts.layout.panel, " and ", texts.layout.depth,
          " units, ", name_of(target), " takes ", layout.panel, " and ", layout.depth);
  const std::int64_t chunks = (images.groups() + detail::groups_a_task - 1) / detail::groups_a_task;
  parallel_for(chunks * texts.blocks.count(), [&](std::int64_t first, std::int64_t last) {
    Buffer tile(texts.most_words() * images.rows * lanes);
    Buffer scratch(Epilogue::scratch(images.rows, texts.longest()));
    for (std::int64_t index = first; index < last; ++index)
      run_on(target,
             detail::SweepTask<Precision, Epilogue>{images, texts, epilogue, out, index, tile.data(), scratch.data()});
  });
}

}  // namespace mgan::kernels
