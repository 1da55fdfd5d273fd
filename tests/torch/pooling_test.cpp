// The GRU and generalised pooling on LibTorch: values, gradients, padding, masks with holes.
#include "tests/support/cases/pooling.hpp"

#include <ATen/ops/allclose.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>

#include "mgan/core/initialize.hpp"
#include "mgan/train/parameters.hpp"
#include "tests/support/torch_checks.hpp"

using namespace support;

TEMPLATE_TEST_CASE("Recurrence and pooling on LibTorch are the naive loops', with their gradients", "[torch][pooling]",
                   GruCase, GeneralizedPoolingCase) {
  for (TestType c : TestType::all()) {
    INFO(c.title);
    CHECK(against_reference(c, at::kDouble) == "");
    CHECK(against_reference(c, at::kFloat) == "");
    CHECK(gradient_difference(c) == "");
    if (c.lengths().empty()) continue;
    check_padding(c);
    const auto [name, leaf] = c.inputs().back();
    CHECK(gradient_of_padding(run_with_padding(c, NAN).second.at(name), c.lengths()) == 0);
    TorchSide side;  // a mask alone: what stands behind the lengths is not zero
    side.garbage = 3, side.keep_garbage = true;
    c.run(side);
    CHECK(difference(side.outputs(), c.expected(), tolerance<double>(c.temperature())) == "");
  }
}

TEST_CASE("A mask with holes: the states and the pooled vector are those of the real tokens", "[torch][pooling]") {
  auto pool = mgan::GeneralizedPooling<at::Tensor>::create(6, 4);
  auto gru = mgan::Gru<at::Tensor>::create(5, 3);
  mgan::initialize(pool, 1);
  mgan::initialize(gru, 2);
  mgan::train::to(pool, at::kCPU, at::kDouble);
  mgan::train::to(gru, at::kCPU, at::kDouble);
  const at::Tensor x = at::randn({2, 4, 5}, at::kDouble);
  const mgan::Masked<at::Tensor> tokens{x, at::tensor({1, 0, 1, 1, 0, 1, 0, 0}).to(at::kBool).view({2, 4})};
  const std::vector<at::Tensor> real{at::stack({x[0][0], x[0][2], x[0][3]}), x[1].narrow(0, 1, 1)};
  for (const std::int64_t b : {0, 1}) {
    const at::Tensor& alone = real[static_cast<std::size_t>(b)];
    CHECK(at::allclose(pool(tokens)[b], pool(alone)));
    CHECK(at::allclose(gru.last(tokens)[b], gru.last(alone)));
  }
  CHECK(at::allclose(gru(tokens)[0][3], gru.last(real[0])));
  CHECK(gru(tokens)[0][1].abs().sum().item<double>() == 0);
  CHECK(at::allclose(pool(mgan::Masked<at::Tensor>{x[0], tokens.mask[0]}), pool(real[0])));  // no batch axis
}
