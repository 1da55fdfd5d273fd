#include "mgan/data/karpathy.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/unit/image/picture_files.hpp"
#include "tests/unit/io/temporary_folder.hpp"

using namespace mgan;
using namespace mgan::data;
using Catch::Matchers::ContainsSubstring;
using io::Json;

namespace {

/// Five images of 8 x 6 pixels, grey 10, 20, ..., 50: two train, one restval, one val, one test; two captions each.
struct SmallSet {
  TemporaryFolder folder;
  Json json = {{"dataset", "small"}, {"images", Json::array()}};
  KarpathyOptions options{folder.path / "small.json", folder.path / "images", {}};

  SmallSet() {
    std::filesystem::create_directory(folder.path / "images");
    const char* const splits[] = {"train", "val", "restval", "test", "train"};
    for (int i = 0; i < 5; ++i) {
      const std::string name = std::to_string(i) + ".png";
      folder.file("images/" + name,
                  png_file(8, 6, 8, PNG_COLOR_TYPE_RGB,
                           std::vector<std::uint8_t>(8 * 6 * 3, static_cast<std::uint8_t>(10 * i + 10))));
      json["images"].push_back(
          {{"filename", name},
           {"imgid", 100 + i},
           {"split", splits[i]},
           {"sentences",
            {{{"raw", "A dog ."}, {"sentid", 2 * i}}, {{"raw", "b is a letter"}, {"sentid", 2 * i + 1}}}}});
    }
  }
  Dataset read(Split split = Split::train) {
    folder.file("small.json", json.dump());
    return karpathy(options, split);
  }
  void refused(const std::string& why, Split split = Split::train) {
    CHECK_THROWS_WITH(read(split), ContainsSubstring(folder.path.string()) && ContainsSubstring(why));
    CHECK_THROWS_AS(read(split), Error);
  }
  Json& image(std::size_t i) { return json["images"][i]; }
};

}  // namespace

TEST_CASE("karpathy: a split with its captions, boxes and pictures", "[data]") {
  SmallSet set;
  const Dataset train = set.read();
  CHECK(train.name == "small");
  CHECK(train.split == Split::train);
  REQUIRE(train.examples.size() == 3);
  CHECK(train.examples[1].name == "2.png");
  CHECK(train.examples[1].image_id == 102);
  CHECK(train.examples[1].captions == std::vector<std::string>{"A dog .", "b is a letter"});
  CHECK(train.examples[1].width == 8);
  CHECK(train.examples[1].height == 6);
  CHECK(train.examples[1].boxes == grid_boxes(8, 6, 3, 3));
  CHECK(train.picture(1).rgb[0] == 30);
  CHECK(train.warnings.empty());
  CHECK(set.read(Split::val).examples.at(0).name == "1.png");
  CHECK(set.read(Split::test).examples.at(0).name == "3.png");
}

TEST_CASE("karpathy: pictures in folders named by filepath", "[data]") {
  SmallSet set;
  std::filesystem::create_directory(set.folder.path / "images" / "val2014");
  std::filesystem::rename(set.folder.path / "images" / "1.png", set.folder.path / "images" / "val2014" / "1.png");
  set.image(1)["filepath"] = "val2014";
  const Dataset val = set.read(Split::val);
  CHECK(val.examples.at(0).name == "val2014/1.png");
  CHECK(val.picture(0).rgb[0] == 20);
}

TEST_CASE("karpathy: what is malformed is named", "[data]") {
  SmallSet set;
  SECTION("no images") {
    set.json = Json::array();
    set.refused("expected an object with an array 'images'");
    set.json = {{"images", Json::array()}};
    set.refused("no images of split train");
  }
  SECTION("an image") {
    set.image(4) = 3;
    set.refused("images[4] is not an object");
  }
  SECTION("a field is missing or of a wrong type") {
    for (const char* field : {"filename", "imgid", "split", "sentences"}) {
      const Json whole = set.image(4);
      set.image(4).erase(field);
      set.refused(std::string("'") + field + "' is missing");
      set.image(4) = whole;
    }
    set.image(4)["imgid"] = "104";
    set.refused("images[4] '4.png': 'imgid' is \"104\", expected an integer");
    set.image(4)["imgid"] = -1;
    set.refused("'imgid' is -1");
    set.image(4)["imgid"] = 1.5;
    set.refused("'imgid' is 1.5");
    std::string text = set.json.dump();
    text.replace(text.find("1.5"), 3, std::string(100'000, '[') + std::string(100'000, ']'));
    set.folder.file("small.json", text);
    CHECK_THROWS_WITH(karpathy(set.options, Split::train),
                      ContainsSubstring("small.json: malformed JSON: more than 256 arrays"));
    set.image(4)["imgid"] = std::string(1'000'000, 'x');
    try {
      set.read();
      FAIL("read");
    } catch (const Error& error) {
      CHECK(std::string(error.what()).size() < 500);
    }
  }
  SECTION("ids and names occur once, in any split") {
    set.image(4)["imgid"] = 103;
    set.refused("images[4] '4.png': imgid 103 occurs twice");
    set.image(4)["imgid"] = 104;
    set.image(4)["filename"] = "3.png";
    set.refused("images[4] '3.png': this file name occurs twice");
    set.image(4)["filename"] = "4.png";
    set.image(4)["sentences"][1]["sentid"] = 0;
    set.refused("'4.png': caption 1: sentid 0 occurs twice");
  }
  SECTION("captions") {
    set.image(4)["sentences"] = Json::array();
    set.refused("'4.png': no captions");
    set.image(4)["sentences"] = {{{"raw", ""}, {"sentid", 9}}};
    set.refused("'4.png': caption 0: 'raw' is not a string with contents");
    set.image(4)["sentences"] = {{{"raw", " . "}, {"sentid", 9}}};
    set.refused("'4.png': caption 0 has no words: ' . '");
    set.image(4)["sentences"] = {{{"raw", "b'A dog.'"}, {"sentid", 9}}};
    set.refused("caption 0 is a Python bytes literal: b'A dog.'");
    set.image(4)["sentences"] = {{{"raw", " b\"A dog.\"  "}, {"sentid", 9}}};
    set.refused("caption 0 is a Python bytes literal");
    set.image(4)["sentences"] = {{{"raw", "4.png#0\tA dog."}, {"sentid", 9}}};
    set.refused("caption 0 begins with the name of its picture: '4.png#0\\x09A dog.'; expected the caption alone");
    set.image(4)["sentences"] = {{{"raw", "A \x1b[31mdog" + std::string(100'000, ' ') + "b'"}, {"sentid", 9}}};
    CHECK_NOTHROW(set.read());
    set.image(4)["sentences"] = {{{"raw", 5}, {"sentid", 9}}};
    set.refused("caption 0: 'raw' is not a string");
    set.image(4)["sentences"] = {"A dog."};
    set.refused("caption 0 is not an object");
    CHECK_NOTHROW(set.read(Split::val));  // captions of other splits are not looked at
  }
  SECTION("an unknown split") {
    set.image(3)["split"] = "dev";
    set.refused("images[3] '3.png': unknown split 'dev'");
  }
  SECTION("COCO's own file") {
    set.json["annotations"] = Json::array();
    set.refused("small.json: has 'annotations' beside 'images', as COCO's own caption files do; expected Karpathy's");
  }
  SECTION("paths out of the folder") {
    set.image(4)["filepath"] = std::string("a\0b", 3);  // the system would end the name at the zero byte
    set.refused("a\\x00b/4.png' leads out of the image folder");
    set.image(4)["filepath"] = "..";
    set.refused("'../4.png' leads out of the image folder");
    set.image(4).erase("filepath");
    set.image(4)["filename"] = std::string("4.png\0x", 7);
    set.refused("leads out of the image folder");
    for (const char* name : {"/etc/passwd", "../small.json", "a/../../x.png"}) {
      set.image(4)["filename"] = name;
      set.refused("leads out of the image folder");
    }
  }
  SECTION("bytes that are not UTF-8") {
    std::string text = set.json.dump();
    text.replace(text.find("A dog"), 1, "\xff");
    set.folder.file("small.json", text);
    CHECK_THROWS_WITH(karpathy(set.options, Split::train), ContainsSubstring("small.json: malformed JSON"));
    set.folder.file("small.json", text.substr(0, 100));
    CHECK_THROWS_WITH(karpathy(set.options, Split::train), ContainsSubstring("small.json: malformed JSON"));
  }
}

TEST_CASE("karpathy: missing and broken pictures", "[data]") {
  SmallSet set;
  std::filesystem::remove(set.folder.path / "images" / "3.png");  // of test
  CHECK_NOTHROW(set.read());
  std::filesystem::remove(set.folder.path / "images" / "0.png");
  std::filesystem::remove(set.folder.path / "images" / "2.png");
  set.refused("2 of 3 images are missing: 0.png, 2.png");
  set.folder.file("images/0.png", "no picture");
  set.folder.file("images/2.png", "\x89PNG\r\n\x1a\n");
  set.refused("0.png: neither JPEG nor PNG");
  std::filesystem::copy(set.folder.path / "images" / "4.png", set.folder.path / "images" / "0.png",
                        std::filesystem::copy_options::overwrite_existing);
  set.refused("2.png: not a readable PNG: truncated");
}

TEST_CASE("karpathy: boxes from a file", "[data]") {
  SmallSet set;
  set.options.boxes = set.folder.path / "boxes.json";
  const auto boxes = [&](const std::string& text) { set.folder.file("boxes.json", text); };
  SECTION("clipped, dropped, replaced by a grid, and counted") {
    boxes(R"({"image_size": [8, 6], "boxes": {"0.png": [[1, 2, 3.5, 4], [-1, 0, 4, 7], [2, 2, 2, 5], [9, 1, 12, 3]],
              "2.png": [[5, 5, 4, 6]], "elsewhere.png": [[0, 0, 8, 6]]}})");
    const Dataset train = set.read();
    CHECK(train.examples[0].boxes == std::vector<Box>{{1, 2, 3.5f, 4}, {0, 0, 4, 6}});
    CHECK(train.examples[1].boxes == grid_boxes(8, 6, 3, 3));
    CHECK(train.examples[2].boxes == grid_boxes(8, 6, 3, 3));
    REQUIRE(train.warnings.size() == 3);
    CHECK_THAT(train.warnings[0], ContainsSubstring("boxes.json: 1 boxes reach over the edge"));
    CHECK_THAT(train.warnings[1], ContainsSubstring("3 boxes have no area"));
    CHECK_THAT(train.warnings[2], ContainsSubstring("2 images of split train have no boxes"));
  }
  SECTION("made for pictures of another size") {
    boxes(R"({"image_size": [8, 7], "boxes": {}})");
    set.refused("0.png: is 8 x 6, but");
  }
  SECTION("malformed") {
    const auto refused = [&](const std::string& text, const std::string& why) {
      boxes(text);
      set.refused(why);
      set.refused("boxes.json");
    };
    refused("[]", "expected an object with 'image_size' and 'boxes'");
    refused(R"({"boxes": {}})", "expected an object with 'image_size' and 'boxes'");
    refused(R"({"image_size": [8], "boxes": {}})", "image_size is [8]");
    refused(R"({"image_size": [8, 0], "boxes": {}})", "image_size is [8,0]");
    refused(R"({"image_size": [8, "6"], "boxes": {}})", "image_size is");
    refused(R"({"image_size": [8, 6], "boxes": []})", "'boxes' is not an object");
    refused(R"({"image_size": [8, 6], "boxes": {"0.png": {}}})", "the boxes of '0.png' are not an array");
    refused(R"({"image_size": [8, 6], "boxes": {"0.png": [[1, 2, 3]]}})", "box 0 of '0.png' is [1,2,3]");
    refused(R"({"image_size": [8, 6], "boxes": {"0.png": [[1, 2, 3, null]]}})", "box 0 of '0.png'");
    refused(R"({"image_size": [8, 6], "boxes": {"0.png": [[1, 2, 3, 1e300]]}})", "box 0 of '0.png'");
    refused(R"({"image_size": [8, 6], "boxes": {"0.png": [], "0.png": []}})", "'0.png' occurs twice");
    refused(R"({"image_size": [8, 6], "boxes": {"0.png": [[0, 0.1, 0.5, 0.5]], "2.png": [[0.5, 0.5, 1, 1]]}})",
            "every box lies between 0 and 1: fractions of the picture, expected pixels of 8 x 6");
  }
}

TEST_CASE("karpathy: restval belongs to train, unless it is left out", "[data]") {
  SmallSet set;
  set.options.restval = false;
  const Dataset train = set.read();
  REQUIRE(train.examples.size() == 2);
  CHECK(train.examples[1].name == "4.png");
  CHECK(set.read(Split::val).examples.size() == 1);
}

TEST_CASE("karpathy: broken and missing pictures are named and left out", "[data]") {
  SmallSet set;
  std::filesystem::remove(set.folder.path / "images" / "0.png");
  set.folder.file("images/2.png", "not a picture");
  set.refused("1 of 3 images are missing: 0.png");
  set.options.broken = BrokenPictures::skip;
  const Dataset train = set.read();
  REQUIRE(train.examples.size() == 1);
  CHECK(train.examples[0].name == "4.png");
  CHECK(train.picture(0).rgb[0] == 50);
  REQUIRE(train.warnings.size() == 2);
  CHECK_THAT(train.warnings[0],
             ContainsSubstring("images/0.png: cannot read: No such file") && ContainsSubstring("; left out"));
  CHECK_THAT(train.warnings[1], ContainsSubstring("images/2.png: neither JPEG nor PNG; left out"));
  set.folder.file("images/1.png", "");
  CHECK_THROWS_WITH(set.read(Split::val), ContainsSubstring("not one picture of split val can be read"));
}
