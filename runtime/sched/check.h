/* SPDX-License-Identifier: Apache-2.0 */
/* check.h - `store check`: whether what a store says about its runs holds together.
 *
 * Reads every run, column and blob, and looks at the size of every log file.  What needs the graph
 * of a flow is checked for the runs of this program; of others only what every run must fulfil. */
#ifndef SCHED_CHECK_H
#define SCHED_CHECK_H

#include <flow/program.h>

#include "store/db.h"

typedef struct CheckCounts {
    uint64_t runs, chunks, columns, blobs, findings;
    uint64_t unnamed, unnamed_bytes; /* blobs that no run names: nothing wrong, `gc` removes them */
} CheckCounts;

/* Calls `finding` with one line for each thing that is wrong.  An error means that the store
 * could not be read to its end. */
FlowStatus store_check(Db *db, const FlowProgram *program,
                       void (*finding)(void *ctx, const char *line), void *ctx, CheckCounts *counts,
                       FlowError *err);

#endif
