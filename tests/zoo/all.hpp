// The cases of every module of the table.
#pragma once

#include "attention.hpp"
#include "graphs.hpp"
#include "interactions.hpp"
#include "max_sim.hpp"
#include "networks.hpp"
#include "normed.hpp"
#include "paper.hpp"
#include "pooled.hpp"
#include "queries.hpp"

namespace zoo {

inline const std::vector<ModuleCases>& all_cases() {
  static const std::vector<ModuleCases> all = [] {
    std::vector<ModuleCases> out;
    for (const auto& some : {paper_cases(), interaction_cases(), all_max_sim_cases(), attention_cases(),
                             network_cases(), graph_cases(), query_cases(), normed_cases(), pooled_cases()})
      out.insert(out.end(), some.begin(), some.end());
    return out;
  }();
  return all;
}

}  // namespace zoo
