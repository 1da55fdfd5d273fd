// scripts/bench pictures: JPEG and PNG files to CLIP's numbers (decode, short side to 224, middle, normalise) against
// Pillow and NumPy.
//
//     pictures FOLDER [--threads N] [--rounds N] [--threshold X] [--out FILE]
#include <algorithm>
#include <cmath>
#include <filesystem>

#include "mgan/image/clip_pixels.hpp"
#include "mgan/image/decode.hpp"
#include "support/peer_contest.hpp"

int main(int argc, char** argv) try {
  constexpr int side = 224;
  constexpr std::size_t most = 100, compared = 10;
  bench::PeerOptions o = bench::peer_options(argc, argv);
  mgan::require(o.words.size() == 1, "pictures FOLDER: a folder of photographs");
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
