/* SPDX-License-Identifier: Apache-2.0 */
/* The edges of the flow, applied to done rows.
 *
 * Rows that took the same edge to a plain step are passed on as intervals.  A join of branches
 * has a count for each row that waits for some of its branches, in a hash table that forgets it
 * when it is ready; a join of a foreach has a count of outstanding rows for each parent row, in
 * the segment. */
#include "sched/route.h"

#include <string.h>

#include "os/memory.h"

typedef struct PendingJoin {
    uint64_t ord;
    uint32_t round;   /* the greatest of those that arrived */
    uint32_t arrived; /* 0: a free place */
} PendingJoin;

enum { GAPS = 8 };

struct PendingJoins {
    PendingJoin *items; /* open addressing */
    size_t count, cap;
};

/* ---- making ------------------------------------------------------------------ */

FlowStatus router_init(Router *r, const FlowProgram *program, Ledger *ledger)
{
    *r = (Router){.program = program, .ledger = ledger, .over_step = FLOW_NO_STEP};
    r->ready = os_alloc_zero(program->step_count * sizeof *r->ready);
    r->pending = os_alloc_zero(program->step_count * sizeof *r->pending);
    if (!r->ready || !r->pending)
        return FLOW_ENOMEM;
    return ready_add(r, program->start, 0, 0, 1);
}

void router_deinit(Router *r)
{
    for (uint16_t s = 0; r->ready && s < r->program->step_count; s++) {
        for (size_t i = 0; i < r->ready[s].count; i++)
            rowset_free(&r->ready[s].rounds[i].rows);
        os_free(r->ready[s].rounds);
    }
    for (uint16_t s = 0; r->pending && s < r->program->step_count; s++)
        os_free(r->pending[s].items);
    os_free(r->ready);
    os_free(r->pending);
    *r = (Router){0};
}

/* ---- what is ready ------------------------------------------------------------ */

static FlowStatus ready_round(ReadyStep *s, uint32_t round, ReadyRound **out)
{
    for (size_t i = s->count; i > 0; i--)
        if (s->rounds[i - 1].round == round) {
            *out = &s->rounds[i - 1];
            return FLOW_OK;
        }
    if (s->count == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 2;
        ReadyRound *rounds = os_realloc_array(s->rounds, cap, sizeof *rounds);
        if (!rounds)
            return FLOW_ENOMEM;
        s->rounds = rounds;
        s->cap = cap;
    }
    s->rounds[s->count] = (ReadyRound){.round = round};
    *out = &s->rounds[s->count++];
    return FLOW_OK;
}

static void count_change(Router *r, ReadyStep *s, uint64_t before, uint64_t after)
{
    s->total += after - before;
    r->ready_total += after - before;
}

static void drop_if_empty(ReadyStep *s, ReadyRound *round)
{
    if (round->rows.total > 0)
        return;
    rowset_free(&round->rows);
    ReadyRound *last = &s->rounds[--s->count];
    if (round != last)
        *round = *last;
}

FlowStatus ready_add(Router *r, uint32_t step, uint32_t round, uint64_t lo, uint64_t n)
{
    ReadyRound *at;
    if (n == 0)
        return FLOW_OK;
    FlowStatus status = ready_round(&r->ready[step], round, &at);
    if (status != FLOW_OK)
        return status;
    uint64_t before = at->rows.total;
    status = rowset_add(&at->rows, lo, n);
    count_change(r, &r->ready[step], before, at->rows.total);
    return status;
}

bool ready_peek(Router *r, uint32_t step, uint32_t *round, uint64_t *lo)
{
    ReadyStep *s = &r->ready[step];
    if (s->count == 0)
        return false;
    *round = s->rounds[0].round;
    return rowset_first(&s->rounds[0].rows, lo);
}

/* A chunk's rows may have gaps, since those that took another way are not in it, but not so many
 * that its columns would be mostly holes. */
static bool is_near(const RowRun *first, uint64_t taken, uint64_t lo)
{
    return lo - first->lo <= GAPS * (taken + GAPS);
}

bool ready_pop(Router *r, uint32_t step, uint64_t max, uint32_t *round, Buffer *runs,
               FlowStatus *status)
{
    ReadyStep *s = &r->ready[step];
    RowRun first = {0}, run;
    uint64_t taken = 0, lo;
    *status = FLOW_OK;
    if (s->count == 0)
        return false;
    RowSet *rows = &s->rounds[0].rows;
    *round = s->rounds[0].round;
    while (taken < max && *status == FLOW_OK && rowset_first(rows, &lo)) {
        if (taken > 0 && !is_near(&first, taken, lo))
            break;
        rowset_pop(rows, max - taken, &run);
        first = taken == 0 ? run : first;
        taken += run.n;
        *status = buffer_append(runs, &run, sizeof run);
    }
    count_change(r, s, taken, 0);
    drop_if_empty(s, &s->rounds[0]);
    return taken > 0;
}

static void ready_forget(Router *r, uint32_t step, uint32_t round, uint64_t lo, uint64_t n)
{
    ReadyStep *s = &r->ready[step];
    for (size_t i = 0; i < s->count; i++) {
        if (s->rounds[i].round != round)
            continue;
        uint64_t before = s->rounds[i].rows.total;
        rowset_remove(&s->rounds[i].rows, lo, n);
        count_change(r, s, before, s->rounds[i].rows.total);
        drop_if_empty(s, &s->rounds[i]);
        return;
    }
}

/* ---- joins of branches ----------------------------------------------------------- */

static size_t home_of(const PendingJoins *p, uint64_t ord)
{
    return (size_t)((ord * 0x9e3779b97f4a7c15u) >> 20) & (p->cap - 1);
}

static PendingJoin *place_of(const PendingJoins *p, uint64_t ord)
{
    size_t i = home_of(p, ord);
    while (p->items[i].arrived > 0 && p->items[i].ord != ord)
        i = (i + 1) & (p->cap - 1);
    return &p->items[i];
}

static FlowStatus grow_pending(PendingJoins *p)
{
    PendingJoins grown = {.count = p->count, .cap = p->cap ? p->cap * 2 : 16};
    grown.items = os_alloc_zero(grown.cap * sizeof *grown.items);
    if (!grown.items)
        return FLOW_ENOMEM;
    for (size_t i = 0; i < p->cap; i++)
        if (p->items[i].arrived > 0)
            *place_of(&grown, p->items[i].ord) = p->items[i];
    os_free(p->items);
    *p = grown;
    return FLOW_OK;
}

/* Takes a place out and moves back what it kept from its home. */
static void remove_pending(PendingJoins *p, PendingJoin *place)
{
    size_t hole = (size_t)(place - p->items);
    for (size_t i = (hole + 1) & (p->cap - 1); p->items[i].arrived > 0;
         i = (i + 1) & (p->cap - 1)) {
        size_t home = home_of(p, p->items[i].ord);
        if (((i - home) & (p->cap - 1)) < ((i - hole) & (p->cap - 1)))
            continue;
        p->items[hole] = p->items[i];
        hole = i;
    }
    p->items[hole].arrived = 0;
    p->count--;
}

static FlowStatus arrive(Router *r, uint32_t join, uint64_t ord, uint32_t round)
{
    PendingJoins *p = &r->pending[join];
    if (r->program->steps[join].branch_count <= 1)
        return ready_add(r, join, round, ord, 1);
    FlowStatus s = p->count * 2 >= p->cap ? grow_pending(p) : FLOW_OK;
    if (s != FLOW_OK)
        return s;
    PendingJoin *place = place_of(p, ord);
    if (place->arrived == 0) {
        *place = (PendingJoin){.ord = ord};
        p->count++;
    }
    place->round = place->round > round ? place->round : round;
    if (++place->arrived < r->program->steps[join].branch_count)
        return FLOW_OK;
    round = place->round;
    remove_pending(p, place);
    return ready_add(r, join, round, ord, 1);
}

/* ---- joins of a foreach ------------------------------------------------------------ */

static FlowStatus count_outstanding(Segment *s)
{
    if (s->outstanding)
        return FLOW_OK;
    s->outstanding = os_alloc_array((size_t)s->parent->n, sizeof *s->outstanding);
    if (!s->outstanding)
        return FLOW_ENOMEM;
    for (uint64_t i = 0; i < s->parent->n; i++)
        s->outstanding[i] = s->offsets[i + 1] - s->offsets[i];
    return FLOW_OK;
}

/* Rows lo..lo+n of the join's inner domain have come to it. */
static FlowStatus come_home(Router *r, uint32_t join, uint64_t lo, uint64_t n)
{
    const FlowStep *step = &r->program->steps[join];
    while (n > 0) {
        Segment *s = ledger_segment_at(r->ledger, step->closes, lo);
        if (!s || count_outstanding(s) != FLOW_OK)
            return s ? FLOW_ENOMEM : FLOW_EFORMAT;
        size_t parent = segment_parent_index(s, lo);
        uint64_t rest = s->lo + s->offsets[parent + 1] - lo;
        uint64_t count = n < rest ? n : rest;
        s->outstanding[parent] -= count <= s->outstanding[parent] ? count : s->outstanding[parent];
        if (s->outstanding[parent] == 0) {
            FlowStatus status = ready_add(r, join, s->parent->round, s->parent->lo + parent, 1);
            if (status != FLOW_OK)
                return status;
        }
        lo += count;
        n -= count;
    }
    return FLOW_OK;
}

/* ---- edges --------------------------------------------------------------------- */

/* Rows lo..lo+n of `chunk` go on to `target`. */
static FlowStatus go_on(Router *r, uint32_t target, uint32_t round, uint64_t lo, uint64_t n)
{
    FlowStatus s = FLOW_OK;
    switch (r->program->steps[target].kind) {
    case FLOW_STEP_PLAIN: return ready_add(r, target, round, lo, n);
    case FLOW_STEP_JOIN_FOREACH: return come_home(r, target, lo, n);
    case FLOW_STEP_JOIN_BRANCHES:
        for (uint64_t i = 0; s == FLOW_OK && i < n; i++)
            s = arrive(r, target, lo + i, round);
        return s;
    }
    return s;
}

static void check_splits(Router *r, uint32_t step, uint64_t width)
{
    if (r->max_splits == 0 || width <= r->max_splits || r->over_step != FLOW_NO_STEP)
        return;
    r->over_step = step;
    r->over_count = width;
}

/* Rows lo..lo+n of `chunk` open what the chunk's segment says. */
static FlowStatus open_rows(Router *r, const Chunk *chunk, const FlowEdge *edge, uint64_t lo,
                            uint64_t n)
{
    const Segment *s = ledger_segment_of(r->ledger, chunk, edge->domain);
    uint32_t join = r->program->domains[edge->domain].join;
    FlowStatus status = FLOW_OK;
    uint64_t from = lo - chunk->lo;
    for (uint64_t i = from; status == FLOW_OK && i < from + n; i++) {
        uint64_t width = s ? s->offsets[i + 1] - s->offsets[i] : 0;
        check_splits(r, chunk->step, width);
        if (width == 0)
            status = ready_add(r, join, chunk->round, chunk->lo + i, 1);
    }
    if (s && status == FLOW_OK)
        status = ready_add(r, edge->targets[0], 0, s->lo + s->offsets[from],
                           s->offsets[from + n] - s->offsets[from]);
    return status;
}

static FlowStatus route_rows(Router *r, const Chunk *c, uint8_t way, uint64_t lo, uint64_t n)
{
    const FlowStep *step = &r->program->steps[c->step];
    FlowStatus s = FLOW_OK;
    if (c->step == r->program->end) {
        r->is_complete = true;
        return FLOW_OK;
    }
    if (way >= step->edge_count)
        return FLOW_EFORMAT;
    const FlowEdge *edge = &step->edges[way];
    switch (edge->kind) {
    case FLOW_EDGE_END: r->is_complete = true; return FLOW_OK;
    case FLOW_EDGE_FOREACH: return open_rows(r, c, edge, lo, n);
    case FLOW_EDGE_NEXT:
    case FLOW_EDGE_SPLIT:
        for (uint16_t t = 0; s == FLOW_OK && t < edge->target_count; t++)
            s = go_on(r, edge->targets[t], c->round + edge->is_back, lo, n);
        return s;
    }
    return s;
}

FlowStatus route_chunk(Router *r, const Chunk *chunk)
{
    uint64_t end = chunk->lo + chunk->n;
    FlowStatus s = FLOW_OK;
    for (uint64_t lo = chunk->lo; s == FLOW_OK && lo < end;) {
        if (!chunk_has(chunk, lo)) {
            lo++;
            continue;
        }
        uint8_t way = chunk_way(chunk, lo);
        uint64_t to = lo + 1;
        if (!chunk->mask && !chunk->way)
            to = end;
        while (to < end && chunk_has(chunk, to) && chunk_way(chunk, to) == way)
            to++;
        s = route_rows(r, chunk, way, lo, to - lo);
        lo = to;
    }
    return s;
}

/* ---- replay ---------------------------------------------------------------------- */

static bool is_ready(const Router *r, uint32_t step, uint32_t round, uint64_t lo, uint64_t n)
{
    const ReadyStep *s = &r->ready[step];
    for (size_t i = 0; i < s->count; i++)
        if (s->rounds[i].round == round)
            return rowset_covers(&s->rounds[i].rows, lo, n);
    return false;
}

static void forget_rows(Router *r, const Chunk *c, uint64_t lo, uint64_t n, UnreadyRows *unready,
                        void *ctx)
{
    if (unready && !is_ready(r, c->step, c->round, lo, n))
        unready(ctx, c, lo, n);
    ready_forget(r, c->step, c->round, lo, n);
}

static void forget_done(Router *r, const Chunk *c, UnreadyRows *unready, void *ctx)
{
    if (!c->mask) {
        forget_rows(r, c, c->lo, c->n, unready, ctx);
        return;
    }
    for (uint64_t lo = c->lo, to; lo < c->lo + c->n; lo = to) {
        for (to = lo; to < c->lo + c->n && chunk_has(c, to); to++)
            ;
        if (to > lo)
            forget_rows(r, c, lo, to - lo, unready, ctx);
        to = to > lo ? to : lo + 1;
    }
}

FlowStatus route_taken(Router *r, const Chunk *chunk)
{
    forget_done(r, chunk, NULL, NULL);
    return route_chunk(r, chunk);
}

static void check_segment(Router *r, uint32_t domain, const Segment *s)
{
    if (s->n <= r->max_splits)
        return;
    for (uint64_t i = 0; i < s->parent->n; i++) {
        uint64_t width = s->offsets[i + 1] - s->offsets[i];
        if (width > r->max_splits &&
            is_ready(r, r->program->domains[domain].entry, 0, s->lo + s->offsets[i], width))
            check_splits(r, s->parent->step, width);
    }
}

FlowStatus route_replay(Router *r, UnreadyRows *unready, void *ctx)
{
    FlowStatus s = FLOW_OK;
    uint64_t max_splits = r->max_splits;
    r->max_splits = 0;
    for (size_t i = 0; s == FLOW_OK && i < ledger_chunk_count(r->ledger); i++) {
        const Chunk *c = ledger_chunk(r->ledger, i);
        forget_done(r, c, unready, ctx);
        s = route_chunk(r, c);
    }
    r->max_splits = max_splits;
    for (uint32_t d = 1; s == FLOW_OK && max_splits > 0 && d < r->program->domain_count; d++)
        for (size_t i = 0; i < ledger_segment_count(r->ledger, d); i++)
            check_segment(r, d, ledger_segment(r->ledger, d, i));
    return s;
}
