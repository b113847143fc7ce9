/* SPDX-License-Identifier: Apache-2.0 */
/* number_parse.c - reads what number_write.c writes, and what literals look like. */
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "value/number.h"

enum { DIGITS_KEPT = 400 };

typedef struct Unit {
    const char *name;
    int64_t factor;
} Unit;

static const Unit size_units[] = {
    {"B", 1},
    {"kB", 1000},
    {"KB", 1000},
    {"MB", 1000000},
    {"GB", 1000000000},
    {"TB", INT64_C(1000000000000)},
    {"PB", INT64_C(1000000000000000)},
    {"KiB", INT64_C(1) << 10},
    {"MiB", INT64_C(1) << 20},
    {"GiB", INT64_C(1) << 30},
    {"TiB", INT64_C(1) << 40},
    {"PiB", INT64_C(1) << 50},
    {NULL, 0},
};

static const Unit duration_units[] = {
    {"ns", 1},
    {"us", 1000},
    {"ms", 1000000},
    {"s", 1000000000},
    {"min", INT64_C(60000000000)},
    {"h", INT64_C(3600000000000)},
    {"d", INT64_C(86400000000000)},
    {NULL, 0},
};

/* What is left to read. */
typedef struct Cursor {
    const char *at, *end;
} Cursor;

static bool is_digit(const Cursor *c)
{
    return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

static bool skip(Cursor *c, char byte)
{
    if (c->at == c->end || *c->at != byte)
        return false;
    c->at++;
    return true;
}

static int digit_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    int lower = tolower((unsigned char)byte);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

/* ---- ints and floats ----------------------------------------------------- */

static int skip_base(Cursor *c)
{
    if (c->end - c->at < 3 || c->at[0] != '0')
        return 10;
    int base = c->at[1] == 'x' ? 16 : c->at[1] == 'o' ? 8 : c->at[1] == 'b' ? 2 : 10;
    if (base != 10)
        c->at += 2;
    return base;
}

NumberResult number_parse_int(const char *text, size_t len, int64_t *out)
{
    Cursor c = {text, text + len};
    bool negative = skip(&c, '-'), after_digit = false, too_large = false;
    if (!negative)
        skip(&c, '+');
    int base = skip_base(&c);
    int64_t number = 0; /* counted downwards, as there is one more number below zero */
    for (; c.at < c.end; c.at++) {
        if (*c.at == '_' && after_digit && c.at + 1 < c.end && c.at[1] != '_')
            continue;
        int digit = digit_value(*c.at);
        if (digit >= base)
            return NUMBER_MALFORMED;
        after_digit = true;
        too_large = too_large || __builtin_mul_overflow(number, (int64_t)base, &number) ||
                    __builtin_sub_overflow(number, (int64_t)digit, &number);
    }
    if (!after_digit)
        return NUMBER_MALFORMED;
    if (too_large || (!negative && number == INT64_MIN))
        return NUMBER_TOO_LARGE;
    *out = negative ? number : -number;
    return NUMBER_OK;
}

/* A `_` with a digit after it. */
static bool is_separator(const Cursor *c)
{
    return c->end - c->at > 1 && *c->at == '_' && digit_value(c->at[1]) < 10;
}

/* Copies digits, without the `_` between them; false where there is none. */
static bool take_digits(Cursor *c, char *out, size_t *n)
{
    bool any = false;
    while (is_digit(c) || (any && is_separator(c))) {
        if (*c->at != '_') {
            if (*n == DIGITS_KEPT)
                return false;
            out[(*n)++] = *c->at;
        }
        any = true;
        c->at++;
    }
    return any;
}

static bool take_exponent(Cursor *c, char *out, size_t *n)
{
    if (!skip(c, 'e') && !skip(c, 'E'))
        return true;
    out[(*n)++] = 'e';
    if (skip(c, '-'))
        out[(*n)++] = '-';
    else
        skip(c, '+');
    return take_digits(c, out, n);
}

static bool is_word(const Cursor *c, const char *word)
{
    return (size_t)(c->end - c->at) == strlen(word) && memcmp(c->at, word, strlen(word)) == 0;
}

NumberResult number_parse_float(const char *text, size_t len, double *out)
{
    Cursor c = {text, text + len};
    char plain[DIGITS_KEPT + 8];
    size_t n = 0;
    bool negative = skip(&c, '-');
    if (!negative)
        skip(&c, '+');
    if (is_word(&c, "nan") || is_word(&c, "inf")) {
        double x = *c.at == 'n' ? (double)NAN : (double)INFINITY;
        *out = negative ? -x : x;
        return NUMBER_OK;
    }
    bool good = take_digits(&c, plain, &n);
    if (good && skip(&c, '.')) {
        plain[n++] = '.';
        good = take_digits(&c, plain, &n);
    }
    if (!good || !take_exponent(&c, plain, &n) || c.at != c.end)
        return NUMBER_MALFORMED;
    plain[n] = '\0';
    double x = strtod(plain, NULL);
    if (isinf(x))
        return NUMBER_TOO_LARGE;
    *out = negative ? -x : x;
    return NUMBER_OK;
}

/* ---- quantities ---------------------------------------------------------- */

static const Unit *take_unit(Cursor *c, const Unit *units)
{
    size_t len = 0;
    while (c->at + len < c->end && isalpha((unsigned char)c->at[len]))
        len++;
    for (; units->name; units++) {
        if (strlen(units->name) == len && memcmp(units->name, c->at, len) == 0) {
            c->at += len;
            return units;
        }
    }
    return NULL;
}

/* digits / 10 ** decimals, times the unit, exactly. */
static NumberResult scale(const char *digits, size_t n, size_t decimals, int64_t factor,
                          int64_t *out)
{
    __int128 number = 0;
    const __int128 limit = (__int128)1 << 64;
    for (size_t i = 0; i < n && number < limit; i++)
        number = number * 10 + (digits[i] - '0');
    if (number >= limit)
        return NUMBER_TOO_LARGE;
    number *= factor;
    for (; decimals > 0; decimals--, number /= 10)
        if (number % 10 != 0)
            return NUMBER_INEXACT;
    if (number > INT64_MAX)
        return NUMBER_TOO_LARGE;
    *out = (int64_t)number;
    return NUMBER_OK;
}

static NumberResult take_quantity(Cursor *c, const Unit *units, int64_t *out)
{
    char digits[DIGITS_KEPT + 1];
    size_t n = 0, whole;
    if (!take_digits(c, digits, &n))
        return NUMBER_MALFORMED;
    whole = n;
    if (skip(c, '.') && !take_digits(c, digits, &n))
        return NUMBER_MALFORMED;
    while (n > whole && digits[n - 1] == '0')
        n--;
    const Unit *unit = take_unit(c, units);
    return unit ? scale(digits, n, n - whole, unit->factor, out) : NUMBER_MALFORMED;
}

NumberResult number_parse_size(const char *text, size_t len, int64_t *out)
{
    Cursor c = {text, text + len};
    bool negative = skip(&c, '-');
    int64_t bytes;
    NumberResult r = take_quantity(&c, size_units, &bytes);
    if (r == NUMBER_OK && c.at != c.end)
        r = NUMBER_MALFORMED;
    if (r == NUMBER_OK)
        *out = negative ? -bytes : bytes;
    return r;
}

NumberResult number_parse_duration(const char *text, size_t len, int64_t *out)
{
    Cursor c = {text, text + len};
    bool negative = skip(&c, '-');
    int64_t sum = 0, part;
    do {
        NumberResult r = take_quantity(&c, duration_units, &part);
        if (r != NUMBER_OK)
            return r;
        if (__builtin_add_overflow(sum, part, &sum))
            return NUMBER_TOO_LARGE;
    } while (c.at < c.end);
    *out = negative ? -sum : sum;
    return NUMBER_OK;
}

/* ---- time ---------------------------------------------------------------- */

/* Exactly `count` digits, as a number within [low, high]. */
static bool take_field(Cursor *c, int count, int low, int high, int *out)
{
    int number = 0;
    for (int i = 0; i < count; i++, c->at++) {
        if (!is_digit(c))
            return false;
        number = number * 10 + (*c->at - '0');
    }
    *out = number;
    return number >= low && number <= high;
}

/* Days since 1970 in the proleptic Gregorian calendar; years begin in March, so that the leap
 * day is the last of its year. */
static int64_t days_since_1970(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool is_day(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && is_leap);
}

static bool take_fraction(Cursor *c, int64_t *ns)
{
    *ns = 0;
    if (!skip(c, '.'))
        return true;
    int64_t unit = 100000000;
    if (!is_digit(c))
        return false;
    for (; is_digit(c); c->at++, unit /= 10)
        *ns += (*c->at - '0') * unit;
    return true;
}

/* Z, +hh:mm or -hh:mm; nothing means Z. */
static bool take_offset(Cursor *c, int64_t *seconds)
{
    int hours, minutes;
    *seconds = 0;
    if (c->at == c->end || skip(c, 'Z'))
        return true;
    bool negative = skip(c, '-');
    if ((!negative && !skip(c, '+')) || !take_field(c, 2, 0, 23, &hours) || !skip(c, ':') ||
        !take_field(c, 2, 0, 59, &minutes))
        return false;
    *seconds = (hours * 3600 + minutes * 60) * (negative ? -1 : 1);
    return true;
}

static bool take_clock(Cursor *c, int64_t *seconds, int64_t *ns)
{
    int hour, minute, second = 0;
    int64_t offset;
    *seconds = *ns = 0;
    if (c->at == c->end)
        return true;
    if ((!skip(c, 'T') && !skip(c, ' ')) || !take_field(c, 2, 0, 23, &hour) || !skip(c, ':') ||
        !take_field(c, 2, 0, 59, &minute))
        return false;
    if (skip(c, ':') && !take_field(c, 2, 0, 60, &second))
        return false;
    if (!take_fraction(c, ns) || !take_offset(c, &offset))
        return false;
    *seconds = hour * 3600 + minute * 60 + second - offset;
    return true;
}

NumberResult number_parse_time(const char *text, size_t len, int64_t *out)
{
    Cursor c = {text, text + len};
    int year, month, day;
    int64_t seconds, ns;
    if (!take_field(&c, 4, 0, 9999, &year) || !skip(&c, '-') || !take_field(&c, 2, 1, 12, &month) ||
        !skip(&c, '-') || !take_field(&c, 2, 1, 31, &day) || !is_day(year, month, day) ||
        !take_clock(&c, &seconds, &ns) ||
        c.at != c.end)
        return NUMBER_MALFORMED;
    seconds += days_since_1970(year, month, day) * 86400;
    if (__builtin_mul_overflow(seconds, INT64_C(1000000000), &seconds) ||
        __builtin_add_overflow(seconds, ns, out))
        return NUMBER_TOO_LARGE;
    return NUMBER_OK;
}
