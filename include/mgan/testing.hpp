// Checks of a functor, the library's or yours, without a test framework. Include the backends that you use as well.
//
//     check_gradients(functor, images, texts)      autograd against central differences: inputs and every weight
//     check_backends(functor, images, texts)       one tensor library against another
//     check_properties(functor, images, texts)     padding, permutations, blocks; positive_scale: of cosines
//     check_bounds(module, images, texts)          score_bounds against scores, for modules that have them
//
// Each returns a result that is true when all is well and has a message() of one line that names the worst element.
#pragma once

#include "mgan/testing/backends.hpp"
#include "mgan/testing/bounds.hpp"
#include "mgan/testing/gradients.hpp"
#include "mgan/testing/properties.hpp"
