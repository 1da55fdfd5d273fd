#include "mgan/zoo/graphs.hpp"

#include "erase.hpp"

namespace program {

template std::vector<NamedModule> modules_of<mgan::zoo::GraphRows>();

}  // namespace program
