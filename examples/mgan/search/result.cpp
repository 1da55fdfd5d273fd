#include "result.hpp"

#include <algorithm>
#include <numeric>

namespace program::search {

namespace {

/// The k best of all images, best first; of equals the lower index.
std::vector<std::size_t> best(const std::vector<double>& score, std::size_t k) {
  std::vector<std::size_t> order(score.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  k = std::min(k, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
                    [&](std::size_t a, std::size_t b) { return score[a] != score[b] ? score[a] > score[b] : a < b; });
  order.resize(k);
  return order;
}

/// From 1, in the order of `best`.
std::int64_t rank_of(const std::vector<double>& score, std::size_t image) {
  std::int64_t before = 0;
  for (std::size_t i = 0; i < score.size(); ++i)
    before += score[i] > score[image] || (score[i] == score[image] && i < image);
  return before + 1;
}

}  // namespace

Answer answer(const IndexScores& scores, std::size_t k) {
  Answer answer;
  answer.weight = scores.weight;
  const std::size_t images = scores.total.size();
  std::array<std::vector<double>, 3> without;  // scores when a granularity is left out; empty where nothing remains
  const auto parts = std::count_if(scores.part.begin(), scores.part.end(), [](const auto& p) { return !p.empty(); });
  for (std::size_t g = 0; g < 3; ++g) {
    answer.has[g] = !scores.part[g].empty();
    if (!answer.has[g] || parts < 2) continue;
    without[g].assign(images, 0);
    for (std::size_t other = 0; other < 3; ++other)
      for (std::size_t i = 0; other != g && i < scores.part[other].size(); ++i)
        without[g][i] += scores.weight[other] * scores.part[other][i];
    answer.best_without[g] = best(without[g], k);
  }
  for (const std::size_t image : best(scores.total, k)) {
    Result result{image, static_cast<std::int64_t>(answer.results.size() + 1), scores.total[image], {}};
    for (std::size_t g = 0; g < 3; ++g) {
      if (!answer.has[g]) continue;
      const double score = scores.part[g][image];
      result.part[g] = {score, scores.weight[g] * score, rank_of(scores.part[g], image),
                        without[g].empty() ? 0 : rank_of(without[g], image)};
    }
    answer.results.push_back(result);
  }
  return answer;
}

}  // namespace program::search
