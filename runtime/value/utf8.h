/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h - code points in bytes. */
#ifndef VALUE_UTF8_H
#define VALUE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool utf8_is_ascii(const char *bytes, size_t len);
/* Well-formed: shortest forms, no surrogates, at most U+10FFFF. */
bool utf8_is_valid(const char *bytes, size_t len);
/* The rest expect valid UTF-8. */
size_t utf8_count(const char *bytes, size_t len);
/* Where code point `index` begins; `len` when there are fewer. */
size_t utf8_offset(const char *bytes, size_t len, size_t index);
/* `len` less the bytes of a last code point that is not there whole. */
size_t utf8_whole(const char *bytes, size_t len);
/* The code point at `bytes`, and in *size how many bytes it takes. */
uint32_t utf8_decode(const char *bytes, size_t *size);
/* Returns how many bytes it took, at most 4. */
size_t utf8_encode(uint32_t point, char out[4]);

static inline bool utf8_is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

#endif
