// A module's scores by products in bf16 or int8, and the fp32 scores of the pairs that matter.
//
//     const LowPrecision<PatchAlignment<at::Tensor>, kernels::Bf16> fast{{module}};
//     S = score_all(fast, images, texts)                       finds the candidates
//     list = kernels::candidates({S}, I, T, T, 32)             32 a row and a column
//     fast.rescore(images, texts, list)                        their scores in fp32, the bits of Fused<Module>
//
// Weights, names, errors and prepared sides are the module's own. There is no gradient in low precision: where one is
// asked for, and for whatever the sweep does not serve, the scores are those of Fused<Module>.
#pragma once

#include "mgan/fused/torch.hpp"
#include "mgan/kernels/cpu/bounds.hpp"
#include "mgan/kernels/cpu/rescore.hpp"

namespace mgan {

/// fp32 scores of the pairs of a list, in its order, and how far any score in low precision can be from fp32.
struct Rescored {
  at::Tensor scores;  // (pairs); undefined where the scores were fp32 already
  double error = 0;
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
    std::vector<std::int64_t> lengths = served(rows, text);
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

  /// Prepared sides before they are spread: image (I, K, D), words (T, L, D).
  Rescored rescore(const at::Tensor& image, const Masked<at::Tensor>& words, const kernels::PairList& list) const {
    const std::vector<std::int64_t> lengths = served(image, words);
    if (lengths.empty()) return {};
    const at::Tensor rows = image.detach().contiguous(), tokens = words.values.detach().contiguous();
    const std::int64_t I = rows.size(0), K = rows.size(1), D = rows.size(2), L = tokens.size(1);
    for (const std::int64_t i : list.images) require(i >= 0 && i < I, "rescore: image ", i, " of ", I);
    const auto plan = epilogue_of(fused.module);
    Rescored result{at::empty({list.pairs()}, rows.options()), 0};
    kernels::score_pairs({rows.const_data_ptr<float>(), K * D, D}, {tokens.const_data_ptr<float>(), L * D, D}, K, D,
                         lengths, list, plan.epilogue, result.scores.mutable_data_ptr<float>(), torch_parallel_for{});

    const auto x = kernels::largest_row(kernels::pack_images<Format>(rows.const_data_ptr<float>(), I, K, D, K * D, D));
    const auto w = kernels::largest_word(
        kernels::pack_texts<Format>(tokens.const_data_ptr<float>(), lengths, D, L * D, D, kernels::block_words(K)));
    result.error = kernels::score_error(plan.epilogue, K, *std::max_element(lengths.begin(), lengths.end()),
                                        kernels::product_error(x, w, D), x.norm * w.norm);
    return result;
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    Fused<Module>::visit(self.fused, f);
  }

 private:
  at::Tensor swept(const at::Tensor& rows, const at::Tensor& tokens, std::vector<std::int64_t> lengths) const {
    const std::int64_t I = rows.size(0), K = rows.size(1), D = rows.size(2), T = tokens.size(0);
    at::Tensor scores = at::empty({I, T}, rows.options());  // (I, T)
    const auto images =
        kernels::pack_images<Format>(rows.const_data_ptr<float>(), I, K, D, rows.stride(0), rows.stride(1));
    const auto texts = kernels::pack_texts<Format>(tokens.const_data_ptr<float>(), std::move(lengths), D,
                                                   tokens.stride(0), tokens.stride(1), kernels::block_words(K));
    const auto plan = epilogue_of(fused.module);
    kernels::sweep(images, texts, plan.epilogue, scores.mutable_data_ptr<float>(), T, torch_parallel_for{});
    return scores;
  }
  /// Lengths of the captions, or nothing for what the sweep does not serve.
  static std::vector<std::int64_t> served(const at::Tensor& image, const Masked<at::Tensor>& words) {
    const at::Tensor& tokens = words.values;
    const bool floats =
        image.is_cpu() && tokens.is_cpu() && image.scalar_type() == at::kFloat && tokens.scalar_type() == at::kFloat;
    if (!floats || image.dim() != 3 || tokens.dim() != 3 || words.mask.dim() != 2 || image.size(0) == 0 ||
        words.mask.size(0) != tokens.size(0) || image.size(2) != tokens.size(2))
      return {};
    return lengths_of(words.mask);
  }
  bool wants_gradient(const at::Tensor& image, const at::Tensor& words) const {
    bool any = image.requires_grad() || words.requires_grad();
    visit_parameters(fused, [&](const auto&, const at::Tensor& w) { any = any || w.requires_grad(); });
    return any && at::GradMode::is_enabled();
  }
};

}  // namespace mgan
