// SCAN, NAAF, CHAN's VSA: one side attends to the other.
#pragma once

#include "mgan/alignment/naaf.hpp"
#include "mgan/alignment/scan.hpp"
#include "mgan/alignment/visual_semantic_attention.hpp"
#include "tests/reference/naaf.hpp"
#include "tests/reference/visual_semantic_attention.hpp"
#include "zoo.hpp"

namespace support {

template <class Module, class F>
void scan_case(const std::string& name, Module module, const reference::Scan& p, F&& f) {
  module.lambda_softmax = p.lambda_softmax;
  module.lambda_lse = p.lambda_lse;
  every_zoo_input(
      name, [module](auto) { return module; }, 0.1, Compat::none,
      [p](const ZooInput& in) { return reference::scan(p, in.image, in.words, in.word_lengths, in.region_lengths); },
      f);
}

/// f(case) for every norm, every aggregate, both directions and both forms of the context.
template <class F>
void scan_cases(F&& f) {
  using Pool = reference::Pool;
  using A = mgan::ScanAggregate;
  using N = mgan::AttentionNorm;
  using R = reference::Scan;
  const std::pair<N, R::Norm> norms[] = {{N::clipped_l2norm, R::clipped_l2norm},
                                         {N::l2norm, R::l2norm},
                                         {N::clipped, R::clipped},
                                         {N::softmax, R::softmax},
                                         {N::no_norm, R::no_norm}};
  const std::pair<A, Pool> aggregates[] = {
      {A::log_sum_exp, Pool::log_sum_exp}, {A::mean, Pool::mean}, {A::max, Pool::max}, {A::sum, Pool::sum}};
  for (const auto& [norm, named] : norms) {
    scan_case("SCAN t2i, norm " + std::to_string(named), mgan::ScanTextToImage{.norm = norm},
              {true, 9, 6, Pool::log_sum_exp, named}, f);
  }
  for (const auto& [aggregate, pool] : aggregates) {
    const std::string number = std::to_string(static_cast<int>(pool));
    scan_case("SCAN t2i, aggregate " + number, mgan::ScanTextToImage{.aggregate = aggregate}, {true, 9, 6, pool}, f);
    scan_case("SCAN i2t, aggregate " + number, mgan::ScanImageToText{.aggregate = aggregate}, {false, 4, 5, pool}, f);
  }
  for (const auto form : {mgan::ContextLength::gram, mgan::ContextLength::direct}) {
    const std::string number = std::to_string(static_cast<int>(form));
    scan_case("SCAN t2i, contexts " + number, mgan::ScanTextToImage{.contexts = form}, {true, 2, 3}, f);
    scan_case("SCAN i2t, contexts " + number, mgan::ScanImageToText{.contexts = form}, {false, 4, 20}, f);
  }
}

/// f(case) for both gates, thresholds below, among and above the cosines.
template <class F>
void naaf_cases(F&& f) {
  for (const bool plain : {false, true}) {
    for (const double threshold : {-0.9, 0.0, 0.35, 0.999, 1.5}) {
      const mgan::Naaf module{threshold, threshold < 0 ? 10.0 : 20.0, plain ? 5.0 : 3.0,
                              plain ? mgan::NaafGate::plain : mgan::NaafGate::intra,
                              plain ? mgan::ContextLength::automatic : mgan::ContextLength::gram};
      const reference::Naaf p{module.threshold, module.lambda_softmax, module.lambda_intra, plain};
      every_zoo_input(
          std::string("NAAF, ") + (plain ? "plain" : "intra") + " gate, threshold " + std::to_string(threshold),
          [module](auto) { return module; }, 0.05, Compat::none,
          [p](const ZooInput& in) {
            return reference::naaf(p, in.image, in.words, in.word_lengths, in.region_lengths);
          },
          f);
    }
  }
}

template <class Pool, class F>
void vsa_case(const std::string& name, const mgan::VisualSemanticAttention<Pool>& module,
              const reference::VisualSemanticAttention& p, F&& f) {
  every_zoo_input(
      name, [module](auto) { return module; }, 0.05, p.padding_is_minus_one ? Compat::competes : Compat::none,
      [p](const ZooInput& in) {
        return reference::visual_semantic_attention(p, in.image, in.words, in.word_lengths, in.region_lengths);
      },
      f);
}

template <class F>
void vsa_cases(F&& f) {
  using Pool = reference::Pool;
  vsa_case<mgan::LogSumExpPool>("VSA, LSE", {}, {0.1, Pool::log_sum_exp}, f);
  vsa_case<mgan::SoftmaxPool>("VSA, softmax", {{0.2}, 0.3}, {0.3, Pool::softmax, 0.2}, f);
  vsa_case<mgan::MaxPool>("VSA, max", {{}, 0.1, {}, mgan::ContextLength::direct}, {0.1, Pool::max}, f);
  vsa_case<mgan::MeanPool>("VSA, mean", {{}, 0.5}, {0.5, Pool::mean}, f);
  vsa_case<mgan::SumPool>("VSA, sum", {{}, 0.1, {}, mgan::ContextLength::gram}, {0.1, Pool::sum}, f);
  vsa_case<mgan::LogSumExpPool>("VSA compat", {{}, 0.1, mgan::AttentionPadding::minus_one},
                                {0.1, Pool::log_sum_exp, 0.1, true}, f);
}

}  // namespace support
