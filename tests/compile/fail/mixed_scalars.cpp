// expect: mgan: float and double are mixed; cast one side, for example x.cast<double>()
// with: eigen
#include "mgan/alignment/global_alignment.hpp"
#include "mgan/backend/eigen.hpp"

#ifdef FIXED
using Text = Eigen::VectorXd;
#else
using Text = Eigen::VectorXf;
#endif

double use(const Eigen::VectorXd& image, const Text& text) { return mgan::GlobalAlignment{}(image, text); }
