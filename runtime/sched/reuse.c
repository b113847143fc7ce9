/* SPDX-License-Identifier: Apache-2.0 */
/* Lists change at few places, as a rule: what they have in common in front and at the end is found
 * by comparing.  Only for what lies between is there a table of earlier rows, by a hash of their
 * items; of a list that is longer than TABLE_ROWS it has those alone that lie between, too.  The
 * steps of the foreach's body are then gone through in the order of the graph: a row is taken over
 * if all that had led to it was. */
#include "sched/reuse.h"

#include <string.h>

#include "os/memory.h"

enum { PART_ROWS = 4096, PART_BYTES = 1 << 20, GAPS = 8, TABLE_ROWS = 1 << 20 };

#define NO_ROW UINT64_MAX

/* The columns of one chunk of the earlier run. */
typedef struct OldChunk {
    const Chunk *chunk;
    bool is_readable;
    StoredColumn *durations;
    StoredColumn **keeps;
    Cell *cells;
} OldChunk;

struct Reuse {
    const FlowProgram *program;
    Ledger *now, *then;
    Columns *columns;
    int64_t run;
    bool *steps;
    Part *part;
    uint32_t attempt; /* of the part's rows */
    uint64_t last;    /* the part's last row */
    OldChunk old;
};

/* The lists of both runs, and which row of the earlier one each new row is like. */
typedef struct Match {
    const Segment *now, *then;
    StoredColumn **new_items, **old_items;
    uint16_t item_count;
    uint64_t front, end; /* rows that both have in common there */
    uint64_t *between;   /* the other new rows: a row of the earlier run, or NO_ROW */
    uint8_t **taken;     /* a step: bits of the new rows, NULL: none */
} Match;

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory while rows are taken over");
}

/* ---- making ------------------------------------------------------------------ */

FlowStatus reuse_new(const FlowProgram *program, Db *db, int64_t source, const bool *steps,
                     Ledger *ledger, Columns *columns, int64_t run, Reuse **out, FlowError *err)
{
    Reuse *u = os_alloc_zero(sizeof *u);
    if (!u)
        return no_memory(err);
    *u = (Reuse){.program = program, .now = ledger, .columns = columns, .run = run};
    size_t most = 1;
    for (uint16_t s = 0; s < program->step_count; s++)
        most = program->steps[s].keep_count > most ? program->steps[s].keep_count : most;
    u->steps = os_alloc_array(program->step_count, sizeof *steps);
    u->old.keeps = os_alloc_zero(most * sizeof(StoredColumn *));
    u->old.cells = os_alloc_zero(most * sizeof *u->old.cells);
    bool has_all = u->steps && u->old.keeps && u->old.cells;
    FlowStatus s = has_all && part_new(program, &u->part) == FLOW_OK ? FLOW_OK : no_memory(err);
    if (s == FLOW_OK)
        memcpy(u->steps, steps, program->step_count * sizeof *steps);
    if (s == FLOW_OK)
        s = ledger_new(program, source, &u->then, err);
    if (s == FLOW_OK)
        s = ledger_load(u->then, db, err);
    if (s == FLOW_OK)
        *out = u;
    else
        reuse_free(u);
    return s;
}

void reuse_free(Reuse *u)
{
    if (!u)
        return;
    part_free(u->part);
    ledger_free(u->then);
    os_free(u->steps);
    os_free(u->old.keeps);
    os_free(u->old.cells);
    os_free(u);
}

/* ---- cells ------------------------------------------------------------------- */

static bool cells_are_equal(const Cell *a, const Cell *b)
{
    return a->is_present == b->is_present && a->fixed == b->fixed && a->len == b->len &&
           (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

static uint64_t mix(uint64_t state, uint64_t word)
{
    uint64_t z = (state ^ word) * 0x9e3779b97f4a7c15u;
    return z ^ z >> 29;
}

static uint64_t hash_of(const Match *m, StoredColumn *const *items, uint64_t row)
{
    uint64_t h = 1;
    for (uint16_t i = 0; i < m->item_count; i++) {
        Cell cell = column_cell(&items[i]->column, row);
        h = mix(mix(h, cell.is_present), (uint64_t)cell.fixed);
        for (size_t k = 0; k < cell.len; k++)
            h = mix(h, cell.bytes[k]);
    }
    return h;
}

static bool items_are_equal(const Match *m, StoredColumn *const *a, uint64_t a_row,
                            StoredColumn *const *b, uint64_t b_row)
{
    for (uint16_t i = 0; i < m->item_count; i++) {
        Cell x = column_cell(&a[i]->column, a_row), y = column_cell(&b[i]->column, b_row);
        if (a[i]->column.is_fixed != b[i]->column.is_fixed || !cells_are_equal(&x, &y))
            return false;
    }
    return true;
}

/* A column that is open and pinned; NULL with FLOW_OK where it cannot be read. */
static FlowStatus get_column(Reuse *u, const Chunk *chunk, uint32_t artifact, StoredColumn **out)
{
    FlowError ignored;
    *out = NULL;
    FlowStatus s = columns_get(u->columns, chunk, artifact, out, &ignored);
    if (s == FLOW_OK && (s = columns_open(u->columns, *out, &ignored)) != FLOW_OK) {
        columns_unpin(u->columns, *out);
        *out = NULL;
    }
    return s == FLOW_ENOMEM ? s : FLOW_OK;
}

static void drop_column(Reuse *u, StoredColumn *column)
{
    if (column)
        columns_unpin(u->columns, column);
}

/* ---- which rows are like which ---------------------------------------------------- */

static uint32_t stored_item(const Segment *s, const FlowDomain *d, uint16_t i)
{
    return s->items ? s->items[i] : d->items[i];
}

static FlowStatus open_items(Reuse *u, Match *m, bool *are_there, FlowError *err)
{
    const FlowDomain *d = &u->program->domains[m->now->domain];
    m->item_count = d->item_count;
    m->new_items = os_alloc_zero((d->item_count + 1u) * sizeof(StoredColumn *));
    m->old_items = os_alloc_zero((d->item_count + 1u) * sizeof(StoredColumn *));
    FlowStatus s = m->new_items && m->old_items ? FLOW_OK : FLOW_ENOMEM;
    *are_there = true;
    for (uint16_t i = 0; s == FLOW_OK && i < d->item_count; i++) {
        s = get_column(u, m->now->parent, stored_item(m->now, d, i), &m->new_items[i]);
        if (s == FLOW_OK)
            s = get_column(u, m->then->parent, stored_item(m->then, d, i), &m->old_items[i]);
        const StoredColumn *a = m->new_items[i], *b = m->old_items[i];
        *are_there &= a && b && a->column.n == m->now->n && b->column.n == m->then->n;
    }
    return s == FLOW_OK ? s : no_memory(err);
}

static void find_ends(Match *m)
{
    uint64_t n = m->now->n, old = m->then->n, least = n < old ? n : old;
    while (m->front < least &&
           items_are_equal(m, m->new_items, m->front, m->old_items, m->front))
        m->front++;
    while (m->end < least - m->front &&
           items_are_equal(m, m->new_items, n - 1 - m->end, m->old_items, old - 1 - m->end))
        m->end++;
}

/* The place of the row in the table of earlier rows, or the free one where it would be. */
static uint64_t *place_of(const Match *m, uint64_t *table, size_t cap, StoredColumn *const *items,
                          uint64_t row)
{
    size_t i = (size_t)hash_of(m, items, row) & (cap - 1);
    while (table[i] != NO_ROW && !items_are_equal(m, items, row, m->old_items, table[i]))
        i = (i + 1) & (cap - 1);
    return &table[i];
}

static bool is_alike(const Match *m, uint64_t row)
{
    return row < m->then->n && items_are_equal(m, m->new_items, row, m->old_items, row);
}

/* What lies between: a row at the same index, else the first that is equal. */
static FlowStatus find_between(Match *m, FlowError *err)
{
    uint64_t rows = m->now->n - m->front - m->end;
    bool is_short = m->then->n <= TABLE_ROWS;
    uint64_t first = is_short ? 0 : m->front, last = m->then->n - (is_short ? 0 : m->end);
    size_t cap = 16;
    while (cap < 2 * (last - first))
        cap *= 2;
    if (rows == 0)
        return FLOW_OK;
    m->between = os_alloc_array((size_t)rows, sizeof *m->between);
    uint64_t *table = os_alloc_array(cap, sizeof *table);
    if (!m->between || !table) {
        os_free(table);
        return no_memory(err);
    }
    memset(table, 0xff, cap * sizeof *table);
    for (uint64_t i = first; i < last; i++) {
        uint64_t *place = place_of(m, table, cap, m->old_items, i);
        if (*place == NO_ROW)
            *place = i;
    }
    for (uint64_t i = 0; i < rows; i++) {
        uint64_t row = m->front + i;
        m->between[i] =
            is_alike(m, row) ? row : *place_of(m, table, cap, m->new_items, row);
    }
    os_free(table);
    return FLOW_OK;
}

static uint64_t old_row(const Match *m, uint64_t row)
{
    if (row < m->front)
        return row;
    if (row >= m->now->n - m->end)
        return row - m->now->n + m->then->n;
    return m->between[row - m->front];
}

/* ---- what a step may take over ------------------------------------------------------ */

static FlowStatus value_of(Reuse *u, const Ledger *l, const FlowRead *read, Row row,
                           StoredColumn **column, Cell *out, bool *is_there)
{
    Source source;
    FlowError ignored;
    *column = NULL;
    *is_there = ledger_source(l, read, row, 1, &source, &ignored) == FLOW_OK;
    if (!*is_there)
        return FLOW_OK;
    FlowStatus s = get_column(u, source.chunk, source.artifact, column);
    if (*column)
        *out = column_cell(&(*column)->column, source.row);
    return s;
}

/* What the step reads of those in front of the foreach is the same for all of its rows. */
static FlowStatus compare_outer(Reuse *u, const Match *m, const FlowRead *outer, bool *is_equal)
{
    StoredColumn *a, *b = NULL;
    Cell x, y;
    bool has_a, has_b = false;
    Row now = {m->now->domain, m->now->lo, 0}, then = {m->then->domain, m->then->lo, 0};
    FlowStatus s = value_of(u, u->now, outer, now, &a, &x, &has_a);
    if (s == FLOW_OK)
        s = value_of(u, u->then, outer, then, &b, &y, &has_b);
    *is_equal = has_a == has_b && (!has_a || (a && b && a->column.is_fixed == b->column.is_fixed &&
                                              cells_are_equal(&x, &y)));
    drop_column(u, a);
    drop_column(u, b);
    return s;
}

static FlowStatus compare_read(Reuse *u, const Match *m, const FlowRead *read, bool *is_equal)
{
    FlowRead outer = *read;
    if (u->program->artifacts[read->artifact].kind != FLOW_ARTIFACT_KEPT)
        return FLOW_OK;
    uint16_t *sources = os_alloc_array(read->source_count + 1u, sizeof *sources);
    if (!sources)
        return FLOW_ENOMEM;
    outer.sources = sources;
    outer.source_count = 0;
    for (uint16_t i = 0; i < read->source_count; i++)
        if (u->program->steps[read->sources[i]].domain != m->now->domain)
            sources[outer.source_count++] = read->sources[i];
    FlowStatus s = outer.source_count > 0 ? compare_outer(u, m, &outer, is_equal) : FLOW_OK;
    os_free(sources);
    return s;
}

static bool opens_a_foreach(const FlowStep *step)
{
    for (uint16_t e = 0; e < step->edge_count; e++)
        if (step->edges[e].kind == FLOW_EDGE_FOREACH)
            return true;
    return false;
}

static FlowStatus may_take(Reuse *u, const Match *m, uint16_t index, bool *out, FlowError *err)
{
    const FlowStep *step = &u->program->steps[index];
    FlowStatus s = FLOW_OK;
    *out = u->steps[index] && step->domain == m->now->domain &&
           step->kind != FLOW_STEP_JOIN_FOREACH && !(step->flags & FLOW_STEP_IN_LOOP) &&
           !opens_a_foreach(step);
    for (uint16_t k = 0; s == FLOW_OK && *out && k < step->slot_count; k++)
        for (uint16_t f = 0; s == FLOW_OK && *out && f < step->slots[k].field_count; f++)
            s = compare_read(u, m, &step->slots[k].fields[f], out);
    return s == FLOW_OK ? s : no_memory(err);
}

/* ---- rows ---------------------------------------------------------------------------- */

static void leave_old(Reuse *u)
{
    OldChunk *o = &u->old;
    if (!o->chunk)
        return;
    drop_column(u, o->durations);
    for (uint16_t k = 0; k < u->program->steps[o->chunk->step].keep_count; k++) {
        drop_column(u, o->keeps[k]);
        o->keeps[k] = NULL;
    }
    o->durations = NULL;
    o->chunk = NULL;
}

static FlowStatus enter_old(Reuse *u, const Chunk *chunk)
{
    OldChunk *o = &u->old;
    const FlowStep *step = &u->program->steps[chunk->step];
    if (o->chunk == chunk)
        return FLOW_OK;
    leave_old(u);
    o->chunk = chunk;
    FlowStatus s = get_column(u, chunk, DB_COL_DURATIONS, &o->durations);
    o->is_readable = o->durations != NULL;
    for (uint16_t k = 0; s == FLOW_OK && k < step->keep_count; k++) {
        uint32_t artifact = chunk_stored_artifact(chunk, step->keeps[k]);
        s = get_column(u, chunk, artifact, &o->keeps[k]);
        o->is_readable &= o->keeps[k] && o->keeps[k]->column.n == chunk->n;
    }
    return s;
}

static FlowStatus flush(Reuse *u, ReuseTake *take, void *ctx, FlowError *err)
{
    Fact fact;
    if (part_rows(u->part) == 0)
        return FLOW_OK;
    FlowStatus s = part_finish(u->part, u->now, u->columns, u->run, &fact, err);
    if (s == FLOW_OK)
        s = take(ctx, &fact);
    return s == FLOW_OK ? s : flow_error(err, s, "rows of an earlier run cannot be taken over");
}

/* Begins another chunk where the row does not go well with those before it. */
static FlowStatus make_room(Reuse *u, uint32_t step, uint64_t ord, uint32_t attempt,
                            ReuseTake *take, void *ctx, FlowError *err)
{
    uint64_t rows = part_rows(u->part);
    bool is_far = rows > 0 && ord - u->last > GAPS * (rows + GAPS);
    FlowStatus s = FLOW_OK;
    if (is_far || rows >= PART_ROWS || part_bytes(u->part) > PART_BYTES || attempt != u->attempt)
        s = flush(u, take, ctx, err);
    if (part_rows(u->part) == 0)
        part_begin(u->part, step, 0, attempt);
    u->attempt = attempt;
    u->last = ord;
    return s;
}

/* Adds row `ord` as row `old` of the chunk that was entered. */
static FlowStatus add_row(Reuse *u, uint64_t ord, uint64_t old, FlowError *err)
{
    OldChunk *o = &u->old;
    const FlowStep *step = &u->program->steps[o->chunk->step];
    uint64_t at = old - o->chunk->lo;
    int64_t duration = column_cell(&o->durations->column, at).fixed * 1000;
    for (uint16_t k = 0; k < step->keep_count; k++)
        o->cells[k] = column_cell(&o->keeps[k]->column, at);
    if (chunk_caught(o->chunk, old)) {
        RowFail fail = {.ord = ord, .began = o->chunk->began, .duration = duration};
        Cell none = {0};
        bool has_error = step->catch_keep < step->keep_count;
        return part_add_caught(u->part, &fail, has_error ? &o->cells[step->catch_keep] : &none,
                               err);
    }
    FrameDone frame = {.ord = ord,
                       .way = chunk_way(o->chunk, old),
                       .cell_count = step->keep_count,
                       .began = o->chunk->began,
                       .duration = duration};
    RowDone row = {.frame = &frame, .cells = o->cells};
    return part_add(u->part, &row, 0, err); /* no process of this run has worked on it */
}

static bool leads_to(const FlowStep *from, uint8_t way, uint16_t to)
{
    for (uint16_t t = 0; way < from->edge_count && t < from->edges[way].target_count; t++)
        if (from->edges[way].targets[t] == to)
            return true;
    return false;
}

static bool is_taken(const Match *m, uint16_t step, uint64_t row)
{
    return m->taken[step] && (m->taken[step][row / 8] >> (row % 8) & 1);
}

/* Whether all that led to the step for this row was taken over. */
static bool is_reached(const Reuse *u, const Match *m, uint16_t step, uint64_t row, uint64_t old)
{
    bool is_led_to = step == u->program->domains[m->now->domain].entry;
    for (uint16_t p = 0; p < u->program->step_count; p++) {
        if (u->program->steps[p].domain != m->now->domain || p == step)
            continue;
        const Chunk *c = ledger_find(u->then, p, old, 0);
        if (!c || !leads_to(&u->program->steps[p], chunk_way(c, old), step))
            continue;
        if (!is_taken(m, p, row))
            return false;
        is_led_to = true;
    }
    return is_led_to;
}

static FlowStatus take_row(Reuse *u, Match *m, uint16_t step, uint64_t row, ReuseTake *take,
                           void *ctx, FlowError *err)
{
    const FlowStep *st = &u->program->steps[step];
    uint64_t like = old_row(m, row), old = m->then->lo + like;
    if (like == NO_ROW || ((st->flags & FLOW_STEP_READS_INDEX) && like != row))
        return FLOW_OK;
    const Chunk *c = ledger_find(u->then, step, old, 0);
    if (!c || !is_reached(u, m, step, row, old))
        return FLOW_OK;
    if (enter_old(u, c) != FLOW_OK)
        return no_memory(err);
    if (!u->old.is_readable)
        return FLOW_OK;
    uint32_t attempt = c->tries ? c->tries[old - c->lo] : 1;
    FlowStatus s = make_room(u, step, m->now->lo + row, attempt, take, ctx, err);
    if (s == FLOW_OK)
        s = add_row(u, m->now->lo + row, old, err);
    m->taken[step][row / 8] |= (uint8_t)(1 << (row % 8));
    return s;
}

static FlowStatus take_step(Reuse *u, Match *m, uint16_t step, ReuseTake *take, void *ctx,
                            FlowError *err)
{
    bool may = false;
    FlowStatus s = may_take(u, m, step, &may, err);
    if (s != FLOW_OK || !may)
        return s;
    m->taken[step] = os_alloc_zero((size_t)(m->now->n + 7) / 8);
    if (!m->taken[step])
        return no_memory(err);
    for (uint64_t row = 0; s == FLOW_OK && row < m->now->n; row++)
        s = take_row(u, m, step, row, take, ctx, err);
    if (s == FLOW_OK)
        s = flush(u, take, ctx, err);
    leave_old(u);
    return s;
}

/* ---- all of it ------------------------------------------------------------------------ */

static FlowStatus take_steps(Reuse *u, Match *m, ReuseTake *take, void *ctx, FlowError *err)
{
    const FlowProgram *p = u->program;
    FlowStatus s = FLOW_OK;
    uint32_t most = 0;
    m->taken = os_alloc_zero(p->step_count * sizeof *m->taken);
    if (!m->taken)
        return no_memory(err);
    for (uint16_t i = 0; i < p->step_count; i++)
        most = p->steps[i].rank > most ? p->steps[i].rank : most;
    for (uint32_t rank = 0; rank <= most; rank++)
        for (uint16_t i = 0; s == FLOW_OK && i < p->step_count; i++)
            if (p->steps[i].rank == rank && u->steps[i])
                s = take_step(u, m, i, take, ctx, err);
    return s;
}

static void free_match(Reuse *u, Match *m)
{
    for (uint16_t i = 0; i < m->item_count; i++) {
        drop_column(u, m->new_items ? m->new_items[i] : NULL);
        drop_column(u, m->old_items ? m->old_items[i] : NULL);
    }
    for (uint16_t i = 0; m->taken && i < u->program->step_count; i++)
        os_free(m->taken[i]);
    os_free(m->taken);
    os_free(m->between);
    os_free(m->new_items);
    os_free(m->old_items);
}

FlowStatus reuse_rows(Reuse *u, const Segment *opened, ReuseTake *take, void *ctx, FlowError *err)
{
    uint32_t domain = opened->domain;
    const FlowStep *opener = &u->program->steps[opened->parent->step];
    Match m = {.now = opened};
    bool are_there;
    if (u->program->domains[domain].parent != 0 || (opener->flags & FLOW_STEP_IN_LOOP) ||
        ledger_segment_count(u->then, domain) != 1)
        return FLOW_OK;
    m.then = ledger_segment(u->then, domain, 0);
    if (opened->parent->n != 1 || m.then->parent->n != 1)
        return FLOW_OK;
    FlowStatus s = open_items(u, &m, &are_there, err);
    if (s == FLOW_OK && are_there) {
        find_ends(&m);
        s = find_between(&m, err);
        if (s == FLOW_OK)
            s = take_steps(u, &m, take, ctx, err);
    }
    free_match(u, &m);
    return s;
}
