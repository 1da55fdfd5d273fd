#include "runs.hpp"

#include <fstream>

#include "mgan/train/callbacks/stop_early.hpp"
#include "mgan/train/checkpoint.hpp"

namespace program {

using mgan::io::Json;

bool is_finished(const std::filesystem::path& folder, const Config& config, const std::string& anew) {
  const auto last = folder / "last.safetensors";
  if (!std::filesystem::exists(last)) return false;
  const auto state = mgan::train::read_training_state(last);
  const Json stored = mgan::io::parse_json(state.config, last.string() + ": config"), wanted = config;
  Json comparable = wanted;  // a run makes its vocabulary itself
  comparable["vocabulary"] = stored.value("vocabulary", Json::array());
  const std::string changes = differences(stored, comparable);
  mgan::require(changes.empty(), folder.string(), ": trained with another configuration (", changes, "); ", anew,
                ", -o DIR leaves these where they are");
  return state.epoch == config.recipe.epochs || mgan::train::StopEarly::has_stopped(state, config.recipe.patience);
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
      else curves.ranking.push_back(record.at("ranking")), curves.steps_an_epoch += record.at("epoch") == 0;
    } catch (const Json::exception& error) {
      mgan::fail(where, ": ", error.what());
    }
  }
  return curves;
}

}  // namespace program
