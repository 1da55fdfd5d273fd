// Ranges on LibTorch's threads.
#pragma once

#include <ATen/TensorIterator.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <cstdint>

namespace mgan {

/// Ranges of 0..n-1 on LibTorch's threads, as many as at::get_num_threads() says.
struct torch_parallel_for {
  template <class F>
  void operator()(std::int64_t n, const F& f) const {
    if (n <= 0) return;
    // at::parallel_for in a header stays on one thread where the including file is compiled without -fopenmp.
    // The loop of an iterator over n bytes is in the library, and has its threads whatever the flags are;
    // bytes say which range it is.
    at::Tensor bytes = at::empty({n}, at::kByte);
    const char* begin = static_cast<const char*>(bytes.const_data_ptr());
    auto iterator = at::TensorIterator::unary_op(bytes, bytes);
    iterator.for_each([&](char** data, const std::int64_t*, std::int64_t count,
                          std::int64_t) { f(data[0] - begin, data[0] - begin + count); },
                      1);
  }
};

}  // namespace mgan
