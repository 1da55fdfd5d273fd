// The choices of a run, each with the words that name it on the command line and in a configuration.
#pragma once

#include <optional>
#include <string>

#include "mgan/data/broken_pictures.hpp"
#include "mgan/data/join.hpp"
#include "mgan/encoders/picture_fit.hpp"
#include "mgan/loss/choices.hpp"
#include "words.hpp"

namespace program {

/// What a run starts from (presets.hpp).
enum class Preset { demo, paper, mgan_star, mgan, mgan_small };

/// Whose epochs a preset of the paper has.
enum class PaperRecipe { flickr30k, coco };

/// How the patch module scores all pairs: as it is written, or by one sweep where the module allows it; with products
/// in bf16 or int8 to evaluate alone.
enum class Scorer { functor, fused, fused_bf16, fused_int8 };

/// Of numbers: IEEE single precision, or bfloat16.
enum class Precision { fp32, bf16 };

/// Of features in files.
enum class FeatureType { fp32, fp16, bf16 };

/// Of products: single precision; bfloat16 in the encoders, or in the encoders and the matcher up to the scores.
enum class Products { fp32, bf16, bf16_all };

/// What region features are: 8 x 8 crops of the picture, means of the image encoder's tokens, or given in files.
enum class Regions { pixels, tokens, features };

/// What Eq. (1) makes positions of: the boxes of the regions, or nothing.
enum class Positions { boxes, none };

/// How the tokens of one side see each other before anything is compared: not at all, by VSRN's graph convolutions, by
/// DSRAN's graph attention, or by CAMERA's gated self-attention.
enum class Refinement { none, vsrn, gat, agsa };

/// What an epoch passes over once: the images, each with some of its captions, or the captions, each with its image.
enum class EpochOf { images, captions };

/// The loss: L_rank + 0.01 L_div, or L_div + 0.01 L_rank.
enum class Balance { camera, as_printed };

/// What a batch's scores are trained by.
enum class LossName { triplet, annealed, contrastive, soft_label, sigmoid, cross_entropy };

/// The learning rate behind its warm-up: decays in steps, or half a cosine down to 0 at the end of the run.
enum class RateSchedule { step, cosine };

/// Of training pictures: as they are, cropped at random, or cropped and mirrored half of the time.
enum class Augment { none, crop, flip };

/// Of published features: as they are, less the mean of the training split, or also divided by its deviation.
enum class Standardize { none, center, scale };

/// What is evaluated. `testall` is COCO's 5,000 images in a folder of SCAN's layout.
enum class EvaluatedSplit { val, test, testall };

template <>
inline constexpr auto words_of<Preset> = std::to_array<Word<Preset>>({{Preset::demo, "demo"},
                                                                      {Preset::paper, "paper"},
                                                                      {Preset::mgan_star, "mgan-star"},
                                                                      {Preset::mgan, "mgan"},
                                                                      {Preset::mgan_small, "mgan-small"}});
template <>
inline constexpr auto words_of<PaperRecipe> = std::to_array<Word<PaperRecipe>>({{PaperRecipe::flickr30k, "flickr30k"},
                                                                                {PaperRecipe::coco, "coco"}});
template <>
inline constexpr auto words_of<Positions> = std::to_array<Word<Positions>>({{Positions::boxes, "boxes"},
                                                                            {Positions::none, "none"}});
template <>
inline constexpr auto words_of<Refinement> = std::to_array<Word<Refinement>>(
    {{Refinement::none, "none"}, {Refinement::vsrn, "vsrn"}, {Refinement::gat, "gat"}, {Refinement::agsa, "agsa"}});
template <>
inline constexpr auto words_of<EpochOf> = std::to_array<Word<EpochOf>>({{EpochOf::images, "images"},
                                                                        {EpochOf::captions, "captions"}});
template <>
inline constexpr auto words_of<Scorer> = std::to_array<Word<Scorer>>({{Scorer::functor, "functor"},
                                                                      {Scorer::fused, "fused"},
                                                                      {Scorer::fused_bf16, "fused-bf16"},
                                                                      {Scorer::fused_int8, "fused-int8"}});
template <>
inline constexpr auto words_of<Precision> = std::to_array<Word<Precision>>({{Precision::fp32, "fp32"},
                                                                            {Precision::bf16, "bf16"}});
template <>
inline constexpr auto words_of<FeatureType> = std::to_array<Word<FeatureType>>({{FeatureType::fp32, "fp32"},
                                                                                {FeatureType::fp16, "fp16"},
                                                                                {FeatureType::bf16, "bf16"}});
template <>
inline constexpr auto words_of<Products> = std::to_array<Word<Products>>({{Products::fp32, "fp32"},
                                                                          {Products::bf16, "bf16"},
                                                                          {Products::bf16_all, "bf16-all"}});
template <>
inline constexpr auto words_of<Regions> = std::to_array<Word<Regions>>({{Regions::pixels, "pixels"},
                                                                        {Regions::tokens, "tokens"},
                                                                        {Regions::features, "features"}});
template <>
inline constexpr auto words_of<Balance> = std::to_array<Word<Balance>>({{Balance::camera, "camera"},
                                                                        {Balance::as_printed, "as_printed"}});
template <>
inline constexpr auto words_of<LossName> = std::to_array<Word<LossName>>({{LossName::triplet, "triplet"},
                                                                          {LossName::annealed, "annealed"},
                                                                          {LossName::contrastive, "contrastive"},
                                                                          {LossName::soft_label, "soft-label"},
                                                                          {LossName::sigmoid, "sigmoid"},
                                                                          {LossName::cross_entropy, "cross-entropy"}});
template <>
inline constexpr auto words_of<mgan::Negatives> =
    std::to_array<Word<mgan::Negatives>>({{mgan::Negatives::hardest, "hardest"}, {mgan::Negatives::all, "all"}});
template <>
inline constexpr auto words_of<mgan::Combine> = std::to_array<Word<mgan::Combine>>({{mgan::Combine::mean, "mean"},
                                                                                    {mgan::Combine::sum, "sum"}});
template <>
inline constexpr auto words_of<RateSchedule> = std::to_array<Word<RateSchedule>>({{RateSchedule::step, "step"},
                                                                                  {RateSchedule::cosine, "cosine"}});
template <>
inline constexpr auto words_of<Augment> =
    std::to_array<Word<Augment>>({{Augment::none, "none"}, {Augment::crop, "crop"}, {Augment::flip, "flip"}});
template <>
inline constexpr auto words_of<Standardize> = std::to_array<Word<Standardize>>({{Standardize::none, "none"},
                                                                                {Standardize::center, "center"},
                                                                                {Standardize::scale, "scale"}});
template <>
inline constexpr auto words_of<mgan::data::BrokenPictures> = std::to_array<Word<mgan::data::BrokenPictures>>(
    {{mgan::data::BrokenPictures::fatal, "fatal"}, {mgan::data::BrokenPictures::skip, "skip"}});
template <>
inline constexpr auto words_of<mgan::data::JoinBy> =
    std::to_array<Word<mgan::data::JoinBy>>({{mgan::data::JoinBy::any, "any"},
                                             {mgan::data::JoinBy::name, "name"},
                                             {mgan::data::JoinBy::file, "file"},
                                             {mgan::data::JoinBy::stem, "stem"},
                                             {mgan::data::JoinBy::number, "number"},
                                             {mgan::data::JoinBy::id, "id"}});
template <>
inline constexpr auto words_of<mgan::data::MissingImages> = std::to_array<Word<mgan::data::MissingImages>>(
    {{mgan::data::MissingImages::fatal, "fatal"}, {mgan::data::MissingImages::skip, "skip"}});
template <>
inline constexpr auto words_of<mgan::data::Split> = std::to_array<Word<mgan::data::Split>>(
    {{mgan::data::Split::train, "train"}, {mgan::data::Split::val, "val"}, {mgan::data::Split::test, "test"}});
template <>
inline constexpr auto words_of<mgan::encoders::PictureFit> = std::to_array<Word<mgan::encoders::PictureFit>>(
    {{mgan::encoders::PictureFit::squash, "squash"}, {mgan::encoders::PictureFit::crop, "crop"}});

inline bool is_low_precision(Scorer s) { return s == Scorer::fused_bf16 || s == Scorer::fused_int8; }

/// Where images and captions come from: scenes, painted here, or what lies at a path.
struct DataChoice {
  std::optional<std::string> path = {};  // none: scenes

  bool scenes() const { return !path; }
  std::string text() const { return path.value_or("scenes"); }
  static DataChoice parse(const std::string& text, const std::string& = {}) {
    return text == "scenes" ? DataChoice{} : DataChoice{text};
  }
};

/// Which boxes the regions are: those of the data, a grid, both, or those of a file.
enum class BoxKind { annotated, grid, both, file };
struct BoxChoice {
  BoxKind kind = BoxKind::annotated;
  std::string file = {};  // of BoxKind::file

  bool operator==(BoxKind other) const { return kind == other; }
  std::string text() const;
  static BoxChoice parse(const std::string& text, const std::string& = {});
};
template <>
inline constexpr auto words_of<BoxKind> = std::to_array<Word<BoxKind>>(  // any other word is a file
    {{BoxKind::annotated, "annotated"}, {BoxKind::grid, "grid"}, {BoxKind::both, "both"}});

inline std::string BoxChoice::text() const { return kind == BoxKind::file ? file : word_of(kind); }
inline BoxChoice BoxChoice::parse(const std::string& text, const std::string&) {
  const std::optional<BoxKind> kind = find_word<BoxKind>(text);
  return kind ? BoxChoice{*kind} : BoxChoice{BoxKind::file, text};
}

template <>
inline constexpr auto words_of<EvaluatedSplit> = std::to_array<Word<EvaluatedSplit>>(
    {{EvaluatedSplit::val, "val"}, {EvaluatedSplit::test, "test"}, {EvaluatedSplit::testall, "testall"}});

}  // namespace program
