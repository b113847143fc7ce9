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

/* Leaves the first `len` bytes of two words, at most 16, and 0 behind them; no branch, since nobody
 * can foresee how long a word is. */
static inline void key_words_cut(uint64_t words[2], size_t len)
{
    static const unsigned char kept[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                           255, 255, 255, 255, 255, 255, 255, 255};
    words[0] &= bytes_get_u64(kept + 16 - len);
    words[1] &= bytes_get_u64(kept + 24 - len);
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
    uint64_t words[2] = {bytes_get_u64(bytes), bytes_get_u64(bytes + 8)};
    key_words_cut(words, len);
    uint64_t rest = words[1] | (uint64_t)len << 56;
    return (Key){key_mix(words[0], rest), rest};
}

#endif
