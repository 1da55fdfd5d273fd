// Where a model computes: --device.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace program {

/// "cpu", "cuda" or "cuda:N". Errors: another name, a GPU that is not there.
at::Device device_named(const std::string& name);

/// A generator of the device's own.
at::Generator make_generator(at::Device device, std::uint64_t seed);

}  // namespace program
