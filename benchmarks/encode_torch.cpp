// scripts/bench encode: what a training step pays more without the cache of `mgan extract`.
//
//     encode_torch VISION TEXT DATA [--threads N] [--rounds N] [--threshold X] [--out FILE]
//
// A batch of 128 training photographs of DATA (Karpathy's JSON file, images/ beside it) is decoded and goes through the
// image encoder, a caption of each through BERT: what frozen encoders compute again in every epoch. Rounds take batches
// in turn.
#include <ATen/Parallel.h>

#include <filesystem>

#include "mgan/data/karpathy.hpp"
#include "mgan/encoders/encoder_pair.hpp"
#include "support/peer_contest.hpp"

int main(int argc, char** argv) try {
  constexpr std::size_t batch = 128;
  bench::PeerOptions o = bench::peer_options(argc, argv);
  mgan::require(o.words.size() == 3, "encode VISION TEXT DATA: two Hugging Face folders, and Karpathy's JSON file");
  at::set_num_threads(o.threads);
  const auto encoders = mgan::encoders::EncoderPair::load({o.words[0], o.words[1]});
  const auto data = mgan::data::karpathy({o.words[2], std::filesystem::path(o.words[2]).parent_path() / "images", {}},
                                         mgan::data::Split::train);
  mgan::require(data.examples.size() >= batch, o.words[2], ": fewer than ", batch, " training photographs");

  std::size_t first = 0, truncated = 0;
  std::vector<mgan::data::Picture> pictures(batch);
  std::vector<std::vector<std::int64_t>> ids(batch);
  const auto timed = [](const auto& f) { return [&f](int) { return bench::seconds(f); }; };
  const auto decode = [&] {
    first = (first + batch) % (data.examples.size() - batch + 1);
    at::parallel_for(0, batch, 1, [&](std::int64_t from, std::int64_t to) {
      for (auto i = static_cast<std::size_t>(from); i < static_cast<std::size_t>(to); ++i)
        pictures[i] = encoders.fitted(data.picture(first + i));
    });
    for (std::size_t i = 0; i < batch; ++i) ids[i] = encoders.ids(data.examples[first + i].captions.at(0), truncated);
  };
  const auto see = [&] {
    for (std::size_t i = 0; i < batch; i += 16)
      encoders.tokens(
          {pictures.begin() + static_cast<std::ptrdiff_t>(i), pictures.begin() + static_cast<std::ptrdiff_t>(i + 16)});
  };
  const auto read = [&] { encoders.states(ids); };
  decode();
  o.probe.calibrate();
  const bench::Results r = bench::interleave(
      {{"decode and resize", timed(decode)}, {"image encoder", timed(see)}, {"text encoder", timed(read)}}, o.rounds, 1,
      o.probe);
  std::printf("%s, %d threads; medians of %d rounds, a batch of %zu photographs with a caption each\n",
              bench::processor().c_str(), o.threads, r.kept, batch);
  double sum = 0;
  for (const auto& [who, times] : r.seconds) {
    std::printf("   %-20s %8.3f s\n", who.c_str(), r.of(who));
    sum += r.of(who);
  }
  std::printf("   %-20s %8.3f s, which a step on a cache does not take\n", "together", sum);
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
