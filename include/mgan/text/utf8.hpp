// UTF-8 (core/utf8.hpp), and what becomes of bytes that are not.
#pragma once

#include "mgan/core/utf8.hpp"

namespace mgan::text {

/// What becomes of bytes that are not UTF-8: an error that names the first of them, or U+FFFD for each ill-formed
/// sequence, as in Python's errors="replace".
enum class InvalidUtf8 { refuse, replace };

}  // namespace mgan::text
