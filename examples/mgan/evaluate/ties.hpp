// Where ties decide a figure, and why: equal captions, or equal scores, of different images.
#pragma once

#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/ties_hint.hpp"
#include "mgan/core/utf8.hpp"
#include "mgan/metrics/folds.hpp"

namespace program {

/// Of scores (images, texts), in folds of so many images (0: one).
template <mgan::ScoreRange X>
TiedFigures tied_figures(const X& scores, std::int64_t images, const std::vector<std::int64_t>& owner,
                         std::int64_t folds) {
  std::vector<std::pair<mgan::Ranks, mgan::Ranks>> ranks;
  const auto count = [&](const auto& s, std::int64_t I, const std::vector<std::int64_t>& own) {
    const auto T = static_cast<std::int64_t>(own.size());
    ranks.emplace_back(mgan::image_to_text_ranks(s, I, T, own), mgan::text_to_image_ranks(s, I, T, own));
  };
  if (folds == 0) count(scores, images, owner);
  else mgan::for_each_fold(scores, images, static_cast<std::int64_t>(owner.size()), owner, folds, count);
  return tied_of(ranks);
}

/// "3 captions also stand under another image, first 'a dog runs' of texts 4 and 19", or nothing.
inline std::string shared_captions(const std::vector<std::string>& captions, const std::vector<std::int64_t>& owner) {
  std::unordered_map<std::string, std::size_t> first;
  std::size_t shared = 0;
  std::string example;
  for (std::size_t t = 0; t < owner.size() && t < captions.size(); ++t) {
    const auto [before, is_new] = first.emplace(captions[t], t);
    if (is_new || owner[before->second] == owner[t]) continue;
    if (shared++ == 0)
      example = "'" + mgan::printable(captions[t]) + "' of captions " + std::to_string(before->second) + " and " +
                std::to_string(t);
  }
  return shared == 0 ? "" : std::to_string(shared) + " captions also stand under another image, first " + example;
}

/// "3 texts have the scores of a text of another image, first texts 4 and 19", or nothing: (images, texts).
template <mgan::ScoreRange X>
std::string shared_columns(const X& scores, std::int64_t images, const std::vector<std::int64_t>& owner) {
  const std::size_t I = static_cast<std::size_t>(images), T = owner.size();
  std::vector<std::string> columns(T);  // the bytes of the first 64 images tell texts apart
  for (std::size_t i = 0; i < I && i < 64; ++i) {
    for (std::size_t t = 0; t < T; ++t) {
      const auto s = scores.data()[i * T + t];
      char bytes[sizeof s];
      std::memcpy(bytes, &s, sizeof s);
      columns[t].append(bytes, sizeof s);
    }
  }
  const auto equal = [&](std::size_t a, std::size_t b) {
    for (std::size_t i = 0; i < I; ++i)
      if (scores.data()[i * T + a] != scores.data()[i * T + b]) return false;
    return true;
  };
  std::unordered_map<std::string, std::size_t> first;
  std::size_t shared = 0;
  std::string example;
  for (std::size_t t = 0; t < T; ++t) {
    const auto [before, is_new] = first.emplace(columns[t], t);
    if (is_new || owner[before->second] == owner[t] || !equal(before->second, t)) continue;
    if (shared++ == 0) example = std::to_string(before->second) + " and " + std::to_string(t);
  }
  return shared == 0
             ? ""
             : std::to_string(shared) + " texts have the scores of a text of another image, first texts " + example;
}

}  // namespace program
