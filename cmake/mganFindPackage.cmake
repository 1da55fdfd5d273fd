# mgan_find_package(PACKAGE OUT): find_package for NAME or NAME:VERSION|VERSION..., where the first version that is here
# counts: packages say that they are compatible within one major version, whatever they are. OUT gets the NAME.
macro(mgan_find_package package out)
  string(REGEX REPLACE "[:|]" ";" mgan_versions "${package}")
  list(POP_FRONT mgan_versions ${out})
  if(NOT mgan_versions)
    find_package(${${out}} QUIET)
  endif()
  foreach(mgan_version IN LISTS mgan_versions)
    if(NOT ${${out}}_FOUND)
      find_package(${${out}} ${mgan_version} QUIET)
    endif()
  endforeach()
endmacro()
