// expect: mgan: check_backends needs two libraries: include <mgan/backend/eigen.hpp>
// with: torch
#ifdef FIXED
#include "mgan/alignment/global_alignment.hpp"
#endif
#include "mgan/alignment/max_sim.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/testing.hpp"

auto use(const at::Tensor& images, const at::Tensor& texts) {
#ifdef FIXED
  return mgan::check_gradients(mgan::GlobalAlignment{}, images, texts);
#else
  return mgan::check_backends(mgan::Filip{}, images, texts);
#endif
}
