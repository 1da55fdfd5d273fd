// The whole matcher on LibTorch: against Eigen with the same weights, left-out granularities, training, parameters.
#include <ATen/CPUGeneratorImpl.h>

#include "mgan/core/initialize.hpp"
#include "mgan/model/presets.hpp"
#include "tests/support/cases/losses.hpp"
#include "tests/support/cases/matcher.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"
#include "tests/support/torch_side.hpp"

using namespace support;

TEST_CASE("Eigen and LibTorch agree in double, from weights carried over", "[torch][matcher]") {
  for (const bool ragged : {false, true}) {
    MatcherCase c = MatcherCase::random("", 150, ragged, 0.1, mgan::RegionNormalization::none, 3, 4);
    TorchSide torch;
    EigenSide<double> eigen{c.expected()};
    c.run(torch);
    c.run(eigen);
    CHECK(difference(torch.outputs(), eigen.outputs(), {1e-12, 1e-12}) == "");
  }
}

TEST_CASE("A seed draws the same weights on every backend", "[torch][matcher]") {
  const mgan::MatcherSizes sizes{5, 3, 6, 16, 3, 2, 4, 4};
  auto torch = mgan::make_matcher<at::Tensor>(sizes);
  auto eigen = mgan::make_matcher<mgan::EigenMatrix<float>>(sizes);
  mgan::initialize(torch, 7);
  mgan::initialize(eigen, 7);

  std::map<std::string, mgan::HostArray> weights;
  mgan::visit_parameters(torch,
                         [&](const std::string& name, const at::Tensor& w) { weights[name] = mgan::to_host(w); });
  std::size_t same = 0;
  mgan::visit_parameters(eigen, [&](const std::string& name, const auto& w) {
    INFO(name);
    const mgan::HostArray host = mgan::to_host(w);
    REQUIRE(weights.count(name) == 1);
    CHECK(host.shape == weights[name].shape);
    CHECK(host.values == weights[name].values);
    ++same;
  });
  CHECK(same == weights.size());
  CHECK(mgan::count_parameters(torch) == mgan::count_parameters(eigen));
}

namespace {

/// The parts of a case with weights (region, global, patch).
Array weighted(const Outputs& parts, double region, double global, double patch) {
  Array out = parts.at("region");
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    out.values[i] = region * parts.at("region").values[i] + global * parts.at("global").values[i] +
                    patch * parts.at("patch").values[i];
  }
  return out;
}

/// The case's weights given to a matcher of another type, as far as it has them.
template <class M, class Full>
void take_weights(M& module, const Full& full) {
  std::map<std::string, at::Tensor> weights;
  mgan::visit_parameters(full, [&](const std::string& name, const at::Tensor& w) { weights[name] = w; });
  mgan::visit_parameters(module, [&](const std::string& name, at::Tensor& w) { w = weights.at(name); });
}

template <class M>
std::vector<std::string> names(const M& module) {
  std::vector<std::string> out;
  mgan::visit_parameters(module,
                         [&](const std::string& name, const auto&) { out.push_back(name.substr(0, name.find('.'))); });
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// One step of training, after which every weight has a gradient.
template <class M, class Images, class Texts>
void learns(const MatcherCase& c, M m, const Images& images, const Texts& texts) {
  auto generator = at::detail::createCPUGenerator(1);
  m.selector.perturbed = {16, 0.5, mgan::Estimator::full};
  const auto states = mgan::prepare_images(m, images, mgan::Training{generator});
  const at::Tensor scores = mgan::score_all(m, states, mgan::prepare_texts(m, texts));
  const at::Tensor ranking = mgan::TripletRankingLoss{0.2, mgan::Negatives::all}(scores);
  const mgan::Masked<at::Tensor> logits{states.region.assignment_logits, images.features.mask};
  const at::Tensor diversity = mgan::DiversityRegularization{}(logits).sum();
  CHECK(array(diversity).values[0] ==
        Approx(reference::diversity_regularization(array(states.region.assignment_logits), c.region_lengths)));
  const at::Tensor loss = mgan::LossBalance::camera()(ranking, diversity);
  CHECK(loss.item<double>() == Approx(ranking.item<double>() + 0.01 * diversity.item<double>()));
  loss.backward();
  mgan::visit_parameters(m, [](const std::string& name, const at::Tensor& w) {
    INFO(name);
    REQUIRE(w.grad().defined());
    // A key's bias shifts all logits of a query alike: softmax does not see it.
    if (name.find("key.bias") == std::string::npos) CHECK(w.grad().abs().max().item<double>() > 1e-12);
    CHECK(w.grad().isfinite().all().item<bool>());
  });
}

}  // namespace

TEST_CASE("A granularity that is left out takes its embedding and its parameters along", "[torch][matcher]") {
  using T = at::Tensor;
  using None = mgan::NoAlignment;
  using Patch = mgan::PatchAlignment<T>;
  using Region = mgan::RegionAlignment<T>;
  using Global = mgan::GlobalAlignment;
  using Names = std::vector<std::string>;
  MatcherCase c = MatcherCase::random("", 151, true, 0.1);
  const Outputs parts = c.expected();
  TorchSide side;
  c.with(side, [&](const auto& full, const auto& images, const auto& texts) {
    const auto check = [&](auto m, const Array& expected, const Names& expected_names) {
      if constexpr (requires { m.region_alignment.views; })
        configure(m.region_alignment.views, c.p.region_alignment.views);
      if constexpr (requires { m.region_alignment.views; }) m.region_alignment.sentence.heads = 2;
      if constexpr (requires { m.patch_alignment.temperature; }) m.patch_alignment.temperature = 0.1;
      m.selector.k = c.p.k;
      take_weights(m, full);
      CHECK(difference(array(mgan::all_pairs(m, images, texts)), expected, {1e-12, 1e-12}) == "");
      CHECK(names(m) == expected_names);
    };
    using M = mgan::MultiGranularityMatcher<T>;
    check(M{}, weighted(parts, 1, 0.6, 0.2),
          {"regions", "patches", "text", "region_alignment", "selector", "patch_alignment"});
    check(mgan::MultiGranularityMatcher<T, None, Region, Global>{}, weighted(parts, 1, 0.6, 0),
          {"regions", "patches", "text", "region_alignment"});
    check(mgan::MultiGranularityMatcher<T, Patch, Region, None>{}, weighted(parts, 1, 0, 0.2),
          {"regions", "patches", "text", "region_alignment", "selector", "patch_alignment"});
    check(mgan::MultiGranularityMatcher<T, Patch, None, Global>{}, weighted(parts, 0, 0.6, 0.2),
          {"patches", "text", "selector", "patch_alignment"});
    check(mgan::MultiGranularityMatcher<T, None, Region, None>{}, weighted(parts, 1, 0, 0),
          {"regions", "text", "region_alignment"});
    check(mgan::MultiGranularityMatcher<T, None, None, Global>{}, weighted(parts, 0, 0.6, 0), {"patches", "text"});
    check(mgan::MultiGranularityMatcher<T, Patch, None, None>{}, weighted(parts, 0, 0, 0.2),
          {"patches", "text", "selector", "patch_alignment"});
  });
}

TEST_CASE("Every weight of the matcher learns in one training step", "[torch][matcher]") {
  MatcherCase c = MatcherCase::random("", 152, true, 0.1, mgan::RegionNormalization::none, 3, 3);
  TorchSide side;
  side.differentiable = true;
  c.with(side, [&](auto m, const auto& images, const auto& texts) {
    if constexpr (!mgan::is_masked<std::remove_cvref_t<decltype(images.features)>>) return;  // the case is ragged
    else learns(c, m, images, texts);
  });
}

TEST_CASE("Inference is deterministic and draws no noise", "[torch][matcher]") {
  MatcherCase c = MatcherCase::random("", 153, false, 1);
  TorchSide first, second;
  c.run(first);
  c.run(second);
  for (const auto& [name, x] : first.results) CHECK(array(x).values == array(second.results.at(name)).values);
}

TEST_CASE("Presets differ in the loss alone", "[torch][matcher]") {
  const auto ranking = at::tensor(std::vector<double>{3.0}), diversity = at::tensor(std::vector<double>{5.0});
  CHECK(mgan::Preset::paper().balance(ranking, diversity).item<double>() == Approx(5 + 0.01 * 3));
  CHECK(mgan::Preset::standard().balance(ranking, diversity).item<double>() == Approx(3 + 0.01 * 5));
  CHECK(mgan::Preset::paper().temperature == 1);
}
