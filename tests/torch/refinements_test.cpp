// Refinements on LibTorch: values, gradients, padding, statistics of a batch; CAMERA, which is composed of one.
#include "tests/support/cases/refinements.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>

#include "mgan/backend/eigen.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/core/state.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"
#include "mgan/model/camera.hpp"
#include "mgan/testing/twin.hpp"
#include "mgan/train/parameters.hpp"
#include "tests/support/torch_checks.hpp"

using namespace support;
using Masked = mgan::Masked<at::Tensor>;
using Updates = mgan::StateUpdates<at::Tensor>;

TEMPLATE_TEST_CASE("Refinements on LibTorch are the naive loops', with their gradients", "[torch][refine]",
                   GatedFusionCase, GraphAttentionCase, GatedSelfAttentionCase, VisualReasoningCase) {
  for (TestType c : TestType::all()) {
    INFO(c.title);
    CHECK(against_reference(c, at::kDouble) == "");
    CHECK(against_reference(c, at::kFloat) == "");
    CHECK(gradient_difference(c) == "");
  }
}

TEMPLATE_TEST_CASE("Refinements on LibTorch: padding changes nothing and has no gradient", "[torch][refine]",
                   GraphAttentionCase, GatedSelfAttentionCase, VisualReasoningCase) {
  for (TestType c : TestType::all()) {
    if (c.lengths().empty()) continue;
    check_padding(c);
    for (const auto& [name, leaf] : c.inputs())
      CHECK(gradient_of_padding(run_with_padding(c, NAN).second.at(name), c.lengths()) == 0);
    TorchSide side;  // a mask alone: what stands behind the lengths is not zero
    side.garbage = 3, side.keep_garbage = true;
    c.run(side);
    CHECK(difference(side.outputs(), c.expected(), tolerance<double>()) == "");
  }
}

namespace {

template <class M>
M drawn(M module) {
  mgan::initialize(module, 5);
  mgan::train::to(module, at::kCPU, at::kDouble);
  mgan::visit_parameters(module, [](const std::string&, at::Tensor& w) { w.set_requires_grad(true); });
  return module;
}

/// In training: statistics of the real rows alone, an update of each norm, gradients for all weights.
template <class M>
void check_training(const M& module) {
  const at::Tensor x = at::randn({3, 4, 6}, at::kDouble);
  const at::Tensor lengths = at::tensor({4, 1, 2});
  auto generator = at::detail::createCPUGenerator(1);
  const auto run = [&](const Masked& tokens, Updates& updates) {
    return module(tokens, mgan::Training{generator, updates}).values;
  };
  Updates updates, same;
  const at::Tensor y = run(mgan::ragged(x, lengths), updates);
  at::Tensor other = x.clone();
  other[1].narrow(0, 1, 3).fill_(NAN);
  CHECK(at::equal(run(mgan::ragged(other, lengths), same), y));
  std::size_t states = 0;
  mgan::visit_states(module, [&](const std::string&, const auto&) { ++states; });
  CHECK(updates.size() == states);
  for (std::size_t i = 0; i < updates.size(); ++i) CHECK(at::equal(updates[i].batch, same[i].batch));
  CHECK_FALSE(at::allclose(module(mgan::ragged(x, lengths)).values, y));  // the running ones are others

  (y * at::randn_like(y)).sum().backward();
  mgan::visit_parameters(module, [](const std::string& name, const at::Tensor& w) {
    INFO(name);
    CHECK(w.grad().defined());
  });
}

}  // namespace

TEST_CASE("Refinements in training see the statistics of the batch's real tokens", "[torch][refine]") {
  check_training(drawn(mgan::GraphAttention<at::Tensor>::create(6, 2)));
  check_training(drawn(mgan::GatedSelfAttention<at::Tensor>::create(6, 3, 2)));
  auto reasoning = mgan::VisualReasoning<at::Tensor>::create(6, 2);
  for (auto& layer : reasoning.gcn) layer.norm.weight.fill_(0.5);
  check_training(drawn(reasoning));
}

// --- CAMERA

namespace {

const mgan::MatcherSizes camera_sizes{.region_width = 5, .word_width = 7, .width = 8, .n_views = 3, .heads = 2};

struct CameraBatch {
  mgan::ImageFeatures<at::Tensor, Masked> images;
  Masked captions;

  static CameraBatch make() {
    Random random(61);
    const auto [boxes, sizes] = random.boxes(3, 4);
    return {{mgan::ragged(torch_tensor(random.normal({3, 4, 5})), torch_lengths({4, 1, 3})),
             torch_tensor(boxes),
             torch_tensor(sizes),
             {}},
            mgan::ragged(torch_tensor(random.normal({3, 1 + 4, 7})), torch_lengths({3, 5, 2}))};
  }
};

reference::FrozenNorm norm_of(const mgan::BatchNorm<at::Tensor>& f) {
  return {array(f.weight), array(f.bias), array(f.statistics.mean), array(f.statistics.variance)};
}
reference::Linear linear_of(const mgan::Linear<at::Tensor>& f) { return {array(f.weight), array(f.bias)}; }

}  // namespace

TEST_CASE("CAMERA's image tower is fc, norm over regions, AGSA, norm again, views: by naive loops", "[torch][refine]") {
  using N = mgan::RegionNormalization;
  const CameraBatch batch = CameraBatch::make();
  for (const N normalization : {N::camera, N::none}) {
    const auto m = drawn(mgan::make_camera<at::Tensor>(camera_sizes, normalization));
    const mgan::CameraImageTower<at::Tensor> tower{m.regions, m.region_alignment.views};
    const auto views = tower(batch.images.features, batch.images.boxes, batch.images.image_sizes).views;  // (3, N, 8)

    const auto& layer = m.regions.refinement.layers.front();
    const reference::GatedSelfAttentionLayer agsa{linear_of(layer.attention.query),
                                                  linear_of(layer.attention.key),
                                                  linear_of(layer.attention.value),
                                                  linear_of(layer.gate_query),
                                                  linear_of(layer.gate_key),
                                                  linear_of(layer.gate),
                                                  norm_of(layer.norm)};
    reference::MultiViewSummarization summary{{}, linear_of(m.region_alignment.views.assignment)};
    for (const auto& conv : m.region_alignment.views.conv)
      summary.conv.push_back({array(conv.weight), array(conv.bias), conv.dilation});
    const Array features = array(batch.images.features.values), boxes = array(batch.images.boxes),
                sizes = array(batch.images.image_sizes);
    const Lengths lengths{4, 1, 3};
    for (Index i = 0; i < 3; ++i) {
      reference::Rows v, places;
      for (Index r = 0; r < lengths[static_cast<std::size_t>(i)]; ++r) {
        v.push_back(reference::linear(linear_of(m.regions.feature), features.row(i, r)));
        const double W = sizes.at(i, 0), H = sizes.at(i, 1), x = boxes.at(i, r, 0), y = boxes.at(i, r, 1),
                     w = boxes.at(i, r, 2) - x, h = boxes.at(i, r, 3) - y;
        Vector l =
            reference::linear(linear_of(m.regions.position), {x / W, y / H, w / W, h / H, w / h, w * h / (W * H)});
        for (double& number : l) number = reference::sigmoid(number);
        places.push_back(l);
      }
      if (normalization == N::camera) v = reference::scaled_regions(v, true);
      v = reference::gated_self_attention({agsa}, 2, v, places);
      if (normalization == N::camera) v = reference::scaled_regions(v, true);
      Array regions({1, static_cast<Index>(v.size()), 8});
      for (std::size_t r = 0; r < v.size(); ++r) regions.set_row(v[r], 0, static_cast<Index>(r));
      const Array expected = reference::multi_view_summarization(summary, regions, {}).views;
      CHECK(difference(array(views[i].unsqueeze(0)), expected, {1e-11, 1e-10}) == "");
    }
  }
}

TEST_CASE("CAMERA on LibTorch is CAMERA on Eigen, and its weights train", "[torch][refine]") {
  const CameraBatch batch = CameraBatch::make();
  auto m = drawn(mgan::make_camera<at::Tensor>(camera_sizes));
  const at::Tensor scores =
      mgan::score_all(m, mgan::prepare_images(m, batch.images), mgan::prepare_texts(m, batch.captions));
  auto twin = mgan::make_camera<Eigen::MatrixXd>(camera_sizes);
  mgan::detail::copy_weights(m, twin);
  for (Index i = 0; i < 3; ++i) {
    const auto host = [](const at::Tensor& x) {
      Eigen::MatrixXd out(x.size(0), x.size(1));
      mgan::assign(out, mgan::to_host(x));
      return out;
    };
    const Index R = batch.images.features.mask[i].sum().item<Index>();
    const Array size = array(batch.images.image_sizes[i]);
    const mgan::ImageFeatures<Eigen::MatrixXd> image{host(batch.images.features.values[i].narrow(0, 0, R)),
                                                     host(batch.images.boxes[i].narrow(0, 0, R)),
                                                     Eigen::Vector2d(size.at(0), size.at(1)), Eigen::MatrixXd()};
    for (Index t = 0; t < 3; ++t) {
      const Index L = batch.captions.mask[t].sum().item<Index>();
      const double alone = twin(image, host(batch.captions.values[t].narrow(0, 0, L)));
      CHECK(alone == Approx(scores[i][t].item<double>()).epsilon(1e-10));
    }
  }

  auto generator = at::detail::createCPUGenerator(1);
  Updates updates;
  const mgan::Training step{generator, updates};
  const at::Tensor training = mgan::score_all(m, mgan::prepare_images(m, batch.images, step),
                                              mgan::prepare_texts(m, batch.captions, step), step);
  mgan::TripletRankingLoss{2.0, mgan::Negatives::all}(training).backward();
  mgan::visit_parameters(m, [](const std::string& name, const at::Tensor& w) {
    INFO(name);
    CHECK(w.grad().defined());
  });
  CHECK(updates.size() == 6);  // of the norms of both AGSAs and of the sentence
  const at::Tensor before = m.region_alignment.sentence.norm.statistics.mean.clone();
  mgan::apply_updates(m, updates);
  CHECK_FALSE(at::equal(before, m.region_alignment.sentence.norm.statistics.mean));
}
