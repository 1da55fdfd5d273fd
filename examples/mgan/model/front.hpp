// What stands between batches and the matcher: encoders that are trained with it, or features of published ones.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "app/config.hpp"
#include "data/batches.hpp"
#include "mgan/encoders/standardization.hpp"
#include "mgan/encoders/text_transformer.hpp"
#include "mgan/encoders/vision_transformer.hpp"

namespace program {

using mgan::encoders::Standardization;

/// Of I images: regions (I, R, d_r) and tokens (I, 1+M, d_p), undefined where there are no pictures.
struct ImageInputs {
  at::Tensor regions, tokens;
};

/// Pictures through an image encoder that is trained with the matcher; regions are pixels, or pooled from its tokens.
struct PixelFront {
  mgan::encoders::VisionTransformer vision;
  bool pooled = false, bf16 = false;

  ImageInputs operator()(const ImageBatch& images) const;

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("vision", self.vision);
  }
};

/// Features as they come, standardized.
struct FeatureFront {
  Standardization cls, patches, regions;

  ImageInputs operator()(const ImageBatch& images) const;

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("published.cls", self.cls);
    f("published.patches", self.patches);
    f("published.regions", self.regions);
  }
};

/// Ids through a text encoder that is trained with the matcher.
struct IdFront {
  mgan::encoders::TextTransformer language;
  bool bf16 = false;

  at::Tensor operator()(const CaptionBatch& captions) const;  // (T, n, d_w)

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("language", self.language);
  }
};

/// States of a published text encoder, through its last layer where that is tuned.
struct StateFront {
  std::vector<mgan::encoders::TextLayer> tuned;  // one or none
  Standardization words;
  bool bf16 = false;

  at::Tensor operator()(const CaptionBatch& captions) const;  // (T, n, d_w)

  template <class Self, class F>
  static void visit(Self& self, F&& f) {
    f("published.tuned", self.tuned);
    f("published.words", self.words);
  }
};

}  // namespace program
