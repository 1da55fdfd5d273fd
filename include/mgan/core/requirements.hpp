// What mgan asks of the compiler, said once and first instead of by hundreds of errors further down.
#pragma once

#if __cplusplus < 202002L
#error "mgan needs C++20: compile with -std=c++20, or link the CMake target mgan::mgan"
#include <the_standard_is_too_old_for_mgan>  // stops here
#endif

#ifndef __cpp_exceptions
#error "mgan reports errors by exceptions (mgan::Error): compile without -fno-exceptions"
#include <exceptions_are_off>
#endif

// Without NaN every check for one is folded away, and wrong numbers look like right ones.
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error "mgan checks for NaN and infinity: add -fno-finite-math-only behind -ffast-math or -Ofast"
#endif

#if defined(min) || defined(max)
#error "min or max is a macro: define NOMINMAX, or #undef both before the headers of mgan"
#endif
