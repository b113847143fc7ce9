/* SPDX-License-Identifier: Apache-2.0 */
#include "block_maker.h"

#include <stdlib.h>
#include <string.h>

#include "value/codec.h"

static void must(FlowStatus status)
{
    if (status != FLOW_OK)
        abort();
}

static void align(Buffer *b, size_t to)
{
    size_t zeros = (to - b->len % to) % to;
    must(buffer_append_zeros(b, zeros));
}

static uint32_t end_column(BlockMaker *m, size_t from)
{
    m->columns[m->column_count] = (BlockColumn){.offset = from, .len = m->bodies.len - from};
    return m->column_count++;
}

static uint32_t finish_column(BlockMaker *m, ColumnBuilder *b)
{
    align(&m->bodies, 64);
    size_t from = m->bodies.len;
    must(column_builder_finish(b, &m->bodies));
    column_builder_free(b);
    return end_column(m, from);
}

uint32_t maker_fixed(BlockMaker *m, const int64_t *cells, size_t count)
{
    ColumnBuilder b;
    column_builder_init(&b, true);
    for (size_t i = 0; i < count; i++)
        must(column_builder_add(&b, &(Cell){.is_present = true, .fixed = cells[i]}));
    return finish_column(m, &b);
}

uint32_t maker_range(BlockMaker *m, uint64_t count, int64_t start, int64_t step)
{
    align(&m->bodies, 64);
    size_t from = m->bodies.len;
    must(column_write_range(&m->bodies, count, start, step));
    return end_column(m, from);
}

uint32_t maker_values(BlockMaker *m, const FlowType *type, const void *const *values, size_t count)
{
    ColumnBuilder b;
    column_builder_init(&b, false);
    for (size_t i = 0; i < count; i++) {
        Buffer bytes = {0};
        if (values[i])
            must(value_encode(type, values[i], &bytes, NULL));
        Cell cell = {.is_present = values[i] != NULL, .bytes = bytes.bytes, .len = bytes.len};
        must(column_builder_add(&b, &cell));
        buffer_free(&bytes);
    }
    return finish_column(m, &b);
}

uint32_t maker_blob(BlockMaker *m, const FlowDigest *digest, uint64_t len)
{
    m->columns[m->column_count] =
        (BlockColumn){.offset = UINT64_MAX, .len = len, .digest = *digest};
    return m->column_count++;
}

void maker_field(BlockMaker *m)
{
    m->fields[m->field_count++] = (BlockField){.piece = m->piece_count};
}

void maker_piece(BlockMaker *m, uint32_t column, uint64_t first, uint64_t count, uint32_t stride)
{
    m->pieces[m->piece_count++] = (BlockPiece){first, count, column, stride};
    m->fields[m->field_count - 1].piece_count++;
    m->fields[m->field_count - 1].count += count;
}

void maker_slot(BlockMaker *m, uint32_t field_count, const uint64_t *offsets, size_t n)
{
    m->slots[m->slot_count++] =
        (BlockSlot){m->field_count - field_count, field_count, m->offset_count};
    for (size_t i = 0; offsets && i <= n; i++)
        m->offsets[m->offset_count++] = offsets[i];
}

void maker_value_slot(BlockMaker *m, uint32_t column, uint64_t n, uint32_t stride)
{
    maker_field(m);
    maker_piece(m, column, 0, n, stride);
    maker_slot(m, 1, NULL, 0);
}

static uint64_t put_table(Buffer *b, const void *bytes, size_t len)
{
    align(b, 8);
    uint64_t at = b->len;
    must(buffer_append(b, bytes, len));
    return at;
}

uint8_t *maker_finish(BlockMaker *m, uint64_t n, size_t *len)
{
    Buffer b = {0};
    BlockHeader h = {.magic = BLOCK_MAGIC, .n = n};
    h.slot_count = m->slot_count;
    h.field_count = m->field_count;
    h.piece_count = m->piece_count;
    h.column_count = m->column_count;
    h.level_count = m->level_count;
    h.offset_count = m->offset_count;
    must(buffer_append_zeros(&b, sizeof h));
    h.slots = put_table(&b, m->slots, m->slot_count * sizeof *m->slots);
    h.fields = put_table(&b, m->fields, m->field_count * sizeof *m->fields);
    h.pieces = put_table(&b, m->pieces, m->piece_count * sizeof *m->pieces);
    h.offsets = put_table(&b, m->offsets, m->offset_count * sizeof *m->offsets);
    size_t bodies = (b.len + 8 + m->column_count * sizeof *m->columns + 63) / 64 * 64;
    for (uint32_t i = 0; i < m->column_count; i++)
        m->columns[i].offset =
            m->columns[i].offset == UINT64_MAX ? 0 : m->columns[i].offset + bodies;
    h.columns = put_table(&b, m->columns, m->column_count * sizeof *m->columns);
    must(buffer_append_zeros(&b, bodies - b.len));
    if (m->bodies.len > 0)
        must(buffer_append(&b, m->bodies.bytes, m->bodies.len));
    h.total = b.len;
    memcpy(b.bytes, &h, sizeof h);
    uint8_t *out = aligned_alloc(64, (b.len + 63) / 64 * 64);
    must(out ? FLOW_OK : FLOW_ENOMEM);
    memcpy(out, b.bytes, b.len);
    *len = b.len;
    buffer_free(&b);
    buffer_free(&m->bodies);
    *m = (BlockMaker){0};
    return out;
}
