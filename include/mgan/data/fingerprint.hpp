// A line that tells a data set from another one, without looking at pixels or features.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "mgan/data/dataset.hpp"
#include "mgan/io/checksum.hpp"

namespace mgan::data {

/// "train 8 images 40 captions 9f86d081884c7d65": counts, and a checksum of names, ids, sizes, captions and boxes in
/// their order.
inline std::string fingerprint(const Dataset& dataset) {
  std::string text;
  std::size_t captions = 0;
  const auto add = [&text](const auto& number) { text.append(reinterpret_cast<const char*>(&number), sizeof number); };
  for (const Example& example : dataset.examples) {
    text += example.name + '\0';
    add(example.image_id);
    add(example.width);
    add(example.height);
    add(example.captions.size());
    for (const std::string& caption : example.captions) text += caption + '\0';
    add(example.boxes.size());
    for (const Box& box : example.boxes) add(box);
    captions += example.captions.size();
  }
  return std::string(name_of(dataset.split)) + " " + std::to_string(dataset.examples.size()) + " images " +
         std::to_string(captions) + " captions " +
         io::checksum_text(io::checksum(std::as_bytes(std::span(text.data(), text.size()))));
}

}  // namespace mgan::data
