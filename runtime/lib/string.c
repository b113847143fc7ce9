/* SPDX-License-Identifier: Apache-2.0 */
/* string.c - strings, counted in code points; ASCII ones are indexed directly. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* memmem */
#endif
#include "value/string.h"

#include <inttypes.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <flow/lib.h>

#include "lib/case.h"
#include "os/buffer.h"
#include "value/key.h"
#include "value/number.h"
#include "value/text.h"
#include "value/utf8.h"

static FlowString *shared(const FlowString *s)
{
    return flow_string_retain((FlowString *)(uintptr_t)s);
}

/* ---- length and parts ---------------------------------------------------- */

int64_t flow_string_len(const FlowString *s)
{
    if (string_is_ascii(s))
        return (int64_t)flow_string_len_bytes(s);
    return (int64_t)utf8_count(s->bytes, s->len);
}

/* The byte at which code point `index` begins. */
static size_t offset_of(const FlowString *s, int64_t index)
{
    return string_is_ascii(s) ? (size_t)index : utf8_offset(s->bytes, s->len, (size_t)index);
}

FlowStatus flow_string_at(FlowTask *t, const FlowString *s, int64_t index, FlowString **out)
{
    size_t from = index < 0 ? 0 : index >= INT64_MAX / 2 ? SIZE_MAX : offset_of(s, index), size;
    if (index < 0 || from >= flow_string_len_bytes(s))
        return flow_fail_index(t, index, flow_string_len(s));
    utf8_decode(s->bytes + from, &size);
    return flow_string_new(t, s->bytes + from, size, out);
}

FlowStatus flow_string_slice(FlowTask *t, const FlowString *s, int64_t from, int64_t to,
                             FlowString **out)
{
    int64_t len = flow_string_len(s);
    if (from < 0 || to > len || from > to)
        return flow_fail(t,
                         "the slice %" PRId64 "..%" PRId64
                         " is out of range: the string has %" PRId64 " character%s",
                         from, to, len, len == 1 ? "" : "s");
    if (from == 0 && to == len) {
        *out = shared(s);
        return FLOW_OK;
    }
    size_t first = offset_of(s, from), last = offset_of(s, to);
    return flow_string_new(t, s->bytes + first, last - first, out);
}

/* ---- searching ----------------------------------------------------------- */

bool flow_string_starts_with(const FlowString *s, const FlowString *prefix)
{
    size_t len = flow_string_len_bytes(prefix);
    return len <= flow_string_len_bytes(s) &&
           memcmp(flow_string_bytes(s), flow_string_bytes(prefix), len) == 0;
}

bool flow_string_ends_with(const FlowString *s, const FlowString *suffix)
{
    size_t len = flow_string_len_bytes(suffix), whole = flow_string_len_bytes(s);
    return len <= whole &&
           memcmp(flow_string_bytes(s) + whole - len, flow_string_bytes(suffix), len) == 0;
}

bool flow_string_contains(const FlowString *s, const FlowString *part)
{
    return memmem(flow_string_bytes(s), flow_string_len_bytes(s), flow_string_bytes(part),
                  flow_string_len_bytes(part)) != NULL;
}

static FlowStatus push_piece(FlowTask *t, FlowList **list, const char *bytes, size_t len)
{
    FlowString *piece;
    FlowStatus s = flow_string_new(t, bytes, len, &piece);
    if (s != FLOW_OK)
        return s;
    s = flow_list_push(t, list, &flow_type_string, &piece);
    flow_string_release(piece);
    return s;
}

static FlowStatus fail_separator(FlowTask *t)
{
    return flow_fail(t, "a string cannot be split at an empty separator");
}

FlowStatus flow_string_split(FlowTask *t, const FlowString *s, const FlowString *separator,
                             FlowList **out)
{
    size_t wide = flow_string_len_bytes(separator);
    if (wide == 0)
        return fail_separator(t);
    const char *at = flow_string_bytes(s), *end = at + flow_string_len_bytes(s), *next;
    FlowList *list = NULL;
    FlowStatus status = FLOW_OK;
    while (status == FLOW_OK &&
           (next = memmem(at, (size_t)(end - at), separator->bytes, wide)) != NULL) {
        status = push_piece(t, &list, at, (size_t)(next - at));
        at = next + wide;
    }
    if (status == FLOW_OK)
        status = push_piece(t, &list, at, (size_t)(end - at));
    if (status == FLOW_OK)
        *out = list;
    else
        flow_list_release(list);
    return status;
}

FlowStatus flow_string_chars(FlowTask *t, const FlowString *s, FlowList **out)
{
    const char *at = flow_string_bytes(s), *end = at + flow_string_len_bytes(s);
    FlowList *list = NULL;
    FlowStatus status = FLOW_OK;
    for (size_t size; status == FLOW_OK && at < end; at += size) {
        utf8_decode(at, &size);
        status = push_piece(t, &list, at, size);
    }
    if (status == FLOW_OK)
        *out = list;
    else
        flow_list_release(list);
    return status;
}

FlowStatus flow_string_code(FlowTask *t, const FlowString *s, int64_t *out)
{
    size_t len = flow_string_len_bytes(s), size = 0;
    uint32_t point = len ? utf8_decode(s->bytes, &size) : 0;
    if (!len || size != len)
        return flow_fail(t, "code: a string of one character is wanted, and this has %lld",
                         (long long)flow_string_len(s));
    *out = point;
    return FLOW_OK;
}

FlowStatus flow_string_of_code(FlowTask *t, int64_t code, FlowString **out)
{
    if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return flow_fail(t, "char: %lld is the code of no character", (long long)code);
    char bytes[4];
    return flow_string_new(t, bytes, utf8_encode((uint32_t)code, bytes), out);
}

enum { PIECE_MIN = 24 }; /* so that most words fit where the one before them was */

/* Makes *piece these bytes, in the room that it has where nobody else holds it. */
static FlowStatus set_piece(FlowTask *t, const FlowString *whole, const char *bytes, size_t len,
                            int64_t *room, FlowString **piece)
{
    FlowString *s = *piece;
    if (!s || s->refs != 1 || len > (size_t)*room) {
        size_t size = len > PIECE_MIN ? len : PIECE_MIN;
        FlowStatus status = string_make_roomy(t, size, &s);
        if (status != FLOW_OK)
            return status;
        flow_string_release(*piece);
        *piece = s;
        *room = (int64_t)size;
    }
    memcpy(s->bytes, bytes, len);
    s->bytes[len] = '\0';
    s->len = len;
    if (string_is_ascii(whole))
        s->reserved = STRING_ROOMY | STRING_ASCII;
    else
        string_seal(s);
    return FLOW_OK;
}

/* Any piece, of any string. */
__attribute__((noinline)) static int64_t next_piece(FlowTask *t, const FlowString *s,
                                                    const FlowString *separator, int64_t at,
                                                    int64_t *room, FlowString **piece)
{
    size_t wide = flow_string_len_bytes(separator);
    if (wide == 0)
        return -(int64_t)fail_separator(t);
    const char *bytes = flow_string_bytes(s), *from = bytes + at;
    size_t left = flow_string_len_bytes(s) - (size_t)at;
    const char *next = wide == 1 ? memchr(from, separator->bytes[0], left)
                                 : memmem(from, left, separator->bytes, wide);
    size_t len = next ? (size_t)(next - from) : left;
    FlowStatus status = set_piece(t, s, from, len, room, piece);
    if (status != FLOW_OK)
        return -(int64_t)status;
    return at + (int64_t)(len + (next ? wide : 1));
}

/* Bits of those of 16 bytes that are `byte`. */
static uint32_t bytes_equal(const char *bytes, char byte)
{
#ifdef __SSE2__
    __m128i read = _mm_loadu_si128((const __m128i *)(const void *)bytes);
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(read, _mm_set1_epi8(byte)));
#else
    uint32_t equal = 0;
    for (unsigned i = 0; i < 16; i++)
        equal |= (uint32_t)(bytes[i] == byte) << i;
    return equal;
#endif
}

/* Of 16 bytes from `at` on all can be read, and the piece can be written over. */
static inline bool is_quick(const FlowString *s, const FlowString *separator, size_t left,
                            int64_t room, const FlowString *piece)
{
    return s && flow_string_len_bytes(separator) == 1 &&
           ((s->reserved & STRING_ROOMY) || left >= FLOW_STRING_MIN) && piece &&
           piece->refs == 1 && room >= FLOW_STRING_MIN;
}

/* Short pieces, as words are, without a branch that depends on how long one is or how near the end,
 * and in whole words to where a map then reads them. */
int64_t flow_string_next(FlowTask *t, const FlowString *s, const FlowString *separator, int64_t at,
                         int64_t *room, FlowString **piece)
{
    FlowString *p = *piece;
    size_t left = flow_string_len_bytes(s) - (size_t)at;
    if (!is_quick(s, separator, left, *room, p))
        return next_piece(t, s, separator, at, room, piece);
    const char *from = s->bytes + at;
    uint32_t ends = bytes_equal(from, separator->bytes[0]) | (uint32_t)1 << (left < 16 ? left : 16);
    size_t len = (uint32_t)__builtin_ctz(ends);
    if (len > KEY_SHORT_MAX)
        return next_piece(t, s, separator, at, room, piece);
    uint64_t words[2] = {bytes_get_u64(from), bytes_get_u64(from + 8)};
    key_words_cut(words, len);
    bytes_put_u64(p->bytes, words[0]);
    bytes_put_u64(p->bytes + 8, words[1]);
    p->len = len;
    bool is_ascii = ((words[0] | words[1]) & 0x8080808080808080u) == 0;
    p->reserved = STRING_ROOMY | (is_ascii ? STRING_ASCII : 0);
    return at + (int64_t)len + 1;
}

/* ---- white space --------------------------------------------------------- */

static bool is_space(uint32_t point)
{
    switch (point) {
    case ' ':
    case 0x85:
    case 0xa0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000: return true;
    default: return (point >= '\t' && point <= '\r') || (point >= 0x2000 && point <= 0x200a);
    }
}

static size_t leading_space(const char *bytes, size_t len)
{
    size_t at = 0, size;
    while (at < len && is_space(utf8_decode(bytes + at, &size)))
        at += size;
    return at;
}

/* Where the white space at the end begins. */
static size_t trailing_space(const char *bytes, size_t len)
{
    while (len > 0) {
        size_t last = len - 1, size;
        while (last > 0 && utf8_is_continuation(bytes[last]))
            last--;
        if (!is_space(utf8_decode(bytes + last, &size)))
            break;
        len = last;
    }
    return len;
}

FlowStatus flow_string_trim(FlowTask *t, const FlowString *s, FlowString **out)
{
    const char *bytes = flow_string_bytes(s);
    size_t len = flow_string_len_bytes(s);
    size_t first = leading_space(bytes, len);
    size_t last = first + trailing_space(bytes + first, len - first);
    if (first == 0 && last == len) {
        *out = shared(s);
        return FLOW_OK;
    }
    return flow_string_new(t, bytes + first, last - first, out);
}

/* ---- making -------------------------------------------------------------- */

/* The buffer as a string; it is freed. */
static FlowStatus take(FlowTask *t, Buffer *b, FlowStatus status, FlowString **out)
{
    if (status == FLOW_OK)
        status = flow_string_new(t, (const char *)b->bytes, b->len, out);
    else
        status = flow_fail_memory(t, b->len);
    buffer_free(b);
    return status;
}

FlowStatus flow_string_join(FlowTask *t, const FlowList *parts, const FlowString *separator,
                            FlowString **out)
{
    Buffer b = {0};
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < (size_t)flow_list_len(parts); i++) {
        const FlowString *part = *(FlowString *const *)flow_list_peek(parts, i);
        if (i > 0)
            s = buffer_append(&b, flow_string_bytes(separator), flow_string_len_bytes(separator));
        if (s == FLOW_OK)
            s = buffer_append(&b, flow_string_bytes(part), flow_string_len_bytes(part));
    }
    return take(t, &b, s, out);
}

static FlowStatus change_case(FlowTask *t, const FlowString *s, uint32_t (*change)(uint32_t),
                              FlowString **out)
{
    Buffer b = {0};
    FlowStatus status = FLOW_OK;
    size_t size;
    for (size_t i = 0; status == FLOW_OK && i < flow_string_len_bytes(s); i += size) {
        char bytes[4];
        uint32_t point = change(utf8_decode(s->bytes + i, &size));
        status = buffer_append(&b, bytes, utf8_encode(point, bytes));
    }
    return take(t, &b, status, out);
}

FlowStatus flow_string_lower(FlowTask *t, const FlowString *s, FlowString **out)
{
    return change_case(t, s, case_lower, out);
}

FlowStatus flow_string_upper(FlowTask *t, const FlowString *s, FlowString **out)
{
    return change_case(t, s, case_upper, out);
}

FlowStatus flow_string_replace(FlowTask *t, const FlowString *s, const FlowString *from,
                               const FlowString *to, FlowString **out)
{
    size_t wide = flow_string_len_bytes(from);
    if (wide == 0)
        return flow_fail(t, "an empty string cannot be replaced");
    const char *at = flow_string_bytes(s), *end = at + flow_string_len_bytes(s), *next;
    Buffer b = {0};
    FlowStatus status = FLOW_OK;
    while (status == FLOW_OK &&
           (next = memmem(at, (size_t)(end - at), from->bytes, wide)) != NULL) {
        status = buffer_append(&b, at, (size_t)(next - at));
        if (status == FLOW_OK)
            status = buffer_append(&b, flow_string_bytes(to), flow_string_len_bytes(to));
        at = next + wide;
    }
    if (status == FLOW_OK)
        status = buffer_append(&b, at, (size_t)(end - at));
    return take(t, &b, status, out);
}

/* A negative count gives the empty string, which suits padding. */
FlowStatus flow_string_repeat(FlowTask *t, const FlowString *s, int64_t times, FlowString **out)
{
    size_t len = flow_string_len_bytes(s), whole;
    *out = NULL;
    if (times <= 0 || len == 0)
        return FLOW_OK;
    if (__builtin_mul_overflow(len, (size_t)times, &whole))
        return flow_fail_memory(t, SIZE_MAX);
    FlowStatus status = string_make(t, whole, out);
    if (status != FLOW_OK)
        return status;
    for (size_t at = 0; at < whole; at += len)
        memcpy((*out)->bytes + at, s->bytes, len);
    string_seal(*out);
    return FLOW_OK;
}

/* ---- to and from other types --------------------------------------------- */

static FlowStatus fail_parse(FlowTask *t, const FlowString *s, NumberResult result,
                             const char *type)
{
    enum { SHOWN_MAX = 60 };
    const char *bytes = flow_string_bytes(s);
    size_t len = flow_string_len_bytes(s);
    int shown = (int)(len <= SHOWN_MAX ? len : utf8_whole(bytes, SHOWN_MAX));
    const char *dots = len > SHOWN_MAX ? "…" : "";
    if (result == NUMBER_TOO_LARGE)
        return flow_fail(t, "\"%.*s%s\" is too large for %s", shown, bytes, dots, type);
    return flow_fail(t, "\"%.*s%s\" is no %s", shown, bytes, dots, type);
}

/* The string without white space around it. */
static const char *trimmed(const FlowString *s, size_t *len)
{
    const char *bytes = flow_string_bytes(s);
    size_t first = leading_space(bytes, flow_string_len_bytes(s));
    *len = trailing_space(bytes + first, flow_string_len_bytes(s) - first);
    return bytes + first;
}

FlowStatus flow_int_parse(FlowTask *t, const FlowString *s, int64_t *out)
{
    size_t len;
    const char *bytes = trimmed(s, &len);
    NumberResult result = number_parse_int(bytes, len, out);
    return result == NUMBER_OK ? FLOW_OK : fail_parse(t, s, result, "int");
}

FlowStatus flow_float_parse(FlowTask *t, const FlowString *s, double *out)
{
    size_t len;
    const char *bytes = trimmed(s, &len);
    NumberResult result = number_parse_float(bytes, len, out);
    return result == NUMBER_OK ? FLOW_OK : fail_parse(t, s, result, "float");
}

FlowStatus flow_string_of(FlowTask *t, const FlowType *type, const void *value, FlowString **out)
{
    FlowText text = {0};
    FlowStatus s = flow_text_value(t, &text, type, value);
    if (s == FLOW_OK)
        s = flow_text_take(t, &text, out);
    flow_text_free(&text);
    return s;
}
