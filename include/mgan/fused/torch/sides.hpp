// Prepared sides as kernels read them, and the one place that says whether kernels serve them.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>

#include <optional>

#include "mgan/kernels/cpu/rows/view.hpp"

namespace mgan {

/// Lengths of a mask (T, L) that is true on leading positions; empty where it has holes, or a caption no words.
inline List<std::int64_t> lengths_of(const at::Tensor& given) {
  const at::Tensor real = given.contiguous();
  const std::int64_t T = real.size(0), L = real.size(1);
  const bool* words = real.const_data_ptr<bool>();
  List<std::int64_t> lengths;
  for (std::int64_t t = 0; t < T; ++t, words += L) {
    std::int64_t n = 0;
    while (n < L && words[n]) ++n;
    for (std::int64_t l = n; l < L; ++l)
      if (words[l]) return {};
    if (n == 0) return {};
    lengths.push_back(n);
  }
  return lengths;
}

/// Both sides in single precision on one device, still in their graph.
struct Sides {
  at::Tensor images, words, real;  // (I, K, D), (T, L, D), the mask (T, L)
  List<std::int64_t> lengths;      // (T)

  std::int64_t n_images() const { return images.size(0); }
  std::int64_t texts() const { return words.size(0); }
};

/// image (I, K, D), words (T, L, D), their mask (T, L), or undefined where no word is padding. Nothing where kernels do
/// not serve: another shape, device or scalar type, no images or captions, a mask with holes. A mask on a GPU is read
/// on the host: one synchronisation.
inline std::optional<Sides> sides_of(const at::Tensor& image, const at::Tensor& words, const at::Tensor& real,
                                     at::DeviceType device = at::kCPU) {
  const auto fits = [device](const at::Tensor& x) {
    return x.dim() == 3 && x.device().type() == device && x.scalar_type() == at::kFloat && x.numel() > 0;
  };
  if (!fits(image) || !fits(words) || image.size(2) != words.size(2) || image.device() != words.device()) return {};
  const std::int64_t T = words.size(0), L = words.size(1);
  if (!real.defined())
    return Sides{image, words, at::ones({T, L}, words.options().dtype(at::kBool)), List<std::int64_t>::of(T, L)};
  if (real.dim() != 2 || real.size(0) != T || real.size(1) != L) return {};
  List<std::int64_t> lengths = lengths_of(real.is_cpu() ? real : real.to(at::kCPU));
  if (lengths.empty()) return {};
  return Sides{image, words, real, std::move(lengths)};
}
/// The same, as the driver of all pairs spreads them: image (I, 1, K, D), words (1, T, L, D), mask (1, T, L).
inline std::optional<Sides> spread_sides_of(const at::Tensor& image, const at::Tensor& words, const at::Tensor& real,
                                            at::DeviceType device = at::kCPU) {
  if (image.dim() != 4 || words.dim() != 4 || image.size(1) != 1 || words.size(0) != 1) return {};
  if (real.defined() && (real.dim() != 3 || real.size(0) != 1)) return {};
  return sides_of(image.squeeze(1), words.squeeze(0), real.defined() ? real.squeeze(0) : real, device);
}

/// Without a graph, the numbers of a row side by side.
inline at::Tensor dense_rows(const at::Tensor& x) { return x.stride(-1) == 1 ? x.detach() : x.detach().contiguous(); }

/// Views of dense rows on the CPU, (I, K, D) and (T, L, D): the tensors have to outlive them.
inline kernels::ImageRows view_of(const at::Tensor& images) {
  return {images.const_data_ptr<float>(),
          images.size(0),
          images.size(1),
          images.size(2),
          images.stride(0),
          images.stride(1)};
}
inline kernels::WordRows view_of(const at::Tensor& words, List<std::int64_t> lengths) {
  return kernels::padded_words(words.const_data_ptr<float>(), std::move(lengths), words.size(2), words.stride(0),
                               words.stride(1));
}

}  // namespace mgan
