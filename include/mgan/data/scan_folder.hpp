// The feature files of the field: SCAN's layout (Lee et al. 2018), with the boxes that CAMERA adds. Which pictures they
// are of is region_pictures.hpp's.
//
//     {train,dev,test,testall}_ims.npy        (N, R, d_r) region features, R = 36 and d_r = 2048
//                             _caps.txt       one caption a line, UTF-8
//                             _ids.txt        one id a row of features
//                             _boxes.npy      (N, R, 4), _img_sizes.npy (N, 2): see scan_boxes.hpp
//
// Train has a row an image, and 5 captions each; the others repeat the row for every caption (scan_rows.hpp).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_set>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/caption_lines.hpp"
#include "mgan/data/dataset.hpp"
#include "mgan/data/scan_boxes.hpp"
#include "mgan/data/scan_rows.hpp"
#include "mgan/io/npy.hpp"

namespace mgan::data {

struct ScanOptions {
  std::filesystem::path folder;
  bool testall = false;  // Split::test is testall_*, COCO's 5,000 images, instead of test_*
  bool boxes = true;     // false: files of boxes and sizes are not looked at, and the examples have none
};

/// The beginning of the names of a split's files.
inline std::string scan_prefix(Split split, bool testall) {
  return split == Split::train ? "train" : split == Split::val ? "dev" : testall ? "testall" : "test";
}

/// Whether a folder has features or captions of any split under SCAN's names.
inline bool is_scan_folder(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const char* prefix : {"train", "dev", "test", "testall"}) {
    for (const char* ending : {"_ims.npy", "_caps.txt"})
      if (std::filesystem::exists(folder / (std::string(prefix) + ending), ignored)) return true;
  }
  return false;
}

/// What a data set is called: its folder, or the one that `precomp` stands in.
inline std::string scan_name(const std::filesystem::path& path) {
  const std::filesystem::path normal = path.lexically_normal();
  const std::filesystem::path folder = normal.has_filename() ? normal : normal.parent_path();
  const std::filesystem::path above = folder.parent_path().filename();
  return folder.filename() == "precomp" && !above.empty() ? above.string() : folder.filename().string();
}

namespace detail {

/// Region features, a row of the file at a time.
struct ScanFeatures {
  std::string name;
  io::NpyFile file;
  std::vector<std::int64_t> rows = {};  // of the images

  explicit ScanFeatures(const std::filesystem::path& path) : name(path.string()), file(path) {
    const Shape& shape = file.shape();
    require(shape.size() == 3 && shape[1] > 0 && shape[2] > 0, name, ": is ", shape,
            ", expected (rows, regions, width)", shape.size() == 2 ? "; one vector an image has no regions" : "");
    const io::DType type = file.dtype();
    require(type == io::DType::F32 || type == io::DType::F16 || type == io::DType::F64, name, ": is ",
            io::name_of(type), ", expected floating-point features");
  }
  std::int64_t regions() const { return file.shape()[1]; }
  std::int64_t width() const { return file.shape()[2]; }

  /// Compares the first 4 kB of two rows: half of one region, which no two images share.
  bool same(std::int64_t a, std::int64_t b) const {
    if (file.header().big_endian || file.header().fortran_order) return file.row_bytes(a, 1) == file.row_bytes(b, 1);
    const io::TensorView all = file.view();
    const std::size_t row = all.bytes.size() / static_cast<std::size_t>(all.shape[0]);
    const std::byte* const first = all.bytes.data();
    return std::memcmp(first + static_cast<std::size_t>(a) * row, first + static_cast<std::size_t>(b) * row,
                       std::min<std::size_t>(row, 4096)) == 0;
  }

  /// (R, d_r) of an image.
  std::vector<float> operator()(std::size_t image) const {
    const std::int64_t row = rows.at(image);
    std::vector<float> values = file.rows<float>(row, 1);
    const auto finite = [](float x) { return std::isfinite(x); };
    bool good = true;
    for (const float x : values) good &= finite(x);
    if (good) return values;
    const auto i = std::find_if_not(values.begin(), values.end(), finite) - values.begin();
    fail(name, ": row ", row, ", region ", i / width(), ", column ", i % width(), " is ",
         values[static_cast<std::size_t>(i)]);
  }
};

/// Images of a split whose captions, one after the other, also stand in the training captions.
inline std::size_t count_trained_on(const std::vector<Example>& examples, const std::vector<std::string>& training,
                                    std::string& first) {
  const auto pair_hash = [](const std::string& a, const std::string& b) {
    return std::hash<std::string>{}(a + "\n" + b);
  };
  std::unordered_set<std::size_t> pairs;
  for (std::size_t i = 1; i < training.size(); ++i) pairs.insert(pair_hash(training[i - 1], training[i]));
  std::size_t count = 0;
  for (const Example& example : examples) {
    const std::vector<std::string>& captions = example.captions;
    bool known = captions.size() > 1;
    for (std::size_t c = 1; known && c < captions.size(); ++c)
      known = pairs.count(pair_hash(captions[c - 1], captions[c])) > 0;
    if (known && count++ == 0) first = example.name;
  }
  return count;
}

/// What to do about boxes that are not there.
inline std::string about_boxes(const std::string& prefix) {
  return "; the boxes of the features, as CAMERA has them: " + prefix +
         "_boxes.npy is (rows, regions, 4), x1 y1 x2 y2 " + "in pixels, " + prefix +
         "_img_sizes.npy (rows, 2), width and height of the picture, both with the rows of " + prefix +
         "_ims.npy. Eq. (1) makes positions of them; --positions none trains without";
}

}  // namespace detail

/// One split; the features stay on disk, and `regions(i)` reads those of one image. Examples are named by their ids.
/// Whatever does not fit is an error with file and place; what was inferred or repaired is in `warnings`, and so are
/// images of dev or test whose captions stand in train_caps.txt. Training opens train and dev alone.
inline Dataset scan_folder(const ScanOptions& options, Split split) {
  namespace fs = std::filesystem;
  const std::string prefix = scan_prefix(split, options.testall);
  const auto path = [&](const char* ending) { return options.folder / (prefix + ending); };
  const auto here = [](const fs::path& file) {
    std::error_code ignored;
    return fs::exists(file, ignored);
  };
  const auto missing = [&](std::initializer_list<const char*> endings) {
    std::string list;
    for (const char* ending : endings)
      if (!here(path(ending))) list += (list.empty() ? "" : ", ") + prefix + ending;
    return list;
  };
  const std::string files = missing({"_ims.npy", "_caps.txt"});
  require(files.empty(), options.folder.string(), ": missing: ", files);
  if (options.boxes) {
    const std::string without = missing({"_boxes.npy", "_img_sizes.npy"});
    require(without.empty(), options.folder.string(), ": missing: ", without, detail::about_boxes(prefix));
  }

  Dataset dataset;
  dataset.name = scan_name(options.folder);
  dataset.split = split;
  auto features = std::make_shared<detail::ScanFeatures>(path("_ims.npy"));
  std::vector<std::string> captions = read_caption_lines(path("_caps.txt"), dataset.warnings);
  ScanRows rows{features->name,
                path("_caps.txt").string(),
                path("_ids.txt").string(),
                features->file.shape()[0],
                captions.size(),
                std::nullopt,
                [&](std::int64_t a, std::int64_t b) { return features->same(a, b); }};
  if (here(path("_ids.txt"))) rows.ids = read_lines(path("_ids.txt"), dataset.warnings);

  std::optional<ScanBoxes> boxes;
  if (options.boxes) boxes.emplace(path("_boxes.npy"), path("_img_sizes.npy"), rows.rows, features->regions());
  for (const ScanImage& image : match_rows(rows, dataset.warnings)) {
    Example example;
    example.name = image.id;
    example.image_id = static_cast<std::int64_t>(dataset.examples.size());
    for (std::size_t c = 0; c < image.captions; ++c)
      example.captions.push_back(std::move(captions[image.first_caption + c]));
    if (boxes) boxes->read(image.row, example);
    features->rows.push_back(image.row);
    dataset.examples.push_back(std::move(example));
  }
  if (boxes && boxes->clipped() > 0) {
    dataset.warnings.push_back(boxes->name() + ": " + std::to_string(boxes->clipped()) +
                               " boxes reach up to a pixel over the edge of their image and were clipped");
  }
  if (split != Split::train && here(options.folder / "train_caps.txt")) {
    std::vector<std::string> of_training;  // warnings that training itself prints
    std::string first;
    std::size_t known = 0;
    try {
      known =
          detail::count_trained_on(dataset.examples, read_lines(options.folder / "train_caps.txt", of_training), first);
    } catch (const Error& error) {
      dataset.warnings.push_back(std::string(error.what()) + ": not compared with the captions of " + prefix);
    }
    if (known > 0) {
      dataset.warnings.push_back(path("_caps.txt").string() + ": the captions of " + std::to_string(known) + " of " +
                                 std::to_string(dataset.examples.size()) + " images (first '" + first +
                                 "') also stand in train_caps.txt: images that are trained on say nothing here");
    }
  }
  dataset.region_width = features->width();
  dataset.region_count = features->regions();
  const std::shared_ptr<const detail::ScanFeatures> shared = std::move(features);
  dataset.regions = [shared](std::size_t i) { return (*shared)(i); };
  dataset.regions_ahead = [shared](std::size_t i) { shared->file.will_need(shared->rows.at(i), 1); };
  return dataset;
}

}  // namespace mgan::data
