#include "gallery.hpp"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <numeric>

namespace program {

namespace {

/// The weighted scores of a split as plain numbers.
struct Table {
  std::int64_t texts;
  at::Tensor region, global, patch, total;  // (I, T), contiguous single precision

  Table(const Model& model, const ScoredSplit& split)
      : texts(static_cast<std::int64_t>(split.owner.size())),
        region(split.scores.region),
        global(split.scores.global),
        patch(split.scores.patch),
        total(model.combine(split.scores).contiguous()) {
    for (at::Tensor* x : {&region, &global, &patch})
      if (x->defined()) *x = x->contiguous();
  }
  double at(const at::Tensor& x, std::size_t image, std::size_t text) const {
    return x.defined() ? static_cast<double>(x.const_data_ptr<float>()[image * static_cast<std::size_t>(texts) + text])
                       : 0.0;
  }
  Contributions contributions(const ModelConfig& c, std::size_t image, std::size_t text) const {
    return {c.region_weight * at(region, image, text), c.global_weight * at(global, image, text),
            c.patch_weight * at(patch, image, text)};
  }
};

/// 0 .. n-1, best score first; the lower index wins a tie.
template <class F>
std::vector<std::size_t> best_first(std::size_t n, const F& score) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return score(a) > score(b); });
  return order;
}

}  // namespace

Gallery make_gallery(const Model& model, const Samples& samples, const ScoredSplit& split, std::size_t n_captions,
                     std::size_t n_pictures) {
  const at::NoGradGuard no_grad;
  const Table table(model, split);
  const auto images = static_cast<std::size_t>(split.images), texts = split.owner.size();
  const auto caption = [&](std::size_t t) {
    const CaptionIndex c = samples.captions()[t];
    return samples.dataset().examples[c.image].captions[c.caption];
  };
  const auto owner = [&](std::size_t t) { return static_cast<std::size_t>(split.owner[t]); };

  Gallery gallery;
  for (std::size_t q = 0; q < std::min(n_captions, texts); ++q) {
    const std::size_t t = q * texts / n_captions + q % 5;  // not always the first caption of its image
    if (t >= texts) break;
    CaptionQuery query{caption(t), {}};
    const auto order = best_first(images, [&](std::size_t i) { return table.at(table.total, i, t); });
    for (std::size_t place = 0; place < images; ++place) {
      const std::size_t i = order[place];
      if (place < 3 || i == owner(t))
        query.found.push_back({samples.picture(i), static_cast<std::int64_t>(place + 1), i == owner(t),
                               table.contributions(model.config, i, t)});
    }
    gallery.captions.push_back(std::move(query));
  }

  for (std::size_t q = 0; q < std::min(n_pictures, images); ++q) {
    const std::size_t i = (2 * q + 1) * images / (2 * n_pictures);
    PictureQuery query{samples.picture(i), {}, model.config.image_size / model.config.patch_size, {}};
    if (mgan::is_enabled(model.matcher.patch_alignment)) {
      const at::Tensor kept =
          model.kept_patches(samples.images({static_cast<std::int64_t>(i)})).contiguous();  // (1, K)
      query.kept.assign(kept.const_data_ptr<std::int64_t>(), kept.const_data_ptr<std::int64_t>() + kept.numel());
    }
    const auto order = best_first(texts, [&](std::size_t t) { return table.at(table.total, i, t); });
    for (std::size_t place = 0; place < std::min<std::size_t>(5, texts); ++place) {
      const std::size_t t = order[place];
      query.found.push_back(
          {caption(t), static_cast<std::int64_t>(place + 1), owner(t) == i, table.contributions(model.config, i, t)});
    }
    gallery.pictures.push_back(std::move(query));
  }
  return gallery;
}

}  // namespace program
