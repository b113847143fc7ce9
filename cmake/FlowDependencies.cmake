# SPDX-License-Identifier: Apache-2.0
# The libraries that Flow stands on, and how a flow is linked against them.
#
# A flow should start fast and need little on the machine where it runs, so an archive is taken
# where the distribution ships one; otherwise the shared library. What each of them needs on a
# link line is kept as plain arguments (-l:NAME.a or -lNAME), which serve our own targets, the
# exported package and the generated link.txt alike.
#
# Defines, for each library, the interface target flow_dep_NAME and the list
# FLOW_LINK_ARGS_NAME.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(flow_dependency name)
  cmake_parse_arguments(ARG "" "MODULE;ARCHIVE;SHARED;PACKAGE" "SYSTEM" ${ARGN})
  pkg_check_modules(FLOW_${name} QUIET "${ARG_MODULE}")
  if(NOT FLOW_${name}_FOUND)
    message(FATAL_ERROR
      "The library ${name} was not found. Install it: apt-get install ${ARG_PACKAGE} "
      "(or `./dev setup`, which installs all that is missing).")
  endif()

  find_library(FLOW_ARCHIVE_${name} NAMES "${ARG_ARCHIVE}" NO_CACHE)
  if(FLOW_ARCHIVE_${name})
    set(args "-l:${ARG_ARCHIVE}" ${ARG_SYSTEM})
    set(how "archive")
  else()
    set(args "-l${ARG_SHARED}")
    set(how "shared")
  endif()
  message(STATUS "Library ${name} ${FLOW_${name}_VERSION} (${how})")

  add_library(flow_dep_${name} INTERFACE)
  target_include_directories(flow_dep_${name} SYSTEM INTERFACE ${FLOW_${name}_INCLUDE_DIRS})
  target_link_libraries(flow_dep_${name} INTERFACE ${args})
  set(FLOW_LINK_ARGS_${name} ${args} PARENT_SCOPE)
endfunction()

flow_dependency(uv MODULE libuv>=1.44 ARCHIVE libuv_a.a SHARED uv PACKAGE libuv1-dev
  SYSTEM -lpthread)
flow_dependency(sqlite MODULE sqlite3>=3.40 ARCHIVE libsqlite3.a SHARED sqlite3
  PACKAGE libsqlite3-dev SYSTEM -lm)
flow_dependency(crypto MODULE libcrypto>=3.0 ARCHIVE libcrypto.a SHARED crypto
  PACKAGE libssl-dev SYSTEM -lpthread)
flow_dependency(cbor MODULE libcbor>=0.8 ARCHIVE libcbor.a SHARED cbor PACKAGE libcbor-dev)
flow_dependency(cjson MODULE libcjson>=1.7 ARCHIVE libcjson.a SHARED cjson
  PACKAGE libcjson-dev SYSTEM -lm)

# What a flow is linked with after libflowrt.a, in order; runtime/CMakeLists.txt writes it down.
set(FLOW_RUNTIME_LIBRARIES uv sqlite crypto cbor cjson)
