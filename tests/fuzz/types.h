/* SPDX-License-Identifier: Apache-2.0 */
/* types.h - types of values as the compiler would emit them, one of each shape. */
#ifndef TESTS_FUZZ_TYPES_H
#define TESTS_FUZZ_TYPES_H

#include <flow/value.h>

enum { FUZZ_VALUE_BYTES = 128 };

extern const FlowType *const fuzz_types[];
extern const size_t fuzz_type_count;

#endif
