/* SPDX-License-Identifier: Apache-2.0 */
/* number_write.c - the shortest text of a float, and quantities with their units.
 *
 * A float of 15 digits or fewer always reads back, so that the search goes over 15, 16 and 17
 * digits; below DBL_MIN floats have less precision, so that it begins at 1.  At a power of two the
 * floats below lie closer than those above, and a 16-digit text that reads back may then be the
 * neighbour of the nearest one. */
#include "value/number.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DIGITS_MAX = 17, POSITIONAL_MIN = -4, POSITIONAL_MAX = 15 };

/* digits[0].digits[1]… * 10 ** exponent */
typedef struct Digits {
    char digits[DIGITS_MAX + 1];
    int count;
    int exponent;
} Digits;

static void split_digits(const char *scientific, Digits *d)
{
    const char *e = strchr(scientific, 'e');
    d->count = 0;
    for (const char *p = scientific; p < e; p++)
        if (*p >= '0' && *p <= '9')
            d->digits[d->count++] = *p;
    while (d->count > 1 && d->digits[d->count - 1] == '0')
        d->count--;
    d->digits[d->count] = '\0';
    d->exponent = (int)strtol(e + 1, NULL, 10);
}

static bool reads_back(const char *text, double x)
{
    return strtod(text, NULL) == x;
}

/* Tries the neighbours of the nearest decimal of 16 digits. */
static bool neighbour_digits(double x, Digits *d)
{
    char text[NUMBER_TEXT_MAX];
    snprintf(text, sizeof text, "%.15e", x);
    char *e = strchr(text, 'e');
    uint64_t nearest =
        (uint64_t)(text[0] - '0') * UINT64_C(1000000000000000) + strtoull(text + 2, NULL, 10);
    int exponent = (int)strtol(e + 1, NULL, 10);
    for (int delta = -1; delta <= 1; delta += 2) {
        uint64_t digits = nearest + (uint64_t)delta;
        snprintf(text, sizeof text, "%" PRIu64 ".%015" PRIu64 "e%d",
                 digits / UINT64_C(1000000000000000), digits % UINT64_C(1000000000000000),
                 exponent);
        if (digits < UINT64_C(10000000000000000) && reads_back(text, x)) {
            split_digits(text, d);
            return true;
        }
    }
    return false;
}

static void shortest_digits(double x, Digits *d)
{
    char text[NUMBER_TEXT_MAX];
    int exponent;
    for (int precision = x < DBL_MIN ? 1 : 15; precision < DIGITS_MAX; precision++) {
        snprintf(text, sizeof text, "%.*e", precision - 1, x);
        if (reads_back(text, x)) {
            split_digits(text, d);
            return;
        }
    }
    if (frexp(x, &exponent) == 0.5 && neighbour_digits(x, d))
        return;
    snprintf(text, sizeof text, "%.*e", DIGITS_MAX - 1, x);
    split_digits(text, d);
}

static size_t lay_out_positional(const Digits *d, char *out)
{
    size_t n = 0;
    int whole = d->exponent + 1; /* digits before the dot */
    if (whole <= 0)
        out[n++] = '0';
    for (int i = 0; i < whole; i++)
        out[n++] = i < d->count ? d->digits[i] : '0';
    out[n++] = '.';
    for (int i = whole; i < 0; i++)
        out[n++] = '0';
    for (int i = whole > 0 ? whole : 0; i < d->count; i++)
        out[n++] = d->digits[i];
    if (out[n - 1] == '.')
        out[n++] = '0';
    out[n] = '\0';
    return n;
}

static size_t lay_out_scientific(const Digits *d, char *out)
{
    size_t n = 0;
    out[n++] = d->digits[0];
    if (d->count > 1)
        out[n++] = '.';
    memcpy(out + n, d->digits + 1, (size_t)d->count - 1);
    n += (size_t)d->count - 1;
    return n + (size_t)snprintf(out + n, NUMBER_TEXT_MAX - n, "e%d", d->exponent);
}

static size_t write_word(const char *word, char *out)
{
    size_t len = strlen(word);
    memcpy(out, word, len + 1);
    return len;
}

size_t number_write_float(double x, char out[NUMBER_TEXT_MAX])
{
    if (isnan(x))
        return write_word("nan", out);
    size_t sign = signbit(x) ? 1 : 0;
    if (sign)
        *out++ = '-';
    x = fabs(x);
    if (isinf(x))
        return sign + write_word("inf", out);
    if (x < 1e15 && x == floor(x))
        return sign + (size_t)snprintf(out, NUMBER_TEXT_MAX - 1, "%.1f", x);
    Digits d;
    shortest_digits(x, &d);
    bool positional = d.exponent >= POSITIONAL_MIN && d.exponent <= POSITIONAL_MAX;
    return sign + (positional ? lay_out_positional(&d, out) : lay_out_scientific(&d, out));
}

/* ---- quantities ---------------------------------------------------------- */

static uint64_t magnitude(int64_t x)
{
    return x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
}

/* number / unit as an exact decimal; unit is a power of ten. */
static size_t write_decimal(uint64_t number, uint64_t unit, char *out)
{
    size_t n = (size_t)snprintf(out, NUMBER_TEXT_MAX, "%" PRIu64, number / unit);
    uint64_t rest = number % unit;
    if (rest == 0)
        return n;
    out[n++] = '.';
    while (rest > 0) {
        unit /= 10;
        out[n++] = (char)('0' + rest / unit);
        rest %= unit;
    }
    out[n] = '\0';
    return n;
}

size_t number_write_size(int64_t bytes, char out[NUMBER_TEXT_MAX])
{
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = {{"B", 1},           {"kB", 1000},          {"MB", 1000000},
                 {"GB", 1000000000}, {"TB", 1000000000000}, {"PB", 1000000000000000}};
    static const char *const binary[] = {"KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t best = 0, sign = bytes < 0 ? 1 : 0;
    char text[NUMBER_TEXT_MAX];
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (i > 0 && magnitude(bytes) < units[i].bytes)
            break; /* 200MB is as short as 0.2GB, and reads as people write it */
        size_t len = write_decimal(magnitude(bytes), units[i].bytes, text);
        len += write_word(units[i].name, text + len);
        if (best == 0 || (bytes != 0 && len + sign <= best && len < NUMBER_TEXT_MAX - 1)) {
            out[0] = '-';
            memcpy(out + sign, text, len + 1);
            best = len + sign;
        }
    }
    for (size_t i = 0; i < sizeof binary / sizeof *binary; i++) {
        uint64_t unit = UINT64_C(1) << (10 * (i + 1));
        if (bytes == 0 || magnitude(bytes) % unit != 0)
            break;
        size_t len = write_decimal(magnitude(bytes) / unit, 1, text);
        len += write_word(binary[i], text + len);
        if (len + sign < best) {
            memcpy(out + sign, text, len + 1);
            best = len + sign;
        }
    }
    return best;
}

/* Less than a minute: the largest unit that it is at least one of. */
static size_t write_short_duration(uint64_t ns, char *out)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
    size_t i = 0;
    while (ns < units[i].ns)
        i++;
    size_t n = write_decimal(ns, units[i].ns, out);
    return n + write_word(units[i].name, out + n);
}

size_t number_write_duration(int64_t ns, char out[NUMBER_TEXT_MAX])
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"d", UINT64_C(86400000000000)},
                 {"h", UINT64_C(3600000000000)},
                 {"min", UINT64_C(60000000000)}};
    uint64_t rest = magnitude(ns);
    size_t n = 0;
    if (ns == 0)
        return write_word("0s", out);
    if (ns < 0)
        out[n++] = '-';
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (rest < units[i].ns)
            continue;
        n += (size_t)snprintf(out + n, NUMBER_TEXT_MAX - n, "%" PRIu64 "%s", rest / units[i].ns,
                              units[i].name);
        rest %= units[i].ns;
    }
    return rest > 0 ? n + write_short_duration(rest, out + n) : n;
}

size_t number_write_seconds(int64_t ns, char out[NUMBER_TEXT_MAX])
{
    size_t sign = ns < 0 ? 1 : 0;
    out[0] = '-';
    return sign + write_decimal(magnitude(ns), 1000000000, out + sign);
}

size_t number_write_time(int64_t ns, char out[NUMBER_TEXT_MAX])
{
    int64_t seconds = ns / 1000000000, rest = ns % 1000000000;
    if (rest < 0) {
        rest += 1000000000;
        seconds--;
    }
    time_t when = (time_t)seconds;
    struct tm utc;
    gmtime_r(&when, &utc);
    size_t n = strftime(out, NUMBER_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
    if (rest > 0) {
        char fraction[NUMBER_TEXT_MAX];
        size_t len = write_decimal((uint64_t)rest, 1000000000, fraction);
        memcpy(out + n, fraction + 1, len - 1);
        n += len - 1;
    }
    out[n++] = 'Z';
    out[n] = '\0';
    return n;
}
