// expect: mgan reports errors by exceptions (mgan::Error)
// flags: -fno-exceptions
#include "mgan/mgan.hpp"
