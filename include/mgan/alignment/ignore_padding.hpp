// A module that takes padding for tokens, as FILIP, UCoFiA and X-CLIP publish it: for comparison with their numbers. A
// pair's score then depends on the longest caption of its batch.
#pragma once

#include "mgan/alignment/contract.hpp"
#include "mgan/core/parameters.hpp"

namespace mgan {

/// Any module of the contract, blind to masks: whatever the padded rows hold counts (zeros
/// in batches made by `ragged`).
template <class Module>
struct IgnorePadding {
  Module module = {};

  template <Tokens X>
  auto prepare_image(const X& image) const {
    return mgan::prepare_image(module, values(image));
  }
  template <Tokens Y>
  auto prepare_text(const Y& words) const {
    return mgan::prepare_text(module, values(words));
  }
  template <class X, class Y>
  auto score(const X& image, const Y& words) const {
    return mgan::score(module, image, words);
  }
  template <Tokens X, Tokens Y>
  auto operator()(const X& image, const Y& words) const {
    return score(prepare_image(image), prepare_text(words));
  }

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    if constexpr (HasParameters<Module>) Module::visit(self.module, f);
  }
};

}  // namespace mgan
