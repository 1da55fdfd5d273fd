#include "mgan/zoo/normed.hpp"

#include "erase.hpp"

namespace program {

template std::vector<NamedModule> modules_of<mgan::zoo::NormedRows>();

}  // namespace program
