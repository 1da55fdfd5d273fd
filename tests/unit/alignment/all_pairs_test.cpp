// The contract of alignment modules, and the drivers over lists of samples.
#include "mgan/alignment/all_pairs.hpp"

#include "mgan/alignment/global_alignment.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using Matrix = Eigen::MatrixXd;
using Vec = Eigen::VectorXd;

namespace {

/// The least a module has to have.
struct Distance {
  double operator()(const Vec& image, const Vec& text) const { return -(image - text).norm(); }
};

/// Counts how often each side is prepared.
struct Counting {
  int *images, *texts;
  Vec prepare_image(const Vec& x) const { return ++*images, x; }
  std::tuple<Vec, Vec> prepare_text(const Vec& x) const { return ++*texts, std::tuple{x, Vec(2 * x)}; }
  double score(const Vec& image, const std::tuple<Vec, Vec>& text) const { return image.dot(std::get<1>(text)); }
};

const std::vector<Vec> images{Vec{{1, 2}}, Vec{{3, 4}}}, texts{Vec{{1, 0}}, Vec{{0, 1}}, Vec{{1, 1}}};

}  // namespace

TEST_CASE("all_pairs gives (images, texts), each side prepared once", "[alignment]") {
  int n_images = 0, n_texts = 0;
  const Matrix scores = mgan::all_pairs(Counting{&n_images, &n_texts}, images, texts);
  Matrix expected(2, 3);
  expected << 2, 4, 6, 6, 8, 14;
  CHECK(scores == expected);
  CHECK(n_images == 2);
  CHECK(n_texts == 3);
}

TEST_CASE("A module of operator() alone scores all pairs", "[alignment]") {
  const Matrix scores = mgan::all_pairs(Distance{}, images, texts);
  CHECK(scores(1, 2) == Approx(-std::sqrt(13)));
  CHECK(mgan::prepare_image(Distance{}, images[0]) == images[0]);
  CHECK(mgan::prepare_text(Distance{}, texts[0]) == texts[0]);
  CHECK(mgan::score(Distance{}, images[0], texts[0]) == Distance{}(images[0], texts[0]));
}

TEST_CASE("No images or no texts give an empty matrix", "[alignment]") {
  const std::vector<Vec> none;
  const Matrix no_images = mgan::all_pairs(mgan::GlobalAlignment{}, none, texts);
  const Matrix no_texts = mgan::all_pairs(mgan::GlobalAlignment{}, images, none);
  CHECK((no_images.rows() == 0 && no_images.cols() == 3));
  CHECK((no_texts.rows() == 2 && no_texts.cols() == 0));
}

TEST_CASE("States are mapped tensor by tensor", "[alignment]") {
  const auto twice = [](const Vec& x) { return Vec(2 * x); };
  const std::tuple state{Vec{{1, 2}}, std::tuple{Vec{{3}}}};
  const auto mapped = mgan::map_state(state, twice);
  CHECK(std::get<0>(mapped) == Vec{{2, 4}});
  CHECK(std::get<0>(std::get<1>(mapped))(0) == 6);
  CHECK(mgan::first_tensor(state) == Vec{{1, 2}});
}

TEST_CASE("A granularity is off by its type or at run time", "[alignment]") {
  struct Switch {
    bool on;
    bool enabled() const { return on; }
  };
  CHECK_FALSE(mgan::is_enabled(mgan::NoAlignment{}));
  CHECK(mgan::is_enabled(Distance{}));
  CHECK(mgan::is_enabled(Switch{true}));
  CHECK_FALSE(mgan::is_enabled(Switch{false}));
}
