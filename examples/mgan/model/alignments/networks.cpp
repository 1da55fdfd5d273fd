#include "mgan/zoo/networks.hpp"

#include "erase.hpp"

namespace program {

template std::vector<NamedModule> modules_of<mgan::zoo::NetworkRows>();

}  // namespace program
