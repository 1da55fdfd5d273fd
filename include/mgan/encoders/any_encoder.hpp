// Encoders chosen at run time: values that hold any ImageEncoder, any TextEncoder, any tokenizer. Copies share weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/encoders/encoder.hpp"
#include "mgan/encoders/pixel_config.hpp"
#include "mgan/encoders/text_transformer.hpp"

namespace mgan::encoders {

class AnyImageEncoder {
 public:
  AnyImageEncoder() = default;
  template <ImageEncoder E>
  AnyImageEncoder(E encoder) : held_(std::make_shared<Held<E>>(std::move(encoder))) {}

  at::Tensor operator()(const at::Tensor& pictures) const { return held_->tokens(pictures); }  // (I, 1+M, d_p)
  std::int64_t side() const { return held_->side(); }
  std::int64_t patches_a_side() const { return held_->patches_a_side(); }
  std::int64_t width() const { return held_->width(); }
  PixelConfig pixels() const { return held_->pixels(); }

  /// The encoder itself, where it is an E; null otherwise.
  template <class E>
  const E* target() const {
    const auto* held = dynamic_cast<const Held<E>*>(held_.get());
    return held ? &held->encoder : nullptr;
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual std::int64_t side() const = 0;
    virtual std::int64_t patches_a_side() const = 0;
    virtual std::int64_t width() const = 0;
    virtual at::Tensor tokens(const at::Tensor& pictures) const = 0;
    virtual PixelConfig pixels() const = 0;
  };
  template <class E>
  struct Held : Base {
    E encoder;

    explicit Held(E e) : encoder(std::move(e)) {}
    std::int64_t side() const override { return encoder.side(); }
    std::int64_t patches_a_side() const override { return encoder.patches_a_side(); }
    std::int64_t width() const override { return encoder.width(); }
    at::Tensor tokens(const at::Tensor& pictures) const override { return encoder(pictures); }
    PixelConfig pixels() const override { return encoder.pixels(); }
  };
  std::shared_ptr<const Base> held_;
};

/// Captions around the last layer of a text encoder: what a tuned last layer takes, and what the frozen one returns.
struct CaptionStates {
  at::Tensor before_last;  // (T, n, d_w), as they leave the last layer but one; undefined where it cannot be tuned
  at::Tensor last;         // (T, n, d_w)
  at::Tensor lengths;      // (T), [CLS] and [SEP] counted
};

class AnyTextEncoder {
 public:
  AnyTextEncoder() = default;
  template <TextEncoder E>
  AnyTextEncoder(E encoder) : held_(std::make_shared<Held<E>>(std::move(encoder))) {}

  at::Tensor operator()(const at::Tensor& ids, const at::Tensor& lengths) const {
    return held_->states(ids, lengths).last;  // (T, n, d_w)
  }
  CaptionStates states(const at::Tensor& ids, const at::Tensor& lengths) const { return held_->states(ids, lengths); }
  std::int64_t width() const { return held_->width(); }
  std::int64_t vocabulary() const { return held_->vocabulary(); }
  std::int64_t positions() const { return held_->positions(); }
  /// Its last layer; nothing where it cannot be tuned.
  std::optional<TextLayer> last_layer() const { return held_->last_layer(); }

  template <class E>
  const E* target() const {
    const auto* held = dynamic_cast<const Held<E>*>(held_.get());
    return held ? &held->encoder : nullptr;
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual std::int64_t width() const = 0;
    virtual std::int64_t vocabulary() const = 0;
    virtual std::int64_t positions() const = 0;
    virtual CaptionStates states(const at::Tensor& ids, const at::Tensor& lengths) const = 0;
    virtual std::optional<TextLayer> last_layer() const = 0;
  };
  template <class E>
  struct Held : Base {
    E encoder;

    explicit Held(E e) : encoder(std::move(e)) {}
    std::int64_t width() const override { return encoder.width(); }
    std::int64_t vocabulary() const override { return encoder.vocabulary(); }
    std::int64_t positions() const override { return encoder.positions(); }
    CaptionStates states(const at::Tensor& ids, const at::Tensor& lengths) const override {
      if constexpr (TunableTextEncoder<E>) {
        const at::Tensor before = encoder.before_last(ids, lengths);  // (T, n, d_w)
        return {before, with_mask(encoder.last_layer(), before, lengths), lengths};
      } else {
        return {{}, encoder(ids, lengths), lengths};
      }
    }
    std::optional<TextLayer> last_layer() const override {
      if constexpr (TunableTextEncoder<E>) return encoder.last_layer();
      else return std::nullopt;
    }
  };
  std::shared_ptr<const Base> held_;
};

/// Sentences to the ids of a text encoder.
struct AnyTokenizer {
  /// [CLS], at most max_length - 2 pieces, [SEP]; the last argument counts sentences that were cut.
  std::function<std::vector<std::int64_t>(std::string_view, std::size_t max_length, std::size_t& truncated)> encode;
  std::vector<std::string> vocabulary;  // what an id is called
  std::int64_t pad = 0;
  std::string differs = {};  // what its configuration asks for that version 0.1 did not read; tells encodings apart
};

}  // namespace mgan::encoders
