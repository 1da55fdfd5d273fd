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

#include "mgan/core/error.hpp"
#include "mgan/core/host.hpp"
#include "mgan/encoders/checkpoint_folder.hpp"
#include "mgan/train/tensor_file.hpp"

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
  const auto& tensors = folder.tensors();
  std::string problems;
  std::set<std::string> used;
  std::vector<std::pair<const WantedWeight*, at::Tensor>> loaded;
  for (const WantedWeight& w : wanted) {
    if (!w.expected) continue;  // if it is there all the same, it is listed as unexpected
    const std::string front = w.outside ? "" : prefix, old = detail::old_spelling(w.name);
    auto found = tensors.find(front + w.name);
    if (const auto other = old.empty() ? tensors.end() : tensors.find(front + old); other != tensors.end()) {
      used.insert(other->first);
      if (found != tensors.end()) problems += "\n  twice: " + found->first + " and " + other->first;
      else found = other;
    }
    if (found == tensors.end()) {
      problems += "\n  missing: " + front + w.name + " " + to_string(w.stored_shape);
      continue;
    }
    used.insert(found->first);
    const io::TensorView& view = *found->second;
    const bool floating = view.dtype == io::DType::F64 || view.dtype == io::DType::F32 ||
                          view.dtype == io::DType::F16 || view.dtype == io::DType::BF16;
    if (view.shape != w.stored_shape) {
      problems +=
          "\n  misshaped: " + found->first + " is " + to_string(view.shape) + ", expected " + to_string(w.stored_shape);
    } else if (!floating) {
      problems += "\n  wrong type: " + found->first + " is " + std::string(io::name_of(view.dtype)) +
                  ", expected F64, F32, F16 or BF16";
    } else if (at::Tensor x = train::read_tensor(view).to(type); !x.isfinite().all().item<bool>()) {
      problems += "\n  not finite: " + found->first + " has NaN or infinity" +
                  (type == at::kHalf ? ", perhaps only as F16" : "");
    } else {
      loaded.emplace_back(&w, std::move(x));
    }
  }
  std::vector<std::string> ignored;
  for (const auto& [name, view] : tensors) {
    if (used.contains(name)) continue;
    const bool inside = name.starts_with(prefix);
    if (detail::begins_with_any(name, names.ignored) ||
        (inside && detail::begins_with_any(std::string_view(name).substr(prefix.size()), names.ignored))) {
      ignored.push_back(name);
    } else {
      problems += "\n  unexpected: " + name + " " + to_string(view->shape);
    }
  }
  require(problems.empty(), folder.where(), ": the weights do not fit ", folder.config_path().filename().string(), ":",
          problems);
  for (const WantedWeight& w : wanted)
    if (!w.expected) *w.weight = w.weight->to(type);
  for (auto& [w, x] : loaded) *w->weight = w->weight->defined() ? x.reshape(w->weight->sizes()) : x;
  return ignored;
}

}  // namespace mgan::encoders
