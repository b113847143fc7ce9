/* SPDX-License-Identifier: Apache-2.0 */
/* now.c - the clock of all programs that bench/speed measures. */
#include <time.h>

double now(void);

/* Seconds of processor time that this process has had. */
double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}
