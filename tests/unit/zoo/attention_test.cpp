#include "mgan/zoo/attention.hpp"

#include "tests/zoo/on_eigen.hpp"

TEMPLATE_TEST_CASE("The table's AttentionRows on Eigen are the naive loops'", "[zoo]", float, double) {
  zoo::check_on_eigen<mgan::zoo::AttentionRows, TestType>();
}

TEST_CASE("The table's AttentionRows refuse what is no number, an empty side and other widths", "[zoo]") {
  zoo::check_refusals<mgan::zoo::AttentionRows>();
}

TEST_CASE("A state that was stored tensor by tensor scores as it did, with and without a Gram matrix", "[zoo]") {
  using Matrix = Eigen::MatrixXd;
  using Vector = Eigen::VectorXd;
  const Matrix words = Matrix::Random(4, 3);
  const mgan::ScanTextToImage scan{};
  for (const int regions : {1, 2, 3, 7}) {  // more than 3 dimensions: no Gram matrix
    const auto image = mgan::prepare_image(scan, Matrix(Matrix::Random(regions, 3)));
    CHECK(image.uses_gram() == (regions <= 3));
    std::vector<Matrix> stored;
    mgan::map_state(image, [&](const auto& x) {
      stored.push_back(x);
      return x;
    });
    std::size_t next = 0;
    const auto restored = mgan::map_state(std::remove_const_t<decltype(image)>{}, [&]<class X>(const X&) {
      if constexpr (std::is_same_v<X, Vector>) return Vector(stored.at(next++).col(0));
      else return stored.at(next++);
    });
    const auto text = mgan::prepare_text(scan, words);
    CHECK(mgan::score(scan, restored, text) == mgan::score(scan, image, text));
  }
}
