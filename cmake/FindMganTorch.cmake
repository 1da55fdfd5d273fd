# Defines mgan::libtorch: the two shared libraries and the header folders of LibTorch, and nothing else.
#
# find_package(Torch) is not used: it asks for nvcc even for the CPU. Torch's umbrella libtorch.so is not linked: it would
# bring the CUDA half along. Options: MGAN_TORCH (see mganLocateTorch.cmake), MGAN_CUDA = AUTO, ON or OFF. AUTO links the
# CUDA half when nvcc, a GPU and libtorch_cuda.so are all here. MganTorch_CUDA says what was decided.
include("${CMAKE_CURRENT_LIST_DIR}/mganLocateTorch.cmake")
include(CheckCXXSourceCompiles)
include(FindPackageHandleStandardArgs)

mgan_locate_torch(MganTorch_ROOT_DIR MganTorch_why)

# The compiler's own string: _GLIBCXX_USE_CXX11_ABI=0 in the flags, or libc++, would link and then crash.
if(MganTorch_ROOT_DIR)
  set(CMAKE_REQUIRED_QUIET ${MganTorch_FIND_QUIETLY})
  check_cxx_source_compiles("#include <string>
    #if !defined(_GLIBCXX_USE_CXX11_ABI) || !_GLIBCXX_USE_CXX11_ABI
    #error another string
    #endif
    int main() {}" MganTorch_CXX11_ABI)
  if(NOT MganTorch_CXX11_ABI)
    set(MganTorch_why "LibTorch needs libstdc++ with the C++11 ABI, but this compiler and its flags use another std::string (_GLIBCXX_USE_CXX11_ABI=0 or libc++).")
    set(MganTorch_ROOT_DIR "")
  endif()
endif()

set(MganTorch_CUDA OFF)
if(MganTorch_ROOT_DIR)
  mgan_torch_version("${MganTorch_ROOT_DIR}" MganTorch_VERSION)
  set(mgan_torch_lib "${MganTorch_ROOT_DIR}/lib")
  if(MGAN_CUDA STREQUAL "ON")
    set(MganTorch_CUDA ON)
  elseif(NOT MGAN_CUDA STREQUAL "OFF" AND EXISTS "${mgan_torch_lib}/libtorch_cuda.so" AND EXISTS /dev/nvidia0)
    find_program(MGAN_NVCC nvcc PATHS /usr/local/cuda/bin ENV CUDA_PATH PATH_SUFFIXES bin)
    mark_as_advanced(MGAN_NVCC)
    if(MGAN_NVCC)
      set(MganTorch_CUDA ON)
    endif()
  endif()
endif()

# Nothing refers to libtorch_cuda.so by symbol, it registers itself: the linker must be told to keep it. It needs a dozen
# libraries of CUDA, so that it links is tried rather than believed.
set(mgan_torch_cuda_link
  "LINKER:--push-state,--no-as-needed,${mgan_torch_lib}/libtorch_cuda.so,${mgan_torch_lib}/libc10_cuda.so,--pop-state"
  "LINKER:-rpath,${mgan_torch_lib}")
if(MganTorch_CUDA)
  string(MD5 mgan_torch_id "${MganTorch_ROOT_DIR}")
  set(CMAKE_REQUIRED_LINK_OPTIONS ${mgan_torch_cuda_link})
  set(CMAKE_REQUIRED_LIBRARIES "${mgan_torch_lib}/libtorch_cpu.so" "${mgan_torch_lib}/libc10.so")
  check_cxx_source_compiles("int main() {}" MganTorch_CUDA_LINKS_${mgan_torch_id})
  unset(CMAKE_REQUIRED_LINK_OPTIONS)
  unset(CMAKE_REQUIRED_LIBRARIES)
  if(NOT MganTorch_CUDA_LINKS_${mgan_torch_id})
    set(MganTorch_CUDA OFF)
    set(mgan_torch_why "the CUDA half of the LibTorch in ${MganTorch_ROOT_DIR} does not link: libtorch_cuda.so or libraries that it needs are missing.")
    if(MGAN_CUDA STREQUAL "ON")
      set(MganTorch_why "MGAN_CUDA is ON, but ${mgan_torch_why}")
      set(MganTorch_ROOT_DIR "")
    else()
      message(STATUS "mgan: a GPU is here, but ${mgan_torch_why}")
    endif()
  endif()
endif()

find_package_handle_standard_args(MganTorch REQUIRED_VARS MganTorch_ROOT_DIR VERSION_VAR MganTorch_VERSION
  REASON_FAILURE_MESSAGE "${MganTorch_why}")
set(MganTorch_NOT_FOUND_MESSAGE "${MganTorch_why}")

if(MganTorch_FOUND AND NOT TARGET mgan::libtorch)
  message(STATUS "mgan: LibTorch ${MganTorch_VERSION} in ${MganTorch_ROOT_DIR}, CUDA half ${MganTorch_CUDA}")
  set(mgan_torch_include "${MganTorch_ROOT_DIR}/include")
  add_library(mgan::libtorch SHARED IMPORTED)
  set_target_properties(mgan::libtorch PROPERTIES
    IMPORTED_LOCATION "${mgan_torch_lib}/libtorch_cpu.so"
    INTERFACE_INCLUDE_DIRECTORIES "${mgan_torch_include};${mgan_torch_include}/torch/csrc/api/include"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${mgan_torch_include};${mgan_torch_include}/torch/csrc/api/include"
    INTERFACE_COMPILE_DEFINITIONS AT_PER_OPERATOR_HEADERS
    INTERFACE_LINK_LIBRARIES "${mgan_torch_lib}/libc10.so")
  if(MganTorch_CUDA)
    set_property(TARGET mgan::libtorch APPEND PROPERTY INTERFACE_LINK_OPTIONS ${mgan_torch_cuda_link})
  endif()
endif()
