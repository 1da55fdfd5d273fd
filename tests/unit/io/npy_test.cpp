#include "mgan/io/npy.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/unit/io/temporary_folder.hpp"

using namespace mgan;
using namespace mgan::io;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Version 1 with this dictionary and these data.
std::string npy(std::string dictionary, const std::string& data = "", char major = 1) {
  dictionary += '\n';
  std::string file = std::string("\x93NUMPY") + major + '\0';
  const auto length = static_cast<std::uint32_t>(dictionary.size());
  file.append(reinterpret_cast<const char*>(&length), major == 1 ? 2 : 4);
  return file + dictionary + data;
}
template <class S>
std::string bytes_of(const std::vector<S>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(S)};
}
const std::string six = bytes_of(std::vector<float>{0, 1, 2, 3, 4, 5});

}  // namespace

TEST_CASE("npy: C order, Fortran order, either byte order, every version", "[io]") {
  const TemporaryFolder folder;
  const std::vector<float> rows{0, 1, 2, 3, 4, 5};
  for (const char major : {char{1}, char{2}, char{3}}) {
    const NpyFile file(
        folder.file("c.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", six, major)));
    CHECK(file.shape() == Shape{2, 3});
    CHECK(file.values<float>() == rows);
    CHECK(file.rows<double>(1, 1) == std::vector<double>{3, 4, 5});
    CHECK(file.view().bytes.size() == 24);
  }
  const auto columns = bytes_of(std::vector<float>{0, 3, 1, 4, 2, 5});
  const NpyFile fortran(folder.file("f.npy", npy("{\"shape\":(2,3),'fortran_order':True,'descr':'<f4'}", columns)));
  CHECK(fortran.values<float>() == rows);
  CHECK(fortran.rows<float>(1, 1) == std::vector<float>{3, 4, 5});
  CHECK_THROWS_WITH(fortran.view(), ContainsSubstring("f.npy: is in Fortran order"));
  const NpyFile big(folder.file(
      "b.npy", npy("{'descr': '>i2', 'fortran_order': False, 'shape': (2,)}", std::string("\x01\x02\xff\xfe", 4))));
  CHECK(big.integers() == std::vector<std::int64_t>{258, -2});
  const NpyFile scalar(folder.file("s.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': ()}", six)));
  CHECK(scalar.values<float>() == std::vector<float>{0});  // bytes behind the data are ignored
}

TEST_CASE("npy: written as np.save writes", "[io]") {
  const TemporaryFolder folder;
  write_npy(folder.path / "a.npy", {2, 3}, std::vector<float>{0, 1, 2, 3, 4, 5});
  const MappedFile file(folder.path / "a.npy");
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  CHECK(file.text().size() == 128 + 24);
  CHECK(file.text().substr(0, 10) == std::string_view("\x93NUMPY\x01\x00\x76\x00", 10));
  CHECK(file.text().substr(10, header.size()) == header);
  CHECK(file.text()[127] == '\n');
  CHECK(NpyFile(folder.path / "a.npy").values<float>() == std::vector<float>{0, 1, 2, 3, 4, 5});
  write_npy(folder.path / "e.npy", {0, 7}, std::vector<double>{});
  CHECK(NpyFile(folder.path / "e.npy").shape() == Shape{0, 7});
  CHECK_THROWS_WITH(write_npy(folder.path / "a.npy", {2, 2}, std::vector<float>{1}),
                    ContainsSubstring("4 bytes, but F32 (2, 2) has 16"));
}

TEST_CASE("npy: written piece by piece, in one step or not at all", "[io]") {
  const TemporaryFolder folder;
  const std::vector<float> six{0, 1, 2, 3, 4, 5};
  const auto bytes = std::as_bytes(std::span(six));
  write_npy(folder.path / "whole.npy", {2, 3}, six);
  {
    NpyWriter file(folder.path / "pieces.npy", DType::F32, {2, 3});
    file.add(bytes.first(8)).add(bytes.subspan(8));
    CHECK_FALSE(std::filesystem::exists(folder.path / "pieces.npy"));
    file.commit();
  }
  CHECK(MappedFile(folder.path / "pieces.npy").text() == MappedFile(folder.path / "whole.npy").text());
  {
    NpyWriter file(folder.path / "short.npy", DType::F32, {2, 3});
    file.add(bytes.first(8));
    CHECK_THROWS_WITH(file.add(bytes), ContainsSubstring("short.npy: 24 bytes more, but 16 are left of F32 (2, 3)"));
    CHECK_THROWS_WITH(file.commit(), ContainsSubstring("short.npy: 16 bytes less than F32 (2, 3) has"));
  }
  CHECK_FALSE(std::filesystem::exists(folder.path / "short.npy"));
  CHECK_FALSE(std::filesystem::exists(folder.path / "short.npy.mgan-tmp"));
  CHECK_THROWS_WITH(NpyWriter(folder.path / "b.npy", DType::BF16, {1}), ContainsSubstring("numpy has no BF16"));
}

TEST_CASE("npy: bad files are refused by name and reason", "[io]") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& contents, const std::string& why) {
    const auto path = folder.file("bad.npy", contents);
    CHECK_THROWS_WITH(NpyFile(path), ContainsSubstring("bad.npy: ") && ContainsSubstring(why));
  };
  const auto with = [](const std::string& descr, const std::string& shape) {
    return npy("{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + "}", six);
  };
  refused("", "it is empty");
  refused("PK\x03\x04", "a zip file (.npz)");
  refused("\x93NUMPY\x01", "truncated: 7 bytes");
  refused(npy("{}", "", 4), ".npy version 4.0");
  refused(npy("{}"), "no 'descr'");
  refused(with("'<f4'", "(7,)"), "(7) of F32 has 28 bytes, 24 are there");
  refused(with("'|O'", "(2,)"), "pickled Python objects, which are never loaded");
  refused(with("'<U3'", "(2,)"), "text");
  refused(with("[('x', '<f4')]", "(2,)"), "structured");
  refused(with("'<f5'", "(2,)"), "unknown");
  refused(with("'<f4'", "(2)"), "a number in brackets");
  refused(with("'<f4'", "(-2,)"), "axis 0 is '-2'");
  refused(with("'<f4'", "[2]"), "expected a tuple");
  refused(with("'<f4'", "(99999999999999999999,)"), "does not fit into 64 bits");
  refused(with("'<f4'", "(4611686018427387904, 8)"), "overflows");
  refused(with("'<f4', 'descr': '<f4'", "(2,)"), "'descr' occurs twice");
  refused(npy("{'descr': '<f4', 'fortran_order': 1, 'shape': (2,)}", six), "expected True or False");
  refused(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", six), "behind the dictionary");
  std::string longer = npy("{}");
  longer[9] = '\x7f';
  refused(longer, "truncated: header of");
  const std::string whole = with("'<f4'", "(6,)");
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK_THROWS_AS(NpyFile(folder.file("cut.npy", whole.substr(0, n))), Error);
}

TEST_CASE("npy: 40 GB that are not there are read by their rows", "[io]") {
  const TemporaryFolder folder;
  const auto path =
      folder.file("sparse.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000, 10000)}"));
  const auto header = static_cast<off_t>(MappedFile(path).bytes().size());
  if (::truncate(path.c_str(), header + off_t{40'000'000'000}) != 0) return;  // a file system without holes
  const NpyFile file(path);
  CHECK(file.rows<float>(999'999, 1) == std::vector<float>(10000, 0.0f));
  CHECK_THROWS_WITH(file.rows<float>(999'999, 2), ContainsSubstring("rows 999999 to 1000001 of 1000000"));
}
