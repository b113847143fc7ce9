/* SPDX-License-Identifier: Apache-2.0 */
/* source.h - the text of the files, and places in it.
 *
 * A Span is a half-open range of bytes of one file; lines and columns are computed only when one
 * is shown.  A SourceSet owns the files of a compilation and numbers them from 0; a file's text is
 * followed by a NUL byte that its length does not count. */
#ifndef FLOW_SOURCE_SOURCE_H
#define FLOW_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "base/vec.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Span {
    uint32_t source;     /* index into the SourceSet */
    uint32_t start, end; /* bytes, half open */
} Span;

typedef struct Source {
    Str path; /* as the user gave it */
    Str text;
    uint32_t *lines; /* offset of the first byte of each line */
    uint32_t line_count;
} Source;

typedef struct SourceSet {
    Arena *arena;
    VEC(Source *) files;
} SourceSet;

/* Line and column count from 1, columns in code points. */
typedef struct Place {
    uint32_t line, column;
} Place;

#define SOURCE_MAX_BYTES ((uint32_t)1 << 30) /* offsets are 32 bits, with room to spare */

void source_set_init(SourceSet *set, Arena *a);

/* Adds a file with this text, which is copied; a byte order mark at its start is dropped.
 * Returns its index. */
uint32_t source_add(SourceSet *set, Str path, Str text);

/* Reads a file and adds it.  On failure returns false and `*error` says why, path included. */
bool source_read(SourceSet *set, Str path, uint32_t *out, Str *error);

const Source *source_get(const SourceSet *set, uint32_t index);

Place source_place(const Source *s, uint32_t offset);
Str source_line(const Source *s, uint32_t line); /* without its end of line; counts from 1 */

Span span_join(Span a, Span b); /* from the first's start to the last's end */
Str span_text(const SourceSet *set, Span span);
bool span_eq(Span a, Span b);
Place span_place(const SourceSet *set, Span span);     /* of its first byte */
Place span_end_place(const SourceSet *set, Span span); /* just behind its last byte */

#ifdef __cplusplus
}
#endif
#endif
