# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` leaves: the command, and for other projects the public headers, two archives and a package.
#
#   find_package(lathe 0.1 REQUIRED)
#   target_link_libraries(mine PRIVATE lathe::lathe)
#
# liblathe.a holds the modules that lathe_module() registered. Model families register themselves, so
# that nothing refers to their objects: they lie in an archive of their own, which is linked whole.

include(CMakePackageConfigHelpers)

# Part of a build with tests, which install it; else `cmake --build . --target lathe_archive` first.
function(lathe_install)
  install(CODE "set(SOURCE \"${CMAKE_SOURCE_DIR}\")")
  install(SCRIPT ${CMAKE_SOURCE_DIR}/cmake/install_headers.cmake)
  get_property(modules GLOBAL PROPERTY LATHE_STATIC_MODULES)
  get_property(whole GLOBAL PROPERTY LATHE_OBJECT_MODULES)
  list(TRANSFORM modules REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
  list(TRANSFORM whole REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>")
  add_library(lathe_archive STATIC EXCLUDE_FROM_ALL ${modules})
  set_target_properties(lathe_archive PROPERTIES OUTPUT_NAME lathe LINKER_LANGUAGE CXX)
  install(TARGETS lathe_archive ARCHIVE DESTINATION lib OPTIONAL)
  if(whole)
    add_library(lathe_families STATIC EXCLUDE_FROM_ALL ${whole})
    set_target_properties(lathe_families PROPERTIES LINKER_LANGUAGE CXX)
    install(TARGETS lathe_families ARCHIVE DESTINATION lib OPTIONAL)
    add_dependencies(lathe_archive lathe_families)
    set_target_properties(lathe_archive lathe_families PROPERTIES EXCLUDE_FROM_ALL $<NOT:$<BOOL:${LATHE_TESTS}>>)
  endif()

  get_property(LATHE_EXTERNAL_LIBRARIES GLOBAL PROPERTY LATHE_EXTERNAL_LIBRARIES)
  list(REMOVE_DUPLICATES LATHE_EXTERNAL_LIBRARIES)
  configure_file(cmake/lathe-config.cmake.in lathe-config.cmake @ONLY)
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/lathe-config-version.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/lathe-config.cmake ${CMAKE_BINARY_DIR}/lathe-config-version.cmake
    DESTINATION lib/cmake/lathe)
endfunction()
