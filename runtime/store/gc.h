/* SPDX-License-Identifier: Apache-2.0 */
/* gc.h - removes runs that need not be kept, and what only they had named.
 *
 * Rows go first, a run in one transaction; then folders of logs without a run, and
 * blobs that no row names.  Killed at any point, the next one goes on from there.
 *
 * Runs may go on beside it.  A blob is on the disk before a row names it: so none is
 * removed that was put within the last hour, or since the oldest run that goes on
 * began.  Putting a blob that is there already makes it young again (store/blob.h). */
#ifndef STORE_GC_H
#define STORE_GC_H

#include "store/db.h"

enum { GC_GRACE_S = 3600 };

typedef enum GcKeep {
    GC_REMOVED,
    GC_KEPT,          /* as was asked for */
    GC_KEPT_RUNNING,
    GC_KEPT_TAKEN,    /* a run that is kept takes from it */
    GC_KEPT_TAGGED,
    GC_KEPT_NEWEST    /* its number would be given again */
} GcKeep;

typedef struct GcPolicy {
    const char *flow;      /* only its runs are removed */
    uint64_t keep;         /* so many of the newest stay; 0: does not count */
    int64_t older_than;    /* ns since the end: younger ones stay; 0: does not count */
    bool with_tagged;      /* runs that have tags too */
    bool is_dry;           /* nothing is removed */
} GcPolicy;                /* where neither counts no run is removed */

typedef struct GcCounts {
    uint64_t runs, kept;
    uint64_t blobs, blob_bytes;
    uint64_t log_bytes, database_bytes;
} GcCounts;

typedef struct GcVerdict {
    int64_t run;
    GcKeep keep;
    RunState state;    /* RUN_DIED also where nobody has written that */
    bool is_left_open; /* not done, and no run has gone on from it */
} GcVerdict;

/* Called for each run of the flow that is removed (after that; with is_dry: would be), or that
 * stays for another reason than GC_KEPT. */
typedef void GcTold(void *ctx, const GcVerdict *verdict);

FlowStatus store_gc(Db *db, const GcPolicy *policy, GcTold *told, void *ctx, GcCounts *counts,
                    FlowError *err);

#endif
