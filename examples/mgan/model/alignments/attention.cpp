#include "mgan/zoo/attention.hpp"

#include "erase.hpp"

namespace program {

template std::vector<NamedModule> modules_of<mgan::zoo::AttentionRows>();

}  // namespace program
