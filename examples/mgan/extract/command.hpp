// `mgan extract`
#pragma once

namespace CLI {
class App;
}

namespace program {

/// Adds the subcommand; it runs when the program's arguments are parsed.
void add_extract_command(CLI::App& program);

}  // namespace program
