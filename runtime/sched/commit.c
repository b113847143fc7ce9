/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/commit.h"

#include <string.h>

#include "os/memory.h"

enum { FULL_FACTS = 256, FULL_BYTES = 1 << 20 };

/* A fact, or a failed attempt. */
typedef struct Entry {
    Fact fact;    /* chunk NULL: a failure */
    FailRow fail; /* owns message, trace and log */
    RunNext next;
    int64_t delay;
} Entry;

struct Commit {
    Db *db;
    Columns *columns;
    int64_t run, epoch;
    CommitEvents events;
    void *ctx;
    Entry *entries;
    size_t count, cap, bytes;
    uint64_t newest, told;
};

FlowStatus commit_new(Db *db, Columns *columns, int64_t run, int64_t epoch,
                      const CommitEvents *events, void *ctx, Commit **out)
{
    Commit *c = os_alloc_zero(sizeof *c);
    if (!c)
        return FLOW_ENOMEM;
    *c = (Commit){
        .db = db, .columns = columns, .run = run, .epoch = epoch, .events = *events, .ctx = ctx};
    *out = c;
    return FLOW_OK;
}

static void free_fail(FailRow *f)
{
    os_free((void *)(uintptr_t)f->message);
    os_free((void *)(uintptr_t)f->trace);
    os_free((void *)(uintptr_t)f->log.bytes);
}

static void clear(Commit *c)
{
    for (size_t i = 0; i < c->count; i++) {
        if (c->entries[i].fact.chunk)
            fact_deinit(&c->entries[i].fact, c->columns);
        else
            free_fail(&c->entries[i].fail);
    }
    c->count = 0;
    c->bytes = 0;
}

void commit_free(Commit *c)
{
    if (!c)
        return;
    clear(c);
    os_free(c->entries);
    os_free(c);
}

static Entry *new_entry(Commit *c)
{
    if (c->count == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 32;
        Entry *entries = os_realloc_array(c->entries, cap, sizeof *entries);
        if (!entries)
            return NULL;
        c->entries = entries;
        c->cap = cap;
    }
    c->entries[c->count] = (Entry){0};
    c->newest++;
    return &c->entries[c->count++];
}

FlowStatus commit_add_fact(Commit *c, Fact *fact_take)
{
    Entry *e = new_entry(c);
    if (!e) {
        fact_deinit(fact_take, c->columns);
        return FLOW_ENOMEM;
    }
    e->fact = *fact_take;
    c->bytes += fact_take->bytes;
    *fact_take = (Fact){0};
    return FLOW_OK;
}

FlowStatus commit_add_fail(Commit *c, const FailRow *fail, RunNext next, int64_t delay)
{
    FailRow copy = *fail;
    copy.message = os_copy_string(fail->message);
    copy.trace = os_copy_string(fail->trace);
    copy.log.bytes = (const uint8_t *)os_copy_bytes((const char *)fail->log.bytes, fail->log.len);
    Entry *e = copy.message && copy.trace && copy.log.bytes ? new_entry(c) : NULL;
    if (!e) {
        free_fail(&copy);
        return FLOW_ENOMEM;
    }
    *e = (Entry){.fail = copy, .next = next, .delay = delay};
    c->bytes += strlen(copy.message) + strlen(copy.trace) + 128;
    return FLOW_OK;
}

uint64_t commit_newest(const Commit *c)
{
    return c->newest;
}

uint64_t commit_told(const Commit *c)
{
    return c->told;
}

bool commit_is_empty(const Commit *c)
{
    return c->count == 0;
}

bool commit_is_full(const Commit *c)
{
    return c->count >= FULL_FACTS || c->bytes >= FULL_BYTES;
}

/* ---- storing ----------------------------------------------------------------- */

static Bytes bits(const uint8_t *bits_or_null, uint64_t n)
{
    return (Bytes){bits_or_null, bits_or_null ? (size_t)((n + 7) / 8) : 0};
}

static FlowStatus store_chunk(Commit *c, Chunk *k, FlowError *err)
{
    ChunkRow row = {.run = c->run,
                    .step = k->step,
                    .round = k->round,
                    .lo = k->lo,
                    .n = k->n,
                    .mask = bits(k->mask, k->n),
                    .caught = bits(k->caught, k->n),
                    .worker = k->worker,
                    .began = k->began,
                    .ended = k->ended};
    row.way = k->way ? (Bytes){k->way, (size_t)k->n} : (Bytes){&k->one_way, 1};
    if (k->tries)
        row.tries = (Bytes){(const uint8_t *)k->tries, (size_t)k->n * sizeof *k->tries};
    if (k->log)
        row.log = (Bytes){(const uint8_t *)k->log, (size_t)k->n * sizeof *k->log};
    FlowStatus s = db_put_chunk(c->db, &row, err);
    k->id = row.id;
    return s;
}

static FlowStatus store_segments(Commit *c, const Chunk *k, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    for (const Segment *g = k->opened; s == FLOW_OK && g; g = g->next) {
        SegRow row = {
            .run = c->run, .domain = g->domain, .lo = g->lo, .n = g->n, .parent_chunk = k->id};
        row.offsets = (Bytes){(const uint8_t *)g->offsets, (size_t)(k->n + 1) * sizeof *g->offsets};
        s = db_put_seg(c->db, &row, err);
    }
    return s;
}

static FlowStatus store_fact(Commit *c, const Fact *f, FlowError *err)
{
    FlowStatus s = store_chunk(c, f->chunk, err);
    if (s == FLOW_OK)
        s = store_segments(c, f->chunk, err);
    for (size_t i = 0; s == FLOW_OK && i < f->column_count; i++) {
        const StoredColumn *column = f->columns[i];
        ColRow row = {.chunk = f->chunk->id, .artifact = column->artifact};
        if (column->bytes)
            row.body = (Bytes){column->bytes, column->len};
        else {
            row.digest = column->digest;
            row.blob_len = column->len;
        }
        s = db_put_col(c->db, &row, err);
    }
    return s;
}

static void tell(Commit *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const Entry *e = &c->entries[i];
        c->events.comes(c->ctx, ++c->told);
        if (e->fact.chunk)
            c->events.done(c->ctx, e->fact.chunk);
        else
            c->events.failed(c->ctx, &e->fail, e->next, e->delay);
    }
}

FlowStatus commit_now(Commit *c, const CommitFinish *finish, FlowError *err)
{
    if (c->count == 0 && !finish)
        return FLOW_OK;
    FlowStatus s = db_begin(c->db, c->run, c->epoch, err);
    if (s != FLOW_OK)
        return s;
    for (size_t i = 0; s == FLOW_OK && i < c->count; i++) {
        const Entry *e = &c->entries[i];
        s = e->fact.chunk ? store_fact(c, &e->fact, err) : db_put_fail(c->db, &e->fail, err);
    }
    if (s == FLOW_OK && finish)
        s = db_run_finish(c->db, c->run, c->epoch, finish->state, finish->why, err);
    if (s == FLOW_OK)
        s = db_commit(c->db, err);
    else
        db_rollback(c->db);
    if (s == FLOW_OK)
        tell(c);
    clear(c);
    return s;
}
