# SPDX-License-Identifier: Apache-2.0
# The interface target `flow_warnings`: how strictly our own C is read, and which sanitizers it
# is built with. Every layer, tool and test links it.
add_library(flow_warnings INTERFACE)

target_compile_options(flow_warnings INTERFACE
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
  -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough
  -Wno-missing-field-initializers
  $<$<C_COMPILER_ID:GNU>:-Wlogical-op -Wduplicated-cond -Wjump-misses-init>
  $<$<BOOL:${FLOW_WERROR}>:-Werror>)

if(FLOW_SANITIZE)
  set(FLOW_SANITIZE_FLAGS
    "-fsanitize=${FLOW_SANITIZE}" -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_compile_options(${FLOW_SANITIZE_FLAGS})
  add_link_options(${FLOW_SANITIZE_FLAGS})
endif()
