/* SPDX-License-Identifier: Apache-2.0 */
/* sieve.c - how many primes there are below 50 million. */
#include <stdbool.h>

#include "bench.h"

enum { BELOW = 50000000 };

int main(void)
{
    double begin = now();
    bool *crossed = need(calloc(BELOW, sizeof *crossed));
    int64_t count = 0;
    for (int64_t i = 2; i < BELOW; i++) {
        if (crossed[i])
            continue;
        count++;
        for (int64_t j = i * i; j < BELOW; j += i)
            crossed[j] = true;
    }
    free(crossed);
    printf("%lld %.6f\n", (long long)count, now() - begin);
    return 0;
}
