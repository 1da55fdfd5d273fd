#include <string>

#include "mgan/core/error.hpp"

int main() {
  try {
    mgan::fail("patches are ", mgan::Shape{3, 4});
  } catch (const mgan::Error& error) {
    return error.what() == std::string("patches are (3, 4)") ? 0 : 1;
  }
}
