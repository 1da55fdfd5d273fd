// Batches made ahead, and the order of an epoch.
#include "mgan/train/loader.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "mgan/train/shuffle.hpp"
#include "tests/support/catch.hpp"

using namespace mgan::train;

TEST_CASE("PrefetchingLoader returns batches in order, whatever the threads") {
  for (const int threads : {0, 1, 3}) {
    std::atomic<std::int64_t> furthest = 0;
    std::int64_t taken = 5;
    PrefetchingLoader<std::int64_t> loader(
        5, 60,
        [&](std::int64_t i) {
          std::int64_t seen = furthest;
          while (seen < i && !furthest.compare_exchange_weak(seen, i)) {
          }
          std::this_thread::sleep_for(std::chrono::microseconds(i * 37 % 11 * 50));
          return i * i;
        },
        threads, 4);
    while (auto batch = loader.next()) {
      CHECK(*batch == taken * taken);
      CHECK(furthest <= taken + 4);
      ++taken;
    }
    CHECK(taken == 60);
    CHECK_FALSE(loader.next());
  }
}

TEST_CASE("PrefetchingLoader: a worker's exception comes out at its batch") {
  for (const int threads : {0, 2}) {
    PrefetchingLoader<int> loader(
        0, 10,
        [](std::int64_t i) {
          if (i == 3) throw std::runtime_error("broken picture 3");
          return static_cast<int>(i);
        },
        threads);
    for (int i = 0; i < 3; ++i) CHECK(loader.next() == i);
    CHECK_THROWS_WITH(loader.next(), "broken picture 3");
    CHECK_FALSE(loader.next());
  }
}

TEST_CASE("PrefetchingLoader ends in the middle, and holds what can only be moved") {
  for (int i = 0; i < 20; ++i) {
    PrefetchingLoader<std::unique_ptr<int>> loader(
        0, 1000, [](std::int64_t k) { return std::make_unique<int>(static_cast<int>(k)); }, 3, 5);
    for (int k = 0; k < i; ++k) CHECK(**loader.next() == k);
  }
}

TEST_CASE("epoch_permutation is a pure function of seed and epoch, the same everywhere") {
  const auto order = epoch_permutation(1000, 1, 2);
  CHECK(std::set<std::int64_t>(order.begin(), order.end()).size() == 1000);
  CHECK(order == epoch_permutation(1000, 1, 2));
  CHECK(order != epoch_permutation(1000, 1, 3));
  CHECK(order != epoch_permutation(1000, 2, 2));
  CHECK(epoch_permutation(8, 1, 0) == std::vector<std::int64_t>{2, 7, 0, 5, 4, 6, 1, 3});
  CHECK(epoch_permutation(0, 1, 0).empty());
  // Every element is equally likely in front.
  std::vector<int> first(5, 0);
  for (std::int64_t epoch = 0; epoch < 5000; ++epoch)
    ++first[static_cast<std::size_t>(epoch_permutation(5, 3, epoch)[0])];
  for (const int count : first) CHECK(std::abs(count - 1000) < 150);
}
