#include "mgan/backend/eigen.hpp"
#include "mgan/mgan.hpp"

mgan::Linear<Eigen::MatrixXf> make_layer() { return {Eigen::MatrixXf::Ones(2, 3), Eigen::VectorXf::Zero(2)}; }
