// How a case loses its type: for the units of tests/torch/zoo.
#pragma once

#include "tests/support/eigen_side.hpp"
#include "zoo_any.hpp"

namespace support {

inline at::Tensor first(const at::Tensor& x) { return x.select(0, 0); }
inline mgan::Masked<at::Tensor> first(const mgan::Masked<at::Tensor>& x) { return {first(x.values), first(x.mask)}; }

/// More than tokens.
template <class X>
requires requires(const X& x) { x.first_tensor(); }
X first(const X& x) {
  return x.map([](const at::Tensor& t) { return first(t); });
}

/// A case has `in`, `reference`, `tau`, `compat`, `expected()`, and `with(side, f)`: f(module, image, words).
template <class Case>
AnyCase erased(const Case& c, bool sees_length) {
  const auto moved = [c](const ZooInput& in) {
    Case out = c;
    out.in = in;
    return out;
  };
  return {c.in,
          c.reference,
          c.tau,
          c.compat,
          sees_length,
          [moved](const ZooInput& in, TorchSide& side, mgan::Tile tile) {
            moved(in).with(side, [&](const auto& m, const auto& image, const auto& words) {
              const auto images = mgan::prepare_images(m, image);
              side.output("scores", mgan::score_all(m, images, mgan::prepare_texts(m, words), tile));
            });
            return side.results.at("scores");
          },
          [moved](const ZooInput& in) {
            at::Tensor out;
            TorchSide side;
            moved(in).with(side, [&](const auto& m, const auto& image, const auto& words) {
              out = m(first(image), first(words));
            });
            return out;
          },
          [moved](const ZooInput& in) {
            Case one = moved(in);
            EigenSide<double> side{one.expected()};
            one.with(side, [&](const auto& m, const auto& image, const auto& words) {
              side.output("scores", mgan::all_pairs(m, image, words));
            });
            return side.outputs().at("scores");
          }};
}

}  // namespace support
