/* SPDX-License-Identifier: Apache-2.0 */
/* check_private.h - what the two halves of `store check` share: rows and columns as they are stored
 * (check.c), and whether they fit the graph of the flow (check_graph.c). */
#ifndef SCHED_CHECK_PRIVATE_H
#define SCHED_CHECK_PRIVATE_H

#include "sched/check.h"
#include "sched/ledger.h"
#include "sched/program_record.h"
#include "store/gc_blobs.h"

typedef struct Checker {
    Db *db;
    const FlowProgram *program;
    void (*finding)(void *ctx, const char *line);
    void *ctx;
    CheckCounts *counts;
    FlowError *err;
    FlowDigest *blobs; /* verified ones, by hash; open addressing */
    uint8_t *blob_used;
    size_t blob_cap, blob_count;
    BlobSweep sweep; /* of the blobs that no row names */
} Checker;

/* One run as it is stored. */
typedef struct StoredChunk {
    int64_t id;
    uint32_t step, round;
    uint64_t lo, n;
    uint8_t *mask;
    uint64_t segment_rows[8]; /* rows of the segments that it opened, in order of domain */
    uint32_t segment_domains[8];
    uint32_t segment_count;
} StoredChunk;

typedef struct StoredRun {
    int64_t id;
    FlowDigest program;
    RunState state;
    char **steps; /* names by number, or NULL */
    size_t step_count;
    StoredChunk *chunks;
    size_t chunk_count, chunk_cap;
    ProgramRecord record;
    bool has_record, has_takes;
    bool matches; /* this program's steps, with the same meanings and edges */
} StoredRun;

/* How far the log files of a run's workers must go, by what is committed. */
typedef struct LogEnds {
    uint64_t (*ends)[2]; /* of each slot, standard output and standard error */
    size_t count;
} LogEnds;

FlowStatus log_ends_add(LogEnds *logs, Bytes spans);
/* Each log file of the run that is missing or cut. */
void check_logs(Checker *c, int64_t run, const LogEnds *logs);

FlowStatus check_out_of_memory(FlowError *err);
void check_report(Checker *c, int64_t run, const char *step, const char *format, ...)
    FLOW_PRINTF(4, 5);
/* A run that matches the program, against its graph. */
FlowStatus check_graph(Checker *c, const StoredRun *run);

#endif
