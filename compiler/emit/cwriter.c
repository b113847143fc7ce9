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

/* ---- lines for the C compiler ------------------------------------------------------ */

/* `text` is read once.  Within a function everything belongs to the line of the .flow file that was
 * named last, what stands before the first one to that one; behind it the lines are our own. */
typedef struct Repeater {
    Str text, own_file; /* the latter quoted, with a newline */
    size_t at;
    size_t own_line; /* of what comes next */
    Str mark;        /* the directive that holds, with its newline; empty: none of another file */
    bool is_inside;  /* of a function */
    bool is_due;     /* the C compiler has counted on since the last directive */
} Repeater;

static Str next_line(const Repeater *r, size_t at)
{
    const char *end = memchr(r->text.ptr + at, '\n', r->text.len - at);
    return str_slice(r->text, at, end ? (size_t)(end - r->text.ptr) + 1 : r->text.len);
}

static bool is_directive(Str line)
{
    return str_starts_with(line, STR("#line "));
}

static bool is_own(const Repeater *r, Str line)
{
    size_t len = r->own_file.len;
    return line.len > len && str_eq(str_slice(line, line.len - len, line.len), r->own_file);
}

/* The first line of another file that the function names whose head is here; empty: none. */
static Str mark_of_function(const Repeater *r)
{
    Str line = next_line(r, r->at);
    size_t at = r->at + line.len;
    if (line.len < 2 || line.ptr[line.len - 2] != ')' || !str_is(next_line(r, at), "{\n"))
        return (Str){0};
    for (; at < r->text.len; at += line.len) {
        line = next_line(r, at);
        if (is_directive(line) && !is_own(r, line))
            return line;
        if (str_is(line, "}\n"))
            break;
    }
    return (Str){0};
}

/* Whether a directive may stand behind this line: not in the midst of a statement, which may be one
 * of a macro. */
static bool ends_part(Str line)
{
    while (line.len && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == ' '))
        line.len--;
    return line.len && strchr(";{}:)", line.ptr[line.len - 1]) != NULL;
}

static void repeat_line(Repeater *r, StrBuf *b, Str line)
{
    if (is_directive(line)) {
        if (!is_own(r, line)) {
            r->mark = line;
            r->is_due = true;
        }
        return;
    }
    if (r->mark.len && r->is_due)
        strbuf_add(b, r->mark);
    strbuf_add(b, line);
    r->is_due = ends_part(line);
    if (!r->is_inside || !str_is(line, "}\n"))
        return;
    r->is_inside = false;
    r->mark = (Str){0};
    strbuf_printf(b, "#line %zu %.*s", r->own_line + 1, STR_ARG(r->own_file));
}

Str cw_repeat_lines(Arena *a, Str text, Str own_file)
{
    StrBuf b;
    Str quoted = str_concat(a, c_string(a, own_file), STR("\n"));
    Repeater r = {.text = text, .own_file = quoted, .own_line = 1};
    strbuf_init(&b, a);
    while (r.at < text.len) {
        Str line = next_line(&r, r.at), mark = r.is_inside ? (Str){0} : mark_of_function(&r);
        if (mark.len) {
            r.mark = mark;
            r.is_inside = r.is_due = true;
        }
        repeat_line(&r, &b, line);
        r.at += line.len;
        r.own_line++;
    }
    return strbuf_str(&b);
}
