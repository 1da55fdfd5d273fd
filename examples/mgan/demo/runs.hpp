// The five models of the demo: MGAN and the paper's four ablations, each trained on its own with the same budget.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/config.hpp"

namespace program {

/// Where `mgan compare` puts its modules.
enum class ComparedSlot { patch, region };
template <>
inline constexpr auto words_of<ComparedSlot> = std::to_array<Word<ComparedSlot>>({{ComparedSlot::patch, "patch"},
                                                                                  {ComparedSlot::region, "region"}});

struct DemoRun {
  std::string folder;  // below the demo's folder
  std::string name;    // "without patches"
  std::string what;    // "region + global"
  Config config;
};

/// The recipe of all five, without its vocabulary.
Config demo_config(bool quick, std::uint64_t seed);
/// Full model first. Only the alignment modules differ.
std::vector<DemoRun> demo_runs(const Config& base);
/// One run a module in the slot; no names: every module that serves it. The first is the baseline.
std::vector<DemoRun> compare_runs(const Config& base, ComparedSlot slot, std::vector<std::string> modules);

/// Steps that a run takes in all.
std::int64_t total_steps(const Config& config);

/// True when the folder holds the finished run. A run of another configuration is an error that says what differs and
/// how to go on: results of two configurations are never mixed.
bool is_finished(const std::filesystem::path& folder, const Config& config);
/// Removes the files of a run, and nothing else.
void remove_run(const std::filesystem::path& folder);

/// What log.jsonl tells of a run.
struct Curves {
  std::vector<double> ranking;  // loss of every step, summed over the batch
  struct Validation {
    std::int64_t epoch;  // epochs done, from 1
    double rsum;
  };
  std::vector<Validation> validation;

  /// The epoch of the best checkpoint: the first with the largest RSum. Epoch 0 where there is none.
  Validation best() const;
};
Curves read_curves(const std::filesystem::path& log);

}  // namespace program
