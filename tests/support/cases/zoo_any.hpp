// A case of the published modules without its type, so that the tests on LibTorch are compiled once.
#pragma once

#include "tests/support/torch_side.hpp"
#include "zoo.hpp"

namespace support {

struct AnyCase {
  ZooInput in;
  std::function<Array(const ZooInput&)> reference;
  double tau;
  Compat compat;
  bool sees_length;  // of a token
  std::function<at::Tensor(const ZooInput&, TorchSide&, mgan::Tile)> scores;
  std::function<at::Tensor(const ZooInput&)> first_pair;  // image 0 and caption 0, without batch axes
  std::function<Array(const ZooInput&)> on_eigen;

  bool padded() const { return !in.region_lengths.empty() || !in.word_lengths.empty(); }
  bool has(const std::string& words) const { return in.title.find(words) != std::string::npos; }
};

/// Lists of cases, a translation unit each in tests/torch/zoo: the modules of the table, and what options cannot say.
std::vector<AnyCase> paper_cases();
std::vector<AnyCase> interaction_cases();
std::vector<AnyCase> max_sim_cases();
std::vector<AnyCase> attention_cases();
std::vector<AnyCase> network_cases();
std::vector<AnyCase> graph_cases();
std::vector<AnyCase> pooled_cases();
std::vector<AnyCase> query_cases();
std::vector<AnyCase> normed_cases();
std::vector<AnyCase> compat_cases();

inline const std::vector<AnyCase>& all_zoo_cases() {
  static const std::vector<AnyCase> cases = [] {
    std::vector<AnyCase> out;
    for (const auto& some : {paper_cases(), interaction_cases(), max_sim_cases(), attention_cases(), network_cases(),
                             graph_cases(), query_cases(), normed_cases(), pooled_cases(), compat_cases()})
      out.insert(out.end(), some.begin(), some.end());
    return out;
  }();
  return cases;
}

}  // namespace support
