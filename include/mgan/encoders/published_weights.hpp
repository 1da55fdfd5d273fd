// Weights from files whose names have a prefix or not: one error lists everything that does not fit.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/backend/torch/io/tensor_file.hpp"
#include "mgan/core/error.hpp"
#include "mgan/core/host.hpp"
#include "mgan/encoders/checkpoint_folder.hpp"
#include "mgan/io/strict_match.hpp"

namespace mgan::encoders {

/// A weight of a model and what its file should say.
struct WantedWeight {
  std::string name;      // in the file, without a prefix
  at::Tensor* weight;    // replaced by the file's numbers, in the shape that it has
  Shape stored_shape;    // as many elements
  bool expected = true;  // false: has to be absent, and stays as it is
  bool outside = false;  // never under the prefix
};

struct PublishedNames {
  std::string other_tower;           // a prefix that is never ours, although the names behind it look alike
  std::vector<std::string> ignored;  // beginnings of names, with or without the prefix
};

namespace detail {

inline bool begins_with_any(std::string_view name, const std::vector<std::string>& beginnings) {
  for (const std::string& b : beginnings)
    if (name.starts_with(b)) return true;
  return false;
}

/// LayerNorm.weight and .bias were gamma and beta in TensorFlow, and still are in old files.
inline std::string old_spelling(const std::string& name) {
  constexpr std::string_view weight = "LayerNorm.weight", bias = "LayerNorm.bias";
  if (name.ends_with(weight)) return name.substr(0, name.size() - 6) + "gamma";
  if (name.ends_with(bias)) return name.substr(0, name.size() - 4) + "beta";
  return {};
}

/// What stands before the names in the file: "", "bert.", "vision_model.", ...: the prefix of most of them. A file that
/// has the same weight under two prefixes is refused.
inline std::string find_prefix(const CheckpointFolder& folder, const std::vector<WantedWeight>& wanted,
                               const PublishedNames& names) {
  std::set<std::string> known;
  for (const WantedWeight& w : wanted) {
    if (w.outside) continue;
    known.insert(w.name);
    if (const std::string old = old_spelling(w.name); !old.empty()) known.insert(old);
  }
  std::map<std::string, std::set<std::string>> found;  // prefix: the names behind it
  for (const auto& [name, view] : folder.tensors()) {
    if (!names.other_tower.empty() && name.starts_with(names.other_tower)) continue;
    for (std::size_t at = 0; at != std::string::npos && at < name.size();) {
      if (known.contains(name.substr(at))) {
        found[name.substr(0, at)].insert(name.substr(at));
        break;
      }
      at = name.find('.', at);
      if (at != std::string::npos) ++at;
    }
  }
  std::string best;
  for (const auto& [prefix, here] : found)
    if (here.size() > found[best].size()) best = prefix;
  for (const auto& [prefix, here] : found) {
    if (prefix == best) continue;
    for (const std::string& name : here)
      require(!found[best].contains(name), folder.where(), ": the same weight is there twice: '", best, name, "' and '",
              prefix, name, "'");
  }
  return best;
}

}  // namespace detail

/// Replaces every wanted weight by the file's numbers, as `type`. Strict: one error lists every tensor that is missing,
/// there twice, unexpected, misshaped, not of a floating type or not finite; no weight is replaced then.
/// Returns the names of the tensors that were ignored.
inline std::vector<std::string> load_published_weights(const CheckpointFolder& folder,
                                                       const std::vector<WantedWeight>& wanted,
                                                       const PublishedNames& names, at::ScalarType type) {
  const at::NoGradGuard no_grad;
  const std::string prefix = detail::find_prefix(folder, wanted, names);
  io::StrictMatch match(folder.tensors());
  std::vector<std::pair<const WantedWeight*, at::Tensor>> loaded;
  for (const WantedWeight& w : wanted) {
    if (!w.expected) continue;  // if it is there all the same, it is listed as unexpected
    const std::string front = w.outside ? "" : prefix, old = detail::old_spelling(w.name);
    const io::TensorView* view =
        match.find(front + w.name, w.stored_shape, io::floating_types, old.empty() ? "" : front + old);
    if (!view) continue;
    at::Tensor x = read_tensor(*view).to(type);
    if (x.isfinite().all().item<bool>()) loaded.emplace_back(&w, std::move(x));
    else
      match.problem("not finite",
                    front + w.name + " has NaN or infinity" + (type == at::kHalf ? ", perhaps only as F16" : ""));
  }
  std::vector<std::string> ignored = match.rest([&](const std::string& name) {
    return detail::begins_with_any(name, names.ignored) ||
           (name.starts_with(prefix) &&
            detail::begins_with_any(std::string_view(name).substr(prefix.size()), names.ignored));
  });
  match.finish(folder.where() + ": the weights do not fit " + folder.config_path().filename().string());
  for (const WantedWeight& w : wanted)
    if (!w.expected) *w.weight = w.weight->to(type);
  for (auto& [w, x] : loaded) *w->weight = w->weight->defined() ? x.reshape(w->weight->sizes()) : x;
  return ignored;
}

}  // namespace mgan::encoders
