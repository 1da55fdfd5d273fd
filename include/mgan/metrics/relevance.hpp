// Which candidates are right for a query, where several are: a caption that describes more than its own image.
//
//     Relevance texts(25000, lists);          lists[image]: the texts that are right for it, with their gains
//
// A direction has lists of its own: what was judged for an image need not have been judged for the text.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/metrics/direction.hpp"

namespace mgan {

/// A right candidate. The gain counts for nDCG alone.
struct RelevantItem {
  std::int64_t index = 0;
  double gain = 1.0;
};

/// The right candidates of every query of one direction. A query with an empty list is no query: it is not judged.
class Relevance {
 public:
  using Lists = std::vector<std::vector<RelevantItem>>;

  /// lists (queries), in any order. Errors: an index that is no candidate, or stands twice in a list; a gain that is
  /// not a positive number; no list with an item.
  Relevance(std::int64_t candidates, Lists lists) : candidates_(candidates), first_{0} {
    for (std::size_t q = 0; q < lists.size(); ++q) {
      auto& list = lists[q];
      std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
      for (std::size_t i = 0; i < list.size(); ++i) {
        const auto [index, gain] = list[i];
        require(index >= 0 && index < candidates, "relevance: query ", q, " has candidate ", index, " of ", candidates);
        require(i == 0 || list[i - 1].index != index, "relevance: query ", q, " has candidate ", index, " twice");
        require(gain > 0 && std::isfinite(gain), "relevance: the gain of query ", q, " and candidate ", index, " is ",
                gain, ", expected a positive number");
      }
      items_.insert(items_.end(), list.begin(), list.end());
      first_.push_back(items_.size());
      judged_ += !list.empty();
    }
    require(judged_ > 0, "relevance: none of ", lists.size(), " queries has a relevant candidate");
  }

  std::int64_t queries() const { return static_cast<std::int64_t>(first_.size()) - 1; }
  std::int64_t candidates() const { return candidates_; }
  /// Queries that have a relevant candidate.
  std::int64_t judged() const { return judged_; }
  /// Relevant pairs.
  std::int64_t pairs() const { return static_cast<std::int64_t>(items_.size()); }
  /// The relevant candidates of a query, by index; where the first of them stands among all.
  std::span<const RelevantItem> of(std::int64_t query) const {
    const auto q = static_cast<std::size_t>(query);
    return std::span(items_).subspan(first_.at(q), first_.at(q + 1) - first_[q]);
  }
  std::size_t first_of(std::int64_t query) const { return first_[static_cast<std::size_t>(query)]; }

 private:
  std::int64_t candidates_, judged_ = 0;
  std::vector<std::size_t> first_;  // (queries + 1), into items
  std::vector<RelevantItem> items_;
};

/// Both directions, or one.
struct RelevanceLists {
  std::optional<Relevance> image_to_text, text_to_image;

  const std::optional<Relevance>& of(Direction d) const {
    return d == Direction::image_to_text ? image_to_text : text_to_image;
  }
  std::optional<Relevance>& of(Direction d) { return d == Direction::image_to_text ? image_to_text : text_to_image; }
};

/// What is right where a text belongs to one image, `owner` (texts): the recalls of metrics/retrieval.hpp as lists.
inline Relevance own_relevance(Direction d, std::int64_t n_images, std::span<const std::int64_t> owner) {
  const auto texts = static_cast<std::int64_t>(owner.size());
  Relevance::Lists lists(static_cast<std::size_t>(query_of(d, n_images, texts)));
  for (std::int64_t t = 0; t < texts; ++t) {
    const std::int64_t image = owner[static_cast<std::size_t>(t)];
    require(image >= 0 && image < n_images, "relevance: text ", t, " belongs to image ", image, " of ", n_images);
    lists[static_cast<std::size_t>(query_of(d, image, t))].push_back({candidate_of(d, image, t)});
  }
  return {candidate_of(d, n_images, texts), std::move(lists)};
}

}  // namespace mgan
