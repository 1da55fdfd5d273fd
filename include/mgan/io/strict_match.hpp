// What a file has against what a model wants, tensor by tensor: one error lists everything that does not fit.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/io/safetensors.hpp"

namespace mgan::io {

/// The four floating types, any of which can be converted to a weight.
inline constexpr DType floating_types[] = {DType::F64, DType::F32, DType::F16, DType::BF16};

/// Ask for every tensor with find(), then for what is left with rest(), then finish(). Nothing is overwritten in
/// between: whoever loads keeps the views until finish() has returned.
class StrictMatch {
 public:
  using Tensors = std::map<std::string, const TensorView*>;

  explicit StrictMatch(Tensors tensors) : tensors_(std::move(tensors)) {}
  explicit StrictMatch(const SafetensorsFile& file) {
    for (const std::string& name : file.names()) tensors_[name] = &file.at(name);
  }

  /// The tensor `name`, or of its `other` spelling; it has to have this shape and one of these types (none: any).
  /// Null where it is missing, there in both spellings, misshaped or of another type: a problem is noted.
  const TensorView* find(const std::string& name, const Shape& shape, std::span<const DType> types = {},
                         const std::string& other = {}) {
    auto found = tensors_.find(name);
    if (const auto old = other.empty() ? tensors_.end() : tensors_.find(other); old != tensors_.end()) {
      used_.insert(old->first);
      if (found != tensors_.end()) problem("twice", found->first + " and " + old->first);
      else found = old;
    }
    if (found == tensors_.end()) {
      problem("missing", name + " " + to_string(shape));
      return nullptr;
    }
    used_.insert(found->first);
    const TensorView& view = *found->second;
    const bool typed = types.empty() || std::find(types.begin(), types.end(), view.dtype) != types.end();
    if (view.shape == shape && typed) return &view;
    const bool exact = types.size() == 1;  // then the type is part of what is expected
    const std::string is = exact ? std::string(name_of(view.dtype)) + " " : "",
                      wanted = exact ? std::string(name_of(types[0])) + " " : "";
    if (view.shape != shape || exact) {
      problem(view.shape != shape ? "misshaped" : "wrong type",
              found->first + " is " + is + to_string(view.shape) + ", expected " + wanted + to_string(shape));
    } else {
      problem("wrong type", found->first + " is " + std::string(name_of(view.dtype)) + ", expected " + list_of(types));
    }
    return nullptr;
  }

  void problem(const std::string& kind, const std::string& what) { problems_ += "\n  " + kind + ": " + what; }

  /// The names of the tensors that nobody asked for and that may be there; the others are problems.
  template <class MayBeThere>
  std::vector<std::string> rest(MayBeThere&& may_be_there) {
    std::vector<std::string> ignored;
    for (const auto& [name, view] : tensors_) {
      if (used_.contains(name)) continue;
      if (may_be_there(name)) ignored.push_back(name);
      else problem("unexpected", name + " " + to_string(view->shape));
    }
    return ignored;
  }

  /// Throws when there was a problem; `front` opens the message, the list follows.
  void finish(const std::string& front) const { require(problems_.empty(), front, ":", problems_); }

 private:
  static std::string list_of(std::span<const DType> types) {
    std::string all;
    for (std::size_t i = 0; i < types.size(); ++i)
      all += (i == 0 ? "" : i + 1 < types.size() ? ", " : " or ") + std::string(name_of(types[i]));
    return all;
  }

  Tensors tensors_;
  std::set<std::string> used_;
  std::string problems_;
};

}  // namespace mgan::io
