#include "mgan/zoo/pooled.hpp"

#include "erase.hpp"

namespace program {

template std::vector<NamedModule> modules_of<mgan::zoo::PooledRows>();

}  // namespace program
