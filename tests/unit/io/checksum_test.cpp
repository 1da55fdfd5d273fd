// A checksum that notices every changed, moved, added or missing byte.
#include "mgan/io/checksum.hpp"

#include <set>
#include <vector>

#include "tests/support/catch.hpp"

namespace {

std::uint64_t sum_of(const std::vector<std::byte>& bytes) { return mgan::io::checksum(bytes); }

}  // namespace

TEST_CASE("Every byte, its place and the length count", "[checksum]") {
  std::set<std::uint64_t> seen;
  for (const std::size_t size : {0, 1, 7, 8, 31, 32, 33, 100}) {
    std::vector<std::byte> bytes(size);
    CHECK(seen.insert(sum_of(bytes)).second);  // zeros of another length
    for (std::size_t i = 0; i < size; ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        bytes[i] = static_cast<std::byte>(1 << bit);
        CHECK(seen.insert(sum_of(bytes)).second);
      }
      bytes[i] = {};
    }
  }
}

TEST_CASE("The checksum of a file stays the same for ever", "[checksum]") {
  std::vector<std::byte> bytes;
  for (int i = 0; i < 77; ++i) bytes.push_back(static_cast<std::byte>(i * 37));
  CHECK(mgan::io::checksum_text(sum_of(bytes)) == "8f0b247a20248fbb");
  CHECK(mgan::io::checksum_text(255) == "00000000000000ff");
}
