// Every name of a list as a module of a matcher: gradients reach all weights, and a small step down them lowers the
// loss.
#pragma once

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

#include "mgan/alignment/offered_tokens.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/core/state.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"
#include "mgan/model/presets.hpp"
#include "mgan/model/swap.hpp"
#include "mgan/zoo/row.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/torch_side.hpp"

namespace zoo {

using namespace support;

/// Images and captions that a small matcher takes, ragged on both sides.
struct SmallBatch {
  mgan::ImageFeatures<at::Tensor, mgan::Masked<at::Tensor>> images;
  mgan::Masked<at::Tensor> texts;

  static SmallBatch make() {
    Random random(41);
    const auto [boxes, sizes] = random.boxes(4, 5);
    return {{mgan::ragged(torch_tensor(random.normal({4, 5, 5})), torch_lengths({5, 2, 1, 4})), torch_tensor(boxes),
             torch_tensor(sizes), torch_tensor(random.normal({4, 1 + 6, 5}))},
            mgan::ragged(torch_tensor(random.normal({4, 1 + 5, 5})), torch_lengths({6, 2, 4, 5}))};
  }
};

/// In training a BatchNorm takes out what a bias before it adds; and the nodes of a random graph are alike after two
/// steps, so that who attends to whom does not count.
inline bool of_normed_module(const std::string& module, const std::string& weight) {
  if (module == "adapt-i2t") return weight == "text.linear.bias";
  if (module == "dsran")
    return weight.ends_with(".key.bias") || weight.ends_with(".value.bias") || weight.ends_with(".attention.bias") ||
           weight.ends_with(".output.bias");
  return module.starts_with("sgraf-") &&
         (weight.ends_with("image.global.bias") || weight.ends_with("filter.bias") ||
          weight.find("graph.2.query") != std::string::npos || weight.find("graph.2.key") != std::string::npos);
}

/// `module` scores patches, and regions too where it takes ragged ones; regions alone where it wants their boxes.
template <class Mine>
void train_in_a_matcher(const std::string& name, const Mine& module, bool module_is_smooth = true) {
  constexpr bool of_regions = mgan::WantsBoxes<Mine>;
  INFO(name);
  const bool saturated = name == "ucofia";
  const SmallBatch batch = SmallBatch::make();
  constexpr bool takes_ragged_regions = requires { module.prepare_image(batch.images.features); };
  const mgan::MatcherSizes sizes{.region_width = 5,
                                 .patch_width = 5,
                                 .word_width = 5,
                                 .width = of_regions ? 32 : 8,
                                 .n_views = 2,
                                 .k = 3,
                                 .max_words = 6,
                                 .heads = 2};
  const auto m = [&] {
    auto plain = mgan::make_matcher<at::Tensor>(sizes);
    if constexpr (of_regions) return mgan::with_patch_alignment(plain, mgan::NoAlignment{});
    else return mgan::with_patch_alignment(plain, module);
  }();
  const auto check = [&](auto matcher) {
    mgan::initialize(matcher, 5);
    mgan::visit_parameters(matcher,
                           [](const std::string&, at::Tensor& w) { w = w.to(at::kDouble).set_requires_grad(true); });
    mgan::visit_states(matcher, [](const std::string&, at::Tensor& x) { x = x.to(at::kDouble); });
    matcher.selector.perturbed = {16, 0.5, mgan::Estimator::full};
    const auto loss = [&](auto context) {
      const auto states = mgan::prepare_images(matcher, batch.images, context);
      const auto texts = mgan::prepare_texts(matcher, batch.texts, context);
      const at::Tensor scores = mgan::score_all(matcher, states, texts, mgan::Tile{}, context);
      CHECK(scores.sizes() == at::IntArrayRef({4, 4}));
      return mgan::TripletRankingLoss{2.0, mgan::Negatives::all}(scores);
    };
    auto generator = at::detail::createCPUGenerator(1);
    mgan::StateUpdates<at::Tensor> updates;
    loss(mgan::Training{generator, updates}).backward();
    CHECK(updates.empty() != mgan::has_state(matcher));
    mgan::apply_updates(matcher, updates);
    mgan::visit_states(matcher, [](const std::string& state, const at::Tensor& x) {
      INFO(state);
      CHECK(x.isfinite().all().item<bool>());
    });
    mgan::visit_parameters(matcher, [&](const std::string& weight, at::Tensor& w) {
      INFO(weight);
      REQUIRE(w.grad().defined());
      CHECK(w.grad().isfinite().all().template item<bool>());
      // The last bias in front of a softmax is not seen, nor are UCoFiA's matrices while both its softmaxes saturate.
      const bool unseen = weight.ends_with("alignment.text.2.bias") || weight.ends_with("alignment.image.2.bias") ||
                          weight.ends_with("summary.2.bias") || weight.ends_with("patch_alignment.output.bias") ||
                          weight.ends_with("image.score.bias") || weight.ends_with("text.score.bias") ||
                          weight.ends_with("common.bias") ||
                          (weight.find("graph.") != std::string::npos && weight.ends_with("key.bias")) ||
                          of_normed_module(name, weight) ||
                          (weight.find(".rar.") != std::string::npos && weight.ends_with("value.bias")) ||
                          (saturated && weight.find("alignment.A") != std::string::npos);
      if (!unseen) CHECK(w.grad().abs().max().template item<double>() > 1e-14);
      w.mutable_grad() = at::Tensor();
    });

    // One small step down the gradient of the loss at inference, where nothing is random.
    const at::Tensor before = loss(mgan::Inference{});
    before.backward();
    double slope = 0;
    mgan::visit_parameters(matcher, [&](const std::string&, at::Tensor& w) {
      if (w.grad().defined()) slope += w.grad().square().sum().template item<double>();
    });
    const double step = 1e-5 / std::max(slope, 1.0);
    mgan::visit_parameters(matcher, [&](const std::string&, at::Tensor& w) {
      if (w.grad().defined()) w = (w - step * w.grad()).detach().set_requires_grad(true);
    });
    const double drop = before.template item<double>() - loss(mgan::Inference{}).template item<double>();
    CHECK(drop > 0);
    if (module_is_smooth) CHECK(drop == Approx(step * slope).epsilon(0.05));
  };
  if constexpr (takes_ragged_regions || of_regions) {
    check(mgan::with_global_alignment(mgan::with_region_alignment(m, module), mgan::NoAlignment{}));
  } else {
    check(mgan::with_global_alignment(mgan::with_region_alignment(m, mgan::NoAlignment{}), mgan::NoAlignment{}));
  }
}

/// All of a list but what stands in the global slot, or makes views of the regions.
template <class Rows>
void trains_in_a_matcher() {
  using mgan::zoo::Slot;
  Rows::each([]<class Row>(std::type_identity<Row>) {
    Row::published([]<Slot slot>(const mgan::zoo::Published<slot>& p, const auto& make) {
      if constexpr (slot == Slot::patch || slot == Slot::tokens || Row::facts.boxes) {
        const auto module =
            mgan::zoo::made<at::Tensor>(make, {.width = 8, .patches = 3, .words = 6, .temperature = 1, .seed = 5});
        train_in_a_matcher(p.name, module, Row::facts.in_bf16 && !Row::facts.cuts_gradient);
      }
    });
  });
}

}  // namespace zoo
