/* SPDX-License-Identifier: Apache-2.0 */
/* buffer.c - growth by doubling. */
#include "os/buffer.h"

#include <stdio.h>

#include "os/memory.h"

enum { BUFFER_FIRST = 64 };

FlowStatus buffer_reserve(Buffer *b, size_t more)
{
    size_t need;
    if (__builtin_add_overflow(b->len, more, &need))
        return FLOW_ENOMEM;
    if (need <= b->cap)
        return FLOW_OK;

    size_t cap = b->cap > SIZE_MAX / 2 ? need : 2 * b->cap;
    if (cap < need)
        cap = need;
    if (cap < BUFFER_FIRST)
        cap = BUFFER_FIRST;
    uint8_t *bytes = os_realloc(b->bytes, cap);
    if (!bytes)
        return FLOW_ENOMEM;
    b->bytes = bytes;
    b->cap = cap;
    return FLOW_OK;
}

FlowStatus buffer_append(Buffer *b, const void *bytes, size_t len)
{
    if (len == 0)
        return FLOW_OK;
    FlowStatus s = buffer_reserve(b, len);
    if (s != FLOW_OK)
        return s;
    memcpy(b->bytes + b->len, bytes, len);
    b->len += len;
    return FLOW_OK;
}

FlowStatus buffer_append_text(Buffer *b, const char *text)
{
    return buffer_append(b, text, strlen(text));
}

FlowStatus buffer_append_byte(Buffer *b, uint8_t byte)
{
    return buffer_append(b, &byte, 1);
}

FlowStatus buffer_append_zeros(Buffer *b, size_t count)
{
    if (count == 0)
        return FLOW_OK;
    FlowStatus s = buffer_reserve(b, count);
    if (s != FLOW_OK)
        return s;
    memset(b->bytes + b->len, 0, count);
    b->len += count;
    return FLOW_OK;
}

FlowStatus buffer_printf(Buffer *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    FlowStatus s = len < 0 ? FLOW_ENOMEM : buffer_reserve(b, (size_t)len + 1);
    if (s == FLOW_OK) {
        vsnprintf((char *)b->bytes + b->len, (size_t)len + 1, format, again);
        b->len += (size_t)len;
    }
    va_end(again);
    return s;
}

FlowStatus buffer_put_u32(Buffer *b, uint32_t number)
{
    uint8_t bytes[4];
    bytes_put_u32(bytes, number);
    return buffer_append(b, bytes, sizeof bytes);
}

FlowStatus buffer_put_u64(Buffer *b, uint64_t number)
{
    uint8_t bytes[8];
    bytes_put_u64(bytes, number);
    return buffer_append(b, bytes, sizeof bytes);
}

const char *buffer_text(Buffer *b)
{
    if (buffer_reserve(b, 1) != FLOW_OK)
        return NULL;
    b->bytes[b->len] = '\0';
    return (const char *)b->bytes;
}

void buffer_free(Buffer *b)
{
    os_free(b->bytes);
    *b = (Buffer){0};
}
