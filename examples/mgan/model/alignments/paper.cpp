#include "mgan/zoo/paper.hpp"

#include "erase.hpp"

namespace program {

template std::vector<NamedModule> modules_of<mgan::zoo::PaperRows>();

}  // namespace program
