// What the scores of one image and one sentence are made of, in numbers that a page can draw.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mgan/image/clip_pixels.hpp"
#include "query.hpp"

namespace program::search {

/// A patch of the model's grid over what it sees of the picture.
struct PatchNumbers {
  std::int64_t cell = 0;  // row by row
  double weight = 0;      // in the interaction; those of all kept patches sum to 1
};
/// A word of the sentence.
struct WordNumbers {
  std::string word;
  double weight = 0;          // in the interaction; sum to 1
  std::size_t strongest = 0;  // of the kept patches, the one of the largest cosine
  double cosine = 0;          // with it
};
/// A box and how much of the winning view it makes.
struct BoxNumbers {
  double x1 = 0, y1 = 0, x2 = 0, y2 = 0;  // parts of the picture's width and height
  double weight = 0;                      // sum to 1
};

struct Explanation {
  mgan::image::PictureWindow seen;    // what the encoder takes of the picture: the middle, where it crops
  std::int64_t grid = 0;              // cells a side
  std::vector<PatchNumbers> patches;  // the kept ones; empty where the patch module cannot say
  std::vector<WordNumbers> words;
  std::int64_t view = -1, views = 0;  // the winning view, -1 where the region module has none
  double view_cosine = 0;
  std::vector<BoxNumbers> boxes;
};
Explanation explain(const Index& index, const LoadedModel& loaded, const Sentence& sentence, std::size_t image);

}  // namespace program::search
