/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.h - the facts of one run in memory: which rows are done, and from where.
 *
 * Built from the database (a run and what it takes from others) and kept up as the
 * run goes on.  Scheduler, resume, dump, show, logs and `store check` ask it.  It
 * holds interval lists and chunk records, never an object a task. */
#ifndef SCHED_LEDGER_H
#define SCHED_LEDGER_H

#include "sched/wire.h"
#include "store/db.h"

typedef struct Ledger Ledger;

typedef struct Chunk {
    int64_t id;            /* 0 while it is not committed */
    int64_t run;           /* that stored it */
    uint32_t step, round;
    uint64_t lo, n;
    uint8_t *mask;         /* bits, NULL: all rows */
    uint8_t *way;          /* a byte a row, or `one_way` for all when NULL */
    uint8_t one_way;
    uint8_t *caught;       /* bits, NULL: none */
    uint32_t *tries;       /* NULL: 1 for all */
    LogSpan *log;          /* a span a row, NULL: nothing was printed */
    uint32_t worker;
    int64_t began, ended;
} Chunk;

typedef struct Segment {
    int64_t run;
    uint32_t domain;
    uint64_t lo, n;
    Chunk *parent;         /* the chunk whose rows opened it */
    uint64_t *offsets;     /* u64[parent->n + 1] */
} Segment;

/* A row of a domain, in a round. */
typedef struct Row {
    uint32_t domain;
    uint64_t ord;
    uint32_t round;
} Row;

FlowStatus ledger_new(const FlowProgram *program, int64_t run, Ledger **out, FlowError *err);
void ledger_free(Ledger *l);

/* Reads steps, takes, segments, chunks and failures of the run (and of the runs it takes from, for the
 * steps that it takes).  Steps are matched by name; what the program no longer has is left out. */
FlowStatus ledger_load(Ledger *l, Db *db, FlowError *err);

/* Each takes over the heap memory inside; the ledger owns the results. */
FlowStatus ledger_add_chunk(Ledger *l, Chunk *chunk_take, Chunk **out);
FlowStatus ledger_add_segment(Ledger *l, Segment *segment_take, Segment **out);

/* In the order of commit: taken ones first, then the run's own. */
size_t ledger_chunk_count(const Ledger *l);
Chunk *ledger_chunk(const Ledger *l, size_t index);
Segment *ledger_segment_of(const Ledger *l, const Chunk *parent, uint32_t domain); /* NULL: opened none */
uint64_t ledger_domain_rows(const Ledger *l, uint32_t domain); /* the next ord that is free */

bool chunk_has(const Chunk *c, uint64_t ord);
uint8_t chunk_way(const Chunk *c, uint64_t ord);
bool chunk_caught(const Chunk *c, uint64_t ord);

/* The chunk in which (step, ord) is done in the greatest round <= `round`; NULL: none. */
Chunk *ledger_find(const Ledger *l, uint32_t step, uint64_t ord, uint32_t round);

/* The row's parent and the row's index in its parent's list.  The parent's round is that of the chunk
 * that opened it.  Domain 0 has none. */
bool ledger_parent(const Ledger *l, Row row, Row *parent, uint64_t *index, Segment **segment);
/* The rows of `domain` that parent row `parent` opened: false when it opened none. */
bool ledger_children(const Ledger *l, uint32_t domain, Row parent, uint64_t *lo, uint64_t *n);

/* "STEP", "STEP/3.7", "STEP:4", "STEP/7:3": what stands behind the run in a task's name. */
void ledger_task_name(const Ledger *l, uint32_t step, uint64_t ord, uint32_t round, char *out, size_t size);
/* The other way; FLOW_ENOENT with what is known of the step.  Without an index where the step is in a
 * foreach, or without a round in a loop, *is_whole_step is set. */
FlowStatus ledger_task_find(const Ledger *l, const char *name, uint32_t *step, uint64_t *ord,
                            uint32_t *round, bool *is_whole_step, FlowError *err);

/* Where a read of a row comes from: a chunk's column and the row in it; ITEM: the parent chunk's
 * column of the item.  `absent` when the row was caught or the way did not carry it. */
typedef struct Source {
    Chunk *chunk;
    uint32_t artifact;
    uint64_t row;      /* in that column */
} Source;
FlowStatus ledger_source(const Ledger *l, const FlowRead *read, uint32_t step, Row row, Source *out, FlowError *err);

#endif
