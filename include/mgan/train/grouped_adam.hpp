// Adam over groups of weights, each with its own learning rate and weight decay.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "mgan/train/adam.hpp"
#include "mgan/train/recipe.hpp"

namespace mgan::train {

/// One Adam a group, and one in front for the weights in no group. State as Adam's, under the weights' names.
class GroupedAdam {
 public:
  /// Errors: a group below which no weight stands; a weight in two groups.
  GroupedAdam(const NamedTensors& weights, const AdamOptions& common, const std::vector<ParameterGroup>& groups)
      : base_(common.learning_rate) {
    std::vector<NamedTensors> parts(groups.size() + 1);
    for (const auto& [name, weight] : weights) {
      std::size_t mine = 0;
      for (std::size_t g = 0; g < groups.size(); ++g) {
        if (!detail::is_below(name, groups[g].below)) continue;
        require(mine == 0, "fit: weight ", name, " is in two groups, '", groups[mine ? mine - 1 : 0].below, "' and '",
                groups[g].below, "'");
        mine = g + 1;
      }
      parts[mine].emplace_back(name, weight);
    }
    groups_.emplace_back(std::move(parts[0]), common);
    for (std::size_t g = 0; g < groups.size(); ++g) {
      require(!parts[g + 1].empty(), "fit: group '", groups[g].below, "': no trained weight has this name or stands ",
              "below it");
      AdamOptions own = common;
      own.learning_rate = groups[g].learning_rate.value_or(common.learning_rate);
      own.weight_decay = groups[g].weight_decay.value_or(common.weight_decay);
      bases_.push_back(groups[g].learning_rate);
      groups_.emplace_back(std::move(parts[g + 1]), own);
    }
  }

  /// One update; `rate` is that of weights without a rate of their own, the others' are in proportion.
  void step(double rate) {
    groups_[0].options.learning_rate = rate;
    for (std::size_t g = 0; g < bases_.size(); ++g)
      groups_[g + 1].options.learning_rate = bases_[g] ? rate / base_ * *bases_[g] : rate;
    for (Adam& group : groups_) group.step();
  }

  NamedTensors state() const {
    NamedTensors all;
    for (const Adam& group : groups_)
      for (const auto& entry : group.state()) all.push_back(entry);
    return all;
  }

  const std::vector<Adam>& groups() const { return groups_; }

 private:
  double base_;
  std::vector<std::optional<double>> bases_;  // of the groups behind the first
  std::vector<Adam> groups_;
};

}  // namespace mgan::train
