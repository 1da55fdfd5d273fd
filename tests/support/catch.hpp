// Catch2 v2.13 (Debian 12) or v3, under v2's include and v3's names: tests say `ContainsSubstring` and `Approx`.
//
// v2: one file of a program defines CATCH_CONFIG_MAIN before this include. v3: link Catch2::Catch2WithMain, which makes
// that definition idle. The v3 branch is untested: it was written from v3's documentation alone.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)

#include <catch2/catch_all.hpp>
using Catch::Approx;

#else

#include <catch2/catch.hpp>
#include <string>

namespace Catch::Matchers {
/// v3's name for v2's Contains on strings.
inline auto ContainsSubstring(const std::string& part) { return Contains(part); }
}  // namespace Catch::Matchers

#endif
