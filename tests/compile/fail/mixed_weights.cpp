// expect: mgan: float and double are mixed; cast one side, for example x.cast<double>()
// with: eigen
#include "mgan/backend/eigen.hpp"
#include "mgan/nn/linear.hpp"

#ifdef FIXED
using Layer = mgan::Linear<Eigen::MatrixXd>;
#else
using Layer = mgan::Linear<Eigen::MatrixXf>;
#endif

Eigen::MatrixXd use(const Layer& layer, const Eigen::MatrixXd& x) { return layer(x); }
