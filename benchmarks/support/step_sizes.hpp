// The paper's sizes, and one batch of them in files that every contestant of a training step maps.
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "mgan/io/json.hpp"

namespace bench {

struct StepSizes {
  std::int64_t batch = 128, regions = 36, patches = 49, words = 32;       // B, R, M, L
  std::int64_t region_width = 2048, patch_width = 768, word_width = 768;  // d_r, d_p, d_w
  std::int64_t width = 2048, k = 16, views = 12, heads = 8, draws = 500;  // D, K, N
  std::int64_t layer_heads = 12, layer_hidden = 3072;                     // of the tuned layer of BERT-base

  mgan::io::Json json() const {
    return {{"batch", batch},
            {"regions", regions},
            {"patches", patches},
            {"words", words},
            {"d_r", region_width},
            {"d_p", patch_width},
            {"d_w", word_width},
            {"width", width},
            {"k", k},
            {"views", views},
            {"heads", heads},
            {"draws", draws},
            {"layer_heads", layer_heads},
            {"layer_hidden", layer_hidden}};
  }
  static StepSizes of(const mgan::io::Json& j) {
    return {j.at("batch"), j.at("regions"), j.at("patches"),     j.at("words"),       j.at("d_r"),
            j.at("d_p"),   j.at("d_w"),     j.at("width"),       j.at("k"),           j.at("views"),
            j.at("heads"), j.at("draws"),   j.at("layer_heads"), j.at("layer_hidden")};
  }
};

inline void write_floats(const std::filesystem::path& path, const std::vector<float>& numbers) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(numbers.data()),
             static_cast<std::streamsize>(numbers.size() * sizeof(float)));
  mgan::require(file.flush().good(), path.string(), ": cannot be written");
}

/// Features as real ones are in size and range, caption lengths as Flickr30K's: 13 words in the mean, 4 to 32. Writes
/// regions, boxes, sizes, tokens, words and lengths into `folder`, raw numbers in single precision.
inline void write_step_data(const std::filesystem::path& folder, const StepSizes& z) {
  std::mt19937_64 generator(7);
  std::normal_distribution<float> normal;
  const auto uniform = [&](float low, float high) {
    return std::uniform_real_distribution<float>(low, high)(generator);
  };
  const auto normals = [&](std::int64_t count, bool rectified) {
    std::vector<float> x(static_cast<std::size_t>(count));
    for (float& v : x) v = rectified ? std::max(normal(generator), 0.0f) : normal(generator);
    return x;
  };
  write_floats(folder / "regions", normals(z.batch * z.regions * z.region_width, true));
  write_floats(folder / "tokens", normals(z.batch * (1 + z.patches) * z.patch_width, false));
  write_floats(folder / "words", normals(z.batch * (1 + z.words) * z.word_width, false));
  std::vector<float> boxes, sizes, lengths;
  for (std::int64_t i = 0; i < z.batch; ++i) {
    sizes.insert(sizes.end(), {500, 375});
    for (std::int64_t r = 0; r < z.regions; ++r) {
      const float x = uniform(0, 300), y = uniform(0, 300);
      boxes.insert(boxes.end(), {x, y, x + uniform(10, 70), y + uniform(10, 70)});
    }
    const float words = std::exp(std::log(12.9f) + 0.4f * normal(generator));
    const float longest = static_cast<float>(z.words);
    lengths.push_back(1 + (i == 0 ? longest : std::clamp(std::round(words), std::min(4.0f, longest), longest)));
  }
  write_floats(folder / "boxes", boxes);
  write_floats(folder / "sizes", sizes);
  write_floats(folder / "lengths", lengths);  // words and [CLS]
}

}  // namespace bench
