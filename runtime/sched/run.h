/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - runs a flow: what is ready goes to the backend, what is done to the store.
 *
 * One Run owns one run of the store, on one event loop.  The order of calls:
 * run_create (or resume_create), run_new, a backend with run_backend_events and the
 * Run as its owner, run_execute, run_free. */
#ifndef SCHED_RUN_H
#define SCHED_RUN_H

#include "sched/backend.h"
#include "sched/ledger.h"

enum {
    RUN_MAX_WORKERS = 16,
    RUN_MAX_NUM_SPLITS = 100,
    RUN_LOST_MAX = 10 /* attempts that a machine may lose, a row */
};

typedef struct Run Run;

/* What follows a failed attempt. */
typedef enum RunNext {
    RUN_RETRIES, /* another attempt, after the delay */
    RUN_CAUGHT,  /* @catch: the flow goes on */
    RUN_GIVES_UP /* failed for good; what does not need it goes on */
} RunNext;

/* Any of them may be NULL.  Nothing but run_cancel may be called from within. */
typedef struct RunObserver {
    /* A worker begins with `n` rows, one after another, of which `lo` is the first; there may be
     * rows between them that are not its own. */
    void (*started)(void *ctx, uint32_t step, uint32_t round, uint64_t lo, uint64_t n,
                    uint32_t attempt, uint32_t pid);
    /* A line that a task printed, without its newline; as it comes, before anything is stored. */
    void (*line)(void *ctx, uint32_t step, uint64_t ord, uint32_t round, uint32_t pid,
                 bool is_stderr, Bytes text);
    /* The chunk's rows are done, and that is durable. */
    void (*done)(void *ctx, const Chunk *chunk);
    /* An attempt failed, and that is durable.  `delay` (ns) is for RUN_RETRIES. */
    void (*failed)(void *ctx, const FailRow *fail, RunNext next, int64_t delay);
    void (*warning)(void *ctx, const char *text);
} RunObserver;

typedef struct RunOptions {
    const FlowProgram *program;
    Db *db;
    uv_loop_t *loop;
    int64_t run, epoch;
    uint64_t seed;
    Bytes params;            /* CBOR map with every parameter (sched/params.h); copied */
    uint32_t max_workers;    /* 0: RUN_MAX_WORKERS */
    uint64_t max_num_splits; /* 0: RUN_MAX_NUM_SPLITS */
    uint64_t chunk;          /* rows a chunk; 0: as many as take 20 ms */
    const FlowStep *until;   /* of the program: runs it and what it needs; NULL: the whole flow */
    int64_t reuse_from;      /* a resumed run's: see ResumePlan; 0: none */
    const bool *reusable;
    bool fail_fast;          /* a task that has failed for good stops all others */
    const RunObserver *observer;
    void *observer_ctx;
} RunOptions;

typedef struct RunResult {
    RunState state;  /* any but RUN_RUNNING; RUN_STOPPED: behind `until` */
    uint64_t failed; /* tasks that have failed for good */
    int signal;      /* that was given to run_cancel, or 0 */
    uint64_t splits; /* that it would need --max-num-splits for, or 0 */
    char why[1000];  /* one line; "" for RUN_DONE */
} RunResult;

/* Writes a new run into the store, with its program. */
typedef struct RunStart {
    const FlowProgram *program;
    uint64_t seed;
    Bytes params;
    const char *tags, *user;
} RunStart;
FlowStatus run_create(Db *db, const RunStart *start, int64_t *run, int64_t *epoch, FlowError *err);

/* Reads the run from the store, and what it takes over. */
FlowStatus run_new(const RunOptions *options, Run **out, FlowError *err);
void run_free(Run *r); /* NULL is allowed; closes the backend */

const Ledger *run_ledger(const Run *r);
/* Whether it is to run: with `until`, what leads to that step. */
bool run_wants(const Run *r, uint32_t step);
/* How many tasks of the step run at this moment. */
uint64_t run_running(const Run *r, uint32_t step);
/* For the backend's constructor; the Run is the owner. */
extern const BackendEvents run_backend_events;

/* Runs what is left, until the flow is over, has failed or was cancelled; then all that is done is
 * durable and the run has its state in the store.  Takes over the backend.  An error means that the
 * store or the event loop failed; the words are also in result->why. */
FlowStatus run_execute(Run *r, Backend *backend_take, RunResult *result, FlowError *err);

/* Stops the workers, stores what is done, and lets run_execute return.  From a callback of the
 * event loop or of the observer. */
void run_cancel(Run *r, int signal);

#endif
