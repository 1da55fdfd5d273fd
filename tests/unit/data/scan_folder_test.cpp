#include "mgan/data/scan_folder.hpp"

#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/unit/data/scan_files.hpp"

using namespace mgan;
using namespace mgan::data;
using Catch::Matchers::ContainsSubstring;

namespace {

Dataset read(const ScanFiles& files, Split split) { return scan_folder({files.folder.path}, split); }

/// Whole files, one change, and the message that it leads to.
void refused(Split split, const std::string& why, const std::function<void(ScanFiles&)>& spoil) {
  ScanFiles files;
  files.write("train", 1);
  files.write("test", 5);
  spoil(files);
  INFO(why);
  CHECK_THROWS_WITH(read(files, split), ContainsSubstring(files.folder.path.string()) && ContainsSubstring(why));
  CHECK_THROWS_AS(read(files, split), Error);
}

/// The same for what is repaired or inferred.
std::vector<std::string> warned(Split split, const std::function<void(ScanFiles&)>& spoil) {
  ScanFiles files;
  files.write("train", 1);
  files.write("test", 5);
  spoil(files);
  return read(files, split).warnings;
}

}  // namespace

TEST_CASE("scan folder: a row an image, or a row a caption", "[data]") {
  ScanFiles files;
  files.write("train", 1);
  files.write("dev", 5);
  files.write("test", 5);
  files.write("testall", 5);
  CHECK(is_scan_folder(files.folder.path));
  for (const Split split : {Split::train, Split::val, Split::test}) {
    const Dataset data = read(files, split);
    INFO(name_of(split));
    CHECK(data.split == split);
    CHECK(data.name == files.folder.path.filename().string());
    CHECK(data.warnings.empty());
    REQUIRE(data.examples.size() == 3);
    const Example& last = data.examples[2];
    CHECK(last.name == "502");
    CHECK(last.image_id == 2);
    REQUIRE(last.captions.size() == 5);
    CHECK(last.captions[4] == scan_prefix(split, false) + " 14");
    CHECK(last.width == 40);
    CHECK(last.height == 30);
    CHECK(last.boxes == std::vector<Box>{{1, 2, 30, 20}, {1, 2, 30, 20}});
    CHECK(data.region_width == 4);
    CHECK_FALSE(data.picture);
    CHECK(data.regions(2) == std::vector<float>{200, 201, 202, 203, 210, 211, 212, 213});
    CHECK_THROWS(data.regions(3));
  }
  CHECK(scan_folder({files.folder.path, true}, Split::test).examples[0].captions[0] == "testall 0");
  CHECK(scan_folder({files.folder.path / ""}, Split::val).name == files.folder.path.filename().string());
  CHECK_FALSE(is_scan_folder(files.folder.path / "nosuch"));
}

TEST_CASE("scan folder: other number types and orders", "[data]") {
  ScanFiles files;
  files.write("train", 1);
  const std::vector<std::int64_t> sizes{40, 30, 40, 30, 40, 30};
  io::write_npy(files.folder.path / "train_img_sizes.npy", {3, 2}, sizes);
  const std::vector<float> single = files.features(1);
  io::write_npy(files.folder.path / "train_ims.npy", {3, 2, 4}, std::vector<double>(single.begin(), single.end()));
  const Dataset data = read(files, Split::train);
  CHECK(data.examples[1].height == 30);
  CHECK(data.regions(1)[7] == 113);

  std::vector<std::uint16_t> half;  // every feature is a small integer, which half precision has
  for (const float x : single) {
    std::uint16_t bits = 0;
    while (io::from_float16(bits) != x) ++bits;
    half.push_back(bits);
  }
  io::write_npy(files.folder.path / "train_ims.npy", io::DType::F16, {3, 2, 4}, std::as_bytes(std::span(half)));
  const Dataset halves = read(files, Split::train);
  halves.regions_ahead(1);
  CHECK(halves.regions(1) == data.regions(1));
  CHECK_THROWS_AS(halves.regions_ahead(3), std::out_of_range);
}

TEST_CASE("scan folder: ids a caption, an image, or none", "[data]") {
  const auto names = [](Split split, const std::function<void(ScanFiles&)>& change) {
    ScanFiles files;
    files.write("train", 1);
    files.write("test", 5);
    change(files);
    std::vector<std::string> out;
    for (const Example& e : read(files, split).examples) {
      out.push_back(e.name);
      CHECK(e.captions.size() == 5);
    }
    return out;
  };
  const std::vector<std::string> given{"500", "501", "502"}, counted{"0", "1", "2"};
  CHECK(names(Split::train, [](ScanFiles& f) { f.folder.file("train_ids.txt", f.ids(5)); }) == given);
  CHECK(names(Split::test, [](ScanFiles& f) { f.folder.file("test_ids.txt", f.ids(1)); }) == given);
  const auto remove = [](const std::string& name) {
    return [name](ScanFiles& f) { std::filesystem::remove(f.folder.path / name); };
  };
  CHECK(names(Split::train, remove("train_ids.txt")) == counted);
  CHECK(names(Split::test, remove("test_ids.txt")) == counted);
  CHECK_THAT(warned(Split::train, remove("train_ids.txt")).at(0),
             ContainsSubstring("train_ids.txt: missing; every row"));
  CHECK_THAT(
      warned(Split::test, remove("test_ids.txt")).at(0),
      ContainsSubstring("test_ids.txt: missing; neighbouring rows with the same features are one image: 3 images"));
}

TEST_CASE("scan folder: numbers of rows that do not fit", "[data]") {
  refused(Split::train, "3 rows, but", [](ScanFiles& f) { f.folder.file("train_caps.txt", "a dog\na cat\n"); });
  refused(Split::train, "has 14 captions", [](ScanFiles& f) {
    const std::string all = f.captions(5, "train");
    f.folder.file("train_caps.txt", all.substr(0, all.rfind("train")));
  });
  refused(Split::test, "14 ids for 15 rows and 15 captions", [](ScanFiles& f) {
    const std::string all = f.ids(5);
    f.folder.file("test_ids.txt", all.substr(0, all.rfind("502")));
  });
  refused(Split::train, "train_boxes.npy: is (2, 2, 4), expected (3, 2, 4)", [](ScanFiles& f) {
    f.npy("train_boxes.npy", {2, 2, 4}, f.boxes(2));
  });
  refused(Split::train, "train_img_sizes.npy: is (3, 1), expected (3, 2)", [](ScanFiles& f) {
    f.npy("train_img_sizes.npy", {3, 1}, {40, 40, 40});
  });
  refused(Split::train, "train_ims.npy: is (3, 8), expected (rows, regions, width); one vector an image",
          [](ScanFiles& f) {
            f.npy("train_ims.npy", {3, 8}, f.features(1));
          });
  refused(Split::train, "train_ims.npy: is I64, expected floating-point features", [](ScanFiles& f) {
    io::write_npy(f.folder.path / "train_ims.npy", {3, 2, 4}, std::vector<std::int64_t>(24, 1));
  });
  refused(Split::train, "train_ims.npy: truncated",
          [](ScanFiles& f) { std::filesystem::resize_file(f.folder.path / "train_ims.npy", 200); });
  refused(Split::train, "missing: train_boxes.npy, train_img_sizes.npy", [](ScanFiles& f) {
    std::filesystem::remove(f.folder.path / "train_boxes.npy");
    std::filesystem::remove(f.folder.path / "train_img_sizes.npy");
  });
  refused(Split::val, "missing: dev_ims.npy, dev_caps.txt", [](ScanFiles&) {});
  CHECK_THAT(warned(Split::train, [](ScanFiles& f) { f.folder.file("train_caps.txt", f.captions(4, "a dog")); }).at(0),
             ContainsSubstring("train_caps.txt: 4 captions an image, where the field has 5"));
}

TEST_CASE("scan folder: ids that stand for two images", "[data]") {
  refused(Split::train, "train_ids.txt: id '500' stands for images 0 and 2",
          [](ScanFiles& f) { f.folder.file("train_ids.txt", "500\n501\n500\n"); });
  refused(Split::train, "2 different ids for 3 rows",
          [](ScanFiles& f) { f.folder.file("train_ids.txt", "500\n500\n501\n"); });
  refused(Split::test, "rows 0 and 5 have the id '500'", [](ScanFiles& f) {
    std::string ids = f.ids(5);
    ids.replace(ids.find("501"), 3, "500");
    f.folder.file("test_ids.txt", ids);
  });
  refused(Split::test, "expected ids of images, not of captions", [](ScanFiles& f) {
    std::string ids;
    for (int i = 0; i < 15; ++i) ids += std::to_string(i) + "\n";
    f.folder.file("test_ids.txt", ids);
  });
}

TEST_CASE("scan folder: captions that are no text", "[data]") {
  const auto captions = [](const std::string& third) {
    return [third](ScanFiles& f) {
      std::string text = f.captions(5, "train");
      const std::size_t begin = text.find("train 2");
      f.folder.file("train_caps.txt", text.replace(begin, text.find('\n', begin) - begin, third));
    };
  };
  refused(Split::train, "train_caps.txt: line 3 is a Python bytes literal: b'A dog.'", captions("b'A dog.'"));
  refused(Split::train, "train_caps.txt: line 3 is a Python bytes literal", captions("b\"A dog's\""));
  refused(Split::train, "train_caps.txt: line 3: byte 5 is not UTF-8: 'a caf\\xE9'", captions("a caf\xe9"));
  refused(Split::train, "train_caps.txt: line 3 is empty", captions(""));
  refused(Split::train, "train_caps.txt: line 3 is empty", captions(" \t"));
  refused(Split::train, "train_caps.txt: line 3 has no words: '...'", captions("..."));
  refused(Split::train, "train_caps.txt: line 16 is empty",
          [](ScanFiles& f) { f.folder.file("train_caps.txt", f.captions(5, "train") + "\n"); });
  refused(Split::train, "train_caps.txt: is empty", [](ScanFiles& f) { f.folder.file("train_caps.txt", ""); });
  refused(Split::train, "train_ids.txt: line 2 is empty",
          [](ScanFiles& f) { f.folder.file("train_ids.txt", "1\n\n3\n"); });

  ScanFiles files;  // what is repaired is said
  files.write("train", 1);
  std::string text = "\xEF\xBB\xBF" + files.captions(5, "caf\xC3\xA9");
  text.insert(text.find('\n'), "\r");
  text.pop_back();  // no end of the last line
  files.folder.file("train_caps.txt", text);
  const Dataset data = read(files, Split::train);
  CHECK(data.examples[0].captions[0] == "caf\xC3\xA9 0");
  CHECK(data.examples[2].captions[4] == "caf\xC3\xA9 14");
  REQUIRE(data.warnings.size() == 2);
  CHECK_THAT(data.warnings[0], ContainsSubstring("train_caps.txt: begins with a byte order mark"));
  CHECK_THAT(data.warnings[1], ContainsSubstring("train_caps.txt: 1 lines end as Windows writes them"));
}

TEST_CASE("scan folder: files that were written otherwise", "[data]") {
  const auto captions = [](const std::string& text) {
    return [text](ScanFiles& f) { f.folder.file("train_caps.txt", text); };
  };
  std::string mac, numbered;
  for (int i = 0; i < 15; ++i) {
    mac += "a dog\r";
    numbered += "36979.jpg#" + std::to_string(i % 5) + "\ta dog\n";
  }
  refused(Split::train, "train_caps.txt: line 1 has a carriage return inside", captions(mac));
  refused(Split::train, "train_caps.txt: line 2 has a carriage return inside", captions("a dog\r\na\rdog\r\n"));
  refused(Split::train, "train_caps.txt: is UTF-16, expected UTF-8",
          captions(std::string("\xFF\xFE"
                               "a\0\n\0",
                               6)));
  refused(Split::train, "train_caps.txt: is UTF-16, expected UTF-8", captions(std::string("\xFE\xFF\0a\0\n", 6)));
  refused(Split::train, "train_caps.txt: line 1 begins with the name of its picture: '36979.jpg#0\\x09a dog'",
          captions(numbered));
  refused(Split::train,
          "train_boxes.npy: row 0: every box lies between 0 and 1: fractions of the picture, expected "
          "pixels of 40 x 30",
          [](ScanFiles& f) {
            f.npy("train_boxes.npy", {3, 2, 4},
                  {0.1f, 0.1f, 0.5f, 0.5f, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1});
          });
}

TEST_CASE("scan folder: boxes that have no place in their image", "[data]") {
  const auto box = [](std::vector<float> corners) {
    return [corners](ScanFiles& f) {
      std::vector<float> boxes = f.boxes(3);
      std::copy(corners.begin(), corners.end(), boxes.begin() + 12);  // row 1, region 1
      f.npy("train_boxes.npy", {3, 2, 4}, boxes);
    };
  };
  const std::string place = "train_boxes.npy: row 1, region 1: (";
  refused(Split::train, place + "0, 0, nan, 9) in an image of 40 x 30 is not finite", box({0, 0, NAN, 9}));
  refused(Split::train, place + "0, 0, 42, 9) in an image of 40 x 30 reaches out of it", box({0, 0, 42, 9}));
  refused(Split::train, place + "-5, 0, 10, 9)", box({-5, 0, 10, 9}));
  refused(Split::train, "would fit if", box({0, 0, 20, 38}));
  refused(Split::train, place + "5, 5, 5, 9) in an image of 40 x 30 has no area", box({5, 5, 5, 9}));
  refused(Split::train, "has no area; expected x1 y1 x2 y2", box({30, 20, 10, 9}));
  refused(Split::train, "train_img_sizes.npy: row 2 is 0 x 30", [](ScanFiles& f) {
    f.npy("train_img_sizes.npy", {3, 2}, {40, 30, 40, 30, 0, 30});
  });
  refused(Split::train, "train_img_sizes.npy: row 0 is 40.5 x 30", [](ScanFiles& f) {
    f.npy("train_img_sizes.npy", {3, 2}, {40.5, 30, 40, 30, 0, 30});
  });
  refused(Split::train, "is (3, 2, 30): 30 columns are PFAN's", [](ScanFiles& f) {
    f.npy("train_boxes.npy", {3, 2, 30}, std::vector<float>(180, 1));
  });
  const std::vector<std::string> clipped = warned(Split::train, box({-0.5f, 0, 40.5f, 9}));
  REQUIRE(clipped.size() == 1);
  CHECK_THAT(clipped[0], ContainsSubstring("train_boxes.npy: 1 boxes reach up to a pixel over the edge"));
}

TEST_CASE("scan folder: features that are not finite are named when they are read", "[data]") {
  ScanFiles files;
  files.write("train", 1);
  std::vector<float> features = files.features(1);
  features[8 + 4 + 2] = NAN;
  features[16] = INFINITY;
  files.npy("train_ims.npy", {3, 2, 4}, features);
  const Dataset data = read(files, Split::train);
  CHECK(data.regions(0)[7] == 13);
  CHECK_THROWS_WITH(data.regions(1), ContainsSubstring("train_ims.npy: row 1, region 1, column 2 is nan"));
  CHECK_THROWS_WITH(data.regions(2), ContainsSubstring("train_ims.npy: row 2, region 0, column 0 is inf"));
}

TEST_CASE("scan folder: images that were trained on are named", "[data]") {
  const std::vector<std::string> warnings =
      warned(Split::test, [](ScanFiles& f) { f.folder.file("test_caps.txt", f.captions(5, "train")); });
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0],
             ContainsSubstring("test_caps.txt: the captions of 3 of 3 images (first '500') also stand in"));
  const std::vector<std::string> unreadable =
      warned(Split::test, [](ScanFiles& f) { f.folder.file("train_caps.txt", "a dog\n\na cat\n"); });
  REQUIRE(unreadable.size() == 1);
  CHECK_THAT(unreadable[0], ContainsSubstring("train_caps.txt: line 2 is empty: not compared"));
}
