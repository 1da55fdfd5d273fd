#include "mgan/image/decode.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "mgan/image/write_jpeg.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/peak_memory.hpp"
#include "tests/unit/image/picture_files.hpp"
#include "tests/unit/io/temporary_folder.hpp"

using namespace mgan;
using namespace mgan::image;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Bytes = std::vector<std::uint8_t>;

namespace {

Picture decoded(const std::string& file) { return decode(std::as_bytes(std::span(file)), "a.file"); }

/// A smooth 24 x 16 picture of `channels`.
Bytes ramp(int channels) {
  Bytes pixels;
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 24; ++x) {
      for (int c = 0; c < channels; ++c) pixels.push_back(static_cast<std::uint8_t>(40 + 6 * x + 3 * y + 5 * c));
    }
  }
  return pixels;
}

int worst(const Bytes& a, const Bytes& b) {
  if (a.size() != b.size()) return 999;
  int difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = std::max(difference, std::abs(a[i] - b[i]));
  return difference;
}

}  // namespace

TEST_CASE("decode: JPEG of one, three and four channels", "[image]") {
  const Picture rgb = decoded(jpeg_file(24, 16, 3, ramp(3)));
  CHECK(rgb.width == 24);
  CHECK(rgb.height == 16);
  CHECK(worst(rgb.rgb, ramp(3)) <= 3);

  const Picture grey = decoded(jpeg_file(24, 16, 1, ramp(1)));
  Bytes expected;
  for (const auto value : ramp(1)) expected.insert(expected.end(), 3, value);
  CHECK(worst(grey.rgb, expected) <= 2);

  for (const bool adobe : {true, false}) {
    const Bytes inks = ramp(4);
    expected.clear();
    for (std::size_t p = 0; p < inks.size(); p += 4) {
      // With Adobe's marker or without: files store 1 - ink, as Pillow takes for granted.
      for (std::size_t c = 0; c < 3; ++c)
        expected.push_back(static_cast<std::uint8_t>(inks[p + c] * inks[p + 3] / 255));
    }
    CHECK(worst(decoded(jpeg_file(24, 16, 4, inks, adobe)).rgb, expected) <= 5);
  }
}

TEST_CASE("decode: PNG of every kind", "[image]") {
  const Bytes rgb = ramp(3);
  CHECK(decoded(png_file(24, 16, 8, PNG_COLOR_TYPE_RGB, rgb)).rgb == rgb);
  CHECK(decoded(png_file(24, 16, 8, PNG_COLOR_TYPE_RGB, rgb, true)).rgb == rgb);
  Bytes rgba, wide, grey_alpha, grey3;
  for (std::size_t p = 0; p < rgb.size(); p += 3) {
    rgba.insert(rgba.end(), {rgb[p], rgb[p + 1], rgb[p + 2], static_cast<std::uint8_t>(p)});
    grey_alpha.insert(grey_alpha.end(), {rgb[p], 0});
    grey3.insert(grey3.end(), 3, rgb[p]);
  }
  for (const auto value : rgb) wide.insert(wide.end(), 2, value);             // 257 v in 16 bits
  CHECK(decoded(png_file(24, 16, 8, PNG_COLOR_TYPE_RGBA, rgba)).rgb == rgb);  // alpha dropped, not blended
  CHECK(decoded(png_file(24, 16, 16, PNG_COLOR_TYPE_RGB, wide)).rgb == rgb);
  CHECK(decoded(png_file(24, 16, 8, PNG_COLOR_TYPE_GRAY, ramp(1))).rgb[23 * 3] == ramp(1)[23]);
  CHECK(decoded(png_file(24, 16, 8, PNG_COLOR_TYPE_GRAY_ALPHA, grey_alpha)).rgb == grey3);
  CHECK(decoded(png_file(4, 1, 1, PNG_COLOR_TYPE_GRAY, {0b01100000})).rgb ==
        Bytes{0, 0, 0, 255, 255, 255, 255, 255, 255, 0, 0, 0});
  CHECK(decoded(png_file(4, 1, 2, PNG_COLOR_TYPE_PALETTE, {0b00011011})).rgb ==
        Bytes{255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255});
}

TEST_CASE("decode: transparency and 16-bit grey, by option", "[image]") {
  const auto with = [](const std::string& file, const DecodeOptions& options) {
    return decode(std::as_bytes(std::span(file)), "a.file", options).rgb;
  };
  const DecodeOptions white{.transparency = Transparency::on_white};
  const std::string rgba = png_file(3, 1, 8, PNG_COLOR_TYPE_RGBA, {10, 20, 30, 0, 10, 20, 30, 255, 10, 20, 30, 128});
  CHECK(with(rgba, {}) == Bytes{10, 20, 30, 10, 20, 30, 10, 20, 30});
  CHECK(with(rgba, white) == Bytes{255, 255, 255, 10, 20, 30, 132, 137, 142});
  const std::string opaque = png_file(24, 16, 8, PNG_COLOR_TYPE_RGB, ramp(3));
  CHECK(with(opaque, white) == ramp(3));
  const std::string grey = png_file(3, 1, 16, PNG_COLOR_TYPE_GRAY, {0, 7, 1, 0, 200, 9});
  CHECK(with(grey, {}) == Bytes{7, 7, 7, 255, 255, 255, 255, 255, 255});
  CHECK(with(grey, {.grey16 = Grey16::high_byte}) == Bytes{0, 0, 0, 1, 1, 1, 200, 200, 200});
}

TEST_CASE("decode: files of either kind, known by their bytes", "[image]") {
  const TemporaryFolder folder;
  const auto jpeg = folder.file("a.png", jpeg_file(24, 16, 3, ramp(3)));
  CHECK(load_picture(jpeg).width == 24);
  CHECK(picture_size(jpeg).height == 16);
  CHECK(picture_size(folder.file("b", png_file(24, 16, 8, PNG_COLOR_TYPE_RGB, ramp(3)))).width == 24);
  CHECK_THROWS_WITH(load_picture(folder.path / "none.jpg"), ContainsSubstring("none.jpg: cannot read: No such file"));
  const auto refused = [&](const std::string& bytes, const std::string& why) {
    CHECK_THROWS_WITH(load_picture(folder.file("c.jpg", bytes)), EndsWith("c.jpg: neither JPEG nor PNG" + why));
    CHECK_THROWS_WITH(picture_size(folder.file("c.jpg", bytes)), EndsWith("c.jpg: neither JPEG nor PNG" + why));
  };
  refused("GIF89a", ": a GIF picture");
  refused("", ": an empty file");
  refused(std::string("RIFF\x20\0\0\0WEBPVP8 ", 16), ": a WebP picture");
  refused(std::string("II*\0\x08\0\0\0", 8), ": a TIFF picture");
  refused(std::string("MM\0*\0\0\0\x08", 8), ": a TIFF picture");
  refused(std::string("\0\0\0\x20"
                      "ftypavif",
                      12),
          ": an AVIF picture");
  refused(std::string("\0\0\0\x20"
                      "ftypheic",
                      12),
          ": a HEIC picture");
  refused("\n<!DOCTYPE html><html>", ": a page of HTML or XML, perhaps of a failed download");
  refused("version https://git-lfs.github.com/spec/v1\noid sha256:",
          ": a Git LFS pointer, the picture itself was not fetched (git lfs pull)");
  refused("something else", "");
  refused("\xff", "");
}

TEST_CASE("decode: a scan header that many phones write", "[image]") {
  const std::string whole = jpeg_file(24, 16, 3, ramp(3));
  std::string phone = whole;
  const std::size_t scan = phone.find("\xff\xda");
  REQUIRE(scan != std::string::npos);
  const auto spectrum =
      scan + 5 + 2 * static_cast<unsigned char>(phone[scan + 4]);  // Ss, Se, AhAl behind the components
  REQUIRE(phone[spectrum + 1] == 63);
  phone[spectrum + 1] = 0;
  CHECK(decoded(phone).rgb == decoded(whole).rgb);
}

TEST_CASE("decode: chunks of a PNG that claim memory", "[image]") {
  const std::string png = png_file(24, 16, 8, PNG_COLOR_TYPE_RGB, ramp(3));
  const std::size_t behind_header = 8 + 25;
  for (const char* kind : {"tEXt", "zTXt", "iTXt", "pCAL", "sCAL", "sPLT", "iCCP", "eXIf", "teSt"}) {
    CAPTURE(kind);
    const std::string claim = std::string("\x7f\xff\xff\xef", 4) + kind + "Comment" + std::string(20, '\0');
    const std::string bad = png.substr(0, behind_header) + claim;
    std::string why;
    const long megabytes = peak_megabytes([&] {
      try {
        decoded(bad);
      } catch (const Error& error) {
        why = error.what();
      }
    });
    CHECK(why == "a.file: not a readable PNG: truncated");
    CHECK(megabytes < 100);  // it was 2 GB
  }
}

TEST_CASE("decode: small files that ask for much are refused", "[image]") {
  std::string giant = jpeg_file(24, 16, 3, ramp(3));
  const std::size_t frame = giant.find("\xff\xc0");
  REQUIRE(frame != std::string::npos);
  for (std::size_t i = 5; i < 9; i += 2) giant[frame + i] = '\x27', giant[frame + i + 1] = '\x0f';  // 9999
  const TemporaryFolder folder;
  const auto path = folder.file("giant.jpg", giant);
  for (const auto& read :
       {std::function<void()>([&] { load_picture(path); }), std::function<void()>([&] { picture_size(path); })})
    CHECK_THROWS_WITH(read(), ContainsSubstring("giant.jpg: not a readable JPEG: ") &&
                                  ContainsSubstring("bytes are too few for 9999 x 9999 pixels"));

  // A flat picture: as usual, and with a scan for each of the 64 coefficients.
  const std::string usual = progressive_jpeg_file(2800, 2800, 6), scans = progressive_jpeg_file(2800, 2800, 64);
  CHECK(decoded(usual).rgb.size() == std::size_t{2800} * 2800 * 3);
  CHECK_THROWS_WITH(decoded(scans), ContainsSubstring("its scans take too long for so few bytes"));
  CHECK(decoded(progressive_jpeg_file(800, 800, 64)).rgb.size() == std::size_t{800} * 800 * 3);
}

TEST_CASE("decode: pictures that are a line", "[image]") {
  const auto line = [](unsigned width, unsigned height) {
    return png_file(width, height, 8, PNG_COLOR_TYPE_GRAY, Bytes(std::size_t{width} * height, 9));
  };
  CHECK(decoded(line(10'000, 1)).width == 10'000);
  CHECK(decoded(line(1, 10'000)).height == 10'000);
  CHECK_THROWS_WITH(decoded(line(10'001, 1)),
                    ContainsSubstring("a.file: not a readable PNG: 10001 x 1 pixels: one side is over 10000 times"));
  CHECK_THROWS_WITH(decoded(line(2, 20'001)), ContainsSubstring("2 x 20001 pixels"));
  CHECK_THROWS_WITH(decoded(jpeg_file(1, 10'001, 1, Bytes(10'001, 9))),
                    ContainsSubstring("a.file: not a readable JPEG: 1 x 10001 pixels: one side is over 10000 times"));
}

TEST_CASE("decode: truncated and corrupt files are errors", "[image]") {
  const std::string jpeg = jpeg_file(24, 16, 3, ramp(3)), png = png_file(24, 16, 8, PNG_COLOR_TYPE_RGB, ramp(3));
  for (const std::string& file : {jpeg, png}) {
    for (std::size_t n = 0; n < file.size(); ++n) {
      // Without its last marker a JPEG has all its pixels, and still it is refused.
      CHECK_THROWS_AS(decoded(file.substr(0, n)), Error);
    }
    CHECK_THROWS_WITH(decoded(file.substr(0, file.size() / 2)), ContainsSubstring("a.file: not a readable"));
  }
  std::string flipped = png;
  flipped[png.size() - 30] = static_cast<char>(flipped[png.size() - 30] ^ 0x40);  // in the pixels or their checksum
  CHECK_THROWS_WITH(decoded(flipped), ContainsSubstring("a.file: not a readable PNG"));
  // Any corruption gives a picture of the right size or an Error, never a crash.
  for (const std::string& file : {jpeg, png}) {
    for (std::size_t n = 4; n < file.size(); ++n) {
      std::string bad = file;
      bad[n] = static_cast<char>(bad[n] ^ 0xff);
      try {
        const Picture picture = decode(std::as_bytes(std::span(bad)), "bad", {.max_pixels = 1'000'000});
        CHECK(picture.rgb.size() == static_cast<std::size_t>(picture.width * picture.height * 3));
      } catch (const Error&) {
      }
    }
  }
}

TEST_CASE("decode: a header that claims too much is refused before memory is taken", "[image]") {
  std::string png = png_file(24, 16, 8, PNG_COLOR_TYPE_RGB, ramp(3));
  CHECK_THROWS_WITH(decode(std::as_bytes(std::span(png)), "a.png", {.max_pixels = 383}),
                    ContainsSubstring("a.png: not a readable PNG: 24 x 16 pixels are too many"));
  CHECK_NOTHROW(decode(std::as_bytes(std::span(png)), "a.png", {.max_pixels = 384}));
  const std::string jpeg = jpeg_file(24, 16, 3, ramp(3));
  CHECK_THROWS_WITH(decode(std::as_bytes(std::span(jpeg)), "a.jpg", {.max_pixels = 383}),
                    ContainsSubstring("24 x 16 pixels are too many"));
  std::string giant = jpeg;
  const std::size_t frame = giant.find("\xff\xc0");
  REQUIRE(frame != std::string::npos);
  for (std::size_t i = 5; i < 9; ++i) giant[frame + i] = '\xff';  // 65535 x 65535, over libjpeg's own limit
  CHECK_THROWS_AS(decoded(giant), Error);
  for (std::size_t i = 5; i < 9; i += 2) giant[frame + i] = '\x7f';
  CHECK_THROWS_WITH(decoded(giant), ContainsSubstring("32767 x 32767 pixels are too many"));
}

TEST_CASE("jpeg_bytes: what is written is read back, smaller at a lower quality", "[image]") {
  const Picture picture{24, 16, ramp(3)};
  const Picture back = decoded(jpeg_bytes(picture, 95));
  CHECK(back.width == 24);
  CHECK(back.height == 16);
  CHECK(worst(back.rgb, picture.rgb) <= 4);
  CHECK(jpeg_bytes(picture, 20).size() < jpeg_bytes(picture, 95).size());
  CHECK_THROWS_WITH(jpeg_bytes(picture, 0), "jpeg_bytes: quality is 0, expected 1..100");
  CHECK_THROWS_WITH(jpeg_bytes(Picture{3, 2, Bytes(5)}), "jpeg_bytes: a picture of 3 x 2 pixels with 5 bytes");
  CHECK_THROWS_WITH(jpeg_bytes(Picture{70000, 1, Bytes(210000)}),
                    ContainsSubstring("jpeg_bytes: a picture of 70000 x 1 pixels: "));
}
