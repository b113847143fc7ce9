/* SPDX-License-Identifier: Apache-2.0 */
/* random.c - Philox 4x32-10 (Salmon, Moraes, Dror and Shaw: "Parallel random numbers: as easy as
 * 1, 2, 3", 2011).
 *
 * A block of four 32-bit words is a function of a 128-bit counter and a 64-bit key; it makes two
 * draws of 64 bits, so draw n is half n % 2 of block n / 2.  `counter` counts draws, and a
 * checkpoint needs to store nothing else. */
#include "lib/random.h"

#include <string.h>

#include <flow/lib.h>

enum { ROUNDS = 10 };

/* ---- the generator ------------------------------------------------------- */

void random_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t a = (uint64_t)0xd2511f53u * c0, b = (uint64_t)0xcd9e8d57u * c2;
        c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)b;
        c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)a;
        k0 += 0x9e3779b9u;
        k1 += 0xbb67ae85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* Draws from a task's stream, and keeps the second half of a block for the next draw. */
typedef struct Source {
    FlowRandom *random;
    uint64_t half; /* draw `counter`, where `counter` is odd and has_half */
    bool has_half;
} Source;

static uint64_t draw(Source *source)
{
    FlowRandom *random = source->random;
    uint64_t block = random->counter >> 1;
    bool is_second = random->counter++ & 1;
    if (is_second && source->has_half) {
        source->has_half = false;
        return source->half;
    }
    const uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), 0, 0};
    const uint32_t key[2] = {(uint32_t)random->key, (uint32_t)(random->key >> 32)};
    uint32_t words[4];
    random_philox(counter, key, words);
    source->half = words[2] | (uint64_t)words[3] << 32;
    source->has_half = !is_second;
    return is_second ? source->half : words[0] | (uint64_t)words[1] << 32;
}

/* Evenly from [0, n), n > 0.  The high word of draw * n is fair save for the few draws whose low
 * word falls under 2 ** 64 % n; those are drawn again (Lemire 2019). */
static uint64_t draw_below(Source *source, uint64_t n)
{
    unsigned __int128 product = (unsigned __int128)draw(source) * n;
    if ((uint64_t)product < n) {
        uint64_t unfair = (0 - n) % n;
        while ((uint64_t)product < unfair)
            product = (unsigned __int128)draw(source) * n;
    }
    return (uint64_t)(product >> 64);
}

static double draw_float(Source *source)
{
    return (double)(draw(source) >> 11) * 0x1p-53;
}

/* ---- the key ------------------------------------------------------------- */

/* One step of splitmix64 over what came before and the next word. */
static uint64_t mix(uint64_t state, uint64_t word)
{
    uint64_t z = (state ^ word) + 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint64_t mix_text(uint64_t state, const char *text)
{
    size_t len = strlen(text);
    state = mix(state, len);
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = 0;
        for (size_t j = i; j < len && j < i + 8; j++)
            word |= (uint64_t)(unsigned char)text[j] << 8 * (j - i);
        state = mix(state, word);
    }
    return state;
}

void flow_random_seed(FlowRandom *random, uint64_t seed, const char *step, const uint64_t *path,
                      size_t path_len, uint32_t round)
{
    uint64_t key = mix_text(mix(0, seed), step);
    key = mix(key, path_len);
    for (size_t i = 0; i < path_len; i++)
        key = mix(key, path[i]);
    *random = (FlowRandom){.key = mix(key, round)};
}

uint64_t random_word(FlowRandom *random)
{
    return draw(&(Source){.random = random});
}

FlowRandom random_stream(uint64_t word, uint64_t index)
{
    return (FlowRandom){.key = mix(mix(0, word), index)};
}

/* ---- the module `random` ------------------------------------------------- */

FlowStatus flow_random_float(FlowTask *t, double *out)
{
    if (!t)
        return FLOW_FAIL;
    *out = draw_float(&(Source){.random = &t->random});
    return FLOW_OK;
}

static FlowStatus check_range(FlowTask *t, const FlowList *range)
{
    if (!t)
        return FLOW_FAIL;
    return flow_list_len(range) > 0 ? FLOW_OK
                                    : flow_fail(t, "there is no int to draw from an empty range");
}

static FlowStatus check_count(FlowTask *t, int64_t count)
{
    if (!t)
        return FLOW_FAIL;
    return count >= 0 ? FLOW_OK
                      : flow_fail(t, "%lld random numbers cannot be drawn", (long long)count);
}

FlowStatus flow_random_int(FlowTask *t, const FlowList *range, int64_t *out)
{
    FlowStatus s = check_range(t, range);
    if (s == FLOW_OK)
        *out = flow_list_peek_int(range, draw_below(&(Source){.random = &t->random}, range->len));
    return s;
}

FlowStatus flow_random_ints(FlowTask *t, int64_t count, const FlowList *range, FlowList **out)
{
    FlowStatus s = check_count(t, count);
    if (s == FLOW_OK && count > 0)
        s = check_range(t, range);
    if (s == FLOW_OK)
        s = flow_list_new(t, &flow_type_int, 0, (size_t)count, out);
    if (s != FLOW_OK)
        return s;
    int64_t *items = (*out)->items;
    Source source = {.random = &t->random};
    for (int64_t i = 0; i < count; i++)
        items[i] = flow_list_peek_int(range, draw_below(&source, range->len));
    (*out)->len = (size_t)count;
    return FLOW_OK;
}

FlowStatus flow_random_floats(FlowTask *t, int64_t count, FlowList **out)
{
    FlowStatus s = check_count(t, count);
    if (s == FLOW_OK)
        s = flow_list_new(t, &flow_type_float, 0, (size_t)count, out);
    if (s != FLOW_OK)
        return s;
    double *items = (*out)->items;
    Source source = {.random = &t->random};
    for (int64_t i = 0; i < count; i++)
        items[i] = draw_float(&source);
    (*out)->len = (size_t)count;
    return FLOW_OK;
}
