// safetensors/ and npy/: every good file's types, shapes and bytes, every bad file refused.
#include <array>
#include <set>
#include <span>

#include "encoders.hpp"
#include "mgan/io/json.hpp"
#include "mgan/io/npy.hpp"
#include "mgan/io/safetensors.hpp"

namespace verify {

namespace {

using mgan::io::Json;

std::string hex_of(std::span<const std::byte> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::byte b : bytes) {
    text += digits[std::to_integer<unsigned>(b) >> 4];
    text += digits[std::to_integer<unsigned>(b) & 15];
  }
  return text;
}

/// index.json, or an empty object.
Json index_of(const fs::path& folder) {
  return fs::exists(folder / "index.json") ? mgan::io::read_json(folder / "index.json") : Json::object();
}

/// The entries of a list in the index, by file name.
Json entry_of(const Json& index, const char* list, const std::string& file) {
  if (index.contains(list))
    for (const Json& entry : index[list])
      if (entry.value("file", "") == file) return entry;
  return {};
}

void compare(const fs::path& path, const std::string& what, const Json& expected, const mgan::Shape& shape,
             const std::string& hex) {
  const auto expected_shape = expected.at("shape").get<mgan::Shape>();
  mgan::require(shape == expected_shape, path.string(), what, ": shape ", shape, ", expected ", expected_shape);
  const char* key = expected.contains("hex") ? "hex" : "c_order_little_endian_hex";
  const auto& expected_hex = expected.at(key).get_ref<const std::string&>();
  mgan::require(hex == expected_hex, path.string(), what, ": bytes ", hex, ", expected ", expected_hex);
}

}  // namespace

void check_safetensors(const fs::path& folder, const Add& add) {
  const Json index = index_of(folder);
  for (const fs::path& path : entries_of(folder / "good")) {
    check_good(name_below(folder, path), add, [&] {
      const mgan::io::SafetensorsFile file(path);
      const Json entry = entry_of(index, "good", "good/" + path.filename().string());
      if (entry.is_null()) return std::string("read; the index has no values for it");
      const Json& tensors = entry.at("tensors");
      mgan::require(file.names().size() == tensors.size(), path.string(), ": ", file.names().size(),
                    " tensors, expected ", tensors.size());
      for (const auto& [name, expected] : tensors.items()) {
        const mgan::io::TensorView& view = file.at(name);
        mgan::require(mgan::io::name_of(view.dtype) == expected.at("dtype").get<std::string>(), view.where, ": is ",
                      mgan::io::name_of(view.dtype), ", expected ", expected.at("dtype").get<std::string>());
        compare(path, ": '" + name + "'", expected, view.shape, hex_of(view.bytes));
      }
      return std::to_string(tensors.size()) + " tensors, all bytes equal";
    });
  }
  for (const fs::path& path : entries_of(folder / "bad")) {
    const bool free = !entry_of(index, "python_accepts_free_choice", "bad/" + path.filename().string()).is_null();
    check_bad(
        name_below(folder, path), path, add, [&] { const mgan::io::SafetensorsFile file(path); }, free);
  }
}

void check_npy(const fs::path& folder, const Add& add) {
  const Json index = index_of(folder);
  for (const fs::path& path : entries_of(folder / "good")) {
    check_good(name_below(folder, path), add, [&] {
      const mgan::io::NpyFile file(path);
      const Json entry = entry_of(index, "good", "good/" + path.filename().string());
      if (entry.is_null()) return std::string("read; the index has no values for it");
      mgan::io::NpyHeader expected;
      mgan::io::detail::read_npy_dtype(entry.at("dtype").get_ref<const std::string&>(), expected, path.string());
      mgan::require(file.dtype() == expected.dtype, path.string(), ": is ", mgan::io::name_of(file.dtype()),
                    ", expected ", mgan::io::name_of(expected.dtype));
      const std::int64_t rows = file.shape().empty() ? 1 : file.shape()[0];
      compare(path, "", entry, file.shape(), hex_of(file.row_bytes(0, rows)));
      std::string by_row;  // and one row after the other, as a loader reads
      for (std::int64_t row = 0; row < rows; ++row) by_row += hex_of(file.row_bytes(row, 1));
      compare(path, " (row by row)", entry, file.shape(), by_row);
      return mgan::to_string(file.shape()) + " " + std::string(mgan::io::name_of(file.dtype())) + ", all bytes equal";
    });
  }
  for (const fs::path& path : entries_of(folder / "bad"))
    check_bad(name_below(folder, path), path, add, [&] { const mgan::io::NpyFile file(path); });
}

}  // namespace verify
