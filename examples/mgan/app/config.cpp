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

namespace {

void divides(const char* part, std::int64_t n, const char* whole, std::int64_t of) {
  mgan::require(of % n == 0, part, " ", n, " does not divide ", whole, " ", of);
}

/// A refinement of tokens that are there, in heads that divide the width.
void check_refinements(const ModelConfig& m) {
  const auto check = [&](const char* option, Refinement refinement, bool used, const char* user) {
    if (refinement == Refinement::none) return;
    mgan::require(used, option, " is ", word_of(refinement), ", but ", user, ": nothing looks at what it refines");
    if (refinement != Refinement::vsrn) divides("--refine-heads", m.refine_heads, "--width", m.width);
    mgan::require(refinement != Refinement::gat || m.refine_layers <= 1, "--refine-layers is ", m.refine_layers,
                  ", but ", option, " is gat, which has one layer");
  };
  const bool regions = m.region_alignment != "none", patches = m.patch_alignment != "none";
  check("--refine-regions", m.refine_regions, regions, "--region-alignment is none");
  check("--refine-patches", m.refine_patches, patches, "--patch-alignment is none");
  check("--refine-words", m.refine_words, regions || patches, "--region-alignment and --patch-alignment are none");
}

}  // namespace

void check(const Config& config) {
  const ModelConfig& m = config.model;
  check_refinements(m);
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
