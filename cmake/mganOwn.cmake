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

# mgan_layer_of(HEADER OUT): the group that a header belongs to, by its path below include/mgan; mgan_group_NAME are the
# targets that a group needs.
set(mgan_groups mgan eigen io image data torch cuda)
set(mgan_group_mgan mgan::mgan)
set(mgan_group_eigen mgan::eigen)
set(mgan_group_io mgan::io)
set(mgan_group_image mgan::image)
set(mgan_group_data mgan::io mgan::image)
set(mgan_group_torch mgan::torch mgan::io mgan::image)
set(mgan_group_cuda mgan::cuda mgan::torch)
function(mgan_layer_of header out)
  if(header STREQUAL "fused/cuda.hpp")  # refers to the kernels
    set(${out} cuda PARENT_SCOPE)
  elseif(header MATCHES "^(backend/torch|encoders/|train/|fused/)")
    set(${out} torch PARENT_SCOPE)
  elseif(header MATCHES "^backend/eigen")
    set(${out} eigen PARENT_SCOPE)
  elseif(header MATCHES "^(image|data)/")
    set(${out} ${CMAKE_MATCH_1} PARENT_SCOPE)
  elseif(header MATCHES "^(io|text)/")
    set(${out} io PARENT_SCOPE)
  else()
    set(${out} mgan PARENT_SCOPE)
  endif()
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
