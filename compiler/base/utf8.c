/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.c - decoding by the table of well-formed sequences of the Unicode standard (table 3-7). */
#include "base/utf8.h"

#include <string.h>

/* The least and greatest second byte for a first byte; false where it begins nothing. */
static bool lead_byte(unsigned char c, size_t *len, unsigned char *least, unsigned char *greatest)
{
    *least = 0x80;
    *greatest = 0xbf;
    if (c >= 0xc2 && c <= 0xdf) {
        *len = 2;
    } else if (c >= 0xe0 && c <= 0xef) {
        *len = 3;
        *least = c == 0xe0 ? 0xa0 : 0x80;    /* no overlong form */
        *greatest = c == 0xed ? 0x9f : 0xbf; /* no surrogate */
    } else if (c >= 0xf0 && c <= 0xf4) {
        *len = 4;
        *least = c == 0xf0 ? 0x90 : 0x80;
        *greatest = c == 0xf4 ? 0x8f : 0xbf; /* nothing past U+10FFFF */
    } else {
        return false;
    }
    return true;
}

size_t utf8_decode(Str s, uint32_t *out)
{
    if (s.len == 0)
        return 0;
    const unsigned char *p = (const unsigned char *)s.ptr;
    if (p[0] < 0x80) {
        *out = p[0];
        return 1;
    }
    size_t len;
    unsigned char least, greatest;
    if (!lead_byte(p[0], &len, &least, &greatest) || s.len < len || p[1] < least || p[1] > greatest)
        return 0;
    uint32_t c = p[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    *out = c;
    return len;
}

size_t utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3f));
        c >>= 6;
    }
    out[0] = (char)((0xff00u >> len & 0xff) | c);
    return len;
}

/* How many bytes of ASCII `s` begins with, told eight at a time; some of the last may be left
 * out. */
static size_t ascii_prefix(Str s)
{
    size_t at = 0;
    for (uint64_t eight; s.len - at >= sizeof eight; at += sizeof eight) {
        memcpy(&eight, s.ptr + at, sizeof eight);
        if (eight & UINT64_C(0x8080808080808080))
            break;
    }
    return at;
}

size_t utf8_valid_prefix(Str s)
{
    size_t at = 0;
    while (at < s.len) {
        at += ascii_prefix((Str){s.ptr + at, s.len - at});
        if (at == s.len)
            break;
        uint32_t c;
        size_t len = utf8_decode((Str){s.ptr + at, s.len - at}, &c);
        if (len == 0)
            break;
        at += len;
    }
    return at;
}

Str utf8_clean(Arena *a, Str s)
{
    StrBuf b;
    strbuf_init(&b, a);
    while (s.len) {
        size_t good = utf8_valid_prefix(s);
        strbuf_add(&b, str_slice(s, 0, good));
        if (good < s.len)
            strbuf_add(&b, STR("\xef\xbf\xbd"));
        s = str_slice(s, good + 1, s.len);
    }
    return strbuf_str(&b);
}

/* Takes one code point off the front; a byte that is not valid stands for U+FFFD. */
static uint32_t take(Str *s)
{
    uint32_t c = 0xfffd;
    size_t len = utf8_decode(*s, &c);
    if (len == 0)
        len = 1;
    s->ptr += len;
    s->len -= len;
    return c;
}

size_t utf8_count(Str s)
{
    size_t count = 0;
    for (; s.len; count++)
        take(&s);
    return count;
}

size_t utf8_count_utf16(Str s)
{
    size_t count = 0;
    while (s.len)
        count += take(&s) > 0xffff ? 2 : 1;
    return count;
}

typedef struct Range {
    uint32_t first, last;
} Range;

/* The blocks that matter for lining a caret up; exactness for rare scripts is not the aim. */
static const Range zero_width[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},
    {0x064b, 0x065f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200f},
    {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};
static const Range double_width[] = {
    {0x1100, 0x115f}, {0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},
    {0xa000, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},
    {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

static bool in_ranges(uint32_t c, const Range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

size_t utf8_width(Str s)
{
    size_t width = 0;
    while (s.len) {
        uint32_t c = take(&s);
        if (c < 0x300)
            width++;
        else if (in_ranges(c, double_width, sizeof double_width / sizeof *double_width))
            width += 2;
        else if (!in_ranges(c, zero_width, sizeof zero_width / sizeof *zero_width))
            width++;
    }
    return width;
}
