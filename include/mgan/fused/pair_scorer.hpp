// Everything that pruned scoring keeps of a set of images and captions: rows for exact scores, heads and centers for
// their bounds. Built once; no (images, texts) matrix.
#pragma once

#include <memory>

#include "mgan/kernels/cpu/epilogue/interaction/bounds.hpp"
#include "mgan/kernels/cpu/epilogue/maxima/bounds.hpp"
#include "mgan/kernels/cpu/prune/cascade.hpp"
#include "mgan/kernels/cpu/score/pair_scores.hpp"
#ifdef MGAN_COMPILED_KERNELS
#include "mgan/kernels/cpu/compiled.hpp"
#endif

namespace mgan {

/// What a pair costs, in multiplications and additions of its products.
struct PairCounts {
  std::int64_t pairs = 0, looked = 0, scored = 0;          // all; with a head product; with an exact score
  double bound_flops = 0, exact_flops = 0, all_flops = 0;  // all: the exact products of all pairs

  double scored_share() const { return pairs > 0 ? static_cast<double>(scored) / static_cast<double>(pairs) : 0; }
  double flops_share() const { return all_flops > 0 ? (bound_flops + exact_flops) / all_flops : 0; }
  PairCounts& operator+=(const PairCounts& more) {
    pairs += more.pairs;
    looked += more.looked;
    scored += more.scored;
    bound_flops += more.bound_flops;
    exact_flops += more.exact_flops;
    all_flops += more.all_flops;
    return *this;
  }
};

/// How far heads go, and the rotation that they are cut from: that of one batch serves the next ones too, because any
/// rotation gives correct bounds.
struct HeadPlan {
  kernels::HeadLevels levels;  // dimensions, increasing
  kernels::Directions directions;
};

/// From a sample of both sides, of equal size. No levels given: 16, 32, 64, 128, up to a quarter of the width.
template <class ParallelFor = kernels::serially>
HeadPlan head_plan(const kernels::ImageRows& images, const kernels::WordRows& words, kernels::HeadLevels levels = {},
                   const ParallelFor& parallel_for = {}) {
  const std::int64_t D = images.width;
  if (levels.empty()) {
    for (std::int64_t d = 16; levels.empty() || (d <= D / 4 && d <= 128); d *= 2) levels.push_back(std::min(d, D));
  }
  List<const float*> sample, all_words;
  const auto draw = [&](std::int64_t rows, const auto& at) {
    const std::int64_t count = std::min<std::int64_t>(1024, rows);
    for (std::int64_t s = 0; s < count; ++s) sample.push_back(at(s * rows / count));
  };
  draw(images.images * images.rows, [&](std::int64_t s) { return images.at(s / images.rows, s % images.rows); });
  for (std::int64_t t = 0; t < words.texts(); ++t)
    for (std::int64_t l = 0; l < words.lengths[t]; ++l) all_words.push_back(words.at(t, l));
  draw(all_words.count(), [&](std::int64_t s) { return all_words[s]; });
  return {levels, kernels::principal_directions(sample, D, levels.back(), parallel_for)};
}

template <class Epilogue>
class PairScorer {
 public:
  using Bounds = decltype(kernels::bounds_of(std::declval<const Epilogue&>(), 1, 1, 1.0));

  /// plan: of these rows or of others like them; without directions, it is made. What the rows view is not needed
  /// afterwards.
  template <class ParallelFor = kernels::serially>
  PairScorer(const kernels::ImageRows& images, const kernels::WordRows& words, const Epilogue& epilogue,
             HeadPlan plan = {}, const ParallelFor& parallel_for = {})
      : epilogue_(epilogue), K_(images.rows), D_(images.width), longest_(std::max<std::int64_t>(words.longest(), 1)) {
    require(K_ > 0 && D_ > 0, "PairScorer: ", K_, " rows of width ", D_);
    if (plan.directions.count == 0) plan = head_plan(images, words, std::move(plan.levels), parallel_for);
    require(plan.directions.width == D_, "PairScorer: rows of width ", D_, ", directions of width ",
            plan.directions.width);
    require(!plan.levels.empty(), "PairScorer: directions without levels");
    levels_ = std::move(plan.levels);
    for (std::int64_t l = 0; l < levels_.count(); ++l) {
      const std::int64_t before = l == 0 ? 0 : levels_[l - 1];
      require(levels_[l] > before, "PairScorer: level ", l, " of the heads is ", levels_[l], " after ", before,
              ", expected more");
    }
    images_ = kernels::list_images(images, parallel_for);
    texts_ = kernels::list_texts(words, parallel_for);
    image_heads_ = kernels::image_heads(images, plan.directions, levels_, parallel_for);
    text_heads_ = kernels::text_heads(words, plan.directions, levels_, parallel_for);
    bounds_ = std::make_shared<const Bounds>(kernels::bounds_of(epilogue, K_, longest_, std::max(size(), 1e-30)));
    if constexpr (Bounds::has_center) {
      image_balls_ = List<Ball>::of(images.images);
      text_balls_ = List<Ball>::of(words.texts());
      image_centers_ = List<float>::of(images.images * 2 * D_);
      text_centers_ = List<float>::of(words.texts() * 2 * D_);
      parallel_for(images.images, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const auto patch = [&](std::int64_t k) { return images.at(i, k); };
          image_balls_[i] = ball(K_, patch);
          bounds_->image_center(K_, D_, patch, &image_centers_[i * 2 * D_]);
        }
      });
      parallel_for(words.texts(), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t t = begin; t < end; ++t) {
          const auto word = [&](std::int64_t l) { return words.at(t, l); };
          text_balls_[t] = ball(words.lengths[t], word);
          bounds_->text_center(words.lengths[t], D_, word, &text_centers_[t * 2 * D_]);
        }
      });
    }
  }

  /// The centers of a block (images, texts), row by row; nothing for bounds without one.
  template <class ParallelFor>
  std::vector<float> centers(std::span<const std::int64_t> images, std::span<const std::int64_t> texts,
                             const ParallelFor& parallel_for) const {
    std::vector<float> result(images.size() * texts.size(), 0.0f);
    if constexpr (Bounds::has_center) {
      const std::int64_t D = 2 * D_, I = static_cast<std::int64_t>(images.size()),
                         T = static_cast<std::int64_t>(texts.size());
      const auto gathered = [&](std::span<const std::int64_t> which, const List<float>& from) {
        std::vector<float> to;
        to.reserve(which.size() * static_cast<std::size_t>(D));
        for (const std::int64_t x : which) to.insert(to.end(), from.begin() + x * D, from.begin() + (x + 1) * D);
        return to;
      };
      const std::vector<float> a = gathered(images, image_centers_), b = gathered(texts, text_centers_);
      kernels::sweep(kernels::pack_images(kernels::image_rows(a.data(), I, 1, D)),
                     kernels::pack_texts(kernels::joined_words(b.data(), List<std::int64_t>::of(T, 1), D),
                                         kernels::block_words(16)),
                     kernels::MaximaEpilogue{0.5f, 0, true}, {result.data(), T}, parallel_for);
    }
    return result;
  }
  /// The interval before any product of heads.
  kernels::Interval first_interval(std::int64_t image, std::int64_t text, float center) const {
    const std::int64_t n = length(text);
    double reach = size();
    if constexpr (Bounds::has_center) {
      const Ball &a = image_balls_[image], &b = text_balls_[text];
      reach = std::min(reach, a.radius * b.norm + a.norm * b.radius + a.radius * b.radius);  // of C around its middle
      const double slack = kernels::product_slack(D_, 0, size()), rounding = bounds_->convex_rounding(K_, n);
      const double M = 2 * (reach + slack) + rounding;
      const double off =
          static_cast<double>(bounds_->radius(n, static_cast<float>(M * 1.000001))) + slack + center_slack();
      const double most = size() + slack + rounding;
      return {kernels::below(std::max(-most, static_cast<double>(center) - off)),
              kernels::above(std::min(most, static_cast<double>(center) + off))};
    } else {
      const double most = size() * bounds_->gain(K_, n);
      return cascade().interval(n, -most, most, kernels::product_slack(D_, 0, size()), center);
    }
  }
  kernels::Cascade<Bounds> cascade() const {
    return {image_heads_, text_heads_, levels_, *bounds_, D_, center_slack()};
  }
  template <class ParallelFor>
  void scores(std::span<const kernels::Pair> pairs, float* to, const ParallelFor& parallel_for) const {
    kernels::pair_scores(images_, texts_, epilogue_, pairs, to, parallel_for);
  }
  double flops(std::int64_t text, std::int64_t dimensions) const {
    return 2.0 * static_cast<double>(K_ * length(text) * dimensions);
  }
  double center_flops() const { return Bounds::has_center ? 4.0 * static_cast<double>(D_) : 0; }
  std::int64_t width() const { return D_; }
  std::int64_t images() const { return images_.images; }
  std::int64_t texts() const { return texts_.texts(); }
  /// No score is larger than this, on either side of zero.
  double largest() const {
    if constexpr (Bounds::has_center) return size();
    else return size() * std::abs(bounds_->gain(K_, longest_));
  }

 private:
  struct Ball {
    double norm = 0, radius = 0;
  };
  std::int64_t length(std::int64_t text) const { return texts_.lengths[text]; }
  /// The largest |p| |t|.
  double size() const { return image_heads_.norm * text_heads_.norm; }
  double center_slack() const { return 2 * kernels::product_slack(2 * D_, 0, size()); }

  /// Around the mean of the n rows of a sample.
  template <class Row>
  Ball ball(std::int64_t n, const Row& at) const {
    auto middle = List<double>::of(D_);
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t d = 0; d < D_; ++d) middle[d] += static_cast<double>(at(j)[d]);
    Ball result;
    for (double& x : middle) {
      x /= static_cast<double>(n);
      result.norm += x * x;
    }
    for (std::int64_t j = 0; j < n; ++j) {
      double off[4] = {};  // four chains
      const float* from = at(j);
      for (std::int64_t d = 0; d < D_; ++d) {
        const double x = static_cast<double>(from[d]) - middle[d];
        off[d % 4] += x * x;
      }
      result.radius = std::max(result.radius, (off[0] + off[1]) + (off[2] + off[3]));
    }
    return {std::sqrt(result.norm) * (1 + 1e-9), std::sqrt(result.radius) * (1 + 1e-9)};
  }

  Epilogue epilogue_;
  std::int64_t K_, D_, longest_ = 1;
  kernels::HeadLevels levels_;
  kernels::ListedImages images_;
  kernels::ListedTexts texts_;
  kernels::ImageHeads image_heads_;
  kernels::TextHeads text_heads_;
  std::shared_ptr<const Bounds> bounds_;
  List<Ball> image_balls_, text_balls_;
  List<float> image_centers_, text_centers_;  // (., 2 D)
};

}  // namespace mgan
