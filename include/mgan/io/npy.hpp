// numpy's .npy files: features of any size, mapped and never loaded whole.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "mgan/core/error.hpp"
#include "mgan/io/atomic_file.hpp"
#include "mgan/io/dtype.hpp"
#include "mgan/io/mapped_file.hpp"
#include "mgan/io/npy_header.hpp"

namespace mgan::io {

/// An array on disk, versions 1 to 3, numbers of any type in either byte order. What is wrong with a file is said here,
/// with its name; reading rows touches the pages of these rows alone.
class NpyFile {
 public:
  explicit NpyFile(const std::filesystem::path& path)
      : path_(path.string()), file_(path), header_(read_npy_header(file_.bytes(), path_)) {
    std::size_t size = size_of(header_.dtype);
    for (const std::int64_t axis : header_.shape) size *= static_cast<std::size_t>(axis);
    data_ = file_.bytes().subspan(header_.data_offset, size);
  }

  const NpyHeader& header() const { return header_; }
  const Shape& shape() const { return header_.shape; }
  DType dtype() const { return header_.dtype; }

  /// The array in place, for C order and little-endian numbers; error otherwise.
  TensorView view() const {
    require(in_place(), path_, ": is ", header_.big_endian ? "big-endian" : "in Fortran order",
            ", which cannot be used in place; read rows");
    return {header_.dtype, header_.shape, data_, path_};
  }

  /// Rows first .. first + count of the outermost axis, in C order and little-endian whatever the file has.
  std::vector<std::byte> row_bytes(std::int64_t first, std::int64_t count) const {
    const std::span<const std::byte> rows = check_rows(first, count);
    const std::size_t width = size_of(header_.dtype);
    std::vector<std::byte> out(rows.begin(), rows.end());
    if (header_.fortran_order && header_.shape.size() > 1) gather(first, out);
    if (header_.big_endian)
      for (std::size_t i = 0; i < out.size(); i += width)
        std::reverse(out.begin() + static_cast<std::ptrdiff_t>(i),
                     out.begin() + static_cast<std::ptrdiff_t>(i + width));
    return out;
  }

  /// The same as numbers: floating types alone.
  template <std::floating_point S>
  std::vector<S> rows(std::int64_t first, std::int64_t count) const {
    return with_rows(first, count, [](const TensorView& view) { return read_values<S>(view); });
  }
  /// The whole array, for small files: rank 0 as well.
  template <std::floating_point S>
  std::vector<S> values() const {
    return with_rows(0, outermost(), [](const TensorView& view) { return read_values<S>(view); });
  }
  /// The same for integers and booleans.
  std::vector<std::int64_t> integer_rows(std::int64_t first, std::int64_t count) const {
    return with_rows(first, count, [](const TensorView& view) { return read_integers(view); });
  }
  /// Asks for rows that are about to be read (will_need of mapped_file.hpp).
  void will_need(std::int64_t first, std::int64_t count) const {
    if (!header_.fortran_order || header_.shape.size() < 2) io::will_need(check_rows(first, count));
  }
  /// The whole array of integers or booleans.
  std::vector<std::int64_t> integers() const { return integer_rows(0, outermost()); }

 private:
  bool in_place() const { return !header_.big_endian && (!header_.fortran_order || header_.shape.size() < 2); }
  std::int64_t outermost() const { return header_.shape.empty() ? 1 : header_.shape[0]; }
  std::size_t row_size() const {  // in bytes
    return outermost() == 0 ? 0 : data_.size() / static_cast<std::size_t>(outermost());
  }
  std::span<const std::byte> check_rows(std::int64_t first, std::int64_t count) const {
    require(first >= 0 && count >= 0 && first <= outermost() - count, path_, ": rows ", first, " to ", first + count,
            " of ", outermost());
    return data_.subspan(static_cast<std::size_t>(first) * row_size(), static_cast<std::size_t>(count) * row_size());
  }

  template <class F>
  std::invoke_result_t<F, const TensorView&> with_rows(std::int64_t first, std::int64_t count, F&& f) const {
    Shape shape = header_.shape;
    if (!shape.empty()) shape[0] = count;
    if (in_place()) return f(TensorView{header_.dtype, shape, check_rows(first, count), path_});
    const std::vector<std::byte> bytes = row_bytes(first, count);
    return f(TensorView{header_.dtype, shape, bytes, path_});
  }

  // In Fortran order element (i, j, k) of (n, m, l) stands at i + n (j + m k).
  void gather(std::int64_t first, std::vector<std::byte>& out) const {
    const std::size_t width = size_of(header_.dtype), rank = header_.shape.size();
    std::vector<std::size_t> strides(rank), index(rank, 0);
    std::size_t stride = 1;
    for (std::size_t axis = 0; axis < rank; ++axis) {
      strides[axis] = stride;
      stride *= static_cast<std::size_t>(header_.shape[axis]);
    }
    std::size_t from = static_cast<std::size_t>(first);
    for (std::size_t to = 0; to < out.size(); to += width) {
      std::memcpy(out.data() + to, data_.data() + from * width, width);
      for (std::size_t axis = rank; axis-- > 0;) {
        from += strides[axis];
        if (++index[axis] < static_cast<std::size_t>(header_.shape[axis]) || axis == 0) break;
        from -= strides[axis] * index[axis];
        index[axis] = 0;
      }
    }
  }

  std::string path_;
  MappedFile file_;
  NpyHeader header_;
  std::span<const std::byte> data_;
};

namespace detail {

/// Magic, version and dictionary as np.save writes them.
inline std::string npy_front(DType dtype, const Shape& shape, const std::string& where) {
  const std::string_view name = dtype == DType::F64    ? "<f8"
                                : dtype == DType::F32  ? "<f4"
                                : dtype == DType::F16  ? "<f2"
                                : dtype == DType::I64  ? "<i8"
                                : dtype == DType::I32  ? "<i4"
                                : dtype == DType::I16  ? "<i2"
                                : dtype == DType::I8   ? "|i1"
                                : dtype == DType::U64  ? "<u8"
                                : dtype == DType::U32  ? "<u4"
                                : dtype == DType::U16  ? "<u2"
                                : dtype == DType::U8   ? "|u1"
                                : dtype == DType::BOOL ? "|b1"
                                                       : "";
  require(!name.empty(), where, ": numpy has no ", name_of(dtype));
  std::string axes;
  for (const std::int64_t axis : shape) axes += (axes.empty() ? "" : ", ") + std::to_string(axis);
  if (shape.size() == 1) axes += ",";
  std::string header = "{'descr': '" + std::string(name) + "', 'fortran_order': False, 'shape': (" + axes + "), }";
  // numpy leaves room for the outermost axis to grow to 21 digits, and aligns the data to 64 bytes.
  if (!shape.empty()) header.append(21 - std::to_string(shape[0]).size(), ' ');
  const bool longer = header.size() + 1 + 63 > 0xFFFF;
  const std::size_t prefix = longer ? 12 : 10;
  header.append((64 - (prefix + header.size() + 1) % 64) % 64, ' ');
  header += '\n';
  const auto length = static_cast<std::uint32_t>(header.size());
  std::string front(longer ? std::string_view("\x93NUMPY\x02\x00", 8) : std::string_view("\x93NUMPY\x01\x00", 8));
  front.append(reinterpret_cast<const char*>(&length), prefix - 8);
  return front + header;
}

/// Bytes of an array.
inline std::size_t npy_size(DType dtype, const Shape& shape, const std::string& where) {
  std::size_t size = size_of(dtype);
  for (const std::int64_t axis : shape)
    require(axis >= 0 && !__builtin_mul_overflow(size, static_cast<std::size_t>(axis), &size), where, ": shape ",
            shape);
  return size;
}

}  // namespace detail

/// Writes what np.save writes, byte for byte, piece by piece: for arrays larger than memory.
///
///     NpyWriter file(path, DType::F32, {images, 36, 2048});
///     for (...) file.add(std::as_bytes(std::span(row)));      // C order
///     file.commit();                                          // in one step; without it there is no file
class NpyWriter {
 public:
  NpyWriter(const std::filesystem::path& path, DType dtype, const Shape& shape)
      : path_(path.string()), dtype_(dtype), shape_(shape), left_(detail::npy_size(dtype, shape, path_)), file_(path) {
    file_.write(detail::npy_front(dtype, shape, path_));
  }
  NpyWriter& add(std::span<const std::byte> bytes) {
    require(bytes.size() <= left_, path_, ": ", bytes.size(), " bytes more, but ", left_, " are left of ",
            name_of(dtype_), " ", shape_);
    left_ -= bytes.size();
    file_.write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return *this;
  }
  void commit() {
    require(left_ == 0, path_, ": ", left_, " bytes less than ", name_of(dtype_), " ", shape_, " has");
    file_.commit();
  }

 private:
  std::string path_;
  DType dtype_;
  Shape shape_;
  std::size_t left_;  // bytes
  AtomicFile file_;
};

/// The same for an array in memory. `bytes` is in C order.
inline void write_npy(const std::filesystem::path& path, DType dtype, const Shape& shape,
                      std::span<const std::byte> bytes) {
  const std::size_t size = detail::npy_size(dtype, shape, path.string());
  require(bytes.size() == size, path.string(), ": ", bytes.size(), " bytes, but ", name_of(dtype), " ", shape, " has ",
          size);
  NpyWriter(path, dtype, shape).add(bytes).commit();
}

/// The same from numbers.
template <class S>
requires std::same_as<S, float> || std::same_as<S, double> || std::same_as<S, std::int64_t>
void write_npy(const std::filesystem::path& path, const Shape& shape, const std::vector<S>& numbers) {
  constexpr DType dtype = std::is_same_v<S, float> ? DType::F32 : std::is_same_v<S, double> ? DType::F64 : DType::I64;
  write_npy(path, dtype, shape, std::as_bytes(std::span(numbers)));
}

}  // namespace mgan::io
