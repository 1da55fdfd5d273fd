# Where LibTorch is, by looking at files alone: no Python is run and no Torch CMake package is read.
#
# Places, in this order:
#   MGAN_TORCH            (variable, else environment) a libtorch or torch folder, a Python environment, or OFF
#   CMAKE_PREFIX_PATH     (variable and environment) the same; `torch.utils.cmake_prefix_path` too
#   VIRTUAL_ENV, CONDA_PREFIX   the Python environment that is active
#   .deps/venv            what the scripts fetched
# Also a program: `cmake -P cmake/mganLocateTorch.cmake` prints the folder, and nothing when there is none.

cmake_policy(VERSION 3.23)
set(mgan_torch_floor 2.7)

# The torch folder (with include/ATen and lib/libc10.so) that `place` stands for; empty when there is none.
function(mgan_torch_in place out)
  file(GLOB inside "${place}/lib/python3*/site-packages/torch" "${place}/lib64/python3*/site-packages/torch")
  foreach(folder IN ITEMS "${place}" "${place}/torch" "${place}/libtorch" "${place}/../.." ${inside})
    if(EXISTS "${folder}/include/ATen/core/Tensor.h" AND EXISTS "${folder}/lib/libtorch_cpu.so"
        AND EXISTS "${folder}/lib/libc10.so")
      get_filename_component(folder "${folder}" ABSOLUTE)
      set(${out} "${folder}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  set(${out} "" PARENT_SCOPE)
endfunction()

# The version of a torch folder, from its headers.
function(mgan_torch_version folder out)
  set(version 0)
  foreach(header IN ITEMS torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
    if(EXISTS "${folder}/include/${header}")
      file(STRINGS "${folder}/include/${header}" lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
      string(REGEX MATCHALL "[0-9]+" numbers "${lines}")
      if(numbers)
        list(JOIN numbers "." version)
        break()
      endif()
    endif()
  endforeach()
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

# Why a torch folder cannot be used, as a sentence; empty when it can. The ABI is read from the name of a constructor
# of c10::Error that takes a std::string: `Ss` is the string of before C++11.
function(mgan_torch_refusal folder out)
  set(${out} "" PARENT_SCOPE)
  mgan_torch_version("${folder}" version)
  if(version VERSION_LESS mgan_torch_floor)
    set(${out} "The LibTorch in ${folder} is version ${version}, and mgan needs ${mgan_torch_floor} or newer." PARENT_SCOPE)
    return()
  endif()
  file(STRINGS "${folder}/lib/libc10.so" old REGEX "_ZN3c105ErrorC[12]ENS_14SourceLocationESs" LIMIT_COUNT 1)
  if(old)
    set(${out} "The LibTorch in ${folder} is built with the string of before C++11 (_GLIBCXX_USE_CXX11_ABI=0), and mgan needs the C++11 ABI, which the PyPI wheels have since 2.7." PARENT_SCOPE)
  endif()
endfunction()

# `folder` is the first usable LibTorch, or empty with the reason in `why`. One that was named and cannot be used is the
# answer; an active Python environment with an unusable one is passed over, aloud.
function(mgan_locate_torch folder why)
  set(${folder} "" PARENT_SCOPE)
  set(named "${MGAN_TORCH}")
  if(named STREQUAL "")
    set(named "$ENV{MGAN_TORCH}")
  endif()
  if(named MATCHES "^(OFF|NO|FALSE|0)$")
    set(${why} "LibTorch is switched off by MGAN_TORCH." PARENT_SCOPE)
    return()
  endif()

  string(REPLACE ":" ";" prefixes "$ENV{CMAKE_PREFIX_PATH}")
  set(active $ENV{VIRTUAL_ENV} $ENV{CONDA_PREFIX})
  if(named)
    set(places "${named}")
  else()
    set(places ${CMAKE_PREFIX_PATH} ${prefixes} ${active} "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../.deps/venv")
  endif()
  foreach(place IN LISTS places)
    mgan_torch_in("${place}" found)
    if(found)
      mgan_torch_refusal("${found}" refusal)
      if(refusal AND place IN_LIST active AND NOT named)
        message(NOTICE "${refusal} Looking elsewhere.")
        continue()
      elseif(refusal)
        set(found "")
      endif()
      set(${folder} "${found}" PARENT_SCOPE)
      set(${why} "${refusal}" PARENT_SCOPE)
      return()
    endif()
  endforeach()

  if(named)
    set(${why} "MGAN_TORCH names ${named}, which holds no LibTorch (lib/libtorch_cpu.so, lib/libc10.so, include/ATen)." PARENT_SCOPE)
  else()
    set(${why} "No LibTorch was found, name one with -DMGAN_TORCH=FOLDER or -DCMAKE_PREFIX_PATH=FOLDER." PARENT_SCOPE)
  endif()
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  mgan_locate_torch(folder why)
  if(folder)
    execute_process(COMMAND "${CMAKE_COMMAND}" -E echo "${folder}")
  elseif(NOT why MATCHES "^No LibTorch|switched off")
    message(FATAL_ERROR "${why}")
  endif()
endif()
