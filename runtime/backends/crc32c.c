/* SPDX-License-Identifier: Apache-2.0 */
/* crc32c.c - eight bytes an instruction with SSE 4.2, else half a byte a step of a table that is
 * small enough to be written down. */
#include "backends/crc32c.h"

#include <string.h>

/* Entry i is i shifted through the reflected polynomial 0x82f63b78, four bits. */
static const uint32_t nibbles[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t crc32c_portable(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < len; i++) {
        crc ^= at[i];
        crc = (crc >> 4) ^ nibbles[crc & 15];
        crc = (crc >> 4) ^ nibbles[crc & 15];
    }
    return ~crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    uint64_t crc = 0xffffffff;
    for (; len >= 8; at += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        crc = __builtin_ia32_crc32di(crc, word);
    }
    for (; len > 0; at++, len--)
        crc = __builtin_ia32_crc32qi((uint32_t)crc, *at);
    return ~(uint32_t)crc;
}

uint32_t crc32c(const void *bytes, size_t len)
{
    return __builtin_cpu_supports("sse4.2") ? crc32c_sse42(bytes, len)
                                            : crc32c_portable(bytes, len);
}

#else

uint32_t crc32c(const void *bytes, size_t len)
{
    return crc32c_portable(bytes, len);
}

#endif
