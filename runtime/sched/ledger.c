/* SPDX-License-Identifier: Apache-2.0 */
/* The facts themselves: chunks in the order of commit, segments by domain, and per (step, round)
 * the sorted spans of done rows.  A chunk with holes gives a span for each run between them. */
#include "sched/ledger.h"

#include <string.h>

#include "os/memory.h"
#include "sched/ledger_private.h"

void chunk_free(Chunk *c)
{
    if (!c)
        return;
    os_free(c->mask);
    os_free(c->way);
    os_free(c->caught);
    os_free(c->tries);
    os_free(c->log);
    os_free(c);
}

void segment_free(Segment *s)
{
    if (!s)
        return;
    os_free(s->offsets);
    os_free(s->outstanding);
    os_free(s);
}

/* ---- making and freeing ------------------------------------------------ */

static FlowStatus note_opener(const FlowProgram *p, DomainRows *d, uint16_t step)
{
    for (size_t i = 0; i < d->opener_count; i++)
        if (d->openers[i] == step)
            return FLOW_OK;
    uint16_t *openers = os_realloc_array(d->openers, d->opener_count + 1, sizeof *openers);
    if (!openers)
        return FLOW_ENOMEM;
    openers[d->opener_count++] = step;
    d->openers = openers;
    d->is_opened_in_loop |= (p->steps[step].flags & FLOW_STEP_IN_LOOP) != 0;
    return FLOW_OK;
}

static FlowStatus find_openers(Ledger *l)
{
    const FlowProgram *p = l->program;
    for (uint16_t s = 0; s < p->step_count; s++)
        for (uint16_t e = 0; e < p->steps[s].edge_count; e++) {
            const FlowEdge *edge = &p->steps[s].edges[e];
            if (edge->kind != FLOW_EDGE_FOREACH)
                continue;
            FlowStatus status = note_opener(p, &l->domains[edge->domain], s);
            if (status != FLOW_OK)
                return status;
        }
    l->domains[0].rows = 1;
    return FLOW_OK;
}

FlowStatus ledger_new(const FlowProgram *program, int64_t run, Ledger **out, FlowError *err)
{
    Ledger *l = os_alloc_zero(sizeof *l);
    if (!l)
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    l->program = program;
    l->run = run;
    l->about = (LedgerRun){run, 0, "", ""};
    l->steps = os_alloc_zero((size_t)program->step_count * sizeof *l->steps);
    l->domains = os_alloc_zero((size_t)program->domain_count * sizeof *l->domains);
    if (!l->steps || !l->domains || find_openers(l) != FLOW_OK) {
        ledger_free(l);
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    }
    *out = l;
    return FLOW_OK;
}

static void free_step(StepRounds *s)
{
    for (size_t i = 0; i < s->count; i++)
        os_free(s->rounds[i].spans);
    os_free(s->rounds);
}

static void free_domain(DomainRows *d)
{
    for (size_t i = 0; i < d->count; i++)
        segment_free(d->segments[i]);
    os_free(d->segments);
    os_free(d->openers);
}

void ledger_free(Ledger *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->chunk_count; i++)
        chunk_free(l->chunks[i]);
    os_free(l->chunks);
    for (size_t i = 0; l->steps && i < l->program->step_count; i++)
        free_step(&l->steps[i]);
    os_free(l->steps);
    for (size_t i = 0; l->domains && i < l->program->domain_count; i++)
        free_domain(&l->domains[i]);
    os_free(l->domains);
    for (size_t i = 0; i < l->map_count; i++)
        os_free(l->maps[i]);
    os_free(l->maps);
    os_free(l->user);
    os_free(l->tags);
    os_free(l);
}

const LedgerRun *ledger_run(const Ledger *l)
{
    return &l->about;
}

FlowStatus ledger_keep_map(Ledger *l, uint16_t *map_take)
{
    uint16_t **maps = os_realloc_array(l->maps, l->map_count + 1, sizeof *maps);
    if (!maps) {
        os_free(map_take);
        return FLOW_ENOMEM;
    }
    l->maps = maps;
    maps[l->map_count++] = map_take;
    return FLOW_OK;
}

/* ---- spans ------------------------------------------------------------- */

size_t step_round_index(const StepRounds *s, uint32_t round)
{
    size_t lo = 0, hi = s->count; /* the first round that is greater */
    if (hi > 0 && s->rounds[hi - 1].round <= round)
        return hi - 1;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->rounds[mid].round > round)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo == 0 ? SIZE_MAX : lo - 1;
}

/* The first span that begins behind `ord`. */
static size_t span_after(const RoundSpans *r, uint64_t ord)
{
    size_t lo = 0, hi = r->count;
    if (hi > 0 && r->spans[hi - 1].lo <= ord)
        return hi;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (r->spans[mid].lo > ord)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

const Span *round_span(const RoundSpans *r, uint64_t ord, uint64_t *gap)
{
    size_t after = span_after(r, ord);
    if (after > 0 && ord - r->spans[after - 1].lo < r->spans[after - 1].n)
        return &r->spans[after - 1];
    *gap = after < r->count ? r->spans[after].lo - ord : UINT64_MAX;
    return NULL;
}

static FlowStatus round_of(StepRounds *s, uint32_t round, RoundSpans **out)
{
    size_t index = step_round_index(s, round);
    if (index != SIZE_MAX && s->rounds[index].round == round) {
        *out = &s->rounds[index];
        return FLOW_OK;
    }
    if (s->count == s->cap) {
        size_t cap = s->cap ? s->cap * 2 : 1;
        RoundSpans *rounds = os_realloc_array(s->rounds, cap, sizeof *rounds);
        if (!rounds)
            return FLOW_ENOMEM;
        s->rounds = rounds;
        s->cap = cap;
    }
    index = index == SIZE_MAX ? 0 : index + 1;
    memmove(s->rounds + index + 1, s->rounds + index, (s->count - index) * sizeof *s->rounds);
    s->rounds[index] = (RoundSpans){.round = round};
    s->count++;
    *out = &s->rounds[index];
    return FLOW_OK;
}

/* The next run of done rows of the chunk, from `from` on; false when there is none. */
static bool next_run(const Chunk *c, uint64_t from, Span *out)
{
    uint64_t end = c->lo + c->n;
    while (c->mask && from < end && !chunk_has(c, from))
        from++;
    uint64_t to = c->mask ? from : end;
    while (to < end && chunk_has(c, to))
        to++;
    *out = (Span){from, to - from, NULL};
    return from < end;
}

static size_t count_runs(const Chunk *c)
{
    Span run;
    size_t count = 0;
    for (uint64_t at = c->lo; next_run(c, at, &run); at = run.lo + run.n)
        count++;
    return count;
}

static FlowStatus reserve_spans(RoundSpans *r, size_t more)
{
    if (r->count + more <= r->cap)
        return FLOW_OK;
    size_t cap = r->count + more > 2 * r->cap ? r->count + more : 2 * r->cap;
    Span *spans = os_realloc_array(r->spans, cap, sizeof *spans);
    if (!spans)
        return FLOW_ENOMEM;
    r->spans = spans;
    r->cap = cap;
    return FLOW_OK;
}

/* Merges the chunk's runs in.  Spans behind its first row are moved out of the way at once, then
 * both lists are taken in order: a chunk with a gap at every second row costs no more than a
 * pass. */
static FlowStatus add_spans(Ledger *l, Chunk *c)
{
    RoundSpans *r;
    size_t more = count_runs(c);
    FlowStatus status = round_of(&l->steps[c->step], c->round, &r);
    if (status == FLOW_OK)
        status = reserve_spans(r, more);
    if (status != FLOW_OK)
        return status;
    size_t at = span_after(r, c->lo), old = at + more, end = r->count + more;
    Span run;
    memmove(r->spans + old, r->spans + at, (r->count - at) * sizeof *r->spans);
    for (uint64_t from = c->lo; next_run(c, from, &run); from = run.lo + run.n) {
        while (old < end && r->spans[old].lo < run.lo)
            r->spans[at++] = r->spans[old++];
        r->spans[at++] = (Span){run.lo, run.n, c};
    }
    r->count = end;
    return FLOW_OK;
}

/* ---- adding ------------------------------------------------------------ */

static FlowStatus grow(void *items, size_t count, size_t *cap)
{
    if (count < *cap)
        return FLOW_OK;
    size_t wanted = *cap ? *cap * 2 : 16;
    void *grown = os_realloc_array(*(void **)items, wanted, sizeof(void *));
    if (!grown)
        return FLOW_ENOMEM;
    *(void **)items = grown;
    *cap = wanted;
    return FLOW_OK;
}

FlowStatus ledger_add_chunk(Ledger *l, Chunk *chunk_take, Chunk **out)
{
    FlowStatus status = grow(&l->chunks, l->chunk_count, &l->chunk_cap);
    if (status != FLOW_OK) {
        chunk_free(chunk_take);
        return status;
    }
    l->chunks[l->chunk_count++] = chunk_take;
    *out = chunk_take;
    return add_spans(l, chunk_take);
}

static size_t segment_after(const DomainRows *d, uint64_t ord)
{
    size_t lo = 0, hi = d->count;
    if (hi > 0 && d->segments[hi - 1]->lo <= ord)
        return hi;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (d->segments[mid]->lo > ord)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

FlowStatus ledger_add_segment(Ledger *l, Segment *segment_take, Segment **out)
{
    DomainRows *d = &l->domains[segment_take->domain];
    FlowStatus status = grow(&d->segments, d->count, &d->cap);
    if (status != FLOW_OK) {
        segment_free(segment_take);
        return status;
    }
    size_t index = segment_after(d, segment_take->lo);
    memmove(d->segments + index + 1, d->segments + index, (d->count - index) * sizeof(Segment *));
    d->segments[index] = segment_take;
    d->count++;
    if (segment_take->lo + segment_take->n > d->rows)
        d->rows = segment_take->lo + segment_take->n;
    segment_take->next = segment_take->parent->opened;
    segment_take->parent->opened = segment_take;
    *out = segment_take;
    return FLOW_OK;
}

/* ---- asking ------------------------------------------------------------ */

size_t ledger_chunk_count(const Ledger *l)
{
    return l->chunk_count;
}

Chunk *ledger_chunk(const Ledger *l, size_t index)
{
    return l->chunks[index];
}

uint64_t ledger_domain_rows(const Ledger *l, uint32_t domain)
{
    return l->domains[domain].rows;
}

size_t ledger_segment_count(const Ledger *l, uint32_t domain)
{
    return l->domains[domain].count;
}

Segment *ledger_segment(const Ledger *l, uint32_t domain, size_t index)
{
    return l->domains[domain].segments[index];
}

Segment *ledger_segment_at(const Ledger *l, uint32_t domain, uint64_t ord)
{
    const DomainRows *d = &l->domains[domain];
    size_t after = segment_after(d, ord);
    if (after == 0)
        return NULL;
    Segment *s = d->segments[after - 1];
    return ord - s->lo < s->n ? s : NULL;
}

Segment *ledger_segment_of(const Ledger *l, const Chunk *parent, uint32_t domain)
{
    (void)l;
    for (Segment *s = parent->opened; s; s = s->next)
        if (s->domain == domain)
            return s;
    return NULL;
}

size_t segment_parent_index(const Segment *s, uint64_t ord)
{
    uint64_t at = ord - s->lo;
    size_t lo = 0, hi = (size_t)s->parent->n; /* the last whose offset is <= at */
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->offsets[mid] <= at)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static bool bit(const uint8_t *bits, uint64_t index)
{
    return (bits[index / 8] >> (index % 8)) & 1;
}

bool chunk_has(const Chunk *c, uint64_t ord)
{
    return ord >= c->lo && ord - c->lo < c->n && (!c->mask || bit(c->mask, ord - c->lo));
}

uint8_t chunk_way(const Chunk *c, uint64_t ord)
{
    return c->way ? c->way[ord - c->lo] : c->one_way;
}

bool chunk_caught(const Chunk *c, uint64_t ord)
{
    return c->caught && bit(c->caught, ord - c->lo);
}

bool chunk_is_taken(const Chunk *c, int64_t run)
{
    return c->run != run || c->worker == 0;
}

uint32_t chunk_stored_artifact(const Chunk *c, uint32_t artifact)
{
    return c->stored ? c->stored[artifact] : artifact;
}

Chunk *ledger_find(const Ledger *l, uint32_t step, uint64_t ord, uint32_t round)
{
    const StepRounds *s = &l->steps[step];
    for (size_t i = step_round_index(s, round); i != SIZE_MAX; i--) {
        uint64_t gap;
        const Span *span = round_span(&s->rounds[i], ord, &gap);
        if (span)
            return span->chunk;
    }
    return NULL;
}

bool ledger_parent(const Ledger *l, Row row, Row *parent, uint64_t *index, Segment **segment)
{
    Segment *s = row.domain == 0 ? NULL : ledger_segment_at(l, row.domain, row.ord);
    if (!s)
        return false;
    size_t at = segment_parent_index(s, row.ord);
    *parent = (Row){l->program->domains[row.domain].parent, s->parent->lo + at, s->parent->round};
    *index = row.ord - s->lo - s->offsets[at];
    *segment = s;
    return true;
}

bool ledger_children(const Ledger *l, uint32_t domain, Row parent, uint64_t *lo, uint64_t *n)
{
    const DomainRows *d = &l->domains[domain];
    for (size_t i = 0; i < d->opener_count; i++) {
        Chunk *c = ledger_find(l, d->openers[i], parent.ord, parent.round);
        const Segment *s = c && c->round == parent.round ? ledger_segment_of(l, c, domain) : NULL;
        if (!s)
            continue;
        const uint64_t *offset = s->offsets + (parent.ord - c->lo);
        *lo = s->lo + offset[0];
        *n = offset[1] - offset[0];
        if (*n > 0)
            return true;
    }
    *lo = *n = 0;
    return false;
}
