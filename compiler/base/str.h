/* SPDX-License-Identifier: Apache-2.0 */
/* str.h - text as pointer and length.
 *
 * A Str borrows its bytes: from the source text, a literal or an arena.  It need not end with a
 * NUL byte, save where a function that makes one says so.  The zero Str is the empty text. */
#ifndef FLOW_BASE_STR_H
#define FLOW_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Str {
    const char *ptr;
    size_t len;
} Str;

/* A literal as a Str, and the same as a static initialiser. */
#define STR(lit) ((Str){"" lit, sizeof("" lit) - 1})
#define STR_INIT(lit)                                                                              \
    {                                                                                              \
        "" lit, sizeof("" lit) - 1                                                                 \
    }

/* The two arguments of a `%.*s`. */
#define STR_ARG(s) (int)(s).len, (s).ptr

Str str_from(const char *text); /* borrows; NULL is the empty text */
bool str_eq(Str a, Str b);
bool str_is(Str a, const char *text);
int str_cmp(Str a, Str b); /* by bytes; the shorter first */
bool str_starts_with(Str s, Str prefix);
bool str_ends_with(Str s, Str suffix);
Str str_slice(Str s, size_t from, size_t to); /* [from, to), cut to what there is */
Str str_trim(Str s);                          /* without blanks, tabs, CR and LF at both ends */
ptrdiff_t str_find(Str s, char c);            /* -1 where it does not occur */
uint64_t str_hash(Str s);                     /* the same in every run */

/* Copies into the arena; the results end with a NUL byte. */
Str str_copy(Arena *a, Str s);
Str str_concat(Arena *a, Str x, Str y);
Str str_printf(Arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
Str str_vprintf(Arena *a, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));
const char *str_c(Arena *a, Str s); /* as a C string */

/* Text that is put together bit by bit. */
typedef struct StrBuf {
    Arena *arena;
    char *ptr;
    size_t len, cap;
} StrBuf;

void strbuf_init(StrBuf *b, Arena *a);
void strbuf_reserve(StrBuf *b, size_t more); /* room for so many bytes, and a NUL behind them */
void strbuf_add(StrBuf *b, Str s);
void strbuf_add_char(StrBuf *b, char c);
void strbuf_add_times(StrBuf *b, char c, size_t times);
void strbuf_printf(StrBuf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vprintf(StrBuf *b, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

/* What stands in the buffer, ended with a NUL byte; valid until the next addition. */
Str strbuf_str(StrBuf *b);

#ifdef __cplusplus
}
#endif
#endif
