/* SPDX-License-Identifier: Apache-2.0 */
/* key.h - what a map remembers of a string that is a key, so that it seldom looks at its bytes.
 *
 * A string of up to 15 bytes fits two words, its first 8 bytes, and the others with its length.
 * The hash mixes both by steps that can each be undone where the second is known: so short strings
 * whose hash and second word are the same are the same. */
#ifndef VALUE_KEY_H
#define VALUE_KEY_H

#include <flow/value.h>

#include "os/buffer.h"

enum { KEY_SHORT_MAX = 15 };

#define KEY_LONG (UINT64_MAX << 56)

typedef struct Key {
    uint64_t hash; /* never 0 */
    uint64_t rest; /* of a short string the second word; else at least KEY_LONG */
} Key;

/* The first `count` bytes of a word, the others 0. */
static inline uint64_t key_bytes(uint64_t word, size_t count)
{
    return count >= 8 ? word : word & (((uint64_t)1 << 8 * count) - 1);
}

/* What can be undone: times an odd number, and xor with the bits further up. */
static inline uint64_t key_mix(uint64_t head, uint64_t rest)
{
    uint64_t x = head ^ rest * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 32) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 29) * 0x94d049bb133111ebu;
    return x ^ x >> 32;
}

/* Both words are there to be read whatever the length is (FLOW_STRING_MIN). */
static inline Key key_of_short(const char *bytes, size_t len)
{
    uint64_t head = key_bytes(bytes_get_u64(bytes), len);
    uint64_t rest = len > 8 ? key_bytes(bytes_get_u64(bytes + 8), len - 8) : 0;
    rest |= (uint64_t)len << 56;
    return (Key){key_mix(head, rest), rest};
}

#endif
