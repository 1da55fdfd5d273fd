// Eq. (12): the whole matcher on Eigen against the naive loops, and the names of its weights.
#include "tests/support/cases/matcher.hpp"

#include "mgan/core/initialize.hpp"
#include "mgan/model/presets.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;

TEMPLATE_TEST_CASE("MultiGranularityMatcher is the naive loop's", "[model]", float, double) {
  for (const auto& c : MatcherCase::all()) {
    INFO(c.title);
    CHECK(against_reference<TestType>(c) == "");
  }
}

TEST_CASE("The score of one pair of raw inputs is its entry of all pairs", "[model]") {
  MatcherCase c = MatcherCase::random("", 145, false, 1);
  const Array expected = c.expected().at("scores");
  EigenSide<double> side{c.expected()};
  c.with(side, [&](const auto& m, const auto& images, const auto& texts) {
    CHECK(m(images[1], texts[2]) == Approx(expected.at(1, 2)).epsilon(1e-12));
  });
}

TEST_CASE("The weights are the paper's: 1.0, 0.6, 0.2", "[model]") {
  const mgan::GranularityWeights weights;
  CHECK(weights.region == 1.0);
  CHECK(weights.global == 0.6);
  CHECK(weights.patch == 0.2);
  CHECK(mgan::Preset::paper().weights.global == 0.6);
  CHECK(mgan::Preset::paper().balance.ranking == 0.01);
  CHECK(mgan::Preset::standard().balance.diversity == 0.01);
}

TEST_CASE("Parameters have dotted names, in a fixed order", "[model]") {
  using Matrix = mgan::EigenMatrix<float>;
  auto m = mgan::make_matcher<Matrix>({5, 3, 6, 16, 3, 2, 4, 4});
  std::vector<std::string> names;
  mgan::visit_parameters(m, [&](const std::string& name, const auto&) { names.push_back(name); });
  std::vector<std::string> expected{"regions.feature.weight", "regions.feature.bias", "regions.position.weight",
                                    "regions.position.bias",  "patches.mlp.0.weight", "patches.mlp.0.bias",
                                    "patches.mlp.2.weight",   "patches.mlp.2.bias",   "text.linear.weight",
                                    "text.linear.bias"};
  for (int i = 0; i < 7; ++i)
    for (const char* leaf : {"weight", "bias"})
      expected.push_back("region_alignment.views.conv." + std::to_string(i) + "." + leaf);
  for (const char* layer : {"views.assignment", "sentence.query", "sentence.key", "sentence.value", "sentence.output"})
    for (const char* leaf : {"weight", "bias"})
      expected.push_back(std::string("region_alignment.") + layer + "." + leaf);
  for (const char* leaf : {"norm.weight", "norm.bias", "project.weight", "score.0.weight", "score.2.weight"})
    expected.push_back(std::string("selector.") + leaf);
  for (const char* leaf : {"A1", "A2", "A3", "A4"}) expected.push_back(std::string("patch_alignment.") + leaf);
  CHECK(names == expected);
}

TEST_CASE("A matcher of the paper's sizes has the paper's shapes", "[model]") {
  using Matrix = mgan::EigenMatrix<float>;
  // A sixteenth of the paper's widths, to be quick.
  const auto m = mgan::make_matcher<Matrix>({128, 48, 48, 128, 12, 16, 32, 8});
  CHECK(mgan::shape(m.region_alignment.views.assignment.weight) == mgan::Shape{12, 64});
  CHECK(mgan::shape(m.patch_alignment.A1) == mgan::Shape{32, 32});
  CHECK(mgan::shape(m.patch_alignment.A2) == mgan::Shape{16, 16});
  CHECK(m.patch_alignment.A1 == Matrix::Identity(32, 32));
  CHECK(m.selector.k == 16);
  CHECK(m.region_alignment.sentence.heads == 8);
}

TEST_CASE("initialize draws every layer's weights and leaves identities and ones", "[model]") {
  using Matrix = mgan::EigenMatrix<double>;
  const mgan::MatcherSizes sizes{5, 3, 6, 16, 3, 2, 4, 4};
  auto m = mgan::make_matcher<Matrix>(sizes), again = mgan::make_matcher<Matrix>(sizes), other = again;
  mgan::initialize(m, 1);
  mgan::initialize(again, 1);
  mgan::initialize(other, 2);
  CHECK(m.patches.mlp.hidden.weight == again.patches.mlp.hidden.weight);
  CHECK(m.patches.mlp.hidden.weight != other.patches.mlp.hidden.weight);
  CHECK(m.patches.mlp.hidden.weight.cwiseAbs().maxCoeff() <= 1 / std::sqrt(3.0));
  CHECK(m.patches.mlp.hidden.weight.cwiseAbs().maxCoeff() > 0.8 / std::sqrt(3.0));
  CHECK(m.region_alignment.views.conv[4].weight.weight.cwiseAbs().maxCoeff() <= 1 / std::sqrt(5 * 16.0));
  CHECK(m.patch_alignment.A4 == Matrix::Identity(4, 4));
  CHECK(m.selector.norm.weight == Eigen::VectorXd::Ones(16));
  CHECK(m.selector.norm.bias == Eigen::VectorXd::Zero(16));
}
