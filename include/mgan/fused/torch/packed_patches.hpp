// Prepared patches in the layout of the sweep, kept: a query of one caption then reads them as they lie, in memory or
// in a mapped file, and packs nothing but its own words.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>

#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/core/masked.hpp"
#include "mgan/fused/torch/epilogue_of.hpp"
#include "mgan/fused/torch/sweep.hpp"

namespace mgan {

/// I images in groups of 16; the last group is filled up with zeros.
struct PackedPatches {
  at::Tensor numbers;  // (groups, K, D, 16), single precision on the CPU, contiguous
  std::int64_t images = 0;

  /// The patches of one image -> (K, D).
  at::Tensor operator[](std::int64_t image) const {
    return numbers.select(0, image / kernels::lanes).select(-1, image % kernels::lanes).contiguous();
  }
};

/// (I, K, D) -> packed.
inline PackedPatches pack_patches(const at::Tensor& patches) {
  require(patches.dim() == 3, "pack_patches: patches are ", patches.sizes().vec(), ", expected (I, K, D)");
  const std::int64_t n_images = patches.size(0), groups = (n_images + kernels::lanes - 1) / kernels::lanes;
  const at::Tensor full =
      at::constant_pad_nd(patches.detach().to(at::kFloat), {0, 0, 0, 0, 0, groups * kernels::lanes - n_images});
  const at::Tensor lanes_last = full.unflatten(0, {groups, kernels::lanes}).permute({0, 2, 3, 1});  // (G, K, D, 16)
  return {lanes_last.contiguous(), n_images};
}

/// S (I, T) of packed images and unit words (T, L, D); T lengths.
template <class Epilogue>
at::Tensor packed_sweep(const PackedPatches& images, const at::Tensor& words, List<std::int64_t> lengths,
                        const Epilogue& epilogue, kernels::Target target = kernels::best_target()) {
  const at::Tensor &rows = images.numbers, tokens = words.detach().contiguous();
  require(rows.dim() == 4 && rows.size(3) == kernels::lanes && rows.size(1) > 0 && rows.is_contiguous() &&
              rows.is_cpu() && rows.scalar_type() == at::kFloat &&
              rows.size(0) == (images.images + kernels::lanes - 1) / kernels::lanes,
          "packed_sweep: ", images.images, " images in ", rows.sizes().vec(), ", expected (groups, K, D, 16)");
  require(tokens.dim() == 3 && tokens.size(2) == rows.size(2) && tokens.scalar_type() == at::kFloat && tokens.is_cpu(),
          "packed_sweep: images are ", rows.sizes().vec(), ", words are ", tokens.sizes().vec());
  const std::int64_t n_images = images.images, T = tokens.size(0), K = rows.size(1), D = rows.size(2);
  require(lengths.count() == T, "packed_sweep: ", lengths.count(), " lengths for ", T, " captions");
  at::Tensor scores = at::empty({n_images, T}, tokens.options());  // (I, T)
  const kernels::PackedImages packed{n_images, K, D, kernels::Buffer::over(rows.const_data_ptr<float>()), {}};
  const auto texts =
      kernels::pack_texts(view_of(tokens, std::move(lengths)), kernels::block_words(K), torch_parallel_for{});
  kernels::sweep(packed, texts, epilogue, {scores.mutable_data_ptr<float>(), T}, torch_parallel_for{}, target);
  return scores;
}

/// S (I, T) of packed images and prepared words (T, L, D) with leading masks, by the module's epilogue.
template <Fusable Module>
at::Tensor score_packed(const Module& module, const PackedPatches& images, const Masked<at::Tensor>& words) {
  List<std::int64_t> lengths = lengths_of(words.mask);
  require(!lengths.empty() || words.mask.size(0) == 0, "score_packed: a mask with holes, or a caption without words");
  const auto plan = epilogue_of(module);
  return packed_sweep(images, words.values, std::move(lengths), plan.epilogue);
}

}  // namespace mgan
