#include "runs.hpp"

#include <algorithm>
#include <fstream>

#include "app/presets.hpp"
#include "mgan/train/checkpoint.hpp"
#include "model/alignments.hpp"

namespace program {

using mgan::io::Json;

Config demo_config(bool quick, std::uint64_t seed) {
  Config config = demo_preset();
  config.data.validation_scenes = 200;  // and as many of the test split
  config.recipe.seed = seed;
  if (quick) {
    config.data.train_scenes = 512;
    config.recipe.epochs = config.recipe.warmup_epochs = config.recipe.decay_every = 3;
    config.recipe.batch = 32;
    config.recipe.warmup_steps = 8;
  }
  return config;
}

std::vector<DemoRun> demo_runs(const Config& base) {
  std::vector<DemoRun> runs = {{"full", "full model", "region + global + patch", base},
                               {"no-patch", "without patches", "region + global", base},
                               {"no-global", "without global", "region + patch", base},
                               {"no-region", "without regions", "global + patch", base},
                               {"plain", "plain aggregation", "instead of the interaction", base}};
  runs[1].config.model.patch_alignment = "none";
  runs[2].config.model.global_alignment = "none";
  runs[3].config.model.region_alignment = "none";
  runs[4].config.model.patch_alignment = "plain";
  return runs;
}

std::vector<DemoRun> compare_runs(const Config& base, ComparedSlot slot, std::vector<std::string> modules) {
  const bool patch = slot == ComparedSlot::patch;
  const auto known = patch ? names_for(&NamedModule::patch) : names_for(&NamedModule::region);
  if (modules.empty()) modules = known;
  std::vector<DemoRun> runs;
  for (const std::string& name : modules) {
    mgan::require(std::find(known.begin(), known.end(), name) != known.end(), "unknown alignment module '", name,
                  "' for the ", word_of(slot), " slot; there are: ", joined(known));
    runs.push_back({name, name, "in the " + word_of(slot) + " slot", base});
    (patch ? runs.back().config.model.patch_alignment : runs.back().config.model.region_alignment) = name;
  }
  return runs;
}

std::int64_t total_steps(const Config& config) {
  return config.data.train_scenes / config.recipe.batch * config.recipe.epochs;
}

bool is_finished(const std::filesystem::path& folder, const Config& config) {
  const auto last = folder / "last.safetensors";
  if (!std::filesystem::exists(last)) return false;
  const auto state = mgan::train::read_training_state(last);
  const Json stored = mgan::io::parse_json(state.config, last.string() + ": config"), wanted = config;
  Json comparable = wanted;  // a run makes its vocabulary itself
  comparable["vocabulary"] = stored.value("vocabulary", Json::array());
  const std::string changes = differences(stored, comparable);
  mgan::require(changes.empty(), folder.string(), ": trained with another configuration (", changes,
                "); --restart trains all five anew, -o DIR leaves these where they are");
  return state.epoch == config.recipe.epochs;
}

void remove_run(const std::filesystem::path& folder) {
  for (const char* file : {"last.safetensors", "best.safetensors", "log.jsonl", "run.json"})
    std::filesystem::remove(folder / file);
}

Curves::Validation Curves::best() const {
  Validation best{0, 0};
  for (const Validation& v : validation)
    if (v.rsum > best.rsum) best = v;
  return best;
}

Curves read_curves(const std::filesystem::path& log) {
  std::ifstream in(log);
  mgan::require(in.good(), log.string(), ": cannot open");
  Curves curves;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    const std::string where = log.string() + ": line " + std::to_string(number);
    const Json record = mgan::io::parse_json(line, where);
    try {
      if (record.contains("validation"))
        curves.validation.push_back({record.at("epoch"), record["validation"].at("rsum")});
      else curves.ranking.push_back(record.at("ranking"));
    } catch (const Json::exception& error) {
      mgan::fail(where, ": ", error.what());
    }
  }
  return curves;
}

}  // namespace program
