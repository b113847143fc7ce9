/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - JSON written piece by piece; commas are put where they belong.
 *
 * Zero-filled is empty.  The first failure stays in `status`, and nothing is written after it. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include "cli/console.h"
#include "os/buffer.h"

typedef struct Json {
    Buffer out;
    FlowStatus status;
} Json;

/* `open` is '{' or '['; `key` is NULL for what stands in an array or alone. */
void json_open(Json *j, const char *key, char open);
void json_close(Json *j, char close);

void json_text(Json *j, const char *key, const char *text);
/* Bytes that are no UTF-8 become U+FFFD. */
void json_bytes(Json *j, const char *key, const void *bytes, size_t len);
void json_int(Json *j, const char *key, int64_t number);
void json_number(Json *j, const char *key, uint64_t number);
void json_bool(Json *j, const char *key, bool is_true);
void json_null(Json *j, const char *key);
/* JSON that is already written. */
void json_raw(Json *j, const char *key, const void *bytes, size_t len);
/* "2026-11-20T21:55:01.123Z", from ns since 1970; null for 0. */
void json_time(Json *j, const char *key, int64_t ns);
/* 2.317, from ns. */
void json_seconds(Json *j, const char *key, int64_t ns);
/* An array of the words between blanks. */
void json_words(Json *j, const char *key, const char *words);
/* An array of the lines. */
void json_lines(Json *j, const char *key, const char *text, size_t len);
/* The same, without the blanks before each. */
void json_trace(Json *j, const char *key, const char *text);

/* Prints what was written as a line to standard output, and is empty again. */
FlowStatus json_print(Json *j, Console *console, FlowError *err);
void json_free(Json *j);

#endif
