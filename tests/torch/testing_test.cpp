// The checks of mgan/testing.hpp on LibTorch: modules of the library pass, modules that are wrong do not.
#include "mgan/testing.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>

#include "mgan/alignment/global_alignment.hpp"
#include "mgan/alignment/max_sim.hpp"
#include "mgan/alignment/naaf.hpp"
#include "mgan/alignment/patch_alignment.hpp"
#include "mgan/alignment/plain_aggregation.hpp"
#include "mgan/alignment/region_alignment.hpp"
#include "mgan/alignment/scan.hpp"
#include "mgan/alignment/weighted_token_interaction.hpp"
#include "mgan/backend/eigen.hpp"
#include "mgan/backend/torch.hpp"
#include "mgan/nn/linear.hpp"
#include "tests/support/catch.hpp"

using Catch::Matchers::ContainsSubstring;

namespace {

at::Tensor random(const mgan::Shape& shape, std::uint64_t seed) {
  return mgan::torch_ops::from_host(mgan::random_numbers(shape, seed));
}
const at::Tensor images = random({3, 4, 6}, 1);
const mgan::Masked<at::Tensor> captions = mgan::ragged(random({3, 5, 6}, 2), at::tensor({3, 5, 1}));
const at::Tensor pictures = random({3, 6}, 3), sentences = random({4, 6}, 4);

/// Every word finds its best patch: the module that the wrong ones below are variations of.
struct BestPatch {
  template <mgan::Tensor X, mgan::Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    const auto c = mgan::inner(mgan::normalize(image), mgan::normalize(mgan::values(words)));  // (..., K, L)
    return mgan::mean(mgan::max(mgan::transpose(c)), mgan::mask(words));                       // (...)
  }
};
struct DroppedMask {
  template <mgan::Tensor X, mgan::Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return BestPatch{}(image, mgan::values(words));
  }
};
/// Padding adds nothing to the sum, but counts in the mean.
struct CountedPadding {
  at::Tensor operator()(const at::Tensor& image, const mgan::Masked<at::Tensor>& words) const {
    const at::Tensor c = mgan::inner(image, words.values).sum(-2);  // (..., L)
    return (c * words.mask).mean(-1);
  }
};
/// The weight's gradient misses one of the two places where it is used.
template <mgan::Tensor T>
struct WrongGradient {
  mgan::matrix_of<T> weight;

  at::Tensor operator()(const at::Tensor& image, const at::Tensor& text) const {
    const at::Tensor x = mgan::linear(image, weight), y = mgan::linear(text, weight.detach());
    return mgan::dot(x, y);
  }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight);
  }
};
struct PlaceInBatch {
  at::Tensor operator()(const at::Tensor& image, const at::Tensor& text) const {
    const at::Tensor s = (image * text).sum(-1);
    return s + 1e-9 * at::arange(s.size(-1), s.options());
  }
};
struct MeanOfBatch {
  at::Tensor operator()(const at::Tensor& image, const at::Tensor& text) const {
    const at::Tensor s = (image * text).sum(-1);
    return s - s.mean(0, true);
  }
};
/// Another formula on each library.
struct TwoFormulas {
  at::Tensor operator()(const at::Tensor& image, const at::Tensor& text) const { return (image * text).sum(-1); }
  double operator()(const Eigen::VectorXd& image, const Eigen::VectorXd& text) const {
    return image.dot(text) * (1 + 1e-10);
  }
};
/// No aggregate: its twin is the user's to make.
template <mgan::Tensor T>
class Private {
 public:
  explicit Private(mgan::matrix_of<T> weight) : weight_(std::move(weight)) {}
  template <mgan::Tensor X, mgan::Tensor Y>
  auto operator()(const X& image, const Y& text) const {
    return mgan::dot(mgan::linear(image, weight_), text);
  }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("weight", self.weight_);
  }

 private:
  mgan::matrix_of<T> weight_;
};

void good(const mgan::CheckResult& result) {
  INFO(result.message());
  CHECK(result);
  CHECK(result.note == "");
}
template <class M, class Images, class Texts>
void all_good(const M& module, const Images& image, const Texts& text, mgan::Properties properties = {}) {
  good(mgan::check_gradients(module, image, text));
  good(mgan::check_backends(module, image, text));
  good(mgan::check_properties(module, image, text, properties));
}

}  // namespace

TEST_CASE("Modules of the library pass the checks on LibTorch", "[torch][testing]") {
  const mgan::Properties cosines{.positive_scale = true};
  auto patches = mgan::PatchAlignment<at::Tensor>::create(4, 8, 0.1);
  patches.A1 = random({8, 8}, 5);
  all_good(patches, images, captions, cosines);
  auto regions = mgan::RegionAlignment<at::Tensor>::create(6, {{4, 2}, {1, 3}, {1, 1}, 2}, 2);
  mgan::initialize(regions, 1);
  all_good(regions, mgan::ragged(random({2, 4, 6}, 6), at::tensor({4, 2})), captions);
  all_good(mgan::PlainAggregation{}, images, captions, cosines);
  all_good(mgan::Filip{}, images, captions, cosines);
  all_good(mgan::ScanTextToImage{}, images, captions);
  all_good(mgan::Naaf{}, images, captions, cosines);
  all_good(BestPatch{}, images, captions, cosines);
  auto weighted = mgan::WeightedTokenInteraction<at::Tensor>::create(6);
  mgan::initialize(weighted, 2);
  all_good(weighted, images, captions);
}

TEST_CASE("Padding that leaks is called that, not a kink", "[torch][testing]") {
  const auto dropped = mgan::check_gradients(DroppedMask{}, images, captions);
  CHECK_FALSE(dropped);
  CHECK_THAT(dropped.message(), ContainsSubstring("padding reaches the scores: text(0, 3, 0) and "));
  CHECK_THAT(dropped.message(), !ContainsSubstring("kink"));
}

TEST_CASE("Vectors: the samples of the other library are vectors", "[torch][testing]") {
  good(mgan::check_gradients(mgan::GlobalAlignment{}, pictures, sentences));
  good(mgan::check_backends<Eigen::VectorXd>(mgan::GlobalAlignment{}, pictures, sentences));
  good(mgan::check_properties(mgan::GlobalAlignment{}, pictures, sentences, {.positive_scale = true}));
  const std::vector<Eigen::VectorXd> lists{Eigen::Vector3d{1, 2, 3}, Eigen::Vector3d{-1, 0.5, 2}};
  good(mgan::check_backends(mgan::GlobalAlignment{}, lists, lists));  // from Eigen to LibTorch
}

TEST_CASE("Any functor's gradient: one input, or three", "[torch][testing]") {
  auto layer = mgan::Linear<at::Tensor>::create(6, 2);
  mgan::initialize(layer, 3);
  const auto one = mgan::check_gradients(layer, pictures);
  good(one);
  CHECK(one.compared == 18 + 12 + 2);
  good(mgan::check_gradients([](const auto& a, const auto& b, const auto& c) { return a * b + c.exp(); }, pictures,
                             random({3, 6}, 8), random({3, 6}, 9)));
}

TEST_CASE("A dropped mask is found", "[torch][testing]") {
  const auto dropped = mgan::check_properties(DroppedMask{}, images, captions);
  CHECK_FALSE(dropped);
  bool value = false, gradient = false;
  for (const mgan::CheckResult& part : dropped.parts) {
    if (part.check == "padding of text") value = !part.ok;
    if (part.check == "gradient of padding of text") gradient = !part.ok && part.name == "text";
  }
  CHECK(value);
  CHECK(gradient);

  const auto counted = mgan::check_properties(CountedPadding{}, images, captions);
  CHECK_FALSE(counted);
  CHECK(counted.check == "pairs");
  const auto kinks = mgan::check_gradients(BestPatch{}, images * 0, captions);  // of zero vectors
  CHECK_FALSE(kinks);
  CHECK_THAT(kinks.message(), ContainsSubstring("sit on a kink"));
}

TEST_CASE("A wrong gradient is found, with the weight's name", "[torch][testing]") {
  const WrongGradient<at::Tensor> wrong{random({6, 6}, 7)};
  const auto result = mgan::check_gradients(wrong, pictures, sentences);
  CHECK_FALSE(result);
  CHECK_THAT(result.message(), ContainsSubstring("gradients: FAILED"));
  CHECK_THAT(result.message(), ContainsSubstring("by autograd"));
  CHECK(result.error > 1e-3);
  CHECK(result.name == "weight");
  CHECK(result.index.size() == 2);
  CHECK_FALSE(wrong.weight.requires_grad());  // the caller's functor is left alone
}

TEST_CASE("Scores that know their batch are found", "[torch][testing]") {
  const auto place = mgan::check_properties(PlaceInBatch{}, pictures, sentences);
  CHECK_FALSE(place);
  CHECK(place.check == "permutation of texts");
  const auto mean = mgan::check_properties(MeanOfBatch{}, pictures, sentences);
  CHECK_FALSE(mean);
  CHECK(mean.check == "block");
}

TEST_CASE("Two backends that disagree are found", "[torch][testing]") {
  const auto result = mgan::check_backends<Eigen::VectorXd>(TwoFormulas{}, pictures, sentences);
  CHECK_FALSE(result);
  CHECK_THAT(result.message(), ContainsSubstring("by LibTorch and"));
  CHECK_THAT(result.message(), ContainsSubstring("by Eigen"));
}

TEST_CASE("Twins of one's own: the weights are copied by name", "[torch][testing]") {
  const Private<at::Tensor> here(random({6, 6}, 12));
  const Private<Eigen::MatrixXd> there(Eigen::MatrixXd::Zero(6, 6));
  good(mgan::check_gradients(here, pictures, sentences));
  good(mgan::check_backends<Eigen::VectorXd>(mgan::Twins{here, there}, pictures, sentences));
}

TEST_CASE("Inputs in single precision are checked in double, properties as they are", "[torch][testing]") {
  const at::Tensor single = images.to(at::kFloat);
  const mgan::Masked<at::Tensor> words{captions.values.to(at::kFloat), captions.mask};
  good(mgan::check_gradients(mgan::Filip{}, single, words));
  good(mgan::check_backends(mgan::Filip{}, single, words));
  const auto result = mgan::check_properties(mgan::Filip{}, single, words);
  good(result);
  CHECK(result.allowed > 1e-5);
}
