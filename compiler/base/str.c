/* SPDX-License-Identifier: Apache-2.0 */
/* str.c - text as pointer and length. */
#include "base/str.h"

#include <stdio.h>
#include <string.h>

Str str_from(const char *text)
{
    return (Str){text, text ? strlen(text) : 0};
}

bool str_eq(Str a, Str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool str_is(Str a, const char *text)
{
    return str_eq(a, str_from(text));
}

int str_cmp(Str a, Str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.ptr, b.ptr, shorter) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts_with(Str s, Str prefix)
{
    return s.len >= prefix.len && str_eq((Str){s.ptr, prefix.len}, prefix);
}

bool str_ends_with(Str s, Str suffix)
{
    return s.len >= suffix.len && str_eq(str_slice(s, s.len - suffix.len, s.len), suffix);
}

Str str_slice(Str s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from >= to)
        return (Str){0};
    return (Str){s.ptr + from, to - from};
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

Str str_trim(Str s)
{
    while (s.len && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

ptrdiff_t str_find(Str s, char c)
{
    const char *at = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return at ? at - s.ptr : -1;
}

/* FNV-1a, finished by a multiplication that spreads the low bits. */
uint64_t str_hash(Str s)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.ptr[i]) * 1099511628211u;
    return h ^ (h >> 29);
}

Str str_copy(Arena *a, Str s)
{
    return (Str){arena_strndup(a, s.ptr, s.len), s.len};
}

Str str_concat(Arena *a, Str x, Str y)
{
    StrBuf b;
    strbuf_init(&b, a);
    strbuf_add(&b, x);
    strbuf_add(&b, y);
    return strbuf_str(&b);
}

Str str_vprintf(Arena *a, const char *fmt, va_list args)
{
    StrBuf b;
    strbuf_init(&b, a);
    strbuf_vprintf(&b, fmt, args);
    return strbuf_str(&b);
}

Str str_printf(Arena *a, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    Str s = str_vprintf(a, fmt, args);
    va_end(args);
    return s;
}

const char *str_c(Arena *a, Str s)
{
    return arena_strndup(a, s.ptr, s.len);
}

void strbuf_init(StrBuf *b, Arena *a)
{
    *b = (StrBuf){.arena = a};
}

void strbuf_reserve(StrBuf *b, size_t more)
{
    size_t need;
    if (__builtin_add_overflow(b->len, more, &need) || need > SIZE_MAX / 4)
        arena_exhausted();
    if (need < b->cap)
        return;
    size_t cap = b->cap ? b->cap : 32;
    while (cap <= need)
        cap *= 2;
    b->ptr = arena_grow(b->arena, b->ptr, b->cap, cap);
    b->cap = cap;
}

void strbuf_add(StrBuf *b, Str s)
{
    strbuf_reserve(b, s.len);
    if (s.len)
        memcpy(b->ptr + b->len, s.ptr, s.len);
    b->len += s.len;
}

void strbuf_add_char(StrBuf *b, char c)
{
    strbuf_reserve(b, 1);
    b->ptr[b->len++] = c;
}

void strbuf_add_times(StrBuf *b, char c, size_t times)
{
    strbuf_reserve(b, times);
    memset(b->ptr + b->len, c, times);
    b->len += times;
}

void strbuf_vprintf(StrBuf *b, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    if (len > 0) {
        strbuf_reserve(b, (size_t)len + 1);
        vsnprintf(b->ptr + b->len, (size_t)len + 1, fmt, again);
        b->len += (size_t)len;
    }
    va_end(again);
}

void strbuf_printf(StrBuf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    strbuf_vprintf(b, fmt, args);
    va_end(args);
}

Str strbuf_str(StrBuf *b)
{
    strbuf_reserve(b, 0);
    b->ptr[b->len] = '\0';
    return (Str){b->ptr, b->len};
}
