// `mgan demo`, `mgan compare`, `mgan ablate` and `mgan train --seeds`: several runs and one report.
#pragma once

namespace CLI {
class App;
}

namespace program {

struct SeveralSeeds;

/// Each adds its subcommand, which runs when the program's arguments are parsed.
void add_demo_command(CLI::App& program);
void add_compare_command(CLI::App& program);
void add_ablate_command(CLI::App& program);

/// One model with several seeds: `mgan train --seeds`.
void train_seeds(const SeveralSeeds& asked);

}  // namespace program
