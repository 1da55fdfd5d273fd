// Whether figures can be held against the paper's Table 4: MGAN* on Flickr30K's test split.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "study.hpp"

namespace program {

/// Of a data set: what tells Flickr30K from others.
struct DataCounts {
  std::int64_t training_images = 0, images = 0, captions = 0;  // images and captions that are scored
};

/// Why they cannot, a sentence a reason: another split, other data, other regions, encoders, sizes or recipe. Empty
/// where they can. What cannot be known, such as the kind of an encoder whose folder is gone, is a reason too.
std::vector<std::string> unlike_paper(const Config& config, EvaluatedSplit split, const DataCounts& counts);

}  // namespace program
