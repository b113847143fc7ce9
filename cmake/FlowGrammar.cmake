# SPDX-License-Identifier: Apache-2.0
# Generates the scanner and the parser into the build tree; both treat their own warnings as
# errors. The results are never committed.
find_program(RE2C re2c REQUIRED)
find_package(BISON 3.8 REQUIRED)

execute_process(COMMAND "${RE2C}" --vernum OUTPUT_VARIABLE FLOW_RE2C_VERSION
  OUTPUT_STRIP_TRAILING_WHITESPACE)
if(FLOW_RE2C_VERSION LESS 030000)
  message(FATAL_ERROR "re2c 3.0 or newer is needed; ${RE2C} is ${FLOW_RE2C_VERSION}.")
endif()

# flow_scanner(OUT FILE.re): sets OUT to the generated C file.
function(flow_scanner out source)
  get_filename_component(name "${source}" NAME_WE)
  set(result "${CMAKE_CURRENT_BINARY_DIR}/${name}.lex.c")
  add_custom_command(OUTPUT "${result}"
    COMMAND "${RE2C}" -W -Werror -c --no-generation-date --input-encoding utf8
            --depfile "${result}.d" -o "${result}" "${source}"
    DEPENDS "${source}" DEPFILE "${result}.d"
    COMMENT "Generating the scanner" VERBATIM)
  set(${out} "${result}" PARENT_SCOPE)
endfunction()

# flow_parser(OUT NAME FILE.y FLAGS...): sets OUT to the generated C file, NAME.tab.c; its header is
# NAME.tab.h, in the same folder.
function(flow_parser out name source)
  set(result "${CMAKE_CURRENT_BINARY_DIR}/${name}.tab.c")
  list(JOIN ARGN " " flags)
  bison_target(${name} "${source}" "${result}"
    COMPILE_FLAGS "-Wall -Werror -Wcounterexamples ${flags}")
  # Bison counts errors in a variable that only its skeleton's debug code reads, and has a function
  # for messages that a parser need not use.
  set_source_files_properties("${result}" PROPERTIES
    COMPILE_OPTIONS "-Wno-unused-but-set-variable;-Wno-unused-function")
  set(${out} "${result}" PARENT_SCOPE)
endfunction()
