#include "mgan/image/resize.hpp"

#include <cstdint>

#include "mgan/image/clip_pixels.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/peak_memory.hpp"

using namespace mgan;
using namespace mgan::image;
using Catch::Matchers::ContainsSubstring;

namespace {

Picture pattern(int width, int height) {
  Picture picture = image::detail::blank(width, height);
  auto* value = picture.rgb.data();
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) *value++ = static_cast<std::uint8_t>(x * x * 37 + y * 91 + x * y * 5 + c * 53);
    }
  }
  return picture;
}

std::uint64_t hash_of(const Picture& picture) {  // FNV-1a
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const std::uint8_t byte : picture.rgb) hash = (hash ^ byte) * 0x100000001b3u;
  return hash;
}

}  // namespace

TEST_CASE("resize: the bytes of Pillow 11.3", "[image]") {
  struct Case {
    int in_width, in_height, width, height;
    std::uint64_t bilinear, bicubic;
  };
  const Case cases[] = {{13, 9, 5, 7, 0xa23369548bfe8aee, 0x7fd77ff945897a9a},
                        {13, 9, 20, 4, 0x5dd797cc3d903890, 0x7846cadf74ad802e},
                        {50, 40, 32, 32, 0xa6877aad004a0270, 0x0ca9a919f2a88dbd},
                        {7, 5, 30, 21, 0x5a1ae72e0bbd6303, 0x69cda7ab4b0f1dda},
                        {64, 64, 64, 10, 0x5409b77f30e48fcd, 0xee0c742bce214fd7},
                        {300, 200, 3, 2, 0xab9cf76634466b44, 0x286c68f512bb60e3}};
  for (const Case& c : cases) {
    CAPTURE(c.in_width, c.in_height, c.width, c.height);
    const Picture picture = pattern(c.in_width, c.in_height);
    CHECK(hash_of(resize(picture, c.width, c.height, Filter::bilinear)) == c.bilinear);
    CHECK(hash_of(resize(picture, c.width, c.height, Filter::bicubic)) == c.bicubic);
  }
}

TEST_CASE("resize: by hand", "[image]") {
  const Picture picture = pattern(31, 17);
  CHECK(resize(picture, 31, 17).rgb == picture.rgb);
  for (const Filter filter : {Filter::bilinear, Filter::bicubic}) {
    Picture flat = image::detail::blank(9, 9);
    for (auto& value : flat.rgb) value = 201;
    for (const auto value : resize(flat, 4, 30, filter).rgb) CHECK(value == 201);
  }
  // 4 pixels to 2, bilinear of reach 2: weights 3/7, 3/7, 1/7 on pixels 0 to 2 and 1/7, 3/7, 3/7 on 1 to 3.
  const Picture four{4, 1, {70, 0, 0, 140, 0, 0, 210, 0, 0, 0, 0, 7}};
  CHECK(resize(four, 2, 1, Filter::bilinear).rgb == std::vector<std::uint8_t>{120, 0, 0, 110, 0, 3});
  // Overshoot of the cubic is clipped: 0, 0, 255, 255 doubled.
  const Picture step{4, 1, {0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255}};
  const Picture doubled = resize(step, 8, 1, Filter::bicubic);
  CHECK(doubled.rgb[2 * 3] == 0);
  CHECK(doubled.rgb[5 * 3] == 255);
  CHECK_THROWS_WITH(resize(picture, 0, 5), ContainsSubstring("from 31 x 17 to 0 x 5"));
  CHECK_THROWS_AS(resize(Picture{}, 5, 5), Error);
}

TEST_CASE("center crop", "[image]") {
  const Picture picture = pattern(7, 6);
  const Picture crop = center_crop(picture, 4, 2);  // columns 1 to 4, rows 2 and 3
  CHECK(crop.width == 4);
  CHECK(crop.height == 2);
  for (std::size_t y = 0; y < 2; ++y) {
    for (std::size_t i = 0; i < 12; ++i) CHECK(crop.rgb[y * 12 + i] == picture.rgb[((y + 2) * 7 + 1) * 3 + i]);
  }
  CHECK(center_crop(picture, 7, 6).rgb == picture.rgb);
  CHECK_THROWS_WITH(center_crop(picture, 8, 6), ContainsSubstring("8 x 6 from 7 x 6"));
}

TEST_CASE("fit: the short side scaled, the long one rounded down, the middle cut out", "[image]") {
  const Picture fitted = fit(pattern(97, 31), 16, 16);
  CHECK(fitted.width == 16);
  CHECK(fitted.height == 16);
  CHECK(fitted.rgb == center_crop(resize(pattern(97, 31), 16 * 97 / 31, 16), 16, 16).rgb);
  CHECK(fit(pattern(16, 16), 16, 16).rgb == pattern(16, 16).rgb);
  CHECK_THROWS_WITH(fit(pattern(4, 4), 0, 4), ContainsSubstring("short side of 0"));
}

TEST_CASE("resize_part: pixels of the whole", "[image]") {
  for (const Filter filter : {Filter::bilinear, Filter::bicubic}) {
    const Picture picture = pattern(61, 37), whole = resize(picture, 40, 90, filter);
    const Picture part = resize_part(picture, 40, 90, 7, 31, 20, 13, filter);
    REQUIRE(part.width == 20);
    REQUIRE(part.height == 13);
    for (std::size_t y = 0; y < 13; ++y)
      for (std::size_t i = 0; i < 60; ++i) CHECK(part.rgb[y * 60 + i] == whole.rgb[((y + 31) * 40 + 7) * 3 + i]);
  }
  // So high that it is done in strips of columns: rows first, then columns, all the same.
  const Picture high = pattern(40, 60'000);
  CHECK(resize(high, 224, 224).rgb == resize(resize(high, 224, 60'000), 224, 224).rgb);
  CHECK_THROWS_WITH(resize_part(high, 20, 20, 15, 0, 6, 20), ContainsSubstring("6 x 20 pixels at (15, 0) of 20 x 20"));
}

TEST_CASE("fit and resize: a long picture costs what is kept of it", "[image]") {
  const Picture line = pattern(1, 10'000), wide = pattern(20'000, 2);
  CHECK(peak_megabytes([&] { CHECK(fit(line, 224, 224).rgb.size() == 224 * 224 * 3); }) < 150);  // of 1.5 GB
  CHECK(peak_megabytes([&] { CHECK(fit(wide, 224, 224).width == 224); }) < 150);
  CHECK(fit(pattern(3, 300), 16, 16).rgb == center_crop(resize(pattern(3, 300), 16, 1600), 16, 16).rgb);
  CHECK(fit(pattern(300, 3), 16, 8).rgb == center_crop(resize(pattern(300, 3), 1600, 16), 8, 8).rgb);
  const Picture high = pattern(10, 100'000);
  CHECK(peak_megabytes([&] { CHECK(resize(high, 224, 224).height == 224); }) < 150);  // of 67 MB; 1 x 10^6: of 674 MB
  CHECK_THROWS_WITH(scaled_to_short_side(1, 100'000'000, 224), ContainsSubstring("become 22400000000 on the longer"));
}

TEST_CASE("fitted_window: the part of the picture that fit keeps", "[image]") {
  const PictureWindow wide = fitted_window(500, 375, 224, 224);  // 298 x 224 pixels, columns 37 to 260 of them
  CHECK(wide.left == 37.0 / 298);
  CHECK(wide.right == 261.0 / 298);
  CHECK(wide.top == 0);
  CHECK(wide.bottom == 1);
  const PictureWindow high = fitted_window(300, 401, 100, 50);  // 100 x 133, columns 25 to 74, rows 41 to 90
  CHECK(high.left == 0.25);
  CHECK(high.right == 0.75);
  CHECK(high.top == 41.0 / 133);
  CHECK(high.bottom == 91.0 / 133);
  CHECK_THROWS_WITH(fitted_window(0, 4, 2, 2), ContainsSubstring("0 x 4"));

  // By pixels: a bright square that fills the window fills what fit keeps, up to the filter's reach at its edges.
  Picture picture = pattern(64, 32);
  const PictureWindow seen = fitted_window(64, 32, 8, 8);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 64; ++x)
      for (int c = 0; c < 3; ++c)
        picture.rgb[static_cast<std::size_t>((y * 64 + x) * 3 + c)] =
            x >= 64 * seen.left && x < 64 * seen.right ? 255 : 0;
  const Picture fitted = fit(picture, 8, 8);
  for (std::size_t y = 0; y < 8; ++y)
    for (std::size_t x = 2; x < 6; ++x) CHECK(fitted.rgb[(y * 8 + x) * 3] == 255);
  for (std::size_t y = 0; y < 8; ++y)
    for (const std::size_t x : {0u, 7u}) CHECK(fitted.rgb[(y * 8 + x) * 3] > 200);
}

TEST_CASE("PixelNormalization: channels first, (v / 255 - mean) / deviation", "[image]") {
  const PixelNormalization normalize{{0.5, 0.25, 0.0}, {0.5, 0.25, 1.0}};
  CHECK(normalize(Picture{2, 1, {0, 255, 51, 255, 0, 0}}) == std::vector<float>{-1, 1, 3, -1, 0.2f, 0});
}
