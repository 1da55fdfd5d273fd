// Typed access to the fields of a config.json. A field that is left out, or null, has the default of `transformers`.
#pragma once

#include <cstdint>
#include <string>

#include "mgan/core/error.hpp"
#include "mgan/encoders/layers.hpp"
#include "mgan/io/json.hpp"

namespace mgan::encoders {

/// `where` opens every error message, which says the field, what it is and what was expected.
struct ConfigFields {
  const io::Json& json;
  std::string where;

  bool has(const char* key) const { return json.contains(key) && !json[key].is_null(); }

  std::int64_t integer(const char* key, std::int64_t fallback, std::int64_t most = 1 << 16) const {
    return has(key) ? as_integer(key, json[key], most) : fallback;
  }
  std::int64_t as_integer(const char* key, const io::Json& value, std::int64_t most) const {
    require(value.is_number_integer() && value.get<std::int64_t>() >= 1 && value.get<std::int64_t>() <= most, where,
            ": ", key, " is ", io::brief(value), ", expected an integer from 1 to ", most);
    return value.get<std::int64_t>();
  }
  /// A side in pixels: a number, or twice the same one.
  std::int64_t side(const char* key, std::int64_t fallback) const {
    if (!has(key) || !json[key].is_array()) return integer(key, fallback);
    require(json[key].size() == 2 && json[key][0] == json[key][1], where, ": ", key, " is ", io::brief(json[key]),
            ", expected a square");
    return as_integer(key, json[key][0], 1 << 16);
  }
  double epsilon(const char* key, double fallback) const {
    if (!has(key)) return fallback;
    const io::Json& value = json[key];
    require(value.is_number() && value.get<double>() > 0 && value.get<double>() < 1, where, ": ", key, " is ",
            io::brief(value), ", expected a number between 0 and 1");
    return value.get<double>();
  }
  std::string text(const char* key, const std::string& fallback) const {
    if (!has(key)) return fallback;
    require(json[key].is_string(), where, ": ", key, " is ", io::brief(json[key]), ", expected a string");
    return json[key].get<std::string>();
  }
  bool flag(const char* key, bool fallback) const {
    if (!has(key)) return fallback;
    require(json[key].is_boolean(), where, ": ", key, " is ", io::brief(json[key]), ", expected true or false");
    return json[key].get<bool>();
  }
  Activation activation(const std::string& fallback, const char* key = "hidden_act") const {
    const std::string name = text(key, fallback);
    require(name == "quick_gelu" || name == "gelu" || name == "gelu_python", where, ": ", key, " is '", name,
            "', expected quick_gelu or gelu");
    return name == "quick_gelu" ? Activation::quick_gelu : Activation::gelu;
  }
  void check_heads(std::int64_t width, std::int64_t heads) const {
    require(width % heads == 0, where, ": num_attention_heads ", heads, " does not divide hidden_size ", width);
  }
};

}  // namespace mgan::encoders
