/* SPDX-License-Identifier: Apache-2.0 */
/* string.c - one allocation a string, with a NUL after its bytes for C. */
#include "value/string.h"

#include <string.h>

#include <flow/task.h>

#include "os/memory.h"
#include "value/utf8.h"

FlowStatus string_make(FlowTask *t, size_t len, FlowString **out)
{
    if (len > SIZE_MAX / 2)
        return flow_fail_memory(t, len);
    FlowString *s = os_alloc(sizeof *s + (len < FLOW_STRING_MIN ? FLOW_STRING_MIN : len + 1));
    if (!s)
        return flow_fail_memory(t, len);
    s->refs = 1;
    s->reserved = 0;
    s->len = len;
    s->bytes[len] = '\0';
    *out = s;
    return FLOW_OK;
}

FlowStatus string_make_roomy(FlowTask *t, size_t len, FlowString **out)
{
    if (len > SIZE_MAX / 2)
        return flow_fail_memory(t, len);
    FlowStatus s = string_make(t, len + FLOW_STRING_MIN, out);
    if (s != FLOW_OK)
        return s;
    (*out)->len = len;
    (*out)->reserved = STRING_ROOMY;
    return FLOW_OK;
}

void string_seal(FlowString *s)
{
    uint32_t ascii = utf8_is_ascii(s->bytes, s->len) ? STRING_ASCII : 0;
    s->reserved = (s->reserved & STRING_ROOMY) | ascii;
}

FlowStatus string_room(FlowTask *t, Buffer *b)
{
    return buffer_append_zeros(b, sizeof(FlowString)) == FLOW_OK
               ? FLOW_OK
               : flow_fail_memory(t, sizeof(FlowString));
}

FlowStatus string_adopt(FlowTask *t, Buffer *b, FlowString **out)
{
    *out = NULL;
    size_t len = b->len - sizeof(FlowString);
    if (len == 0) {
        buffer_free(b);
        return FLOW_OK;
    }
    if (buffer_reserve(b, FLOW_STRING_MIN) != FLOW_OK)
        return flow_fail_memory(t, b->len + FLOW_STRING_MIN);
    b->bytes[b->len] = '\0';
    /* What was too much for the string may be given back; if not, nothing is lost. */
    FlowString *s = b->cap / 2 > b->len + FLOW_STRING_MIN
                        ? os_realloc(b->bytes, b->len + FLOW_STRING_MIN)
                        : NULL;
    if (!s)
        s = (FlowString *)(void *)b->bytes;
    *b = (Buffer){0};
    s->refs = 1;
    s->reserved = STRING_ROOMY;
    s->len = len;
    string_seal(s);
    *out = s;
    return FLOW_OK;
}

void flow_string_release(FlowString *s)
{
    if (s && flow_refs_down(&s->refs))
        os_free(s);
}

/* Reached through a pointer that the compiler cannot see through, so that it is not taken away. */
static void *(*const volatile overwrite)(void *, int, size_t) = memset;

void flow_secret_release(FlowString *s)
{
    if (!s || !flow_refs_down(&s->refs))
        return;
    overwrite(s->bytes, 0, s->len);
    os_free(s);
}

FlowStatus flow_string_new(FlowTask *t, const char *bytes, size_t len, FlowString **out)
{
    *out = NULL;
    if (len == 0)
        return FLOW_OK;
    FlowStatus s = string_make(t, len, out);
    if (s != FLOW_OK)
        return s;
    memcpy((*out)->bytes, bytes, len);
    string_seal(*out);
    return FLOW_OK;
}

FlowStatus flow_string_concat(FlowTask *t, const FlowString *a, const FlowString *b,
                              FlowString **out)
{
    size_t len_a = flow_string_len_bytes(a), len_b = flow_string_len_bytes(b), len;
    if (len_a == 0 || len_b == 0) {
        *out = flow_string_retain((FlowString *)(uintptr_t)(len_a == 0 ? b : a));
        return FLOW_OK;
    }
    if (__builtin_add_overflow(len_a, len_b, &len))
        return flow_fail_memory(t, SIZE_MAX);
    FlowStatus s = string_make(t, len, out);
    if (s != FLOW_OK)
        return s;
    memcpy((*out)->bytes, a->bytes, len_a);
    memcpy((*out)->bytes + len_a, b->bytes, len_b);
    string_seal(*out);
    return FLOW_OK;
}

/* Room for `len` bytes in a string without another owner; some to spare where it has to move. */
static FlowStatus grow(FlowTask *t, FlowString **s, size_t len)
{
    if (sizeof **s + len + 1 <= os_usable(*s))
        return FLOW_OK;
    if (len > SIZE_MAX / 4)
        return flow_fail_memory(t, len);
    FlowString *grown = os_realloc(*s, sizeof *grown + len + len / 2 + FLOW_STRING_MIN);
    if (!grown)
        return flow_fail_memory(t, len);
    *s = grown;
    return FLOW_OK;
}

FlowStatus flow_string_append(FlowTask *t, FlowString **s, const FlowString *b)
{
    FlowString *a = *s;
    size_t len_a = flow_string_len_bytes(a), len_b = flow_string_len_bytes(b);
    if (len_b == 0)
        return FLOW_OK;
    if (!a || a == b || flow_refs(&a->refs) != 1) {
        FlowString *both = NULL;
        FlowStatus status = flow_string_concat(t, a, b, &both);
        if (status != FLOW_OK)
            return status;
        flow_string_release(a);
        *s = both;
        return FLOW_OK;
    }
    FlowStatus status = grow(t, s, len_a + len_b);
    if (status != FLOW_OK)
        return status;
    a = *s;
    memcpy(a->bytes + len_a, b->bytes, len_b);
    a->len = len_a + len_b;
    a->bytes[a->len] = '\0';
    a->reserved &= utf8_is_ascii(b->bytes, len_b) ? STRING_ASCII : 0;
    return FLOW_OK;
}

int flow_string_compare(const FlowString *a, const FlowString *b)
{
    size_t len_a = flow_string_len_bytes(a), len_b = flow_string_len_bytes(b);
    int order = memcmp(flow_string_bytes(a), flow_string_bytes(b), len_a < len_b ? len_a : len_b);
    return order != 0 ? order : (len_a > len_b) - (len_a < len_b);
}

bool flow_string_equal(const FlowString *a, const FlowString *b)
{
    size_t len = flow_string_len_bytes(a);
    return a == b || (len == flow_string_len_bytes(b) &&
                      memcmp(flow_string_bytes(a), flow_string_bytes(b), len) == 0);
}
