// Metrics by folds of images: COCO 1K is 5,000 images as five folds of 1,000, averaged.
#pragma once

#include "mgan/metrics/retrieval.hpp"

namespace mgan {

/// Every figure the mean over the folds; at least one.
inline RetrievalMetrics mean_of_folds(const std::vector<RetrievalMetrics>& folds) {
  require(!folds.empty(), "folds: none");
  RetrievalMetrics result;
  for (const RetrievalMetrics& one : folds) {
    for (Recall RetrievalMetrics::*side : {&RetrievalMetrics::image_to_text, &RetrievalMetrics::text_to_image}) {
      for (double Recall::*figure :
           {&Recall::r1, &Recall::r5, &Recall::r10, &Recall::median_rank, &Recall::mean_rank}) {
        result.*side.*figure += one.*side.*figure / static_cast<double>(folds.size());
      }
    }
  }
  return result;
}

/// Consecutive folds of `images_per_fold` images, each against the texts of its own images alone; every figure is the
/// mean over the folds. Errors as check_scores, and where the images do not divide evenly.
template <ScoreRange X>
RetrievalMetrics folded_metrics(const X& scores, std::int64_t n_images, std::int64_t n_texts,
                                std::span<const std::int64_t> owner, std::int64_t images_per_fold,
                                Ties ties = Ties::pessimistic) {
  check_scores(scores, n_images, n_texts, owner);
  require(images_per_fold > 0 && n_images % images_per_fold == 0, "folds: ", n_images,
          " images do not divide into folds of ", images_per_fold);
  const std::int64_t n_folds = n_images / images_per_fold;
  const auto* all = scores.data();

  std::vector<RetrievalMetrics> folds;
  for (std::int64_t fold = 0; fold < n_folds; ++fold) {
    const std::int64_t first = fold * images_per_fold;
    std::vector<std::int64_t> texts, fold_owner;
    for (std::int64_t t = 0; t < n_texts; ++t) {
      const std::int64_t image = owner[static_cast<std::size_t>(t)] - first;
      if (image < 0 || image >= images_per_fold) continue;
      texts.push_back(t);
      fold_owner.push_back(image);
    }
    std::vector<std::remove_cvref_t<decltype(*all)>> block;  // (images_per_fold, texts of the fold)
    block.reserve(static_cast<std::size_t>(images_per_fold) * texts.size());
    for (std::int64_t i = first; i < first + images_per_fold; ++i) {
      for (const std::int64_t t : texts) block.push_back(all[i * n_texts + t]);
    }
    folds.push_back(
        retrieval_metrics(block, images_per_fold, static_cast<std::int64_t>(texts.size()), fold_owner, ties));
  }
  return mean_of_folds(folds);
}

}  // namespace mgan
