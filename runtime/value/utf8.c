/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.c - eight bytes at a time where they are ASCII. */
#include "value/utf8.h"

#include <string.h>

static bool eight_ascii(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return (word & 0x8080808080808080u) == 0;
}

bool utf8_is_ascii(const char *bytes, size_t len)
{
    for (; len >= 8; bytes += 8, len -= 8)
        if (!eight_ascii(bytes))
            return false;
    for (; len > 0; bytes++, len--)
        if ((unsigned char)*bytes >= 0x80)
            return false;
    return true;
}

/* How many bytes the sequence at `b` takes when it is well-formed, else 0. */
static size_t sequence(const unsigned char *b, size_t len)
{
    if (b[0] < 0x80)
        return 1;
    size_t size = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
    if (b[0] < 0xc2 || b[0] > 0xf4 || len < size)
        return 0;
    for (size_t i = 1; i < size; i++)
        if ((b[i] & 0xc0) != 0x80)
            return 0;
    bool too_long = (b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xf0 && b[1] < 0x90);
    bool surrogate = b[0] == 0xed && b[1] >= 0xa0;
    bool too_large = b[0] == 0xf4 && b[1] >= 0x90;
    return too_long || surrogate || too_large ? 0 : size;
}

bool utf8_is_valid(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len;) {
        if (len - i >= 8 && eight_ascii(bytes + i)) {
            i += 8;
            continue;
        }
        size_t size = sequence((const unsigned char *)bytes + i, len - i);
        if (size == 0)
            return false;
        i += size;
    }
    return true;
}

size_t utf8_count(const char *bytes, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += !utf8_is_continuation(bytes[i]);
    return count;
}

size_t utf8_offset(const char *bytes, size_t len, size_t index)
{
    size_t i = 0;
    while (i < len && (index > 0 || utf8_is_continuation(bytes[i]))) {
        if (len - i >= 8 && index >= 8 && eight_ascii(bytes + i)) {
            i += 8;
            index -= 8;
            continue;
        }
        i++;
        while (i < len && utf8_is_continuation(bytes[i]))
            i++;
        index--;
    }
    return i;
}

size_t utf8_whole(const char *bytes, size_t len)
{
    size_t lead = len, size;
    while (lead > 0 && utf8_is_continuation(bytes[lead - 1]))
        lead--;
    if (lead == 0)
        return 0;
    unsigned char first = (unsigned char)bytes[lead - 1];
    size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    return lead - 1 + size > len ? lead - 1 : len;
}

uint32_t utf8_decode(const char *bytes, size_t *size)
{
    const unsigned char *b = (const unsigned char *)bytes;
    if (b[0] < 0x80) {
        *size = 1;
        return b[0];
    }
    *size = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
    uint32_t point = b[0] & (0x7fu >> *size);
    for (size_t i = 1; i < *size; i++)
        point = point << 6 | (b[i] & 0x3fu);
    return point;
}

size_t utf8_encode(uint32_t point, char out[4])
{
    static const unsigned char heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)(heads[size] | point);
    return size;
}
