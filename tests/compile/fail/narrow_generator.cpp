// expect: mgan: a 64-bit generator is needed, for example std::mt19937_64
// with: eigen
#include <random>

#include "mgan/alignment/perturbed_top_k.hpp"
#include "mgan/backend/eigen.hpp"

#ifdef FIXED
using Generator = std::mt19937_64;
#else
using Generator = std::mt19937;
#endif

auto use(const Eigen::VectorXd& scores, Generator& generator) { return mgan::PerturbedTopK{}(scores, 2, generator); }
