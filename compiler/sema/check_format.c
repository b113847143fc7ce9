/* SPDX-License-Identifier: Apache-2.0 */
/* The format of an interpolation: [[fill]align][sign][0][width][,][.precision][type], where
 * align is one of < > ^ and type one of d x X b o e f g % s.  What it may say depends on the type
 * of the value; the runtime reads the same grammar. */
#include "base/utf8.h"
#include "sema/check.h"

enum { WIDTH_MAX = 1000000, PRECISION_MAX = 400, TIME_FORMAT_MAX = 200 };

typedef struct Format {
    bool has_sign, has_zeros, has_commas, has_precision;
    char type; /* 0: none */
} Format;

static bool is_align(const char *at, const char *end)
{
    return at < end && (*at == '<' || *at == '>' || *at == '^');
}

/* False where the number is past `limit`. */
static bool read_count(const char **at, const char *end, long limit)
{
    long count = 0;
    while (*at < end && **at >= '0' && **at <= '9') {
        if (count <= limit)
            count = count * 10 + (**at - '0');
        (*at)++;
    }
    return count <= limit;
}

static bool accept(const char **at, const char *end, const char *any)
{
    if (*at == end || !strchr(any, **at) || !**at)
        return false;
    (*at)++;
    return true;
}

static void skip_align(const char **at, const char *end)
{
    uint32_t fill;
    size_t size = utf8_decode((Str){*at, (size_t)(end - *at)}, &fill);
    if (size && is_align(*at + size, end))
        *at += size;
    if (is_align(*at, end))
        (*at)++;
}

static bool read_format(Str text, Format *f)
{
    const char *at = text.ptr, *end = text.ptr + text.len;
    skip_align(&at, end);
    f->has_sign = accept(&at, end, "+- ");
    f->has_zeros = accept(&at, end, "0");
    if (!read_count(&at, end, WIDTH_MAX))
        return false;
    f->has_commas = accept(&at, end, ",");
    f->has_precision = accept(&at, end, ".");
    if (f->has_precision && (at == end || *at < '0' || *at > '9'))
        return false;
    if (!read_count(&at, end, PRECISION_MAX))
        return false;
    if (at < end && strchr("dxXboefg%s", *at) && *at)
        f->type = *at++;
    return at == end;
}

/* What does not fit the type, as text; NULL if all does. */
static const char *unfit_part(const Format *f, const Type *t)
{
    bool is_number = type_is_number(t);
    if (f->type && f->type != 's' && !is_number)
        return "that form is for numbers";
    if (f->type && strchr("dxXbo", f->type) && t->kind == TYPE_FLOAT)
        return "that form is for ints";
    if (f->type == 's' && is_number)
        return "`s` is for texts";
    if ((f->has_sign || f->has_zeros || f->has_commas) && !is_number)
        return "signs, zeros and commas are for numbers";
    if (f->has_precision && f->type && strchr("dxXbo", f->type))
        return "an int has no digits behind a dot";
    return NULL;
}

/* The letters that may stand behind the `%` of a time's format: what strftime makes of them is the
 * same everywhere. */
static bool is_time_format(Str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '%')
            continue;
        if (++i == text.len || !strchr("YmdHMSyjaAbBeFTuV%", text.ptr[i]) || !text.ptr[i])
            return false;
    }
    return text.len <= TIME_FORMAT_MAX;
}

static const char *example_for(const Type *t)
{
    if (t->kind == TYPE_TIME)
        return "`{t:%Y-%m-%d}`, `{t:%H:%M:%S}`, `{t:%e %b %Y}`, `{t:>24}`";
    if (t->kind == TYPE_FLOAT)
        return "`{x:.2f}`, `{x:>10.3f}`, `{x:e}`, `{x:.1%}`";
    if (t->kind == TYPE_INT)
        return "`{n:>6}`, `{n:03}`, `{n:,}`, `{n:x}`";
    return "`{s:<12}`, `{s:>12}`, `{s:^12}`";
}

void check_format(Checker *c, const StringPart *part, const Type *type)
{
    while (type->kind == TYPE_OPTION)
        type = type->item;
    if (type_is_error(type))
        return;
    Format f = {0};
    bool is_of_time = type->kind == TYPE_TIME && str_find(part->format, '%') >= 0;
    if (is_of_time && is_time_format(part->format))
        return;
    const char *why = is_of_time ? "behind `%` stands one of Y m d H M S y j a A b B e F T u V %"
                                 : "a format is [fill][< > ^][sign][0][width][,][.digits][form]";
    if (!is_of_time && read_format(part->format, &f))
        why = unfit_part(&f, type);
    if (!why)
        return;
    Diag *d = diag_error(c->m->diags, F0316, part->format_span,
                         "the format `%.*s` does not fit `%.*s`", STR_ARG(part->format),
                         STR_ARG(type->name));
    diag_label(d, "%s", why);
    if (part->value->kind == EXPR_STRING && str_starts_with(part->format, STR(" ")))
        diag_help(d, "braces hold values; a brace itself is `\\{`, and raw text holds any: "
                     "`r\"\"\"{\"a\": 1}\"\"\"`");
    else
        diag_help(d, "formats that do: %s", example_for(type));
}
