// What a run writes down: log, progress, the plateau of a collapse.
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>

#include "mgan/train/collapse.hpp"
#include "mgan/train/jsonl.hpp"
#include "mgan/train/progress.hpp"
#include "tests/support/catch.hpp"
#include "tests/torch/train/folder.hpp"

using namespace mgan::train;
using namespace mgan::tests;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("Collapse: the plateau for a while, and only then") {
  CHECK(collapsed_loss_hardest(128, 0.2) == Approx(51.2));
  CHECK(collapsed_loss_all(4, 0.2, 2) == Approx(2 * (4 * 3 - 2) * 0.2));
  CollapseDetector collapsed{3, 0.01};
  const double plateau = collapsed_loss_hardest(10, 0.2);
  CHECK_FALSE(collapsed(4.01, plateau));
  CHECK_FALSE(collapsed(3.99, plateau));
  CHECK(collapsed(4.0, plateau));
  CHECK_FALSE(collapsed(3.5, plateau));
  CHECK_FALSE(collapsed(4.0, plateau));
  CHECK_FALSE(collapsed(std::nan(""), plateau));
}

TEST_CASE("JsonLog: whole lines, cut at the resumed step") {
  const Folder folder;
  const auto path = folder / "log.jsonl";
  {
    JsonLog log(path);
    for (int step = 1; step <= 5; ++step) log.append({{"step", step}, {"loss", 0.5}});
    log.append({{"step", 5}, {"rsum", 60.0}});
    CHECK_THROWS_WITH(log.append({{"loss", 1}}), ContainsSubstring("without an integer \"step\""));
  }
  const std::string five = contents(path);
  std::ofstream(path, std::ios::app) << R"({"step": 6, "lo)";  // killed while writing
  JsonLog::resume(path, 9).append({{"step", 10}});
  CHECK(contents(path) == five + "{\"step\":10}\n");
  JsonLog::resume(path, 5);
  CHECK(contents(path) == five);
  JsonLog::resume(path, 2).append({{"step", 3}});
  CHECK(contents(path) == "{\"loss\":0.5,\"step\":1}\n{\"loss\":0.5,\"step\":2}\n{\"step\":3}\n");
  std::ofstream(path, std::ios::app) << "not json\n";
  CHECK_THROWS_WITH(JsonLog::resume(path, 9), ContainsSubstring("not a log record: not json"));
  JsonLog fresh(path);
  CHECK(contents(path).empty());
  CHECK_THROWS_WITH(JsonLog(folder / "none" / "log.jsonl"), ContainsSubstring("cannot open"));
}

TEST_CASE("Progress: plain lines at intervals when redirected") {
  CHECK(clock_text(7) == "0:07");
  CHECK(clock_text(754) == "12:34");
  CHECK(clock_text(7509) == "2:05:09");
  CHECK(clock_text(std::nan("")) == "?");
  const Folder folder;
  const auto path = folder / "progress.txt";
  std::FILE* out = std::fopen(path.c_str(), "w");
  {
    Progress progress(100, 32, out, 10.0);
    progress.update_at(1000.0, 41, 3.5, "epoch 1/2");  // resumed at 40
    for (int step = 42; step <= 52; ++step) progress.update_at(1000.0 + (step - 41) * 2.0, step, 3.0, "epoch 1/2");
    progress.say("validation RSum 61.2");
    progress.finish();
  }
  std::fclose(out);
  CHECK(contents(path) ==
        "epoch 1/2  step 41/100  loss 3.5  ETA ?\n"
        "epoch 1/2  step 46/100  loss 3  16 pairs/s  ETA 1:48\n"
        "epoch 1/2  step 51/100  loss 3  16 pairs/s  ETA 1:38\n"
        "validation RSum 61.2\n"
        "epoch 1/2  step 52/100  loss 3  16 pairs/s  ETA 1:36\n");
}
