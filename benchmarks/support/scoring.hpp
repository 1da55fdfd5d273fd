// The scoring contest: 500 images against 2,500 captions, ours against LibTorch, eager and compiled.
//
// The captions are cut into slices, one a round; all contestants of a round score the same captions. What either side
// needs in its own layout (packed panels here, padded or sorted chunks there) is made before the clock runs.
#pragma once

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "eager.hpp"
#include "malloc_mode.hpp"
#include "mgan/fused/torch/sweep.hpp"
#include "python_peer.hpp"
#include "rounds.hpp"

namespace bench {

/// One way in which LibTorch can do it.
struct Way {
  bool images_innermost = false;
  Malloc malloc = Malloc::plain;
  std::int64_t captions = 50;  // at once

  std::string name() const {
    return std::string(images_innermost ? "images innermost, " : "images outermost, ") + std::to_string(captions) +
           " captions at once, " + name_of(malloc);
  }
};

/// Does nothing with the products: a sweep with it is the bare product.
struct NoEpilogue {
  static std::int64_t scratch(std::int64_t, std::int64_t) { return 0; }
  template <int W>
  [[gnu::always_inline]] void finish(const float* c, std::int64_t, std::int64_t, float* out, float*) const {
    for (int lane = 0; lane < mgan::kernels::lanes; ++lane) out[lane] = c[lane];
  }
};

struct Scoring {
  const Workload& w;
  int slices;
  std::int64_t chunk;         // captions that are padded together
  at::Tensor rows;            // (I, K, D)
  at::Tensor innermost_rows;  // (D, K, I)
  mgan::kernels::PackedImages packed;
  mgan::kernels::InteractionEpilogue epilogue;

  explicit Scoring(const Workload& workload, int slice_count, std::int64_t chunk_size)
      : w(workload), slices(slice_count), chunk(chunk_size), rows(view(w.rows, {w.images, w.patches, w.width})) {
    innermost_rows = rows.permute({2, 1, 0}).contiguous();
    packed = pack_images();
    epilogue = {w.A1.data(), w.A2.data(), w.A3.data(), w.A4.data(), w.longest, static_cast<float>(w.temperature)};
  }

  /// The captions of a slice, chunk by chunk, in order of length.
  std::vector<std::vector<std::int64_t>> captions(int slice) const { return sorted_chunks(w, chunk, slice, slices); }
  std::int64_t count(int slice) const {
    std::int64_t n = 0;
    for (const auto& texts : captions(slice)) n += static_cast<std::int64_t>(texts.size());
    return n;
  }
  double pairs() const { return static_cast<double>(w.images * count(0)); }
  /// Flops of the products of slice 0; `words` a caption, 0: its own.
  double flops(std::int64_t words = 0) const {
    double n = 0;
    for (const auto& texts : captions(0))
      for (const std::int64_t t : texts)
        n += static_cast<double>(words ? words : w.lengths[static_cast<std::size_t>(t)]);
    return 2.0 * static_cast<double>(w.images * w.patches * w.width) * n;
  }

  /// The captions of a slice, end to end, of `words` words each, 0: their own.
  template <class Format = mgan::kernels::Fp32>
  mgan::kernels::PackedTextsOf<Format> pack(int slice, std::int64_t words = 0) const {
    mgan::List<std::int64_t> lengths;
    std::vector<float> numbers;
    for (const auto& texts : captions(slice))
      for (const std::int64_t t : texts) {
        lengths.push_back(words ? words : w.lengths[static_cast<std::size_t>(t)]);
        numbers.insert(numbers.end(), w.words.begin() + t * w.longest * w.width,
                       w.words.begin() + (t + 1) * w.longest * w.width);
      }
    const auto layout = mgan::kernels::layout_of<Format>(mgan::kernels::best_target<Format>());
    const float* const from = numbers.data();
    return mgan::kernels::pack_texts<Format>(
        mgan::kernels::padded_words(from, std::move(lengths), w.width, w.longest * w.width, w.width),
        mgan::kernels::block_words(w.patches, layout.panel), mgan::kernels::serially{}, layout);
  }
  template <class Format = mgan::kernels::Fp32>
  mgan::kernels::PackedImagesOf<Format> pack_images() const {
    return mgan::kernels::pack_images<Format>(mgan::kernels::image_rows(w.rows.data(), w.images, w.patches, w.width));
  }
  template <class Format, class Epilogue, class ParallelFor = mgan::torch_parallel_for>
  double sweep(const mgan::kernels::PackedImagesOf<Format>& images, const mgan::kernels::PackedTextsOf<Format>& texts,
               const Epilogue& e, at::Tensor& scores, const ParallelFor& parallel = {}) const {
    return seconds([&] {
      mgan::kernels::sweep(images, texts, e, {scores.mutable_data_ptr<float>(), scores.size(1)}, parallel);
    });
  }

  enum class Form { padded, sorted, full };
  std::vector<Chunk> chunks(int slice, Form form) const {
    std::vector<Chunk> out;
    for (const auto& texts : captions(slice))
      out.push_back(chunk_of(w, texts, form == Form::sorted ? 0 : w.longest, form == Form::full));
    return out;
  }
  /// (I, c)
  at::Tensor score(const Chunk& c, bool images_innermost) const {
    return images_innermost ? innermost(innermost_rows, c, w.temperature).t() : standard(rows, c, w.temperature);
  }
  /// All chunks, `way.captions` at a time -> (I, captions of the slice).
  at::Tensor score(const std::vector<Chunk>& all, const Way& way) const {
    std::vector<at::Tensor> parts;
    for (const Chunk& c : all)
      for (std::int64_t begin = 0; begin < c.words.size(0); begin += way.captions) {
        const std::int64_t n = std::min(way.captions, c.words.size(0) - begin);
        const Chunk part{c.words.narrow(0, begin, n),
                         c.padding.defined() ? c.padding.narrow(0, begin, n) : c.padding,
                         c.weights,
                         {}};
        parts.push_back(score(part, way.images_innermost));
      }
    return at::cat(parts, 1);
  }
  double time(const std::vector<Chunk>& all, const Way& way) const {
    const at::NoGradGuard no_grad;
    set_malloc(way.malloc);
    const double s = seconds([&] { score(all, way); });
    set_malloc(Malloc::plain);
    return s;
  }

  /// The fastest of LibTorch's ways for a form, tried twice on two chunks of slice 0.
  Way fastest(Form form, const std::vector<std::int64_t>& at_once) const {
    std::vector<Chunk> some = chunks(0, form);
    const std::size_t n = some.size();
    some = {some[n / 3], some[2 * n / 3]};
    Way best;
    double least = 1e300;
    for (const bool innermost_images : {false, true})
      for (const Malloc malloc : {Malloc::plain, Malloc::tuned})
        for (const std::int64_t captions : at_once) {
          const Way way{innermost_images, malloc, std::min(captions, chunk)};
          time(some, way);
          const double s = std::min(time(some, way), time(some, way));
          std::fprintf(stderr, "   %-64s %8.4f s\n", way.name().c_str(), s);
          if (s < least) least = s, best = way;
        }
    return best;
  }

  /// LibTorch's product of all images' rows with the real words of a slice, end to end, into memory that is there: 16
  /// captions at a time, patches or words on the left.
  struct BareProduct {
    at::Tensor left, right, out;
    std::vector<at::Tensor> words;  // (n, D)
    bool words_left;

    double run() {
      return seconds([&] {
        for (const at::Tensor& x : words) {
          at::Tensor c = out.narrow(0, 0, x.size(0) * left.size(0))
                             .view(words_left ? at::IntArrayRef{x.size(0), left.size(0)}
                                              : at::IntArrayRef{left.size(0), x.size(0)});
          if (words_left) at::matmul_out(c, x, right);
          else at::matmul_out(c, left, x.t());
        }
      });
    }
  };
  BareProduct bare(int slice, bool words_left) const {
    std::vector<at::Tensor> real;
    for (const auto& texts : captions(slice))
      for (const std::int64_t t : texts)
        real.push_back(
            view(w.words, {w.texts, w.longest, w.width})[t].narrow(0, 0, w.lengths[static_cast<std::size_t>(t)]));
    const at::Tensor left = rows.view({w.images * w.patches, w.width});
    const at::Tensor all = at::cat(real);
    BareProduct product{left, words_left ? left.t().contiguous() : at::Tensor(), {}, all.split(240), words_left};
    product.out = at::empty({240 * left.size(0)}, left.options());
    return product;
  }
};

/// Gives a workload to Python.
inline void hand_over(PythonPeer& peer, const Workload& w, int threads) {
  const PythonPeer::Json answer = peer.ask({{"do", "load"},
                                            {"threads", threads},
                                            {"images", w.images},
                                            {"texts", w.texts},
                                            {"patches", w.patches},
                                            {"longest", w.longest},
                                            {"width", w.width},
                                            {"temperature", w.temperature},
                                            {"lengths", w.lengths},
                                            {"rows", peer.give("rows", w.rows)},
                                            {"words", peer.give("words", w.words)},
                                            {"A1", peer.give("A1", w.A1)},
                                            {"A2", peer.give("A2", w.A2)},
                                            {"A3", peer.give("A3", w.A3)},
                                            {"A4", peer.give("A4", w.A4)}});
  mgan::require(!answer.contains("error"), "the Python peer: ", answer.dump());
}

}  // namespace bench
