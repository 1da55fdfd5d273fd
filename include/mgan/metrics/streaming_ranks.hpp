// Ranks from scores that come block by block, or only as far as they matter: no (images, texts) matrix.
//
//     rank of a query = how many others score above, and how many score the same as, the best of its own
//
// So it is enough to know the own scores first; every other score is counted against two of them and forgotten. Memory
// is O(images + texts), and counts do not depend on the order of the blocks. The ranks are those of metrics/ranks.hpp.
#pragma once

#include "mgan/metrics/retrieval.hpp"

namespace mgan {

/// Scores of some images against some texts: that of images[r] and texts[c] is scores[r * next_image + c].
template <std::floating_point S>
struct ScoreBlock {
  std::span<const std::int64_t> images, texts;
  const S* scores = nullptr;
  std::int64_t next_image = 0;

  S at(std::size_t r, std::size_t c) const {
    return scores[static_cast<std::int64_t>(r) * next_image + static_cast<std::int64_t>(c)];
  }
};

/// First `own` of every text's own pair, then every other pair once, by `add` or by a `settle` that returned true.
template <std::floating_point S>
class StreamingRanks {
 public:
  /// `owner` (texts) is the image of each text, in any order, every image at least once.
  StreamingRanks(std::int64_t n_images, std::span<const std::int64_t> owner)
      : owner_(owner.begin(), owner.end()), text_(owner.size()), row_of_(static_cast<std::size_t>(n_images), -1) {
    require(n_images > 0 && !owner.empty(), "retrieval: ", n_images, " images and ", owner.size(),
            " texts, expected at least one of each");
    check_owners(n_images, owner);
    image_.resize(static_cast<std::size_t>(n_images));
    for (const std::int64_t image : owner_) ++image_[static_cast<std::size_t>(image)].missing;
    for (Query& text : text_) text.missing = 1;
  }

  /// The score of a text with its own image.
  void own(std::int64_t text, S s) {
    const auto t = static_cast<std::size_t>(text);
    check_number(owner_.at(t), text, s);
    require(text_[t].missing == 1, "retrieval: the own score of text ", text, " was given twice");
    take_own(text_[t], s);
    take_own(image_[static_cast<std::size_t>(owner_[t])], s);
  }
  /// The own pairs of a block.
  void own(const ScoreBlock<S>& block) {
    for_own_pairs(block, [&](std::size_t r, std::size_t c) { own(block.texts[c], block.at(r, c)); });
  }

  /// Every pair of a block but the own ones, which count as `own` gave them. Needs the own scores of its images and
  /// texts.
  void add(const ScoreBlock<S>& block) {
    for (const std::int64_t i : block.images) check_known("image", i, image_.at(static_cast<std::size_t>(i)));
    for (const std::int64_t t : block.texts) check_known("text", t, text_.at(static_cast<std::size_t>(t)));
    const std::size_t n = block.texts.size();
    bests_.resize(n);
    above_.assign(n, 0);
    tied_.assign(n, 0);
    for (std::size_t c = 0; c < n; ++c) bests_[c] = text_[static_cast<std::size_t>(block.texts[c])].best;
    for (std::size_t r = 0; r < block.images.size(); ++r) {
      Query& image = image_[static_cast<std::size_t>(block.images[r])];
      const S* from = block.scores + static_cast<std::int64_t>(r) * block.next_image;
      std::int32_t above = 0, tied = 0, not_numbers = 0;
      for (std::size_t c = 0; c < n; ++c) {
        const S s = from[c];
        above += s > image.best;
        tied += s == image.best;
        above_[c] += s > bests_[c];
        tied_[c] += s == bests_[c];
        not_numbers += s != s;
      }
      for (std::size_t c = 0; not_numbers > 0 && c < n; ++c) check_number(block.images[r], block.texts[c], from[c]);
      image.above += above;
      image.tied += tied;
    }
    for (std::size_t c = 0; c < n; ++c) {
      text_[static_cast<std::size_t>(block.texts[c])].above += above_[c];
      text_[static_cast<std::size_t>(block.texts[c])].tied += tied_[c];
    }
    counted_ += static_cast<std::int64_t>(block.images.size() * n);
    for_own_pairs(block, [&](std::size_t r, std::size_t c) {
      count(image_[static_cast<std::size_t>(block.images[r])], block.at(r, c), -1);
      count(text_[static_cast<std::size_t>(block.texts[c])], block.at(r, c), -1);
      --counted_;
    });
  }
  /// One pair, not an own one.
  void add(std::int64_t image, std::int64_t text, S s) {
    check_number(image, text, s);
    count(image_[static_cast<std::size_t>(image)], s, 1);
    count(text_[static_cast<std::size_t>(text)], s, 1);
    ++counted_;
  }

  /// True where a score within [lower, upper] is on one side of both own scores, or equal to them, whatever it is.
  bool decided(std::int64_t image, std::int64_t text, S lower, S upper) const {
    const S a = image_[static_cast<std::size_t>(image)].best, b = text_[static_cast<std::size_t>(text)].best;
    return (lower > a || upper < a || (lower == upper && lower == a)) &&
           (lower > b || upper < b || (lower == upper && lower == b));
  }
  /// Counts a pair, not an own one, of which only an interval is known, and returns true; false where it is not
  /// decided.
  bool settle(std::int64_t image, std::int64_t text, S lower, S upper) {
    if (!decided(image, text, lower, upper)) return false;
    add(image, text, lower);
    return true;
  }

  std::int64_t images() const { return static_cast<std::int64_t>(image_.size()); }
  std::int64_t texts() const { return static_cast<std::int64_t>(text_.size()); }
  std::int64_t owner(std::int64_t text) const { return owner_[static_cast<std::size_t>(text)]; }

  /// Every image against all texts: (n_images). Errors: a pair that never came, or came twice.
  Ranks image_to_text() const { return ranks_of(image_); }
  /// Every text against all images: (n_texts).
  Ranks text_to_image() const { return ranks_of(text_); }
  RetrievalMetrics metrics(Ties ties = Ties::pessimistic) const {
    return {recall(image_to_text(), ties), recall(text_to_image(), ties)};
  }

 private:
  struct Query {
    S best = -std::numeric_limits<S>::infinity();
    std::int64_t missing = 0;  // own scores that have not come
    std::int64_t own = 0, above = 0, tied = 0;
  };

  static void take_own(Query& query, S s) {
    if (s > query.best) query.own = 0;
    if (s >= query.best) {
      query.best = s;
      ++query.own;
    }
    --query.missing;
  }
  static void count(Query& query, S s, std::int64_t by) {
    if (s > query.best) query.above += by;
    if (s == query.best) query.tied += by;
  }
  static void check_number(std::int64_t image, std::int64_t text, S s) {
    require(s == s, "retrieval: the score of image ", image, " and text ", text, " is NaN");
  }
  static void check_known(const char* what, std::int64_t index, const Query& query) {
    require(query.missing == 0, "retrieval: scores of ", what, " ", index, " before those of its own pairs");
  }
  template <class F>
  void for_own_pairs(const ScoreBlock<S>& block, const F& f) {
    for (std::size_t r = 0; r < block.images.size(); ++r)
      row_of_.at(static_cast<std::size_t>(block.images[r])) = static_cast<std::int64_t>(r);
    for (std::size_t c = 0; c < block.texts.size(); ++c) {
      const std::int64_t place = row_of_[static_cast<std::size_t>(owner_.at(static_cast<std::size_t>(block.texts[c])))];
      if (place >= 0) f(static_cast<std::size_t>(place), c);
    }
    for (const std::int64_t i : block.images) row_of_[static_cast<std::size_t>(i)] = -1;
  }
  Ranks ranks_of(const std::vector<Query>& queries) const {
    const std::int64_t others = images() * texts() - texts();
    require(counted_ == others, "retrieval: ", counted_, " pairs were given, expected ", others, " of ", images(),
            " images x ", texts(), " texts less the own ones");
    Ranks ranks;
    for (const Query& query : queries) ranks.push_back({query.above, query.tied, query.own});
    return ranks;
  }

  std::vector<std::int64_t> owner_;
  std::vector<Query> image_, text_;
  std::int64_t counted_ = 0;
  std::vector<S> bests_;  // workspace: of the block's texts
  std::vector<std::int32_t> above_, tied_;
  std::vector<std::int64_t> row_of_;  // of an image in the block at hand, or -1
};

}  // namespace mgan
