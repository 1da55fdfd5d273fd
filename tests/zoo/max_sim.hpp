// MaxSim, under its published names and others.
#pragma once

#include "module_cases.hpp"
#include "tests/reference/max_sim.hpp"

namespace zoo {

inline reference::Pool pool(const Options& options) {
  static const std::map<std::string, reference::Pool> pools{{"mean", reference::Pool::mean},
                                                            {"sum", reference::Pool::sum},
                                                            {"max", reference::Pool::max},
                                                            {"log_sum_exp", reference::Pool::log_sum_exp},
                                                            {"softmax", reference::Pool::softmax}};
  return pools.at(options.word("pool"));
}

inline reference::MaxSim max_sim(const Options& options) {
  using M = reference::MaxSim;
  M p;
  const std::string direction = options.word("direction");
  if (direction == "text_to_image") p.direction = M::text_to_image;
  else if (direction == "image_to_text") p.direction = M::image_to_text;
  else p.direction = options.has("combine") && options.word("combine") == "sum" ? M::sum_of_both : M::mean_of_both;
  p.pool = pool(options);
  p.similarity = options.word("normalize") == "true" ? M::cosine : M::raw;
  if (options.has("beta")) p.beta = options.number("beta");
  if (options.has("negative_slope")) p.negative_slope = options.number("negative_slope");
  return p;
}

inline ModuleCases max_sim_cases() {
  const auto cosines = [](const char* name, const char* direction, const char* pool, const char* published = "",
                          Golden golden = Golden::no) {
    return Setting{name, {{"direction", direction}, {"pool", pool}, {"normalize", true}}, 1, published, golden};
  };
  const auto sharp = [](const char* name, const char* direction, const char* pool, double beta,
                        const char* published = "", Golden golden = Golden::no) {
    return Setting{
        name, {{"direction", direction}, {"pool", pool}, {"normalize", true}, {"beta", beta}}, beta, published, golden};
  };
  return {"max_sim",
          [](const Tensors& tensors, const Options& o) {
            const Given g(tensors);
            return scores(
                reference::max_sim(max_sim(o), g.in("image"), g.in("words"), g.word_lengths(), g.region_lengths()));
          },
          {cosines("colbert", "text_to_image", "sum", "colbert", Golden::whole),
           cosines("filip", "both", "mean", "filip", Golden::ragged),
           {"laps",
            {{"direction", "both"}, {"pool", "mean"}, {"normalize", true}, {"combine", "sum"}, {"negative_slope", 0.1}},
            1,
            "laps",
            Golden::ragged},
           sharp("chan_vha", "text_to_image", "log_sum_exp", 0.1, "chan-vha", Golden::nan),
           sharp("chan_tha", "image_to_text", "softmax", 0.2, "", Golden::ragged),
           cosines("max", "both", "max", "", Golden::ragged),
           cosines("words, mean", "text_to_image", "mean"),
           cosines("words, max", "text_to_image", "max"),
           sharp("regions, LSE", "image_to_text", "log_sum_exp", 0.3),
           sharp("regions, sharp LSE", "image_to_text", "log_sum_exp", 0.1, "chan-tha"),
           sharp("regions, softmax", "image_to_text", "softmax", 0.1)}};
}

/// On raw products, which see the length of a token.
inline ModuleCases raw_max_sim_cases() {
  ModuleCases cases = max_sim_cases();
  cases.sees_length = true;
  cases.settings = {
      {"teran", {{"direction", "text_to_image"}, {"pool", "sum"}, {"normalize", false}}, 1, "teran", Golden::whole},
      {"raw, both", {{"direction", "both"}, {"pool", "mean"}, {"normalize", false}}}};
  return cases;
}

inline std::vector<ModuleCases> all_max_sim_cases() { return {max_sim_cases(), raw_max_sim_cases()}; }

}  // namespace zoo
