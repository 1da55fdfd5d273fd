// A GRU over rows, and generalised pooling.
#pragma once

#include "mgan/alignment/generalized_pooling.hpp"
#include "mgan/nn/gru.hpp"
#include "tests/reference/generalized_pooling.hpp"
#include "tests/support/compare.hpp"
#include "tests/support/leaves.hpp"
#include "tests/support/random.hpp"

namespace support {

inline reference::Gru random_gru(Random& random, Index in, Index width) {
  return {random.linear(in, 3 * width), random.linear(width, 3 * width)};
}
inline Leaves leaves(reference::Gru& p, const std::string& in, const std::string& suffix = "") {
  Leaves out;
  out.add(in + "weight_ih_l0" + suffix, p.input.weight);
  out.add(in + "weight_hh_l0" + suffix, p.state.weight);
  out.add(in + "bias_ih_l0" + suffix, p.input.bias);
  out.add(in + "bias_hh_l0" + suffix, p.state.bias);
  return out;
}

/// The states of both directions, and the last one of each.
struct GruCase {
  std::string title;
  reference::Gru there, back;
  Array rows;
  Lengths row_lengths;

  static GruCase random(const std::string& title, std::uint64_t seed, Index samples, Index n, Index in, Index width,
                        bool ragged) {
    Random random(seed);
    return {title, random_gru(random, in, width), random_gru(random, in, width), random.normal({samples, n, in}, 1.5),
            ragged ? random.lengths(samples, n) : Lengths{}};
  }
  static std::vector<GruCase> all() {
    return {random("plain", 201, 2, 4, 5, 3, false), random("ragged", 202, 4, 5, 3, 4, true),
            random("one row", 203, 2, 1, 4, 2, false), random("one dimension", 204, 2, 3, 1, 1, false)};
  }

  double temperature() const { return 1; }
  const Lengths& lengths() const { return row_lengths; }
  Leaves weights() {
    Leaves out = leaves(there, "");
    out += leaves(back, "", "_reverse");
    return out;
  }
  Leaves inputs() {
    Leaves out;
    out.add("rows", rows);
    return out;
  }

  Outputs expected() const {
    const Index width = there.state.weight.size(1);
    Array states({rows.size(0), rows.size(1), width}), last({rows.size(0), width}), first = last;
    for (Index b = 0; b < rows.size(0); ++b) {
      const auto real = reference::tokens(rows, b, row_lengths).rows;
      const auto a = reference::gru(there, real), z = reference::gru(back, real, true);
      for (std::size_t n = 0; n < real.size(); ++n)
        for (std::size_t d = 0; d < a[n].size(); ++d)
          states.at(b, static_cast<Index>(n), static_cast<Index>(d)) = (a[n][d] + z[n][d]) / 2;
      last.set_row(a.back(), b);
      first.set_row(z.front(), b);
    }
    return {{"states", states}, {"last", last}, {"first", first}};
  }

  template <class Side>
  void run(Side& s) {
    mgan::BidirectionalGru<typename Side::tensor> f;
    s.weights(f, weights());
    s.with_samples("rows", rows, row_lengths, [&](const auto& x) {
      s.output("states", s.each(f, x));
      s.output("last", s.each([&](const auto& one) { return f.forward.last(one); }, x));
      const auto first = [&](const auto& one) { return f.backward.last(one, mgan::ReadingOrder::backward); };
      s.output("first", s.each(first, x));
    });
  }
};

struct GeneralizedPoolingCase {
  std::string title;
  reference::GeneralizedPooling p;
  Array tokens;
  Lengths token_lengths;

  static GeneralizedPoolingCase random(const std::string& title, std::uint64_t seed, Index samples, Index n,
                                       Index width, Index codes, Index hidden, bool ragged) {
    Random random(seed);
    return {
        title,
        {random_gru(random, codes, hidden), random_gru(random, codes, hidden), random.linear(hidden, 1, false), 0.5},
        random.normal({samples, n, width}, 1.5),
        ragged ? random.lengths(samples, n) : Lengths{}};
  }
  static std::vector<GeneralizedPoolingCase> all() {
    return {random("plain", 211, 2, 5, 4, 6, 3, false), random("ragged", 212, 4, 6, 3, 4, 5, true),
            random("one token", 213, 2, 1, 4, 6, 3, false), random("odd codes", 214, 2, 3, 2, 5, 2, false)};
  }

  double temperature() const { return p.temperature; }
  const Lengths& lengths() const { return token_lengths; }
  Leaves weights() {
    Leaves out = leaves(p.forward, "gru.");
    out += leaves(p.backward, "gru.", "_reverse");
    out.add("linear", p.linear);
    return out;
  }
  Leaves inputs() {
    Leaves out;
    out.add("tokens", tokens);
    return out;
  }

  Outputs expected() const {
    Array pooled({tokens.size(0), tokens.size(2)});
    for (Index b = 0; b < tokens.size(0); ++b)
      pooled.set_row(reference::generalized_pooling(p, reference::tokens(tokens, b, token_lengths).rows), b);
    return {{"pooled", pooled}};
  }

  template <class Side>
  void run(Side& s) {
    mgan::GeneralizedPooling<typename Side::tensor> f;
    f.temperature = p.temperature;
    s.weights(f, weights());
    s.with_samples("tokens", tokens, token_lengths, [&](const auto& x) { s.output("pooled", s.each(f, x)); });
  }
};

}  // namespace support
