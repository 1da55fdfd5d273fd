// What a study is: several models, each trained with every seed on the same data for as long, and compared.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"

namespace program {

/// One of the models.
struct Variant {
  std::string folder;  // below the study's
  std::string name;    // "without patches"
  std::string what;    // "region + global"
  Config config;
};

/// Whose modules are compared.
enum class ComparedSlot { patch, region };
template <>
inline constexpr auto words_of<ComparedSlot> = std::to_array<Word<ComparedSlot>>({{ComparedSlot::patch, "patch"},
                                                                                  {ComparedSlot::region, "region"}});

struct Study {
  std::string command;            // that repeats it: "mgan demo --quick"
  std::string title, lead;        // of the report
  std::vector<Variant> variants;  // the first is what the others are compared with
  std::vector<std::uint64_t> seeds;
  EvaluatedSplit split = EvaluatedSplit::val;
  std::filesystem::path output;
  std::string device = "cpu";
  int loaders = 1;
  std::optional<ComparedSlot> slot = {};           // of modules; none: the study is one of ablations
  bool folder_per_seed = false;                    // below that of the variant
  bool beside_paper = false;                       // the paper's Table 4 is printed too
  bool quick = false;                              // too short to say much
  bool restart = false;                            // finished runs are thrown away
  std::string anew = "--restart trains all anew";  // what to say where a folder has other runs

  /// "full", or "full/seed-2"
  std::filesystem::path folder_of(const Variant& variant, std::uint64_t seed) const {
    const std::filesystem::path folder = variant.folder;
    return folder_per_seed ? folder / ("seed-" + std::to_string(seed)) : folder;
  }
  Config config_of(const Variant& variant, std::uint64_t seed) const {
    Config config = variant.config;
    config.recipe.seed = seed;
    return config;
  }
};

/// Refuses a seed that stands there twice.
void check_seeds(const std::vector<std::uint64_t>& seeds);

/// Trains what is not trained yet, scores the best checkpoint (by validation RSum) of every run, and writes
/// metrics.json, report.html and the table. Interrupted, the same study goes on where it was. Runs of another
/// configuration in its folder are an error: results of two are never mixed.
void run(const Study& study);

}  // namespace program
