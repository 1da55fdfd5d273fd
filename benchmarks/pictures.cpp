// scripts/bench pictures: JPEG and PNG files to CLIP's numbers (decode, short side to 224, middle, normalise) against
// Pillow and NumPy.
//
//     pictures [FOLDER] [--threads N] [--rounds N] [--threshold X] [--out FILE]
//
// Without a folder: 100 JPEG files of 500 x 375 pixels, enlarged noise, made for the occasion.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <random>

#include "mgan/image/clip_pixels.hpp"
#include "mgan/image/decode.hpp"
#include "mgan/image/write_jpeg.hpp"
#include "mgan/io/atomic_file.hpp"
#include "support/peer_contest.hpp"

namespace {

/// Blurred noise with some grain on it: about the bytes a photograph has.
mgan::image::Picture blurred_noise(std::mt19937& random) {
  const auto noise = [&](int width, int height) {
    mgan::image::Picture picture{width, height, {}};
    picture.rgb.resize(static_cast<std::size_t>(width * height * 3));
    for (auto& byte : picture.rgb) byte = static_cast<std::uint8_t>(random() >> 24);
    return picture;
  };
  mgan::image::Picture picture = mgan::image::resize(noise(50, 38), 500, 375);
  const mgan::image::Picture grain = noise(500, 375);
  for (std::size_t i = 0; i < grain.rgb.size(); ++i)
    picture.rgb[i] = static_cast<std::uint8_t>((picture.rgb[i] * 31 + grain.rgb[i]) / 32);
  return picture;
}

struct MadeFolder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("mgan-pictures-" + std::to_string(::getpid()));
  explicit MadeFolder(int count) {
    std::filesystem::create_directories(path);
    std::mt19937 random(1);
    for (int i = 0; i < count; ++i)
      mgan::io::write_file_atomically(path / (std::to_string(i) + ".jpg"),
                                      mgan::image::jpeg_bytes(blurred_noise(random), 90));
  }
  ~MadeFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

}  // namespace

int main(int argc, char** argv) try {
  constexpr int side = 224;
  constexpr std::size_t most = 100, compared = 10;
  bench::PeerOptions o = bench::peer_options(argc, argv);
  mgan::require(o.words.size() <= 1, "pictures [FOLDER]: one folder of photographs");
  std::optional<MadeFolder> made_folder;
  if (o.words.empty()) o.words.push_back(made_folder.emplace(static_cast<int>(most)).path.string());
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(o.words[0])) {
    const std::string ending = entry.path().extension().string();
    if (ending == ".jpg" || ending == ".jpeg" || ending == ".png") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  files.resize(std::min(files.size(), most));
  mgan::require(!files.empty(), o.words[0], ": no .jpg, .jpeg or .png");

  const mgan::image::PixelNormalization normalize;
  const auto numbers = [&](const std::string& file) {
    return normalize(mgan::image::fit(mgan::image::load_picture(file), side, side));
  };
  std::vector<std::vector<float>> all(files.size());
  const auto ours = [&] {
    bench::in_slices(files.size(), o.threads, [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) all[i] = numbers(files[i]);
    });
  };
  ours();

  bench::PythonPeer peer("pictures");
  if (peer) {
    const auto made = peer.ask({{"do", "load"},
                                {"files", files},
                                {"side", side},
                                {"threads", o.threads},
                                {"compared", compared},
                                {"path", peer.path("numbers")}});
    mgan::require(!made.contains("error"), "the Python peer: ", made.dump());
    std::vector<float> theirs(std::min(compared, files.size()) * 3 * side * side);
    std::ifstream(peer.path("numbers"), std::ios::binary)
        .read(reinterpret_cast<char*>(theirs.data()), static_cast<std::streamsize>(theirs.size() * sizeof(float)));
    double worst = 0;
    for (std::size_t i = 0; i < theirs.size(); ++i)
      worst = std::max(worst, std::abs(static_cast<double>(theirs[i]) -
                                       static_cast<double>(all[i / (3 * side * side)][i % (3 * side * side)])));
    std::printf("%zu files; the first %zu: largest difference of any number from Pillow %s: %.1e\n", files.size(),
                std::min(compared, files.size()), peer.versions["pillow"].get<std::string>().c_str(), worst);
  }
  bench::Report report;
  bench::peer_contest(report, o, peer, "pictures", "pictures a second", static_cast<double>(files.size()), 1.0,
                      "Pillow and NumPy", ours);
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
