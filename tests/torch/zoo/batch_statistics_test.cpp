// SGRAF and ADAPT in training: the statistics of the batch, how the running ones move, graphs, and what is refused.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include "mgan/testing.hpp"
#include "mgan/testing/eigen/side.hpp"
#include "mgan/train/parameters.hpp"
#include "mgan/zoo/normed.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/torch_side.hpp"
#include "tests/zoo/table_case.hpp"

namespace {

using namespace support;
using Catch::Matchers::ContainsSubstring;
using Updates = mgan::StateUpdates<at::Tensor>;

const ZooInput& input(const std::string& title) {
  static const std::vector<ZooInput> all = zoo_inputs();
  for (const ZooInput& in : all)
    if (in.title == title) return in;
  throw std::invalid_argument(title);
}

/// A setting of a module with the statistics of the batch; `graphs` adds the vectors of graphs on both sides.
template <class Row>
mgan::testing::Case batch_case(const std::string& setting_name, const ZooInput& of, bool graphs = false) {
  for (const zoo::ModuleCases& module : zoo::cases_of(Row::facts.name)) {
    for (zoo::Setting setting : module.settings) {
      if (setting.name != setting_name) continue;
      for (auto& [key, value] : setting.options.items)
        if (key == "statistics") value = graphs ? "running" : "batch";
      const ZooInput in = zoo::with_weights(module, setting, of);
      mgan::testing::Case c = zoo::case_of(Row::facts, module, setting, in);
      if (!graphs) return c;
      Random random(3);
      zoo::Tensors tensors = zoo::tensors_of(Row::facts, in);
      tensors["input.image_graph"] = random.normal({in.image.size(0), 2});
      tensors["input.text_graph"] = random.normal({in.words.size(0), 3});
      zoo::add_layer(tensors, random, "image_graph", in.image.size(2), 2, true);
      zoo::add_layer(tensors, random, "text_graph", in.image.size(2), 3, true);
      for (const auto& [name, x] : tensors)
        c.tensors[name] = {x.shape, x.values, name.ends_with("_lengths") ? "I64" : "F64"};
      const Array s = module.reference(tensors, setting.options).at("scores");
      c.tensors["expect.scores"] = {s.shape, s.values};
      return c;
    }
  }
  throw std::invalid_argument(setting_name);
}

template <class Row>
void check_both(const mgan::testing::Case& c) {
  INFO(c.name);
  mgan::testing::EigenSide<double> eigen{c};
  mgan::zoo::run_row<Row>(eigen);
  eigen.source.check_names();
  CHECK(zoo::outputs_against(c, eigen.results, {1e-11, 1e-10}) == "");
  mgan::testing::TorchSide torch{c};
  mgan::zoo::run_row<Row>(torch);
  torch.source.check_names();
  CHECK(zoo::outputs_against(c, torch.outputs(), {1e-11, 1e-10}) == "");
}

/// The scores that training has, without noise: of images, captions and a third input that is not used.
template <class M>
struct InTraining {
  M module;

  template <class X, class Y>
  at::Tensor operator()(const X& image, const Y& words, const at::Tensor&) const {
    at::Generator generator = at::detail::createCPUGenerator(1);
    Updates updates;
    const mgan::Training training{generator, updates};
    return mgan::score_all(module, mgan::prepare_images(module, image, training),
                           mgan::prepare_texts(module, words, training), training);
  }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("module", self.module);
  }
};
template <class M>
std::string slopes(const M& module) {
  Random random(11);
  const auto image = mgan::ragged(torch_tensor(random.normal({3, 2, 3})), torch_lengths({2, 1, 2}));
  const auto words = mgan::ragged(torch_tensor(random.normal({2, 2, 3})), torch_lengths({2, 1}));
  const auto result = mgan::check_gradients(InTraining<M>{module}, image, words, torch_tensor(random.normal({1})));
  return result ? "" : result.message();
}

struct Small {
  mgan::Masked<at::Tensor> regions, words;
  at::Generator noise = at::detail::createCPUGenerator(3);

  Small() {
    Random random(5);
    regions = mgan::ragged(torch_tensor(random.normal({3, 4, 6})), torch_lengths({4, 2, 3}));
    words = mgan::ragged(torch_tensor(random.normal({5, 4, 6})), torch_lengths({4, 2, 3, 1, 4}));
  }
};
template <class M>
M drawn(M module) {
  mgan::initialize(module, 3);
  mgan::train::to(module, at::kCPU, at::kDouble);
  return module;
}

}  // namespace

TEST_CASE("Statistics of a batch: Eigen and LibTorch are the naive loops'", "[torch][zoo]") {
  for (const char* title : {"plain", "ragged", "ragged words", "one word"}) {
    for (const char* setting : {"saf", "sgr"})
      check_both<mgan::zoo::SgrafRow>(batch_case<mgan::zoo::SgrafRow>(setting, input(title)));
    for (const char* setting : {"text_to_image", "image_to_text"}) {
      check_both<mgan::zoo::AdaptRow>(batch_case<mgan::zoo::AdaptRow>(setting, input(title)));
      check_both<mgan::zoo::AdaptRow>(batch_case<mgan::zoo::AdaptRow>(setting, input(title), true));
    }
  }
}

TEST_CASE("Statistics of a batch: gradients go through them", "[torch][zoo]") {
  auto saf = drawn(mgan::Sgraf<at::Tensor>::create(3, /*slots=*/2, /*similarity=*/2));
  saf.image.dropout.rate = saf.text.dropout.rate = 0;
  CHECK(slopes(saf) == "");
  CHECK(slopes(drawn(mgan::Adapt<at::Tensor, mgan::TextToImage>::create(3))) == "");
  CHECK(slopes(drawn(mgan::Adapt<at::Tensor, mgan::ImageToText>::create(3))) == "");
}

TEST_CASE("SAF's statistics move once a caption; slots that no image has stay", "[torch][zoo]") {
  Small in;
  auto module = drawn(mgan::Sgraf<at::Tensor>::create(6, /*slots=*/7, /*similarity=*/5));
  module.image.dropout.rate = module.text.dropout.rate = 0;
  Updates updates;
  const mgan::Training training{in.noise, updates};
  const auto images = mgan::prepare_images(module, in.regions, training);
  const auto texts = mgan::prepare_texts(module, in.words, training);
  mgan::score_all(module, images, texts, training);
  mgan::apply_updates(module, updates);

  const auto& slots = module.image.norms.slots.statistics;
  CHECK(at::equal(slots.mean.narrow(0, 4, 3), at::zeros({3}, at::kDouble)));  // 4 regions at most
  CHECK(at::equal(slots.variance.narrow(0, 4, 3), at::ones({3}, at::kDouble)));
  const at::Tensor third = module.image.local(at::stack({in.regions.values[0][2], in.regions.values[2][2]}));
  CHECK(at::allclose(slots.mean[2], 0.1 * third.mean()));  // of the two images that have it
  CHECK(at::allclose(slots.variance[2], 0.9 + 0.1 * third.reshape({-1}).var(0)));

  at::Tensor mean = at::zeros({1}, at::kDouble), variance = at::ones({1}, at::kDouble);
  for (std::int64_t t = 0; t < 5; ++t) {
    std::vector<at::Tensor> logits;
    const auto text = mgan::map_state(texts, [t](const auto& x) { return x.narrow(0, t, 1).unsqueeze(0); });
    const auto of_images = mgan::map_state(images, [](const auto& x) { return x.unsqueeze(1); });
    const std::int64_t nodes = 1 + in.words.mask[t].sum().item<std::int64_t>();
    const at::Tensor x =
        module.aggregate.filter(module.nodes(of_images, text)).squeeze(-1).squeeze(1).narrow(1, 0, nodes);  // (I, N)
    mean = 0.9 * mean + 0.1 * x.mean();
    variance = 0.9 * variance + 0.1 * x.reshape({-1}).var(0);
  }
  CHECK(at::allclose(module.aggregate.filter_norm.statistics.mean, mean, 1e-12, 1e-12));
  CHECK(at::allclose(module.aggregate.filter_norm.statistics.variance, variance, 1e-12, 1e-12));
}

TEST_CASE("SGRAF in training: noise, whole batches, and at inference neither", "[torch][zoo]") {
  Small in;
  const auto saf = drawn(mgan::Sgraf<at::Tensor>::create(6, 4, 5));
  Updates updates;
  const mgan::Training training{in.noise, updates};
  const auto images = mgan::prepare_images(saf, in.regions, training);
  const auto texts = mgan::prepare_texts(saf, in.words, training);
  CHECK_FALSE(at::equal(images.global, mgan::prepare_images(saf, in.regions, training).global));  // dropout
  CHECK_FALSE(at::equal(texts.global, mgan::prepare_texts(saf, in.words, training).global));
  CHECK_THROWS_WITH(mgan::score_all(saf, images, texts, mgan::Tile{2, 0}, training),
                    "score_all: in training the scores of Sgraf<Saf> depend on the whole batch: it cannot be tiled, "
                    "Tile{2, 0}");
  const auto sgr = drawn(mgan::Sgraf<at::Tensor, mgan::Sgr<at::Tensor>>::create(6, 4, 5));
  CHECK(mgan::score_all(sgr, images, texts, mgan::Tile{2, 2}, training).sizes() == at::IntArrayRef({3, 5}));
  CHECK_THROWS_WITH(mgan::prepare_images(drawn(mgan::Sgraf<at::Tensor>::create(6, 3, 5)), in.regions),
                    "Sgraf: 4 regions, but image.local_norm has 3 slots");
}

TEST_CASE("ADAPT says which graph is missing", "[torch][zoo]") {
  Small in;
  Random random(7);
  const at::Tensor graph = torch_tensor(random.normal({3, 2}));
  const auto plain = drawn(mgan::Adapt<at::Tensor>::create(6));
  const auto graphs = drawn(mgan::Adapt<at::Tensor, mgan::TextToImage, true>::create(6, 2, 3));
  static_assert(mgan::WantsGraph<decltype(graphs)> && !mgan::WantsGraph<decltype(plain)>);
  CHECK_THROWS_WITH(graphs.prepare_image(in.regions),
                    "Adapt: image: there are weights for a graph's vector, but none was given");
  CHECK_THROWS_WITH(plain.prepare_image(mgan::GraphTokens{in.regions, graph}),
                    "Adapt: image: a graph's vector was given, but there are no weights for it");
  CHECK_THROWS_WITH(graphs.prepare_text(mgan::GraphTokens{in.regions, graph}),
                    "Adapt: words: the graph's vector is (3, 2), expected (..., 3)");
}
