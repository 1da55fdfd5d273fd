// Which rows and which captions of SCAN's files are one image.
//
// N rows of features, C captions, both in the same order. C = N: each image has its row repeated, once a caption; C = k
// N: a row an image, and k captions each. The ids, one a row, say which rows are the same image.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/core/utf8.hpp"

namespace mgan::data {

/// An image: the first of its rows, and its captions first .. first + count - 1.
struct ScanImage {
  std::string id;
  std::int64_t row = 0;
  std::size_t first_caption = 0;
  std::size_t captions = 0;
};

/// What match_rows is told. Ids may be absent (nullopt), one a row, one a caption, or one an image.
struct ScanRows {
  std::string features, captions_file, ids_file;  // names, for messages
  std::int64_t rows = 0;
  std::size_t captions = 0;
  std::optional<std::vector<std::string>> ids;
  std::function<bool(std::int64_t, std::int64_t)> same;  // whether two rows have the same features
};

namespace detail {

/// Every id once.
inline void check_unique(const std::vector<ScanImage>& images, const std::string& file) {
  std::unordered_map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto [found, added] = seen.emplace(images[i].id, i);
    require(added, file, ": id '", printable(images[i].id), "' stands for images ", found->second, " and ", i,
            "; an image's rows and captions have to be consecutive, and its id its own");
  }
}

/// Neighbouring captions with one key are an image.
template <class Key>
std::vector<ScanImage> images_by_key(std::size_t captions, Key&& key) {
  std::vector<ScanImage> images;
  for (std::size_t c = 0; c < captions; ++c) {
    if (images.empty() || images.back().id != key(c)) images.push_back({key(c), 0, c, 0});
    ++images.back().captions;
  }
  return images;
}

inline void warn_of_counts(const ScanRows& in, const std::vector<ScanImage>& images,
                           std::vector<std::string>& warnings) {
  std::size_t fewest = images[0].captions, most = fewest;
  for (const ScanImage& image : images) {
    fewest = std::min(fewest, image.captions);
    most = std::max(most, image.captions);
  }
  if (fewest == 5 && most == 5) return;
  warnings.push_back(in.captions_file + ": " + std::to_string(fewest) +
                     (most > fewest ? " to " + std::to_string(most) : "") +
                     " captions an image, where the field has 5");
}

}  // namespace detail

/// The images of a split, in order. Errors: numbers of rows, captions and ids that do not fit, ids that occur twice,
/// rows of one id with different features.
inline std::vector<ScanImage> match_rows(const ScanRows& in, std::vector<std::string>& warnings) {
  require(in.rows > 0, in.features, ": no rows");
  const auto rows = static_cast<std::size_t>(in.rows);
  require(in.captions >= rows && in.captions % rows == 0, in.features, ": ", rows, " rows, but ", in.captions_file,
          " has ", in.captions, " captions; expected one row a caption, or one row for every so many captions");
  const bool row_a_caption = in.captions == rows;
  const std::size_t ids = in.ids ? in.ids->size() : 0;
  const bool fits = ids == rows || ids == in.captions || (row_a_caption && ids > 0 && rows % ids == 0);
  require(!in.ids || fits, in.ids_file, ": ", ids, " ids for ", rows, " rows and ", in.captions, " captions");

  std::vector<ScanImage> images;
  if (in.ids) {
    const std::size_t captions_an_id = in.captions / ids;
    images = detail::images_by_key(in.captions, [&](std::size_t c) { return (*in.ids)[c / captions_an_id]; });
    detail::check_unique(images, in.ids_file);
  } else if (row_a_caption) {
    for (std::size_t c = 0; c < rows; ++c) {
      if (c == 0 || !in.same(static_cast<std::int64_t>(c) - 1, static_cast<std::int64_t>(c)))
        images.push_back({std::to_string(images.size()), 0, c, 0});
      ++images.back().captions;
    }
    warnings.push_back(in.ids_file + ": missing; neighbouring rows with the same features are one image: " +
                       std::to_string(images.size()) + " images");
  } else {
    const std::size_t each = in.captions / rows;
    images = detail::images_by_key(in.captions, [&](std::size_t c) { return std::to_string(c / each); });
    warnings.push_back(in.ids_file + ": missing; every row is an image, named by its number");
  }

  if (!row_a_caption) {
    require(images.size() == rows, in.ids_file, ": ", images.size(), " different ids for ", rows,
            " rows, one an image");
    for (std::size_t i = 0; i < rows; ++i) {
      require(images[i].captions == in.captions / rows, in.ids_file, ": id '", printable(images[i].id), "' has ",
              images[i].captions, " captions, its row ", i, " has ", in.captions / rows);
      images[i].row = static_cast<std::int64_t>(i);
    }
  } else {
    for (ScanImage& image : images) {
      image.row = static_cast<std::int64_t>(image.first_caption);
      for (std::size_t c = 1; c < image.captions; ++c) {
        const std::int64_t other = image.row + static_cast<std::int64_t>(c);
        require(in.same(image.row, other), in.features, ": rows ", image.row, " and ", other, " have the id '",
                printable(image.id), "' in ", in.ids_file, ", but different features");
      }
    }
    require(images.size() < rows || rows == 1 || !in.same(0, 1), in.ids_file,
            ": every row has an id of its own, but rows 0 and 1 of ", in.features,
            " are the same image; expected ids of images, not of captions");
  }
  detail::warn_of_counts(in, images, warnings);
  return images;
}

}  // namespace mgan::data
