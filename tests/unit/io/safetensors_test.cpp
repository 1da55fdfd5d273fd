#include "mgan/io/safetensors.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/unit/io/temporary_folder.hpp"

using namespace mgan;
using namespace mgan::io;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string with_length(const std::string& header, const std::string& data, std::uint64_t length) {
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + header + data;
}
std::string with_length(const std::string& header, const std::string& data) {
  return with_length(header, data, header.size());
}

template <class T>
std::span<const std::byte> bytes_of(const T& values) {
  return std::as_bytes(std::span(values));
}

}  // namespace

TEST_CASE("safetensors: what is written is read", "[io]") {
  const TemporaryFolder folder;
  const auto path = folder.path / "a.safetensors";
  const std::vector<double> f64{1, -2.5, 1e300, std::numeric_limits<double>::infinity(), 0, 6};
  const std::vector<float> f32{0.5f};
  const std::array<std::uint8_t, 3> flags{0, 1, 1};
  const std::vector<std::int64_t> i64{-1, std::numeric_limits<std::int64_t>::min()};
  const std::map<std::string, std::string> metadata{{"config", R"({"k": "\u00e9"})"}, {"", "ünïcode"}};
  write_safetensors(path,
                    {{"flags", DType::BOOL, {3}, bytes_of(flags)},
                     {"empty", DType::F32, {2, 0}, {}},
                     {"a.weight", DType::F64, {2, 3}, bytes_of(f64)},
                     {"scalar", DType::F32, {}, bytes_of(f32)},
                     {"ids", DType::I64, {2}, bytes_of(i64)}},
                    metadata);
  const SafetensorsFile file(path);
  CHECK(file.metadata() == metadata);
  CHECK(file.names() == std::vector<std::string>{"a.weight", "empty", "flags", "ids", "scalar"});
  CHECK(file.contains("ids"));
  CHECK_FALSE(file.contains("__metadata__"));
  CHECK(file.at("a.weight").shape == Shape{2, 3});
  CHECK(read_values<double>(file.at("a.weight")) == f64);
  CHECK(read_values<double>(file.at("scalar")) == std::vector<double>{0.5});
  CHECK(read_values<float>(file.at("empty")).empty());
  CHECK(read_integers(file.at("ids")) == i64);
  CHECK(read_integers(file.at("flags")) == std::vector<std::int64_t>{0, 1, 1});
  CHECK_THROWS_WITH(file.at("bias"), ContainsSubstring("a.safetensors") && ContainsSubstring("no tensor 'bias'"));
  CHECK_THROWS_WITH(read_values<double>(file.at("ids")),
                    ContainsSubstring("a.safetensors: tensor 'ids'") && ContainsSubstring("I64"));
  CHECK_THROWS_WITH(read_integers(file.at("scalar")), ContainsSubstring("'scalar'") && ContainsSubstring("F32"));

  SECTION("tensors are aligned, the order of entries and the bytes are fixed") {
    for (const std::string& name : file.names()) {
      const TensorView& view = file.at(name);
      CHECK(reinterpret_cast<std::uintptr_t>(view.bytes.data()) % size_of(view.dtype) == 0);
    }
    const std::string bytes = contents_of(path);
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), 8);
    CHECK(header % 8 == 0);
    CHECK(bytes.size() == 8 + header + 48 + 16 + 4 + 3);
  }
  SECTION("views outlive a move and a replacement of the file") {
    SafetensorsFile moved(SafetensorsFile{path});
    write_safetensors(path, {});
    CHECK(read_values<double>(moved.at("a.weight")) == f64);
    CHECK(SafetensorsFile(path).names().empty());
  }
}

TEST_CASE("safetensors: half precision by hand", "[io]") {
  const auto infinity = std::numeric_limits<float>::infinity();
  CHECK(from_float16(0x3c00) == 1.0f);
  CHECK(from_float16(0xc000) == -2.0f);
  CHECK(from_float16(0x7bff) == 65504.0f);
  CHECK(from_float16(0x0001) == std::ldexp(1.0f, -24));  // smallest subnormal
  CHECK(from_float16(0x03ff) == std::ldexp(1023.0f, -24));
  CHECK(from_float16(0x0400) == std::ldexp(1.0f, -14));  // smallest normal
  CHECK(from_float16(0x3555) == Approx(1.0 / 3).epsilon(1e-3));
  CHECK(from_float16(0x7c00) == infinity);
  CHECK(from_float16(0xfc00) == -infinity);
  CHECK(std::isnan(from_float16(0x7e00)));
  CHECK(std::signbit(from_float16(0x8000)));
  bool all_as_defined = true;
  for (int bits = 0; bits < 0x8000; ++bits) {
    const int exponent = bits >> 10, fraction = bits & 0x3ff;
    const float x = from_float16(static_cast<std::uint16_t>(bits)),
                minus = from_float16(static_cast<std::uint16_t>(bits | 0x8000));
    const float defined = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                        : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
    all_as_defined &= exponent == 31 ? !std::isfinite(x) : x == defined && minus == -defined && std::signbit(minus);
  }
  CHECK(all_as_defined);
  CHECK(from_bfloat16(0x3f80) == 1.0f);
  CHECK(from_bfloat16(0xc2f7) == -123.5f);
  CHECK(from_bfloat16(0x7f80) == infinity);
  CHECK(std::isnan(from_bfloat16(0x7fc0)));

  const TemporaryFolder folder;
  const std::array<std::uint16_t, 2> half{0x3c00, 0xc000}, brain{0x3f80, 0xc2f7};
  const std::array<std::int8_t, 2> i8{-128, 127};
  const std::array<std::int16_t, 1> i16{-300};
  const std::array<std::int32_t, 1> i32{-70000};
  const std::array<std::uint8_t, 1> u8{255}, flag{2};
  write_safetensors(folder.path / "h", {{"half", DType::F16, {2}, bytes_of(half)},
                                        {"brain", DType::BF16, {1, 2}, bytes_of(brain)},
                                        {"i8", DType::I8, {2}, bytes_of(i8)},
                                        {"i16", DType::I16, {1}, bytes_of(i16)},
                                        {"i32", DType::I32, {1}, bytes_of(i32)},
                                        {"u8", DType::U8, {1}, bytes_of(u8)},
                                        {"flag", DType::BOOL, {1}, bytes_of(flag)}});
  const SafetensorsFile file(folder.path / "h");
  CHECK(read_values<double>(file.at("half")) == std::vector<double>{1, -2});
  CHECK(read_values<float>(file.at("brain")) == std::vector<float>{1, -123.5f});
  CHECK(read_integers(file.at("i8")) == std::vector<std::int64_t>{-128, 127});
  CHECK(read_integers(file.at("i16")) == std::vector<std::int64_t>{-300});
  CHECK(read_integers(file.at("i32")) == std::vector<std::int64_t>{-70000});
  CHECK(read_integers(file.at("u8")) == std::vector<std::int64_t>{255});
  CHECK_THROWS_WITH(read_integers(file.at("flag")), ContainsSubstring("'flag'") && ContainsSubstring("stored as 2"));
}

TEST_CASE("safetensors: a malformed file is refused by name", "[io]") {
  const TemporaryFolder folder;
  const std::string good = R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  const std::string data(8, '\0');
  const auto refused = [&](const std::string& contents, const std::string& why) {
    const auto path = folder.file("bad.safetensors", contents);
    CHECK_THROWS_WITH(SafetensorsFile(path), ContainsSubstring("bad.safetensors") && ContainsSubstring(why));
    CHECK_THROWS_AS(SafetensorsFile(path), Error);
  };
  CHECK_NOTHROW(SafetensorsFile(folder.file("good", with_length(good, data))));
  CHECK_NOTHROW(SafetensorsFile(folder.file("good", with_length(good + "   ", data))));
  CHECK_NOTHROW(SafetensorsFile(folder.file("good", with_length("{}", ""))));

  SECTION("the frame") {
    refused("", "0 bytes");
    refused("1234567", "7 bytes");
    refused(with_length(good, data, 100'000'001), "header of 100000001 bytes");
    refused(with_length(good, data, ~std::uint64_t{0}), "header of");
    refused(with_length(good, "", good.size() + 1), "truncated");
    refused(with_length("", ""), "'{'");
    refused(with_length(" " + good, data), "'{'");
    refused(with_length("[]", ""), "'{'");
    refused(with_length("\xef\xbb\xbf" + good, data), "'{'");
    refused(with_length(good.substr(0, good.size() - 1), data), "malformed JSON");
    refused(with_length(good + "x", data), "malformed JSON");
    refused(with_length(good + std::string(8, '\0'), data), "null byte");
    refused(with_length("{\"\xff\":1}", ""), "malformed JSON");
    refused(with_length(std::string(50000, '{'), ""), "malformed JSON");
    refused(with_length("{" + good.substr(1, good.size() - 2) + "," + good.substr(1), data), "'x' occurs twice");
  }
  SECTION("a field given twice") {
    refused(with_length(R"({"x":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}})", data),
            "'shape' occurs twice");
  }
  SECTION("entries") {
    const auto entry = [&](const std::string& text, const std::string& why) {
      refused(with_length("{\"x\":" + text + "}", data), why);
      refused(with_length("{\"x\":" + text + "}", data), "tensor 'x'");
    };
    entry("3", "not an object");
    entry(R"({"shape":[2],"data_offsets":[0,8]})", "dtype is missing");
    entry(R"({"dtype":"F32","data_offsets":[0,8]})", "shape is missing");
    entry(R"({"dtype":"F32","shape":[2]})", "data_offsets is missing");
    entry(R"({"dtype":"float","shape":[2],"data_offsets":[0,8]})", "unknown dtype 'float'");
    entry(R"({"dtype":7,"shape":[2],"data_offsets":[0,8]})", "dtype is missing or of a wrong type");
    for (const char* field : {"shape", "data_offsets"}) {  // deep JSON, which would be echoed
      const std::string deep = "[" + std::string(100'000, '[') + std::string(100'000, ']') + "]";
      refused(with_length("{\"x\":{\"dtype\":\"F32\",\"" + std::string(field) + "\":" + deep + "}}", data),
              "more than 256");
    }
    entry(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})", "axis -2");
    entry(R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})", "axis 2.0");
    entry(R"({"dtype":"F32","shape":["2"],"data_offsets":[0,8]})", "axis \"2\"");
    entry(R"({"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]})", "axis");
    entry(R"({"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]})", "overflows");
    entry(R"({"dtype":"F32","shape":[2],"data_offsets":[0,4]})", "has 8 bytes");
    entry(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})", "data_offsets");
    entry(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8,8]})", "two offsets");
    entry(R"({"dtype":"F32","shape":[2],"data_offsets":[-8,0]})", "two offsets");
    entry(R"({"dtype":"F32","shape":[2],"data_offsets":[4,12]})", "hole");
    entry(R"({"dtype":"F32","shape":[4],"data_offsets":[0,16]})", "truncated");
  }
  SECTION("layout") {
    refused(with_length(good, data + "x"), "1 bytes behind the last tensor");
    refused(with_length(good, data.substr(1)), "truncated");
    refused(
        with_length(
            R"({"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[5],"data_offsets":[3,8]}})",
            data),
        "tensor 'y': begins at byte 3 of the data, expected 4 (overlap)");
    refused(
        with_length(
            R"({"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"y":{"dtype":"U8","shape":[3],"data_offsets":[5,8]}})",
            data),
        "(hole)");
  }
  SECTION("metadata") {
    refused(with_length(R"({"__metadata__":{"epoch":3}})", ""), "__metadata__ 'epoch' is not a string");
    refused(with_length(R"({"__metadata__":[]})", ""), "__metadata__ is not an object");
  }
  SECTION("not a file") {
    CHECK_THROWS_WITH(SafetensorsFile(folder.path / "none"), ContainsSubstring("No such file"));
    CHECK_THROWS_WITH(SafetensorsFile(folder.path), ContainsSubstring("Is a directory"));
    CHECK_THROWS_WITH(SafetensorsFile("/dev/null"), ContainsSubstring("not a regular file"));
  }
}

TEST_CASE("safetensors: every truncation of a good file is refused", "[io]") {
  const TemporaryFolder folder;
  const std::array<float, 3> values{1, 2, 3};
  write_safetensors(folder.path / "a", {{"x", DType::F32, {3}, bytes_of(values)}}, {{"k", "v"}});
  const std::string bytes = contents_of(folder.path / "a");
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    CHECK_THROWS_AS(SafetensorsFile(folder.file("cut", bytes.substr(0, n))), Error);
  }
}

TEST_CASE("safetensors: the writer refuses what the reader would", "[io]") {
  const TemporaryFolder folder;
  const std::array<float, 2> values{1, 2};
  const auto refused = [&](std::vector<TensorEntry> entries, const std::string& why,
                           const std::map<std::string, std::string>& metadata = {}) {
    CHECK_THROWS_WITH(write_safetensors(folder.path / "w", std::move(entries), metadata), ContainsSubstring(why));
    CHECK(folder.count() == 0);
  };
  refused({{"x", DType::F32, {3}, bytes_of(values)}}, "tensor 'x': 8 bytes, but F32 (3) has 12");
  refused({{"x", DType::F32, {-2}, bytes_of(values)}}, "negative axis");
  refused({{"x", DType::F32, {2}, bytes_of(values)}, {"x", DType::F32, {2}, bytes_of(values)}},
          "'x': name is used twice");
  refused({{"__metadata__", DType::F32, {2}, bytes_of(values)}}, "reserved");
  refused({{"\xff", DType::F32, {2}, bytes_of(values)}}, "not UTF-8");
  refused({}, "not UTF-8", {{"k", "\xc3"}});
}
