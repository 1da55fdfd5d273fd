// All cases of the published modules in one list, for tests on LibTorch.
#pragma once

#include "tests/support/eigen_side.hpp"
#include "tests/support/torch_side.hpp"
#include "zoo_attention.hpp"
#include "zoo_interactions.hpp"
#include "zoo_max_sim.hpp"

namespace support {

/// A case without its type, so that the tests below are compiled once.
struct AnyCase {
  ZooInput in;
  std::function<Array(const ZooInput&)> reference;
  double tau;
  Compat compat;
  std::function<at::Tensor(const ZooInput&, TorchSide&, mgan::Tile)> scores;
  std::function<at::Tensor(const ZooInput&)> first_pair;  // image 0 and caption 0, without batch axes
  std::function<Array(const ZooInput&)> on_eigen;

  bool padded() const { return !in.region_lengths.empty() || !in.word_lengths.empty(); }
  bool has(const std::string& words) const { return in.title.find(words) != std::string::npos; }
};

inline at::Tensor first(const at::Tensor& x) { return x.select(0, 0); }
inline mgan::Masked<at::Tensor> first(const mgan::Masked<at::Tensor>& x) { return {first(x.values), first(x.mask)}; }

template <class Case>
AnyCase erased(const Case& c) {
  const auto moved = [c](const ZooInput& in) {
    Case out = c;
    out.in = in;
    return out;
  };
  return {c.in,
          c.reference,
          c.tau,
          c.compat,
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
            Case on_eigen = moved(in);
            EigenSide<double> side{on_eigen.expected()};
            on_eigen.run(side);
            return side.results.at("scores");
          }};
}

inline const std::vector<AnyCase>& all_zoo_cases() {
  static const std::vector<AnyCase> cases = [] {
    std::vector<AnyCase> out;
    const auto add = [&](const auto& c) { out.push_back(erased(c)); };
    max_sim_cases(add);
    scan_cases(add);
    naaf_cases(add);
    vsa_cases(add);
    plain_zoo_cases(add);
    aosm_cases(add);
    ucofia_cases(add);
    token_interaction_cases(add);
    return out;
  }();
  return cases;
}

}  // namespace support
