/* SPDX-License-Identifier: Apache-2.0 */
/* commit.h - group commit: facts gather here, and are stored together in their order.
 *
 * What must not leave this process before it is durable is told by the callbacks. */
#ifndef SCHED_COMMIT_H
#define SCHED_COMMIT_H

#include "sched/part.h"
#include "sched/run.h"

typedef struct Commit Commit;

typedef struct CommitEvents {
    /* Before one of the others: the entry of this number comes. */
    void (*comes)(void *ctx, uint64_t number);
    void (*done)(void *ctx, const Chunk *chunk);
    void (*failed)(void *ctx, const FailRow *fail, RunNext next, int64_t delay);
} CommitEvents;

FlowStatus commit_new(Db *db, Columns *columns, int64_t run, int64_t epoch,
                      const CommitEvents *events, void *ctx, Commit **out);
void commit_free(Commit *c);

/* Takes over what is in the fact. */
FlowStatus commit_add_fact(Commit *c, Fact *fact_take);
/* Copies the row. */
FlowStatus commit_add_fail(Commit *c, const FailRow *fail, RunNext next, int64_t delay);

/* Entries are numbered from 1: the number of the newest, and of the newest that was told. */
uint64_t commit_newest(const Commit *c);
uint64_t commit_told(const Commit *c);
bool commit_is_empty(const Commit *c);
/* 256 facts or 1 MB wait: it is time, whatever the clock says. */
bool commit_is_full(const Commit *c);
/* Stores all that waits in one transaction, then tells.  With `finish`, the same transaction ends
 * the run.  After a failure the store takes no more from this process. */
typedef struct CommitFinish {
    RunState state;
    const char *why;
} CommitFinish;
FlowStatus commit_now(Commit *c, const CommitFinish *finish, FlowError *err);

#endif
