/* SPDX-License-Identifier: Apache-2.0 */
/* json_parse.c - text to trees, by recursive descent over RFC 8259 and nothing beyond it.
 *
 * cJSON reads every number as a double; here an int of 64 bits stays what it is, and one of more is
 * not made another number in silence. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "value/json_tree.h"
#include "value/number.h"
#include "value/text.h"
#include "value/utf8.h"

typedef struct Parser {
    const char *start, *at, *end;
    TreeBuilder b;
    Buffer text; /* of the string that is read */
    unsigned depth;
    bool is_rounding;
    FlowError *err;
} Parser;

static FlowStatus parse_value(Parser *p);

/* "line 3, column 7: …". */
static FlowStatus wrong(Parser *p, const char *what)
{
    size_t line = 1, column = 1;
    for (const char *c = p->start; c < p->at; c++) {
        bool is_first = ((unsigned char)*c & 0xc0) != 0x80;
        line += *c == '\n';
        column = *c == '\n' ? 1 : column + is_first;
    }
    return flow_error(p->err, FLOW_EFORMAT, "line %zu, column %zu: %s", line, column, what);
}

static void skip_blanks(Parser *p)
{
    while (p->at < p->end && strchr(" \t\r\n", *p->at) && *p->at)
        p->at++;
}

static bool accept(Parser *p, char byte)
{
    if (p->at == p->end || *p->at != byte)
        return false;
    p->at++;
    return true;
}

static bool accept_word(Parser *p, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(p->end - p->at) < len || memcmp(p->at, word, len) != 0)
        return false;
    p->at += len;
    return true;
}

/* ---- strings ------------------------------------------------------------- */

static bool read_hex(Parser *p, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, p->at++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = p->at < p->end && *p->at ? strchr(digits, *p->at | 0x20) : NULL;
        bool is_digit = p->at < p->end && *p->at >= '0' && *p->at <= '9';
        if (!is_digit && (!digit || digit < digits + 10))
            return false;
        *out = *out * 16 + (is_digit ? (uint32_t)(*p->at - '0') : (uint32_t)(digit - digits));
    }
    return true;
}

static FlowStatus put_code_point(Parser *p, uint32_t c)
{
    char bytes[4];
    size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len; i-- > 1; c >>= 6)
        bytes[i] = (char)(0x80 | (c & 0x3f));
    bytes[0] = (char)(lead[len == 1 ? 0 : len] | c);
    return buffer_append(&p->text, bytes, len);
}

/* \uD83D\uDE00 is one character. */
static FlowStatus put_unicode(Parser *p)
{
    uint32_t c, low;
    if (!read_hex(p, &c))
        return wrong(p, "four hexadecimal digits belong behind `\\u`");
    if (c >= 0xd800 && c < 0xdc00) {
        bool is_pair = accept_word(p, "\\u") && read_hex(p, &low) && low >= 0xdc00 && low < 0xe000;
        if (!is_pair)
            return wrong(p, "half of a surrogate pair stands alone");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else if (c >= 0xdc00 && c < 0xe000) {
        return wrong(p, "half of a surrogate pair stands alone");
    }
    return put_code_point(p, c);
}

static FlowStatus put_escape(Parser *p)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at = p->at < p->end && *p->at ? strchr(from, *p->at) : NULL;
    if (accept(p, 'u'))
        return put_unicode(p);
    if (!at)
        return wrong(p, "there is no such escape in JSON");
    p->at++;
    return buffer_append_byte(&p->text, (uint8_t)to[at - from]);
}

/* After the first quote. */
static FlowStatus parse_string(Parser *p, TreeAdder *add)
{
    FlowStatus s = FLOW_OK;
    buffer_clear(&p->text);
    while (s == FLOW_OK && !accept(p, '"')) {
        const char *from = p->at;
        while (p->at < p->end && *p->at != '"' && *p->at != '\\' && (unsigned char)*p->at >= 0x20)
            p->at++;
        s = p->at > from ? buffer_append(&p->text, from, (size_t)(p->at - from)) : FLOW_OK;
        if (s != FLOW_OK)
            return s;
        if (accept(p, '\\'))
            s = put_escape(p);
        else if (p->at == p->end)
            s = wrong(p, "the string is never closed");
        else if (*p->at != '"')
            s = wrong(p, "a control character in a string has to be escaped");
    }
    return s == FLOW_OK ? add(&p->b, (const char *)p->text.bytes, p->text.len) : s;
}

/* ---- numbers ------------------------------------------------------------- */

static bool skip_digits(Parser *p)
{
    const char *from = p->at;
    while (p->at < p->end && *p->at >= '0' && *p->at <= '9')
        p->at++;
    return p->at > from;
}

/* As JSON has them: no sign but minus, no leading zero, a digit on both sides of the dot. */
static bool skip_number(Parser *p, bool *is_whole)
{
    accept(p, '-');
    if (!accept(p, '0') && !skip_digits(p))
        return false;
    *is_whole = true;
    if (accept(p, '.')) {
        *is_whole = false;
        if (!skip_digits(p))
            return false;
    }
    if (accept(p, 'e') || accept(p, 'E')) {
        *is_whole = false;
        if (!accept(p, '+'))
            accept(p, '-');
        return skip_digits(p);
    }
    return true;
}

/* Whether the float has all of the digits: JavaScript writes 1e20 as a whole number too. */
static bool has_digits(double real, const char *whole, size_t len)
{
    enum { MOST = 320 }; /* no float has more before its dot */
    char text[MOST + 40];
    while (len > 1 && whole[len - 1] == '0')
        len--;
    if (*whole == '-')
        whole++, len--;
    if (len > MOST)
        return false;
    snprintf(text, sizeof text, "%.*e", (int)len - 1, fabs(real));
    return text[0] == whole[0] && (len == 1 || memcmp(text + 2, whole + 1, len - 1) == 0);
}

static FlowStatus add_whole_as_float(Parser *p, const char *from, size_t len, double real)
{
    if (has_digits(real, from, len))
        return tree_add_float(&p->b, real);
    if (p->is_rounding)
        return tree_add_rounded(&p->b, real);
    p->at = from;
    return wrong(p, "this whole number does not fit in 64 bits, and a float would lose digits of "
                    "it: put it in quotes");
}

static FlowStatus parse_number(Parser *p)
{
    const char *from = p->at;
    bool is_whole = false;
    int64_t whole;
    double real;
    if (!skip_number(p, &is_whole))
        return wrong(p, p->at == from ? "a value was expected" : "this is no number of JSON");
    size_t len = (size_t)(p->at - from);
    if (is_whole && number_parse_int(from, len, &whole) == NUMBER_OK)
        return tree_add_int(&p->b, whole);
    if (number_parse_float(from, len, &real) != NUMBER_OK || !isfinite(real))
        return wrong(p, "the number is too large");
    if (is_whole)
        return add_whole_as_float(p, from, len, real);
    return tree_add_float(&p->b, real);
}

/* ---- lists and maps ------------------------------------------------------ */

static FlowStatus parse_name(Parser *p)
{
    skip_blanks(p);
    if (!accept(p, '"'))
        return wrong(p, "a name in quotes was expected");
    FlowStatus s = parse_string(p, tree_add_name);
    if (s != FLOW_OK)
        return s;
    skip_blanks(p);
    return accept(p, ':') ? FLOW_OK : wrong(p, "`:` was expected");
}

/* After the opening bracket. */
static FlowStatus parse_items(Parser *p, JsonKind kind, char close)
{
    TreeOpen open = tree_open(&p->b);
    FlowStatus s = FLOW_OK;
    skip_blanks(p);
    bool more = !accept(p, close);
    while (more && s == FLOW_OK) {
        if (kind == JSON_MAP)
            s = parse_name(p);
        if (s == FLOW_OK)
            s = parse_value(p);
        if (s != FLOW_OK)
            return s;
        skip_blanks(p);
        more = accept(p, ',');
        if (!more && !accept(p, close))
            s = wrong(p, kind == JSON_MAP ? "`,` or `}` was expected" : "`,` or `]` was expected");
    }
    return s == FLOW_OK ? tree_close(&p->b, open, kind) : s;
}

static FlowStatus parse_nested(Parser *p)
{
    if (++p->depth > VALUE_DEPTH_MAX)
        return wrong(p, "it is nested too deeply");
    FlowStatus s = accept(p, '[') ? parse_items(p, JSON_LIST, ']')
                   : accept(p, '{') ? parse_items(p, JSON_MAP, '}')
                                    : parse_number(p);
    p->depth--;
    return s;
}

static FlowStatus parse_value(Parser *p)
{
    skip_blanks(p);
    if (p->at == p->end)
        return wrong(p, "it ends too early");
    if (accept(p, '"'))
        return parse_string(p, tree_add_string);
    if (accept_word(p, "null"))
        return tree_add_null(&p->b);
    bool is_true = accept_word(p, "true");
    if (is_true || accept_word(p, "false"))
        return tree_add_bool(&p->b, is_true);
    return parse_nested(p);
}

static FlowStatus parse(const char *text, size_t len, bool is_rounding, FlowJson **out,
                        FlowError *err)
{
    Parser p = {.start = text,
                .at = text,
                .end = text + len,
                .is_rounding = is_rounding,
                .err = err};
    if (!utf8_is_valid(text, len))
        return wrong(&p, "it is not valid UTF-8");
    FlowStatus s = parse_value(&p);
    skip_blanks(&p);
    if (s == FLOW_OK && p.at < p.end)
        s = wrong(&p, "something stands behind its end");
    if (s == FLOW_OK)
        s = tree_finish(&p.b, out);
    if (s == FLOW_ENOMEM)
        flow_error(err, s, "out of memory");
    tree_builder_free(&p.b);
    buffer_free(&p.text);
    return s;
}

FlowStatus json_parse(const char *text, size_t len, FlowJson **out, FlowError *err)
{
    return parse(text, len, false, out, err);
}

FlowStatus json_parse_rounding(const char *text, size_t len, FlowJson **out, FlowError *err)
{
    return parse(text, len, true, out, err);
}
