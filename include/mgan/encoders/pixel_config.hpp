// preprocessor_config.json, which says what the pixels of a published image encoder are.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "mgan/core/error.hpp"
#include "mgan/core/utf8.hpp"
#include "mgan/image/clip_pixels.hpp"
#include "mgan/image/resize.hpp"
#include "mgan/io/json.hpp"

namespace mgan::encoders {

/// How a picture becomes numbers: scaled by `filter`, then (v / divisor - mean) / deviation.
struct PixelConfig {
  image::PixelNormalization normalization;
  image::Filter filter = image::Filter::bicubic;
  std::optional<std::int64_t> short_side = {};  // of the picture that is cropped, where the file crops

  /// What differs from scaling by a cubic to 0..1: one line, empty where nothing does. Versions up to 0.1 did so
  /// whatever the file said, and what they encoded is told apart by this line.
  std::string differs() const {
    std::string text;
    if (filter == image::Filter::bilinear) text += "resample 2\n";
    if (normalization.divisor != 255) text += "divisor " + io::Json(normalization.divisor).dump() + "\n";
    return text;
  }
};

namespace detail {

struct PixelFields {
  const io::Json& json;
  std::string where;

  bool has(const char* key) const { return json.contains(key) && !json[key].is_null(); }
  bool flag(const char* key, bool fallback) const {
    if (!has(key)) return fallback;
    if (!json[key].is_boolean()) fail(where, ": ", key, " is ", io::brief(json[key]), ", expected true or false");
    return json[key].get<bool>();
  }
  std::array<double, 3> three(const char* key) const {
    const io::Json& list = has(key) ? json[key] : io::Json();
    const bool ok = list.is_array() && list.size() == 3 &&
                    std::all_of(list.begin(), list.end(), [](const io::Json& x) { return x.is_number(); });
    require(ok, where, ": ", key, " is not three numbers");
    return {list[0].get<double>(), list[1].get<double>(), list[2].get<double>()};
  }
  image::PixelNormalization normalization() const {
    const image::PixelNormalization n{three("image_mean"), three("image_std")};
    for (const double x : n.deviation) require(x > 0, where, ": image_std has ", x);
    return n;
  }
  /// Pillow's numbers of its filters.
  image::Filter filter() const {
    if (!has("resample")) {
      for (const char* key : {"image_processor_type", "feature_extractor_type"})
        if (has(key) && json[key].is_string() && json[key].get_ref<const std::string&>().starts_with("ViT"))
          return image::Filter::bilinear;  // the default of transformers' ViTImageProcessor
      return image::Filter::bicubic;
    }
    const io::Json& r = json["resample"];
    if (r != 2 && r != 3) fail(where, ": resample is ", io::brief(r), ", expected 2 (bilinear) or 3 (bicubic)");
    return r == 2 ? image::Filter::bilinear : image::Filter::bicubic;
  }
  /// v / divisor is what is normalised.
  double divisor() const {
    if (!flag("do_rescale", true)) return 1;
    if (!has("rescale_factor")) return 255;
    const io::Json& factor = json["rescale_factor"];
    if (!factor.is_number() || !(factor.get<double>() > 0) || !(factor.get<double>() < 1e6))
      fail(where, ": rescale_factor is ", io::brief(factor), ", expected a positive number");
    return factor.get<double>() == 1.0 / 255 ? 255 : 1 / factor.get<double>();
  }
  /// size: a number, {"shortest_edge": n}, or {"height": n, "width": n}.
  std::optional<std::int64_t> side(const char* key) const {
    if (!has(key)) return std::nullopt;
    const io::Json& size = json[key];
    const auto number = [&](const io::Json& n) {
      if (!n.is_number_integer() || n < 1 || n > 1 << 16)
        fail(where, ": ", key, " is ", io::brief(size), ", expected the side of a square in pixels");
      return n.get<std::int64_t>();
    };
    if (!size.is_object()) return number(size);
    if (size.contains("shortest_edge")) return number(size["shortest_edge"]);
    if (!size.contains("height") || !size.contains("width") || size["height"] != size["width"])
      fail(where, ": ", key, " is ", io::brief(size), ", expected the side of a square in pixels");
    return number(size["height"]);
  }
};

}  // namespace detail

/// What a preprocessor_config.json asks for an encoder that takes `side` x `side` pixels; `usual` where it does not say
/// mean and deviation, and nothing without both. What is not supported is an Error that names the file and the field.
/// Whether a picture is squashed or cropped is the caller's choice, and not read.
inline std::optional<PixelConfig> pixel_config_from(const io::Json& json, const std::string& where, std::int64_t side,
                                                    std::optional<image::PixelNormalization> usual) {
  require(json.is_object(), where, ": not a JSON object");
  const detail::PixelFields f{json, where};
  for (const char* key : {"do_flip_channel_order", "do_pad", "do_thumbnail", "do_align_long_axis", "do_reduce_labels",
                          "do_image_splitting"})
    require(!f.flag(key, false), where, ": ", key, " is true, which is not supported");
  require(f.flag("do_resize", true), where, ": do_resize is false, but pictures of any size are scaled to ", side);
  PixelConfig config;
  config.filter = f.filter();
  if (!f.flag("do_normalize", true)) usual = image::PixelNormalization{{0, 0, 0}, {1, 1, 1}};
  else if (f.has("image_mean") || f.has("image_std")) usual = f.normalization();
  const bool crops = f.flag("do_center_crop", false);
  if (crops) config.short_side = f.side("size");
  const auto seen = f.side(crops ? "crop_size" : "size");
  if (seen && *seen != side) fail(where, ": makes pictures of ", *seen, " pixels a side, but the encoder takes ", side);
  if (!usual) return std::nullopt;
  config.normalization = *usual;
  config.normalization.divisor = f.divisor();
  return config;
}

/// The same of a folder. Mean and deviation may also stand in its config.json.
inline std::optional<PixelConfig> read_pixel_config(const std::filesystem::path& folder, std::int64_t side,
                                                    std::optional<image::PixelNormalization> usual = {}) {
  std::error_code ignored;
  const std::filesystem::path own = folder / "preprocessor_config.json", model = folder / "config.json";
  if (std::filesystem::exists(model, ignored)) {
    const io::Json json = io::read_json(model);
    if (json.is_object() && json.contains("image_mean"))
      usual = detail::PixelFields{json, model.string()}.normalization();
  }
  const bool has_own = std::filesystem::exists(own, ignored);
  return pixel_config_from(has_own ? io::read_json(own) : io::Json::object(), own.string(), side, usual);
}

}  // namespace mgan::encoders
