// What the program says of its own command line: errors in one line, with the nearest name, and docs/configuration.md.
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace program {

/// What is wrong with the arguments: "train: no option --dta; did you mean --data?"
std::string message_of(const CLI::App& program, const CLI::ParseError& error, int argc, const char* const* argv);

/// The options that were given to a command, as they are typed: "mgan demo --quick --seed 2".
std::string command_line(const CLI::App& command);

/// Adds `mgan options`, which prints docs/configuration.md. It is left out of --help.
void add_options_command(CLI::App& program);

}  // namespace program
