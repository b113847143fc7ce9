/* SPDX-License-Identifier: Apache-2.0 */
/* run_private.h - what the parts of a run share.
 *
 * run.c is the loop, run_dispatch.c decides what runs next, run_events.c takes in what the
 * backend tells.  Events only note things; deciding, submitting and storing happen in the loop's
 * turn, so that no event comes in the middle of another. */
#ifndef SCHED_RUN_PRIVATE_H
#define SCHED_RUN_PRIVATE_H

#include "sched/block_write.h"
#include "sched/commit.h"
#include "sched/machine.h"
#include "sched/policy.h"
#include "sched/reuse.h"
#include "sched/route.h"
#include "sched/run.h"

/* A chunk that runs. */
typedef struct Dispatch {
    Run *owner;
    Part *part;
    uint32_t step, round, attempt, pid;
    Buffer runs;   /* RowRun: its rows */
    uint64_t n;    /* how many */
    size_t run;    /* the run that `next` lies in */
    uint64_t next; /* the first row that nothing was said of */
    uint64_t done; /* rows that are done */
    uint64_t after; /* what was to be stored when it was sent out: it is told later than that */
    uint32_t charged,
        lost; /* attempts of the (then only) row that spent budget, and that did not */
    FlowPolicy policy;
    uint64_t gpus; /* bits: the machine's that it has */
    bool is_alone; /* larger than the machine */
    bool has_slow_row, has_crashed;
    int64_t part_since; /* when its first row came, 0: none */
    size_t index;       /* in run->active */
} Dispatch;

/* A row that waits for its next attempt. */
typedef struct Retry {
    int64_t due; /* os_monotonic_ns */
    uint32_t step, round, attempt, charged, lost;
    uint64_t ord;
} Retry;

typedef struct StepStats {
    double mean;    /* ns a row; 0: not known */
    uint64_t limit; /* rows a chunk at most */
    bool is_warned; /* that it is larger than the machine */
    bool has_interpreters; /* those of its scripts are here */
} StepStats;

/* What a task prints before that which released it is stored: told when that has been. */
typedef struct Held {
    uint64_t after;
    bool is_line; /* else a worker has begun */
    uint32_t step, round, attempt, pid;
    uint64_t ord, n;
    bool is_stderr;
    char *text;
    size_t len;
} Held;

struct Run {
    const FlowProgram *program;
    Db *db;
    uv_loop_t *loop;
    int64_t id, epoch;
    uint64_t seed;
    uint32_t max_workers;
    uint64_t chunk;
    RunObserver observer;
    void *observer_ctx;

    Ledger *ledger;
    Router router;
    Columns *columns;
    Commit *commit;
    BlockWriter *blocks;
    Policies *policies;
    Reuse *reuse; /* NULL: no rows are taken over */
    StepStats *stats;
    uint16_t *by_rank; /* the steps that are to run, the deepest first */
    uint16_t by_rank_count;
    const FlowStep *until; /* NULL: the whole flow */
    bool fail_fast;

    Held *held; /* as it came */
    size_t held_count, held_cap;

    Backend *backend;
    Dispatch **active;
    size_t active_count;
    Dispatch **idle; /* to be used again */
    size_t idle_count;
    Retry *retries; /* a heap by `due` */
    size_t retry_count, retry_cap;

    Machine machine;
    bool is_measured;
    double cpu_used;
    int64_t memory_used;
    uint64_t gpus_used; /* bits */
    bool is_alone;      /* a task larger than the machine runs */

    uv_timer_t commit_timer, part_timer, wake_timer;
    int open_handles;
    bool commit_due;
    int64_t commit_time;   /* ns that the last commit took */
    int64_t pause_until;   /* after a chunk could not run at all */
    uint32_t chunk_errors; /* in a row */

    bool is_stopping; /* nothing more is dispatched */
    bool is_cut_off;  /* by fail_fast: what the others say is no failure of theirs */
    bool is_dead;     /* the store failed */
    FlowStatus death;
    int signal;
    uint64_t failed;
    char why[sizeof((RunResult *)0)->why]; /* the first reason */
};

/* Stops dispatching; what runs goes on.  The first reason stays. */
void run_stop(Run *r, const char *format, ...) FLOW_PRINTF(2, 3);
/* The store (or memory) has failed: stops everything. */
void run_die(Run *r, FlowStatus status, const FlowError *err);
void run_warn(Run *r, const char *format, ...) FLOW_PRINTF(2, 3);

/* Tells the observer now, or after what the dispatch came after.  Takes nothing over. */
void run_tell(Run *r, const Dispatch *d, const Held *event);
/* What waits for an earlier entry of the commit than this one. */
void run_tell_held(Run *r, uint64_t before);

/* Starts the next chunk; false when nothing can start now. */
bool run_dispatch_next(Run *r);
static inline const RowRun *dispatch_runs(const Dispatch *d)
{
    return (const RowRun *)(const void *)d->runs.bytes;
}
static inline size_t dispatch_run_count(const Dispatch *d)
{
    return d->runs.len / sizeof(RowRun);
}
/* The rows before `to` that nothing was said of are ready again. */
void dispatch_give_back(Run *r, Dispatch *d, uint64_t to);

/* The chunk is over: gives back what it held. */
void run_leave(Run *r, Dispatch *d);
/* A chunk could not run at all: its rows are ready again, a little later. */
void run_put_off(Run *r, Dispatch *d, const char *why);
/* Sets the timer that wakes the loop for the next retry. */
void run_set_wake(Run *r);
FlowStatus run_add_retry(Run *r, const Retry *retry);

/* Makes a chunk of what the dispatch's part holds, routes it and hands it to the commit. */
void run_flush_part(Run *r, Dispatch *d);
/* Stops the run when a foreach opened more than --max-num-splits. */
void run_check_splits(Run *r);

/* run_create, with what a resumed run takes over. */
FlowStatus run_create_from(Db *db, const RunStart *start, int64_t origin, const TakeRow *takes,
                           size_t take_count, int64_t *run, int64_t *epoch, FlowError *err);

#endif
