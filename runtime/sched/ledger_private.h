/* SPDX-License-Identifier: Apache-2.0 */
/* ledger_private.h - what the parts of the ledger share.
 *
 * For each step a list of rounds, for each round the done rows as sorted spans:
 * a run of rows and the chunk that holds them.  Spans of one round are disjoint. */
#ifndef SCHED_LEDGER_PRIVATE_H
#define SCHED_LEDGER_PRIVATE_H

#include "sched/ledger.h"

typedef struct Span {
    uint64_t lo, n;
    Chunk *chunk;
} Span;

typedef struct RoundSpans {
    uint32_t round;
    Span *spans;
    size_t count, cap;
} RoundSpans;

typedef struct StepRounds {
    RoundSpans *rounds; /* by round */
    size_t count, cap;
} StepRounds;

typedef struct DomainRows {
    Segment **segments; /* by lo */
    size_t count, cap;
    uint64_t rows;
    uint16_t *openers; /* steps with a foreach that opens it */
    size_t opener_count;
    bool is_opened_in_loop;
} DomainRows;

struct Ledger {
    const FlowProgram *program;
    int64_t run;
    LedgerRun about;
    char *user, *tags; /* NULL: not known */
    Chunk **chunks;
    size_t chunk_count, chunk_cap;
    StepRounds *steps;
    DomainRows *domains;
    uint16_t **maps; /* of artifact numbers, that chunks and segments borrow */
    size_t map_count;
};

/* The span of a round that holds `ord`, else NULL with *gap rows until the next one begins. */
const Span *round_span(const RoundSpans *r, uint64_t ord, uint64_t *gap);
/* The last round of the step that is <= `round`: its index, or SIZE_MAX. */
size_t step_round_index(const StepRounds *s, uint32_t round);

/* Keeps `map` until the ledger is freed. */
FlowStatus ledger_keep_map(Ledger *l, uint16_t *map_take);

#endif
