// All that a training script needs: the loop, sources, schedules and callbacks. Each has a header of its own.
#pragma once

#include "mgan/train/callbacks/keep_best.hpp"
#include "mgan/train/callbacks/resume.hpp"
#include "mgan/train/callbacks/save_checkpoint.hpp"
#include "mgan/train/callbacks/show_progress.hpp"
#include "mgan/train/callbacks/stop_early.hpp"
#include "mgan/train/callbacks/validate.hpp"
#include "mgan/train/callbacks/watch_for_collapse.hpp"
#include "mgan/train/callbacks/write_log.hpp"
#include "mgan/train/fit.hpp"
#include "mgan/train/schedules.hpp"
#include "mgan/train/shuffled.hpp"
