# An install tree that can be moved: headers, one export file for each component, pkg-config files.
include(CMakePackageConfigHelpers)
set(mgan_cmake_dir "${CMAKE_INSTALL_DATADIR}/cmake/mgan")

# A component's file is only read when it is asked for, so that mgan alone needs neither Eigen nor LibTorch.
install(TARGETS mgan EXPORT mgan-mgan FILE_SET HEADERS)
foreach(component IN LISTS mgan_components)
  install(TARGETS mgan_${component} EXPORT mgan-${component})
endforeach()
foreach(component IN ITEMS mgan LISTS mgan_components)
  install(EXPORT mgan-${component} NAMESPACE mgan:: DESTINATION "${mgan_cmake_dir}")
endforeach()

# What mganConfig.cmake looks for, as in cmake/layers.txt.
set(mgan_package_lists "")
foreach(component IN LISTS mgan_components)
  string(APPEND mgan_package_lists "set(mgan_packages_${component} \"${mgan_packages_${component}}\")\n")
endforeach()
list(JOIN mgan_components ", " mgan_component_names)
string(REGEX REPLACE ", ([a-z]+)$" " and \\1" mgan_component_names "${mgan_component_names}")
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/mganConfig.cmake.in"
  "${CMAKE_CURRENT_BINARY_DIR}/mganConfig.cmake" INSTALL_DESTINATION "${mgan_cmake_dir}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/mganConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/mganConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/mganConfigVersion.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/mganFindPackage.cmake" "${CMAKE_CURRENT_LIST_DIR}/FindMganTorch.cmake" "${CMAKE_CURRENT_LIST_DIR}/mganLocateTorch.cmake"
  DESTINATION "${mgan_cmake_dir}")

foreach(pc IN ITEMS mgan mgan-eigen)
  configure_file("${CMAKE_CURRENT_LIST_DIR}/${pc}.pc.in" "${CMAKE_CURRENT_BINARY_DIR}/${pc}.pc" @ONLY)
  install(FILES "${CMAKE_CURRENT_BINARY_DIR}/${pc}.pc" DESTINATION "${CMAKE_INSTALL_DATADIR}/pkgconfig")
endforeach()
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")
