#include "alignments.hpp"

#include "mgan/zoo/table.hpp"

namespace program {

const std::vector<NamedModule>& named_modules() {
  static const std::vector<NamedModule> all = [] {
    std::vector<NamedModule> modules;
    mgan::zoo::Table::each([&]<class Rows>(std::type_identity<Rows>) {
      for (NamedModule& module : modules_of<Rows>()) modules.push_back(std::move(module));
    });
    return modules;
  }();
  return all;
}

}  // namespace program
