// Makes tests/golden/cases: small conformance files of our own, from the naive reference loops.
//
//     g++ -std=c++20 -O2 -I . -I include -o make_cases tests/golden/make_cases.cpp && ./make_cases tests/golden/cases
//
// Gradients are extrapolated central differences; a case whose gradients are not known to 1e-9 is refused (it sits on a
// kink or a tie: change its seed).
#include <cstdio>
#include <tuple>

#include "loss_cases.hpp"
#include "refinement_cases.hpp"
#include "tests/reference/numerical_gradient.hpp"
#include "weights.hpp"

namespace golden {

/// Outputs, cotangents, gradients; then the file.
void finish(const Case& c, Random& random, const std::string& folder) {
  Tensors tensors(c.tensors.begin(), c.tensors.end());
  Named file = c.tensors, cotangents;
  for (const auto& [name, output] : evaluate(c.module, tensors, c.config)) {
    file.emplace_back("expect." + name, output);
    if (has_cotangent(c.module, name)) cotangents.emplace_back(name, random.normal(output.shape));
  }
  for (const auto& [name, cotangent] : cotangents) file.emplace_back("cotangent." + name, cotangent);

  double worst = 0.0;
  for (const auto& [name, tensor] : c.tensors) {
    if (!has_gradient(c.module, name)) continue;
    if (c.module == "perturbed_top_k") {
      file.emplace_back("grad." + name,
                        reference::perturbed_top_k_gradient(tensor, tensors.at("input.noise"), c.config.integer("k"),
                                                            c.config.number("sigma"), cotangents.front().second,
                                                            c.config.word("estimator") == "diagonal"));
      continue;
    }
    const auto objective = [&, &tensor_name = name](const Array& x) {
      Tensors moved = tensors;
      for (const auto& [constant, at] : tensors) moved["constant." + constant] = at;
      moved[tensor_name] = x;
      const Tensors outputs = evaluate(c.module, moved, c.config);
      double sum = 0.0;
      for (const auto& [output, cotangent] : cotangents) {
        for (std::size_t i = 0; i < cotangent.values.size(); ++i) {
          sum += cotangent.values[i] * outputs.at(output).values[i];
        }
      }
      return sum;
    };
    auto [gradient, error] = reference::numerical_gradient(objective, tensor);
    worst = std::max(worst, error);
    file.emplace_back("grad." + name, std::move(gradient));
  }
  std::printf("%-32s %-16s gradients to %.1e\n", c.module.c_str(), c.name.c_str(), worst);
  if (worst > 1e-9) throw std::runtime_error("the gradients of " + c.module + "-" + c.name + " are not good enough");

  const auto is_integer = [](const std::string& name) {
    for (const char* integer :
         {"_lengths", ".lengths", ".image_ids", ".owner", ".indices", ".normalized", ".kept", ".winning_view"}) {
      if (name.ends_with(integer)) return true;
    }
    return false;
  };
  write_safetensors(folder + "/" + c.module + "-" + c.name + ".safetensors",
                    {{"mgan_case", "1"}, {"module", c.module}, {"config", config_json(c.config)}, {"note", c.note}},
                    file, is_integer);
}

const Lengths region_lengths{5, 2}, word_lengths{4, 1, 3};  // 2 images with R = 5, 3 texts with L = 5
constexpr Index images = 2, texts = 3, regions = 5, words = 5, patches = 6, kept = 3, width = 6;

const std::vector<Index> channels{3, 2, 2, 2, 2, 2, 2}, kernel_sizes{1, 3, 3, 3, 5, 5, 5},
    dilations{1, 1, 2, 3, 1, 2, 3};
Options small_views() { return {{"channels", channels}, {"kernel_sizes", kernel_sizes}, {"dilations", dilations}}; }
Options small_region_alignment() {
  Options options = small_views();
  options.items.emplace_back("heads", 2);
  return options;
}

/// Words (T, L, D) of `padding`, and their lengths.
void add_words(Case& c, Random& random, bool nan = false) {
  c.add("input.words", padded(random.normal({texts, words, width}), word_lengths, 0, nan));
  c.add("input.word_lengths", word_lengths);
  if (nan) c.note = "padding is NaN and infinity";
}

Case matcher(Random& random) {
  Case c{"multi_granularity_matcher",
         "small",
         {{"weights.region", 0.9},
          {"weights.global", 0.5},
          {"weights.patch", 0.7},
          {"normalize", "none"},
          {"channels", channels},
          {"kernel_sizes", kernel_sizes},
          {"dilations", dilations},
          {"heads", 2},
          {"k", kept},
          {"temperature", 0.5}}};
  c.add("input.features", random.normal({images, regions, 4}));
  boxes(c, random, images, regions);
  c.add("input.image_tokens", random.normal({images, 1 + patches, 4}));
  c.add("input.text_tokens", padded(random.normal({texts, 1 + words, 4}), word_lengths, 1));
  c.add("input.word_lengths", word_lengths);
  random.linear(c, "regions.feature", width, 4);
  random.linear(c, "regions.position", width, 6);
  random.linear(c, "patches.mlp.0", width, 4);
  random.linear(c, "patches.mlp.2", width, width);
  random.linear(c, "text.linear", width, 4);
  views(c, random, "region_alignment.views.", width, 3);
  sentence(c, random, "region_alignment.sentence.", width);
  selector(c, random, "selector.", width);
  interactions(c, random, "patch_alignment.", words, kept, 1.0);
  return c;
}

Case patch_alignment_case(Random& random, const std::string& name, double temperature, bool row, bool nan) {
  Case c{"patch_alignment", name, {{"temperature", temperature}}};
  if (row) c.config.items.emplace_back("convention", "row");
  c.add("input.patches", random.normal({images, kept, width}));
  add_words(c, random, nan);
  interactions(c, random, "", words, kept, temperature < 0.1 ? 0.05 : 1.0);
  return c;
}

/// Scores on a grid of eighths, so that some tie; owners ragged and shuffled.
Case retrieval(Random& random) {
  Case c{"retrieval_metrics", "ragged", {}};
  const std::vector<Index> owner{3, 0, 5, 1, 1, 4, 2, 0, 3, 3, 5, 0, 4, 3};
  Array scores({6, 14});
  for (double& number : scores.values) number = std::floor(16.0 * random.uniform()) / 8.0 - 1.0;
  for (Index t = 0; t < 14; ++t) scores.at(owner[static_cast<std::size_t>(t)], t) += 0.75;
  c.add("input.scores", std::move(scores));
  c.add("input.owner", owner);
  c.note = "no gradient";
  return c;
}

/// Corrections for hubs, of 5 images and 7 texts; the bank has 4 queries.
std::vector<Case> hubness_cases() {
  std::vector<Case> cases;
  for (const auto& [module, name, options] : std::initializer_list<std::tuple<const char*, const char*, Options>>{
           {"csls", "plain", {{"k", 3}}},
           {"csls", "k_beyond", {{"k", 6}}},
           {"inverted_softmax", "text_to_image", {{"beta", 20.0}, {"direction", "text_to_image"}}},
           {"inverted_softmax", "image_to_text", {{"beta", 5.0}, {"direction", "image_to_text"}}},
           {"dual_softmax", "text_to_image", {{"temperature", 0.1}, {"direction", "text_to_image"}}},
           {"dual_softmax", "sharp", {{"temperature", 0.01}, {"direction", "image_to_text"}}},
           {"query_bank_normalization", "text_to_image", {{"beta", 20.0}, {"k", 1}, {"direction", "text_to_image"}}},
           {"query_bank_normalization", "image_to_text", {{"beta", 10.0}, {"k", 2}, {"direction", "image_to_text"}}}}) {
    Random random{std::mt19937_64(77 + cases.size())};
    Case& c = cases.emplace_back(Case{module, name, options});
    c.add("input.scores", random.normal({5, 7}, 0.3));
    if (c.module == "query_bank_normalization")
      c.add("input.bank", random.normal(options.word("direction") == "text_to_image" ? Shape{5, 4} : Shape{4, 7}, 0.3));
    c.note = "no gradient";
  }
  return cases;
}

std::vector<Case> make_cases(Random& random) {
  std::vector<Case> cases;
  const auto start = [&](const char* module, const char* name, Options config = {}) -> Case& {
    return cases.emplace_back(Case{module, name, std::move(config)});
  };
  for (const bool l2 : {false, true}) {
    Case& c = start("region_embedding", l2 ? "l2" : "plain", {{"normalize", l2 ? "l2" : "none"}});
    c.add("input.features", random.normal({images, regions, 4}));
    boxes(c, random, images, regions);
    random.linear(c, "feature", width, 4);
    random.linear(c, "position", width, 6);
  }
  {
    Case& c = start("patch_embedding", "plain");
    c.add("input.tokens", random.normal({images, 1 + patches, 4}));
    random.linear(c, "mlp.0", width, 4);
    random.linear(c, "mlp.2", width, width);
  }
  {
    Case& c = start("text_embedding", "plain");
    c.add("input.tokens", random.normal({texts, 1 + words, 4}));
    random.linear(c, "linear", width, 4);
  }
  {
    Case& c = start("multi_view_summarization", "ragged", small_views());
    c.add("input.regions", padded(random.normal({images, regions, width}), region_lengths));
    c.add("input.region_lengths", region_lengths);
    views(c, random, "", width, 3);
  }
  {
    Case& c = start("sentence_attention", "nan_padding", {{"heads", 3}});
    add_words(c, random, true);
    sentence(c, random, "", width);
  }
  {
    Case& c = start("region_alignment", "ragged", small_region_alignment());
    c.add("input.regions", padded(random.normal({images, regions, width}), region_lengths));
    c.add("input.region_lengths", region_lengths);
    add_words(c, random);
    views(c, random, "views.", width, 3);
    sentence(c, random, "sentence.", width);
  }
  {
    Case& c = start("patch_selector", "plain", {{"k", kept}});
    c.add("input.patches", random.normal({images, patches, width}));
    c.add("input.global", random.normal({images, width}));
    selector(c, random, "", width);
  }
  for (const bool diagonal : {false, true}) {
    const char* estimator = diagonal ? "diagonal" : "full";
    Case& c = start("perturbed_top_k", estimator, {{"k", kept}, {"sigma", 0.05}, {"estimator", estimator}});
    c.add("input.scores", random.normal({images, patches}, 0.05));
    c.add("input.noise", random.normal({images, 20, patches}));
  }
  {
    Case& c = start("similarity_interaction", "ragged", {{"temperature", 0.25}});
    c.add("input.x", padded(random.normal({4, 5}, 0.4), {5, 1, 3, 2}));
    c.add("input.lengths", Lengths{5, 1, 3, 2});
    c.add("param.weight", random.normal({5, 5}));
  }
  cases.push_back(patch_alignment_case(random, "column", 1.0, false, false));
  cases.push_back(patch_alignment_case(random, "row", 0.5, true, false));
  cases.push_back(patch_alignment_case(random, "sharp", 0.01, false, false));
  cases.push_back(patch_alignment_case(random, "nan_padding", 0.5, false, true));
  {
    Case& c = start("plain_aggregation", "ragged");
    c.add("input.patches", random.normal({images, kept, width}));
    add_words(c, random);
  }
  {
    Case& c = start("global_alignment", "plain");
    c.add("input.image", random.normal({images, width}));
    c.add("input.text", random.normal({texts, width}));
  }
  cases.push_back(matcher(random));
  for (const bool all : {false, true}) {
    Case& c = start("triplet_ranking_loss", all ? "all" : "hardest_image_ids",
                    {{"margin", 0.2}, {"negatives", all ? "all" : "hardest"}});
    c.add("input.scores", random.normal({5, 5}, 0.3));
    if (!all) c.add("input.image_ids", std::vector<Index>{8, 2, 8, 5, 2});
  }
  {
    Case& c = start("diversity_regularization", "ragged");
    c.add("input.assignment_logits", padded(random.normal({images, regions, 3}), region_lengths));
    c.add("input.region_lengths", region_lengths);
  }
  cases.push_back(retrieval(random));
  for (Case& c : hubness_cases()) cases.push_back(std::move(c));
  return cases;
}

}  // namespace golden

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_cases FOLDER\n");
    return 2;
  }
  golden::Random random{std::mt19937_64(20250417)};
  for (const golden::Case& c : golden::make_cases(random)) golden::finish(c, random, argv[1]);
  std::vector<golden::Case> more = golden::loss_cases();
  for (golden::Case& c : golden::zoo_cases()) more.push_back(std::move(c));
  for (golden::Case& c : golden::refinement_cases()) more.push_back(std::move(c));
  for (const golden::Case& c : more) {
    golden::Random own = golden::random_of("cotangents of " + c.module + "-" + c.name);
    golden::finish(c, own, argv[1]);
  }
}
