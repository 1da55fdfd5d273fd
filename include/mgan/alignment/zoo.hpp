// Every published module of docs/zoo.md. Each header also stands alone.
#pragma once

#include "mgan/alignment/aosm.hpp"
#include "mgan/alignment/max_sim.hpp"
#include "mgan/alignment/multi_view_max.hpp"
#include "mgan/alignment/naaf.hpp"
#include "mgan/alignment/plain_aggregation.hpp"
#include "mgan/alignment/scan.hpp"
#include "mgan/alignment/self_weighted_mean.hpp"
#include "mgan/alignment/ucofia.hpp"
#include "mgan/alignment/visual_semantic_attention.hpp"
#include "mgan/alignment/weighted_token_interaction.hpp"
