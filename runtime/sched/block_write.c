/* SPDX-License-Identifier: Apache-2.0 */
/* A block is written from its front: columns as they are met, then the tables, and last the header
 * in the room that was left for it.  What is long goes to a file in memory on the way, so that no
 * more than a few columns are ever held here.
 *
 * A field is gathered as runs of rows of stored columns.  Where the columns are much more than
 * the cells that are wanted of them (one row of a wide foreach, a join over chunks of one), the
 * cells are copied into one new column; otherwise whole columns go along, and blobs are only
 * named. */
#include "sched/block_write.h"

#include <string.h>

#include "os/memory.h"
#include "sched/params.h"
#include "value/codec.h"

enum {
    ALIGN = 64,
    GATHER_SLACK = 1024,
    SPILL_BYTES = 1 << 20,  /* of a block that are kept together in memory */
    PINNED_BYTES = 4 << 20, /* of columns that are held for one field */
};

/* `count` cells of a field: rows from `row` on (stride 1), or that row again and again (0). */
typedef struct CellRun {
    StoredColumn *column;
    uint64_t row, count;
    uint32_t stride;
} CellRun;

struct BlockWriter {
    const FlowProgram *program;
    const Ledger *ledger;
    Columns *columns;
    StoredColumn *params; /* one a parameter, outside of `columns` */
    uint64_t serial;      /* of this block */
    const RowRun *rows;   /* that it is for */
    size_t row_runs;
    uint64_t n;
    Buffer runs; /* CellRun: of the field that is being made */
    uint64_t cells; /* of the field that is being made, that are no runs any more */
    uint32_t first_piece; /* of it */
    Buffer columns_table, fields, pieces, slots, offsets;
    Buffer pinned; /* StoredColumn * */
    size_t pinned_bytes;
    ColumnBuilder builder;
    Buffer out;     /* what follows `written` bytes of the block */
    size_t written; /* to `fd` */
    int fd;         /* a file in memory, where the block is long; else -1 */
    OsMap map;      /* of it */
};

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory while a task's input is put together");
}

#define ITEMS(type, buffer) ((type *)(void *)(buffer).bytes)
#define COUNT(type, buffer) ((buffer).len / sizeof(type))

/* ---- parameters as columns of one row ------------------------------------ */

static FlowStatus cell_of(const FlowType *type, Bytes cbor, Cell *cell, FlowError *err)
{
    *cell = (Cell){.is_present = cbor.len > 0, .bytes = cbor.bytes, .len = cbor.len};
    if (!value_is_fixed(type) || cbor.len == 0)
        return FLOW_OK;
    int64_t room[2] = {0};
    FlowStatus s = value_decode(type, cbor.bytes, cbor.len, room, err);
    if (s == FLOW_OK)
        *cell = (Cell){.is_present = true, .fixed = value_fixed_get(type, room)};
    return s;
}

static FlowStatus make_param(BlockWriter *w, uint16_t i, Bytes cbor, FlowError *err)
{
    const FlowType *type = w->program->artifacts[w->program->params[i].artifact].type;
    Cell cell;
    Buffer body = {0};
    FlowStatus s = cell_of(type, cbor, &cell, err);
    if (s != FLOW_OK)
        return s;
    w->builder.is_fixed = value_is_fixed(type);
    s = column_builder_add(&w->builder, &cell);
    if (s == FLOW_OK)
        s = column_builder_finish(&w->builder, &body);
    w->params[i] = (StoredColumn){.bytes = body.bytes, .len = body.len, .pins = 1};
    return s == FLOW_OK ? s : no_memory(err);
}

static FlowStatus make_params(BlockWriter *w, Bytes params, FlowError *err)
{
    uint16_t count = w->program->param_count;
    Bytes *values = os_alloc_zero((count + 1u) * sizeof *values);
    w->params = os_alloc_zero((count + 1u) * sizeof *w->params);
    FlowStatus s = values && w->params ? FLOW_OK : no_memory(err);
    if (s == FLOW_OK && params.len > 0)
        s = params_split(w->program, params, values, err);
    for (uint16_t i = 0; s == FLOW_OK && i < count; i++)
        s = make_param(w, i, values[i], err);
    os_free(values);
    return s;
}

FlowStatus block_writer_new(const FlowProgram *program, const Ledger *ledger, Columns *columns,
                            Bytes params, BlockWriter **out, FlowError *err)
{
    BlockWriter *w = os_alloc_zero(sizeof *w);
    if (!w)
        return no_memory(err);
    *w = (BlockWriter){.program = program, .ledger = ledger, .columns = columns, .fd = -1};
    FlowStatus s = make_params(w, params, err);
    if (s != FLOW_OK) {
        block_writer_free(w);
        return s;
    }
    *out = w;
    return FLOW_OK;
}

void block_writer_free(BlockWriter *w)
{
    if (!w)
        return;
    for (uint16_t i = 0; w->params && i < w->program->param_count; i++)
        os_free(w->params[i].bytes);
    os_free(w->params);
    block_writer_release(w);
    Buffer *buffers[] = {&w->runs,  &w->columns_table, &w->fields, &w->pieces,
                         &w->slots, &w->offsets,       &w->pinned, &w->out};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        buffer_free(buffers[i]);
    column_builder_free(&w->builder);
    os_free(w);
}

void block_writer_release(BlockWriter *w)
{
    os_unmap(&w->map);
    os_close(w->fd);
    w->fd = -1;
    w->written = 0;
    if (w->out.cap > 2 * SPILL_BYTES)
        buffer_free(&w->out);
}

/* ---- the bytes of the block --------------------------------------------------- */

static const char block_name[] = "the input of a task";

static size_t position(const BlockWriter *w)
{
    return w->written + w->out.len;
}

static size_t aligned(size_t at, size_t to)
{
    return (at + to - 1) / to * to;
}

static FlowStatus pad(BlockWriter *w, size_t to)
{
    return buffer_append_zeros(&w->out, aligned(position(w), to) - position(w));
}

static FlowStatus write_out(BlockWriter *w, FlowError *err)
{
    FlowStatus s = w->fd < 0 ? os_memory_file(block_name, &w->fd, err) : FLOW_OK;
    if (s == FLOW_OK)
        s = os_write_all(w->fd, block_name, w->out.bytes, w->out.len, err);
    w->written += w->out.len;
    w->out.len = 0;
    return s;
}

/* Between two columns: their bytes are aligned in the buffer as they are in the block. */
static FlowStatus spill(BlockWriter *w, FlowError *err)
{
    if (w->out.len < SPILL_BYTES)
        return FLOW_OK;
    FlowStatus s = pad(w, ALIGN);
    return s == FLOW_OK ? write_out(w, err) : no_memory(err);
}

static void unpin_all(BlockWriter *w)
{
    for (size_t i = 0; i < COUNT(StoredColumn *, w->pinned); i++)
        columns_unpin(w->columns, ITEMS(StoredColumn *, w->pinned)[i]);
    w->pinned.len = 0;
    w->pinned_bytes = 0;
}

/* The column that the builder holds. */
static FlowStatus add_built(BlockWriter *w, BlockColumn *column)
{
    FlowStatus s = pad(w, ALIGN);
    column->offset = position(w);
    if (s == FLOW_OK)
        s = column_builder_finish(&w->builder, &w->out);
    column->len = position(w) - column->offset;
    return s;
}

/* ---- runs ------------------------------------------------------------------ */

static bool extends(const CellRun *last, const CellRun *run)
{
    return last->column == run->column && last->row + last->count == run->row &&
           (last->stride == 1 || last->count == 1) && (run->stride == 1 || run->count == 1);
}

static bool repeats(const CellRun *last, const CellRun *run)
{
    return last->column == run->column && last->row == run->row &&
           (last->stride == 0 || last->count == 1) && (run->stride == 0 || run->count == 1);
}

/* The column is pinned already. */
static FlowStatus add_run(BlockWriter *w, CellRun run)
{
    size_t count = COUNT(CellRun, w->runs);
    CellRun *last = count > 0 ? &ITEMS(CellRun, w->runs)[count - 1] : NULL;
    if (last && (extends(last, &run) || repeats(last, &run))) {
        last->stride = extends(last, &run);
        last->count += run.count;
        return FLOW_OK;
    }
    return buffer_append(&w->runs, &run, sizeof run);
}

/* ---- a field of runs ---------------------------------------------------------- */

static FlowStatus note_stored(BlockWriter *w, StoredColumn *c)
{
    if (c->block == w->serial)
        return FLOW_OK;
    c->block = w->serial;
    c->block_index = (uint32_t)COUNT(BlockColumn, w->columns_table);
    BlockColumn column = {.len = c->len, .digest = c->digest};
    FlowStatus s = c->bytes ? pad(w, ALIGN) : FLOW_OK;
    if (c->bytes)
        column.offset = position(w);
    if (s == FLOW_OK && c->bytes)
        s = buffer_append(&w->out, c->bytes, c->len);
    return s == FLOW_OK ? buffer_append(&w->columns_table, &column, sizeof column) : s;
}

/* Whether copying the cells is much less than copying their columns. */
static FlowStatus is_worth_gathering(BlockWriter *w, bool *out, FlowError *err)
{
    uint64_t whole = COUNT(CellRun, w->runs) * sizeof(BlockPiece), cells = 0;
    const StoredColumn *last = NULL;
    for (size_t i = 0; i < COUNT(CellRun, w->runs); i++) {
        const CellRun *run = &ITEMS(CellRun, w->runs)[i];
        if (!run->column->bytes)
            continue;
        FlowStatus s = columns_open(w->columns, run->column, err);
        if (s != FLOW_OK)
            return s;
        const Column *c = &run->column->column;
        uint64_t each = c->is_fixed ? 8 : 8 + run->column->len / (c->n ? c->n : 1);
        cells += (run->stride ? run->count : 1) * each;
        if (run->column != last && run->column->block != w->serial)
            whole += run->column->len;
        last = run->column;
    }
    *out = whole > 2 * cells + GATHER_SLACK;
    return FLOW_OK;
}

static FlowStatus add_piece(BlockWriter *w, uint32_t column, uint64_t first, uint64_t count,
                            uint32_t stride)
{
    BlockPiece piece = {first, count, column, stride};
    return buffer_append(&w->pieces, &piece, sizeof piece);
}

/* Copies the cells of all runs, save those in blobs, into one column. */
static FlowStatus gather(BlockWriter *w)
{
    uint32_t index = (uint32_t)COUNT(BlockColumn, w->columns_table);
    BlockColumn column = {0};
    bool is_begun = false;
    FlowStatus s = buffer_append(&w->columns_table, &column, sizeof column);
    for (size_t i = 0; s == FLOW_OK && i < COUNT(CellRun, w->runs); i++) {
        const CellRun *run = &ITEMS(CellRun, w->runs)[i];
        const Column *c = &run->column->column;
        if (!run->column->bytes) {
            s = note_stored(w, run->column);
            if (s == FLOW_OK)
                s = add_piece(w, run->column->block_index, run->row, run->count, run->stride);
            continue;
        }
        if (!is_begun)
            w->builder.is_fixed = c->is_fixed;
        is_begun = true;
        s = add_piece(w, index, w->builder.n, run->count, run->stride);
        for (uint64_t k = 0; s == FLOW_OK && k < (run->stride ? run->count : 1); k++) {
            Cell cell = column_cell(c, run->row + k);
            s = column_builder_add(&w->builder, &cell);
        }
    }
    if (s == FLOW_OK)
        s = add_built(w, &column);
    if (s == FLOW_OK)
        ITEMS(BlockColumn, w->columns_table)[index] = column;
    return s;
}

static FlowStatus take_whole(BlockWriter *w)
{
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < COUNT(CellRun, w->runs); i++) {
        const CellRun *run = &ITEMS(CellRun, w->runs)[i];
        s = note_stored(w, run->column);
        if (s == FLOW_OK)
            s = add_piece(w, run->column->block_index, run->row, run->count, run->stride);
    }
    return s;
}

/* Pieces that follow one another in the gathered column become one. */
static void merge_pieces(BlockWriter *w, size_t from)
{
    BlockPiece *p = ITEMS(BlockPiece, w->pieces);
    size_t count = COUNT(BlockPiece, w->pieces), kept = from;
    for (size_t i = from + 1; i < count; i++) {
        BlockPiece *last = &p[kept];
        bool follows = last->column == p[i].column && last->first + last->count == p[i].first &&
                       (last->stride == 1 || last->count == 1) &&
                       (p[i].stride == 1 || p[i].count == 1);
        if (follows) {
            last->stride = 1;
            last->count += p[i].count;
        } else
            p[++kept] = p[i];
    }
    if (count > from)
        w->pieces.len = (kept + 1) * sizeof *p;
}

/* The runs so far become pieces; their columns need not be held any longer. */
static FlowStatus end_runs(BlockWriter *w, FlowError *err)
{
    bool gathering = false;
    size_t from = COUNT(BlockPiece, w->pieces);
    for (size_t i = 0; i < COUNT(CellRun, w->runs); i++)
        w->cells += ITEMS(CellRun, w->runs)[i].count;
    FlowStatus s = is_worth_gathering(w, &gathering, err);
    if (s != FLOW_OK)
        return s;
    s = gathering ? gather(w) : take_whole(w);
    if (s != FLOW_OK)
        return no_memory(err);
    if (gathering)
        merge_pieces(w, from);
    w->runs.len = 0;
    unpin_all(w);
    return spill(w, err);
}

/* Adds the cells of `read` for up to `max` rows from `row` on; *count tells how many. */
static FlowStatus add_read(BlockWriter *w, const FlowRead *read, Row row, uint64_t max,
                           uint64_t *count, FlowError *err)
{
    Source source;
    StoredColumn *column;
    const FlowArtifact *a = &w->program->artifacts[read->artifact];
    *count = max;
    if (a->kind == FLOW_ARTIFACT_PARAM) {
        for (uint16_t i = 0; i < w->program->param_count; i++)
            if (w->program->params[i].artifact == read->artifact)
                return add_run(w, (CellRun){&w->params[i], 0, max, 0}) == FLOW_OK ? FLOW_OK
                                                                                : no_memory(err);
        return flow_error(err, FLOW_EFORMAT, "`%s` is no parameter of this program", a->name);
    }
    FlowStatus s = ledger_source(w->ledger, read, row, max, &source, err);
    if (s == FLOW_OK)
        s = columns_get(w->columns, source.chunk, source.artifact, &column, err);
    if (s != FLOW_OK)
        return s;
    s = buffer_append(&w->pinned, &column, sizeof column);
    if (s != FLOW_OK) {
        columns_unpin(w->columns, column);
        return no_memory(err);
    }
    *count = source.count;
    w->pinned_bytes += column->bytes ? column->len : 0;
    s = add_run(w, (CellRun){column, source.row, source.count, source.stride});
    if (s != FLOW_OK)
        return no_memory(err);
    return w->pinned_bytes > PINNED_BYTES ? end_runs(w, err) : FLOW_OK;
}

static FlowStatus end_field(BlockWriter *w, FlowError *err)
{
    FlowStatus s = end_runs(w, err);
    if (s != FLOW_OK)
        return s;
    BlockField field = {.piece = w->first_piece, .count = w->cells};
    field.piece_count = (uint32_t)COUNT(BlockPiece, w->pieces) - field.piece;
    w->cells = 0;
    w->first_piece = (uint32_t)COUNT(BlockPiece, w->pieces);
    s = buffer_append(&w->fields, &field, sizeof field);
    return s == FLOW_OK ? s : no_memory(err);
}

/* ---- the slots ---------------------------------------------------------------- */

static FlowStatus write_value(BlockWriter *w, const FlowSlot *slot, Row row, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < w->row_runs; i++)
        for (uint64_t done = 0, count; s == FLOW_OK && done < w->rows[i].n; done += count) {
            row.ord = w->rows[i].lo + done;
            s = add_read(w, &slot->fields[0], row, w->rows[i].n - done, &count, err);
        }
    return s == FLOW_OK ? end_field(w, err) : s;
}

/* One field of what rows ord..ord+n leave behind at the join. */
static FlowStatus add_left_behind(BlockWriter *w, uint32_t join, const FlowSlot *slot,
                                  const FlowRead *read, Row row, uint64_t n, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    for (uint64_t done = 0, same, count; s == FLOW_OK && done < n; done += count) {
        uint64_t ord = row.ord + done;
        Chunk *end = ledger_branch_end(w->ledger, join, slot, ord, row.round, n - done, &same);
        if (!end)
            return flow_error(err, FLOW_EFORMAT,
                              "`%s` cannot begin: row %llu of what it takes together is not done; "
                              "`store check` says more",
                              w->program->steps[join].name, (unsigned long long)ord);
        s = add_read(w, read, (Row){row.domain, ord, end->round}, same, &count, err);
    }
    return s;
}

static FlowStatus write_input(BlockWriter *w, uint32_t join, const FlowSlot *slot, Row row,
                              FlowError *err)
{
    FlowStatus s = FLOW_OK;
    for (uint16_t f = 0; s == FLOW_OK && f < slot->field_count; f++) {
        for (size_t i = 0; s == FLOW_OK && i < w->row_runs; i++) {
            row.ord = w->rows[i].lo;
            s = add_left_behind(w, join, slot, &slot->fields[f], row, w->rows[i].n, err);
        }
        if (s == FLOW_OK)
            s = end_field(w, err);
    }
    return s;
}

/* One field of all elements of the rows' lists. */
static FlowStatus write_elements(BlockWriter *w, uint32_t join, const FlowSlot *slot,
                                 const FlowRead *read, Row row, FlowError *err)
{
    uint32_t domain = w->program->steps[join].closes;
    uint64_t lo, width;
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; i < w->row_runs; i++)
        for (uint64_t k = 0; s == FLOW_OK && k < w->rows[i].n; k++) {
            row.ord = w->rows[i].lo + k;
            if (ledger_children(w->ledger, domain, row, &lo, &width))
                s = add_left_behind(w, join, slot, read, (Row){domain, lo, UINT32_MAX}, width, err);
        }
    return s == FLOW_OK ? end_field(w, err) : s;
}

static FlowStatus write_inputs(BlockWriter *w, uint32_t join, const FlowSlot *slot, Row row,
                               FlowError *err)
{
    uint32_t domain = w->program->steps[join].closes;
    uint64_t total = 0, lo, width;
    FlowStatus s = buffer_put_u64(&w->offsets, 0);
    for (size_t i = 0; i < w->row_runs; i++)
        for (uint64_t k = 0; s == FLOW_OK && k < w->rows[i].n; k++) {
            row.ord = w->rows[i].lo + k;
            ledger_children(w->ledger, domain, row, &lo, &width);
            total += width;
            s = buffer_put_u64(&w->offsets, total);
        }
    if (s != FLOW_OK)
        return no_memory(err);
    for (uint16_t f = 0; s == FLOW_OK && f < slot->field_count; f++)
        s = write_elements(w, join, slot, &slot->fields[f], row, err);
    return s;
}

static FlowStatus write_slot(BlockWriter *w, uint32_t step, const FlowSlot *slot, Row row,
                             FlowError *err)
{
    BlockSlot entry = {.field = (uint32_t)COUNT(BlockField, w->fields),
                       .field_count = slot->kind == FLOW_SLOT_VALUE ? 1 : slot->field_count,
                       .offset = COUNT(uint64_t, w->offsets)};
    FlowStatus s = buffer_append(&w->slots, &entry, sizeof entry);
    if (s != FLOW_OK)
        return no_memory(err);
    switch (slot->kind) {
    case FLOW_SLOT_VALUE: return write_value(w, slot, row, err);
    case FLOW_SLOT_INPUT: return write_input(w, step, slot, row, err);
    case FLOW_SLOT_INPUTS: return write_inputs(w, step, slot, row, err);
    }
    return FLOW_OK;
}

/* ---- the path of indices -------------------------------------------------------- */

/* Rows from `ord` on that share its parent. */
static uint64_t siblings(const Ledger *l, uint32_t domain, uint64_t ord, uint64_t max)
{
    const Segment *s = ledger_segment_at(l, domain, ord);
    if (!s)
        return 1;
    uint64_t rest = s->lo + s->offsets[segment_parent_index(s, ord) + 1] - ord;
    return rest < max ? rest : max;
}

/* Level `k` of rows from row.ord on, that are consecutive; the last level counts up. */
static FlowStatus add_level(BlockWriter *w, size_t k, Row row, uint64_t n)
{
    uint64_t path[LEDGER_PATH_MAX];
    size_t count;
    FlowStatus s = FLOW_OK;
    for (uint64_t done = 0; s == FLOW_OK && done < n;) {
        Row at = {row.domain, row.ord + done, row.round};
        uint64_t same = siblings(w->ledger, row.domain, at.ord, n - done);
        if (!ledger_path(w->ledger, at, path, LEDGER_PATH_MAX, &count) || k >= count)
            return FLOW_EFORMAT;
        for (uint64_t i = 0; s == FLOW_OK && i < same; i++) {
            Cell cell = {.is_present = true,
                         .fixed = (int64_t)(path[k] + (k == count - 1 ? i : 0))};
            s = column_builder_add(&w->builder, &cell);
        }
        done += same;
    }
    return s;
}

/* Level `k` of all rows, as a column of its own. */
static FlowStatus write_level(BlockWriter *w, size_t k, Row row)
{
    FlowStatus s = FLOW_OK;
    BlockColumn column = {0};
    BlockField field = {.piece = w->first_piece++, .piece_count = 1, .count = w->n};
    w->builder.is_fixed = true;
    for (size_t i = 0; s == FLOW_OK && i < w->row_runs; i++) {
        row.ord = w->rows[i].lo;
        s = add_level(w, k, row, w->rows[i].n);
    }
    if (s == FLOW_OK)
        s = add_built(w, &column);
    if (s == FLOW_OK)
        s = add_piece(w, (uint32_t)COUNT(BlockColumn, w->columns_table), 0, w->n, 1);
    if (s == FLOW_OK)
        s = buffer_append(&w->columns_table, &column, sizeof column);
    return s == FLOW_OK ? buffer_append(&w->fields, &field, sizeof field) : s;
}

static FlowStatus write_levels(BlockWriter *w, Row row, uint32_t *levels, FlowError *err)
{
    uint64_t path[LEDGER_PATH_MAX];
    size_t count;
    FlowStatus s = FLOW_OK;
    if (!ledger_path(w->ledger, row, path, LEDGER_PATH_MAX, &count))
        s = FLOW_EFORMAT;
    *levels = s == FLOW_OK ? (uint32_t)count : 0;
    for (size_t k = 0; s == FLOW_OK && k < count; k++)
        s = write_level(w, k, row);
    if (s == FLOW_EFORMAT)
        return flow_error(err, s, "row %llu of domain %u is not known; `store check` says more",
                          (unsigned long long)row.ord, row.domain);
    return s == FLOW_OK ? s : no_memory(err);
}

/* ---- putting it together ---------------------------------------------------------- */

static FlowStatus append_table(BlockWriter *w, const void *bytes, size_t len, uint64_t *at)
{
    FlowStatus s = pad(w, 8);
    *at = position(w);
    return s == FLOW_OK ? buffer_append(&w->out, bytes, len) : s;
}

static FlowStatus append_about(BlockWriter *w, BlockHeader *h)
{
    const LedgerRun *run = ledger_run(w->ledger);
    h->about = position(w);
    FlowStatus s = buffer_append(&w->out, run->user, strlen(run->user) + 1);
    if (s == FLOW_OK)
        s = buffer_append(&w->out, run->tags, strlen(run->tags) + 1);
    h->about_len = position(w) - h->about;
    return s;
}

/* The tables behind the columns; fills in where they are. */
static FlowStatus append_tables(BlockWriter *w, BlockHeader *h)
{
    FlowStatus s = append_table(w, w->slots.bytes, w->slots.len, &h->slots);
    if (s == FLOW_OK)
        s = append_table(w, w->fields.bytes, w->fields.len, &h->fields);
    if (s == FLOW_OK)
        s = append_table(w, w->pieces.bytes, w->pieces.len, &h->pieces);
    if (s == FLOW_OK)
        s = append_table(w, w->offsets.bytes, w->offsets.len, &h->offsets);
    if (s == FLOW_OK && w->row_runs > 1) {
        h->row_run_count = w->row_runs;
        s = append_table(w, w->rows, w->row_runs * sizeof(RowRun), &h->rows);
    }
    if (s == FLOW_OK)
        s = append_table(w, w->columns_table.bytes, w->columns_table.len, &h->columns);
    if (s == FLOW_OK)
        s = append_about(w, h);
    h->total = position(w);
    return s;
}

static FlowStatus assemble(BlockWriter *w, uint32_t levels, FlowError *err)
{
    BlockHeader h = {.magic = BLOCK_MAGIC,
                     .n = w->n,
                     .level_count = levels,
                     .slot_count = (uint32_t)COUNT(BlockSlot, w->slots),
                     .field_count = (uint32_t)COUNT(BlockField, w->fields),
                     .piece_count = (uint32_t)COUNT(BlockPiece, w->pieces),
                     .column_count = (uint32_t)COUNT(BlockColumn, w->columns_table),
                     .offset_count = COUNT(uint64_t, w->offsets),
                     .run = ledger_run(w->ledger)->id,
                     .origin = ledger_run(w->ledger)->origin};
    if (append_tables(w, &h) != FLOW_OK)
        return no_memory(err);
    if (w->fd < 0) {
        memcpy(w->out.bytes, &h, sizeof h);
        return FLOW_OK;
    }
    FlowStatus s = write_out(w, err);
    if (s == FLOW_OK)
        s = os_write_at(w->fd, block_name, &h, sizeof h, 0, err);
    return s == FLOW_OK ? os_map_fd(w->fd, block_name, &w->map, err) : s;
}

static void clear(BlockWriter *w)
{
    unpin_all(w);
    Buffer *buffers[] = {&w->runs,  &w->columns_table, &w->fields,
                         &w->pieces, &w->slots,        &w->offsets};
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        buffers[i]->len = 0;
    w->cells = 0;
    w->first_piece = 0;
}

/* The columns come first, as they are met; room is left for the header. */
static FlowStatus begin(BlockWriter *w, const RowRun *rows, size_t count)
{
    block_writer_release(w);
    w->serial++;
    w->rows = rows;
    w->row_runs = count;
    w->n = 0;
    for (size_t i = 0; i < count; i++)
        w->n += rows[i].n;
    w->out.len = 0;
    return buffer_append_zeros(&w->out, sizeof(BlockHeader));
}

static FlowStatus write_slots(BlockWriter *w, uint32_t step, Row row, uint32_t *levels,
                              FlowError *err)
{
    const FlowStep *st = &w->program->steps[step];
    columns_begin(w->columns);
    FlowStatus s = write_levels(w, row, levels, err);
    for (uint16_t k = 0; s == FLOW_OK && k < st->slot_count; k++)
        s = write_slot(w, step, &st->slots[k], row, err);
    columns_end(w->columns);
    return s;
}

FlowStatus block_write(BlockWriter *w, uint32_t step, uint32_t round, const RowRun *rows,
                       size_t count, Bytes *out, int *fd, FlowError *err)
{
    Row row = {w->program->steps[step].domain, rows[0].lo, round};
    uint32_t levels = 0;
    FlowStatus s = begin(w, rows, count) == FLOW_OK ? FLOW_OK : no_memory(err);
    if (s == FLOW_OK)
        s = write_slots(w, step, row, &levels, err);
    if (s == FLOW_OK)
        s = assemble(w, levels, err);
    if (s == FLOW_OK) {
        *out = w->fd < 0 ? (Bytes){w->out.bytes, w->out.len} : (Bytes){w->map.bytes, w->map.len};
        *fd = w->fd;
    } else {
        column_builder_free(&w->builder); /* with what a failure left in it */
        column_builder_init(&w->builder, true);
    }
    clear(w);
    return s;
}
