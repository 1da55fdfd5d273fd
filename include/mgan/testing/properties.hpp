// What must hold whatever the weights: order does not matter, a block is a part of the whole, padding is nothing.
#pragma once

#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/parameters.hpp"
#include "mgan/testing/fields.hpp"
#include "mgan/testing/numbers.hpp"
#include "mgan/testing/padding.hpp"
#include "mgan/testing/result.hpp"

namespace mgan {

/// Which properties are asked for.
struct Properties {
  bool padding = true;          // checked for the inputs that are Masked
  bool permutation = true;      // of images, and of texts
  bool block = true;            // scores of some images and some texts, and of each pair alone
  bool positive_scale = false;  // unchanged when an input is multiplied by a positive number: functors on cosines
};

namespace detail {

inline std::vector<std::int64_t> counting(std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(end - begin));
  std::iota(order.begin(), order.end(), begin);
  return order;
}
/// 1, 2, ..., n - 1, 0: no sample stays where it was.
inline std::vector<std::int64_t> rotated(std::int64_t n) {
  std::vector<std::int64_t> order = counting(1, n);
  order.push_back(0);
  return order;
}
/// S (I, T) with the rows `images` and the columns `texts`.
inline HostArray choose(const HostArray& scores, const std::vector<std::int64_t>& images,
                        const std::vector<std::int64_t>& texts) {
  HostArray out{{static_cast<std::int64_t>(images.size()), static_cast<std::int64_t>(texts.size())}, {}};
  for (const std::int64_t i : images)
    for (const std::int64_t t : texts)
      out.values.push_back(scores.values[static_cast<std::size_t>(i * scores.shape[1] + t)]);
  return out;
}

template <class Input>
Input times(const Input& input, double factor) {
  return map_numbers(input, [=](HostArray& x) {
    for (double& v : x.values) v *= factor;
  });
}

/// One result of many: the first that failed, or the one that came closest to failing.
inline CheckResult worst_of(std::vector<CheckResult> parts) {
  std::size_t worst = 0;
  std::int64_t compared = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    compared += parts[i].compared;
    if (parts[worst].ok && (!parts[i].ok || parts[i].worst_ratio > parts[worst].worst_ratio)) worst = i;
  }
  CheckResult result = parts[worst];
  if (result.ok) {
    result.check = std::to_string(parts.size()) + " properties, closest " + result.check;
    result.compared = compared;
  }
  result.parts = std::move(parts);
  return result;
}

}  // namespace detail

struct check_properties_fn {
  /// Images and texts as `all_pairs` takes them, at least two of each: lists of samples, or batches. In the scalar type
  /// and on the device of the inputs. The result is that of the worst property; `parts` has all.
  template <class M, class Images, class Texts>
  CheckResult operator()(const M& given, const Images& images, const Texts& texts, Properties asked = {}) const {
    detail::require_visit<M>();
    const M functor = detail::in_type_of(detail::any_tensor(images), given);
    const auto score_of = [&](const auto& i, const auto& t) { return to_host(all_pairs(functor, i, t)); };
    const HostArray all = score_of(images, texts);
    const std::int64_t n_images = detail::sample_count(images), T = detail::sample_count(texts);
    require(n_images >= 2 && T >= 2, "check_properties: ", n_images, " images and ", T,
            " texts, expected at least two of each");
    require(all.shape == Shape{n_images, T}, "check_properties: scores are ", all.shape, ", expected (images, texts) ",
            Shape{n_images, T});
    const Tolerance same = tolerance(Compared::twice, all.dtype, temperature_of(functor));
    const auto every_image = detail::counting(0, n_images), every_text = detail::counting(0, T);

    std::vector<CheckResult> found;
    const auto check = [&](const char* name, const char* how, const HostArray& scores, const HostArray& expected) {
      found.push_back({name, how, "the whole"});
      found.back().compare("scores", scores, expected, same);
    };
    if (asked.permutation) {
      const auto order_i = detail::rotated(n_images), order_t = detail::rotated(T);
      check("permutation of images", "another order", score_of(detail::select(images, order_i), texts),
            detail::choose(all, order_i, every_text));
      check("permutation of texts", "another order", score_of(images, detail::select(texts, order_t)),
            detail::choose(all, every_image, order_t));
    }
    if (asked.block) {
      const auto some_i = detail::counting(n_images / 2, n_images), some_t = detail::counting(0, (T + 1) / 2);
      check("block", "the block alone", score_of(detail::select(images, some_i), detail::select(texts, some_t)),
            detail::choose(all, some_i, some_t));
      HostArray alone{{n_images, T}, {}};
      for (const std::int64_t i : every_image)
        for (const std::int64_t t : every_text)
          alone.values.push_back(score_of(detail::alone(images, i), detail::alone(texts, t)).values.at(0));
      check("pairs", "the pair alone", alone, all);
    }
    if (asked.positive_scale) {
      check("scale of images", "images times 4", score_of(detail::times(images, 4), texts), all);
      check("scale of texts", "texts times 1/2", score_of(images, detail::times(texts, 0.5)), all);
    }
    if (asked.padding) detail::check_padding(functor, images, texts, all, same, found);
    require(!found.empty(), "check_properties: nothing was asked for that can be checked with these inputs");
    return detail::worst_of(std::move(found));
  }
};
/// Properties of the scores of all pairs; see Properties.
inline constexpr check_properties_fn check_properties{};

}  // namespace mgan
