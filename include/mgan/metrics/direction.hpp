// Which side asks. Scores are (images, texts) whoever does.
#pragma once

#include <cstdint>

namespace mgan {

enum class Direction {
  image_to_text,  ///< queries are images, candidates texts
  text_to_image   ///< queries are texts, candidates images
};

constexpr Direction directions[] = {Direction::image_to_text, Direction::text_to_image};

constexpr const char* name_of(Direction d) { return d == Direction::image_to_text ? "image_to_text" : "text_to_image"; }

/// Of a pair of numbers, one of the images and one of the texts: the queries', and the candidates'.
constexpr std::int64_t query_of(Direction d, std::int64_t image, std::int64_t text) {
  return d == Direction::image_to_text ? image : text;
}
constexpr std::int64_t candidate_of(Direction d, std::int64_t image, std::int64_t text) {
  return d == Direction::image_to_text ? text : image;
}

}  // namespace mgan
