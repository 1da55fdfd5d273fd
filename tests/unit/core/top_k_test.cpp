// The k largest without sorting: against a stable sort, with ties, zeros of both signs, infinities and NaN.
#include "mgan/core/top_k.hpp"

#include <cmath>
#include <numeric>
#include <random>

#include "tests/support/catch.hpp"

namespace {

/// NaN above infinity; of equals the lower index first.
template <class S>
std::vector<std::int64_t> by_sorting(const std::vector<S>& numbers, std::int64_t k) {
  std::vector<std::int64_t> order(numbers.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    const S x = numbers[static_cast<std::size_t>(a)], y = numbers[static_cast<std::size_t>(b)];
    return std::isnan(x) ? !std::isnan(y) : x > y;
  });
  order.resize(static_cast<std::size_t>(k));
  std::sort(order.begin(), order.end());
  return order;
}

template <class S>
std::vector<std::int64_t> chosen(const std::vector<S>& numbers, std::int64_t k) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(k));
  mgan::TopKOfRow<S>{static_cast<std::int64_t>(numbers.size())}(numbers.data(), k, indices.data());
  return indices;
}

template <class S>
void check(const std::vector<S>& numbers) {
  for (std::int64_t k = 0; k <= static_cast<std::int64_t>(numbers.size()); ++k)
    REQUIRE(chosen(numbers, k) == by_sorting(numbers, k));
}

}  // namespace

TEMPLATE_TEST_CASE("TopKOfRow chooses what a stable sort chooses", "[core]", float, double) {
  using S = TestType;
  constexpr S infinity = std::numeric_limits<S>::infinity(), nan = std::numeric_limits<S>::quiet_NaN();
  constexpr S least = std::numeric_limits<S>::denorm_min(), most = std::numeric_limits<S>::max();
  check<S>({});
  check<S>({3});
  check<S>({1, 5, 5, 2, 5});
  check<S>({7, 7, 7, 7});
  check<S>({S(0.0), S(-0.0), S(0.0), S(-0.0), S(-1)});
  check<S>({least, -least, 0, most, -most, infinity, -infinity, 1, -1});
  check<S>({1, nan, infinity, nan, -infinity, -nan, 0});
  check<S>({infinity, infinity, -infinity, -infinity});

  std::mt19937_64 random(1);
  std::normal_distribution<S> normal;
  for (const std::size_t n : {2, 15, 16, 17, 49, 196}) {
    for (int round = 0; round < 20; ++round) {
      std::vector<S> numbers(n);
      for (S& x : numbers)
        x = round % 2 == 0 ? normal(random) : std::round(2 * normal(random)) / 2;  // every other with ties
      check(numbers);
    }
  }
}
