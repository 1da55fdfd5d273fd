// A case: named inputs, weights, expected outputs and gradients of one module, and its options. What a conformance file
// holds, and what tests make in memory.
//
//     input.*   param.*   expect.*   cotangent.* (of an output)   grad.input.*   grad.param.*
#pragma once

#include <cmath>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mgan/core/host.hpp"
#include "mgan/zoo/options.hpp"

namespace mgan::testing {

struct Case {
  std::string file;    // begins every message
  std::string name;    // file name without its extension
  std::string module;  // as the files name it
  std::string note = {};
  zoo::Config config = {};
  std::map<std::string, HostArray> tensors = {};
  mutable std::set<std::string> read = {};  // names that were asked for

  bool has(const std::string& tensor) const {
    read.insert(tensor);
    return tensors.count(tensor) > 0;
  }
  /// Throws with the names that the case has where `tensor` is none of them.
  const HostArray& at(const std::string& tensor) const {
    read.insert(tensor);
    const auto found = tensors.find(tensor);
    if (found == tensors.end()) {
      const std::string kind = tensor.substr(0, tensor.find('.') + 1);  // "param."
      const std::vector<std::string> known = names(kind);
      fail(file, ": no tensor '", tensor, "'; ",
           known.empty() ? "there is no " + kind + "*" : "there are: ", zoo::joined(known));
    }
    return found->second;
  }
  /// A tensor of integers: lengths, owners, ids.
  std::vector<std::int64_t> integers(const std::string& tensor) const {
    const HostArray& host = at(tensor);
    require(host.dtype[0] == 'I' || host.dtype[0] == 'U', file, ": tensor '", tensor, "' is ", host.dtype,
            ", expected integers");
    return {host.values.begin(), host.values.end()};
  }
  /// A tensor of floating numbers with `rank` axes (-1: any).
  const HostArray& numbers(const std::string& tensor, int rank = -1) const {
    const HostArray& host = at(tensor);
    require(is_floating(host), file, ": tensor '", tensor, "' is ", host.dtype, ", expected floating numbers");
    require(rank < 0 || static_cast<int>(host.shape.size()) == rank, file, ": tensor '", tensor, "' is ", host.shape,
            ", expected ", rank, " axes");
    return host;
  }

  zoo::Options options() const {
    return {file, config, [this](const std::string& weight) { return has("param." + weight); }};
  }
  /// The option `key` where it is a number.
  double number(const std::string& key, double fallback) const {
    const auto found = config.find(key);
    const auto* x = found == config.end() ? nullptr : std::get_if<double>(&found->second);
    return x ? *x : fallback;
  }
  /// The temperature of the case, an option or a trained one; 1 where it has none.
  double temperature() const {
    const auto trained = tensors.find("param.log_temperature");
    if (trained != tensors.end() && !trained->second.values.empty()) return std::exp(trained->second.values.front());
    const auto scale = tensors.find("param.logit_scale");
    if (scale != tensors.end() && !scale->second.values.empty()) return std::exp(-scale->second.values.front());
    return number("temperature", 1.0);
  }

  /// Names that begin with `kind`.
  std::vector<std::string> names(std::string_view kind) const {
    std::vector<std::string> all;
    for (const auto& entry : tensors)
      if (entry.first.starts_with(kind)) all.push_back(entry.first);
    return all;
  }
  /// Throws for an input or a weight that nobody asked for, and for a gradient of something that is neither.
  void check_names() const {
    for (const auto& entry : tensors) {
      const std::string& tensor = entry.first;
      if (tensor.starts_with("grad."))
        require(tensors.count(tensor.substr(5)) > 0, file, ": module ", module, " has no input or weight for '", tensor,
                "'");
      if (!tensor.starts_with("input.") && !tensor.starts_with("param.")) continue;
      if (read.count(tensor) > 0) continue;
      std::vector<std::string> known;
      for (const std::string& asked : read)
        if (asked.starts_with(tensor.substr(0, 6))) known.push_back(asked);
      fail(file, ": unknown tensor '", tensor, "'; module ", module, " reads: ", zoo::joined(known));
    }
  }

  static bool is_floating(const HostArray& host) {
    return host.dtype[0] == 'F' || (host.dtype[0] == 'B' && host.dtype != "BOOL");
  }
};

}  // namespace mgan::testing
