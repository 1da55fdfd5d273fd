// expect: mgan checks for NaN and infinity: add -fno-finite-math-only behind -ffast-math
// flags: -Ofast
// Every check for NaN would be folded away: wrong metrics without an error.
#include "mgan/metrics/retrieval.hpp"
