// safetensors files: u64 header length, JSON header, tensor bytes (https://github.com/huggingface/safetensors).
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/io/dtype.hpp"
#include "mgan/io/json.hpp"
#include "mgan/io/mapped_file.hpp"

namespace mgan::io {

namespace detail {

inline constexpr std::uint64_t longest_safetensors_header = 100'000'000;  // bytes; the reference implementation's limit

/// Bytes of a tensor: product of the axes times the element size; error where that does not fit.
inline std::uint64_t byte_count(const Shape& shape, DType dtype, const std::string& where) {
  std::uint64_t count = size_of(dtype);
  for (const std::int64_t axis : shape) {
    require(axis >= 0, where, ": negative axis in shape ", shape);
    require(!__builtin_mul_overflow(count, static_cast<std::uint64_t>(axis), &count), where, ": shape ", shape,
            " overflows");
  }
  return count;
}

}  // namespace detail

/// A safetensors file, mapped into memory. As strict as the reference implementation: the header is one JSON object
/// without duplicate names, and the tensors fill the rest of the file without holes or overlaps.
/// Views point into the mapping and live as long as this object.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path) : path_(path.string()), file_(path) {
    const std::string_view text = file_.text();
    require(text.size() >= 8, path_, ": not a safetensors file: ", text.size(), " bytes, a header needs 8");
    std::uint64_t length = 0;
    std::memcpy(&length, text.data(), 8);
    require(length <= detail::longest_safetensors_header, path_, ": not a safetensors file: header of ", length,
            " bytes");
    require(length <= text.size() - 8, path_, ": truncated: header of ", length, " bytes in a file of ", text.size());
    const std::string_view header = text.substr(8, length);
    require(header.starts_with('{'), path_, ": not a safetensors file: the header does not start with '{'");
    const Json json = parse_json(header, path_);
    for (const auto& [name, entry] : json.items()) {
      if (name == "__metadata__") {
        read_metadata(entry);
      } else {
        read_entry(name, entry);
      }
    }
    place(file_.bytes().subspan(8 + length));
  }

  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// In alphabetical order.
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, view] : tensors_) all.push_back(name);
    return all;
  }
  bool contains(const std::string& name) const { return tensors_.count(name) > 0; }
  const TensorView& at(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) fail(path_, ": no tensor '", printable(name), "'");
    return found->second;
  }

 private:
  struct Extent {
    std::uint64_t begin, end;
    TensorView* view;
  };

  void read_metadata(const Json& entry) {
    require(entry.is_object(), path_, ": __metadata__ is not an object");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) fail(path_, ": __metadata__ '", printable(key), "' is not a string");
      metadata_[key] = value.get<std::string>();
    }
  }

  void read_entry(const std::string& name, const Json& entry) {
    TensorView view;
    view.where = path_ + ": tensor '" + printable(name) + "'";
    require(entry.is_object(), view.where, ": its header entry is not an object");
    const auto field = [&](const char* key, Json::value_t type) -> const Json& {
      const auto found = entry.find(key);
      require(found != entry.end() && found->type() == type, view.where, ": ", key, " is missing or of a wrong type");
      return *found;
    };
    const auto& dtype_name = field("dtype", Json::value_t::string).get_ref<const std::string&>();
    const auto dtype = dtype_named(dtype_name);
    if (!dtype) fail(view.where, ": unknown dtype '", printable(dtype_name), "'");
    view.dtype = *dtype;
    for (const Json& axis : field("shape", Json::value_t::array)) {
      if (!axis.is_number_unsigned() || axis.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max())
        fail(view.where, ": shape has an axis ", brief(axis));
      view.shape.push_back(axis.get<std::int64_t>());
    }
    const Json& offsets = field("data_offsets", Json::value_t::array);
    if (offsets.size() != 2 || !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned())
      fail(view.where, ": data_offsets is ", brief(offsets), ", expected two offsets");
    const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
    const std::uint64_t count = detail::byte_count(view.shape, view.dtype, view.where);
    if (begin > end || end - begin != count)
      fail(view.where, ": data_offsets ", brief(offsets), ", but ", name_of(view.dtype), " ", view.shape, " has ",
           count, " bytes");
    extents_.push_back({begin, end, &(tensors_[name] = std::move(view))});
  }

  // Points every view to its bytes, which have to follow each other and to fill the data.
  void place(std::span<const std::byte> data) {
    std::sort(extents_.begin(), extents_.end(),
              [](const Extent& a, const Extent& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
    std::uint64_t expected = 0;
    for (const Extent& extent : extents_) {
      require(extent.begin == expected, extent.view->where, ": begins at byte ", extent.begin,
              " of the data, expected ", expected, extent.begin < expected ? " (overlap)" : " (hole)");
      require(extent.end <= data.size(), extent.view->where, ": truncated: ends at byte ", extent.end,
              " of the data, which has ", data.size());
      extent.view->bytes = data.subspan(extent.begin, extent.end - extent.begin);
      expected = extent.end;
    }
    require(expected == data.size(), path_, ": ", data.size() - expected, " bytes behind the last tensor");
    extents_.clear();
  }

  std::string path_;
  MappedFile file_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, TensorView> tensors_;
  std::vector<Extent> extents_;
};

/// A tensor to be written: row-major bytes that stay the caller's.
struct TensorEntry {
  std::string name;
  DType dtype{};
  Shape shape;
  std::span<const std::byte> bytes;
};

/// Writes a safetensors file in one atomic step. Wide types come first, so that every tensor is aligned to its
/// elements; otherwise the order of `entries` is kept, and equal input gives equal bytes.
inline void write_safetensors(const std::filesystem::path& path, std::vector<TensorEntry> entries,
                              const std::map<std::string, std::string>& metadata = {}) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const TensorEntry& a, const TensorEntry& b) { return size_of(a.dtype) > size_of(b.dtype); });
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const TensorEntry& entry : entries) {
    const std::string where = path.string() + ": tensor '" + printable(entry.name) + "'";
    const std::uint64_t count = detail::byte_count(entry.shape, entry.dtype, where);
    require(entry.bytes.size() == count, where, ": ", entry.bytes.size(), " bytes, but ", name_of(entry.dtype), " ",
            entry.shape, " has ", count);
    require(entry.name != "__metadata__" && !header.contains(entry.name), where, ": name is used twice or reserved");
    header[entry.name] = {
        {"dtype", name_of(entry.dtype)}, {"shape", entry.shape}, {"data_offsets", {offset, offset + count}}};
    offset += count;
  }
  std::string text = dump(header, path.string() + ": a tensor name or metadata");
  text.append((8 - text.size() % 8) % 8, ' ');
  require(text.size() <= detail::longest_safetensors_header, path.string(), ": header of ", text.size(), " bytes");

  AtomicFile file(path);
  const std::uint64_t length = text.size();
  file.write({reinterpret_cast<const char*>(&length), sizeof length});
  file.write(text);
  for (const TensorEntry& entry : entries) {
    file.write({reinterpret_cast<const char*>(entry.bytes.data()), entry.bytes.size()});
  }
  file.commit();
}

}  // namespace mgan::io
