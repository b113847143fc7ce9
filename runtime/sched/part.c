/* SPDX-License-Identifier: Apache-2.0 */
/* One builder a kept artifact and one a list item, and a byte a row for what is packed into bits
 * at the end.  A list that one row alone opens stays as the worker wrote it; several are put one
 * after another. */
#include "sched/part.h"

#include <string.h>

#include "os/memory.h"
#include "value/codec.h"

/* The lists of one domain. */
typedef struct Fan {
    Buffer widths; /* u64 a row, as far as they are not 0 */
    uint64_t total;
    uint64_t lists;    /* that are not empty */
    Buffer *raw;       /* an item: the column of the only list */
    FlowDigest *blobs; /* or its blob, of `blob_len` bytes */
    uint64_t *blob_len;
    ColumnBuilder *items;
} Fan;

struct Part {
    const FlowProgram *program;
    const FlowStep *step;
    uint32_t step_index, round, attempt, pid;
    uint64_t lo, n;
    size_t bytes;
    int64_t began, ended;
    Buffer done, ways, caught, logs; /* a row: byte, byte, byte, LogSpan */
    uint64_t holes, caught_count;
    bool has_log, has_ways;
    ColumnBuilder durations;
    ColumnBuilder *keeps;
    size_t keep_room;
    Fan *fans; /* a domain */
};

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory while results are gathered");
}

/* ---- making ------------------------------------------------------------------ */

FlowStatus part_new(const FlowProgram *program, Part **out)
{
    Part *p = os_alloc_zero(sizeof *p);
    if (!p)
        return FLOW_ENOMEM;
    p->program = program;
    for (uint16_t s = 0; s < program->step_count; s++)
        if (program->steps[s].keep_count > p->keep_room)
            p->keep_room = program->steps[s].keep_count;
    p->keeps = os_alloc_zero((p->keep_room + 1) * sizeof *p->keeps);
    p->fans = os_alloc_zero(program->domain_count * sizeof *p->fans);
    p->durations.is_fixed = true;
    if (!p->keeps || !p->fans) {
        part_free(p);
        return FLOW_ENOMEM;
    }
    *out = p;
    return FLOW_OK;
}

static void free_fan(Fan *f, uint16_t item_count)
{
    buffer_free(&f->widths);
    for (uint16_t i = 0; f->raw && i < item_count; i++)
        buffer_free(&f->raw[i]);
    for (uint16_t i = 0; f->items && i < item_count; i++)
        column_builder_free(&f->items[i]);
    os_free(f->raw);
    os_free(f->blobs);
    os_free(f->blob_len);
    os_free(f->items);
}

void part_free(Part *p)
{
    if (!p)
        return;
    buffer_free(&p->done);
    buffer_free(&p->ways);
    buffer_free(&p->caught);
    buffer_free(&p->logs);
    column_builder_free(&p->durations);
    for (size_t i = 0; p->keeps && i < p->keep_room; i++)
        column_builder_free(&p->keeps[i]);
    for (uint16_t d = 0; p->fans && d < p->program->domain_count; d++)
        free_fan(&p->fans[d], p->program->domains[d].item_count);
    os_free(p->keeps);
    os_free(p->fans);
    os_free(p);
}

void part_begin(Part *p, uint32_t step, uint32_t round, uint32_t attempt)
{
    p->step = &p->program->steps[step];
    p->step_index = step;
    p->round = round;
    p->attempt = attempt;
    for (uint16_t k = 0; k < p->step->keep_count; k++)
        p->keeps[k].is_fixed = value_is_fixed(p->program->artifacts[p->step->keeps[k]].type);
}

uint64_t part_rows(const Part *p)
{
    return p->n;
}

size_t part_bytes(const Part *p)
{
    return p->bytes;
}

bool row_has_blob_list(const RowDone *row)
{
    for (uint32_t i = 0; i < row->frame->column_count; i++)
        if (row->columns[i].is_blob)
            return true;
    return false;
}

/* ---- a row -------------------------------------------------------------------- */

typedef struct RowFacts {
    uint64_t ord;
    uint8_t way;
    bool is_done, is_caught;
    int64_t began, duration;
    const LogSpan *log; /* NULL: nothing was printed */
    const Cell *cells;  /* NULL: none; else cell_count */
    uint32_t cell_count;
} RowFacts;

static FlowStatus add_log(Part *p, const LogSpan *log)
{
    static const LogSpan nothing;
    if (!log && !p->has_log)
        return FLOW_OK;
    FlowStatus s = FLOW_OK;
    if (!p->has_log)
        s = buffer_append_zeros(&p->logs, (size_t)p->n * sizeof *log);
    p->has_log = true;
    return s == FLOW_OK ? buffer_append(&p->logs, log ? log : &nothing, sizeof *log) : s;
}

static FlowStatus add_cells(Part *p, const RowFacts *row)
{
    static const Cell absent;
    FlowStatus s = FLOW_OK;
    for (uint16_t k = 0; s == FLOW_OK && k < p->step->keep_count; k++) {
        const Cell *cell = row->cells && k < row->cell_count ? &row->cells[k] : &absent;
        p->bytes += 8 + cell->len;
        s = column_builder_add(&p->keeps[k], cell);
    }
    return s;
}

static FlowStatus add_row(Part *p, const RowFacts *row)
{
    int64_t us = row->duration / 1000;
    Cell duration = {.is_present = true, .fixed = us > UINT32_MAX ? UINT32_MAX : us};
    FlowStatus s = buffer_append_byte(&p->done, row->is_done);
    if (s == FLOW_OK)
        s = buffer_append_byte(&p->ways, row->way);
    if (s == FLOW_OK)
        s = buffer_append_byte(&p->caught, row->is_caught);
    if (s == FLOW_OK)
        s = add_log(p, row->log);
    if (s == FLOW_OK)
        s = column_builder_add(&p->durations, &duration);
    if (s == FLOW_OK)
        s = add_cells(p, row);
    if (s != FLOW_OK)
        return s;
    p->holes += !row->is_done;
    p->caught_count += row->is_caught;
    p->has_ways |= row->is_done && row->way != p->ways.bytes[0];
    p->bytes += 16;
    p->n++;
    return FLOW_OK;
}

/* Holes up to the row, then the row. */
static FlowStatus add_up_to(Part *p, const RowFacts *row)
{
    FlowStatus s = FLOW_OK;
    if (p->n == 0) {
        p->lo = row->ord;
        p->began = row->began;
    }
    while (s == FLOW_OK && p->lo + p->n < row->ord)
        s = add_row(p, &(RowFacts){.way = p->ways.bytes[0]});
    if (row->began + row->duration > p->ended)
        p->ended = row->began + row->duration;
    return s == FLOW_OK ? add_row(p, row) : s;
}

static const LogSpan *printed(const LogSpan *log)
{
    return log->out_to > log->out_from || log->err_to > log->err_from ? log : NULL;
}

FlowStatus part_add_caught(Part *p, const RowFail *fail, const Cell *failure, FlowError *err)
{
    Cell *cells = os_alloc_zero((p->step->keep_count + 1u) * sizeof *cells);
    if (!cells)
        return no_memory(err);
    if (p->step->catch_keep < p->step->keep_count)
        cells[p->step->catch_keep] = *failure;
    RowFacts row = {.ord = fail->ord,
                    .is_done = true,
                    .is_caught = true,
                    .began = fail->began,
                    .duration = fail->duration,
                    .log = printed(&fail->log),
                    .cells = cells,
                    .cell_count = p->step->keep_count};
    p->pid = fail->pid ? fail->pid : p->pid;
    FlowStatus s = add_up_to(p, &row);
    os_free(cells);
    return s == FLOW_OK ? s : no_memory(err);
}

/* ---- lists ---------------------------------------------------------------------- */

static FlowStatus make_fan(const Part *p, Fan *f, const FlowDomain *d)
{
    if (f->raw)
        return FLOW_OK;
    f->raw = os_alloc_zero((d->item_count + 1u) * sizeof *f->raw);
    f->blobs = os_alloc_zero((d->item_count + 1u) * sizeof *f->blobs);
    f->blob_len = os_alloc_zero((d->item_count + 1u) * sizeof *f->blob_len);
    f->items = os_alloc_zero((d->item_count + 1u) * sizeof *f->items);
    if (!f->raw || !f->blobs || !f->blob_len || !f->items)
        return FLOW_ENOMEM;
    for (uint16_t i = 0; i < d->item_count; i++)
        f->items[i].is_fixed = value_is_fixed(p->program->artifacts[d->items[i]].type);
    return FLOW_OK;
}

static FlowStatus append_cells(ColumnBuilder *b, const Buffer *body, uint64_t width, FlowError *err)
{
    Column c;
    FlowStatus s = column_open(body->bytes, body->len, &c, err);
    if (s == FLOW_OK && (c.n != width || c.is_fixed != b->is_fixed))
        s = flow_error(err, FLOW_EFORMAT, "a worker sent a list that is not as long as it says");
    for (uint64_t i = 0; s == FLOW_OK && i < width; i++) {
        Cell cell = column_cell(&c, i);
        s = column_builder_add(b, &cell);
        if (s != FLOW_OK)
            no_memory(err);
    }
    return s;
}

/* The first list is kept as it came; it moves to the builders when a second one comes. */
static FlowStatus add_item(Fan *f, uint16_t i, const RowDone *row, uint64_t first_width,
                           FlowError *err)
{
    FlowStatus s = FLOW_OK;
    if (row->columns[i].is_blob) {
        f->blobs[i] = row->columns[i].digest;
        f->blob_len[i] = row->columns[i].len;
        return FLOW_OK;
    }
    if (f->lists == 1)
        s = append_cells(&f->items[i], &f->raw[i], first_width, err);
    if (s != FLOW_OK)
        return s;
    f->raw[i].len = 0; /* aligned room for what the frame may hold anywhere */
    s = buffer_append(&f->raw[i], row->bodies[i], (size_t)row->columns[i].len);
    if (s != FLOW_OK)
        return no_memory(err);
    return f->lists > 0 ? append_cells(&f->items[i], &f->raw[i], row->frame->fan_count, err) : s;
}

static FlowStatus add_list(Part *p, const FlowEdge *edge, const RowDone *row, FlowError *err)
{
    const FlowDomain *d = &p->program->domains[edge->domain];
    Fan *f = &p->fans[edge->domain];
    uint64_t width = row->frame->fan_count, first_width = f->total;
    size_t at = (size_t)(row->frame->ord - p->lo) * sizeof width;
    if (width == 0)
        return FLOW_OK;
    if (row->frame->column_count != d->item_count)
        return flow_error(err, FLOW_EFORMAT, "a worker sent a list without its items");
    FlowStatus s = make_fan(p, f, d);
    if (s == FLOW_OK)
        s = buffer_append_zeros(&f->widths, at - f->widths.len);
    if (s == FLOW_OK)
        s = buffer_put_u64(&f->widths, width);
    if (s != FLOW_OK)
        return no_memory(err);
    for (uint16_t i = 0; s == FLOW_OK && i < d->item_count; i++) {
        p->bytes += row->columns[i].is_blob ? 64 : (size_t)row->columns[i].len;
        s = add_item(f, i, row, first_width, err);
    }
    f->total += width;
    f->lists++;
    return s;
}

FlowStatus part_add(Part *p, const RowDone *row, uint32_t pid, FlowError *err)
{
    const FrameDone *f = row->frame;
    if (f->way >= p->step->edge_count && p->step != &p->program->steps[p->program->end])
        return flow_error(err, FLOW_EFORMAT, "a worker says that `%s` took a way that it has not",
                          p->step->name);
    RowFacts facts = {.ord = f->ord,
                      .way = (uint8_t)f->way,
                      .is_done = true,
                      .began = f->began,
                      .duration = f->duration,
                      .log = printed(&f->log),
                      .cells = row->cells,
                      .cell_count = f->cell_count};
    p->pid = pid;
    FlowStatus s = add_up_to(p, &facts);
    if (s != FLOW_OK)
        return no_memory(err);
    if (f->way < p->step->edge_count && p->step->edges[f->way].kind == FLOW_EDGE_FOREACH)
        return add_list(p, &p->step->edges[f->way], row, err);
    return FLOW_OK;
}

/* ---- the chunk ----------------------------------------------------------------- */

static uint8_t *pack_bits(const Buffer *bytes)
{
    uint8_t *bits = os_alloc_zero((bytes->len + 7) / 8);
    for (size_t i = 0; bits && i < bytes->len; i++)
        bits[i / 8] |= (uint8_t)((bytes->bytes[i] != 0) << (i % 8));
    return bits;
}

static void *copy_of(const Buffer *b)
{
    void *copy = os_alloc(b->len);
    if (copy)
        memcpy(copy, b->bytes, b->len);
    return copy;
}

static uint32_t *tries_of(const Part *p)
{
    uint32_t *tries = os_alloc_array((size_t)p->n, sizeof *tries);
    for (uint64_t i = 0; tries && i < p->n; i++)
        tries[i] = p->attempt;
    return tries;
}

static Chunk *make_chunk(const Part *p, int64_t run)
{
    Chunk *c = os_alloc_zero(sizeof *c);
    if (!c)
        return NULL;
    *c = (Chunk){.run = run,
                 .step = p->step_index,
                 .round = p->round,
                 .lo = p->lo,
                 .n = p->n,
                 .worker = p->pid,
                 .began = p->began,
                 .ended = p->ended,
                 .one_way = p->ways.bytes[0]};
    if ((p->holes > 0 && !(c->mask = pack_bits(&p->done))) ||
        (p->has_ways && !(c->way = copy_of(&p->ways))) ||
        (p->caught_count > 0 && !(c->caught = pack_bits(&p->caught))) ||
        (p->attempt > 1 && !(c->tries = tries_of(p))) ||
        (p->has_log && !(c->log = copy_of(&p->logs)))) {
        chunk_free(c);
        return NULL;
    }
    return c;
}

static uint64_t *offsets_of(const Part *p, const Fan *f)
{
    uint64_t *offsets = os_alloc_array((size_t)p->n + 1, sizeof *offsets);
    if (!offsets)
        return NULL;
    offsets[0] = 0;
    for (uint64_t i = 0; i < p->n; i++) {
        size_t at = (size_t)i * sizeof *offsets;
        offsets[i + 1] =
            offsets[i] + (at < f->widths.len ? bytes_get_u64(f->widths.bytes + at) : 0);
    }
    return offsets;
}

static FlowStatus make_segment(const Part *p, const Fan *f, uint16_t domain, Ledger *ledger,
                               Chunk *chunk, FlowError *err)
{
    Segment *s = os_alloc_zero(sizeof *s), *added;
    uint64_t *offsets = s ? offsets_of(p, f) : NULL;
    if (!offsets) {
        os_free(s);
        return no_memory(err);
    }
    *s = (Segment){.run = chunk->run,
                   .domain = domain,
                   .lo = ledger_domain_rows(ledger, domain),
                   .n = f->total,
                   .parent = chunk,
                   .offsets = offsets};
    return ledger_add_segment(ledger, s, &added) == FLOW_OK ? FLOW_OK : no_memory(err);
}

/* ---- the columns ------------------------------------------------------------------ */

static size_t count_columns(const Part *p)
{
    size_t count = 1u + p->step->keep_count;
    for (uint16_t d = 0; d < p->program->domain_count; d++)
        count += p->fans[d].lists > 0 ? p->program->domains[d].item_count : 0;
    return count;
}

static FlowStatus put_built(ColumnBuilder *b, Columns *columns, uint32_t artifact, Fact *fact,
                            FlowError *err)
{
    Buffer body = {0};
    if (column_builder_finish(b, &body) != FLOW_OK)
        return no_memory(err);
    FlowStatus s =
        columns_put(columns, fact->chunk, artifact, &body, &fact->columns[fact->column_count], err);
    fact->column_count += s == FLOW_OK;
    return s;
}

static FlowStatus put_item(Fan *f, uint16_t i, Columns *columns, uint32_t artifact, Fact *fact,
                           FlowError *err)
{
    StoredColumn **out = &fact->columns[fact->column_count];
    FlowStatus s;
    if (f->lists > 1)
        return put_built(&f->items[i], columns, artifact, fact, err);
    if (f->blob_len[i] > 0)
        s = columns_put_blob(columns, fact->chunk, artifact, &f->blobs[i], (size_t)f->blob_len[i],
                             out, err);
    else
        s = columns_put(columns, fact->chunk, artifact, &f->raw[i], out, err);
    fact->column_count += s == FLOW_OK;
    return s;
}

static FlowStatus put_columns(Part *p, Columns *columns, Fact *fact, FlowError *err)
{
    FlowStatus s = put_built(&p->durations, columns, DB_COL_DURATIONS, fact, err);
    for (uint16_t k = 0; s == FLOW_OK && k < p->step->keep_count; k++)
        s = put_built(&p->keeps[k], columns, p->step->keeps[k], fact, err);
    for (uint16_t d = 0; s == FLOW_OK && d < p->program->domain_count; d++) {
        const FlowDomain *domain = &p->program->domains[d];
        for (uint16_t i = 0; s == FLOW_OK && p->fans[d].lists > 0 && i < domain->item_count; i++)
            s = put_item(&p->fans[d], i, columns, domain->items[i], fact, err);
    }
    return s;
}

static void empty(Part *p)
{
    p->done.len = p->ways.len = p->caught.len = p->logs.len = 0;
    p->n = p->holes = p->caught_count = 0;
    p->bytes = 0;
    p->ended = 0;
    p->has_log = p->has_ways = false;
    for (uint16_t d = 0; d < p->program->domain_count; d++) {
        Fan *f = &p->fans[d];
        f->widths.len = 0;
        f->total = f->lists = 0;
        for (uint16_t i = 0; f->raw && i < p->program->domains[d].item_count; i++) {
            f->raw[i].len = 0;
            f->blob_len[i] = 0;
        }
    }
}

FlowStatus part_finish(Part *p, Ledger *ledger, Columns *columns, int64_t run, Fact *out,
                       FlowError *err)
{
    Fact fact = {.bytes = p->bytes + 256};
    fact.columns = os_alloc_zero(count_columns(p) * sizeof(StoredColumn *));
    Chunk *chunk = fact.columns ? make_chunk(p, run) : NULL;
    if (!chunk || ledger_add_chunk(ledger, chunk, &fact.chunk) != FLOW_OK) {
        os_free(fact.columns);
        return no_memory(err);
    }
    FlowStatus s = FLOW_OK;
    for (uint16_t d = 0; s == FLOW_OK && d < p->program->domain_count; d++)
        if (p->fans[d].lists > 0)
            s = make_segment(p, &p->fans[d], d, ledger, fact.chunk, err);
    if (s == FLOW_OK)
        s = put_columns(p, columns, &fact, err);
    empty(p);
    if (s == FLOW_OK)
        *out = fact;
    else
        fact_deinit(&fact, columns);
    return s;
}

void fact_deinit(Fact *f, Columns *columns)
{
    for (size_t i = 0; i < f->column_count; i++)
        columns_unpin(columns, f->columns[i]);
    os_free(f->columns);
    *f = (Fact){0};
}
