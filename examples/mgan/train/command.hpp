// `mgan train`
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "trainer.hpp"

namespace CLI {
class App;
}

namespace program {

/// What `mgan train --seeds` asks for.
struct SeveralSeeds {
  Config config;
  std::vector<std::uint64_t> seeds;
  TrainOptions options;
  std::string command;  // that repeats it
};

/// Adds the subcommand; it runs when the program's arguments are parsed. `train_all`: what several runs and their
/// report are, which are none of this room's business.
void add_train_command(CLI::App& program, std::function<void(const SeveralSeeds&)> train_all);

}  // namespace program
