// Rows of alignments that pool each side to one vector: GPO, VSRN's GRU, DSRAN's fused graphs.
#pragma once

#include "mgan/alignment/pooled_alignment.hpp"
#include "mgan/zoo/row.hpp"

namespace mgan::zoo {

struct GpoAlignmentRow {
  static constexpr Facts facts{.name = "gpo_alignment", .region_lengths = true};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"gpo", "cosine of both sides' generalised pooling (GPO, VSE-infinity)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes&) {
        return PooledByGpo<T>{GeneralizedPooling<T>::create(), GeneralizedPooling<T>::create()};
      });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes&, F&& f) {
    const auto pool = [] { return GeneralizedPooling<T>::create(/*code_width=*/4, /*width=*/3); };
    PooledByGpo<T> m{pool(), pool()};
    options.optional("temperature", m.image.temperature);
    m.text.temperature = m.image.temperature;
    f(m);
  }
};

struct VsrnAlignmentRow {
  // Rounded inputs alone move the states further than bfloat16's tolerance.
  static constexpr Facts facts{.name = "vsrn_alignment", .region_lengths = true, .in_bf16 = false};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"vsrn", "cosine of the last states of a GRU over each side (VSRN)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) { return create<T>(s.width); });
  }
  template <Tensor T, class F>
  static void configured(Options&, const AlignmentSizes& sizes, F&& f) {
    f(create<T>(sizes.width));
  }

 private:
  template <Tensor T>
  static auto create(std::int64_t width) {
    return PooledByGru<T>{LastState<T>::create(width, width), LastState<T>::create(width, width)};
  }
};

struct DsranAlignmentRow {
  // As vsrn_alignment.
  static constexpr Facts facts{.name = "dsran_alignment", .region_lengths = true, .in_bf16 = false};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"dsran", "cosine of two fused graphs of the image tokens and the mean word (DSRAN)"},
      []<class T>(std::type_identity<T>, const AlignmentSizes& s) {
        return PooledByGraphs<T>{FusedGraphs<T>::create(s.width, s.heads)};
      });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes& sizes, F&& f) {
    PooledByGraphs<T> m{FusedGraphs<T>::create(sizes.width, sizes.heads)};
    options.required("heads", m.image.first.heads.heads);
    m.image.second.heads.heads = m.image.first.heads.heads;
    f(m);
  }
};

using PooledRows = RowList<GpoAlignmentRow, VsrnAlignmentRow, DsranAlignmentRow>;

}  // namespace mgan::zoo
