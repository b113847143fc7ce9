/* SPDX-License-Identifier: Apache-2.0 */
/* cwriter.h - C text: indentation, literals, #line. */
#ifndef EMIT_CWRITER_H
#define EMIT_CWRITER_H

#include "base/str.h"

typedef struct CWriter {
    StrBuf text;
    unsigned indent; /* levels of four blanks */
} CWriter;

void cw_init(CWriter *w, Arena *a);

/* One line, indented. */
void cw_line(CWriter *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A line without indentation: labels, directives; "" is an empty line. */
void cw_flush_left(CWriter *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cw_open(CWriter *w);                    /* a line with `{`; what follows is indented */
void cw_close(CWriter *w, const char *tail); /* `}` and the tail */

/* "…" with every byte that is not plain in three octal digits, so that no digit that follows is
 * swallowed and no trigraph arises. */
Str c_string(Arena *a, Str text);
/* Shortest text that reads back, with a dot or an exponent. */
Str c_float(Arena *a, double x);
Str c_int(Arena *a, int64_t x);

/* Gives the lines that cw_restore_line asked for their own numbers back. */
void cw_restore_line(CWriter *w);
Str cw_resolve_lines(Arena *a, Str text, Str file);
/* The same text for the C compiler, which counts lines on from a #line: each line of C that belongs
 * to one line of another file says so anew. */
Str cw_repeat_lines(Arena *a, Str text, Str own_file);

#endif
