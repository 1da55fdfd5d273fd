// SHA-256 against the examples of FIPS 180-4, and its two ways against each other.
#include "mgan/io/sha256.hpp"

#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

namespace {

using namespace mgan::io;

std::string hash(std::string_view text) { return Sha256{}.add(text).hex(); }

}  // namespace

TEST_CASE("SHA-256: the examples of the standard", "[io]") {
  CHECK(hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hash(std::string(1'000'000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256: pieces of any size give what the whole gives", "[io]") {
  const std::string text(1000, 'x');
  for (const std::size_t cut : {1u, 63u, 64u, 65u, 128u, 191u, 999u})
    CHECK(Sha256{}.add(std::string_view(text).substr(0, cut)).add(std::string_view(text).substr(cut)).hex() ==
          hash(text));
}

TEST_CASE("SHA-256: the processor's instructions do what the standard writes", "[io]") {
  std::mt19937_64 bits(1);
  std::vector<std::byte> bytes(64 * 9);
  for (std::byte& b : bytes) b = static_cast<std::byte>(bits());
  for (std::size_t blocks = 0; blocks <= 9; ++blocks) {
    detail::Sha256State plainly{1, 2, 3, 4, 5, 6, 7, 0xffffffff}, fast = plainly;
    detail::mix_blocks_plainly(plainly, bytes.data(), blocks);
    detail::mix_blocks(fast, bytes.data(), blocks);
    CHECK(fast == plainly);
  }
}
