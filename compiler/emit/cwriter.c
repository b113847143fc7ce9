/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/cwriter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWN_LINE "#line own\n"

void cw_init(CWriter *w, Arena *a)
{
    strbuf_init(&w->text, a);
    w->indent = 0;
}

void cw_line(CWriter *w, const char *fmt, ...)
{
    va_list args;
    strbuf_add_times(&w->text, ' ', (size_t)w->indent * 4);
    va_start(args, fmt);
    strbuf_vprintf(&w->text, fmt, args);
    va_end(args);
    strbuf_add_char(&w->text, '\n');
}

void cw_flush_left(CWriter *w, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    strbuf_vprintf(&w->text, fmt, args);
    va_end(args);
    strbuf_add_char(&w->text, '\n');
}

void cw_open(CWriter *w)
{
    cw_line(w, "{");
    w->indent++;
}

void cw_close(CWriter *w, const char *tail)
{
    w->indent--;
    cw_line(w, "}%s", tail);
}

static bool is_plain(char c)
{
    return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '?';
}

Str c_string(Arena *a, Str text)
{
    StrBuf b;
    strbuf_init(&b, a);
    strbuf_add_char(&b, '"');
    for (size_t i = 0; i < text.len; i++) {
        if (is_plain(text.ptr[i]))
            strbuf_add_char(&b, text.ptr[i]);
        else
            strbuf_printf(&b, "\\%03o", (unsigned)(unsigned char)text.ptr[i]);
    }
    strbuf_add_char(&b, '"');
    return strbuf_str(&b);
}

Str c_float(Arena *a, double x)
{
    char text[40];
    if (isnan(x))
        return STR("__builtin_nan(\"\")");
    if (isinf(x))
        return x > 0 ? STR("__builtin_inf()") : STR("-__builtin_inf()");
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    return str_printf(a, strpbrk(text, ".e") ? "%s" : "%s.0", text);
}

Str c_int(Arena *a, int64_t x)
{
    return x == INT64_MIN ? STR("INT64_MIN") : str_printf(a, "%lld", (long long)x);
}

void cw_restore_line(CWriter *w)
{
    strbuf_add(&w->text, STR(OWN_LINE));
}

Str cw_resolve_lines(Arena *a, Str text, Str file)
{
    StrBuf b;
    size_t line = 1;
    Str name = c_string(a, file);
    strbuf_init(&b, a);
    for (size_t at = 0; at < text.len;) {
        const char *end = memchr(text.ptr + at, '\n', text.len - at);
        size_t next = end ? (size_t)(end - text.ptr) + 1 : text.len;
        Str whole = str_slice(text, at, next);
        if (str_eq(whole, STR(OWN_LINE)))
            strbuf_printf(&b, "#line %zu %.*s\n", line + 1, STR_ARG(name));
        else
            strbuf_add(&b, whole);
        line++;
        at = next;
    }
    return strbuf_str(&b);
}
