# Headers of others, parsed once for our own programs: two precompiled headers, which targets with the same flags share.
# None of ours is among them, so a unit that forgets one of ours fails as before. What of these a unit forgets to include is
# found where they are off: CMAKE_DISABLE_PRECOMPILE_HEADERS, set by the presets clang and asan-ubsan; and the headers of
# the library are always compiled alone without them (tests/compile).
#   core    the standard library, Catch2
#   torch   the standard library, JSON, Eigen, LibTorch's tensor and the operators that most units use
# What is here costs every unit something, used or not: g++ instantiates what the inline functions of a precompiled header
# ask for in each unit again. CLI11 (3 s) and LibTorch's autograd (2.5 s) are therefore left to the few who include them.
set(mgan_precompiled_std <algorithm> <array> <atomic> <chrono> <cmath> <concepts> <cstdint> <cstdio> <cstdlib> <cstring>
  <filesystem> <fstream> <functional> <iostream> <iterator> <limits> <map> <memory> <mutex> <numbers> <numeric> <optional>
  <random> <set> <span> <sstream> <stdexcept> <string> <string_view> <thread> <tuple> <type_traits> <unordered_map>
  <utility> <variant> <vector>)
set(mgan_precompiled_torch <ATen/TensorOperators.h> <ATen/core/Tensor.h> <ATen/core/grad_mode.h>)
foreach(operator IN ITEMS arange cat constant_pad_nd conv1d einsum embedding empty empty_like from_blob full gelu layer_norm
    leaky_relu linalg_vector_norm linear matmul maximum minimum ones randn scaled_dot_product_attention silu stack tensor
    zeros zeros_like)
  list(APPEND mgan_precompiled_torch "<ATen/ops/${operator}.h>")
endforeach()

# mgan_precompiled(core|torch TARGET...): these targets start from that precompiled header.
function(mgan_precompiled kind)
  if(CMAKE_DISABLE_PRECOMPILE_HEADERS)
    return()
  endif()
  set(THREADS_PREFER_PTHREAD_FLAG ON)
  find_package(Threads REQUIRED)
  set(header mgan_precompiled_${kind})
  if(NOT TARGET ${header})
    file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/${header}.cpp" CONTENT "")
    add_library(${header} OBJECT EXCLUDE_FROM_ALL "${PROJECT_BINARY_DIR}/${header}.cpp")
    target_precompile_headers(${header} PRIVATE ${mgan_precompiled_std})
    target_link_libraries(${header} PRIVATE mgan::mgan Threads::Threads)
    set(target_core "Catch2::Catch2:catch2/catch.hpp")
    set(target_torch "mgan::io:nlohmann/json.hpp" "mgan::eigen:Eigen/Core")
    foreach(pair IN LISTS target_${kind})
      string(REGEX MATCH "^(.+):([^:]+)$" pair "${pair}")
      if(TARGET ${CMAKE_MATCH_1})
        target_precompile_headers(${header} PRIVATE "<${CMAKE_MATCH_2}>")
        target_link_libraries(${header} PRIVATE ${CMAKE_MATCH_1})
      endif()
    endforeach()
    if(kind STREQUAL "torch")
      target_precompile_headers(${header} PRIVATE ${mgan_precompiled_torch})
      target_link_libraries(${header} PRIVATE mgan::torch)
    endif()
    mgan_own(${header})
  endif()
  foreach(target IN LISTS ARGN)
    target_link_libraries(${target} PRIVATE Threads::Threads)  # its flag is one of those that have to be the same
    target_precompile_headers(${target} REUSE_FROM ${header})
    # ccache preprocesses; g++ then needs this to see the precompiled header.
    target_compile_options(${target} PRIVATE "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>")
  endforeach()
endfunction()
