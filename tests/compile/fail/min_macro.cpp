// expect: min or max is a macro: define NOMINMAX
#include <algorithm>
#define max(a, b) ((a) > (b) ? (a) : (b))
#include "mgan/core/error.hpp"
