// Data through published encoders: which encoders a configuration names, and what they make of pictures and sentences.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "batches.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/encoders/encoder_pair.hpp"
#include "samples.hpp"

namespace program {

/// Whether --data is a folder that `mgan extract` made.
bool is_cache(const DataChoice& data);

/// Sizes and encoders of what a configuration is to be trained on, written into it: of the cache that --data or --cache
/// names, or of the folders --vision and --text. Nothing where the encoders are trained from scratch.
void adopt_encoders(Config& config);

/// Throws where the split is not there, so that it is known before hours of training.
void require_split(const DataConfig& data, mgan::data::Split split);

/// The encoders of a trained configuration, for raw pictures and sentences; refused where the folders have changed.
mgan::encoders::EncoderPair load_encoders(const Config& config);

/// A split for a configuration with published encoders: from caches, region features joined by image id, or raw data
/// (training: encoded when they are asked for; else once, in memory). Foreign caches and folders are refused.
Samples open_published(const Config& config, mgan::data::Split split);

/// A data set through the encoders, in memory. `data.boxes`: grid, annotated or both, as in training.
Samples encode_dataset(const Config& config, const mgan::encoders::EncoderPair& encoders, mgan::data::Dataset dataset);

/// Sentences through the encoders: what Model::prepare_texts takes.
CaptionBatch encode_sentences(const Config& config, const mgan::encoders::EncoderPair& encoders,
                              const std::vector<std::string>& sentences);

}  // namespace program
