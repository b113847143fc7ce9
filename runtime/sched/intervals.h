/* SPDX-License-Identifier: Apache-2.0 */
/* intervals.h - a set of row numbers as sorted, disjoint runs.
 *
 * Made for what is ready: rows come in and leave mostly in ascending order, so
 * both ends of the list are cheap.  Zero-filled is empty. */
#ifndef SCHED_INTERVALS_H
#define SCHED_INTERVALS_H

#include <flow/status.h>

typedef struct Interval {
    uint64_t lo, n;
} Interval;

typedef struct Intervals {
    Interval *items; /* items[head .. head + count] */
    size_t head, count, cap;
    uint64_t total;  /* rows in the set */
} Intervals;

/* Union with [lo, lo + n); what is in the set already stays. */
FlowStatus intervals_add(Intervals *s, uint64_t lo, uint64_t n);
FlowStatus intervals_remove(Intervals *s, uint64_t lo, uint64_t n);
/* Takes out up to `max` consecutive rows, the lowest there are; false when empty. */
bool intervals_pop(Intervals *s, uint64_t max, uint64_t *lo, uint64_t *n);
/* Whether all of [lo, lo + n) is in the set. */
bool intervals_covers(const Intervals *s, uint64_t lo, uint64_t n);
void intervals_free(Intervals *s);

#endif
