// LibTorch's scalar types by the names that files and error messages give them.
#pragma once

#include <c10/core/ScalarType.h>

#include <string_view>
#include <utility>

#include "mgan/core/error.hpp"

namespace mgan {

inline constexpr std::pair<std::string_view, at::ScalarType> scalar_types[] = {
    {"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf}, {"BF16", at::kBFloat16}, {"I64", at::kLong},
    {"I32", at::kInt},    {"I16", at::kShort}, {"I8", at::kChar},  {"U8", at::kByte},       {"BOOL", at::kBool}};

/// "F32" for kFloat; error for a type that no file stores.
inline std::string_view name_of(at::ScalarType type) {
  for (const auto& [name, known] : scalar_types)
    if (known == type) return name;
  fail("a tensor of type ", c10::toString(type), " cannot be stored");
}

/// kFloat for "F32"; error for a name that no tensor has.
inline at::ScalarType scalar_type_named(std::string_view wanted) {
  for (const auto& [name, type] : scalar_types)
    if (name == wanted) return type;
  fail("no tensor type for ", wanted);
}

}  // namespace mgan
