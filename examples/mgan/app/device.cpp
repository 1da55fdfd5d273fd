#include "device.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

#include "mgan/core/error.hpp"

namespace program {

at::Device device_named(const std::string& name) {
  const bool number = name.size() > 5 && name.find_first_not_of("0123456789", 5) == std::string::npos;
  mgan::require(name == "cpu" || name == "cuda" || (name.rfind("cuda:", 0) == 0 && number && name.size() < 8),
                "--device is '", name, "', expected cpu, cuda or cuda:N");
  const at::Device device(name == "cuda" ? "cuda:0" : name);
  if (device.is_cpu()) return device;
  mgan::require(at::globalContext().hasCUDA(), "--device ", name,
                ": there is no GPU, or this program was built without LibTorch's CUDA half (-DMGAN_CUDA=ON)");
  const auto count = static_cast<int>(at::globalContext().getAcceleratorHooksInterface(at::kCUDA).deviceCount());
  mgan::require(device.index() < count, "--device ", name, ": there are ", count, " GPUs, counted from 0");
  return device;
}

at::Generator make_generator(at::Device device, std::uint64_t seed) {
  if (device.is_cpu()) return at::detail::createCPUGenerator(seed);
  at::Generator generator =
      at::globalContext().getAcceleratorHooksInterface(device.type()).getNewGenerator(device.index());
  generator.set_current_seed(seed);
  return generator;
}

}  // namespace program
