// A split after the frozen encoders, as batches: from a cache, or encoded on the spot.
#pragma once

#include <string>
#include <vector>

#include "app/config.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/encoders/feature_cache.hpp"

namespace program {

struct ImageBatch;
struct CaptionBatch;
struct CaptionIndex;

/// Re-entrant once it is made. Shards of a cache are mapped: a batch touches the pages of its own rows alone.
class FeatureSource {
 public:
  /// `boxes`: grid, both, or else the given boxes and the whole picture.
  FeatureSource(std::vector<mgan::encoders::FeatureShard> shards, const BoxChoice& boxes, bool tune_last);

  std::vector<mgan::data::Example> examples() const;
  /// Tokens of a caption, [CLS] and [SEP] counted.
  std::int64_t length(const CaptionIndex& c) const;
  ImageBatch images(const std::vector<std::int64_t>& which) const;
  CaptionBatch captions(const std::vector<CaptionIndex>& which) const;

  const std::vector<mgan::encoders::FeatureShard>& shards() const { return shards_; }

 private:
  struct Place {
    std::size_t shard;
    std::int64_t row;                               // of the shard's tokens
    std::int64_t first_grid, first_given;           // of the shard's region rows
    std::int64_t grid, given;                       // how many of them
    std::vector<std::int64_t> first_token, length;  // of every caption
  };
  std::vector<mgan::encoders::FeatureShard> shards_;
  std::vector<Place> places_;  // of every image
  bool use_grid_, use_given_, tune_last_;
};

/// The source of a split for a configuration with published encoders: its cache where data.data is one, else the raw
/// data through the encoders that the configuration names. Foreign caches and folders are refused.
FeatureSource open_features(const Config& config, mgan::data::Split split, std::vector<std::string>& warnings);

/// Whether --data is a folder that `mgan extract` made.
inline bool is_cache(const DataChoice& data) { return data.path && mgan::encoders::FeatureCache::is_cache(*data.path); }

/// Sizes and encoders of a cache, written into a configuration that is to be trained on it.
void adopt_cache(Config& config);

/// The encoders of a trained configuration, for raw pictures and sentences; refused where the folders have changed.
mgan::encoders::EncoderPair load_encoders(const Config& config);

/// A data set through the encoders, in memory: what Samples take. `boxes`: grid, annotated or both, as in training.
FeatureSource encode_dataset(const Config& config, const mgan::encoders::EncoderPair& encoders,
                             const mgan::data::Dataset& dataset, std::vector<std::string>& warnings);

/// Sentences through the encoders: what Model::prepare_texts takes.
CaptionBatch encode_sentences(const Config& config, const mgan::encoders::EncoderPair& encoders,
                              const std::vector<std::string>& sentences);

}  // namespace program
