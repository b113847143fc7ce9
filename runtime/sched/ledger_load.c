/* SPDX-License-Identifier: Apache-2.0 */
/* From the database to the ledger.
 *
 * A run and each run that it takes from is a source: its rows name steps, domains and artifacts
 * by the numbers of the program that wrote them, so each source has maps to the numbers of ours,
 * by name. Chunks of all sources are put in the order of their ids, which is the order of commit,
 * since a run is sealed before another takes from it. */
#include <stdlib.h>
#include <string.h>

#include "os/memory.h"
#include "sched/ledger_private.h"
#include "sched/program_record.h"

enum { NO_STEP = UINT32_MAX };

#define ROWS_MAX ((uint64_t)1 << 36) /* beyond this a number is damaged, not large */

typedef struct Taken {
    uint32_t step; /* of our program */
    int64_t run;
} Taken;

typedef struct SourceRun {
    int64_t run;
    FlowDigest program;
    uint32_t *steps; /* from its numbers to ours, NO_STEP: not here */
    size_t step_count;
    uint16_t *stored; /* from our artifacts to its numbers; NULL: the same */
    uint16_t **items; /* a domain of it: the numbers of its items; NULL: the same program */
    size_t *item_counts;
    size_t domain_count;
} SourceRun;

typedef struct Loader {
    Ledger *l;
    Db *db;
    FlowError *err;
    SourceRun *sources; /* [0] is the run itself */
    size_t source_count;
    Taken *taken;
    size_t taken_count;
    Chunk **found;
    size_t found_count, found_cap;
    SourceRun *now; /* the one that is being read */
} Loader;

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory while the run is read from the store");
}

static uint32_t step_by_name(const FlowProgram *p, const char *name)
{
    for (uint32_t s = 0; s < p->step_count; s++)
        if (strcmp(p->steps[s].name, name) == 0)
            return s;
    return NO_STEP;
}

/* ---- what a source's numbers mean ------------------------------------------ */

static FlowStatus on_run(void *ctx, const RunRow *row)
{
    ((SourceRun *)ctx)->program = row->program;
    return FLOW_OK;
}

static bool is_taken(const Loader *ld, uint32_t step)
{
    if (ld->now == &ld->sources[0])
        return true;
    for (size_t i = 0; i < ld->taken_count; i++)
        if (ld->taken[i].step == step && ld->taken[i].run == ld->now->run)
            return true;
    return false;
}

static FlowStatus on_step(void *ctx, const StepRow *row)
{
    Loader *ld = ctx;
    SourceRun *s = ld->now;
    if (row->step >= FLOW_NO_STEP)
        return FLOW_OK;
    if (row->step >= s->step_count) {
        uint32_t *steps = os_realloc_array(s->steps, row->step + 1, sizeof *steps);
        if (!steps)
            return no_memory(ld->err);
        for (size_t i = s->step_count; i <= row->step; i++)
            steps[i] = NO_STEP;
        s->steps = steps;
        s->step_count = row->step + 1;
    }
    uint32_t ours = step_by_name(ld->l->program, row->name);
    s->steps[row->step] = ours != NO_STEP && is_taken(ld, ours) ? ours : NO_STEP;
    return FLOW_OK;
}

static FlowStatus map_artifacts(Loader *ld, const ProgramRecord *record)
{
    const FlowProgram *p = ld->l->program;
    uint16_t *stored = os_alloc_array(p->artifact_count ? p->artifact_count : 1, sizeof *stored);
    if (!stored)
        return no_memory(ld->err);
    for (uint16_t a = 0; a < p->artifact_count; a++) {
        stored[a] = UINT16_MAX;
        for (size_t i = 0; i < record->artifact_count; i++)
            if (record->artifacts[i].kind == FLOW_ARTIFACT_KEPT &&
                p->artifacts[a].kind == FLOW_ARTIFACT_KEPT &&
                strcmp(record->artifacts[i].name, p->artifacts[a].name) == 0)
                stored[a] = (uint16_t)i;
    }
    ld->now->stored = stored;
    return ledger_keep_map(ld->l, stored);
}

static FlowStatus map_items(Loader *ld, ProgramRecord *record)
{
    SourceRun *s = ld->now;
    s->items = os_alloc_zero((record->domain_count + 1) * sizeof *s->items);
    s->item_counts = os_alloc_zero((record->domain_count + 1) * sizeof *s->item_counts);
    if (!s->items || !s->item_counts)
        return no_memory(ld->err);
    s->domain_count = record->domain_count;
    for (size_t d = 0; d < record->domain_count; d++) {
        s->items[d] = record->domains[d].items;
        s->item_counts[d] = record->domains[d].item_count;
        record->domains[d].items = NULL;
        if (s->items[d] && ledger_keep_map(ld->l, s->items[d]) != FLOW_OK)
            return no_memory(ld->err);
    }
    return FLOW_OK;
}

static FlowStatus open_source(Loader *ld, SourceRun *source)
{
    ld->now = source;
    FlowStatus s = db_run_get(ld->db, source->run, on_run, source, ld->err);
    if (s == FLOW_OK)
        s = db_each_step(ld->db, source->run, on_step, ld, ld->err);
    if (s != FLOW_OK || digest_equal(&source->program, &ld->l->program->digest) ||
        source->step_count == 0)
        return s;
    ProgramRecord record;
    s = program_record_load(ld->db, &source->program, &record, ld->err);
    if (s != FLOW_OK)
        return s;
    s = map_artifacts(ld, &record);
    if (s == FLOW_OK)
        s = map_items(ld, &record);
    program_record_free(&record);
    return s;
}

/* ---- takes --------------------------------------------------------------- */

static FlowStatus add_source(Loader *ld, int64_t run)
{
    for (size_t i = 0; i < ld->source_count; i++)
        if (ld->sources[i].run == run)
            return FLOW_OK;
    SourceRun *sources = os_realloc_array(ld->sources, ld->source_count + 1, sizeof *sources);
    if (!sources)
        return no_memory(ld->err);
    ld->sources = sources;
    sources[ld->source_count++] = (SourceRun){.run = run};
    return FLOW_OK;
}

static FlowStatus on_take(void *ctx, const TakeRow *row)
{
    Loader *ld = ctx;
    const SourceRun *own = &ld->sources[0];
    uint32_t step = row->step < own->step_count ? own->steps[row->step] : NO_STEP;
    if (step == NO_STEP)
        return FLOW_OK;
    Taken *taken = os_realloc_array(ld->taken, ld->taken_count + 1, sizeof *taken);
    if (!taken)
        return no_memory(ld->err);
    ld->taken = taken;
    taken[ld->taken_count++] = (Taken){step, row->source_run};
    return add_source(ld, row->source_run);
}

/* ---- chunks --------------------------------------------------------------- */

static bool copy(Bytes from, void *to_pointer)
{
    void **to = to_pointer;
    *to = NULL;
    if (from.len == 0)
        return true;
    *to = os_alloc(from.len);
    if (*to)
        memcpy(*to, from.bytes, from.len);
    return *to != NULL;
}

/* Absent, or long enough for n rows of `bits` each. */
static bool fits(Bytes b, uint64_t n, uint64_t bits)
{
    return b.len == 0 || (n <= UINT32_MAX && b.len >= (n * bits + 7) / 8);
}

static bool is_sound(const ChunkRow *row)
{
    return row->n > 0 && row->n <= UINT32_MAX && row->lo <= ROWS_MAX &&
           fits(row->mask, row->n, 1) && fits(row->caught, row->n, 1) &&
           (row->way.len <= 1 || fits(row->way, row->n, 8)) && fits(row->tries, row->n, 32) &&
           fits(row->log, row->n, 8 * sizeof(LogSpan));
}

static Chunk *chunk_of(const ChunkRow *row)
{
    Chunk *c = os_alloc_zero(sizeof *c);
    if (!c)
        return NULL;
    *c = (Chunk){.id = row->id,
                 .run = row->run,
                 .round = row->round,
                 .lo = row->lo,
                 .n = row->n,
                 .worker = row->worker,
                 .began = row->began,
                 .ended = row->ended};
    bool is_one_way = row->way.len <= 1;
    c->one_way = row->way.len == 1 ? row->way.bytes[0] : 0;
    if (copy(row->mask, &c->mask) && copy(is_one_way ? (Bytes){0} : row->way, &c->way) &&
        copy(row->caught, &c->caught) && copy(row->tries, &c->tries) && copy(row->log, &c->log))
        return c;
    chunk_free(c);
    return NULL;
}

static FlowStatus on_chunk(void *ctx, const ChunkRow *row)
{
    Loader *ld = ctx;
    uint32_t step = row->step < ld->now->step_count ? ld->now->steps[row->step] : NO_STEP;
    if (step == NO_STEP)
        return FLOW_OK;
    if (!is_sound(row))
        return flow_error(ld->err, FLOW_EFORMAT, "chunk %lld of run %lld in the store is damaged",
                          (long long)row->id, (long long)row->run);
    if (ld->found_count == ld->found_cap) {
        size_t cap = ld->found_cap ? ld->found_cap * 2 : 64;
        Chunk **found = os_realloc_array(ld->found, cap, sizeof(Chunk *));
        if (!found)
            return no_memory(ld->err);
        ld->found = found;
        ld->found_cap = cap;
    }
    Chunk *c = chunk_of(row);
    if (!c)
        return no_memory(ld->err);
    c->step = step;
    c->stored = ld->now->stored;
    ld->found[ld->found_count++] = c;
    return FLOW_OK;
}

static int by_id(const void *a, const void *b)
{
    const Chunk *x = *(Chunk *const *)a, *y = *(Chunk *const *)b;
    return (x->id > y->id) - (x->id < y->id);
}

/* What one run has stored comes in order. */
static bool is_sorted(const Loader *ld)
{
    for (size_t i = 1; i < ld->found_count; i++)
        if (ld->found[i - 1]->id > ld->found[i]->id)
            return false;
    return true;
}

static FlowStatus add_found(Loader *ld)
{
    FlowStatus s = FLOW_OK;
    size_t i = 0;
    if (!is_sorted(ld))
        qsort(ld->found, ld->found_count, sizeof(Chunk *), by_id);
    for (; s == FLOW_OK && i < ld->found_count; i++) {
        Chunk *added;
        s = ledger_add_chunk(ld->l, ld->found[i], &added);
    }
    for (; i < ld->found_count; i++)
        chunk_free(ld->found[i]);
    ld->found_count = 0;
    return s == FLOW_OK ? s : no_memory(ld->err);
}

/* ---- segments ------------------------------------------------------------- */

static Chunk *chunk_by_id(const Ledger *l, int64_t id)
{
    size_t lo = 0, hi = l->chunk_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (l->chunks[mid]->id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < l->chunk_count && l->chunks[lo]->id == id ? l->chunks[lo] : NULL;
}

/* Which domain of our program the segment belongs to: that of the edge that a row with elements
 * took. False when the program has no such foreach any more. */
static bool domain_of(const Ledger *l, const Chunk *parent, const uint64_t *offsets, uint32_t *out)
{
    const FlowStep *step = &l->program->steps[parent->step];
    for (uint64_t i = 0; i < parent->n; i++) {
        if (offsets[i] == offsets[i + 1])
            continue;
        uint8_t way = chunk_way(parent, parent->lo + i);
        if (way >= step->edge_count || step->edges[way].kind != FLOW_EDGE_FOREACH)
            return false;
        *out = step->edges[way].domain;
        return true;
    }
    return false;
}

static bool offsets_are_sound(const uint64_t *offsets, uint64_t count, uint64_t n)
{
    for (uint64_t i = 0; i < count; i++)
        if (offsets[i] > offsets[i + 1])
            return false;
    return offsets[0] == 0 && offsets[count] == n && n <= ROWS_MAX;
}

static FlowStatus damaged_segment(const SegRow *row, FlowError *err)
{
    return flow_error(err, FLOW_EFORMAT,
                      "rows %llu to %llu of domain %u of run %lld in the store are damaged",
                      (unsigned long long)row->lo, (unsigned long long)(row->lo + row->n),
                      row->domain, (long long)row->run);
}

static const uint16_t *items_of(const Loader *ld, uint32_t stored_domain, uint32_t domain)
{
    const SourceRun *s = ld->now;
    if (!s->items || stored_domain >= s->domain_count ||
        s->item_counts[stored_domain] != ld->l->program->domains[domain].item_count)
        return NULL;
    return s->items[stored_domain];
}

static FlowStatus add_segment(Loader *ld, const SegRow *row, Chunk *parent, uint64_t *offsets_take)
{
    uint32_t domain;
    Segment *s = NULL, *added;
    if (!domain_of(ld->l, parent, offsets_take, &domain)) {
        os_free(offsets_take);
        return FLOW_OK;
    }
    s = os_alloc_zero(sizeof *s);
    if (!s) {
        os_free(offsets_take);
        return no_memory(ld->err);
    }
    *s = (Segment){.run = row->run,
                   .domain = domain,
                   .lo = row->lo,
                   .n = row->n,
                   .parent = parent,
                   .offsets = offsets_take,
                   .items = items_of(ld, row->domain, domain)};
    return ledger_add_segment(ld->l, s, &added) == FLOW_OK ? FLOW_OK : no_memory(ld->err);
}

static FlowStatus on_seg(void *ctx, const SegRow *row)
{
    Loader *ld = ctx;
    Chunk *parent = chunk_by_id(ld->l, row->parent_chunk);
    if (!parent || row->n == 0)
        return FLOW_OK;
    uint64_t *offsets;
    if (row->offsets.len != (parent->n + 1) * sizeof *offsets)
        return damaged_segment(row, ld->err);
    if (!copy(row->offsets, &offsets))
        return no_memory(ld->err);
    if (!offsets_are_sound(offsets, parent->n, row->n)) {
        os_free(offsets);
        return damaged_segment(row, ld->err);
    }
    return add_segment(ld, row, parent, offsets);
}

/* ---- all of it ------------------------------------------------------------ */

static FlowStatus on_own_run(void *ctx, const RunRow *row)
{
    Loader *ld = ctx;
    Ledger *l = ld->l;
    os_free(l->user);
    os_free(l->tags);
    l->user = os_copy_bytes(row->user, strlen(row->user));
    l->tags = os_copy_bytes(row->tags, strlen(row->tags));
    if (!l->user || !l->tags)
        return no_memory(ld->err);
    l->about = (LedgerRun){row->id, row->origin, l->user, l->tags};
    return FLOW_OK;
}

static FlowStatus load(Loader *ld)
{
    FlowStatus s = db_run_get(ld->db, ld->l->run, on_own_run, ld, ld->err);
    if (s == FLOW_OK)
        s = add_source(ld, ld->l->run);
    if (s == FLOW_OK)
        s = open_source(ld, &ld->sources[0]);
    if (s == FLOW_OK)
        s = db_each_take(ld->db, ld->l->run, on_take, ld, ld->err);
    for (size_t i = 1; s == FLOW_OK && i < ld->source_count; i++)
        s = open_source(ld, &ld->sources[i]);
    for (size_t i = 0; s == FLOW_OK && i < ld->source_count; i++) {
        ld->now = &ld->sources[i];
        s = db_each_chunk(ld->db, ld->now->run, on_chunk, ld, ld->err);
    }
    if (s == FLOW_OK)
        s = add_found(ld);
    for (size_t i = 0; s == FLOW_OK && i < ld->source_count; i++) {
        ld->now = &ld->sources[i];
        s = db_each_seg(ld->db, ld->now->run, on_seg, ld, ld->err);
    }
    return s;
}

FlowStatus ledger_load(Ledger *l, Db *db, FlowError *err)
{
    Loader ld = {.l = l, .db = db, .err = err};
    FlowStatus s = load(&ld);
    for (size_t i = 0; i < ld.found_count; i++)
        chunk_free(ld.found[i]);
    for (size_t i = 0; i < ld.source_count; i++) {
        os_free(ld.sources[i].steps);
        os_free(ld.sources[i].items);
        os_free(ld.sources[i].item_counts);
    }
    os_free(ld.sources);
    os_free(ld.taken);
    os_free(ld.found);
    return s;
}
