// Two graphs, of regions by their boxes and of words, whose nodes carry how well they match the other side.
//
//     m: cosines with what a node attends to, block by block (alignment/block_matches.hpp), both ways
//     omega_ijk: how regions lie to each other, K Gaussians (alignment/box_graph.hpp);    M_ik = sum_j omega_ijk
//     neighbours "self":  h_i = concat_k conv.k(M_ik m_i),               h_l = concat_k conv.k(m_l)
//     neighbours "all":   h_i = concat_k conv.k(sum_j omega_ijk m_j),    h_l = concat_k conv.k(sum_j P_lj m_j)
//                         P = softmax_j(lambda t_l . t_j)
//     S_side = mean over nodes of score(tanh(hidden(h))),     S = S_image + S_text, not bounded
//
// GSMN (Liu et al., CVPR 2020; CrossmodalGroup/GSMN). "self" is what its code executes: its tensor of neighbours
// repeats the node itself, so that dense and sparse graphs of words are one function. "all" is the paper's propagation
// with the code's weights. Its code divides the boxes by the image's size in place, at every access anew: not
// reproduced.
#pragma once

#include <utility>
#include <vector>

#include "mgan/alignment/block_matches.hpp"
#include "mgan/alignment/box_graph.hpp"
#include "mgan/alignment/offered_tokens.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/nn/weight_normed_linear.hpp"

namespace mgan {

/// Whose matches reach a node.
enum class Neighbours {
  self,  ///< its own alone: the published code, and the default
  all,   ///< those of all nodes of its graph: the paper
};

/// One side: nodes (..., n, D) by blocks, and what their graph is kept as.
template <class Nodes, class X>
struct GraphNodes {
  Nodes nodes;
  X graph;  // image: (..., R, H), M_ik in H / K columns each, or (..., R, K R), omega; text: (..., L, L), or unused

  template <class F>
  auto map(const F& f) const {
    auto mapped = nodes.map(f);
    return GraphNodes<decltype(mapped), decltype(f(graph))>{std::move(mapped), f(graph)};
  }
  decltype(auto) first_tensor() const { return nodes.first_tensor(); }
};
template <class Nodes, class X>
GraphNodes(Nodes, X) -> GraphNodes<Nodes, X>;

/// The layers behind a graph: h (..., n, H) -> (...).
template <Tensor T>
struct NodeScore {
  WeightNormedLinear<T> hidden;  // (H, H)
  WeightNormedLinear<T> output;  // "score": (1, H)

  static NodeScore create(std::int64_t width) {
    return {WeightNormedLinear<T>::create(width, width), WeightNormedLinear<T>::create(width, 1)};
  }
  template <Tensor X, class Mask>
  auto operator()(const X& h, const Mask& real) const {
    const auto seen = tanh(hidden(type_as(h, hidden.direction)));     // (..., n, H)
    const auto mean_node = mean(transpose(seen), real);               // (..., H); score is affine
    return sum(widen(output(type_as(mean_node, output.direction))));  // (...), of one number
  }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("hidden", self.hidden);
    f("score", self.output);
  }
};

template <Tensor T>
struct RegionGraph {
  BoxGaussians<T> gaussians;
  std::vector<Projection<T>> conv;  // K of (H / K, B)
  NodeScore<T> score;

  void initialize(WeightGenerator& generator) {
    gaussians.initialize(generator);
    for (auto& layer : conv) layer.initialize(generator);
    score.hidden.initialize(generator);
    score.output.initialize(generator);
  }
  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    BoxGaussians<T>::visit(self.gaussians, f);
    f("conv", self.conv);
    NodeScore<T>::visit(self.score, f);
  }
};
template <Tensor T>
struct WordGraph {
  std::vector<Linear<T>> conv;  // K of (H / K, B)
  NodeScore<T> score;

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("conv", self.conv);
    NodeScore<T>::visit(self.score, f);
  }
};

/// RegionTokens, regions (..., R, D) with boxes (..., R, 4) and image sizes (..., 2), against words (..., L, D), either
/// masked if it is padded -> (...).
template <Tensor T>
struct Gsmn {
  static constexpr bool wants_boxes = true;

  RegionGraph<T> image;
  WordGraph<T> text;
  std::int64_t blocks = 16;  // B
  double lambda_softmax = 20;
  Neighbours neighbours = Neighbours::self;

  static Gsmn create(std::int64_t blocks = 16, std::int64_t kernels = 8, std::int64_t hidden = 32) {
    require(blocks >= 1 && kernels >= 1 && hidden >= 1 && hidden % kernels == 0, "Gsmn: ", blocks, " blocks, ", kernels,
            " kernels, ", hidden, " hidden, expected at least 1 each and kernels that divide hidden");
    Gsmn f{{BoxGaussians<T>::create(kernels), {}, NodeScore<T>::create(hidden)},
           {{}, NodeScore<T>::create(hidden)},
           blocks};
    for (std::int64_t k = 0; k < kernels; ++k) {
      f.image.conv.push_back(Projection<T>::create(blocks, hidden / kernels));
      f.text.conv.push_back(Linear<T>::create(blocks, hidden / kernels));
    }
    return f;
  }

  /// Throws for boxes that are not there, of another shape or not finite.
  template <class Rows, Tensor Boxes, Tensor Sizes>
  auto prepare_image(const RegionTokens<Rows, Boxes, Sizes>& regions) const {
    auto nodes = prepared("image", regions.tokens);
    Shape expected = shape(regions.tokens);
    expected.back() = 4;
    check_shape("Gsmn", "boxes", regions.boxes, expected);
    expected.resize(expected.size() - 2);
    expected.push_back(2);
    check_shape("Gsmn", "image_sizes", regions.image_sizes, expected);
    const auto& real = mask(nodes.tokens);
    const std::int64_t R = axis(nodes.tokens, 2), K = image.gaussians.count();
    const auto pairs = polar_pairs("Gsmn", to_host(regions.boxes), to_host(regions.image_sizes), on_host(real), K);
    const auto omega = image.gaussians(pairs, R, values(nodes.tokens));  // R of (..., K, R)
    auto graph = neighbours == Neighbours::self ? in_all(omega, real) : of_each(omega, real);
    return GraphNodes{std::move(nodes), std::move(graph)};
  }
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    auto nodes = prepared("words", words);
    const auto& t = values(nodes.tokens);  // (..., L, D)
    auto graph = neighbours == Neighbours::self ? columns(t, 0, 1)
                                                : softmax(scale(inner(t, t), lambda_softmax), mask(nodes.tokens));
    return GraphNodes{std::move(nodes), std::move(graph)};
  }

  template <class X, class Y>
  auto score(const X& regions, const Y& words) const {
    return with_matches(regions, words, [&](const auto& m_v, const auto& m_t) {
      return add(image_score(m_v, regions), text_score(m_t, words));  // (...)
    });
  }
  /// The image's summand of the score -> (...).
  template <class X, class Y>
  auto score_of_image(const X& regions, const Y& words) const {
    return with_matches(regions, words, [&](const auto& m_v, const auto&) { return image_score(m_v, regions); });
  }

  template <class Regions, Tokens Y>
  auto operator()(const Regions& regions, const Y& words) const {
    return score(prepare_image(regions), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("image", self.image);
    f("text", self.text);
  }

 private:
  static std::vector<double> on_host(NoMask) { return {}; }
  template <Tensor Mask>
  static std::vector<double> on_host(const Mask& real) {
    return to_host(real).values;
  }

  template <Tokens X>
  auto prepared(const char* what, const X& x) const {
    check_positive("Gsmn", "lambda_softmax", lambda_softmax);
    const auto K = static_cast<std::size_t>(image.gaussians.count());
    require(image.conv.size() == K && text.conv.size() == K, "Gsmn: ", image.conv.size(), " and ", text.conv.size(),
            " convolutions for ", K, " Gaussians");
    check_rows("Gsmn", what, x);
    check_finite("Gsmn", what, x);
    return block_tokens("Gsmn", map_values(x, widen), blocks);
  }

  /// M_ik, in as many columns as conv.k has outputs: (..., R, H).
  template <class X, class Mask>
  auto in_all(const std::vector<X>& omega, const Mask& real) const {
    std::vector<decltype(sum(omega[0]))> of_nodes, all;
    for (const X& of_node : omega) of_nodes.push_back(sum(of_node, real));  // (..., K)
    const auto m = stack_columns(of_nodes);                                 // (..., K, R)
    const std::int64_t each = axis(image.conv[0].weight, 2);
    for (std::int64_t k = 0; k < image.gaussians.count(); ++k)
      for (std::int64_t h = 0; h < each; ++h) all.push_back(row(m, k));  // (..., R)
    return stack_columns(all);
  }
  /// omega_..k of all k beside each other: (..., R, K R).
  template <class X, class Mask>
  auto of_each(const std::vector<X>& omega, const Mask& real) const {
    std::vector<decltype(transpose(omega[0]))> all;
    for (std::int64_t k = 0; k < image.gaussians.count(); ++k) {
      std::vector<decltype(sum(omega[0]))> of_nodes;
      for (const X& of_node : omega) of_nodes.push_back(row(of_node, k));        // (..., R)
      all.push_back(fill_padding(transpose(stack_columns(of_nodes)), real, 0));  // (..., R, R)
    }
    return concat(all);
  }

  template <class X, class Y, class F>
  auto with_matches(const X& regions, const Y& words, const F& f) const {
    check_same_kind("Gsmn", "image and words", regions.graph, words.graph);
    require(axis(regions.nodes.tokens, 1) == axis(words.nodes.tokens, 1), "Gsmn: image is ",
            shape(regions.nodes.tokens), ", words are ", shape(words.nodes.tokens));
    return with_block_matches(regions.nodes, words.nodes, blocks, lambda_softmax, f);
  }
  template <Tensor M, class X>
  auto image_score(const M& m, const X& regions) const {
    std::vector<M> h;  // K of (..., R, H / K)
    const bool self = neighbours == Neighbours::self;
    if (self) {
      for (const auto& conv : image.conv) h.push_back(linear(m, conv.weight));
    } else {
      const auto omega = split_columns(regions.graph, image.gaussians.count());  // K of (..., R, R)
      for (std::size_t k = 0; k < omega.size(); ++k) h.push_back(linear(matmul(omega[k], m), image.conv[k].weight));
    }
    return image.score(self ? mul(concat(h), regions.graph) : concat(h), mask(regions.nodes.tokens));
  }
  template <Tensor M, class Y>
  auto text_score(const M& m, const Y& words) const {
    const M seen = neighbours == Neighbours::self ? m : matmul(words.graph, m);  // (..., L, B)
    std::vector<M> h;                                                            // K of (..., L, H / K)
    for (const auto& conv : text.conv) h.push_back(linear(seen, conv.weight, conv.bias));
    return text.score(concat(h), mask(words.nodes.tokens));
  }
};

}  // namespace mgan
