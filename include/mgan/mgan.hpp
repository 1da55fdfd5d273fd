// The mathematics of MGAN, without any tensor library. Teach it one: <mgan/backend/eigen.hpp>,
// <mgan/backend/torch.hpp>, or your own (docs/extending.md).
#pragma once

#include "mgan/alignment/all_pairs.hpp"
#include "mgan/alignment/plain_aggregation.hpp"
#include "mgan/loss/annealed_ranking_loss.hpp"
#include "mgan/loss/contrastive_loss.hpp"
#include "mgan/loss/distillation_loss.hpp"
#include "mgan/loss/diversity_regularization.hpp"
#include "mgan/loss/hardest_cross_entropy.hpp"
#include "mgan/loss/matching_loss.hpp"
#include "mgan/loss/sigmoid_loss.hpp"
#include "mgan/loss/soft_label_loss.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"
#include "mgan/model/multi_granularity_matcher.hpp"
#include "mgan/model/presets.hpp"
#include "mgan/model/swap.hpp"
