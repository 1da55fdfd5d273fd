// Queries of a trained model with what it found, for people to look at.
#pragma once

#include <string>
#include <vector>

#include "mgan/image/picture.hpp"
#include "model/scoring.hpp"

namespace program {

/// Weighted scores of one pair; they add up to the model's score. Zero where a granularity is left out.
struct Contributions {
  double region = 0, global = 0, patch = 0;
  double total() const { return region + global + patch; }
};

struct FoundPicture {
  mgan::image::Picture picture;
  std::int64_t place = 0;  // from 1
  bool correct = false;
  Contributions scores;
};
/// A caption and the pictures that it finds: the first three, and behind them the right one if it is not among them.
struct CaptionQuery {
  std::string caption;
  std::vector<FoundPicture> found;
};

struct FoundCaption {
  std::string caption;
  std::int64_t place = 0;
  bool correct = false;
  Contributions scores;
};
/// A picture, the patches that the selector kept, and the captions that it finds.
struct PictureQuery {
  mgan::image::Picture picture;
  std::vector<std::int64_t> kept;  // of grid x grid patches, row by row; empty without a patch granularity
  std::int64_t grid = 0;
  std::vector<FoundCaption> found;
};

struct Gallery {
  std::vector<CaptionQuery> captions;
  std::vector<PictureQuery> pictures;
};

/// Queries spread evenly over the split, chosen by place and never by result.
Gallery make_gallery(const Model& model, const Samples& samples, const ScoredSplit& split, std::size_t n_captions = 6,
                     std::size_t n_pictures = 4);

}  // namespace program
