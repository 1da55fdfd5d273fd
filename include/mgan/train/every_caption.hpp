// An epoch in which every caption is seen once, with its image: the samples of VSE++ and those who follow it.
//
//     round 0   all images in an order of their own, each with one of its captions
//     round 1   all images in another order, each with the next one; ...
//
// so that the images of a batch differ, but for a batch that ends one round and begins the next.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/train/shuffle.hpp"

namespace mgan::train {

/// An image and one of its captions, by their numbers.
struct ImageCaption {
  std::int64_t image, caption;
  bool operator==(const ImageCaption&) const = default;
};

/// Batches of `size` pairs; the last one of an epoch has those that are left. A pure function of seed, epoch and place.
class EveryCaption {
 public:
  /// captions[i] is how many image i has, at least 1.
  EveryCaption(std::vector<std::int64_t> captions, std::int64_t size, std::uint64_t seed)
      : captions_(std::move(captions)), size_(size), seed_(seed) {
    require(size >= 1, "EveryCaption: a batch of ", size, " pairs, expected at least 1");
    std::int64_t most = 0;
    for (std::size_t i = 0; i < captions_.size(); ++i) {
      require(captions_[i] >= 1, "EveryCaption: image ", i, " has ", captions_[i], " captions, expected at least 1");
      most = std::max(most, captions_[i]);
    }
    for (std::int64_t r = 0; r < most; ++r)
      ends_.push_back((r == 0 ? 0 : ends_.back()) +
                      std::count_if(captions_.begin(), captions_.end(), [r](std::int64_t n) { return n > r; }));
    require(steps() >= 1, "EveryCaption: ", pairs(), " captions make no batch of ", size);
  }

  std::int64_t pairs() const { return ends_.empty() ? 0 : ends_.back(); }
  /// Batches an epoch. A single pair that is left has no negative, and is left out.
  std::int64_t steps() const { return (pairs() + size_ - std::min<std::int64_t>(2, size_)) / size_; }

  std::vector<ImageCaption> batch(std::int64_t epoch, std::int64_t place) const {
    const std::int64_t first = place * size_, last = std::min(first + size_, pairs());
    std::vector<ImageCaption> some;
    for (std::size_t r = 0; r < ends_.size(); ++r) {
      const std::int64_t begin = r == 0 ? 0 : ends_[r - 1];
      if (ends_[r] <= first || begin >= last) continue;
      const std::vector<ImageCaption> all = round(epoch, static_cast<std::int64_t>(r));
      some.insert(some.end(), all.begin() + (std::max(first, begin) - begin),
                  all.begin() + (std::min(last, ends_[r]) - begin));
    }
    return some;
  }

 private:
  /// The images that have more than r captions, each with its r-th in this epoch.
  std::vector<ImageCaption> round(std::int64_t epoch, std::int64_t r) const {
    std::vector<ImageCaption> pairs;
    const auto rounds = static_cast<std::int64_t>(ends_.size());
    for (const std::int64_t image : epoch_permutation(std::ssize(captions_), seed_, epoch * rounds + r)) {
      const std::int64_t count = captions_[static_cast<std::size_t>(image)];
      if (count <= r) continue;
      // A start of its own for every image, then one caption after the other.
      const std::uint64_t start =
          mix(seed_, 0xca97, static_cast<std::uint64_t>(image)) % static_cast<std::uint64_t>(count);
      pairs.push_back({image, (static_cast<std::int64_t>(start) + epoch + r) % count});
    }
    return pairs;
  }

  std::vector<std::int64_t> captions_, ends_;  // ends_: pairs of the rounds up to and with this one
  std::int64_t size_;
  std::uint64_t seed_;
};

}  // namespace mgan::train
