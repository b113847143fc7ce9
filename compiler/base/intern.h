/* SPDX-License-Identifier: Apache-2.0 */
/* intern.h - names that are equal when their addresses are.
 *
 * An Interner keeps one copy of each text; the Name that it hands out is valid as long as the
 * arena, and its id counts from 0 in the order of first sight. */
#ifndef FLOW_BASE_INTERN_H
#define FLOW_BASE_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct NameEntry {
    Str text; /* ends with a NUL byte */
    uint32_t id;
} NameEntry;

typedef const NameEntry *Name;

typedef struct Interner {
    Map names;
} Interner;

void interner_init(Interner *in, Arena *a);
Name intern(Interner *in, Str text);
Name intern_c(Interner *in, const char *text);

#ifdef __cplusplus
}
#endif
#endif
