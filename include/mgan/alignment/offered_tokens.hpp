// What a module that asks for more than tokens is given, and how a matcher offers it.
#pragma once

#include "mgan/alignment/contract.hpp"

namespace mgan {

/// For `wants_boxes`: regions of an image, and where they are.
template <class Tokens, class Boxes, class Sizes>
struct RegionTokens {
  Tokens tokens;      // (..., R, D)
  Boxes boxes;        // (..., R, 4), x1 y1 x2 y2 in pixels
  Sizes image_sizes;  // (..., 2), W H

  template <class F>
  auto map(const F& f) const {
    return mgan::RegionTokens{map_state(tokens, f), f(boxes), f(image_sizes)};
  }
  decltype(auto) first_tensor() const { return mgan::first_tensor(tokens); }
};
template <class Tokens, class Boxes, class Sizes>
RegionTokens(Tokens, Boxes, Sizes) -> RegionTokens<Tokens, Boxes, Sizes>;

/// For `wants_graph`: tokens of a side, and the vector of its graph.
template <class Tokens, class Graph>
struct GraphTokens {
  Tokens tokens;  // (..., n, D)
  Graph graph;    // (..., G)

  template <class F>
  auto map(const F& f) const {
    return mgan::GraphTokens{map_state(tokens, f), f(graph)};
  }
  decltype(auto) first_tensor() const { return mgan::first_tensor(tokens); }
};
template <class Tokens, class Graph>
GraphTokens(Tokens, Graph) -> GraphTokens<Tokens, Graph>;

template <class M>
concept WantsGlobal = requires {
  requires M::wants_global;
};
template <class M>
concept WantsBoxes = requires {
  requires M::wants_boxes;
};
template <class M>
concept WantsGraph = requires {
  requires M::wants_graph;
};

}  // namespace mgan
