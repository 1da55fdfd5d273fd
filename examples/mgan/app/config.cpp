#include "config.hpp"

#include "config_fields.hpp"

namespace program {

using mgan::io::Json;

void to_json(Json& json, const DataConfig& config) { json = json_of_fields(config); }
void to_json(Json& json, const Config& config) { json = json_of_fields(config); }
void from_json(const Json& json, Config& config) {
  config = {};
  read_fields(json, config, "");
}

void check(const Config& config) {
  const ModelConfig& m = config.model;
  const auto divides = [](const char* part, std::int64_t n, const char* whole, std::int64_t of) {
    mgan::require(of % n == 0, part, " ", n, " does not divide ", whole, " ", of);
  };
  if (!config.encoders.used()) {
    divides("--vision-heads", m.vision_heads, "--vision-width", m.vision_width);
    divides("--text-heads", m.text_heads, "--text-width", m.text_width);
  }
  if (m.region_alignment == "views") divides("--heads", m.heads, "--width", m.width);
  if (m.patch_alignment == "none" && m.global_alignment == "none" && m.regions == Regions::features) return;
  divides("--patch-size", m.patch_size, "--image-size", m.image_size);
  const std::int64_t side = m.image_size / m.patch_size;
  if (m.patch_alignment == "none") return;
  mgan::require(m.width % 2 == 0, "--width is ", m.width, ", expected an even number: the patch selector halves it");
  mgan::require(m.k <= side * side, "-k is ", m.k, ", expected from 1 to ", side * side,
                ", the patches of a picture of ", m.image_size, " x ", m.image_size, " pixels");
}

std::string differences(const Json& stored, const Json& wanted) {
  std::string text;
  const Json defaults = Config{};
  for (const Json& change : Json::diff(stored, wanted)) {
    const std::string path = change["path"];
    const Json::json_pointer field(path);
    if (!stored.contains(field) && defaults.contains(field) && defaults[field] == wanted[field]) continue;
    const auto value = [&](const Json& config) {
      return config.contains(field) ? config[field].dump() : std::string("nothing");
    };
    if (path.rfind("/vocabulary", 0) == 0) return text + (text.empty() ? "" : ", ") + "the vocabulary";
    text += (text.empty() ? "" : ", ") + path.substr(1) + " " + value(stored) + " -> " + value(wanted);
  }
  return text;
}

}  // namespace program
