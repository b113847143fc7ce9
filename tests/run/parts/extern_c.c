/* SPDX-License-Identifier: Apache-2.0 */
/* extern_c.c - what tests/run/extern_c.flow calls. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double dot(const double *a, int64_t a_len, const double *b, int64_t b_len)
{
    double sum = 0.0;
    for (int64_t i = 0; i < a_len && i < b_len; i++)
        sum += a[i] * b[i];
    return sum;
}

int64_t total(const int64_t *xs, int64_t len, int64_t by, bool is_negative)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < len; i++)
        sum += xs[i] * by;
    return is_negative ? -sum : sum;
}

void scale(double *xs, int64_t len, double by)
{
    for (int64_t i = 0; i < len; i++)
        xs[i] *= by;
}

char *shout(const char *text, int64_t len, int64_t times)
{
    char *out = malloc((size_t)(len + 1) * (size_t)times + 1), *at = out;
    for (int64_t n = 0; n < times; n++) {
        for (int64_t i = 0; i < len; i++)
            *at++ = (char)toupper((unsigned char)text[i]);
        *at++ = '!';
    }
    *at = '\0';
    return out;
}

double exp(double x) { return x + 1000.0; }

void advance(int64_t *n) { ++*n; }

int64_t pause(int64_t duration, int64_t size) { return duration + size * 1000000; }

double corner(const double *m, int64_t rows, int64_t cols)
{
    return rows > 0 && cols > 0 ? m[rows * cols - 1] : -1.0;
}

void fill(double *m, int64_t rows, int64_t cols, double with)
{
    for (int64_t i = 0; i < rows * cols; i++)
        m[i] = i + 1 < rows * cols ? with : (double)(rows + 1) * 100 + (double)cols + 200.0;
}

char *nothing(void) { return NULL; }

uint8_t *reversed_octets(const uint8_t *octets, int64_t len, int64_t *out_len)
{
    uint8_t *out = malloc((size_t)len + 1);
    for (int64_t i = 0; i < len; i++)
        out[i] = octets[len - 1 - i];
    *out_len = len;
    return out;
}

uint8_t *no_octets(int64_t *len)
{
    (void)len;
    return NULL;
}

uint8_t *wrong_octets(int64_t *len)
{
    *len = -1;
    return malloc(1);
}

char *wrapped(const char *text, int64_t len)
{
    char *out = malloc((size_t)len + 60);
    snprintf(out, (size_t)len + 60, "{\"it\": %.*s, \"list\": [%d]}", (int)len, text, (int)len);
    return out;
}

char *broken_json(void) { return strdup("["); }

int64_t later(int64_t at, int64_t by) { return at + by; }

int64_t latest(const int64_t *times, int64_t len)
{
    int64_t best = times[0];
    for (int64_t i = 1; i < len; i++)
        best = times[i] > best ? times[i] : best;
    return best;
}

void postpone(int64_t *at) { *at += INT64_C(86400000000000); }
