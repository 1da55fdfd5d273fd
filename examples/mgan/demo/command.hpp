// `mgan demo` and `mgan compare`
#pragma once

namespace CLI {
class App;
}

namespace program {

/// Add a subcommand each; it runs when the program's arguments are parsed.
void add_demo_command(CLI::App& program);
void add_compare_command(CLI::App& program);

}  // namespace program
