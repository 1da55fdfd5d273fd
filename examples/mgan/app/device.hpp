// Where a model computes: --device and --precision.
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

/// Within its scope LibTorch takes products on `device` in bfloat16, where `on` is true.
class Autocast {
 public:
  Autocast(at::Device device, bool on);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType device_;
  bool on_, was_on_ = false;
  at::ScalarType was_type_ = at::kFloat;
};

}  // namespace program
