#include "overrides.hpp"

#include "config_fields.hpp"
#include "options.hpp"
#include "presets.hpp"

namespace program {

namespace {

/// "; photographs 20, paper 30": the presets that have another value than the first.
template <class Pick>
std::string other_presets(const std::vector<std::pair<std::string, Config>>& presets, const Pick& pick) {
  std::string text;
  const std::string first = shown(pick(presets.front().second));
  for (const auto& [name, preset] : presets) {
    const std::string value = shown(pick(preset));
    if (value != first) text += (text.empty() ? "; " : ", ") + name + " " + value;
  }
  return text;
}

}  // namespace

void Overrides::add_options(CLI::App& command, const std::map<std::string, std::string>& notes) {
  const auto presets = named_presets();
  const auto add_part = [&]<class Part>(Part Config::*part, const char* group) {
    command.option_defaults()->group(group);
    each_field<Part>([&]<class T>(const Field<Part, T>& field) {
      if (!field.has_option) return;
      const auto note = notes.find(std::string(field.key));
      const auto pick = [&](const Config& config) -> const T& { return config.*part.*field.member; };
      const std::string help =
          std::string(field.help) + (note == notes.end() ? "" : note->second) + other_presets(presets, pick);
      const std::function<void(T)> keep = [this, part, member = field.member](const T& value) {
        given_.push_back([=](Config& config) { config.*part.*member = value; });
      };
      add_option<T>(command, field.option_names(), keep, help, field.range)
          ->default_str(shown(pick(presets.front().second)));
    });
  };
  add_part(&Config::data, "Data");
  add_part(&Config::model, "Model");
  add_part(&Config::encoders, "Published encoders (a cache, or --vision and --text)");
  add_part(&Config::recipe, "Recipe");
  add_part(&Config::loss, "Loss");
  command.option_defaults()->group("Options");
}

void Overrides::apply(Config& config) const {
  for (const auto& put : given_) put(config);
}

}  // namespace program
