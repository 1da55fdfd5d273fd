#include "mgan/data/region_pictures.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "mgan/data/scan_layout.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/data/scan_files.hpp"
#include "tests/unit/image/picture_files.hpp"

using namespace mgan;
using namespace mgan::data;
using Catch::Matchers::ContainsSubstring;
using io::Json;
namespace fs = std::filesystem;

namespace {

/// vse_infty's folders: ids 500 to 502 are pictures a.png, b.png and c.png of 40 x 30 pixels, grey 10, 20, 30.
struct Around {
  ScanFiles files;
  fs::path root = files.folder.path, images = root / "flickr30k-images";
  Json mapping = {{"500", "a.png"}, {"501", "b.png"}, {"502", "c.png"}, {"9", "of another split.png"}};
  Json karpathy = {{"images", Json::array()}};

  Around() {
    fs::create_directory(images);
    for (std::size_t i = 0; i < 3; ++i) {
      const std::string name = mapping[std::to_string(500 + i)];
      const auto grey = static_cast<std::uint8_t>(10 * i + 10);
      files.folder.file("flickr30k-images/" + name,
                        png_file(40, 30, 8, PNG_COLOR_TYPE_RGB, std::vector<std::uint8_t>(40 * 30 * 3, grey)));
      Json image = {{"filename", name}, {"imgid", 500 + i}, {"split", "train"}, {"sentences", Json::array()}};
      for (std::size_t c = 0; c < 5; ++c)
        image["sentences"].push_back({{"raw", "Train, " + std::to_string(5 * i + c) + "."}, {"sentid", 5 * i + c}});
      karpathy["images"].push_back(image);
    }
    files.write("train", 1);
    files.write("dev", 5);
  }
  Dataset read(const Json& ids, const RegionPictureOptions& options = {}, Split split = Split::train) {
    files.folder.file("ids.json", ids.dump());
    Dataset dataset = scan_folder({root}, split);
    add_pictures(dataset, images, read_image_ids(root / "ids.json"), options);
    return dataset;
  }
  void refused(const std::string& why, const Json& ids, Split split = Split::train) {
    INFO(why);
    CHECK_THROWS_WITH(read(ids, {}, split), ContainsSubstring(why));
    CHECK_THROWS_AS(read(ids, {}, split), Error);
  }
};

}  // namespace

TEST_CASE("region pictures: one data set has regions, boxes and pictures", "[data]") {
  Around set;
  for (const Json& ids : {set.mapping, set.karpathy}) {
    const Dataset train = set.read(ids);
    CHECK(train.warnings.empty());
    REQUIRE(train.examples.size() == 3);
    CHECK(train.examples[1].name == "501");
    CHECK(picture_file(train.examples[1]) == "b.png");
    CHECK(train.picture(1).rgb[0] == 20);
    CHECK(train.file(1) == set.images / "b.png");
    CHECK(train.pictures == set.images.string());
    CHECK(train.regions(1)[0] == 100);
    CHECK(train.examples[1].boxes.size() == 2);
  }
  CHECK(set.read(set.mapping, {}, Split::val).picture(2).rgb[0] == 30);
}

TEST_CASE("region pictures: COCO's ids and folders", "[data]") {
  Around set;
  fs::create_directory(set.images / "val2014");
  for (std::size_t i = 0; i < 3; ++i) {
    Json& image = set.karpathy["images"][i];
    fs::rename(set.images / image["filename"].get<std::string>(),
               set.images / "val2014" / image["filename"].get<std::string>());
    image["cocoid"] = image["imgid"], image["imgid"] = i, image["filepath"] = "val2014";
    image["split"] = i == 0 ? "train" : "restval";
  }
  const Dataset train = set.read(set.karpathy);
  CHECK(train.examples[2].file == "val2014/c.png");
  CHECK(train.picture(2).rgb[0] == 30);
}

TEST_CASE("region pictures: without boxes the pictures tell the sizes", "[data]") {
  Around set;
  fs::remove(set.root / "train_boxes.npy");
  CHECK_THROWS_WITH(scan_folder({set.root}, Split::train),
                    ContainsSubstring("missing: train_boxes.npy; the boxes of the features, as CAMERA has them: ") &&
                        ContainsSubstring("(rows, regions, 4), x1 y1 x2 y2 in pixels") &&
                        ContainsSubstring("--positions none trains without"));
  set.files.folder.file("ids.json", set.mapping.dump());
  Dataset train = scan_folder({set.root, false, false}, Split::train);
  CHECK(train.examples[0].boxes.empty());
  CHECK(train.region_count == 2);
  add_pictures(train, set.images, read_image_ids(set.root / "ids.json"));
  CHECK(train.examples[0].width == 40);
  CHECK(train.examples[0].height == 30);
}

TEST_CASE("region pictures: ids without pictures, pictures without features", "[data]") {
  Around set;
  Json fewer = set.mapping;
  fewer.erase("501");
  set.refused("ids.json: no picture for 1 of 3 images of split train of", fewer);
  set.refused("(first the id '501'); --missing skip", fewer);
  const Dataset left = set.read(fewer, {MissingImages::skip, BrokenPictures::fatal});
  REQUIRE(left.examples.size() == 2);
  CHECK(left.picture(1).rgb[0] == 30);
  CHECK(left.regions(1)[0] == 200);
  REQUIRE(left.warnings.size() == 1);
  CHECK_THAT(left.warnings[0], ContainsSubstring("(first the id '501'); left out"));

  Json more = set.karpathy;
  more["images"].push_back(more["images"][0]);
  more["images"][3]["imgid"] = 7, more["images"][3]["filename"] = "d.png";
  set.refused("1 images of split train of", more);
  set.refused("have no features in", more);
  const Dataset without = set.read(more, {MissingImages::skip, BrokenPictures::fatal});
  CHECK(without.examples.size() == 3);
  CHECK_THAT(without.warnings.at(0), ContainsSubstring("have no features in") && ContainsSubstring("(first '7')"));

  fs::remove(set.images / "b.png");
  set.refused("1 of 3 images are missing: b.png", set.mapping);
  const Dataset two = set.read(set.mapping, {MissingImages::fatal, BrokenPictures::skip});
  CHECK(two.examples.size() == 2);
  CHECK(two.regions(1)[0] == 200);
}

TEST_CASE("region pictures: captions and splits that disagree", "[data]") {
  Around set;
  Json other = set.karpathy;
  for (std::size_t c = 0; c < 3; ++c) other["images"][1]["sentences"][c]["raw"] = "Another one " + std::to_string(c);
  set.refused("disagree about image 501 ('b.png'): the captions are 'train 5' and 'Another one 0'", other);
  Json one = set.karpathy;
  one["images"][1]["sentences"][0]["raw"] = "Another one";
  CHECK_THAT(set.read(one).warnings.at(0), ContainsSubstring("1 images have a caption that it lacks (first image 501"));
  Json moved = set.karpathy;
  moved["images"][2]["split"] = "test";
  set.refused("ids.json: image 502 ('c.png') is of split test, but", moved);
  set.refused("image 500 ('a.png') is of split train, but", set.karpathy, Split::val);
  set.files.npy("train_img_sizes.npy", {3, 2}, {40, 30, 40, 30, 50, 40});
  CHECK_THAT(set.read(set.mapping).warnings.at(0),
             ContainsSubstring("1 of 3 pictures have another size than that") && ContainsSubstring("(first 'c.png')"));
}

TEST_CASE("image ids: what is no file of ids", "[data]") {
  Around set;
  const auto bad = [&](const Json& ids, const std::string& why) { set.refused(why, ids); };
  bad(Json::array({1}), "expected an object, id as text -> picture, or Karpathy's JSON");
  bad({{"500", 3}}, "ids.json: '500' is 3, expected the picture's file below the image folder");
  bad({{"500", "../a.png"}}, "'500': '../a.png' leads out of the image folder");
  bad({{"500", "a.png"}, {"501", "a.png"}}, "'501': 'a.png' is also the picture of 500");
  Json twice = set.karpathy;
  twice["images"][1]["imgid"] = 500;
  bad(twice, "images[1]: the id 500 occurs twice");
  twice["images"][1].erase("imgid");
  bad(twice, "images[1]: 'imgid' is missing");
}

TEST_CASE("scan layout: the files around the features", "[data]") {
  Around set;
  set.files.folder.file("dataset_flickr30k.json", "{}");
  CHECK(scan_layout(set.root).ids == set.root / "dataset_flickr30k.json");
  set.files.folder.file("id_mapping.json", "{}");
  ScanLayout layout = scan_layout(set.root);
  CHECK(layout.features == set.root);
  CHECK(layout.images == set.images);
  CHECK(layout.ids == set.root / "id_mapping.json");

  fs::create_directory(set.root / "precomp");
  for (const auto& entry : fs::directory_iterator(set.root))
    if (entry.is_regular_file() && entry.path().filename().string().find('_') != std::string::npos &&
        entry.path().extension() != ".json")
      fs::rename(entry.path(), set.root / "precomp" / entry.path().filename());
  CHECK(is_scan_layout(set.root));
  CHECK_FALSE(is_scan_folder(set.root));
  for (const fs::path& path : {set.root, set.root / "precomp", set.root / "precomp" / ""}) {
    layout = scan_layout(path);
    CHECK(is_scan_folder(layout.features));
    CHECK(fs::equivalent(layout.images, set.images));
    CHECK(fs::equivalent(layout.ids, set.root / "id_mapping.json"));
    CHECK(scan_folder({layout.features}, Split::train).name == set.root.filename().string());
  }
}
