/* SPDX-License-Identifier: Apache-2.0 */
/* base64.c - three octets are four characters of six bits each. */
#include "value/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

FlowStatus base64_write(Buffer *out, const char *octets, size_t len)
{
    FlowStatus s = len <= SIZE_MAX / 2 ? buffer_reserve(out, (len + 2) / 3 * 4) : FLOW_ENOMEM;
    for (size_t i = 0; s == FLOW_OK && i < len; i += 3) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < len ? (unsigned char)octets[i + k] : 0);
        for (size_t k = 0; k < 4; k++, bits <<= 6)
            out->bytes[out->len++] = i + k > len ? '=' : (uint8_t)digits[bits >> 18 & 63];
    }
    return s;
}

/* Four characters, the last of which may be padding: how many octets they are, 0 for none. */
static size_t read_four(const char *text, bool is_last, uint8_t octets[3])
{
    uint32_t bits = 0;
    size_t count = 3;
    for (size_t k = 0; k < 4; k++) {
        const char *digit = text[k] ? strchr(digits, text[k]) : NULL;
        bool is_padding = is_last && text[k] == '=' && k >= 2 && (k == 3 || text[3] == '=');
        if (!digit && !is_padding)
            return 0;
        count -= is_padding;
        bits = bits << 6 | (uint32_t)(digit ? digit - digits : 0);
    }
    if (bits & ((1u << 8 * (3 - count)) - 1))
        return 0; /* bits that no octet has */
    for (size_t k = 0; k < 3; k++)
        octets[k] = (uint8_t)(bits >> (16 - 8 * k));
    return count;
}

FlowStatus base64_read(const char *text, size_t len, Buffer *out)
{
    if (len % 4 != 0)
        return FLOW_EFORMAT;
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < len; i += 4) {
        uint8_t octets[3];
        size_t count = read_four(text + i, i + 4 == len, octets);
        s = count ? buffer_append(out, octets, count) : FLOW_EFORMAT;
    }
    return s;
}
