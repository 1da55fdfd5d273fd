#include <Eigen/Core>
#include <iostream>

#include "mgan/backend/eigen.hpp"
#include "mgan/nn/linear.hpp"

int main() {
  const mgan::Linear<Eigen::MatrixXd> twice{2 * Eigen::MatrixXd::Identity(2, 2), Eigen::VectorXd::Ones(2)};
  const Eigen::MatrixXd regions = Eigen::MatrixXd::Constant(3, 2, 1.5);
  std::cout << twice(regions) << "\n";
  return twice(regions).isConstant(4) ? 0 : 1;
}
