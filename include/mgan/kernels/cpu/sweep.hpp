// Every image against every caption: S (I, T).
//
// A task is one block of captions against eight groups of images: its products stay in the second-level cache, and what
// becomes of them is done there and then. Nothing of the size (images, texts, K, L) ever exists. No number is summed by
// two threads, so S is the same bits for any number of threads.
#pragma once

#include "mgan/core/error.hpp"
#include "mgan/kernels/cpu/epilogues.hpp"
#include "mgan/kernels/cpu/product.hpp"

namespace mgan::kernels {

/// Instructions that the sweep is compiled for; the best that the machine has is chosen when it runs. avx512_dot has
/// the dot products of a format besides: AVX-512 BF16 for bf16, AVX-512 VNNI for int8. fp32 has none.
enum class Level { portable, avx2, avx512, avx512_dot };

template <class Format = Fp32>
Level best_level() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return has_dot_products(Format{}) ? Level::avx512_dot : Level::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Level::avx2;
  return Level::portable;
}
inline const char* name_of(Level level) {
  constexpr const char* names[] = {"portable", "AVX2", "AVX-512", "AVX-512 with dot products"};
  return names[static_cast<int>(level)];
}

/// Words of a block, so that its products with 16 images take about 256 KB: at least one panel.
inline std::int64_t block_words(std::int64_t rows) {
  const std::int64_t words = 256 * 1024 / (rows * lanes * static_cast<std::int64_t>(sizeof(float)));
  return words / panel * panel > 0 ? words / panel * panel : panel;
}

namespace detail {

inline constexpr std::int64_t groups_a_task = 8;

template <class Format, class Epilogue>
struct Task {
  const PackedImagesOf<Format>& images;
  const PackedTextsOf<Format>& texts;
  const Epilogue& epilogue;
  float* scores;  // (I, T)
  std::int64_t next_image;
  std::int64_t index;  // of the task
  float* tile;         // workspace
  float* scratch;
};

template <int W, bool Dot, class Format, class Epilogue>
[[gnu::always_inline]] inline void run(const Task<Format, Epilogue>& t) {
  const std::int64_t chunks = (t.images.groups() + groups_a_task - 1) / groups_a_task;
  const TextBlock& block = t.texts.blocks[static_cast<std::size_t>(t.index / chunks)];
  const std::int64_t first = t.index % chunks * groups_a_task;
  const std::int64_t last = std::min(t.images.groups(), first + groups_a_task);
  for (std::int64_t g = first; g < last; ++g) {
    multiply_block<W, Dot>(t.images, g, t.texts, block, t.tile);
    const std::int64_t here = std::min<std::int64_t>(lanes, t.images.images - g * lanes);
    for (std::int64_t text = block.begin; text < block.end; ++text) {
      const auto at = static_cast<std::size_t>(text);
      alignas(64) float score[lanes];
      t.epilogue.template finish<W>(t.tile + t.texts.first_word[at] * t.images.rows * lanes, t.images.rows,
                                    t.texts.lengths[at], score, t.scratch);
      for (std::int64_t lane = 0; lane < here; ++lane) t.scores[(g * lanes + lane) * t.next_image + text] = score[lane];
    }
  }
}

template <class Format, class Epilogue>
[[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]] void run_avx512_dot(const Task<Format, Epilogue>& task) {
  run<16, !std::is_same_v<Format, Fp32>>(task);
}
template <class Format, class Epilogue>
[[gnu::target("avx512f,avx512vl,avx512dq,avx2,fma")]] void run_avx512(const Task<Format, Epilogue>& task) {
  run<16, false>(task);
}
template <class Format, class Epilogue>
[[gnu::target("avx2,fma")]] void run_avx2(const Task<Format, Epilogue>& task) {
  run<8, false>(task);
}
template <class Format, class Epilogue>
void run_portable(const Task<Format, Epilogue>& task) {
  run<4, false>(task);
}

}  // namespace detail

/// S[i * next_image + t] of every image i and caption t. `parallel_for(n, f)` calls f(first, last) on ranges that cover
/// 0..n-1, on threads of the caller's choice; f allocates its workspace once a range.
template <class Format, class Epilogue, class ParallelFor>
void sweep(const PackedImagesOf<Format>& images, const PackedTextsOf<Format>& texts, const Epilogue& epilogue,
           float* scores, std::int64_t next_image, const ParallelFor& parallel_for,
           Level level = best_level<Format>()) {
  require(images.width == texts.width, "sweep: images of width ", images.width, ", captions of width ", texts.width);
  if (images.images == 0 || texts.texts() == 0) return;
  const std::int64_t chunks = (images.groups() + detail::groups_a_task - 1) / detail::groups_a_task;
  const std::int64_t longest = *std::max_element(texts.lengths.begin(), texts.lengths.end());
  const std::int64_t tasks = chunks * static_cast<std::int64_t>(texts.blocks.size());
  parallel_for(tasks, [&](std::int64_t first, std::int64_t last) {
    Buffer tile(static_cast<std::size_t>(texts.most_panels() * panel * images.rows * lanes));
    Buffer scratch(static_cast<std::size_t>(Epilogue::scratch(images.rows, longest)));
    for (std::int64_t index = first; index < last; ++index) {
      const detail::Task<Format, Epilogue> task{images,     texts, epilogue,    scores,
                                                next_image, index, tile.data(), scratch.data()};
      if (level == Level::avx512_dot) detail::run_avx512_dot(task);
      else if (level == Level::avx512) detail::run_avx512(task);
      else if (level == Level::avx2) detail::run_avx2(task);
      else detail::run_portable(task);
    }
  });
}

}  // namespace mgan::kernels
