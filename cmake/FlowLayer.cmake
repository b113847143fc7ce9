# SPDX-License-Identifier: Apache-2.0
# flow_layer(NAME [OBJECT] ROOT DIR [SOURCES FILE…] [DEPS TARGET…])
#
# One layer of the compiler or the runtime. Includes are written from ROOT ("sema/type.h"). A
# layer links PUBLIC what lies below it. A layer without sources is an interface library, so that
# what stands above can name it already; listing the first source turns it into a real one.
# With OBJECT its objects go into a bigger archive instead of one of its own.
function(flow_layer name)
  cmake_parse_arguments(ARG "OBJECT" "ROOT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_SOURCES)
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE "${ARG_ROOT}")
    target_link_libraries(${name} INTERFACE ${ARG_DEPS})
    return()
  endif()

  if(ARG_OBJECT)
    add_library(${name} OBJECT ${ARG_SOURCES})
  else()
    add_library(${name} STATIC ${ARG_SOURCES})
    set_target_properties(${name} PROPERTIES
      ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  endif()
  target_include_directories(${name} PUBLIC "${ARG_ROOT}")
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE flow_warnings)
endfunction()

# flow_unit_test(NAME SOURCES FILE… LINK TARGET…)
#
# A cmocka program, registered with ctest as unit/NAME.
function(flow_unit_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(test_${name} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${ARG_LINK} flow_dep_cmocka flow_warnings)
  set_target_properties(test_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  add_test(NAME unit/${name} COMMAND test_${name}
    WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  set_tests_properties(unit/${name} PROPERTIES TIMEOUT 900 LABELS unit)
endfunction()

# flow_thread_test(NAME SOURCES FILE… LAYERS NAME…)
#
# The same with these layers of the runtime compiled for ThreadSanitizer, which needs all of the
# code that shares memory. A build with another sanitizer has none.
function(flow_thread_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LAYERS" ${ARGN})
  if(FLOW_SANITIZE)
    return()
  endif()
  set(sources ${ARG_SOURCES})
  foreach(layer ${ARG_LAYERS})
    get_target_property(files flow_rt_${layer} SOURCES)
    list(TRANSFORM files PREPEND "${PROJECT_SOURCE_DIR}/runtime/${layer}/")
    list(APPEND sources ${files})
  endforeach()
  add_executable(test_${name} ${sources})
  target_include_directories(test_${name} PRIVATE "${PROJECT_SOURCE_DIR}/runtime")
  target_compile_options(test_${name} PRIVATE -fsanitize=thread -O1 -g)
  target_link_options(test_${name} PRIVATE -fsanitize=thread)
  target_link_libraries(test_${name} PRIVATE
    flow_rt_headers flow_dep_crypto flow_dep_cbor flow_dep_cjson flow_dep_cmocka m)
  set_target_properties(test_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  add_test(NAME unit/${name} COMMAND test_${name}
    WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  set_tests_properties(unit/${name} PROPERTIES TIMEOUT 900 LABELS unit)
endfunction()
