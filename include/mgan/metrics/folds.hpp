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

/// f(scores, images, owner) for consecutive folds of `images_per_fold` images, each with the texts of its own images
/// alone. Errors as check_scores, and where the images do not divide evenly.
template <ScoreRange X, class F>
void for_each_fold(const X& scores, std::int64_t n_images, std::int64_t n_texts, std::span<const std::int64_t> owner,
                   std::int64_t images_per_fold, const F& f) {
  check_scores(scores, n_images, n_texts, owner);
  require(images_per_fold > 0 && n_images % images_per_fold == 0, "folds: ", n_images,
          " images do not divide into folds of ", images_per_fold);
  const auto* all = scores.data();
  for (std::int64_t first = 0; first < n_images; first += images_per_fold) {
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
    f(block, images_per_fold, fold_owner);
  }
}

/// Every figure the mean over the folds. Errors as for_each_fold.
template <ScoreRange X>
RetrievalMetrics folded_metrics(const X& scores, std::int64_t n_images, std::int64_t n_texts,
                                std::span<const std::int64_t> owner, std::int64_t images_per_fold,
                                Ties ties = Ties::pessimistic) {
  std::vector<RetrievalMetrics> folds;
  for_each_fold(scores, n_images, n_texts, owner, images_per_fold,
                [&](const auto& block, std::int64_t images, const std::vector<std::int64_t>& own) {
                  folds.push_back(retrieval_metrics(block, images, static_cast<std::int64_t>(own.size()), own, ties));
                });
  return mean_of_folds(folds);
}

}  // namespace mgan
