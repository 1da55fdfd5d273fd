// Checks without autograd: on Eigen, and on a tensor type that has nothing but its thirty lines.
#include "mgan/alignment/global_alignment.hpp"
#include "mgan/alignment/max_sim.hpp"
#include "mgan/alignment/naaf.hpp"
#include "mgan/alignment/patch_alignment.hpp"
#include "mgan/alignment/region_alignment.hpp"
#include "mgan/alignment/scan.hpp"
#include "mgan/backend/eigen.hpp"
#include "mgan/testing.hpp"
#include "tests/support/catch.hpp"

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Catch::Matchers::ContainsSubstring;

namespace {

template <class X>
std::vector<X> samples(const std::vector<mgan::Shape>& shapes, std::uint64_t seed) {
  std::vector<X> out;
  for (const mgan::Shape& shape : shapes)
    out.push_back(mgan::detail::make_tensor<X>(mgan::random_numbers(shape, seed++)));
  return out;
}
const std::vector<Matrix> images = samples<Matrix>({{4, 6}, {4, 6}, {4, 6}}, 1);
const std::vector<Matrix> captions = samples<Matrix>({{3, 6}, {1, 6}, {5, 6}, {2, 6}}, 10);

/// A module with a state of its own that grows with every call: no pair is what it was.
struct Forgetful {
  mutable double calls = 0;
  double operator()(const Matrix& image, const Matrix& text) const { return image(0, 0) * text(0, 0) + 1e-6 * calls++; }
};
/// Not a cosine.
struct RawProduct {
  double operator()(const Matrix& image, const Matrix& text) const { return image.row(0).dot(text.row(0)); }
};

/// A tensor type of single precision alone, which says nothing about it.
struct Single {
  mgan::Shape shape;
  std::vector<float> numbers;
  explicit operator double() const { return static_cast<double>(numbers.at(0)); }
};
struct single_ops {
  static mgan::Shape shape(const Single& x) { return x.shape; }
  static mgan::HostArray to_host(const Single& x) { return {x.shape, {x.numbers.begin(), x.numbers.end()}}; }
  static void assign(Single& x, const mgan::HostArray& numbers) {
    for (std::size_t i = 0; i < x.numbers.size(); ++i) x.numbers[i] = static_cast<float>(numbers.values[i]);
  }
  static bool all_finite(const Single&) { return true; }
  static void check_same_kind(const char*, const char*, const Single&, const Single&) {}
  static Single make_matrix(std::int64_t rows, std::int64_t columns, double fill) {
    return {{rows, columns}, std::vector<float>(static_cast<std::size_t>(rows * columns), static_cast<float>(fill))};
  }
  static Single normalize(Single x) {
    const float length = std::sqrt(dot(x, x).numbers[0]);
    for (float& v : x.numbers) v /= length;
    return x;
  }
  static Single dot(const Single& x, const Single& y) {
    float sum = 0;
    for (std::size_t i = 0; i < x.numbers.size(); ++i) sum += x.numbers[i] * y.numbers[i];
    return {{}, {sum}};
  }
};

}  // namespace

template <>
struct mgan::tensor_traits<Single> {
  using ops = single_ops;
  using matrix = Single;
  using vector = Single;
};
static_assert(mgan::primitives::Numbers<Single> && !mgan::primitives::Arithmetic<Single>);

TEST_CASE("A type of single precision is judged as one", "[testing]") {
  std::vector<Single> vectors;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const mgan::HostArray numbers = mgan::random_numbers({6}, seed);
    vectors.push_back({{6}, {numbers.values.begin(), numbers.values.end()}});
  }
  CHECK(mgan::detail::kept_precision(vectors[0]) == "F32");
  const auto result = mgan::check_backends<Vector>(mgan::GlobalAlignment{}, vectors, vectors);
  INFO(result.message());
  CHECK(result);
  CHECK(result.actual_is == "your tensor type");
  CHECK(result.expected_is == "Eigen");
  CHECK(result.error > 1e-9);
  CHECK(result.allowed < 2e-4);
  const auto lists = samples<Eigen::VectorXf>({{6}, {6}, {6}}, 30);
  CHECK(mgan::detail::coarser("F64", "F32") == "F32");
  CHECK(mgan::detail::kept_precision(lists[0]) == "F32");
  CHECK(mgan::detail::kept_precision(images[0]) == "F64");
}

TEST_CASE("Modules of the library have the properties of an alignment on Eigen", "[testing]") {
  const auto good = [](const mgan::CheckResult& result) {
    INFO(result.message());
    CHECK(result);
    CHECK(result.error <= result.allowed);
    CHECK(result.compared >= 40);
  };
  const mgan::Properties cosines{.positive_scale = true};
  auto patches = mgan::PatchAlignment<Matrix>::create(4, 8, 0.1);
  good(mgan::check_properties(patches, images, captions, cosines));
  auto regions = mgan::RegionAlignment<Matrix>::create(6, {{4}, {3}, {1}, 2}, 2);
  mgan::initialize(regions, 1);
  good(mgan::check_properties(regions, images, captions));
  good(mgan::check_properties(mgan::Filip{}, images, captions, cosines));
  good(mgan::check_properties(mgan::TeranMrSw{}, images, captions));
  good(mgan::check_properties(mgan::ScanTextToImage{}, images, captions));
  good(mgan::check_properties(mgan::Naaf{}, images, captions, cosines));
  const auto vectors = samples<Vector>({{6}, {6}, {6}}, 30);
  good(mgan::check_properties(mgan::GlobalAlignment{}, vectors, vectors, cosines));
}

TEST_CASE("A module that is wrong is found, and the message says where", "[testing]") {
  const auto forgetful = mgan::check_properties(Forgetful{}, images, captions);
  CHECK_FALSE(forgetful);
  CHECK_THAT(forgetful.message(), ContainsSubstring("permutation of images: FAILED"));
  CHECK_THAT(forgetful.message(), ContainsSubstring("worst scores("));

  CHECK(mgan::check_properties(RawProduct{}, images, captions));
  const auto scaled = mgan::check_properties(RawProduct{}, images, captions, {.positive_scale = true});
  CHECK_FALSE(scaled);
  CHECK(scaled.check == "scale of images");
  CHECK(scaled.actual == Approx(4 * scaled.expected));
  CHECK(scaled.message().find('\n') == std::string::npos);
}

TEST_CASE("What cannot be checked is said", "[testing]") {
  const std::vector<Matrix> one(1, images[0]);
  CHECK_THROWS_WITH(mgan::check_properties(mgan::Filip{}, one, captions), ContainsSubstring("1 images and 4 texts"));
  CHECK_THROWS_WITH(mgan::check_properties(mgan::Filip{}, images, captions, {true, false, false, false}),
                    ContainsSubstring("nothing was asked for"));
  CHECK_THROWS_WITH(mgan::tolerance(mgan::Compared::values, "BF16", 0.05), ContainsSubstring("are not judged"));
}

TEST_CASE("The table of tolerances", "[testing]") {
  using mgan::Compared;
  CHECK(mgan::tolerance(Compared::twice, "F64").allowed(3) == Approx(3e-12));
  CHECK(mgan::tolerance(Compared::twice, "F64", 0.1).allowed(0.1) == Approx(1e-12));
  CHECK(mgan::tolerance(Compared::twice, "F64", 0.05).allowed(1) == Approx(1.1e-9));
  CHECK(mgan::tolerance(Compared::values, "F64").allowed(1) == Approx(1.1e-9));
  CHECK(mgan::tolerance(Compared::values, "F32").allowed(1) == Approx(1.2e-4));
  CHECK(mgan::tolerance(Compared::values, "F32", 0.01).allowed(1) == Approx(2e-3));
  CHECK(mgan::tolerance(Compared::values, "BF16", 0.1).allowed(1) == Approx(4e-2));
  CHECK(mgan::tolerance(Compared::gradients, "F64", 0.01).allowed(1) == Approx(1.1e-7));
}

TEST_CASE("Results: NaN is the worst, an exact zero is exact, shapes that differ fail", "[testing]") {
  mgan::CheckResult result{"x", "a", "b"};
  result.compare("w", {0}, 1, 1, 0);
  CHECK(result);
  result.compare("w", {1}, NAN, NAN, 0);
  CHECK(result);
  result.compare("w", {2}, 1e-300, 0, 0);
  CHECK_FALSE(result);
  CHECK(result.index == mgan::Shape{2});
  result.compare("w", {3}, NAN, 0, 1);
  result.compare("w", {4}, 5, 0, 1);
  CHECK(result.compared == 5);
  mgan::CheckResult shapes{"x", "a", "b"};
  shapes.compare("w", mgan::HostArray{{2}, {1, 2}}, mgan::HostArray{{1}, {1}}, {});
  CHECK_FALSE(shapes);
  CHECK_THAT(shapes.message(), ContainsSubstring("w is (2) by a and (1) by b"));
}

TEST_CASE("A twin has the settings and the weights", "[testing]") {
  auto align = mgan::PatchAlignment<Matrix>::create(4, 8, 0.05);
  align.convention = mgan::Convention::row;
  align.A2(1, 2) = 0.25;
  const auto single = mgan::twin_of<Eigen::MatrixXf, Matrix>(align);
  static_assert(std::is_same_v<decltype(single), const mgan::PatchAlignment<Eigen::MatrixXf>>);
  CHECK(single.temperature == 0.05);
  CHECK(single.convention == mgan::Convention::row);
  CHECK(single.A2(1, 2) == 0.25F);
  CHECK(single.A1.isIdentity());

  auto regions = mgan::RegionAlignment<Matrix>::create(6, {{4, 3}, {3, 1}, {1, 1}, 2}, 2);
  mgan::initialize(regions, 1);
  const auto other = mgan::twin_of<Eigen::MatrixXf, Matrix>(regions);
  CHECK(other.views.conv.size() == 2);
  CHECK(other.sentence.heads == 2);
  CHECK(mgan::count_parameters(other) == mgan::count_parameters(regions));
}
