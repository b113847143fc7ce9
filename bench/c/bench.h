/* SPDX-License-Identifier: Apache-2.0 */
/* bench.h - what the references share: a clock, and numbers that Flow draws in the same way. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Seconds of processor time that this process has had; now.c, which the flows call too. */
double now(void);

static inline void *need(void *memory)
{
    if (!memory) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

/* From 0 to below 2 ** 31; Flow's ints do not wrap round, so neither does this. */
static inline int64_t draw(int64_t *state)
{
    *state = (*state * 1103515245 + 12345) % 2147483648;
    return *state;
}

#endif
