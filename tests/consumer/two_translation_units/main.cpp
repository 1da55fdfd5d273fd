#include "mgan/backend/eigen.hpp"
#include "mgan/mgan.hpp"

mgan::Linear<Eigen::MatrixXf> make_layer();

int main() {
  const Eigen::MatrixXf y = make_layer()(Eigen::MatrixXf(Eigen::MatrixXf::Ones(4, 3)));
  return y.rows() == 4 && y.cols() == 2 && y.isConstant(3) ? 0 : 1;
}
