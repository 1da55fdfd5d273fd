#include "command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <numeric>

#include "config_fields.hpp"
#include "options.hpp"
#include "presets.hpp"

namespace program {

namespace {

/// Letters to insert, remove or replace between two words (Levenshtein's distance).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);  // from a[0..i) to b[0..j)
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

/// "; did you mean --data?", or nothing where no name is near.
std::string suggestion(const std::string& word, const std::vector<std::string>& names) {
  std::string nearest;
  std::size_t least = std::max<std::size_t>(2, word.size() / 4) + 1;
  for (const std::string& name : names) {
    const std::size_t d = distance(word, name);
    if (d < least) least = d, nearest = name;
  }
  return nearest.empty() ? "" : "; did you mean " + nearest + "?";
}

std::vector<std::string> split_names(const std::string& names) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at <= names.size();) {
    const std::size_t end = std::min(names.find(',', at), names.size());
    if (end > at) all.push_back(names.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> all;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : split_names(option->get_name(false, true)))
      if (name[0] == '-') all.push_back(name);
  return all;
}

/// Commands that --help lists.
std::vector<const CLI::App*> commands_of(const CLI::App& program) {
  return program.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

/// A word as a POSIX shell reads it back.
std::string quoted(const std::string& word) {
  const auto plain = [](unsigned char c) { return std::isalnum(c) != 0 || std::strchr("_./,:=+-", c) != nullptr; };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

}  // namespace

std::string message_of(const CLI::App& program, const CLI::ParseError& error, int argc, const char* const* argv) {
  const auto parsed = program.get_subcommands();
  std::string text = error.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (!parsed.empty()) {
    const CLI::App& command = *parsed.front();
    const std::string where = command.get_name() + ": ";
    for (const std::string& extra : command.remaining()) {
      if (extra.empty() || extra[0] != '-') continue;
      const std::string name = extra.substr(0, extra.find('='));
      return where + "no option " + name + suggestion(name, option_names(command));
    }
    if (!command.remaining().empty()) return where + "what is '" + command.remaining().front() + "'?";
    return where + text;
  }
  std::vector<std::string> names;
  std::string list;
  for (const CLI::App* command : commands_of(program)) {
    names.push_back(command->get_name());
    list += (list.empty() ? "" : ", ") + names.back();
  }
  if (argc < 2) return "a command is expected: " + list;
  const std::string word = argv[1];
  if (word[0] == '-') return "no option " + word + suggestion(word, option_names(program));
  return "no command " + word + suggestion(word, names) + "; there are: " + list;
}

std::string command_line(const CLI::App& command) {
  std::string line = "mgan " + command.get_name();
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() == 0) continue;
    line.append(" ").append(option->get_name());
    if (option->get_items_expected_max() == 0) continue;  // a flag
    for (const std::string& value : option->results()) line.append(" ").append(quoted(value));
  }
  return line;
}

namespace {

/// A cell of a table in Markdown.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : c == '\n' ? " " : std::string(1, c);
  return out.empty() ? " " : out;
}
std::string code(const std::string& text) { return text.empty() ? " " : "`" + cell(text) + "`"; }
std::string row(const std::vector<std::string>& cells) {
  std::string out = "|";
  for (const std::string& one : cells) out += " " + one + " |";
  return out + "\n";
}

/// The fields of a part of the configuration, with the values of every preset.
template <class Part>
std::string table_of(Part Config::*part) {
  const auto presets = named_presets();
  std::vector<std::string> head{"option", "JSON"}, rule{"---", "---"};
  for (const auto& preset : presets) head.push_back(preset.first), rule.emplace_back("---");
  for (const char* name : {"values", "what it is"}) head.emplace_back(name), rule.emplace_back("---");
  std::string out = row(head) + row(rule);
  each_field<Part>([&]<class T>(const Field<Part, T>& field) {
    std::vector<std::string> cells{field.has_option ? code(field.option_names()) : " ", code(std::string(field.key))};
    for (const auto& preset : presets) cells.push_back(cell(shown(preset.second.*part.*field.member)));
    if constexpr (is_optional<T>::value) cells.push_back(expectation<typename T::value_type>(field.range));
    else cells.push_back(cell(expectation<T>(field.range)));
    cells.push_back(cell(std::string(field.help)));
    out += row(cells);
  });
  return out + "\n";
}

/// The options of a command; those of a configuration stand in the tables above.
std::string table_of(const CLI::App& command) {
  std::string out;
  for (const CLI::Option* option : command.get_options()) {
    const std::string group = option->get_group();
    if (option->get_name() == "--help" || (group != "Options" && group != "")) continue;
    std::string names = option->get_name(true, true);
    const bool flag = option->get_items_expected_max() == 0;
    const std::string type = flag ? "" : option->get_type_name();
    out += row({code(names), cell(type), cell(option->get_default_str()), cell(option->get_description())});
  }
  return row({"option", "value", "default", "what it is"}) + row({"---", "---", "---", "---"}) + out + "\n";
}

std::string page(const CLI::App& program) {
  std::string out =
      "# Configuration\n\n"
      "The options of the program `mgan`, and the fields of the configuration that every checkpoint holds as JSON. "
      "This\n"
      "page is what `mgan options` prints: after a change of the program, `mgan options >docs/configuration.md`.\n\n"
      "## What decides a training run\n\n"
      "`mgan train` begins with a preset and replaces what options name. The columns are the presets: `demo` on "
      "scenes,\n"
      "`demo` on photographs, `paper`, and on published encoders `mgan-star`, `mgan` and `mgan-small`, whose sizes are "
      "those of\n"
      "the encoders. A field without an option is decided by the data. In a stored configuration a field that is "
      "missing "
      "has\n"
      "its default; an unknown field, an unknown word and a value outside its range are errors.\n\n";
  out += "### Data: `data`\n\n" + table_of(&Config::data);
  out += "### Model: `model`\n\n" + table_of(&Config::model);
  out += "### Published encoders: `encoders`\n\n" + table_of(&Config::encoders);
  out += "### Recipe: `recipe`\n\n" + table_of(&Config::recipe);
  out += "### Loss: `loss`\n\n" + table_of(&Config::loss);
  out += "## Commands\n";
  for (const CLI::App* command : commands_of(program))
    out += "\n### `mgan " + command->get_name() + "`\n\n" + command->get_description() + ".\n\n" + table_of(*command);
  out.pop_back();
  return out;
}

}  // namespace

void add_options_command(CLI::App& program) {
  CLI::App* command = program.add_subcommand("options", "Print docs/configuration.md");
  command->group("");
  command->callback([&program] { std::fputs(page(program).c_str(), stdout); });
}

}  // namespace program
