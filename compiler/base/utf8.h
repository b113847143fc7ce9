/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h - UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing past U+10FFFF. */
#ifndef FLOW_BASE_UTF8_H
#define FLOW_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The length in bytes of the code point at `s`, stored in `*out`; 0 where it is not valid. */
size_t utf8_decode(Str s, uint32_t *out);

/* Writes up to 4 bytes; 0 where `c` is no code point. */
size_t utf8_encode(uint32_t c, char out[4]);

/* The offset of the first byte that is not valid, or `s.len`. */
size_t utf8_valid_prefix(Str s);

/* A copy, ended by a NUL, in which U+FFFD stands for each byte that is not valid. */
Str utf8_clean(Arena *a, Str s);

/* How many code points; each byte that is not valid counts as one. */
size_t utf8_count(Str s);

/* How many UTF-16 units, which is what editors count. */
size_t utf8_count_utf16(Str s);

/* How many columns of a terminal: none for combining marks, two for wide East Asian and emoji. */
size_t utf8_width(Str s);

#ifdef __cplusplus
}
#endif
#endif
