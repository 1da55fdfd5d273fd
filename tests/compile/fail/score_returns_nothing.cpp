// expect: mgan: an alignment module needs score(image, text) or operator()(image, text), const,
#include "mgan/alignment/contract.hpp"

struct Mine {
#ifdef FIXED
  double score(double image, double text) const { return image * text; }
#else
  void score(double, double) const {}
#endif
};

auto use() { return mgan::score(Mine{}, 1.0, 2.0); }
