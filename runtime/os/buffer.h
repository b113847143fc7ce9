/* SPDX-License-Identifier: Apache-2.0 */
/* buffer.h - bytes that grow.
 *
 * Zero-filled is empty.  A failure is always FLOW_ENOMEM and leaves the buffer
 * as it was.  Numbers are little-endian. */
#ifndef OS_BUFFER_H
#define OS_BUFFER_H

#include <endian.h>
#include <string.h>

#include <flow/status.h>

typedef struct Buffer {
    uint8_t *bytes;
    size_t len, cap;
} Buffer;

/* Room for `more` bytes after `len`. */
FlowStatus buffer_reserve(Buffer *b, size_t more);
FlowStatus buffer_append(Buffer *b, const void *bytes, size_t len);
FlowStatus buffer_append_text(Buffer *b, const char *text);
FlowStatus buffer_append_byte(Buffer *b, uint8_t byte);
FlowStatus buffer_append_zeros(Buffer *b, size_t count);
FlowStatus buffer_printf(Buffer *b, const char *format, ...) FLOW_PRINTF(2, 3);
FlowStatus buffer_put_u32(Buffer *b, uint32_t number);
FlowStatus buffer_put_u64(Buffer *b, uint64_t number);
/* The text, with a NUL after it that `len` does not count; NULL when there is no memory. */
const char *buffer_text(Buffer *b);
/* Empty again; keeps its room. */
static inline void buffer_clear(Buffer *b)
{
    b->len = 0;
}
/* Frees the bytes; the buffer is empty and can be used again. */
void buffer_free(Buffer *b);

/* Little-endian numbers at any address. */
static inline uint32_t bytes_get_u32(const void *bytes)
{
    uint32_t number;
    memcpy(&number, bytes, sizeof number);
    return le32toh(number);
}
static inline uint64_t bytes_get_u64(const void *bytes)
{
    uint64_t number;
    memcpy(&number, bytes, sizeof number);
    return le64toh(number);
}
static inline void bytes_put_u32(void *bytes, uint32_t number)
{
    number = htole32(number);
    memcpy(bytes, &number, sizeof number);
}
static inline void bytes_put_u64(void *bytes, uint64_t number)
{
    number = htole64(number);
    memcpy(bytes, &number, sizeof number);
}

#endif
