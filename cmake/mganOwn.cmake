# What our own tests, examples and benchmarks are compiled with. Nothing here reaches a consumer.

# ccache, when it is here and nobody chose otherwise.
if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(MGAN_CCACHE ccache)
  mark_as_advanced(MGAN_CCACHE)
  if(MGAN_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${MGAN_CCACHE}")
  endif()
endif()

# Newer compilers warn about more: with them a warning is a warning.
set(mgan_werror "")
if(MGAN_WERROR AND ((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    OR (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 15)))
  set(mgan_werror -Werror)
endif()

# mgan_own(TARGET...): warnings and sanitizers for these targets.
function(mgan_own)
  foreach(target IN LISTS ARGN)
    set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
    target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wconversion;${mgan_werror}>")
    if(MGAN_SANITIZE)
      target_compile_options(${target} PRIVATE -fsanitize=${MGAN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
      target_link_options(${target} PRIVATE -fsanitize=${MGAN_SANITIZE})
    endif()
  endforeach()
endfunction()

# mgan_all_here(OUT target...): whether all these targets exist.
function(mgan_all_here out)
  set(${out} TRUE PARENT_SCOPE)
  foreach(target IN LISTS ARGN)
    if(NOT TARGET ${target})
      set(${out} FALSE PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# The CPU kernels, compiled once for all our own programs (include/mgan/kernels/cpu/compiled.hpp).
file(GLOB mgan_compiled CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/mgan/kernels/cpu/compiled/*.cpp")
add_library(mgan_compiled_kernels STATIC EXCLUDE_FROM_ALL ${mgan_compiled})
target_link_libraries(mgan_compiled_kernels PUBLIC mgan::mgan)
target_compile_definitions(mgan_compiled_kernels PUBLIC MGAN_COMPILED_KERNELS)
mgan_own(mgan_compiled_kernels)
