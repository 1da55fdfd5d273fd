// `mgan demo`, `mgan compare` and `mgan ablate`: several runs and one report.
#pragma once

namespace CLI {
class App;
}

namespace program {

/// Each adds its subcommand, which runs when the program's arguments are parsed.
void add_demo_command(CLI::App& program);
void add_compare_command(CLI::App& program);
void add_ablate_command(CLI::App& program);

}  // namespace program
