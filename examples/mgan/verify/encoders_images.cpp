// images/: decoded, scaled, cropped and normalised as Pillow and transformers do.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "encoders.hpp"
#include "mgan/image/clip_pixels.hpp"
#include "mgan/image/decode.hpp"
#include "mgan/io/json.hpp"
#include "mgan/io/safetensors.hpp"

namespace verify {

namespace {

using mgan::image::DecodeOptions;
using mgan::image::Picture;
using mgan::io::Json;

/// images/expect.safetensors and what its metadata say of the pipeline.
struct Expectations {
  mgan::io::SafetensorsFile file;
  int size = 0, crop = 0;
  mgan::image::PixelNormalization normalize;

  explicit Expectations(const fs::path& path) : file(path) {
    const auto found = file.metadata().find("config");
    mgan::require(found != file.metadata().end(), path.string(), ": __metadata__ has no 'config'");
    const Json config = mgan::io::parse_json(found->second, path.string() + ": config");
    size = config.at("shortest_edge").get<int>();
    crop = config.at("crop").get<int>();
    normalize.mean = config.at("mean").get<std::array<double, 3>>();
    normalize.deviation = config.at("std").get<std::array<double, 3>>();
  }

  Picture picture(const std::string& name) const {
    const mgan::io::TensorView& view = file.at(name);
    mgan::require(view.dtype == mgan::io::DType::U8 && view.shape.size() == 3 && view.shape[2] == 3, view.where,
                  ": expected U8 (H, W, 3)");
    Picture p{static_cast<int>(view.shape[1]), static_cast<int>(view.shape[0]), {}};
    for (const std::byte b : view.bytes) p.rgb.push_back(std::to_integer<std::uint8_t>(b));
    return p;
  }
};

struct Difference {
  int most = 0;         // levels
  double mean = 0;      // levels
  double fraction = 0;  // of the bytes that differ
};
Difference difference(const Picture& a, const Picture& b, const std::string& what) {
  mgan::require(a.width == b.width && a.height == b.height, what, ": ", a.width, " x ", a.height, ", expected ",
                b.width, " x ", b.height);
  Difference d;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) {
    const int levels = std::abs(a.rgb[i] - b.rgb[i]);
    d.most = std::max(d.most, levels);
    d.mean += levels;
    d.fraction += levels > 0;
  }
  d.mean /= static_cast<double>(a.rgb.size());
  d.fraction /= static_cast<double>(a.rgb.size());
  return d;
}
void require_equal(const Picture& a, const Picture& b, const std::string& what) {
  const Difference d = difference(a, b, what);
  mgan::require(d.most == 0, what, ": up to ", d.most, " levels off, in ", 100 * d.fraction, " % of the bytes");
}

std::string check_picture(const fs::path& path, const Expectations& expected) {
  const std::string name = path.filename().string();
  const auto has = [&](const char* suffix) { return expected.file.contains(name + suffix); };
  const auto fitted = [&](const Picture& p) { return mgan::image::fit(p, expected.size, expected.crop); };
  const auto wanted = [&](const char* suffix) { return expected.picture(name + suffix); };
  const Picture decoded = mgan::image::load_picture(path);
  std::string said;

  // The bytes of a JPEG depend on the decoder: the rest of the pipeline starts from the given ones.
  Picture start = decoded;
  if (path.extension() == ".jpg" && has(".decoded")) {
    start = wanted(".decoded");
    const Difference d = difference(decoded, start, name + " decoded");
    mgan::require(d.mean < 4, name, " decoded: ", d.mean, " levels off on average");
    char text[96];
    std::snprintf(text, sizeof text, "decoder: %d levels at most, %.4f %% of the bytes; ", d.most, 100 * d.fraction);
    said += text;
  } else if (has(".decoded")) {
    require_equal(decoded, wanted(".decoded"), name + " decoded");
    said += "decoded, ";
  }
  if (has(".cropped")) {
    require_equal(fitted(start), wanted(".cropped"), name + " cropped");
    said += "cropped, ";
  }
  const auto with = [&](const char* suffix, const DecodeOptions& options, const char* what) {
    if (!has(suffix)) return;
    require_equal(fitted(mgan::image::load_picture(path, options)), wanted(suffix), name + suffix);
    said += what;
  };
  DecodeOptions white, high;
  white.transparency = mgan::image::Transparency::on_white;
  high.grey16 = mgan::image::Grey16::high_byte;
  with(".cropped_on_white", white, "on white, ");
  with(".cropped_high_byte", high, "high byte, ");
  mgan::require(!said.empty(), name, ": ", expected.size, " pixels: nothing expected of it");
  said += "exact";
  if (has(".pixel_values")) {
    const auto values = mgan::io::read_values<double>(expected.file.at(name + ".pixel_values"));
    const std::vector<float> numbers = expected.normalize(fitted(start));
    mgan::require(values.size() == numbers.size(), name, ": ", numbers.size(), " numbers, expected ", values.size());
    double worst = 0;
    for (std::size_t i = 0; i < values.size(); ++i) worst = std::max(worst, std::abs(values[i] - numbers[i]));
    mgan::require(worst <= 1e-6, name, ": pixel values are off by ", worst);
    char text[48];
    std::snprintf(text, sizeof text, "; pixel values to %.1e", worst);
    said += text;
  }
  return said;
}

}  // namespace

void check_images(const fs::path& folder, const Add& add) {
  if (fs::exists(folder / "expect.safetensors")) {
    const Expectations expected(folder / "expect.safetensors");
    for (const fs::path& path : entries_of(folder))
      if (path.extension() == ".png" || path.extension() == ".jpg")
        check_good(name_below(folder, path), add, [&] { return check_picture(path, expected); });
  }
  // A damaged file that Pillow opens may be opened.
  const Json index = fs::exists(folder / "index.json") ? mgan::io::read_json(folder / "index.json") : Json::object();
  const auto opens = [&](const fs::path& path) {
    if (index.contains("bad"))
      for (const Json& entry : index["bad"])
        if (entry.value("file", "") == "bad/" + path.filename().string()) return entry.value("pillow", "") == "opens";
    return false;
  };
  for (const fs::path& path : entries_of(folder / "bad"))
    check_bad(
        name_below(folder, path), path, add, [&] { mgan::image::load_picture(path); }, opens(path));
}

}  // namespace verify
