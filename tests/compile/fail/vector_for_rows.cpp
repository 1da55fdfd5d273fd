// expect: mgan: this primitive takes an Eigen matrix (m, n), not a vector
// with: eigen
// Eigen would take a vector for rows of one number, and leave the first of them out.
#include "mgan/backend/eigen.hpp"
#include "mgan/ops/rows.hpp"

#ifdef FIXED
using Sample = Eigen::MatrixXd;
#else
using Sample = Eigen::VectorXd;
#endif

auto use(const Sample& x) { return mgan::drop_rows(x, 1); }
