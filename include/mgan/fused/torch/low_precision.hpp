// A module's scores by products in bf16 or int8, and the fp32 scores of the pairs that matter.
//
//     const LowPrecision<PatchAlignment<at::Tensor>, kernels::Bf16> fast{{module}};
//     S = score_all(fast, images, texts)                       finds the candidates
//     list = kernels::candidates(S, I, T, T, 32)               32 a row and a column
//     fast.rescore(fast.listed(images), texts, list)           their scores in fp32, the bits of Fused<Module>
// or kernels::rescore_first, which rescores a third of these for the same first ten.
//
// Weights, names, errors and prepared sides are the module's own. There is no gradient in low precision: where one is
// asked for, and for whatever the sweep does not serve, the scores are those of Fused<Module>.
#pragma once

#include "mgan/fused/torch.hpp"
#include "mgan/kernels/cpu/bounds.hpp"
#include "mgan/kernels/cpu/pair_scores.hpp"
#include "mgan/kernels/cpu/rescore.hpp"
#ifdef MGAN_COMPILED_KERNELS
#include "mgan/kernels/cpu/compiled.hpp"
#endif

namespace mgan {

/// fp32 scores of the pairs of a list, in its order, and how far any score in low precision can be from fp32.
struct Rescored {
  at::Tensor scores;  // (pairs); undefined where the scores were fp32 already
  double error = 0;
};

/// Images as listed pairs are read, packed once for all texts.
struct ListedImages {
  kernels::PairImages rows;
  kernels::RowSize size;  // of the rows in the format
};

template <Fusable Module, class Format>
struct LowPrecision {
  Fused<Module> fused = {};

  template <Tokens X>
  auto prepare_image(const X& image) const {
    return mgan::prepare_image(fused, image);
  }
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    return mgan::prepare_text(fused, words);
  }

  /// Prepared sides as the all-pairs driver spreads them: image (I, 1, K, D), words (1, T, L, D) -> (I, T).
  at::Tensor score(const at::Tensor& image, const Masked<at::Tensor>& words) const {
    if (image.dim() != 4 || words.values.dim() != 4 || image.size(1) != 1 || words.values.size(0) != 1 ||
        words.mask.dim() != 3 || wants_gradient(image, words.values))
      return fused.score(image, words);
    const at::Tensor rows = image.squeeze(1);
    const Masked<at::Tensor> text{words.values.squeeze(0), words.mask.squeeze(0)};
    const bool floats = rows.is_cpu() && rows.scalar_type() == at::kFloat && rows.size(0) > 0;
    std::vector<std::int64_t> lengths;
    if (floats) lengths = served(text.values, text.mask, rows.size(2));
    if (lengths.empty()) return fused.score(image, words);
    return swept(dense_rows(rows), dense_rows(text.values), std::move(lengths));
  }
  template <class X, class Y>
  auto score(const X& image, const Y& words) const {
    return mgan::score(fused, image, words);
  }
  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }

  /// Prepared images before they are spread: (I, K, D).
  ListedImages listed(const at::Tensor& image) const {
    require(image.dim() == 3 && image.is_cpu(), "rescore: images are ", image.sizes().vec(), ", expected (I, K, D)");
    const at::Tensor rows = dense_rows(image.to(at::kFloat));
    const std::int64_t n_images = rows.size(0), K = rows.size(1), D = rows.size(2), next = rows.stride(0);
    const std::int64_t next_row = rows.stride(1);
    const float* first = rows.const_data_ptr<float>();
    return {kernels::pair_images(
                n_images, K, D, [=](auto i, auto k) { return first + i * next + k * next_row; }, torch_parallel_for{}),
            kernels::largest_row(
                kernels::pack_images<Format>(first, n_images, K, D, next, next_row, torch_parallel_for{}))};
  }
  /// Prepared words before they are spread: (T, L, D).
  Rescored rescore(const ListedImages& images, const Masked<at::Tensor>& words,
                   std::span<const kernels::Pair> pairs) const {
    const at::Tensor tokens = dense_rows(words.values);
    const std::int64_t n_images = images.rows.images, K = images.rows.rows, D = images.rows.width;
    std::vector<std::int64_t> lengths = served(tokens, words.mask, D);
    if (lengths.empty()) return {};
    const auto T = static_cast<std::int64_t>(lengths.size());
    for (const kernels::Pair& p : pairs)
      require(p.image >= 0 && p.image < n_images && p.text >= 0 && p.text < T, "rescore: image ", p.image, " of ",
              n_images, ", caption ", p.text, " of ", T);
    const float* first = tokens.const_data_ptr<float>();
    const std::int64_t next = tokens.stride(0), next_row = tokens.stride(1);
    const auto size = kernels::largest_word(
        kernels::pack_texts<Format>(first, lengths, D, next, next_row, kernels::block_words(K), torch_parallel_for{}));
    const std::int64_t longest = *std::max_element(lengths.begin(), lengths.end());
    const auto plan = epilogue_of(fused.module);
    Rescored result{at::empty({static_cast<std::int64_t>(pairs.size())}, tokens.options()),
                    kernels::score_error(plan.epilogue, K, longest, kernels::product_error(images.size, size, D),
                                         images.size.norm * size.norm)};
    const auto texts = kernels::pair_texts(
        std::move(lengths), D, [=](auto t, auto l) { return first + t * next + l * next_row; }, torch_parallel_for{});
    kernels::pair_scores(images.rows, texts, plan.epilogue, pairs, result.scores.mutable_data_ptr<float>(),
                         torch_parallel_for{});
    return result;
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    Fused<Module>::visit(self.fused, f);
  }

 private:
  at::Tensor swept(const at::Tensor& rows, const at::Tensor& tokens, std::vector<std::int64_t> lengths) const {
    const std::int64_t n_images = rows.size(0), K = rows.size(1), D = rows.size(2), T = tokens.size(0);
    at::Tensor scores = at::empty({n_images, T}, rows.options());  // (I, T)
    const auto images = kernels::pack_images<Format>(rows.const_data_ptr<float>(), n_images, K, D, rows.stride(0),
                                                     rows.stride(1), torch_parallel_for{});
    const auto texts =
        kernels::pack_texts<Format>(tokens.const_data_ptr<float>(), std::move(lengths), D, tokens.stride(0),
                                    tokens.stride(1), kernels::block_words(K), torch_parallel_for{});
    const auto plan = epilogue_of(fused.module);
    kernels::sweep(images, texts, plan.epilogue, scores.mutable_data_ptr<float>(), T, torch_parallel_for{});
    return scores;
  }
  /// Lengths of the captions, or nothing for what the sweep does not serve.
  static std::vector<std::int64_t> served(const at::Tensor& words, const at::Tensor& real, std::int64_t width) {
    if (!words.is_cpu() || words.scalar_type() != at::kFloat || words.dim() != 3 || real.dim() != 2 ||
        real.size(0) != words.size(0) || words.size(2) != width)
      return {};
    return lengths_of(real);
  }
  bool wants_gradient(const at::Tensor& image, const at::Tensor& words) const {
    bool any = image.requires_grad() || words.requires_grad();
    visit_parameters(fused, [&](const auto&, const at::Tensor& w) { any = any || w.requires_grad(); });
    return any && at::GradMode::is_enabled();
  }
};

}  // namespace mgan
