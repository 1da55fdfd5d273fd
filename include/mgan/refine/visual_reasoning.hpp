// Reasoning over the regions of an image: the graph convolutions of VSRN (Li et al., ICCV 2019; KunpengLi1994/VSRN).
//
//     v <- v + BN(W_o ((query(v) key(v)^T / R) value(v)) + b_o)        no softmax; R is the number of real regions
//
// between two scalings, of every region or, as published, of every channel over the regions, to unit length. Without
// the first one the outputs grow with the third power of the input. BN's weight starts at 0: a new layer changes
// nothing. Cost a sample and layer: 8 R C D + 4 R^2 C.
#pragma once

#include <vector>

#include "mgan/nn/batch_norm.hpp"
#include "mgan/nn/linear.hpp"
#include "mgan/ops/arithmetic.hpp"
#include "mgan/ops/normalize.hpp"
#include "mgan/ops/rows.hpp"

namespace mgan {

/// What has unit length after a scaling.
enum class ScaledAxis {
  features,  ///< every region
  regions,   ///< every channel over the real regions: the published one
};

template <Tensor T>
struct ReasoningLayer {
  Linear<T> query, key, value;  // (C, D) each
  Linear<T> output;             // W_o: (D, C)
  BatchNorm<T> norm;            // (D)

  static ReasoningLayer create(std::int64_t width, std::int64_t inner) {
    const auto in = [&] { return Linear<T>::create(width, inner); };
    ReasoningLayer f{in(), in(), in(), Linear<T>::create(inner, width), BatchNorm<T>::create(width)};
    f.norm.weight = make_vector<T>(width);
    return f;
  }

  /// Regions (..., R, D) -> (..., R, D), zeros at padding.
  template <Tokens X, ContextOfUse Context>
  auto operator()(const X& regions, const Context& context) const {
    const auto& v = pack(regions);                                                                 // (W, D)
    const auto edges = inner(unpack(query(v), regions), unpack(key(v), regions));                  // (..., R, R)
    const auto messages = scale_rows(unpack(value(v), regions), one_over_count(regions));          // (..., R, C)
    const auto heard = map_values(regions, [&](const auto&) { return matmul(edges, messages); });  // (..., R, C)
    const auto sum = add(v, norm(output(pack(heard)), context));                                   // (W, D)
    return map_values(regions, [&](const auto& x) { return unpack(type_as(sum, x), regions); });
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("query", self.query);
    f("key", self.key);
    f("value", self.value);
    f("output", self.output);
    f("norm", self.norm);
  }

 private:
  /// 1/R at every real region, 0 at padding: a softmax of zeros. -> (..., R)
  template <Tokens X>
  static auto one_over_count(const X& regions) {
    const auto zeros = scale(detach(row(transpose(mask_rows(values(regions), mask(regions))), 0)), 0);  // (..., R)
    return type_as(softmax(zeros, mask(regions)), values(regions));
  }
};

template <Tensor T>
struct VisualReasoning {
  std::vector<ReasoningLayer<T>> gcn;
  bool scale_first = true;
  ScaledAxis scaled = ScaledAxis::regions;

  /// Four layers of C = D, as published.
  static VisualReasoning create(std::int64_t width, std::int64_t layers = 4) {
    require(layers > 0, "VisualReasoning: ", layers, " layers, expected 1 or more");
    VisualReasoning f;
    for (std::int64_t i = 0; i < layers; ++i) f.gcn.push_back(ReasoningLayer<T>::create(width, width));
    return f;
  }

  /// Regions (..., R, D), masked if they are padded -> (..., R, D), zeros at padding.
  template <Tokens X, ContextOfUse Context = Inference>
  auto operator()(const X& regions, const Context& context = {}) const {
    require(!gcn.empty(), "VisualReasoning: no layers");
    check_rows("VisualReasoning", "regions", regions, axis(gcn.front().query.weight, 1));
    check_finite("VisualReasoning", "regions", regions);
    auto v = gcn.front()(scale_first ? unit(regions) : unscaled(regions), context);
    for (std::size_t i = 1; i < gcn.size(); ++i) v = gcn[i](v, context);
    return unit(v);
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("gcn", self.gcn);
  }

 private:
  template <Tokens X>
  auto unit(const X& regions) const {
    return map_values(regions, [&](const auto& x) {
      const auto real = mask_rows(x, mask(regions));  // (..., R, D)
      using Owned = decltype(transpose(real));
      return scaled == ScaledAxis::features ? Owned(type_as(normalize(real), x))
                                            : Owned(type_as(transpose(normalize(transpose(real))), x));
    });
  }
  /// The regions in the type of scaled ones.
  template <Tokens X>
  static auto unscaled(const X& regions) {
    return map_values(regions, [](const auto& x) {
      using Owned = decltype(transpose(x));
      return Owned(x);
    });
  }
};

}  // namespace mgan
