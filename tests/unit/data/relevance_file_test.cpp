// Lists of right answers and ranked lists as files: every layout, what ids mean, and what is refused.
#include "mgan/data/relevance_file.hpp"

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "mgan/data/resolve_relevance.hpp"
#include "mgan/data/trec.hpp"
#include "mgan/metrics/ranked_lists.hpp"
#include "mgan/metrics/streaming_relevance.hpp"
#include "tests/support/catch.hpp"

using Catch::Matchers::ContainsSubstring;
using mgan::Direction;
using mgan::data::ItemNames;

namespace {

struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("mgan-relevance-" + std::to_string(::getpid()));

  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
    return path / name;
  }
};

/// The message without the folder.
template <class F>
std::string message(const Folder& folder, const F& f) {
  try {
    f();
  } catch (const mgan::Error& error) {
    std::string text = error.what();
    for (std::size_t at; (at = text.find(folder.path.string() + "/")) != std::string::npos;)
      text.erase(at, folder.path.string().size() + 1);
    return text;
  }
  return "no error";
}

/// Three images and four texts, by COCO's numbers.
struct Names {
  ItemNames images{"image", 3}, texts{"text", 4};

  Names() {
    images.add("name", {"a.jpg", "b.jpg", "c.jpg"});
    images.add("number", {"57", "58", "59"});
    texts.add("caption id", {"770", "771", "772", "773"});
  }
};

std::vector<std::int64_t> indices(const mgan::Relevance& relevance, std::int64_t query) {
  std::vector<std::int64_t> out;
  for (const auto& item : relevance.of(query)) out.push_back(item.index);
  return out;
}
using Places = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("lists of right answers are read in every layout", "[data]") {
  const Folder folder;
  const Names names;
  const auto resolved = [&](const std::string& name, const std::string& text, std::optional<Direction> direction,
                            bool listed = false) {
    mgan::RelevanceLists lists;
    for (const auto& one : mgan::data::read_relevance(folder.write(name, text), {direction}))
      lists.of(one.direction) = mgan::data::resolve(one, names.images, names.texts, {listed, {}});
    return lists;
  };
  const auto both = resolved("both.json", R"({"image_to_text": {"57": [771, 770], "58": ["772"], "59": [773]},
                       "text_to_image": {"770": [57], "771": [57, 58], "772": [58], "773": [59]}})",
                             std::nullopt);
  CHECK(indices(*both.image_to_text, 0) == Places{0, 1});
  CHECK(indices(*both.image_to_text, 1) == Places{2});
  CHECK(indices(*both.text_to_image, 1) == Places{0, 1});
  CHECK(both.text_to_image->judged() == 4);

  const auto flat = resolved("flat.json", R"({"a.jpg": [770], "c.jpg": [773, 772]})", Direction::image_to_text, true);
  CHECK(indices(*flat.image_to_text, 2) == Places{2, 3});
  CHECK(flat.image_to_text->judged() == 2);
  CHECK_FALSE(flat.text_to_image);

  const auto rated = resolved("rated.csv",
                              "caption,image,sampling_method,agg_score\r\n"
                              "770,57,\"c2i, original\",4.5\n771,57,x,2.99\n771,58,x,3\n770,57,y,5\n",
                              std::nullopt, true);
  CHECK(indices(*rated.image_to_text, 0) == Places{0});
  CHECK(indices(*rated.text_to_image, 1) == Places{1});
  CHECK(rated.image_to_text->judged() == 2);

  const auto qrels = resolved("rel.qrels", "770 0 57 2\n770\t0\t58 1\n771 0 59 1\n772 0 59 1\n773 0 57 1\n771 0 57 0\n",
                              Direction::text_to_image);
  CHECK(indices(*qrels.text_to_image, 0) == Places{0, 1});
  CHECK(qrels.text_to_image->of(0)[0].gain == 2.0);
  CHECK(indices(*qrels.text_to_image, 1) == Places{2});
}

TEST_CASE("own captions are added to lists where that is asked for", "[data]") {
  const Folder folder;
  const Names names;
  const std::vector<std::int64_t> owner{0, 0, 1, 2};
  const auto named =
      mgan::data::read_relevance(folder.write("a.json", R"({"770": [58, 57]})"), {Direction::text_to_image});
  const auto relevance = mgan::data::resolve(named[0], names.images, names.texts, {false, owner});
  CHECK(indices(relevance, 0) == Places{0, 1});
  CHECK(indices(relevance, 1) == Places{0});
  CHECK(indices(relevance, 3) == Places{2});
}

TEST_CASE("lists that are wrong are named", "[data]") {
  const Folder folder;
  const Names names;
  const auto refused = [&](const std::string& text, std::optional<Direction> direction = Direction::image_to_text,
                           bool listed = false) {
    return message(folder, [&] {
      for (const auto& one : mgan::data::read_relevance(folder.write("f", text), {direction}))
        mgan::data::resolve(one, names.images, names.texts, {listed, {}});
    });
  };
  CHECK(refused(R"({"57": [770], "58": [], "59": [771]})") == "f: query '58' has no right text");
  CHECK_THAT(refused(R"({"57": [770], "58": [771]})"),
             ContainsSubstring("f: 1 of 3 images have no list (first 'c.jpg')"));
  CHECK_THAT(refused(R"({"57": [770], "60": [771]})"),
             ContainsSubstring("f: queries: '60' is no image of the 3, which are known by name, number; 1 of 2 ids"));
  CHECK_THAT(refused(R"({"57": [7700]})", Direction::image_to_text, true),
             ContainsSubstring("f: candidates: '7700' is no text of the 4"));
  CHECK_THAT(refused(R"({"57": [770, 770]})", Direction::image_to_text, true),
             ContainsSubstring("query '57': '770' stands there twice"));
  CHECK_THAT(refused(R"({"57": [770]})", std::nullopt), ContainsSubstring("f: does not say which side asks"));
  CHECK_THAT(refused(R"({"image_to_text": {"57": [770]}, "x": {}})"), ContainsSubstring("other keys beside"));
  CHECK_THAT(refused(R"({"57": 770})"), ContainsSubstring("query '57' has 770, expected a list of ids"));
  CHECK_THAT(refused(R"({"57": [7.5]})"), ContainsSubstring("query '57': an id is 7.5"));
  CHECK_THAT(refused(R"({"57": [770], "57": [771]})"), ContainsSubstring("the key '57' occurs twice"));
  CHECK_THAT(refused("[1]"), ContainsSubstring("expected an object"));
  CHECK_THAT(refused("image,caption,score\n57,770,4\n"), ContainsSubstring("f: line 1: has no column 'agg_score'"));
  CHECK_THAT(refused("image,caption,agg_score\n57,770\n"),
             ContainsSubstring("f: line 2: 2 fields, the first line has 3"));
  CHECK_THAT(refused("image,caption,agg_score\n57,770,x\n"), ContainsSubstring("f: line 2: agg_score is 'x'"));
  CHECK_THAT(refused("image,caption,agg_score\n57,770,4\n57,770,1\n"), ContainsSubstring("are rated on line 2 too"));
  CHECK_THAT(refused("image,caption,agg_score\n57,770,1\n"), ContainsSubstring("f: no pair is rated 3 or more"));
  CHECK_THAT(refused("57 0 770\n"), ContainsSubstring("f: line 1: 3 fields; expected query, iteration"));
  CHECK_THAT(refused("57 0 770 1\n58 0 771 0\n59 0 771 1\n"), ContainsSubstring("query '58' has no right text"));
  CHECK_THAT(refused("57 0 770 1\n", std::nullopt), ContainsSubstring("qrels do not say which side asks"));
  CHECK_THAT(refused(" \n"), ContainsSubstring("f: is empty"));

  ItemNames two("image", 2);
  two.add("number", {"1", "2"});
  two.add("row", {"0", "1"});
  CHECK(two.find({"2"}, "f") == Places{1});
  CHECK(two.find({"0"}, "f") == Places{0});
  CHECK_THAT(message(folder, [&] { two.find({"1"}, "f"); }),
             ContainsSubstring("f: its ids are images by number and also by row, and '1' means two"));
}

TEST_CASE("a run that is written and read gives the figures of the scores", "[data]") {
  const Folder folder;
  const Names names;
  const std::vector<float> scores{0.1f, 0.5f, 0.25f, 1e-7f, 0.1f, 0.3f, 0.7f, 0.2f, 0.9f, 0.5f, 0.7f, 0.2f};  // (3, 4)
  const mgan::Relevance relevance(3, {{{0}, {2}}, {{1}}, {{0, 2.0}, {2}}, {{2}}});
  const auto expected = mgan::relevance_figures(scores, 3, 4, Direction::text_to_image, relevance);
  mgan::StreamingTopK<float> best(3, 4, 3);
  best.add(mgan::WholeBlock<float>(scores, 3, 4).block());
  mgan::data::write_run(folder.path / "run", names.texts, names.images, best.images_of_text);
  mgan::data::write_qrels(folder.path / "qrels", names.texts, names.images, relevance);
  const auto run = mgan::data::read_run(folder.path / "run");
  REQUIRE(run.lists.size() == 4);
  CHECK(run.lists[0].candidates[0].id == "c.jpg");
  CHECK(static_cast<float>(run.lists[0].candidates[0].score) == 0.9f);
  const auto lists = mgan::data::resolve(
      mgan::data::read_relevance(folder.path / "qrels", {Direction::text_to_image})[0], names.images, names.texts);
  CHECK(lists.of(2)[0].gain == 2.0);
  const auto figures_of = [&](std::size_t depth) {
    std::vector<std::vector<mgan::Found<double>>> ranked;
    for (const auto& list : run.lists) {
      auto& one = ranked.emplace_back();
      for (const auto& c : list.candidates)
        if (one.size() < depth) one.push_back({names.images.find({c.id}, "run")[0], c.score});
    }
    return mgan::figures_of_lists(lists, ranked);
  };
  const auto whole = figures_of(3);
  CHECK(whole.undecided.empty());
  CHECK(whole.figures.map_at_r == expected.map_at_r);
  CHECK(whole.figures.ndcg == expected.ndcg);
  CHECK(whole.figures.mrr == expected.mrr);
  CHECK(whole.figures.recall.mean_rank == expected.recall.mean_rank);
  CHECK(whole.figures.recall.r1 == expected.recall.r1);

  // Text 1's best is image 0 or 2, its right one image 1: the best alone decides R@1 and nothing behind it.
  const auto one = figures_of(1);
  CHECK(one.figures.recall.r1 == expected.recall.r1);
  for (const double undecided :
       {one.figures.recall.r5, one.figures.mrr, one.figures.ndcg, one.figures.map_at_r, one.figures.recall.mean_rank})
    CHECK(std::isnan(undecided));
  REQUIRE(one.undecided.size() >= 5);
}

TEST_CASE("runs that are wrong are named by line", "[data]") {
  const Folder folder;
  const auto refused = [&](const std::string& text) {
    return message(folder, [&] { mgan::data::read_run(folder.write("run", text)); });
  };
  CHECK(refused("q Q0 a 1 0.5\n") == "run: line 1: 5 fields, expected query, Q0, candidate, rank, score and tag");
  CHECK_THAT(refused("q Q0 a 1 nan t\n"), ContainsSubstring("run: line 1: the score is 'nan'"));
  CHECK_THAT(refused("q Q0 a 1 0.5 t\nq Q0 a 2 0.4 t\n"),
             ContainsSubstring("run: line 2: 'a' stands twice for query 'q'"));
  CHECK_THAT(refused("q Q0 a 1 0.4 t\nq Q0 b 2 0.5 t\n"),
             ContainsSubstring("line 2: rank 2 has a better score than rank 1"));
  ItemNames blank("text", 1);
  blank.add("name", {"a b.jpg#0"});
  mgan::TopK<float> best(1, 1);
  best.add(0, 0, 1.0f);
  CHECK_THAT(message(folder, [&] { mgan::data::write_run(folder.path / "x", blank, blank, best); }),
             ContainsSubstring("cannot hold the text id 'a b.jpg#0', which has a blank"));
  CHECK_FALSE(std::filesystem::exists(folder.path / "x"));
}
