// How well tokens match what they attend to, block by block of their numbers.
//
//     m_q[b] = cos(block b of q, block b of a_q),      a_q = attend(q, s, lambda) (alignment/attended_tokens.hpp)
//
// B blocks of D / B coordinates; cos(x, y) = x . y / max(|x| |y|, 1e-8). The products of blocks serve both sides, and
// their sum is what attention needs: 2 R L D together. |block b of a_q|^2 is in Gram form, w' G_b w, where a side has
// no more than D / B tokens: 2 n m^2 B.
#pragma once

#include <utility>
#include <vector>

#include "mgan/alignment/attended_tokens.hpp"

namespace mgan {

/// Tokens of one side, and what their blocks need.
template <class Rows, class X>
struct BlockTokens {
  Rows tokens;  // (..., n, D)
  X lengths;    // (..., B, n), of every block
  X grams;      // (..., n, B n), the Gram matrix of every block beside the other; unused where n > D / B

  template <class F>
  auto map(const F& f) const {
    auto mapped = map_state(tokens, f);
    return BlockTokens<decltype(mapped), decltype(f(lengths))>{std::move(mapped), f(lengths), f(grams)};
  }
  decltype(auto) first_tensor() const { return mgan::first_tensor(tokens); }
};
template <class Rows, class X>
BlockTokens(Rows, X, X) -> BlockTokens<Rows, X>;

namespace detail {
/// No longer than the blocks themselves, and then no less exact.
template <Tokens X>
bool has_block_grams(const X& x, std::int64_t blocks) {
  return axis(x, 2) <= axis(x, 1) / blocks;
}
template <Tensor X>
auto squared_length(const X& x) {
  return sum(mul(x, x));
}
}  // namespace detail

/// Work for one side alone: tokens (..., n, D), masked if they are padded. Throws, naming `where`, unless `blocks`
/// divide D.
template <Tokens X>
auto block_tokens(const char* where, const X& x, std::int64_t blocks) {
  require(blocks >= 1 && axis(x, 1) % blocks == 0, where, ": ", blocks, " blocks do not divide the width ", axis(x, 1));
  const auto parts = split_columns(values(x), blocks);  // B of (..., n, D / B)
  std::vector<decltype(sum(parts[0]))> lengths;
  std::vector<decltype(inner(parts[0], parts[0]))> grams;
  for (const auto& part : parts) {
    lengths.push_back(root(detail::squared_length(part), 1e-24));                // (..., n)
    if (detail::has_block_grams(x, blocks)) grams.push_back(inner(part, part));  // (..., n, n)
  }
  auto all = grams.empty() ? columns(values(x), 0, 1) : concat(grams);
  return BlockTokens{x, transpose(stack_columns(lengths)), std::move(all)};
}

/// m (..., q, B) from B products (..., q, s) of blocks and `all`, their sum as (..., s, q).
template <class Queries, class Sources, class C>
auto block_matches(const Queries& queries, const Sources& sources, const std::vector<C>& products, const C& all,
                   double lambda) {
  const auto blocks = static_cast<std::int64_t>(products.size());
  const auto w = scan_weights(all, lambda, AttentionNorm::clipped_l2norm, mask(queries.tokens),
                              mask(sources.tokens));  // (..., q, s)
  const bool gram = detail::has_block_grams(sources.tokens, blocks);
  const auto parts =
      gram ? split_columns(sources.grams, blocks) : split_columns(values(sources.tokens), blocks);  // B of (..., s, .)
  std::vector<decltype(sum(w))> cosines;
  for (std::size_t b = 0; b < products.size(); ++b) {
    const auto found = sum(mul(w, products[b]));  // (..., q)
    const auto squares = gram ? quadratic(w, parts[b]) : detail::squared_length(matmul(w, parts[b]));
    const auto lengths = row(queries.lengths, static_cast<std::int64_t>(b));            // (..., q)
    cosines.push_back(div(found, at_least(mul(root(squares, 1e-24), lengths), 1e-8)));  // (..., q)
  }
  return stack_columns(cosines);  // (..., q, B)
}

/// f(m of regions (..., R, B), m of words (..., L, B)) of two prepared sides.
template <class X, class Y, class F>
auto with_block_matches(const X& regions, const Y& words, std::int64_t blocks, double lambda, const F& f) {
  const auto v = split_columns(values(regions.tokens), blocks), t = split_columns(values(words.tokens), blocks);
  std::vector of_regions{inner(v[0], t[0])};       // B of (..., R, L)
  std::vector of_words{transpose(of_regions[0])};  // B of (..., L, R)
  auto all = of_regions[0];                        // (..., R, L), v . t
  for (std::size_t b = 1; b < v.size(); ++b) {
    of_regions.push_back(inner(v[b], t[b]));
    of_words.push_back(transpose(of_regions[b]));
    all = add(all, of_regions[b]);
  }
  return f(block_matches(regions, words, of_regions, transpose(all), lambda),
           block_matches(words, regions, of_words, all, lambda));
}

}  // namespace mgan
