/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.c - strings of any octets. */
#include <string.h>

#include <flow/lib.h>

#include "value/base64.h"
#include "value/list.h"
#include "value/string.h"
#include "value/utf8.h"

FlowStatus flow_bytes_of(FlowTask *t, const FlowString *s, FlowString **out)
{
    (void)t;
    *out = flow_string_retain((FlowString *)(uintptr_t)s);
    return FLOW_OK;
}

FlowStatus flow_bytes_of_list(FlowTask *t, const FlowList *xs, FlowString **out)
{
    size_t len = (size_t)flow_list_len(xs);
    *out = NULL;
    if (len == 0)
        return FLOW_OK;
    FlowStatus s = string_make(t, len, out);
    for (size_t i = 0; s == FLOW_OK && i < len; i++) {
        int64_t octet = flow_list_peek_int(xs, i);
        if (octet < 0 || octet > UINT8_MAX)
            s = flow_fail(t, "item %zu is %lld, but a byte is a number from 0 to 255", i,
                          (long long)octet);
        (*out)->bytes[i] = (char)octet;
    }
    if (s == FLOW_OK) {
        string_seal(*out);
    } else {
        flow_string_release(*out);
        *out = NULL;
    }
    return s;
}

FlowStatus flow_bytes_at(FlowTask *t, const FlowString *b, int64_t index, int64_t *out)
{
    size_t len = flow_string_len_bytes(b);
    if (index < 0 || (uint64_t)index >= len)
        return flow_fail_index(t, index, (int64_t)len);
    *out = (unsigned char)b->bytes[index];
    return FLOW_OK;
}

FlowStatus flow_bytes_slice(FlowTask *t, const FlowString *b, int64_t from, int64_t to,
                            FlowString **out)
{
    int64_t len = (int64_t)flow_string_len_bytes(b);
    if (from < 0 || to > len || from > to)
        return flow_fail(t, "the slice %lld..%lld does not lie within 0..%lld", (long long)from,
                         (long long)to, (long long)len);
    return flow_string_new(t, flow_string_bytes(b) + from, (size_t)(to - from), out);
}

FlowStatus flow_bytes_text(FlowTask *t, const FlowString *b, FlowString **out)
{
    if (!utf8_is_valid(flow_string_bytes(b), flow_string_len_bytes(b)))
        return flow_fail(t, "these %zu bytes are no text: they are not valid UTF-8",
                         flow_string_len_bytes(b));
    return flow_bytes_of(t, b, out);
}

FlowStatus flow_bytes_hex(FlowTask *t, const FlowString *b, FlowString **out)
{
    static const char digits[] = "0123456789abcdef";
    size_t len = flow_string_len_bytes(b);
    *out = NULL;
    if (len == 0)
        return FLOW_OK;
    FlowStatus s = string_make(t, 2 * len, out);
    if (s != FLOW_OK)
        return s;
    for (size_t i = 0; i < len; i++) {
        unsigned char octet = (unsigned char)b->bytes[i];
        (*out)->bytes[2 * i] = digits[octet >> 4];
        (*out)->bytes[2 * i + 1] = digits[octet & 15];
    }
    string_seal(*out);
    return FLOW_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

FlowStatus flow_bytes_from_hex(FlowTask *t, const FlowString *s, FlowString **out)
{
    size_t len = flow_string_len_bytes(s);
    *out = NULL;
    if (len % 2 != 0)
        return flow_fail(t, "%zu hexadecimal digits are no bytes: two of them make one", len);
    for (size_t i = 0; i < len; i++)
        if (hex_digit(s->bytes[i]) < 0)
            return flow_fail(t, "the character at byte %zu is no hexadecimal digit", i);
    FlowStatus status = len ? string_make(t, len / 2, out) : FLOW_OK;
    if (status != FLOW_OK || len == 0)
        return status;
    for (size_t i = 0; i < len; i += 2)
        (*out)->bytes[i / 2] = (char)(hex_digit(s->bytes[i]) * 16 + hex_digit(s->bytes[i + 1]));
    string_seal(*out);
    return FLOW_OK;
}

static FlowStatus take(FlowTask *t, FlowStatus s, Buffer *text, FlowString **out)
{
    if (s == FLOW_OK)
        s = flow_string_new(t, (const char *)text->bytes, text->len, out);
    else if (s == FLOW_ENOMEM)
        s = flow_fail_memory(t, text->cap);
    buffer_free(text);
    return s;
}

FlowStatus flow_bytes_base64(FlowTask *t, const FlowString *b, FlowString **out)
{
    Buffer text = {0};
    return take(t, base64_write(&text, flow_string_bytes(b), flow_string_len_bytes(b)), &text, out);
}

FlowStatus flow_bytes_from_base64(FlowTask *t, const FlowString *s, FlowString **out)
{
    Buffer octets = {0};
    FlowStatus status = base64_read(flow_string_bytes(s), flow_string_len_bytes(s), &octets);
    if (status == FLOW_EFORMAT)
        status = flow_fail(t, "this text of %zu bytes is no base64 (RFC 4648, with padding)",
                           flow_string_len_bytes(s));
    return take(t, status, &octets, out);
}
