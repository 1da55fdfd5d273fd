// The modules of the table on LibTorch: against the naive loops, ragged, in any order; gradients; forms of a context;
// compat variants. The cases are made in zoo/.
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include "mgan/alignment/zoo.hpp"
#include "mgan/core/initialize.hpp"
#include "tests/reference/numerical_gradient.hpp"
#include "tests/reference/tokens.hpp"
#include "tests/support/cases/zoo_any.hpp"
#include "tests/support/catch.hpp"

using namespace support;

namespace {

at::Tensor scores(const AnyCase& c, const ZooInput& in, mgan::Tile tile = {}) {
  TorchSide side;
  return c.scores(in, side, tile);
}
at::Tensor scores(const AnyCase& c) { return scores(c, c.in); }

/// Scores and gradients of one batch, padded as `side` says.
std::pair<at::Tensor, Outputs> with_gradients(const AnyCase& c, double garbage = 1e3, bool keep_garbage = false) {
  TorchSide side;
  side.garbage = garbage, side.keep_garbage = keep_garbage, side.differentiable = true;
  const at::Tensor s = c.scores(c.in, side, {});
  return {s, side.gradients(random_cotangents({{"scores", c.reference(c.in)}}, 3))};
}

bool same(const at::Tensor& a, const at::Tensor& b) { return array(a).values == array(b).values; }

/// The samples of a batch, in another order or some of them.
Array chosen(const Array& x, const std::vector<Index>& samples) {
  Array out({static_cast<Index>(samples.size()), x.size(1), x.size(2)});
  for (std::size_t b = 0; b < samples.size(); ++b) {
    for (Index n = 0; n < x.size(1); ++n) out.set_row(x.row(samples[b], n), static_cast<Index>(b), n);
  }
  return out;
}
Outputs chosen(Outputs more, const std::vector<Index>& samples) {
  for (auto& entry : more) {
    const Array& x = entry.second;
    const auto size = static_cast<std::ptrdiff_t>(x.values.size()) / x.size(0);
    Array some({static_cast<Index>(samples.size())});
    some.shape.insert(some.shape.end(), x.shape.begin() + 1, x.shape.end());
    some.values.clear();
    for (const Index b : samples)
      some.values.insert(some.values.end(), x.values.begin() + b * size, x.values.begin() + (b + 1) * size);
    entry.second = some;
  }
  return more;
}
Lengths chosen(const Lengths& lengths, const std::vector<Index>& samples) {
  Lengths out;
  for (const Index b : samples) {
    if (!lengths.empty()) out.push_back(lengths[static_cast<std::size_t>(b)]);
  }
  return out;
}

/// The sum of |gradient| behind the lengths.
double gradient_of_padding(const Array& gradient, const Lengths& lengths) {
  double sum = 0;
  for (Index b = 0; b < gradient.size(0); ++b)
    for (Index n = reference::length_of(lengths, b, gradient.size(1)); n < gradient.size(1); ++n)
      for (const double g : gradient.row(b, n)) sum += std::abs(g);
  return sum;
}

}  // namespace

TEST_CASE("Published modules on LibTorch are the naive loops'", "[torch][zoo]") {
  for (const AnyCase& c : all_zoo_cases()) {
    INFO(c.in.title);
    const Array expected = c.reference(c.in);
    for (const auto scalar : {at::kDouble, at::kFloat}) {
      TorchSide side{scalar};
      const at::Tensor s = c.scores(c.in, side, {});
      CHECK(s.scalar_type() == scalar);
      CHECK(difference(array(s), expected,
                       scalar == at::kDouble ? tolerance<double>(c.tau) : tolerance<float>(c.tau)) == "");
    }
  }
}

TEST_CASE("Published modules: Eigen and LibTorch agree in double to 1e-12", "[torch][zoo]") {
  for (const AnyCase& c : all_zoo_cases()) {
    if (c.compat != Compat::none && c.padded()) continue;  // Eigen has no padding
    INFO(c.in.title);
    const double allowed = c.tau >= 0.05 ? 1e-12 : 1e-10;
    CHECK(difference(c.on_eigen(c.in), array(scores(c)), {allowed, allowed}) == "");
  }
}

TEST_CASE("Published modules: padding changes no score and has gradient 0, whatever it holds", "[torch][zoo]") {
  for (const AnyCase& c : all_zoo_cases()) {
    if (!c.padded()) continue;
    INFO(c.in.title);
    const auto [zeros, zero_gradients] = with_gradients(c, 0);
    for (const double garbage : {std::nan(""), double{INFINITY}, -1e300}) {
      INFO("padding is " << garbage);
      const auto [s, gradients] = with_gradients(c, garbage);
      CHECK(same(s, zeros));
      for (const auto& [name, gradient] : zero_gradients) CHECK(gradients.at(name).values == gradient.values);
      CHECK(gradient_of_padding(gradients.at("image"), c.in.region_lengths) == 0);
      CHECK(gradient_of_padding(gradients.at("words"), c.in.word_lengths) == 0);
    }
    if (c.compat == Compat::counts) continue;
    // A mask alone: what embeddings leave behind the lengths is not zero.
    const auto [masked, gradients] = with_gradients(c, 3, true);
    CHECK(difference(array(masked), c.reference(c.in), tolerance<double>(c.tau)) == "");
    CHECK(gradient_of_padding(gradients.at("image"), c.in.region_lengths) == 0);
    CHECK(gradient_of_padding(gradients.at("words"), c.in.word_lengths) == 0);
    for (const auto& [name, gradient] : zero_gradients) {
      CHECK(difference(gradients.at(name), gradient, {1e-11 / c.tau, 1e-11 / c.tau}) == "");
    }
  }
}

TEST_CASE("Published modules: scores of image i and caption t depend on these two alone", "[torch][zoo]") {
  for (const AnyCase& c : all_zoo_cases()) {
    INFO(c.in.title);
    const Tolerance allowed{1e-12 / c.tau, 1e-11 / c.tau};
    const Array whole = array(scores(c));
    const Index n_images = whole.size(0), n_texts = whole.size(1);

    ZooInput some = c.in;  // another order, some of them twice
    const std::vector<Index> i{n_images - 1, 0, n_images - 1}, t{1, 0, n_texts - 1, 0};
    some.image = chosen(c.in.image, i), some.region_lengths = chosen(c.in.region_lengths, i);
    some.more = chosen(c.in.more, i);
    some.words = chosen(c.in.words, t), some.word_lengths = chosen(c.in.word_lengths, t);
    Array expected({3, 4});
    for (std::size_t a = 0; a < i.size(); ++a) {
      for (std::size_t b = 0; b < t.size(); ++b) expected.at(a, b) = whole.at(i[a], t[b]);
    }
    CHECK(difference(array(scores(c, some)), expected, allowed) == "");

    for (const mgan::Tile tile : {mgan::Tile{1, 1}, {2, 0}, {0, 2}, {100, 1}}) {
      CHECK(difference(array(scores(c, c.in, tile)), whole, allowed) == "");
    }
    const at::Tensor pair = c.first_pair(c.in);
    CHECK(pair.dim() == 0);
    CHECK(std::abs(pair.item<double>() - whole.at(0, 0)) <=
          allowed.absolute + allowed.relative * std::abs(whole.at(0, 0)));
  }
}

TEST_CASE("Published modules on cosines do not see the length of a vector", "[torch][zoo]") {
  for (const AnyCase& c : all_zoo_cases()) {
    if (c.sees_length || c.has("nearly zero")) continue;
    INFO(c.in.title);
    ZooInput scaled = c.in;
    for (double& x : scaled.image.values) x *= 32;
    for (double& x : scaled.words.values) x *= 0x1.0p-6;
    CHECK(difference(array(scores(c, scaled)), array(scores(c)), {1e-12 / c.tau, 1e-11 / c.tau}) == "");
  }
}

TEST_CASE("Published modules: autograd agrees with central differences of the naive loops", "[torch][zoo]") {
  for (const AnyCase& c : all_zoo_cases()) {
    const bool smooth = c.in.title.ends_with(", plain") || c.in.title.ends_with(", ragged") || c.has("one word");
    if (!smooth || c.has("one dimension")) continue;  // no ties
    INFO(c.in.title);
    const Outputs actual = with_gradients(c).second;
    const Outputs cotangents = random_cotangents({{"scores", c.reference(c.in)}}, 3);
    ZooInput moved = c.in;
    moved.constants = {{"image", c.in.image}, {"words", c.in.words}};
    const auto check = [&](const std::string& name, Array& leaf) {
      INFO(name);
      const auto objective = [&](const Array& x) {
        leaf = x;
        const Array s = c.reference(moved);
        double sum = 0;
        for (std::size_t n = 0; n < s.values.size(); ++n) sum += cotangents.at("scores").values[n] * s.values[n];
        return sum;
      };
      const Array kept = leaf;
      const auto expected = reference::numerical_gradient(objective, kept, 1e-2 * std::min(c.tau, 0.2));
      leaf = kept;
      CHECK(difference(actual.at(name), expected.value, {1e-8 + 10 * expected.error, 1e-7}) == "");
      CHECK(expected.error < 1e-5);  // else the central differences are not to be trusted
    };
    check("image", moved.image);
    check("words", moved.words);
    for (auto& [name, weight] : moved.weights) {
      CHECK(actual.contains(name) != is_state(name));
      if (!is_state(name)) check(name, weight);
    }
  }
}

// --- Ties, zero vectors, forms of a context

TEST_CASE("Published modules: the gradient of a maximum goes to the first of the largest alone", "[torch][zoo]") {
  const auto gradient = [](const auto& module) {
    // Views 0 and 1 are equal, both on the caption's only one; view 2 is far from it.
    const at::Tensor text = torch_tensor(Array({1, 1, 2}, {1, 0.5}));
    const at::Tensor image = torch_tensor(Array({1, 3, 2}, {1, 0, 1, 0, -1, 1})).set_requires_grad(true);
    mgan::all_pairs(module, image, text).sum().backward();
    return array(image.grad());
  };
  const auto touched = [&](const auto& module) {
    std::vector<bool> out;
    const Array g = gradient(module);
    for (Index v = 0; v < 3; ++v) out.push_back(g.at(0, v, 0) != 0 || g.at(0, v, 1) != 0);
    return out;
  };
  const std::vector<bool> winner{true, false, false};
  CHECK(touched(mgan::MultiViewMax{}) == winner);
  CHECK(touched(mgan::ColBert{}) == winner);
  CHECK(touched(mgan::TeranMrSw{}) == winner);
  CHECK(touched(mgan::MaxSim<mgan::ImageToText, mgan::MaxPool>{}) == winner);
  CHECK(touched(mgan::ChanTha<>{}) == std::vector<bool>{true, true, true});
}

TEST_CASE("Published modules: gradients at zero vectors are finite", "[torch][zoo]") {
  for (const AnyCase& c : all_zoo_cases()) {
    if (!c.has("length zero")) continue;
    INFO(c.in.title);
    for (const auto& [name, gradient] : with_gradients(c).second) {
      INFO(name);
      for (const double g : gradient.values) CHECK(std::isfinite(g));
      if (name == "image" && !c.sees_length) {
        CHECK(gradient.row(0, 1) == Vector{0, 0, 0});  // a zero vector has cosine 0, whatever is next to it
      }
    }
  }
}

TEST_CASE("The Gram form of a context's length is the direct one to 1e-12 times its cancellation", "[torch][zoo]") {
  Random random(21);
  for (const double apart : {1.0, 1e-1, 1e-2, 1e-3, 1e-4}) {  // contexts of length `apart`, made of tokens of length 1
    INFO("apart " << apart);
    Array tokens = random.normal({1, 4, 6}, apart), queries = random.normal({1, 1, 6});
    const Array base = random.normal({2, 6});
    for (Index s = 0; s < 4; ++s) {  // w is nearly uniform: two pairs that cancel
      for (Index d = 0; d < 6; ++d) tokens.at(0, s, d) += (s % 2 ? -1 : 1) * base.at(s / 2, d);
      if (apart < 1) tokens.set_row(reference::unit(tokens.row(0, s)), 0, s);
    }
    const at::Tensor x = torch_tensor(tokens), q = torch_tensor(queries);
    Vector sum(6, 0.0);
    double lengths = 0;
    for (Index s = 0; s < 4; ++s) {
      lengths += reference::length(tokens.row(0, s)) / 4;
      for (Index d = 0; d < 6; ++d) sum[static_cast<std::size_t>(d)] += tokens.at(0, s, d) / 4;
    }
    const double cancellation = std::pow(lengths / reference::length(sum), 2);
    if (apart < 1) CHECK(cancellation > 0.01 / (apart * apart));
    const auto agree = [&](auto module, const at::Tensor& image, const at::Tensor& words) {
      module.contexts = mgan::ContextLength::gram;
      const double gram = mgan::all_pairs(module, image, words).template item<double>();
      module.contexts = mgan::ContextLength::direct;
      const double direct = mgan::all_pairs(module, image, words).template item<double>();
      CHECK(std::abs(gram - direct) <= 1e-12 * cancellation * std::max(1.0, std::abs(direct)));
    };
    // Softmaxes so flat that every weight is 1/4.
    using A = mgan::ScanAggregate;
    agree(mgan::ScanTextToImage{1e-9, 6, A::mean}, x, q);
    agree(mgan::ScanImageToText{1e-9, 6, A::mean}, q, x);
    agree(mgan::Naaf{-2, 1e-9}, x, q);
    agree(mgan::VisualSemanticAttention<mgan::MeanPool>{{}, 1e9}, q, x);
  }
}

TEST_CASE("Naaf: a match at the threshold is no match, on LibTorch as on Eigen", "[torch][zoo]") {
  const at::Tensor one = torch_tensor(Array({1, 1, 2}, {1, 0}));
  const auto score = [&](const mgan::Naaf& f) { return mgan::all_pairs(f, one, one).item<double>(); };
  CHECK(score({0.5}) == Approx(2));
  CHECK(score({1.0}) == Approx(1));
  CHECK(score({1.5}) == Approx(0.5));
}

TEST_CASE("Contexts: Gram form where there are no more sources than dimensions", "[torch][zoo]") {
  const auto form = [](Index sources, Index width) {
    return mgan::attended_tokens(at::zeros({sources, width}, at::kDouble)).uses_gram();
  };
  CHECK(form(3, 4));
  CHECK(form(4, 4));
  CHECK(!form(5, 4));
}

// --- What published code makes of padding

TEST_CASE("Compat variants: the padding of a batch changes scores that the default leaves alone", "[torch][zoo]") {
  // Every cosine is near -1: a 0 that competes in a maximum shows.
  Random random(31);
  const at::Tensor axis = torch_tensor(random.normal({8}));
  const at::Tensor image = 0.05 * torch_tensor(random.normal({3, 4, 8})) - axis;
  const at::Tensor words = 0.05 * torch_tensor(random.normal({5, 6, 8})) + axis;
  const at::Tensor lengths = torch_lengths({6, 6, 6, 6, 6});
  const auto with_columns = [&](Index more) {  // the same captions in a batch whose longest has 6 + more words
    const at::Tensor padded = at::zeros({5, 6 + more, 8}, at::kDouble);
    padded.narrow(1, 0, 6).copy_(words);
    return mgan::ragged(padded, lengths);
  };
  const auto moves = [&](const auto& module, Index more) {
    const at::Tensor s = mgan::all_pairs(module, image, with_columns(more));
    return (s - mgan::all_pairs(module, image, words)).abs().max().template item<double>();
  };
  const auto check = [&](const std::string& name, const auto& standard, const auto& compat, double apart = 1e-12) {
    INFO(name);
    const auto difference = mgan::all_pairs(standard, image, words) - mgan::all_pairs(compat, image, words);
    CHECK(difference.abs().max().template item<double>() <= apart);  // without padding they agree
    CHECK(moves(standard, 4) == Approx(0).margin(1e-14));
    CHECK(moves(compat, 4) > 1e-9);
  };
  check("TI", mgan::TokenInteraction{}, mgan::TokenInteractionCompat{});
  CHECK(moves(mgan::TokenInteractionCompat{}, 1) > 0.4);  // max(-1, 0), on one of two sides
  CHECK(moves(mgan::TeranMrSwCompat{}, 4) < 1e-12);  // over words the maximum is taken of regions, without padding here
  check("FILIP", mgan::Filip{}, mgan::FilipCompat{});
  CHECK(moves(mgan::FilipCompat{}, 8) > moves(mgan::FilipCompat{}, 1));
  check("CHAN VSA", mgan::VisualSemanticAttention<>{},
        mgan::VisualSemanticAttention<>{.padding = mgan::AttentionPadding::minus_one});
  auto wti = mgan::WeightedTokenInteraction<at::Tensor>::create(8);
  mgan::initialize(wti, 3);
  mgan::visit_parameters(wti, [](const std::string&, at::Tensor& w) { w = w.to(at::kDouble); });
  check("WTI", wti, mgan::WeightedTokenInteractionCompat<at::Tensor>{wti.text, wti.image});
  auto ucofia = mgan::ucofia_alignment<at::Tensor>(4, 10);
  mgan::visit_parameters(ucofia, [](const std::string&, at::Tensor& w) { w = w.to(at::kDouble); });
  check("UCoFiA", ucofia, mgan::IgnorePadding<mgan::PatchAlignment<at::Tensor>>{ucofia});
  // x / (|x| + 1e-8) in place of x / max(|x|, 1e-12) moves cosines by 1e-8 / |x|, which beta = 0.1 multiplies by ten.
  check("CHAN THA with 0 for padding", mgan::ChanTha<>{},
        mgan::MaxSim<mgan::ImageToText, mgan::LogSumExpPool, mgan::CosinePlusEpsilon, mgan::PaddingFilled<0>>{}, 1e-6);
  CHECK(moves(mgan::ChanThaCompat<>{}, 4) <= 1e-6);  // -1 never wins against a cosine, but where all are -1
}

TEST_CASE("TERAN's published zero hides a word that no region likes, in images with fewer regions", "[torch][zoo]") {
  const auto image = mgan::ragged(torch_tensor(Array({2, 2, 2}, {1, 0, 0, 0, 1, 0, 0, 1})), torch_lengths({1, 2}));
  const at::Tensor words = torch_tensor(Array({1, 1, 2}, {-3, 0}));
  CHECK(array(mgan::all_pairs(mgan::TeranMrSw{}, image, words)).values == Vector{-3, 0});
  CHECK(array(mgan::all_pairs(mgan::TeranMrSwCompat{}, image, words)).values == Vector{0, 0});
}
