/* SPDX-License-Identifier: Apache-2.0 */
/* number.h - numbers and quantities as people write them, both ways.
 *
 * Writers fill `out`, with a NUL, and return the length.  What a writer writes, the parser of
 * its kind reads back to the same value. */
#ifndef VALUE_NUMBER_H
#define VALUE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

enum { NUMBER_TEXT_MAX = 64 };

/* The shortest text that reads back: 1.0, 0.1, 1e-7, 2.5e16, nan, -inf. */
size_t number_write_float(double x, char out[NUMBER_TEXT_MAX]);
/* The shortest exact decimal: 4GB, 1.5GB, else bytes: 1234567B. */
size_t number_write_size(int64_t bytes, char out[NUMBER_TEXT_MAX]);
/* 1h30min, 1.5s, 250ms, 0s. */
size_t number_write_duration(int64_t ns, char out[NUMBER_TEXT_MAX]);
/* Seconds as an exact decimal, for JSON. */
size_t number_write_seconds(int64_t ns, char out[NUMBER_TEXT_MAX]);
/* RFC 3339 in UTC. */
size_t number_write_time(int64_t ns, char out[NUMBER_TEXT_MAX]);

typedef enum NumberResult {
    NUMBER_OK,
    NUMBER_MALFORMED,
    NUMBER_TOO_LARGE,
    NUMBER_INEXACT /* a fraction of a byte or of a nanosecond */
} NumberResult;

/* 42, -7, 1_000, 0xff, 0o17, 0b101; `_` stands between digits. */
NumberResult number_parse_int(const char *text, size_t len, int64_t *out);
/* 1, 1.5, 1e-3, 1_000.5, nan, inf. */
NumberResult number_parse_float(const char *text, size_t len, double *out);
/* 4GB, 1.5GB, 512MiB, 80B.  The units are B, kB or KB, MB, GB, TB, PB, KiB … PiB. */
NumberResult number_parse_size(const char *text, size_t len, int64_t *out);
/* 30s, 5min, 1.5h, 1h30min.  The units are ns, us, ms, s, min, h, d. */
NumberResult number_parse_duration(const char *text, size_t len, int64_t *out);
/* 2026-11-20, 2026-11-20T21:55:01Z, with a fraction or an offset. */
NumberResult number_parse_time(const char *text, size_t len, int64_t *out);

#endif
