/* SPDX-License-Identifier: Apache-2.0 */
/* sum.c - the sum of 100 million floats that lie in memory. */
#include "bench.h"

enum { COUNT = 100000000 };

int main(void)
{
    double *xs = need(malloc(COUNT * sizeof *xs)), total = 0.0;
    for (int64_t i = 0; i < COUNT; i++)
        xs[i] = (double)(i % 1000) * 0.5;
    double begin = now();
    for (int64_t i = 0; i < COUNT; i++)
        total += xs[i];
    printf("%.1f %.6f\n", total, now() - begin);
    free(xs);
    return 0;
}
