#include "mgan/zoo/interactions.hpp"

#include "erase.hpp"

namespace program {

template std::vector<NamedModule> modules_of<mgan::zoo::InteractionRows>();

}  // namespace program
