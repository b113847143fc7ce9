/* SPDX-License-Identifier: Apache-2.0 */
/* rowset.h - a set of row numbers: a bit a row, in pages that exist where rows are.
 *
 * Made for what is ready: wide ranges come in at once, every second row when ways
 * part, and all leave from the front.  Zero-filled is empty. */
#ifndef SCHED_ROWSET_H
#define SCHED_ROWSET_H

#include <flow/status.h>

/* Consecutive rows. */
typedef struct RowRun {
    uint64_t lo, n;
} RowRun;

typedef struct RowPage RowPage;

typedef struct RowSet {
    RowPage **pages; /* NULL: none of its rows is in the set */
    uint64_t base;   /* number of pages[0] among all pages */
    size_t len, cap;
    size_t first;   /* no page before this one has rows */
    uint64_t total; /* rows in the set */
} RowSet;

/* Union with [lo, lo + n); what is in the set already stays. */
FlowStatus rowset_add(RowSet *s, uint64_t lo, uint64_t n);
void rowset_remove(RowSet *s, uint64_t lo, uint64_t n);
/* The lowest row, false when empty; moves `first` up to it. */
bool rowset_first(RowSet *s, uint64_t *lo);
/* Takes out up to `max` consecutive rows, the lowest there are; false when empty. */
bool rowset_pop(RowSet *s, uint64_t max, RowRun *out);
/* Whether all of [lo, lo + n) is in the set. */
bool rowset_covers(const RowSet *s, uint64_t lo, uint64_t n);
void rowset_free(RowSet *s);

#endif
