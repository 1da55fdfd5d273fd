#include "mgan/encoders/pixel_config.hpp"

#include <string>

#include "tests/support/catch.hpp"
#include "tests/unit/io/temporary_folder.hpp"

using namespace mgan;
using Catch::Matchers::ContainsSubstring;
using mgan::encoders::PixelConfig;

namespace {

PixelConfig config_of(const std::string& more) {
  const std::string text = R"({"image_mean": [0.1, 0.2, 0.3], "image_std": [0.5, 0.5, 1])" + more + "}";
  return *encoders::pixel_config_from(io::parse_json(text, "p.json"), "p.json", 32, {});
}

}  // namespace

TEST_CASE("pixel config: what is understood is obeyed", "[image]") {
  const image::Picture grey{1, 1, {51, 102, 204}};
  const PixelConfig plain = config_of("");
  CHECK(plain.filter == image::Filter::bicubic);
  CHECK(plain.normalization(grey)[0] == Approx((0.2 - 0.1) / 0.5));
  CHECK(plain.differs().empty());
  CHECK(config_of(R"(,"resample": 3, "do_rescale": true, "rescale_factor": 0.00392156862745098)").differs().empty());

  CHECK(config_of(R"(,"resample": 2)").filter == image::Filter::bilinear);
  CHECK(config_of(R"(,"resample": 2)").differs() == "resample 2\n");
  CHECK(config_of(R"(,"image_processor_type": "ViTImageProcessor")").filter == image::Filter::bilinear);
  CHECK(config_of(R"(,"image_processor_type": "CLIPImageProcessor")").filter == image::Filter::bicubic);
  const PixelConfig raw = config_of(R"(,"do_rescale": false)");
  CHECK(raw.normalization(grey)[2] == Approx(204 - 0.3));
  CHECK(raw.differs() == "divisor 1.0\n");
  CHECK(config_of(R"(,"rescale_factor": 0.01)").normalization(grey)[1] == Approx((1.02 - 0.2) / 0.5));
  CHECK(config_of(R"(,"do_normalize": false)").normalization(grey)[1] == Approx(0.4));
  CHECK(config_of(R"(,"size": 32, "do_resize": true, "do_convert_rgb": true)").normalization.mean[0] == 0.1);
  CHECK_FALSE(config_of(R"(,"size": {"height": 32, "width": 32})").short_side.has_value());
  const PixelConfig crops = config_of(R"(,"do_center_crop": true, "size": {"shortest_edge": 40}, "crop_size": 32)");
  CHECK(crops.short_side == 40);
}

TEST_CASE("pixel config: what is not understood is refused by name", "[image]") {
  const auto refused = [](const std::string& more, const std::string& why) {
    CHECK_THROWS_WITH(config_of("," + more), ContainsSubstring("p.json: " + why));
  };
  refused(R"("resample": 1)", "resample is 1, expected 2 (bilinear) or 3 (bicubic)");
  refused(R"("resample": "cubic")", "resample is \"cubic\"");
  refused(R"("do_flip_channel_order": true)", "do_flip_channel_order is true, which is not supported");
  refused(R"("do_rescale": 0)", "do_rescale is 0, expected true or false");
  refused(R"("rescale_factor": 0)", "rescale_factor is 0, expected a positive number");
  refused(R"("do_resize": false)", "do_resize is false");
  refused(R"("do_pad": true)", "do_pad is true");
  refused(R"("size": 64)", "makes pictures of 64 pixels a side, but the encoder takes 32");
  refused(R"("size": {"height": 32, "width": 64})", "size is {\"height\":32,\"width\":64}");
  refused(R"("do_center_crop": true, "crop_size": {"height": 30, "width": 30})", "makes pictures of 30 pixels");
  const auto bad = [](const std::string& text) {
    return encoders::pixel_config_from(io::parse_json(text, "p.json"), "p.json", 32, {});
  };
  CHECK_THROWS_WITH(bad(R"({"image_mean": [1, 2], "image_std": [1, 1, 1]})"), ContainsSubstring("image_mean is not"));
  CHECK_THROWS_WITH(bad(R"({"image_mean": [1, 2, 3]})"), ContainsSubstring("p.json: image_std is not three numbers"));
  CHECK_THROWS_WITH(bad(R"({"image_mean": [1, 2, 3], "image_std": [1, 0, 1]})"), ContainsSubstring("image_std has 0"));
  CHECK_FALSE(bad("{}").has_value());
}

TEST_CASE("pixel config: of a folder", "[image]") {
  const TemporaryFolder folder;
  CHECK_FALSE(encoders::read_pixel_config(folder.path, 32).has_value());
  const image::PixelNormalization clip;
  CHECK(encoders::read_pixel_config(folder.path, 32, clip)->normalization.mean == clip.mean);
  folder.file("config.json", R"({"image_mean": [0, 0, 0], "image_std": [2, 2, 2], "image_size": 32})");
  CHECK(encoders::read_pixel_config(folder.path, 32, clip)->normalization.deviation[1] == 2);
  folder.file("preprocessor_config.json", R"({"resample": 2})");
  CHECK(encoders::read_pixel_config(folder.path, 32, clip)->normalization.deviation[1] == 2);
  CHECK(encoders::read_pixel_config(folder.path, 32, clip)->filter == image::Filter::bilinear);
  folder.file("preprocessor_config.json", R"({"image_mean": [0, 0, 0], "image_std": [3, 3, 3]})");
  CHECK(encoders::read_pixel_config(folder.path, 32, clip)->normalization.deviation[1] == 3);
  folder.file("preprocessor_config.json", "[]");
  CHECK_THROWS_WITH(encoders::read_pixel_config(folder.path, 32, clip),
                    ContainsSubstring("preprocessor_config.json: not a JSON object"));
}
