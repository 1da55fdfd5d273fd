// scripts/bench tokens: WordPiece ids of captions against Hugging Face's `tokenizers`.
//
//     tokens VOCABULARY CAPTIONS [--threads N] [--rounds N] [--threshold X] [--out FILE]
//
// CAPTIONS has one a line, or is Karpathy's JSON. A word is what white space separates.
#include <fstream>

#include "mgan/io/json.hpp"
#include "mgan/text/wordpiece.hpp"
#include "support/peer_contest.hpp"

namespace {

std::vector<std::string> captions_of(const std::string& path) {
  std::vector<std::string> all;
  if (path.ends_with(".json")) {
    const auto json = mgan::io::read_json(path);
    mgan::require(json.is_object() && json.contains("images"), path, ": has no images");
    for (const auto& image : json["images"])
      for (const auto& sentence : image.at("sentences")) all.push_back(sentence.at("raw").get<std::string>());
  } else {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) all.push_back(line);
  }
  mgan::require(!all.empty(), path, ": no captions");
  return all;
}

std::size_t words_in(const std::vector<std::string>& captions) {
  std::size_t words = 0;
  for (const std::string& caption : captions) {
    bool inside = false;
    for (const char c : caption) {
      const bool space = c == ' ' || (c >= '\t' && c <= '\r');
      words += !space && !inside ? 1 : 0;
      inside = !space;
    }
  }
  return words;
}

}  // namespace

int main(int argc, char** argv) try {
  bench::PeerOptions o = bench::peer_options(argc, argv);
  mgan::require(o.words.size() == 2, "tokens VOCABULARY CAPTIONS: vocab.txt, and captions or Karpathy's JSON");
  const auto tokenizer = mgan::text::WordPiece::load(o.words[0]);
  const std::vector<std::string> captions = captions_of(o.words[1]);
  const std::size_t words = words_in(captions);
  std::printf("%zu captions, %zu words\n", captions.size(), words);
  std::vector<std::vector<std::int64_t>> ids(captions.size());
  const auto ours = [&] {
    bench::in_slices(captions.size(), o.threads, [&](std::size_t first, std::size_t last) {
      for (std::size_t i = first; i < last; ++i) ids[i] = tokenizer.encode(captions[i]);
    });
  };
  ours();

  bench::PythonPeer peer("tokens");
  if (peer) {
    const auto made = peer.ask({{"do", "load"},
                                {"vocabulary", o.words[0]},
                                {"captions", captions},
                                {"threads", o.threads},
                                {"path", peer.path("ids.json")}});
    mgan::require(!made.contains("error"), "the Python peer: ", made.dump());
    const auto theirs = mgan::io::read_json(peer.path("ids.json")).get<std::vector<std::vector<std::int64_t>>>();
    std::size_t different = theirs.size() == ids.size() ? 0 : ids.size();
    for (std::size_t i = 0; i < std::min(ids.size(), theirs.size()); ++i) different += ids[i] == theirs[i] ? 0 : 1;
    std::printf("captions whose ids differ from tokenizers %s: %zu\n",
                peer.versions["tokenizers"].get<std::string>().c_str(), different);
    mgan::require(different == 0, different, " of ", ids.size(), " captions have other ids in tokenizers");
  }
  bench::Report report;
  const double a_thread = static_cast<double>(words) / o.threads;
  bench::peer_contest(report, o, peer, "tokens", "words a second and thread", a_thread, 1.0, "tokenizers", ours);
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
