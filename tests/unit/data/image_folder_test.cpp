#include "mgan/data/image_folder.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "mgan/data/captioned_folder.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/image/picture_files.hpp"
#include "tests/unit/io/temporary_folder.hpp"

using namespace mgan;
using namespace mgan::data;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Equals;

namespace {

std::string grey_png(std::uint8_t value) {
  return png_file(4, 3, 8, PNG_COLOR_TYPE_RGB, std::vector<std::uint8_t>(4 * 3 * 3, value));
}

/// root may read everything; while this lives, the test is somebody else.
struct NotRoot {
  const uid_t before = ::geteuid();
  NotRoot() {
    if (before == 0) REQUIRE(::seteuid(65534) == 0);
  }
  NotRoot(const NotRoot&) = delete;
  NotRoot& operator=(const NotRoot&) = delete;
  ~NotRoot() {
    if (::seteuid(before) != 0) std::abort();
  }
};

}  // namespace

TEST_CASE("image folder: JPEG and PNG files, sorted, with those of the folders below", "[data]") {
  const TemporaryFolder root;
  std::filesystem::create_directories(root.path / "b" / "deep");
  root.file("z.PNG", grey_png(10));
  root.file("a.jpg", jpeg_file(4, 3, 3, std::vector<std::uint8_t>(36, 20)));
  root.file("b/c.png", grey_png(30));
  root.file("b/deep/a.jpeg", jpeg_file(4, 3, 1, std::vector<std::uint8_t>(12, 40)));
  const ImageFolder folder = open_image_folder(root.path);
  CHECK(folder.names == std::vector<std::string>{"a.jpg", "b/c.png", "b/deep/a.jpeg", "z.PNG"});
  CHECK(folder.warnings.empty());
  CHECK(folder.size() == 4);
  CHECK(folder.picture(1).rgb[0] == 30);
  CHECK(folder.picture(3).width == 4);
  CHECK(open_image_folder(root.path.string() + "/").names == folder.names);
}

TEST_CASE("image folder: what is left out is named", "[data]") {
  const TemporaryFolder root;
  std::filesystem::create_directories(root.path / ".thumbnails");
  std::filesystem::create_directories(root.path / "real");
  root.file("real/a.png", grey_png(10));
  root.file(".thumbnails/a.png", grey_png(10));
  root.file("._a.png", "resource fork");
  root.file("b.gif", "GIF89a");
  root.file("a.webp", "RIFF");
  std::filesystem::create_directory_symlink(root.path / "real", root.path / "link");
  std::filesystem::create_symlink(root.path / "real" / "a.png", root.path / "linked.png");  // files may be links
  const ImageFolder folder = open_image_folder(root.path);
  CHECK(folder.names == std::vector<std::string>{"linked.png", "real/a.png"});
  const std::string at = root.path.string();
  CHECK(folder.warnings ==
        std::vector<std::string>{at + ": 2 files that are not named .jpg, .jpeg or .png left out, first 'a.webp'",
                                 at + ": 2 hidden files and folders left out, first '._a.png'",
                                 at + ": 1 links to folders left out, first 'link'"});
}

TEST_CASE("image folder: errors say which folder and which file", "[data]") {
  const TemporaryFolder root;
  CHECK_THROWS_WITH(open_image_folder(root.path / "nosuch"), ContainsSubstring("nosuch: no such folder"));
  CHECK_THROWS_WITH(open_image_folder(root.path), ContainsSubstring(root.path.string() + ": no files *.jpg"));
  root.file("caf\xe9.png", grey_png(1));
  CHECK_THROWS_WITH(open_image_folder(root.path), ContainsSubstring("the name 'caf\\xE9.png' is not UTF-8"));
  CHECK_THROWS_WITH(open_image_folder(root.path / "caf\xe9.png"), ContainsSubstring("not a folder"));
  root.file("good.png", grey_png(1));
  const ImageFolder folder = open_image_folder(root.path, BrokenPictures::skip);
  CHECK(folder.names == std::vector<std::string>{"good.png"});
  REQUIRE(folder.warnings.size() == 1);
  CHECK_THAT(folder.warnings[0], ContainsSubstring("caf\\xE9.png' is not UTF-8; left out"));
}

TEST_CASE("image folder: a folder below that may not be listed", "[data]") {
  const TemporaryFolder root;
  std::filesystem::permissions(root.path, std::filesystem::perms::all);
  std::filesystem::create_directories(root.path / "a" / "closed");
  root.file("a/closed/b.png", grey_png(1));
  root.file("a/c.png", grey_png(1));
  root.file("z.png", grey_png(1));
  std::filesystem::permissions(root.path / "a" / "closed", std::filesystem::perms::none);
  const NotRoot user;
  const std::string why = (root.path / "a/closed").string() + ": cannot list this folder: Permission denied";
  CHECK_THROWS_WITH(open_image_folder(root.path), Equals(why));
  CHECK_THROWS_WITH(open_image_folder(root.path / "a" / "closed", BrokenPictures::skip), Equals(why));
  const ImageFolder folder = open_image_folder(root.path, BrokenPictures::skip);
  CHECK(folder.names == std::vector<std::string>{"a/c.png", "z.png"});
  CHECK(folder.warnings == std::vector<std::string>{why + "; left out"});
}

TEST_CASE("broken pictures are fatal, or named and skipped", "[data]") {
  const TemporaryFolder root;
  const std::string whole = grey_png(7);
  root.file("a.png", whole);
  root.file("b.png", std::string_view(whole).substr(0, 40));
  root.file("c.jpg", "not a picture");
  const ImageFolder folder = open_image_folder(root.path);
  std::vector<std::string> warnings;
  const auto load = [&](std::size_t i, BrokenPictures broken) {
    return load_or_skip([&] { return folder.picture(i); }, broken, warnings);
  };
  CHECK(load(0, BrokenPictures::fatal)->rgb[0] == 7);
  CHECK_THROWS_WITH(load(1, BrokenPictures::fatal), ContainsSubstring((root.path / "b.png").string()));
  CHECK_THROWS_AS(load(2, BrokenPictures::fatal), Error);
  CHECK(warnings.empty());
  CHECK(load(0, BrokenPictures::skip).has_value());
  CHECK_FALSE(load(1, BrokenPictures::skip).has_value());
  CHECK_FALSE(load(2, BrokenPictures::skip).has_value());
  REQUIRE(warnings.size() == 2);
  CHECK_THAT(warnings[0], ContainsSubstring((root.path / "b.png").string() + ": not a readable PNG") &&
                              ContainsSubstring("; left out"));
  CHECK_THAT(warnings[1], ContainsSubstring("c.jpg: neither JPEG nor PNG; left out"));
}

TEST_CASE("image folder: captions from a file", "[data]") {
  const TemporaryFolder root;
  for (const char* name : {"a.png", "b.png", "c#2.png"}) root.file(name, grey_png(1));
  ImageFolder folder = open_image_folder(root.path);
  const auto path = root.file("words.tsv", "b.png#0\tA dog .\nb.png#1\tA cat .\nc#2.png\tBirds\tfly .\n");
  const auto captions = read_folder_captions(path, folder);
  REQUIRE(captions.size() == 3);
  CHECK(captions[0].empty());
  CHECK(captions[1] == std::vector<std::string>{"A dog .", "A cat ."});
  CHECK(captions[2] == std::vector<std::string>{"Birds\tfly ."});
  REQUIRE(folder.warnings.size() == 1);
  CHECK(folder.warnings[0] == path.string() + ": no caption for 1 of 3 pictures, first 'a.png'");

  const auto refused = [&](const std::string& text, const std::string& why) {
    root.file("words.tsv", text);
    CHECK_THROWS_WITH(read_folder_captions(path, folder), ContainsSubstring(path.string() + ": " + why));
  };
  refused("image,caption\na.png,A dog .\n",
          "line 1 has no TAB between a picture's name and its caption: 'image,caption'");
  refused("a.png\tA dog .\nd.png#0\tA dog .\n", "line 2: no picture 'd.png#0' in " + root.path.string());
  refused("a.png\t\n", "line 1 has no words");
  refused("a.png\tb'A dog'\n", "line 1 is a Python bytes literal: b'A dog'");
  refused("a.png\tcaf\xe9\n", "line 1: byte 9 is not UTF-8");
}
