/* SPDX-License-Identifier: Apache-2.0 */
/* format.c - {value:spec} of an interpolation.
 *
 * spec: [[fill]align][sign][0][width][,][.precision][type].  The compiler has checked it against
 * the type; what reaches us wrong fails the task all the same.  Without a type a number has its
 * print form, or `g` where a precision is given; all else its print form, cut at the precision.
 * A time may have a format of its own, %Y-%m-%d, in place of that. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <flow/task.h>

#include "value/number.h"
#include "value/text.h"
#include "value/utf8.h"

enum { WIDTH_MAX = 1000000, PRECISION_MAX = 400, NUMBER_MAX = 1000 };

typedef struct Spec {
    const char *fill; /* one code point */
    size_t fill_size;
    char align; /* 0: what suits the type */
    char sign;  /* 0, + or space */
    bool zeros;
    bool commas;
    size_t width;
    int precision; /* -1: none */
    char type;     /* 0: none */
} Spec;

/* ---- the spec ------------------------------------------------------------ */

static bool is_align(char byte)
{
    return byte == '<' || byte == '>' || byte == '^';
}

static const char *parse_count(const char *p, size_t limit, size_t *out)
{
    *out = 0;
    for (; *p >= '0' && *p <= '9'; p++)
        if (*out <= limit)
            *out = *out * 10 + (size_t)(*p - '0');
    return p;
}

static const char *parse_align(const char *p, Spec *spec)
{
    size_t size = 1;
    if (*p)
        utf8_decode(p, &size);
    if (*p && strlen(p) > size && is_align(p[size])) {
        spec->fill = p;
        spec->fill_size = size;
        p += size;
    }
    if (is_align(*p))
        spec->align = *p++;
    return p;
}

static bool parse_spec(const char *text, Spec *spec)
{
    *spec = (Spec){.fill = " ", .fill_size = 1, .precision = -1};
    size_t precision;
    const char *p = parse_align(text, spec);
    if (*p == '+' || *p == '-' || *p == ' ')
        spec->sign = *p++;
    if (*p == '0') {
        spec->zeros = true;
        p++;
    }
    p = parse_count(p, WIDTH_MAX, &spec->width);
    if (*p == ',') {
        spec->commas = true;
        p++;
    }
    if (p[0] == '.' && p[1] >= '0' && p[1] <= '9') {
        p = parse_count(p + 1, PRECISION_MAX, &precision);
        spec->precision = precision > PRECISION_MAX ? PRECISION_MAX + 1 : (int)precision;
    }
    if (*p && strchr("dxXboefg%s", *p))
        spec->type = *p++;
    return *p == '\0' && spec->width <= WIDTH_MAX && spec->precision <= PRECISION_MAX;
}

/* ---- digits -------------------------------------------------------------- */

/* The number without its sign, in `out`. */
static void digits_of_int(uint64_t x, char type, char *out)
{
    const char *digits = type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    unsigned base = type == 'x' || type == 'X' ? 16 : type == 'o' ? 8 : type == 'b' ? 2 : 10;
    char reversed[65];
    size_t n = 0;
    do
        reversed[n++] = digits[x % base];
    while (x /= base);
    for (size_t i = 0; i < n; i++)
        out[i] = reversed[n - 1 - i];
    out[n] = '\0';
}

static void digits_of_float(double x, const Spec *spec, char *out)
{
    int precision = spec->precision < 0 ? 6 : spec->precision;
    if (isnan(x) || isinf(x)) {
        strcpy(out, isnan(x) ? "nan" : "inf");
        return;
    }
    switch (spec->type) {
    case 'e': snprintf(out, NUMBER_MAX, "%.*e", precision, x); return;
    case 'f': snprintf(out, NUMBER_MAX, "%.*f", precision, x); return;
    case '%': snprintf(out, NUMBER_MAX, "%.*f%%", precision, x * 100); return;
    case 'g': snprintf(out, NUMBER_MAX, "%.*g", precision, x); return;
    default: break;
    }
    if (spec->precision >= 0)
        snprintf(out, NUMBER_MAX, "%.*g", precision, x);
    else
        number_write_float(x, out);
}

/* Puts a comma between each three digits before the dot. */
static void put_commas(char *text)
{
    char grouped[NUMBER_MAX + NUMBER_MAX / 3];
    size_t whole = strspn(text, "0123456789"), n = 0;
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0)
            grouped[n++] = ',';
        grouped[n++] = text[i];
    }
    strcpy(grouped + n, text + whole);
    strcpy(text, grouped);
}

/* ---- padding ------------------------------------------------------------- */

static FlowStatus put_fill(Buffer *out, const Spec *spec, size_t count)
{
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < count; i++)
        s = buffer_append(out, spec->fill, spec->fill_size);
    return s;
}

static FlowStatus put_aligned(Buffer *out, const Spec *spec, char align, const char *text,
                              size_t len)
{
    size_t count = utf8_count(text, len);
    size_t room = spec->width > count ? spec->width - count : 0;
    if (spec->align)
        align = spec->align;
    size_t before = align == '>' ? room : align == '^' ? room / 2 : 0;
    FlowStatus s = put_fill(out, spec, before);
    if (s == FLOW_OK)
        s = buffer_append(out, text, len);
    return s == FLOW_OK ? put_fill(out, spec, room - before) : s;
}

/* `digits` has room for NUMBER_MAX * 2 bytes. */
static FlowStatus put_number(Buffer *out, const Spec *spec, bool negative, char *digits)
{
    char sign[2] = {negative ? '-' : spec->sign == '-' ? '\0' : spec->sign, '\0'};
    bool finite = strcmp(digits, "nan") != 0 && strcmp(digits, "inf") != 0;
    if (spec->commas && finite)
        put_commas(digits);
    size_t len = strlen(sign) + strlen(digits);
    if (spec->zeros && !spec->align && finite) {
        FlowStatus s = buffer_append_text(out, sign);
        for (; s == FLOW_OK && len < spec->width; len++)
            s = buffer_append_byte(out, '0');
        return s == FLOW_OK ? buffer_append_text(out, digits) : s;
    }
    memmove(digits + strlen(sign), digits, strlen(digits) + 1);
    memcpy(digits, sign, strlen(sign));
    return put_aligned(out, spec, '>', digits, len);
}

/* ---- values -------------------------------------------------------------- */

static FlowStatus format_int(Buffer *out, const Spec *spec, int64_t x)
{
    char digits[NUMBER_MAX * 2];
    uint64_t size = x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
    bool as_float = spec->type && strchr("efg%", spec->type);
    if (as_float || (spec->type == '\0' && spec->precision >= 0))
        digits_of_float(fabs((double)x), spec, digits);
    else
        digits_of_int(size, spec->type, digits);
    return put_number(out, spec, x < 0, digits);
}

static FlowStatus format_float(Buffer *out, const Spec *spec, double x)
{
    char digits[NUMBER_MAX * 2];
    digits_of_float(fabs(x), spec, digits);
    return put_number(out, spec, signbit(x) && !isnan(x), digits);
}

static FlowStatus format_text(Buffer *out, const Spec *spec, const FlowType *type,
                              const void *value)
{
    Buffer text = {0};
    bool right = type->kind == FLOW_SIZE || type->kind == FLOW_DURATION;
    FlowStatus s = text_write(&text, type, value, false);
    if (s == FLOW_OK) {
        size_t len = text.len;
        if (spec->precision >= 0)
            len = utf8_offset((const char *)text.bytes, len, (size_t)spec->precision);
        s = put_aligned(out, spec, right ? '>' : '<', (const char *)text.bytes, len);
    }
    buffer_free(&text);
    return s;
}

static FlowStatus format_value(Buffer *out, const Spec *spec, const FlowType *type,
                               const void *value)
{
    int64_t x;
    double f;
    bool is_number = spec->type && spec->type != 's';
    switch (type->kind) {
    case FLOW_OPTION:
        if (flow_option_get(type, value))
            return format_value(out, spec, type->item, flow_option_get(type, value));
        return format_text(out, spec, type, value);
    case FLOW_SIZE:
    case FLOW_DURATION:
        if (!is_number)
            return format_text(out, spec, type, value);
        memcpy(&x, value, sizeof x);
        return format_int(out, spec, x);
    case FLOW_INT: memcpy(&x, value, sizeof x); return format_int(out, spec, x);
    case FLOW_FLOAT: memcpy(&f, value, sizeof f); return format_float(out, spec, f);
    default: return format_text(out, spec, type, value);
    }
}

/* The compiler has checked the format. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static size_t write_parts(char *out, size_t room, const char *spec, const struct tm *when)
{
    return strftime(out, room, spec, when);
}
#pragma GCC diagnostic pop

/* {t:%Y-%m-%d}: of UTC, in English. */
static FlowStatus format_time(Buffer *out, const FlowType *type, const void *value,
                              const char *spec)
{
    enum { ROOM = 1000 };
    while (type->kind == FLOW_OPTION && value) {
        value = flow_option_get(type, value);
        type = type->item;
    }
    if (!value)
        return buffer_append_text(out, "none");
    int64_t ns;
    char text[ROOM];
    struct tm utc;
    memcpy(&ns, value, sizeof ns);
    time_t seconds = (time_t)(ns / 1000000000 - (ns % 1000000000 < 0));
    gmtime_r(&seconds, &utc);
    return buffer_append(out, text, write_parts(text, sizeof text, spec, &utc));
}

static bool is_time(const FlowType *type)
{
    while (type->kind == FLOW_OPTION)
        type = type->item;
    return type->kind == FLOW_TIME;
}

FlowStatus flow_text_format(FlowTask *t, FlowText *text, const FlowType *type, const void *value,
                            const char *spec_text)
{
    Spec spec;
    bool has_parts = is_time(type) && strchr(spec_text, '%');
    if (!has_parts && !parse_spec(spec_text, &spec))
        return flow_fail(t, "`%s` is no format", spec_text);
    Buffer b = {(uint8_t *)text->bytes, text->len, text->cap};
    FlowStatus s = has_parts ? format_time(&b, type, value, spec_text)
                             : format_value(&b, &spec, type, value);
    *text = (FlowText){(char *)b.bytes, b.len, b.cap};
    if (s == FLOW_ENOMEM)
        return flow_fail_memory(t, b.len);
    return s == FLOW_OK ? FLOW_OK : flow_fail(t, "a value is nested too deeply to be shown");
}
