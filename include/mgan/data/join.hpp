// Images that two sources call differently: SCAN's ids beside file names, or Karpathy's numbers.
//
//     first '1007'                    second 'val2014/COCO_val2014_000000391895.jpg', id 1007
//         name    val2014/COCO_val2014_000000391895.jpg      stem    COCO_val2014_000000391895
//         file    COCO_val2014_000000391895.jpg              number  391895 (COCO's id)      id  1007 (Karpathy's
//         imgid)
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/data/dataset.hpp"

namespace mgan::data {

/// What of the second source is compared with the first one's names. `any`: whatever finds the most images.
enum class JoinBy { any, name, file, stem, number, id };
/// What becomes of images that one side lacks: an error that counts them and names the first, or the same as a warning.
enum class MissingImages { fatal, skip };

struct JoinOptions {
  JoinBy by = JoinBy::any;
  MissingImages missing = MissingImages::fatal;
};

constexpr const char* name_of(JoinBy by) {
  constexpr const char* names[] = {"any", "name", "file", "stem", "number", "id"};
  return names[static_cast<std::size_t>(by)];
}

/// One side: its images, and what it is called in messages.
struct JoinSide {
  std::string what;
  const std::vector<Example>& images;
};

/// The images of both sides, in the order of the first.
struct Join {
  std::vector<std::size_t> first, second;  // their places
  JoinBy by = JoinBy::name;
  std::vector<std::string> warnings = {};
};

namespace detail {

/// What an image goes by; empty where it has nothing of the kind.
inline std::string join_key(const Example& image, JoinBy by) {
  if (by == JoinBy::name) return image.name;
  if (by == JoinBy::id) return std::to_string(image.image_id);
  std::string key = image.name.substr(image.name.rfind('/') + 1);  // npos + 1 is 0
  if (by == JoinBy::file) return key;
  if (const std::size_t dot = key.rfind('.'); dot != std::string::npos && dot > 0) key.resize(dot);
  if (by == JoinBy::stem) return key;
  const std::size_t digits = key.find_last_not_of("0123456789") + 1;
  const std::size_t nonzero = std::min(key.find_first_not_of('0', digits), key.size());
  return digits == key.size() ? "" : nonzero == key.size() ? "0" : key.substr(nonzero);
}

/// Letters and digits of a caption, small: what two ways to write it have in common.
inline std::string caption_key(std::string_view caption) {
  std::string key;
  for (const char c : caption) {
    if (c >= 'A' && c <= 'Z') key += static_cast<char>(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80) != 0) key += c;
  }
  return key;
}

inline bool share_a_caption(const Example& a, const Example& b) {
  std::unordered_set<std::string> keys;
  for (const std::string& caption : a.captions) keys.insert(caption_key(caption));
  return std::any_of(b.captions.begin(), b.captions.end(),
                     [&](const std::string& caption) { return keys.contains(caption_key(caption)); });
}

/// The place in the second source of each image of the first, -1 where there is none. Nothing where a key of the second
/// stands for two images.
inline std::vector<std::ptrdiff_t> places_by(const JoinSide& first, const JoinSide& second, JoinBy by,
                                             std::string* twice = nullptr) {
  std::unordered_map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < second.images.size(); ++i) {
    std::string key = join_key(second.images[i], by);
    if (key.empty()) continue;
    const auto [found, added] = place.emplace(std::move(key), i);
    if (added) continue;
    if (twice) *twice = found->first;
    return {};
  }
  std::vector<std::ptrdiff_t> places;
  for (const Example& image : first.images) {
    const auto found = place.find(image.name);
    places.push_back(found == place.end() ? -1 : static_cast<std::ptrdiff_t>(found->second));
  }
  return places;
}

/// "3 of 10 images of A are not in B (first 'x')", or nothing.
inline std::string lacking(const JoinSide& side, const JoinSide& other, const std::vector<bool>& found) {
  const auto count = std::count(found.begin(), found.end(), false);
  if (count == 0) return {};
  const auto first = static_cast<std::size_t>(std::find(found.begin(), found.end(), false) - found.begin());
  return std::to_string(count) + " of " + std::to_string(found.size()) + " images of " + side.what + " are not in " +
         other.what + " (first '" + side.images[first].name + "')";
}

}  // namespace detail

/// The images that both sides have. Errors: none at all; images that one side lacks, unless they are skipped; an image
/// of the first side there twice; images whose captions have nothing in common (most of them: other images were joined;
/// some are a warning).
inline Join join(const JoinSide& first, const JoinSide& second, const JoinOptions& options = {}) {
  Join out;
  std::vector<std::ptrdiff_t> places;
  const auto found = [](const std::vector<std::ptrdiff_t>& p) {
    return p.size() - static_cast<std::size_t>(std::count(p.begin(), p.end(), -1));
  };
  if (options.by == JoinBy::any) {
    for (const JoinBy by : {JoinBy::name, JoinBy::file, JoinBy::stem, JoinBy::number, JoinBy::id}) {
      auto those = detail::places_by(first, second, by);
      if (found(those) > found(places)) places = std::move(those), out.by = by;
    }
    require(!places.empty(), first.what, " and ", second.what, ": not one image in common; the first of each are '",
            first.images.empty() ? "" : first.images[0].name, "' and '",
            second.images.empty() ? "" : second.images[0].name, "'");
  } else {
    std::string twice;
    out.by = options.by;
    places = detail::places_by(first, second, out.by, &twice);
    require(twice.empty(), second.what, ": the ", name_of(out.by), " '", twice, "' stands for two images");
    require(found(places) > 0, first.what, " and ", second.what, ": not one image in common by ", name_of(out.by));
  }
  std::vector<bool> in_second, in_first(second.images.size(), false);
  for (std::size_t i = 0; i < places.size(); ++i) {
    in_second.push_back(places[i] >= 0);
    if (places[i] < 0) continue;
    const auto j = static_cast<std::size_t>(places[i]);
    require(!in_first[j], first.what, ": the image '", first.images[i].name, "' is there twice");
    in_first[j] = true;
    out.first.push_back(i), out.second.push_back(j);
  }
  for (const std::string& what :
       {detail::lacking(first, second, in_second), detail::lacking(second, first, in_first)}) {
    if (what.empty()) continue;
    require(options.missing == MissingImages::skip, what, ", joined by ", name_of(out.by),
            "; --missing skip leaves them out");
    out.warnings.push_back(what + ", joined by " + name_of(out.by) + "; left out");
  }
  std::size_t compared = 0, others = 0;
  std::string one;
  for (std::size_t k = 0; k < out.first.size(); ++k) {
    const Example &a = first.images[out.first[k]], &b = second.images[out.second[k]];
    if (a.captions.empty() || b.captions.empty()) continue;
    ++compared;
    if (!detail::share_a_caption(a, b) && others++ == 0) one = "'" + a.name + "' and '" + b.name + "'";
  }
  if (others == 0) return out;
  const std::string what = first.what + " and " + second.what + ", joined by " + name_of(out.by) + ": " +
                           std::to_string(others) + " of " + std::to_string(compared) +
                           " images have no caption in common (first " + one + ")";
  require(2 * others <= compared, what, ": these are other images");
  out.warnings.push_back(what);
  return out;
}

}  // namespace mgan::data
