// The pictures of a split in memory, resized, for an image encoder that is trained from scratch.
#pragma once

#include <cstdint>
#include <vector>

#include "app/config.hpp"
#include "batches.hpp"
#include "mgan/data/broken_pictures.hpp"
#include "mgan/data/dataset.hpp"

namespace program {

/// Re-entrant once it is made.
class Photographs {
 public:
  /// Pictures that cannot be read leave `dataset`, where the configuration skips them.
  Photographs(mgan::data::Dataset& dataset, const ModelConfig& model, const RecipeConfig& recipe,
              const DataConfig& data);

  const mgan::data::Picture& picture(std::size_t image) const { return pictures_[image]; }
  /// The images as they are, or (seed != 0, and the recipe asks for it) randomly cropped.
  ImageBatch batch(const std::vector<std::int64_t>& which, std::uint64_t seed) const;

 private:
  std::int64_t side_, stored_;  // of a picture that the model takes; in memory, larger when it is cropped at random
  bool region_pixels_, crop_, flip_;
  std::vector<mgan::data::Picture> pictures_;        // stored x stored
  std::vector<std::vector<mgan::data::Box>> boxes_;  // in stored pixels
};

/// Decodes every picture once and leaves out those that cannot be read, with a warning each.
void leave_out_broken(mgan::data::Dataset& dataset);

}  // namespace program
