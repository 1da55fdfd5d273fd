// expect: mgan reads JSON with errors
// flags: -DJSON_NOEXCEPTION
// with: io
#include "mgan/io/json.hpp"
