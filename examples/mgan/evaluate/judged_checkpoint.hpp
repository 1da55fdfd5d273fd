// One checkpoint judged beyond its recalls: its scores again block by block, and those of its training split as a bank.
#pragma once

#include "mgan/data/dataset.hpp"
#include "model/scoring.hpp"
#include "scored_checkpoint.hpp"

namespace program {

/// What images and captions of a data set are called: file names, COCO's numbers, `NAME#0` for an image's first
/// caption.
SplitNames names_of(const JudgeFlags& flags, const mgan::data::Dataset& dataset, std::int64_t images);

/// What scores a split again.
struct JudgedModel {
  const Model& model;
  const Config& config;         // with the data that is evaluated
  const EncodedSplit* encoded;  // null: the member's matrix will do
};
JudgedScores judge_checkpoint(const EvaluateFlags& flags, const JudgedModel& scored, const Member& member,
                              const SplitNames& names);

/// Scores of several, or of one whose matrix is there.
JudgedScores judge_matrix(const EvaluateFlags& flags, const std::string& name, const at::Tensor& scores,
                          const std::vector<std::int64_t>& owner, const SplitNames& names);

}  // namespace program
