#include "alignments.hpp"

namespace program {

const std::vector<NamedModule>& named_modules() {
  static const std::vector<NamedModule> all = [] {
    std::vector<NamedModule> modules;
    for (const auto& some : {interaction_modules(), multi_view_modules(), cosine_modules(), plain_modules(),
                             max_sim_modules(), chan_modules(), scan_modules(), aosm_modules(),
                             weighted_token_modules(), naaf_modules(), self_weighted_modules()}) {
      modules.insert(modules.end(), some.begin(), some.end());
    }
    return modules;
  }();
  return all;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace program
