// What losses of a batch's scores can be chosen to do.
#pragma once

namespace mgan {

enum class Negatives {
  hardest,  ///< the largest loss of each row and column; of equals the lowest index gets the gradient
  all,      ///< all of them: a warm-up that does not collapse
};

/// How the losses of both directions, images and texts, become one.
enum class Combine { mean, sum };

}  // namespace mgan
