/* SPDX-License-Identifier: Apache-2.0 */
/* gc_blobs.h - which files of the blobs folder nobody names.
 *
 * Begin lists the files that are old enough to go, spare takes off the list what a
 * row names, finish removes what is left on it.  So what is held in memory grows with
 * what may be removed, not with the store. */
#ifndef STORE_GC_BLOBS_H
#define STORE_GC_BLOBS_H

#include "store/db.h"

typedef struct SweepEntry {
    FlowDigest digest;
    bool is_there, is_spared;
} SweepEntry;

typedef struct BlobSweep {
    const char *dir;
    int64_t before;      /* ns since 1970: what was put later stays */
    SweepEntry *entries; /* by digest, open addressing; cap is a power of two */
    size_t count, cap;
    char **parts;        /* what killed writers have left */
    size_t part_count, part_cap;
} BlobSweep;

FlowStatus blob_sweep_begin(BlobSweep *sweep, const char *dir, int64_t before, FlowError *err);
/* What the row of a column names, and what the column names that it is. */
FlowStatus blob_sweep_spare(BlobSweep *sweep, const ColRow *row, FlowError *err);
/* Adds to *files and *bytes what was removed; with is_dry, what would be. */
FlowStatus blob_sweep_finish(BlobSweep *sweep, bool is_dry, uint64_t *files, uint64_t *bytes,
                             FlowError *err);
void blob_sweep_free(BlobSweep *sweep);

#endif
