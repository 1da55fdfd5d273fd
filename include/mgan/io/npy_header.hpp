// The header of an .npy file: magic, version, and a Python dictionary written out
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html):
//     {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mgan/core/error.hpp"
#include "mgan/io/dtype.hpp"

namespace mgan::io {

struct NpyHeader {
  DType dtype{};
  bool big_endian = false;
  bool fortran_order = false;  // the first axis is the fastest
  Shape shape;
  std::size_t data_offset = 0;  // of the first element, in bytes
};

namespace detail {

/// Reads the few forms of Python that a header is made of; everything else is refused, nothing is evaluated.
struct NpyDictionary {
  std::string_view rest;
  const std::string& where;

  void skip_space() {
    while (!rest.empty() && (rest[0] == ' ' || (rest[0] >= '\t' && rest[0] <= '\r'))) rest.remove_prefix(1);
  }
  bool take(std::string_view token) {
    skip_space();
    const bool there = rest.starts_with(token);
    if (there) rest.remove_prefix(token.size());
    return there;
  }
  void expect(std::string_view token, std::string_view place) {
    require(take(token), where, ": bad header: expected '", token, "' ", place, ", found '", rest.substr(0, 12), "'");
  }
  std::string_view string(std::string_view what) {
    skip_space();
    const char quote = rest.empty() ? '\0' : rest[0];
    require(quote == '\'' || quote == '"', where, ": bad header: ", what, " is not a string but '", rest.substr(0, 12),
            "'");
    const std::size_t end = rest.find(quote, 1);
    require(end != std::string_view::npos, where, ": bad header: ", what, " has no closing quote");
    const std::string_view text = rest.substr(1, end - 1);
    require(text.find_first_of("\\\n") == std::string_view::npos, where, ": bad header: ", what, " has an escape");
    rest.remove_prefix(end + 1);
    return text;
  }
  bool boolean(std::string_view what) {
    if (take("True")) return true;
    require(take("False"), where, ": ", what, " is '", rest.substr(0, 8), "', expected True or False");
    return false;
  }
  std::int64_t axis(std::size_t place) {
    skip_space();
    std::int64_t value = 0;
    std::size_t digits = 0;
    for (; digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9'; ++digits) {
      require(!__builtin_mul_overflow(value, std::int64_t{10}, &value) &&
                  !__builtin_add_overflow(value, std::int64_t{rest[digits] - '0'}, &value),
              where, ": shape: axis ", place, " does not fit into 64 bits");
    }
    require(digits > 0, where, ": shape: axis ", place, " is '", rest.substr(0, rest.find_first_of(",)")),
            "', expected a number, 0 or more");
    rest.remove_prefix(digits);
    take("L");  // Python 2 wrote (3L, 4L)
    return value;
  }
  /// (), (3,) or (3, 4): a comma makes the tuple.
  Shape tuple() {
    require(take("("), where, ": shape is '", rest.substr(0, 12), "', expected a tuple");
    Shape shape;
    bool comma = true;
    while (!take(")")) {
      require(comma, where, ": bad header: no comma behind axis ", shape.size() - 1, " of the shape");
      shape.push_back(axis(shape.size()));
      comma = take(",");
    }
    require(shape.size() != 1 || comma, where, ": shape is a number in brackets, expected a tuple");
    return shape;
  }
};

/// '<f4' and its like.
inline void read_npy_dtype(std::string_view descr, NpyHeader& header, const std::string& where) {
  std::string_view name = descr;
  const char order = name.empty() ? '\0' : name[0];
  const bool has_order = order == '<' || order == '>' || order == '=' || order == '|';
  if (has_order) name.remove_prefix(1);
  struct Known {
    std::string_view name;
    DType dtype;
  };
  static constexpr Known known[] = {{"f4", DType::F32}, {"f8", DType::F64}, {"f2", DType::F16}, {"i8", DType::I64},
                                    {"i4", DType::I32}, {"i2", DType::I16}, {"i1", DType::I8},  {"u1", DType::U8},
                                    {"u2", DType::U16}, {"u4", DType::U32}, {"u8", DType::U64}, {"b1", DType::BOOL}};
  for (const Known& k : known) {
    if (k.name != name) continue;
    header.dtype = k.dtype;
    header.big_endian = order == '>' && size_of(k.dtype) > 1;
    return;
  }
  const char kind = name.empty() ? '\0' : name[0];
  require(kind != 'O', where, ": dtype '", descr, "': pickled Python objects, which are never loaded; save the array ",
          "with a numeric dtype: np.save(path, array.astype(np.float32))");
  const std::string_view what = kind == 'U' || kind == 'S' || kind == 'a' ? "text"
                                : kind == 'c'                             ? "complex numbers"
                                : kind == 'V'                             ? "raw bytes"
                                : kind == 'M' || kind == 'm'              ? "dates"
                                                                          : "unknown";
  fail(where, ": dtype '", descr, "': ", what, ", expected f2, f4, f8, i1 to i8, u1 to u8 or b1");
}

}  // namespace detail

/// Reads versions 1 to 3. `bytes` is the whole file, `where` its name, which opens every error message. The data that
/// follow have to be there; what stands behind them is ignored, as numpy does.
inline NpyHeader read_npy_header(std::span<const std::byte> bytes, const std::string& where) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr std::string_view magic = "\x93NUMPY";
  require(!text.starts_with("PK"), where, ": a zip file (.npz), not .npy; unpack it first");
  require(!text.empty(), where, ": not an .npy file: it is empty");
  require(text.starts_with(magic), where, ": not an .npy file: it does not begin with \\x93NUMPY");
  require(text.size() >= 10, where, ": truncated: ", text.size(), " bytes, the header's length is at bytes 8 and 9");
  const int major = static_cast<unsigned char>(text[6]), minor = static_cast<unsigned char>(text[7]);
  require(major >= 1 && major <= 3 && minor == 0, where, ": .npy version ", major, ".", minor,
          ", expected 1.0, 2.0 or 3.0");
  const std::size_t width = major == 1 ? 2 : 4;  // bytes of the length
  require(text.size() >= 8 + width, where, ": truncated in the header's length");
  std::uint32_t length = 0;
  std::memcpy(&length, text.data() + 8, width);
  require(length <= text.size() - 8 - width, where, ": truncated: header of ", length, " bytes in a file of ",
          text.size());

  NpyHeader header;
  header.data_offset = 8 + width + length;
  detail::NpyDictionary in{text.substr(8 + width, length), where};
  in.expect("{", "at its beginning");
  std::optional<std::string_view> descr;
  bool has_order = false, has_shape = false, comma = true;
  while (!in.take("}")) {
    require(comma, where, ": bad header: no comma between its entries");
    const std::string_view key = in.string("a key");
    in.expect(":", "behind a key");
    bool* const seen = key == "fortran_order" ? &has_order : key == "shape" ? &has_shape : nullptr;
    const bool twice = (key == "descr" && descr) || (seen && *seen);
    require(!twice, where, ": bad header: '", key, "' occurs twice");
    if (key == "descr") {
      in.skip_space();
      require(!in.rest.starts_with('[') && !in.rest.starts_with('('), where,
              ": dtype is structured (records), expected plain numbers");
      descr = in.string("descr");
    } else if (key == "fortran_order") {
      header.fortran_order = in.boolean("fortran_order");
    } else if (key == "shape") {
      header.shape = in.tuple();
    } else {
      fail(where, ": bad header: unexpected key '", key, "'");
    }
    if (seen) *seen = true;
    comma = in.take(",");
  }
  in.skip_space();
  require(in.rest.empty(), where, ": bad header: '", in.rest.substr(0, 12), "' behind the dictionary");
  require(descr.has_value() && has_order && has_shape, where, ": bad header: no '",
          !descr       ? "descr"
          : !has_order ? "fortran_order"
                       : "shape",
          "'");
  detail::read_npy_dtype(*descr, header, where);

  std::uint64_t size = size_of(header.dtype);
  for (const std::int64_t axis : header.shape) {
    require(!__builtin_mul_overflow(size, static_cast<std::uint64_t>(axis), &size), where, ": shape ", header.shape,
            " overflows");
  }
  require(size <= text.size() - header.data_offset, where, ": truncated: ", header.shape, " of ", name_of(header.dtype),
          " has ", size, " bytes, ", text.size() - header.data_offset, " are there");
  return header;
}

}  // namespace mgan::io
