// expect: mgan: an alignment module needs score(image, text) or operator()(image, text), const,
#include "mgan/alignment/contract.hpp"

struct Mine {
#ifdef FIXED
  double operator()(double image, double text) const { return image * text; }
#else
  double operator()(double image, double text) { return image * text; }
#endif
};

double use() { return mgan::score(Mine{}, 1.0, 2.0); }
