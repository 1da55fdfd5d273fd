// Rows of modules in which one side attends to the other: SCAN, GLFN, CHAN's VSA, NAAF.
#pragma once

#include "mgan/alignment/naaf.hpp"
#include "mgan/alignment/scan.hpp"
#include "mgan/alignment/visual_semantic_attention.hpp"
#include "mgan/zoo/any_pool.hpp"
#include "mgan/zoo/row.hpp"

namespace mgan::zoo {

struct VisualSemanticAttentionRow {
  static constexpr Facts facts{.name = "visual_semantic_attention", .region_lengths = true};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"chan-vsa", "every region or patch attends to the words, log-sum-exp (CHAN VSA)"},
      [](auto, const AlignmentSizes&) { return VisualSemanticAttention<>{}; });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes&, F&& f) {
    VisualSemanticAttention<AnyPool> m;
    options.required("temperature", m.temperature);
    m.pool.read(options);
    f(m);
  }
};

/// SCAN's temperatures and pooling.
template <class Direction>
void read_scan(Options& options, Scan<Direction>& m) {
  using A = ScanAggregate;
  options.required("lambda_softmax", m.lambda_softmax);
  options.required("aggregate", m.aggregate,
                   {{"LogSumExp", A::log_sum_exp}, {"Mean", A::mean}, {"Max", A::max}, {"Sum", A::sum}});
  options.required_if(m.aggregate == A::log_sum_exp, "lambda_lse", m.lambda_lse);
}
/// The options of a direction of SCAN.
template <class Direction>
Scan<Direction> configured_scan(Options& options) {
  using N = AttentionNorm;
  Scan<Direction> m;
  read_scan(options, m);
  options.optional("norm", m.norm,
                   {{"clipped_l2norm", N::clipped_l2norm},
                    {"l2norm", N::l2norm},
                    {"clipped", N::clipped},
                    {"softmax", N::softmax},
                    {"no_norm", N::no_norm}});
  return m;
}

struct ScanTextToImageRow {
  static constexpr Facts facts{.name = "scan_text_to_image"};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"scan-t2i", "words attend to regions or patches (SCAN)"},
      [](auto, const AlignmentSizes&) { return ScanTextToImage{}; });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes&, F&& f) {
    f(configured_scan<TextToImage>(options));
  }
};

struct ScanImageToTextRow {
  static constexpr Facts facts{.name = "scan_image_to_text"};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"scan-i2t", "regions or patches attend to words (SCAN)"},
      [](auto, const AlignmentSizes&) { return ScanImageToText{}; });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes&, F&& f) {
    f(configured_scan<ImageToText>(options));
  }
};

struct GlfnRow {
  static constexpr Facts facts{.name = "glfn", .region_lengths = true};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"glfn", "SCAN, and a bonus for words that each pick one region or patch (GLFN)"},
      [](auto, const AlignmentSizes&) { return ScanTextToImage{.bonus = 0.5}; });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes&, F&& f) {
    ScanTextToImage m{.bonus = 0.5};
    read_scan(options, m);
    options.required("bonus", m.bonus);
    f(m);
  }
};

struct NaafRow {
  static constexpr Facts facts{.name = "naaf", .in_bf16 = false};

  template <class F>
  static void published(F&& f) {
    f(Published<>{"naaf", "matching words count for a pair, others against it (NAAF)"},
      [](auto, const AlignmentSizes&) { return Naaf{}; });
  }
  template <Tensor T, class F>
  static void configured(Options& options, const AlignmentSizes&, F&& f) {
    Naaf m;
    options.required("threshold", m.threshold);
    options.required("lambda_softmax", m.lambda_softmax);
    options.optional("gate", m.gate, {{"intra", NaafGate::intra}, {"plain", NaafGate::plain}});
    options.required_if(m.gate == NaafGate::intra, "lambda_intra", m.lambda_intra);
    f(m);
  }
};

using AttentionRows = RowList<VisualSemanticAttentionRow, ScanTextToImageRow, ScanImageToTextRow, GlfnRow, NaafRow>;

}  // namespace mgan::zoo
