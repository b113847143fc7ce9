/* SPDX-License-Identifier: Apache-2.0 */
/* block.c - checks a block from the outside in: header, tables, columns, then that each field's
 * pieces lie in their columns and add up. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "backends/block.h"

#include <fcntl.h>
#include <string.h>

#include "os/memory.h"
#include "store/blob.h"

enum { COLUMN_ALIGN = 64, PAGE = 4096, GIVE_BYTES = 1 << 20 };

static FlowStatus broken(FlowError *err, const char *what)
{
    return flow_error(err, FLOW_EFORMAT, "the input of a task is damaged: %s", what);
}

/* ---- checks ------------------------------------------------------------- */

/* A table of `count` entries of `size` bytes at `offset`. */
static bool table_fits(const BlockHeader *h, uint64_t offset, uint64_t count, uint64_t size)
{
    uint64_t bytes, end;
    return offset % 8 == 0 && offset >= sizeof *h && !__builtin_mul_overflow(count, size, &bytes) &&
           !__builtin_add_overflow(offset, bytes, &end) && end <= h->total;
}

/* Two texts, each with its NUL; or nothing. */
static bool about_fits(const uint8_t *bytes, const BlockHeader *h)
{
    if (h->about_len == 0)
        return true;
    if (h->about > h->total || h->about_len > h->total - h->about)
        return false;
    const uint8_t *user_end = memchr(bytes + h->about, 0, h->about_len);
    return user_end && bytes[h->about + h->about_len - 1] == 0 &&
           user_end != bytes + h->about + h->about_len - 1;
}

static FlowStatus check_header(const uint8_t *bytes, size_t len, uint64_t n, uint32_t slot_count,
                               FlowError *err)
{
    const BlockHeader *h = (const BlockHeader *)(const void *)bytes;
    if (len < sizeof *h || h->magic != BLOCK_MAGIC || h->total != len)
        return broken(err, "it has no header");
    if (h->n != n || h->slot_count != slot_count || h->level_count > h->field_count)
        return broken(err, "it belongs to another step");
    if (!table_fits(h, h->slots, slot_count, sizeof(BlockSlot)) ||
        !table_fits(h, h->fields, h->field_count, sizeof(BlockField)) ||
        !table_fits(h, h->pieces, h->piece_count, sizeof(BlockPiece)) ||
        !table_fits(h, h->columns, h->column_count, sizeof(BlockColumn)) ||
        !table_fits(h, h->offsets, h->offset_count, sizeof(uint64_t)) ||
        (h->row_run_count > 0 && !table_fits(h, h->rows, h->row_run_count, sizeof(RowRun))))
        return broken(err, "a table lies outside of it");
    return about_fits(bytes, h) ? FLOW_OK : broken(err, "it does not say whose it is");
}

/* The runs of rows hold as many as there are. */
static FlowStatus check_rows(const Block *b, FlowError *err)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < b->header->row_run_count; i++)
        if (__builtin_add_overflow(n, b->rows[i].n, &n))
            return broken(err, "it has too many rows");
    return b->header->row_run_count == 0 || n == b->header->n ? FLOW_OK
                                                              : broken(err, "a row is missing");
}

static bool piece_fits(const Block *b, const BlockPiece *piece)
{
    if (piece->column >= b->header->column_count || piece->stride > 1)
        return false;
    if (piece->count == 0)
        return true;
    uint64_t rows = b->columns[piece->column].n;
    uint64_t used = piece->stride == 1 ? piece->count : 1;
    return piece->first < rows && used <= rows - piece->first;
}

static FlowStatus check_field(const Block *b, const BlockField *field, FlowError *err)
{
    uint64_t cells = 0, end = (uint64_t)field->piece + field->piece_count;
    if (end > b->header->piece_count)
        return broken(err, "a field has pieces that are not there");
    for (uint64_t i = field->piece; i < end; i++) {
        if (!piece_fits(b, &b->pieces[i]) ||
            __builtin_add_overflow(cells, b->pieces[i].count, &cells))
            return broken(err, "a piece lies outside of its column");
    }
    return cells == field->count ? FLOW_OK : broken(err, "a field has too few cells");
}

static FlowStatus check_fields(const Block *b, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    for (uint32_t i = 0; i < b->header->field_count && s == FLOW_OK; i++)
        s = check_field(b, &b->fields[i], err);
    for (uint32_t i = 0; i < b->header->level_count && s == FLOW_OK; i++) {
        if (b->fields[i].count != b->header->n || !block_field_fits(b, i, true))
            s = broken(err, "the path of a row is missing");
    }
    for (uint32_t i = 0; i < b->header->slot_count && s == FLOW_OK; i++) {
        const BlockSlot *slot = &b->slots[i];
        if ((uint64_t)slot->field + slot->field_count > b->header->field_count)
            s = broken(err, "a slot has fields that are not there");
    }
    return s;
}

/* ---- columns ------------------------------------------------------------ */

static FlowStatus open_column(Block *b, uint32_t index, const char *blobs_dir, FlowError *err)
{
    const BlockHeader *h = b->header;
    const BlockColumn *column =
        &((const BlockColumn *)(const void *)(b->bytes + h->columns))[index];
    if (column->offset == 0) {
        BlockBlob *blob = &b->blobs[index];
        FlowStatus s = blob_map(blobs_dir, &column->digest, column->len, &blob->bytes, err);
        if (s != FLOW_OK)
            return s;
        blob->len = column->len;
        s = column_open(blob->bytes, blob->len, &b->columns[index], err);
        if (s == FLOW_EFORMAT)
            s = blob_damaged(blobs_dir, &column->digest, "it holds no column", err);
        return s;
    }
    if (column->offset % COLUMN_ALIGN != 0 || column->offset > h->total ||
        column->len > h->total - column->offset)
        return broken(err, "a column lies outside of it");
    return column_open(b->bytes + column->offset, column->len, &b->columns[index], err);
}

/* Nothing has been checked but that the tables lie in the block. */
static bool uses_column(const Block *b, uint64_t field, uint32_t column)
{
    if (field >= b->header->field_count)
        return false;
    const BlockField *f = &b->fields[field];
    for (uint64_t i = f->piece; i < (uint64_t)f->piece + f->piece_count; i++)
        if (i < b->header->piece_count && b->pieces[i].column == column)
            return true;
    return false;
}

/* Which value the column is for; false when it is for none. */
static bool find_user(Block *b, uint32_t column)
{
    for (uint32_t i = 0; i < b->header->slot_count; i++)
        for (uint32_t k = 0; k < b->slots[i].field_count; k++)
            if (uses_column(b, (uint64_t)b->slots[i].field + k, column)) {
                b->lost_slot = i;
                b->lost_field = k;
                return true;
            }
    return false;
}

/* Leaves what needs no closing, as block_open says. */
static FlowStatus lose_column(Block *b, uint32_t column, FlowStatus s)
{
    Block rest = {.bytes = b->bytes, .header = b->header, .slots = b->slots, .fields = b->fields,
                  .pieces = b->pieces, .rows = b->rows};
    bool is_known = find_user(&rest, column);
    block_close(b);
    if (is_known)
        *b = rest;
    return s;
}

static FlowStatus open_columns(Block *b, const char *blobs_dir, FlowError *err)
{
    uint32_t count = b->header->column_count;
    b->columns = os_alloc_array(count, sizeof *b->columns);
    b->blobs = os_alloc_array(count, sizeof *b->blobs);
    if (!b->columns || !b->blobs) {
        os_free(b->blobs);
        b->blobs = NULL;
        block_close(b);
        return flow_error(err, FLOW_ENOMEM, "no memory for the input of a task");
    }
    memset(b->blobs, 0, count * sizeof *b->blobs);
    for (uint32_t i = 0; i < count; i++) {
        FlowStatus s = open_column(b, i, blobs_dir, err);
        if (s != FLOW_OK)
            return lose_column(b, i, s);
    }
    return FLOW_OK;
}

FlowStatus block_open(const uint8_t *bytes, size_t len, uint64_t n, uint32_t slot_count,
                      const char *blobs_dir, Block *out, FlowError *err)
{
    FlowStatus s = check_header(bytes, len, n, slot_count, err);
    if (s != FLOW_OK)
        return s;
    const BlockHeader *h = (const BlockHeader *)(const void *)bytes;
    *out = (Block){
        .bytes = bytes,
        .header = h,
        .slots = (const BlockSlot *)(const void *)(bytes + h->slots),
        .fields = (const BlockField *)(const void *)(bytes + h->fields),
        .pieces = (const BlockPiece *)(const void *)(bytes + h->pieces),
        .offsets = (const uint64_t *)(const void *)(bytes + h->offsets),
    };
    if (h->row_run_count > 0)
        out->rows = (const RowRun *)(const void *)(bytes + h->rows);
    s = check_rows(out, err);
    if (s != FLOW_OK) {
        block_close(out);
        return s;
    }
    s = open_columns(out, blobs_dir, err);
    if (s != FLOW_OK)
        return s;
    s = check_fields(out, err);
    if (s != FLOW_OK)
        block_close(out);
    return s;
}

/* ---- giving back -------------------------------------------------------- */

/* Columns lie one behind the other in the order in which they are read, as a rule: what is given
 * back grows from the first of them on. */
typedef struct BlockGiver {
    int fd;
    const BlockColumn *columns;
    uint32_t *uses; /* a column: pieces that no cursor has left */
    uint64_t begin; /* of the first column */
    uint64_t read;  /* in front of it all columns have been read */
    uint64_t given; /* to here */
} BlockGiver;

void block_give_back(Block *b, int fd)
{
    const BlockHeader *h = b->header;
    BlockGiver *g = os_alloc_zero(sizeof *g);
    uint32_t *uses = os_alloc_zero(h->column_count * sizeof *uses);
    if (!g || !uses) {
        os_free(g);
        os_free(uses);
        return;
    }
    for (uint32_t i = 0; i < h->piece_count; i++)
        uses[b->pieces[i].column]++;
    const BlockColumn *columns = (const BlockColumn *)(const void *)(b->bytes + h->columns);
    uint64_t begin = h->total;
    for (uint32_t i = 0; i < h->column_count; i++)
        if (columns[i].offset > 0 && columns[i].offset < begin)
            begin = columns[i].offset;
    *g = (BlockGiver){fd, columns, uses, begin, begin, (begin + PAGE - 1) / PAGE * PAGE};
    b->giver = g;
}

static void give(BlockGiver *g, uint64_t to)
{
    to = to / PAGE * PAGE;
    if (to <= g->given)
        return;
    /* Where it fails the memory stays until the worker ends. */
    (void)fallocate(g->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)g->given,
                    (off_t)(to - g->given));
    g->given = to;
}

static void leave_column(BlockGiver *g, uint32_t index)
{
    const BlockColumn *column = &g->columns[index];
    uint64_t front = (g->read + COLUMN_ALIGN - 1) / COLUMN_ALIGN * COLUMN_ALIGN;
    if (--g->uses[index] > 0 || column->offset == 0 || column->offset > front)
        return;
    if (column->offset + column->len > g->read)
        g->read = column->offset + column->len;
    if (g->read >= g->given + GIVE_BYTES)
        give(g, g->read);
}

void block_drop_columns(Block *b)
{
    const BlockHeader *h = b->header;
    BlockGiver *g = b->giver;
    if (!g)
        return;
    uint64_t tables[] = {h->slots,   h->fields,  h->pieces,
                         h->columns, h->offsets, h->row_run_count > 0 ? h->rows : h->total,
                         h->about_len > 0 ? h->about : h->total};
    uint64_t end = h->total;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        end = tables[i] > g->begin && tables[i] < end ? tables[i] : end;
    give(g, end);
}

void block_close(Block *b)
{
    for (uint32_t i = 0; b->blobs && i < b->header->column_count; i++) {
        if (b->blobs[i].bytes)
            blob_unmap(b->blobs[i].bytes, b->blobs[i].len);
    }
    if (b->giver)
        os_free(b->giver->uses);
    os_free(b->giver);
    os_free(b->columns);
    os_free(b->blobs);
    *b = (Block){0};
}

/* ---- cells -------------------------------------------------------------- */

BlockCursor block_cursor(const Block *b, uint32_t field)
{
    return (BlockCursor){b->pieces + b->fields[field].piece, b->columns, b->giver, 0};
}

Cell block_next(BlockCursor *c)
{
    while (c->used == c->piece->count) {
        if (c->giver)
            leave_column(c->giver, c->piece->column);
        c->piece++;
        c->used = 0;
    }
    const Column *column = &c->columns[c->piece->column];
    uint64_t row = c->piece->first + c->piece->stride * c->used++;
    if (column->kind == COLUMN_PACKED && !column->validity)
        return (Cell){.is_present = true, .fixed = column->packed[row]};
    return column_cell(column, row);
}

void block_skip(BlockCursor *c, uint64_t cells)
{
    while (cells > c->piece->count - c->used) {
        cells -= c->piece->count - c->used;
        c->piece++;
        c->used = 0;
    }
    c->used += cells;
}

bool block_field_is_constant(const Block *b, uint32_t field)
{
    const BlockField *f = &b->fields[field];
    if (f->piece_count != 1)
        return false;
    const BlockPiece *piece = &b->pieces[f->piece];
    const Column *column = &b->columns[piece->column];
    return piece->stride == 0 || (column->kind == COLUMN_CONST && !column->validity);
}

bool block_field_fits(const Block *b, uint32_t field, bool is_fixed)
{
    const BlockField *f = &b->fields[field];
    for (uint32_t i = 0; i < f->piece_count; i++) {
        if (b->columns[b->pieces[f->piece + i].column].is_fixed != is_fixed)
            return false;
    }
    return true;
}
