#include "mgan/zoo/queries.hpp"

#include "erase.hpp"

namespace program {

template std::vector<NamedModule> modules_of<mgan::zoo::QueryRows>();

}  // namespace program
