// Refinements on Eigen against the naive loops, inside the embeddings too, and what they refuse.
#include "tests/support/cases/refinements.hpp"

#include "mgan/core/initialize.hpp"
#include "mgan/embedding/patch_embedding.hpp"
#include "mgan/embedding/region_embedding.hpp"
#include "mgan/embedding/text_embedding.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/eigen_side.hpp"

using namespace support;
using Matrix = Eigen::MatrixXd;
using Vec = Eigen::VectorXd;

TEMPLATE_TEST_CASE("Refinements are the naive loops'", "[refine]", float, double) {
  const auto check = [](const auto& cases) {
    for (const auto& c : cases) {
      INFO(c.title);
      CHECK(against_reference<TestType>(c) == "");
    }
  };
  check(GatedFusionCase::all());
  check(GraphAttentionCase::all());
  check(GatedSelfAttentionCase::all());
  check(VisualReasoningCase::all());
}

namespace {

/// A module with drawn weights.
template <class M>
M drawn(M module, std::uint64_t seed = 3) {
  mgan::initialize(module, seed);
  return module;
}
const Matrix features = Matrix::Random(3, 5);
const Matrix boxes{{0, 0, 4, 4}, {1, 2, 6, 9}, {3, 3, 10, 8}};
const Vec size{{10, 10}};

/// Doubles what it is given, or, where it is told of positions, adds them.
struct Doubled {
  template <class X>
  Matrix operator()(const X& tokens) const {
    return 2 * tokens;
  }
};
struct Placed {
  static constexpr bool wants_positions = true;
  Matrix operator()(const Matrix& tokens) const { return -tokens; }
  template <class Context>
  Matrix operator()(const Matrix& tokens, const Matrix& positions, const Context&) const {
    return tokens + positions;
  }
};

}  // namespace

TEST_CASE("A refinement stands behind the projection of an embedding", "[refine]") {
  const auto plain = drawn(mgan::RegionEmbedding<Matrix>::create(5, 4));
  const auto with = [&](auto refinement) {
    return mgan::RegionEmbedding<Matrix, decltype(refinement)>{plain.feature, plain.position, plain.normalization,
                                                               plain.positions, refinement};
  };
  const Matrix v_bar = plain(features, boxes, size);
  CHECK(with(Doubled{})(features, boxes, size) == 2 * v_bar);
  const Matrix v = plain.feature(features);
  CHECK(with(Placed{})(features, boxes, size).isApprox(v + v_bar.cwiseQuotient(v)));
  auto without_boxes = with(Placed{});
  without_boxes.positions = mgan::RegionPositions::none;
  CHECK(without_boxes(features, boxes, size) == -v);
  auto unit = with(Doubled{});
  unit.normalization = mgan::RegionNormalization::l2;  // before the positions, and once more behind the refinement
  CHECK(unit(features, boxes, size).rowwise().norm().isApproxToConstant(1));

  const auto patches = drawn(mgan::PatchEmbedding<Matrix>::create(5, 4));
  const auto tokens = patches(features);
  const auto doubled = mgan::PatchEmbedding<Matrix, Doubled>{patches.mlp, {}}(features);
  CHECK(doubled.patches == 2 * tokens.patches);
  CHECK(doubled.global == tokens.global);
  const auto text = drawn(mgan::TextEmbedding<Matrix>::create(5, 4));
  const auto refined = mgan::TextEmbedding<Matrix, Doubled>{text.projection, {}}(features);
  CHECK(refined.words == 2 * text(features).words);
  CHECK(refined.global == text(features).global);
}

TEST_CASE("An embedding with a refinement names its weights below its own", "[refine]") {
  const auto embedding = mgan::TextEmbedding<Matrix, mgan::GraphAttention<Matrix>>::create(
      5, 4, mgan::GraphAttention<Matrix>::create(4, 2));
  std::vector<std::string> names;
  mgan::visit_parameters(embedding, [&](const std::string& name, const auto&) { names.push_back(name); });
  CHECK(names.front() == "linear.weight");
  CHECK(std::count(names.begin(), names.end(), "refinement.attention_norm.weight") == 1);
}

TEST_CASE("New layers of VSRN change nothing but the scale", "[refine]") {
  const auto f = drawn(mgan::VisualReasoning<Matrix>::create(5));
  CHECK(f.gcn.size() == 4);
  CHECK(f(features).isApprox(features.colwise().normalized()));
}

TEST_CASE("Refinements refuse what is no number, an empty side, other widths and heads that do not divide",
          "[refine]") {
  const auto check = [](const auto& f, const std::string& name, const std::string& what) {
    INFO(name);
    CHECK_THROWS_WITH(f(Matrix(0, 4)), name + ": " + what + " has no rows: (0, 4)");
    CHECK_THROWS_WITH(f(Matrix::Ones(2, 5)), name + ": " + what + " is (2, 5), expected 4 columns");
    Matrix bad = Matrix::Ones(2, 4);
    bad(1, 2) = std::nan("");
    CHECK_THROWS_WITH(f(bad), name + ": " + what + "(1, 2) is nan");
  };
  auto graph = drawn(mgan::GraphAttention<Matrix>::create(4, 2));
  check(graph, "GraphAttention", "tokens");
  check(drawn(mgan::GatedSelfAttention<Matrix>::create(4, 2)), "GatedSelfAttention", "tokens");
  check(drawn(mgan::VisualReasoning<Matrix>::create(4)), "VisualReasoning", "regions");
  graph.heads.heads = 3;
  CHECK_THROWS_WITH(graph(Matrix::Ones(2, 4)), "MultiHeadAttention: 3 heads do not divide the width 4");
  CHECK_THROWS_WITH(mgan::GatedSelfAttention<Matrix>::create(4, 3),
                    "GatedSelfAttention: 3 heads do not divide the width 4");
  CHECK_THROWS_WITH(mgan::GatedSelfAttention<Matrix>::create(4, 2, 0),
                    "GatedSelfAttention: 0 layers, expected 1 or more");
  CHECK_THROWS_WITH(mgan::VisualReasoning<Matrix>{}(Matrix::Ones(2, 4)), "VisualReasoning: no layers");
  CHECK_THROWS_WITH(drawn(mgan::GatedSelfAttention<Matrix>::create(4, 2))(Matrix::Ones(2, 4), Matrix::Ones(3, 4)),
                    "GatedSelfAttention: positions is (3, 4), expected (2, 4)");
  CHECK_THROWS_WITH(mgan::GatedFusion<Matrix>::create(4)(Vec::Ones(4), Vec::Ones(3)),
                    "GatedFusion: first is (4), second is (3)");
}
