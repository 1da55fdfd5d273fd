// `mgan index` and `mgan search`
#pragma once

namespace CLI {
class App;
}

namespace program {

/// Add a subcommand each; it runs when the program's arguments are parsed.
void add_index_command(CLI::App& program);
void add_search_command(CLI::App& program);

}  // namespace program
