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
typedef struct Segment Segment;

typedef struct Chunk {
    int64_t id;  /* 0 while it is not committed */
    int64_t run; /* that stored it */
    uint32_t step, round;
    uint64_t lo, n;
    uint8_t *mask; /* bits, NULL: all rows */
    uint8_t *way;  /* a byte a row, or `one_way` for all when NULL */
    uint8_t one_way;
    uint8_t *caught; /* bits, NULL: none */
    uint32_t *tries; /* NULL: 1 for all */
    LogSpan *log;    /* a span a row, NULL: nothing was printed */
    uint32_t worker; /* pid, 0: taken over */
    int64_t began, ended;
    /* The number under which each of the program's artifacts is stored, UINT16_MAX: none; NULL:
     * as in the program (chunk_stored_artifact).  Borrowed from the ledger. */
    const uint16_t *stored;
    Segment *opened; /* its segments, by `next`; set by ledger_add_segment */
} Chunk;

struct Segment {
    int64_t run;
    uint32_t domain;
    uint64_t lo, n;
    Chunk *parent;     /* the chunk whose rows opened it */
    uint64_t *offsets; /* u64[parent->n + 1] */
    /* Numbers under which the domain's items are stored; NULL: as in the program.  Borrowed. */
    const uint16_t *items;
    /* The router's: rows that have not reached the join, a count a parent row. */
    uint64_t *outstanding;
    Segment *next; /* of the same parent */
};

/* A row of a domain, in a round. */
typedef struct Row {
    uint32_t domain;
    uint64_t ord;
    uint32_t round;
} Row;

FlowStatus ledger_new(const FlowProgram *program, int64_t run, Ledger **out, FlowError *err);
void ledger_free(Ledger *l);

/* Reads steps, takes, segments and chunks of the run (and of the runs it takes from, for the
 * steps that it takes).  Steps and artifacts are matched by name; what the program no longer has
 * is left out. */
FlowStatus ledger_load(Ledger *l, Db *db, FlowError *err);

/* Who the run is, as the store had it when the ledger was read. */
typedef struct LedgerRun {
    int64_t id, origin;
    const char *user, *tags;
} LedgerRun;
const LedgerRun *ledger_run(const Ledger *l);

/* Each takes over the heap memory inside; the ledger owns the results. */
FlowStatus ledger_add_chunk(Ledger *l, Chunk *chunk_take, Chunk **out);
FlowStatus ledger_add_segment(Ledger *l, Segment *segment_take, Segment **out);

/* In the order of commit: taken ones first, then the run's own. */
size_t ledger_chunk_count(const Ledger *l);
Chunk *ledger_chunk(const Ledger *l, size_t index);
/* NULL: its rows opened none. */
Segment *ledger_segment_of(const Ledger *l, const Chunk *parent, uint32_t domain);
uint64_t ledger_domain_rows(const Ledger *l, uint32_t domain); /* the next ord that is free */
size_t ledger_segment_count(const Ledger *l, uint32_t domain);
Segment *ledger_segment(const Ledger *l, uint32_t domain, size_t index); /* by lo; none is empty */
Segment *ledger_segment_at(const Ledger *l, uint32_t domain, uint64_t ord); /* NULL: no such row */
size_t segment_parent_index(const Segment *s, uint64_t ord); /* which row of the parent opened it */

bool chunk_has(const Chunk *c, uint64_t ord);
uint8_t chunk_way(const Chunk *c, uint64_t ord);
bool chunk_caught(const Chunk *c, uint64_t ord);
/* Whether `run` has it from an earlier one: by reference, or row by row (sched/reuse.h). */
bool chunk_is_taken(const Chunk *c, int64_t run);
uint32_t chunk_stored_artifact(const Chunk *c, uint32_t artifact);
void chunk_free(Chunk *c); /* with what it holds; NULL is allowed; not what the ledger owns */
void segment_free(Segment *s);

/* The chunk in which (step, ord) is done in the greatest round <= `round`; NULL: none. */
Chunk *ledger_find(const Ledger *l, uint32_t step, uint64_t ord, uint32_t round);

/* The row's parent and the row's index in its parent's list.  The parent's round is that of the
 * chunk that opened it.  Domain 0 has none. */
bool ledger_parent(const Ledger *l, Row row, Row *parent, uint64_t *index, Segment **segment);
/* The rows of `domain` that parent row `parent` opened: false when it opened none. */
bool ledger_children(const Ledger *l, uint32_t domain, Row parent, uint64_t *lo, uint64_t *n);

/* "STEP", "STEP/3.7", "STEP:4", "STEP/7:3": what stands behind the run in a task's name.  A round
 * stands behind the level whose loop it counts: "STEP:2/7.1:3". */
void ledger_task_name(const Ledger *l, uint32_t step, uint64_t ord, uint32_t round, char *out,
                      size_t size);
/* What a person wrote of a task's name: an index and a round (from 0) a level, level 0 being
 * domain 0, as far as they are given.  What is not given may be any. */
enum { TASK_LEVELS = 24 };
typedef struct TaskPattern {
    uint32_t step;
    size_t depth; /* levels below domain 0 that have an index */
    uint64_t index[TASK_LEVELS];
    uint32_t round[TASK_LEVELS];
    bool has_round[TASK_LEVELS];
    bool is_whole_step; /* it says no index and no round */
    bool is_one;        /* no two tasks are like it */
} TaskPattern;
/* FLOW_EUSAGE where the program has no such step, or its tasks no such names; whether there is
 * such a task is another question. */
FlowStatus ledger_pattern_read(const Ledger *l, const char *name, TaskPattern *out,
                               FlowError *err);
bool ledger_pattern_fits(const Ledger *l, const TaskPattern *pattern, uint64_t ord,
                         uint32_t round);
/* The rounds of a task from level 0 to its own, counted from 1, 0 for a level that is in no loop:
 * answers how many, at most `size`. */
size_t ledger_rounds(const Ledger *l, uint32_t step, uint64_t ord, uint32_t round, uint32_t *out,
                     size_t size);
/* The indices of a row, outermost first, with the round behind the level whose loop it counts:
 * *count numbers, at most `size` of them; false when the row is not known. */
enum { LEDGER_PATH_MAX = 64 };
bool ledger_path(const Ledger *l, Row row, uint64_t *out, size_t size, size_t *count);

/* Where a read of a row comes from: a chunk's column and the row in it (whose cell is absent
 * where the row was caught).  For `count` rows from this one on it is the same column, and the
 * next row in it (stride 1) or the same (stride 0). */
typedef struct Source {
    Chunk *chunk;
    uint32_t artifact; /* as it is stored */
    uint32_t stride;
    uint64_t row, count;
} Source;
/* Of a read that is no PARAM.  count <= max. */
FlowStatus ledger_source(const Ledger *l, const FlowRead *read, Row row, uint64_t max, Source *out,
                         FlowError *err);
/* The last step, of `slot->ends`, of the branch that leads to `join` for row `ord` of `domain`, not
 * after `round`, for *count rows from this one on (at most `max`).  NULL: not done. */
Chunk *ledger_branch_end(const Ledger *l, uint32_t join, const FlowSlot *slot, uint64_t ord,
                         uint32_t round, uint64_t max, uint64_t *count);

#endif
