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
#include "mgan/kernels/cpu/epilogue/interaction/error.hpp"
#include "mgan/kernels/cpu/epilogue/maxima/error.hpp"
#include "mgan/kernels/cpu/product/error.hpp"
#include "mgan/kernels/cpu/score/pair_scores.hpp"
#include "mgan/kernels/cpu/score/rescore.hpp"
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
  kernels::ListedImages rows;
  kernels::RowSize size;  // of the rows in the precision
};

template <Fusable Module, class Precision>
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
    const auto sides = spread_sides_of(image, words.values, words.mask);
    if (!sides || wants_graph(fused_inputs(fused.module, *sides))) return fused.score(image, words);
    return swept(*sides);
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
    const kernels::ImageRows view = view_of(rows);
    return {kernels::list_images(view, torch_parallel_for{}),
            kernels::largest_row(kernels::pack_images<Precision>(view, torch_parallel_for{}))};
  }
  /// Prepared words before they are spread: (T, L, D).
  Rescored rescore(const ListedImages& images, const Masked<at::Tensor>& words,
                   std::span<const kernels::Pair> pairs) const {
    const at::Tensor tokens = dense_rows(words.values);
    const std::int64_t n_images = images.rows.images, K = images.rows.rows, D = images.rows.width;
    if (!tokens.is_cpu() || tokens.scalar_type() != at::kFloat || tokens.dim() != 3 || words.mask.dim() != 2 ||
        words.mask.size(0) != tokens.size(0) || tokens.size(2) != D)
      return {};
    List<std::int64_t> lengths = lengths_of(words.mask);
    if (lengths.empty()) return {};
    const kernels::WordRows view = view_of(tokens, std::move(lengths));
    for (const kernels::Pair& p : pairs)
      require(p.image >= 0 && p.image < n_images && p.text >= 0 && p.text < view.texts(), "rescore: image ", p.image,
              " of ", n_images, ", caption ", p.text, " of ", view.texts());
    const auto size = kernels::largest_word(packed(view, K));
    const auto plan = epilogue_of(fused.module);
    Rescored result{at::empty({static_cast<std::int64_t>(pairs.size())}, tokens.options()),
                    kernels::score_error(plan.epilogue, K, view.longest(), kernels::product_error(images.size, size, D),
                                         images.size.norm * size.norm)};
    kernels::pair_scores(images.rows, kernels::list_texts(view, torch_parallel_for{}), plan.epilogue, pairs,
                         result.scores.mutable_data_ptr<float>(), torch_parallel_for{});
    return result;
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    Fused<Module>::visit(self.fused, f);
  }

 private:
  static auto packed(const kernels::WordRows& words, std::int64_t K) {
    const kernels::WordLayout layout = kernels::layout_of<Precision>(kernels::best_target<Precision>());
    return kernels::pack_texts<Precision>(words, kernels::block_words(K, layout.panel), torch_parallel_for{}, layout);
  }
  at::Tensor swept(const Sides& sides) const {
    const at::Tensor rows = dense_rows(sides.images), tokens = dense_rows(sides.words);
    at::Tensor scores = at::empty({sides.n_images(), sides.texts()}, rows.options());  // (I, T)
    const auto plan = epilogue_of(fused.module);
    kernels::sweep(kernels::pack_images<Precision>(view_of(rows), torch_parallel_for{}),
                   packed(view_of(tokens, sides.lengths), rows.size(1)), plan.epilogue,
                   {scores.mutable_data_ptr<float>(), sides.texts()}, torch_parallel_for{});
    return scores;
  }
};

}  // namespace mgan
