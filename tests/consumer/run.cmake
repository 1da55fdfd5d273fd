# Configures, builds and runs one project: SOURCE in BINARY, against INSTALLED or MGAN_SOURCE. What runs is its own
# run.sh, its own tests where it has a folder of them, or the program `consumer`.
file(REMOVE_RECURSE "${BINARY}")
if(EXISTS "${SOURCE}/run.sh")
  execute_process(COMMAND "${CMAKE_COMMAND}" -E env CXX=${COMPILER} bash "${SOURCE}/run.sh" "${INSTALLED}" "${BINARY}"
    COMMAND_ERROR_IS_FATAL ANY)
  return()
endif()
execute_process(COMMAND "${CMAKE_COMMAND}" -S "${SOURCE}" -B "${BINARY}" -G "${GENERATOR}" -D CMAKE_BUILD_TYPE=Debug
  -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER} -D CMAKE_PREFIX_PATH=${INSTALLED}
  -D MGAN_TORCH=${TORCH} -D MGAN_CUDA=${CUDA} -D MGAN_SOURCE=${MGAN_SOURCE} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${BINARY}" COMMAND_ERROR_IS_FATAL ANY)
if(IS_DIRECTORY "${SOURCE}/tests")
  execute_process(COMMAND "${CMAKE_CTEST_COMMAND}" --output-on-failure --no-tests=error
    WORKING_DIRECTORY "${BINARY}" OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY ECHO_OUTPUT_VARIABLE)
  if(NOT output MATCHES " out of ${TESTS}\n")
    message(FATAL_ERROR "expected ${TESTS} tests")
  endif()
else()
  execute_process(COMMAND "${BINARY}/consumer" COMMAND_ERROR_IS_FATAL ANY)
endif()
