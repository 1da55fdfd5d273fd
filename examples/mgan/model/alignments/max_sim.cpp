#include "mgan/zoo/max_sim.hpp"

#include "erase.hpp"

namespace program {

template std::vector<NamedModule> modules_of<mgan::zoo::MaxSimRows>();

}  // namespace program
