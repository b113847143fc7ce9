/* SPDX-License-Identifier: Apache-2.0 */
/* backend.h - where chunks run: the one interface between scheduler and pools.
 *
 * A backend is handed chunks and tells what became of their rows, in any order
 * between chunks, on the scheduler's event loop.  Each chunk that was submitted
 * ends with exactly one `ended`, after which its `ctx` is not used again. */
#ifndef SCHED_BACKEND_H
#define SCHED_BACKEND_H

#include <uv.h>

#include "sched/wire.h"

typedef struct Backend Backend;

/* Rows of (step, round), all at the same attempt. */
typedef struct ChunkSpec {
    uint32_t step, round;
    uint64_t lo, n;       /* the first row, and how many */
    const RowRun *runs;   /* the rows, ascending; copied by submit */
    size_t run_count;     /* 0: they are lo, lo + 1, … */
    uint32_t attempt;     /* from 1 */
    int64_t timeout;      /* ns for each row's attempt, 0: none */
    int64_t memory;       /* bytes, 0: no bound */
    double cpu;           /* cores that each row asks for, 0: it does not */
    uint64_t gpus;        /* bits: the machine's devices (os/gpu.h) that are its own */
    uint64_t seed;
    Bytes block;          /* the input block; copied by submit */
    int block_fd;         /* above 0: a file in memory that holds it, to be handed on uncopied */
    void *ctx;            /* handed back in every event */
} ChunkSpec;

/* A row that is done: the frame's header and its decoded parts, borrowed for the call. */
typedef struct RowDone {
    const FrameDone *frame;
    const Cell *cells;            /* cell_count: the carried keeps */
    const FrameColumn *columns;   /* column_count: the items of a foreach */
    const uint8_t *const *bodies; /* their bodies; NULL for a blob */
} RowDone;

typedef struct RowFail {
    uint64_t ord;
    Why why;
    Bytes message, trace;
    int64_t began, duration;
    LogSpan log;
    uint32_t line;   /* of the .flow file, 0 when unknown */
    uint32_t pid;
} RowFail;

typedef struct BackendEvents {
    /* Comes before anything else of the chunk; late by up to 50 ms for a long row.  May not come
     * for a chunk of which no row was begun. */
    void (*started)(void *ctx, uint32_t pid);
    void (*row_done)(void *ctx, const RowDone *row);
    /* Also crash and timeout of the row that was at work. */
    void (*row_failed)(void *ctx, const RowFail *row);
    /* No more of this chunk.  Rows in neither event were not begun: they are ready again.  `error`
     * is "" or says why the chunk as a whole could not run (then retrying at once is no use). */
    void (*ended)(void *ctx, const char *error);
    /* A whole line (or the rest at the row's end, or 64 KB of a longer one) that a task printed. */
    void (*line)(void *ctx, uint64_t ord, uint32_t pid, bool is_stderr, Bytes text);
    /* The backend as a whole is broken (its fork server died): the run must stop. */
    void (*broken)(void *owner, const char *why);
} BackendEvents;

typedef struct BackendOps {
    const char *name;
    /* How many chunks may be submitted now. */
    uint32_t (*room)(Backend *b);
    FlowStatus (*submit)(Backend *b, const ChunkSpec *spec, FlowError *err);
    /* Stops everything: no further rows begin; what runs is killed.  `ended` comes for each
     * chunk. */
    void (*cancel)(Backend *b);
    void (*close)(Backend *b); /* after the last `ended` */
} BackendOps;

struct Backend {
    const BackendOps *ops;
};

#endif
