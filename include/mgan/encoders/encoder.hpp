// What mgan asks of an encoder that was trained elsewhere. A type with these members is one; a row in hugging_face.hpp
// opens it by the model_type of its config.json.
#pragma once

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstdint>

#include "mgan/encoders/pixel_config.hpp"
#include "mgan/encoders/text_transformer.hpp"

namespace mgan::encoders {

/// Pictures (I, 3, S, S), normalised -> tokens (I, 1+M, d_p): [CLS], then M patches of an equal grid, row by row.
template <class E>
concept ImageEncoder = requires(const E& encoder, const at::Tensor& pictures) {
  { encoder(pictures) } -> std::convertible_to<at::Tensor>;
  { encoder.side() } -> std::convertible_to<std::int64_t>;            // S, pixels
  { encoder.patches_a_side() } -> std::convertible_to<std::int64_t>;  // sqrt(M)
  { encoder.width() } -> std::convertible_to<std::int64_t>;           // d_p
  { encoder.pixels() } -> std::convertible_to<PixelConfig>;           // how a picture becomes its numbers
};

/// Ids (T, n) with lengths (T) -> states (T, n, d_w): [CLS], words, [SEP]; the lengths count all of them.
template <class E>
concept TextEncoder = requires(const E& encoder, const at::Tensor& ids, const at::Tensor& lengths) {
  { encoder(ids, lengths) } -> std::convertible_to<at::Tensor>;
  { encoder.width() } -> std::convertible_to<std::int64_t>;       // d_w
  { encoder.vocabulary() } -> std::convertible_to<std::int64_t>;  // ids that it knows
  { encoder.positions() } -> std::convertible_to<std::int64_t>;   // the largest n
};

/// One whose last layer can be trained: encoder(ids, lengths) is with_mask(last_layer(), before_last(ids, lengths),
/// lengths).
template <class E>
concept TunableTextEncoder = TextEncoder<E> && requires(const E& encoder, const at::Tensor& ids) {
  { encoder.before_last(ids, ids) } -> std::convertible_to<at::Tensor>;  // (T, n, d_w)
  { encoder.last_layer() } -> std::convertible_to<TextLayer>;
};

}  // namespace mgan::encoders
