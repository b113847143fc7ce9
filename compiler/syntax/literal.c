/* SPDX-License-Identifier: Apache-2.0 */
/* literal.c - numbers with their units, and the text of strings.
 *
 * A quantity is computed in whole numbers: the digits without their dot, times the unit, divided
 * by the power of ten that the dot stands for.  So `1.5h` is exact, and what is finer than a
 * nanosecond or a byte is refused. */
#include "syntax/literal.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "flow.tab.h"
#include "syntax/scan.h"

typedef struct Unit {
    const char *name;
    int64_t factor;
    int kind;
} Unit;

#define SECOND INT64_C(1000000000)

static const Unit units[] = {
    {"B", 1, TOK_SIZE},
    {"kB", INT64_C(1000), TOK_SIZE},
    {"KB", INT64_C(1000), TOK_SIZE},
    {"MB", INT64_C(1000000), TOK_SIZE},
    {"GB", INT64_C(1000000000), TOK_SIZE},
    {"TB", INT64_C(1000000000000), TOK_SIZE},
    {"PB", INT64_C(1000000000000000), TOK_SIZE},
    {"KiB", INT64_C(1) << 10, TOK_SIZE},
    {"MiB", INT64_C(1) << 20, TOK_SIZE},
    {"GiB", INT64_C(1) << 30, TOK_SIZE},
    {"TiB", INT64_C(1) << 40, TOK_SIZE},
    {"PiB", INT64_C(1) << 50, TOK_SIZE},
    {"ns", 1, TOK_DURATION},
    {"us", 1000, TOK_DURATION},
    {"ms", 1000000, TOK_DURATION},
    {"s", SECOND, TOK_DURATION},
    {"min", 60 * SECOND, TOK_DURATION},
    {"h", 3600 * SECOND, TOK_DURATION},
    {"d", 86400 * SECOND, TOK_DURATION},
};

static Str token_text(const Lexer *lx)
{
    return (Str){(const char *)lx->start, (size_t)(lx->cursor - lx->start)};
}

static void emit_bad(Lexer *lx)
{
    lexer_emit(lx, TOK_BAD);
}

static void emit_integer(Lexer *lx, int kind, int64_t value)
{
    Token t = {.kind = (uint16_t)kind, .span = lexer_here(lx), .integer = value};
    lexer_emit_token(lx, t);
}

static void too_large(Lexer *lx, const char *what)
{
    Diag *d = diag_error(lx->diags, F0106, lexer_here(lx), "this %s is too large", what);
    diag_label(lexer_fault(lx, d), "the largest is 9_223_372_036_854_775_807");
    emit_bad(lx);
}

/* The digits of `text` without `_`, as a number; false where it exceeds 2^63. */
static bool read_digits(Str text, unsigned base, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '_')
            continue;
        unsigned digit = (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        if (__builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *out = value;
    return value <= UINT64_C(1) << 63;
}

void lexer_integer(Lexer *lx, unsigned base)
{
    Str text = token_text(lx);
    if (base == 10 && text.len > 1 && text.ptr[0] == '0') {
        Diag *d = diag_error(lx->diags, F0106, lexer_here(lx), "a number does not begin with 0");
        diag_help(lexer_fault(lx, d), "without the 0 it is decimal, as `0o…` octal");
        emit_bad(lx);
        return;
    }
    uint64_t value;
    bool fits = read_digits(str_slice(text, base == 10 ? 0 : 2, text.len), base, &value);
    /* The least int is a minus and 2^63: the constructor of the minus puts it together. */
    bool is_least = fits && value == UINT64_C(1) << 63;
    if (!fits || (is_least && lx->previous != TOK_MINUS)) {
        too_large(lx, "number");
        return;
    }
    emit_integer(lx, TOK_INT, is_least ? INT64_MIN : (int64_t)value);
}

void lexer_float(Lexer *lx)
{
    Str text = token_text(lx);
    char *digits = arena_alloc(lx->arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '_')
            digits[len++] = text.ptr[i];
    double value = strtod(digits, NULL);
    if (value > 1.7976931348623157e308) {
        Diag *d = diag_error(lx->diags, F0106, lexer_here(lx), "this number is too large");
        diag_label(lexer_fault(lx, d), "a float ends at 1.8e308");
        emit_bad(lx);
        return;
    }
    Token t = {.kind = TOK_FLOAT, .span = lexer_here(lx), .real = value};
    lexer_emit_token(lx, t);
}

static const Unit *find_unit(Str name)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_is(name, units[i].name))
            return &units[i];
    return NULL;
}

/* What was probably meant by a unit that is not one. */
static const char *meant_unit(Str name)
{
    static const char *const pairs[][2] = {
        {"m", "min"},       {"mins", "min"}, {"sec", "s"},   {"secs", "s"},  {"hr", "h"},
        {"hrs", "h"},       {"hours", "h"},  {"day", "d"},   {"days", "d"},  {"msec", "ms"},
        {"G", "GB"},        {"M", "MB"},     {"K", "KB"},    {"k", "kB"},    {"T", "TB"},
        {"gb", "GB"},       {"mb", "MB"},    {"kb", "kB"},   {"tb", "TB"},   {"Gi", "GiB"},
        {"Mi", "MiB"},      {"Ki", "KiB"},   {"gib", "GiB"}, {"mib", "MiB"}, {"b", "B"},
        {"minutes", "min"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (str_is(name, pairs[i][0]))
            return pairs[i][1];
    return NULL;
}

static bool has_digit(Str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
            return true;
    return false;
}

static void unknown_unit(Lexer *lx, Str name)
{
    Span span = lexer_here(lx);
    span.start = span.end - (uint32_t)name.len;
    Diag *d = diag_error(lx->diags, F0107, span, "there is no unit `%.*s`", STR_ARG(name));
    lexer_fault(lx, d);
    diag_remark(d, "sizes are in B, kB, MB, GB, TB, PB (powers of 1000) "
                   "or KiB, MiB, GiB, TiB, PiB (of 1024)");
    diag_remark(d, "durations are in ns, us, ms, s, min, h, d");
    const char *meant = meant_unit(name);
    if (meant)
        diag_fix(d, span, str_from(meant), "did you mean `%s`?", meant);
    else if (name.len > 1 && has_digit(name))
        diag_help(d, "add the parts, each with its unit: as in `5h + 30min`");
    emit_bad(lx);
}

/* `digits` holds digits, `_` and at most one dot. */
static bool compute_quantity(Str digits, int64_t factor, int64_t *out, bool *is_too_fine)
{
    ptrdiff_t dot = str_find(digits, '.');
    Str whole = dot < 0 ? digits : str_slice(digits, 0, (size_t)dot);
    Str part = dot < 0 ? (Str){0} : str_slice(digits, (size_t)dot + 1, digits.len);
    uint64_t value, numerator = 0, scale = 1;
    *is_too_fine = false;
    if (!read_digits(whole, 10, &value) || !read_digits(part, 10, &numerator))
        return false;
    for (size_t i = 0; i < part.len; i++)
        if (part.ptr[i] != '_' && __builtin_mul_overflow(scale, UINT64_C(10), &scale))
            return false;
    __int128 fraction = (__int128)numerator * factor;
    *is_too_fine = fraction % scale != 0;
    __int128 total = (__int128)value * factor + fraction / scale;
    *out = (int64_t)total;
    return total <= INT64_MAX;
}

void lexer_quantity(Lexer *lx)
{
    Str text = token_text(lx);
    size_t number = strspn(text.ptr, "0123456789_.");
    while (text.ptr[number - 1] == '_')
        number--;
    Str name = str_slice(text, number, text.len);
    const Unit *unit = find_unit(name);
    if (!unit) {
        unknown_unit(lx, name);
        return;
    }
    int64_t value;
    bool is_too_fine;
    const char *what = unit->kind == TOK_SIZE ? "size" : "duration";
    if (!compute_quantity(str_slice(text, 0, number), unit->factor, &value, &is_too_fine)) {
        too_large(lx, what);
    } else if (is_too_fine) {
        Diag *d = diag_error(lx->diags, F0106, lexer_here(lx), "this %s is no whole number of %s",
                             what, unit->kind == TOK_SIZE ? "bytes" : "nanoseconds");
        lexer_fault(lx, d);
        emit_bad(lx);
    } else {
        emit_integer(lx, unit->kind, value);
    }
}

/* ---- the text of strings -------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

size_t literal_last_indent(Str text)
{
    size_t line = text.len;
    while (line > 0 && text.ptr[line - 1] != '\n')
        line--;
    size_t end = line;
    if (line > 0)
        while (end < text.len && is_blank(text.ptr[end]))
            end++;
    return end - line;
}

/* The length of the escape at the front of `s`, which begins with a backslash. */
static size_t unescape_one(StrBuf *out, Str s)
{
    static const char from[] = "nrt0\\\"{}", to[] = "\n\r\t\0\\\"{}";
    const char *at = s.len > 1 ? memchr(from, s.ptr[1], sizeof from - 1) : NULL;
    if (at) {
        strbuf_add_char(out, to[at - from]);
        return 2;
    }
    ptrdiff_t close = str_find(s, '}');
    if (s.len > 2 && s.ptr[1] == 'u' && s.ptr[2] == '{' && close > 3 && close <= 9) {
        char bytes[4];
        uint32_t c = (uint32_t)strtoul(s.ptr + 3, NULL, 16);
        strbuf_add(out, (Str){bytes, utf8_encode(c, bytes)});
        return (size_t)close + 1;
    }
    strbuf_add_char(out, '\\');
    return 1;
}

static Str resolve(Arena *a, Str s, size_t indent, bool has_escapes)
{
    StrBuf out;
    strbuf_init(&out, a);
    while (s.len) {
        size_t taken = 1;
        if (s.ptr[0] == '\\' && has_escapes) {
            taken = unescape_one(&out, s);
        } else if (s.ptr[0] == '\r' && s.len > 1 && s.ptr[1] == '\n') {
            /* the newline comes next */
        } else {
            strbuf_add_char(&out, s.ptr[0]);
            if (s.ptr[0] == '\n')
                while (taken - 1 < indent && taken < s.len && is_blank(s.ptr[taken]))
                    taken++;
        }
        s.ptr += taken;
        s.len -= taken;
    }
    return strbuf_str(&out);
}

Str literal_unescape(Arena *a, Str text, size_t indent)
{
    return resolve(a, text, indent, true);
}

Str literal_raw(Arena *a, Str text, size_t indent)
{
    return resolve(a, text, indent, false);
}

static bool is_blank_line(Str s)
{
    return str_trim(s).len == 0;
}

/* Takes the first line off, with its end. */
static Str take_line(Str *s)
{
    ptrdiff_t end = str_find(*s, '\n');
    size_t len = end < 0 ? s->len : (size_t)end + 1;
    Str line = str_slice(*s, 0, len);
    *s = str_slice(*s, len, s->len);
    return line;
}

static size_t leading_blanks(Str line)
{
    size_t count = 0;
    while (count < line.len && is_blank(line.ptr[count]))
        count++;
    return count;
}

Str literal_script(Arena *a, Str text)
{
    Str rest = text;
    Str first = take_line(&rest);
    if (rest.len && is_blank_line(first))
        text = rest;
    size_t last = text.len - literal_last_indent(text);
    if (last < text.len && is_blank_line(str_slice(text, last, text.len)))
        text.len = last;

    size_t common = SIZE_MAX;
    for (rest = text; rest.len;) {
        Str line = take_line(&rest);
        if (!is_blank_line(line) && leading_blanks(line) < common)
            common = leading_blanks(line);
    }
    StrBuf out;
    strbuf_init(&out, a);
    for (rest = text; rest.len;) {
        Str line = take_line(&rest);
        size_t blanks = leading_blanks(line);
        Str kept = str_slice(line, common < blanks ? common : blanks, line.len);
        if (str_ends_with(kept, STR("\r\n")))
            kept = str_concat(a, str_slice(kept, 0, kept.len - 2), STR("\n"));
        strbuf_add(&out, kept);
    }
    return strbuf_str(&out);
}

uint32_t literal_map_type_end(Str text, uint32_t at)
{
    bool has_colon = false;
    for (; at < text.len && text.ptr[at] != '}'; at++) {
        if (strchr("\n\"({", text.ptr[at]))
            return 0;
        has_colon |= text.ptr[at] == ':';
    }
    return has_colon && at < text.len ? at : 0;
}

bool lexer_is_type_brace(const Lexer *lx)
{
    Str rest = {(const char *)lx->cursor, (size_t)(lx->limit - lx->cursor)};
    return lx->previous == TOK_COLON && literal_map_type_end(rest, 0);
}
