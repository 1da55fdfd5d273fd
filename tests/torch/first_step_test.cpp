// The first step of training the whole matcher, all three granularities, as `mgan train` takes it: padded regions and
// captions, the fused patch score, single precision, draws from a generator. Its loss is that of a plain evaluation in
// double precision on Eigen, one sample at a time; every entry of every gradient is that of LibTorch in double by the
// functors; and these follow the Eigen loss along random directions of every weight, by central differences.
//
// The indicator Y of the selector is piecewise constant: its derivative is an estimate by definition. So the Eigen loss
// has Y0 + J (s - s0) in its place, J the estimator at the first weights.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <Eigen/Core>

#include "mgan/backend/eigen.hpp"
#include "mgan/core/initialize.hpp"
#include "mgan/fused/torch.hpp"
#include "mgan/loss/diversity_regularization.hpp"
#include "mgan/loss/matching_loss.hpp"
#include "mgan/loss/triplet_ranking_loss.hpp"
#include "mgan/model/swap.hpp"
#include "mgan/train/parameters.hpp"
#include "tests/support/catch.hpp"

namespace {

using mgan::NamedTensors;
using Matrix = mgan::EigenMatrix<double>;
using Vector = mgan::EigenVector<double>;

struct Sizes {
  std::int64_t samples = 4, regions = 6, patches = 9, words = 7;
  mgan::MatcherSizes matcher = {.region_width = 10,
                                .patch_width = 6,
                                .word_width = 7,
                                .width = 16,
                                .n_views = 3,
                                .k = 4,
                                .max_words = 8,
                                .heads = 4};
  std::int64_t draws = 40;
};

/// The paper's numbers of regions, patches, words, views, heads, draws and the widths of its features, a few samples.
Sizes paper_sizes(std::int64_t width) {
  return {.samples = 3, .regions = 36, .patches = 49, .words = 32, .matcher = {.width = width}, .draws = 500};
}

struct Inputs {
  at::Tensor features, region_lengths, boxes, image_sizes, tokens, words, word_lengths, noise;

  explicit Inputs(const Sizes& z) {
    const std::int64_t B = z.samples;
    at::Generator random = at::detail::createCPUGenerator(11);
    features = at::randn({B, z.regions, z.matcher.region_width}, random).relu();
    tokens = at::randn({B, 1 + z.patches, z.matcher.patch_width}, random);
    words = at::randn({B, 1 + z.words, z.matcher.word_width}, random);
    const at::Tensor corner = at::rand({B, z.regions, 2}, random) * 300;
    boxes = at::cat({corner, corner + at::rand({B, z.regions, 2}, random) * 60 + 10}, -1);
    image_sizes = at::tensor(std::vector<float>{500, 375}).expand({B, 2});
    std::vector<std::int64_t> of_regions, of_words;
    for (std::int64_t b = 0; b < B; ++b) {
      of_regions.push_back(b == 0 ? z.regions : std::max<std::int64_t>(1, z.regions - 2 * b));
      of_words.push_back(1 + (b == 1 ? z.words : std::max<std::int64_t>(1, z.words / (b + 2))));
    }
    region_lengths = at::tensor(of_regions), word_lengths = at::tensor(of_words);
    at::Generator draws = selector_noise();
    noise = mgan::torch_ops::gaussian(at::zeros({B, z.patches}), z.draws, draws);  // (B, n, M)
  }
  static at::Generator selector_noise() { return at::detail::createCPUGenerator(5); }
};

mgan::MultiGranularityMatcher<at::Tensor> make_matcher(const Sizes& z) {
  auto m = mgan::make_matcher<at::Tensor>(z.matcher, /*temperature=*/0.1);
  mgan::initialize(m, 3);
  at::Generator random = at::detail::createCPUGenerator(4);
  mgan::visit_parameters(m, [&](const std::string& name, at::Tensor& w) {  // biases and A_i away from where they start
    if (w.dim() == 1 || name.starts_with("patch_alignment.")) w = w + at::randn(w.sizes(), random) * 0.1;
  });
  m.selector.perturbed.draws = z.draws;
  return m;
}

struct Step {
  double loss;
  NamedTensors gradients;
};

/// Loss and gradients of a matcher in the scalar type of its weights.
template <class Matcher, class Context>
Step first_step(Matcher m, const Inputs& in, at::ScalarType scalar, Context context) {
  mgan::train::to(m, at::kCPU, scalar);
  const NamedTensors weights = mgan::named_parameters(m);
  mgan::train::set_requires_grad(weights, true);
  const auto cast = [scalar](const at::Tensor& x) { return x.to(scalar); };
  const auto regions = mgan::ragged(cast(in.features), in.region_lengths);
  const mgan::ImageFeatures<at::Tensor, mgan::Masked<at::Tensor>> images{regions, cast(in.boxes), cast(in.image_sizes),
                                                                         cast(in.tokens)};
  const auto image = mgan::prepare_images(m, images, context);
  const auto text = mgan::prepare_texts(m, mgan::ragged(cast(in.words), in.word_lengths));
  const mgan::Masked<at::Tensor> logits{image.region.assignment_logits, regions.mask};
  const at::Tensor loss = mgan::LossBalance::camera()(mgan::TripletRankingLoss{}(mgan::score_all(m, image, text)),
                                                      mgan::DiversityRegularization{}(logits).sum());
  loss.backward();
  Step step{loss.template item<double>(), {}};
  for (const auto& [name, w] : weights) step.gradients.emplace_back(name, w.grad());
  return step;
}

/// The selector with draws that are given.
struct GivenDraws {
  mgan::PatchSelector<at::Tensor> selector;
  at::Tensor noise;  // (B, n, M)

  at::Tensor operator()(const at::Tensor& patches, const at::Tensor& global, mgan::Inference) const {
    const at::Tensor s = selector.scores(patches, global);  // (B, M)
    return mgan::matmul(mgan::perturbed_top_k(s, noise.to(s.scalar_type()), selector.k, selector.perturbed.sigma),
                        patches);  // (B, K, D)
  }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    mgan::PatchSelector<at::Tensor>::visit(self.selector, f);
  }
};

auto with_draws(const mgan::MultiGranularityMatcher<at::Tensor>& m, const at::Tensor& noise) {
  using namespace mgan;
  return MultiGranularityMatcher<at::Tensor, PatchAlignment<at::Tensor>, RegionAlignment<at::Tensor>, GlobalAlignment,
                                 GivenDraws>{
      m.regions,         m.patches,          m.text,   m.region_alignment, {m.selector, noise},
      m.patch_alignment, m.global_alignment, m.weights};
}

Matrix matrix(const at::Tensor& x) {
  const at::Tensor d = x.to(at::kDouble).contiguous();
  return Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
      d.const_data_ptr<double>(), d.size(0), d.size(1));
}

/// The same loss in double precision on Eigen.
class EigenStep {
  static constexpr double sigma = 0.05;
  struct Sample {
    Matrix regions, boxes;
    Vector image_size;
    Matrix tokens, words, noise;
    Vector scores;                                        // s0 (M)
    Matrix indicator;                                     // Y0 (K, M)
    std::vector<mgan::EigenVector<std::int64_t>> chosen;  // of every draw (K)
  };

  auto image_state(const Sample& s) const {
    const auto embedded = m.patches(s.tokens);
    const Vector moved = m.selector.scores(embedded.patches, embedded.global) - s.scores;  // (M)
    Matrix y = s.indicator;                                                                // (K, M)
    const double factor = 1 / (static_cast<double>(s.noise.rows()) * sigma);
    for (Eigen::Index i = 0; i < s.noise.rows(); ++i)
      for (Eigen::Index k = 0; k < y.rows(); ++k)
        y(k, s.chosen[static_cast<std::size_t>(i)](k)) += factor * s.noise.row(i).dot(moved);
    const Matrix selected = y * embedded.patches;  // (K, D)
    return mgan::GranularityStates{m.region_alignment.prepare_image(m.regions(s.regions, s.boxes, s.image_size)),
                                   mgan::prepare_image(m.global_alignment, embedded.global),
                                   mgan::prepare_image(m.patch_alignment, selected)};
  }

 public:
  mgan::MultiGranularityMatcher<Matrix> m;

  EigenStep(const Sizes& z, const mgan::MultiGranularityMatcher<at::Tensor>& weights, const Inputs& in)
      : m(mgan::make_matcher<Matrix>(z.matcher, /*temperature=*/0.1)) {
    std::map<std::string, mgan::HostArray> numbers;
    mgan::visit_parameters(weights,
                           [&](const std::string& name, const at::Tensor& w) { numbers[name] = mgan::to_host(w); });
    mgan::visit_parameters(m, [&](const std::string& name, auto& w) { mgan::assign(w, numbers.at(name)); });
    for (std::int64_t b = 0; b < z.samples; ++b) {
      const auto R = in.region_lengths[b].item<std::int64_t>(), L = in.word_lengths[b].item<std::int64_t>();
      Sample s{matrix(in.features[b].narrow(0, 0, R)),
               matrix(in.boxes[b].narrow(0, 0, R)),
               matrix(in.image_sizes[b].unsqueeze(0)).transpose(),
               matrix(in.tokens[b]),
               matrix(in.words[b].narrow(0, 0, L)),
               matrix(in.noise[b]),
               {},
               {},
               {}};
      const auto embedded = m.patches(s.tokens);
      s.scores = m.selector.scores(embedded.patches, embedded.global);
      s.indicator = mgan::perturbed_top_k(s.scores, s.noise, m.selector.k, sigma);
      for (Eigen::Index i = 0; i < s.noise.rows(); ++i)
        s.chosen.push_back(mgan::top_k(Vector(s.scores + sigma * s.noise.row(i).transpose()), m.selector.k));
      samples_.push_back(std::move(s));
    }
  }

  double loss() const {
    const auto B = static_cast<Eigen::Index>(samples_.size());
    double diversity = 0;
    std::vector<decltype(image_state(samples_[0]))> images;
    std::vector<decltype(m.prepare_text(samples_[0].words))> texts;
    for (const Sample& s : samples_) {
      images.push_back(image_state(s));
      texts.push_back(m.prepare_text(s.words));
      diversity += mgan::DiversityRegularization{}(images.back().region.assignment_logits);
    }
    Matrix scores(B, B);
    for (Eigen::Index i = 0; i < B; ++i)
      for (Eigen::Index t = 0; t < B; ++t)
        scores(i, t) = m.score(images[static_cast<std::size_t>(i)], texts[static_cast<std::size_t>(t)]);
    return mgan::LossBalance::camera()(mgan::TripletRankingLoss{}(scores), diversity);
  }

 private:
  std::vector<Sample> samples_;
};

/// Along g and a random direction together; every entry of g counts then.
mgan::HostArray direction(const mgan::HostArray& gradient, std::uint64_t seed) {
  mgan::WeightGenerator random{seed};
  mgan::HostArray u = gradient;
  double length = 0;
  for (const double g : gradient.values) length += g * g;
  length = std::sqrt(length);
  const double spread = std::sqrt(3.0 / static_cast<double>(u.values.size()));  // a random vector of length 1
  for (double& x : u.values) x = x / length + spread * random.uniform(-1, 1);
  return u;
}

void check_first_step(const Sizes& z) {
  const Inputs in(z);
  const auto matcher = make_matcher(z);
  EigenStep plain(z, matcher, in);
  const double loss = plain.loss();

  at::Generator draws = Inputs::selector_noise();
  const mgan::FusedPatchAlignment fused{matcher.patch_alignment};
  const Step trained = first_step(mgan::with_patch_alignment(matcher, fused), in, at::kFloat, mgan::Training{draws});
  const Step wide = first_step(with_draws(matcher, in.noise), in, at::kDouble, mgan::Inference{});
  CHECK(wide.loss == Approx(loss).epsilon(1e-10));
  CHECK(trained.loss == Approx(loss).epsilon(1e-5));
  REQUIRE(trained.gradients.size() == wide.gradients.size());

  std::map<std::string, mgan::HostArray> gradients;
  for (std::size_t i = 0; i < wide.gradients.size(); ++i) {
    const auto& [name, g] = wide.gradients[i];
    INFO(name);
    REQUIRE(trained.gradients[i].first == name);
    REQUIRE(g.defined());
    REQUIRE(trained.gradients[i].second.defined());
    gradients[name] = mgan::to_host(g);
    if (name.ends_with("key.bias")) continue;  // its true gradient is 0: it shifts all logits of a query alike
    const double most = g.abs().max().item<double>();
    CHECK(most > 1e-9);
    CHECK((trained.gradients[i].second.to(at::kDouble) - g).abs().max().item<double>() < 2e-4 * most);
  }

  std::uint64_t seed = 20;
  mgan::visit_parameters(plain.m, [&](const std::string& name, auto& w) {
    if (name.ends_with("key.bias")) return;
    INFO(name);
    const mgan::HostArray start = mgan::to_host(w), u = direction(gradients.at(name), ++seed);
    double slope = 0;
    for (std::size_t i = 0; i < u.values.size(); ++i) slope += u.values[i] * gradients.at(name).values[i];
    const auto at_step = [&](double step) {
      mgan::HostArray moved = start;
      for (std::size_t i = 0; i < u.values.size(); ++i) moved.values[i] += step * u.values[i];
      mgan::assign(w, moved);
      const double value = plain.loss();
      mgan::assign(w, start);
      return value;
    };
    constexpr double h = 1e-6;
    CHECK((at_step(h) - at_step(-h)) / (2 * h) == Approx(slope).epsilon(1e-4).margin(1e-6));
  });
}

}  // namespace

TEST_CASE("The first training step of the matcher is that of a plain double evaluation", "[torch][matcher][gradient]") {
  check_first_step({});
}

TEST_CASE("So it is at the paper's counts and features, D = 64", "[torch][matcher][gradient]") {
  check_first_step(paper_sizes(64));
}

// Minutes: mgan_tests_torch "[paper-sizes]".
TEST_CASE("So it is at the paper's sizes, D = 2048", "[.][paper-sizes]") { check_first_step(paper_sizes(2048)); }
