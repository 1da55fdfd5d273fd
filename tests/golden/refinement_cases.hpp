// Cases of what one side does with its tokens alone. The numbers of a file depend on its own name alone.
#pragma once

#include "zoo_cases.hpp"

namespace golden {

inline void norm(Case& c, Random& random, const std::string& name, Index width) {
  const auto add = [&](const char* what, double deviation, double mean) {
    Array numbers = random.normal({width}, deviation);
    for (double& x : numbers.values) x += mean;
    c.add("param." + name + "." + what, std::move(numbers));
  };
  add("weight", 0.2, 1);
  add("bias", 0.3, 0);
  add("mean", 0.3, 0);
  add("variance", 0.1, 1);
}
inline void gru(Case& c, Random& random, const std::string& in, Index width, Index state,
                const std::string& suffix = "") {
  c.add("param." + in + "weight_ih_l0" + suffix, random.normal({3 * state, width}, 0.4));
  c.add("param." + in + "weight_hh_l0" + suffix, random.normal({3 * state, state}, 0.4));
  c.add("param." + in + "bias_ih_l0" + suffix, random.normal({3 * state}, 0.3));
  c.add("param." + in + "bias_hh_l0" + suffix, random.normal({3 * state}, 0.3));
}

inline std::vector<Case> refinement_cases() {
  constexpr Index width = 6;
  const Lengths lengths{4, 1, 3};  // 3 samples of up to 5 tokens
  const auto tokens = [&](Random& random, bool nan = false) {
    return padded(random.normal({3, 5, width}), lengths, 0, nan);
  };
  std::vector<Case> cases;
  {
    Random random = random_of("gpo-ragged");
    Case& c = cases.emplace_back(Case{"gpo", "ragged", {{"temperature", 0.3}}});
    c.add("input.tokens", tokens(random));
    c.add("input.lengths", lengths);
    gru(c, random, "gru.", 4, 3);
    gru(c, random, "gru.", 4, 3, "_reverse");
    random.linear(c, "linear", 1, 3, false);
  }
  for (const bool over_regions : {true, false}) {
    const char* name = over_regions ? "regions" : "features";
    Random random = random_of(std::string("vsrn-") + name);
    Case& c = cases.emplace_back(Case{"vsrn", name, {{"layers", 2}, {"axis", name}, {"scale_first", !over_regions}}});
    c.add("input.regions", over_regions ? random.normal({3, 5, width}) : tokens(random));
    if (!over_regions) c.add("input.region_lengths", lengths);
    for (const std::string layer : {"gcn.0.", "gcn.1."}) {
      for (const char* in : {"query", "key", "value"}) random.linear(c, layer + in, 4, width);
      random.linear(c, layer + "output", width, 4);
      norm(c, random, layer + "norm", width);
    }
    gru(c, random, "gru.", width, 3);
    if (over_regions) norm(c, random, "norm", 3);
  }
  {
    Random random = random_of("gat-nan_padding");
    Case& c = cases.emplace_back(Case{"gat", "nan_padding", {{"heads", 2}}});
    c.note = "padding is NaN and infinity";
    c.add("input.tokens", tokens(random, true));
    c.add("input.lengths", lengths);
    for (const char* layer : {"query", "key", "value", "attention", "hidden", "output"})
      random.linear(c, layer, width, width);
    norm(c, random, "attention_norm", width);
    norm(c, random, "output_norm", width);
  }
  {
    Random random = random_of("gated_fusion-plain");
    Case& c = cases.emplace_back(Case{"gated_fusion", "plain", {}});
    c.add("input.first", random.normal({3, 4}));
    c.add("input.second", random.normal({3, 4}));
    for (const char* layer : {"first", "second", "first_gate", "second_gate"}) random.linear(c, layer, 4, 4);
  }
  {
    Random random = random_of("gated_self_attention-nan_padding");
    Case& c = cases.emplace_back(Case{"gated_self_attention", "nan_padding", {{"heads", 3}, {"layers", 2}}});
    c.note = "padding is NaN and infinity";
    c.add("input.tokens", tokens(random, true));
    c.add("input.lengths", lengths);
    c.add("input.positions", tokens(random, true));
    for (const std::string layer : {"0.", "1."}) {
      for (const char* in : {"query", "key", "value"}) random.linear(c, layer + in, width, width);
      for (const char* in : {"gate_query", "gate_key"}) random.linear(c, layer + in, 2, 2);
      random.linear(c, layer + "gate", 4, 2);
      norm(c, random, layer + "norm", width);
    }
  }
  return cases;
}

}  // namespace golden
