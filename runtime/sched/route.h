/* SPDX-License-Identifier: Apache-2.0 */
/* route.h - what becomes ready when rows are done.
 *
 * One function serves a run that goes on and the replay of what a resumed one has:
 * the chunks of the ledger, in the order of commit, give the same state again. */
#ifndef SCHED_ROUTE_H
#define SCHED_ROUTE_H

#include "sched/ledger.h"
#include "sched/rowset.h"

typedef struct ReadyRound {
    uint32_t round;
    RowSet rows;
} ReadyRound;

/* What is ready of one step; rounds that are empty are taken out. */
typedef struct ReadyStep {
    ReadyRound *rounds;
    size_t count, cap;
    uint64_t total;
} ReadyStep;

typedef struct PendingJoins PendingJoins;

typedef struct Router {
    const FlowProgram *program;
    Ledger *ledger;
    ReadyStep *ready;      /* a step */
    PendingJoins *pending; /* a step: joins of branches that wait for some */
    uint64_t ready_total;
    bool is_complete;    /* `end` is done */
    uint64_t max_splits; /* 0: any number */
    uint32_t over_step;  /* the first that opened more; FLOW_NO_STEP: none */
    uint64_t over_count;
} Router;

/* `start` is ready. */
FlowStatus router_init(Router *r, const FlowProgram *program, Ledger *ledger);
void router_deinit(Router *r);

/* Routes the done rows of a chunk that the ledger has, with its segments. */
FlowStatus route_chunk(Router *r, const Chunk *chunk);
/* The same for rows that are ready, and of which none was dispatched. */
FlowStatus route_taken(Router *r, const Chunk *chunk);
/* All chunks of the ledger, in order.  Openings of more than max_splits count only where none of
 * their rows has begun.  `unready` (or NULL) hears of rows that are done though nothing led to
 * them. */
typedef void UnreadyRows(void *ctx, const Chunk *chunk, uint64_t lo, uint64_t n);
FlowStatus route_replay(Router *r, UnreadyRows *unready, void *ctx);

FlowStatus ready_add(Router *r, uint32_t step, uint32_t round, uint64_t lo, uint64_t n);
/* Takes out up to `max` rows of the step in one round, the lowest first, as runs; those of a
 * chunk lie close together.  False when none is ready. */
bool ready_pop(Router *r, uint32_t step, uint64_t max, uint32_t *round, Buffer *runs,
               FlowStatus *status);
/* The row that ready_pop gives first. */
bool ready_peek(Router *r, uint32_t step, uint32_t *round, uint64_t *lo);

#endif
