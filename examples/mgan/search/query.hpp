// A sentence or a picture against every image of an index.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "index.hpp"
#include "mgan/text/vocabulary.hpp"
#include "model/load.hpp"

namespace program::search {

inline constexpr std::array<const char*, 3> granularity_names{"region", "global", "patch"};

/// A sentence as the text encoder sees it.
struct Sentence {
  std::string text;
  std::vector<std::string> words;     // without what was cut off
  std::vector<std::string> warnings;  // words that the model never saw, words that were cut off
  MatcherState state;                 // of a batch of one
};
Sentence encode_sentence(const LoadedModel& loaded, const mgan::text::Vocabulary& vocabulary, const std::string& text);

/// A picture as the model sees it, with the grid of boxes where it has boxes.
struct PictureQuery {
  std::string file, thumbnail;
  MatcherState state;  // of a batch of one
};
PictureQuery encode_picture(const LoadedModel& loaded, const std::string& file);

/// What the model makes of some picture with R regions, for an index to hold its files against; encodes it once.
std::function<ExampleState(std::int64_t regions)> example_states(const LoadedModel& loaded);

/// The scores of every image of an index, granularity by granularity: region, global, patch. Empty for one that is left
/// out, or that has no way to compare pictures.
struct IndexScores {
  std::array<std::vector<double>, 3> part;
  std::array<double, 3> weight{};
  std::vector<double> total;
};
/// Eq. (12).
IndexScores score(const Index& index, const Model& model, const MatcherState& text);
/// Between pictures there is no sentence, so this is not Eq. (12), but its like: the largest cosine of any two views,
/// the cosine of the two [CLS] vectors, and the mean over the kept patches of both sides of each one's best cosine
/// on the other side (PlainAggregation), with the weights of Eq. (12).
IndexScores score_picture(const Index& index, const Model& model, const MatcherState& picture);

}  // namespace program::search
