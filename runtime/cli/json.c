/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - a comma stands before whatever does not come first, which the last byte tells. */
#include "cli/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/plain.h"
#include "value/utf8.h"

static void put(Json *j, const void *bytes, size_t len)
{
    if (j->status == FLOW_OK)
        j->status = buffer_append(&j->out, bytes, len);
}

static void put_text(Json *j, const char *text)
{
    put(j, text, strlen(text));
}

/* One character, or byte that belongs to none; answers how many bytes it took. */
static size_t put_character(Json *j, const unsigned char *at, size_t len)
{
    char escaped[8];
    if (*at == '"' || *at == '\\') {
        snprintf(escaped, sizeof escaped, "\\%c", *at);
        put_text(j, escaped);
    } else if (*at == '\n') {
        put_text(j, "\\n");
    } else if (*at < 0x20 || *at == 0x7f) {
        snprintf(escaped, sizeof escaped, "\\u%04x", *at);
        put_text(j, escaped);
    } else if (*at < 0x80) {
        put(j, at, 1);
    } else {
        size_t size = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2;
        if (*at < 0xc2 || size > len || !utf8_is_valid((const char *)at, size)) {
            put_text(j, "\\ufffd");
            return 1;
        }
        put(j, at, size);
        return size;
    }
    return 1;
}

static void put_string(Json *j, const unsigned char *at, size_t len)
{
    put_text(j, "\"");
    while (len > 0 && j->status == FLOW_OK) {
        size_t taken = put_character(j, at, len);
        at += taken;
        len -= taken;
    }
    put_text(j, "\"");
}

static void begin(Json *j, const char *key)
{
    uint8_t last = j->out.len > 0 ? j->out.bytes[j->out.len - 1] : '[';
    if (last != '{' && last != '[')
        put_text(j, ",");
    if (!key)
        return;
    put_string(j, (const unsigned char *)key, strlen(key));
    put_text(j, ":");
}

void json_open(Json *j, const char *key, char open)
{
    begin(j, key);
    put(j, &open, 1);
}

void json_close(Json *j, char close)
{
    put(j, &close, 1);
}

void json_bytes(Json *j, const char *key, const void *bytes, size_t len)
{
    begin(j, key);
    put_string(j, bytes, len);
}

void json_text(Json *j, const char *key, const char *text)
{
    json_bytes(j, key, text, strlen(text));
}

void json_raw(Json *j, const char *key, const void *bytes, size_t len)
{
    begin(j, key);
    put(j, bytes, len);
}

static void raw_text(Json *j, const char *key, const char *text)
{
    json_raw(j, key, text, strlen(text));
}

void json_int(Json *j, const char *key, int64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, number);
    raw_text(j, key, text);
}

void json_number(Json *j, const char *key, uint64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, number);
    raw_text(j, key, text);
}

void json_bool(Json *j, const char *key, bool is_true)
{
    raw_text(j, key, is_true ? "true" : "false");
}

void json_null(Json *j, const char *key)
{
    raw_text(j, key, "null");
}

void json_time(Json *j, const char *key, int64_t ns)
{
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm utc;
    char text[40], whole[60];
    if (ns == 0 || !gmtime_r(&seconds, &utc) ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc) == 0) {
        json_null(j, key);
        return;
    }
    snprintf(whole, sizeof whole, "%s.%03dZ", text, (int)(ns / 1000000 % 1000));
    json_text(j, key, whole);
}

void json_seconds(Json *j, const char *key, int64_t ns)
{
    char text[40];
    int64_t ms = (ns > 0 ? ns : 0) / 1000000;
    snprintf(text, sizeof text, "%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
    raw_text(j, key, text);
}

void json_words(Json *j, const char *key, const char *words)
{
    json_open(j, key, '[');
    while (*(words += strspn(words, " "))) {
        size_t len = strcspn(words, " ");
        json_bytes(j, NULL, words, len);
        words += len;
    }
    json_close(j, ']');
}

void json_lines(Json *j, const char *key, const char *text, size_t len)
{
    json_open(j, key, '[');
    while (len > 0) {
        const char *newline = memchr(text, '\n', len);
        size_t piece = newline ? (size_t)(newline - text) : len;
        json_bytes(j, NULL, text, piece);
        piece += newline != NULL;
        text += piece;
        len -= piece;
    }
    json_close(j, ']');
}

void json_trace(Json *j, const char *key, const char *text)
{
    json_open(j, key, '[');
    while (*text) {
        text += strspn(text, " ");
        size_t len = strcspn(text, "\n");
        json_bytes(j, NULL, text, len);
        text += len + (text[len] == '\n');
    }
    json_close(j, ']');
}

FlowStatus json_print(Json *j, Console *console, FlowError *err)
{
    put_text(j, "\n");
    FlowStatus s = j->status;
    if (s == FLOW_OK)
        plain_value(console, CONSOLE_OUT, (const char *)j->out.bytes, j->out.len);
    buffer_clear(&j->out);
    j->status = FLOW_OK;
    return s == FLOW_OK ? s : flow_error(err, s, "out of memory");
}

void json_free(Json *j)
{
    buffer_free(&j->out);
    *j = (Json){0};
}
