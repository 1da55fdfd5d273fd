// expect: Tensor
// expect: Eigen::Matrix<double
// expect: tensor_traits
// with: eigen
// Eigen's own header does not teach mgan anything: mgan/backend/eigen.hpp does.
#include <Eigen/Core>

#include "mgan/nn/linear.hpp"
#ifdef FIXED
#include "mgan/backend/eigen.hpp"
#endif

mgan::Linear<Eigen::MatrixXd> layer;
