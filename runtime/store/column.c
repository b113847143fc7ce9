/* SPDX-License-Identifier: Apache-2.0 */
/* column.c - columns as bytes.
 *
 *   0  u8 kind   1  u8 is_fixed   2  u8 has_validity   3  five zero bytes
 *   8  u64 n
 *  16  RANGE: start          CONST of a fixed type: the cell    CONST, VAR: bytes in the heap
 *  24  RANGE: step           otherwise zero
 *  32  CONST of another type: the heap, when there is no validity
 *
 * Parts follow, each at the next multiple of 64 with zero bytes between: the validity bits
 * (row i is bit i % 8 of byte i / 8), then PACKED cells, VAR offsets and heap, or the CONST heap.
 * The column ends with its last part's last byte, and one without parts with its header.
 * The cell of an absent row is zero, or empty. */
#include "store/column.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "columns are mapped as they are stored: little-endian"
#endif

enum {
    HEADER_BYTES = 32,
    PART_ALIGN = 64,
    AT_KIND = 0,
    AT_FIXED = 1,
    AT_VALIDITY = 2,
    AT_ZEROS = 3,
    AT_N = 8,
    AT_FIRST = 16,
    AT_SECOND = 24
};
static const uint64_t max_rows = (uint64_t)1 << 48; /* sizes computed from it cannot overflow */

/* ---- reading ------------------------------------------------------------ */

/* What is left to check of a column: each part is cut off the front. */
typedef struct Parts {
    const uint8_t *bytes;
    size_t len, at;
} Parts;

/* The next part, of `len` bytes; NULL when they are not there. */
static const uint8_t *take_part(Parts *parts, uint64_t len)
{
    size_t start = (parts->at + PART_ALIGN - 1) / PART_ALIGN * PART_ALIGN;
    if (start > parts->len || len > parts->len - start)
        return NULL;
    for (size_t i = parts->at; i < start; i++)
        if (parts->bytes[i] != 0)
            return NULL;
    parts->at = start + (size_t)len;
    return parts->bytes + start;
}

static bool open_range(Column *c)
{
    int64_t reach, last;
    return c->is_fixed && c->n > 0 && c->n <= INT64_MAX &&
           !__builtin_mul_overflow((int64_t)(c->n - 1), c->step, &reach) &&
           !__builtin_add_overflow(c->start, reach, &last);
}

static bool open_const(Column *c, Parts *parts, uint64_t heap_len)
{
    if (c->is_fixed) {
        c->packed = (const int64_t *)(const void *)(parts->bytes + AT_FIRST);
        return true;
    }
    if (c->validity) {
        c->heap = take_part(parts, heap_len);
    } else if (heap_len <= parts->len - HEADER_BYTES) {
        c->heap = parts->bytes + HEADER_BYTES;
        parts->at = HEADER_BYTES + (size_t)heap_len;
    }
    c->heap_len = (size_t)heap_len;
    return c->heap != NULL;
}

static bool open_packed(Column *c, Parts *parts)
{
    c->packed = (const int64_t *)(const void *)take_part(parts, c->n * sizeof(int64_t));
    return c->is_fixed && c->packed;
}

static bool are_offsets_sound(const uint64_t *offsets, uint64_t n, uint64_t heap_len)
{
    bool is_sound = offsets[0] == 0 && offsets[n] == heap_len;
    for (uint64_t i = 0; i < n; i++)
        is_sound &= offsets[i] <= offsets[i + 1];
    return is_sound;
}

static bool open_var(Column *c, Parts *parts, uint64_t heap_len)
{
    if (c->is_fixed)
        return false;
    c->offsets = (const uint64_t *)(const void *)take_part(parts, (c->n + 1) * sizeof(uint64_t));
    if (!c->offsets || !are_offsets_sound(c->offsets, c->n, heap_len))
        return false;
    c->heap = take_part(parts, heap_len);
    c->heap_len = (size_t)heap_len;
    return c->heap != NULL;
}

static bool open_parts(Column *c, Parts *parts)
{
    uint64_t first = bytes_get_u64(parts->bytes + AT_FIRST);
    switch (c->kind) {
    case COLUMN_CONST: return open_const(c, parts, first);
    case COLUMN_RANGE: return !c->validity && open_range(c);
    case COLUMN_PACKED: return open_packed(c, parts);
    case COLUMN_VAR: return open_var(c, parts, first);
    }
    return false;
}

static bool open_header(Column *c, const uint8_t *bytes)
{
    for (size_t i = AT_ZEROS; i < AT_N; i++)
        if (bytes[i] != 0)
            return false;
    c->kind = bytes[AT_KIND];
    c->is_fixed = bytes[AT_FIXED];
    c->n = bytes_get_u64(bytes + AT_N);
    if (c->kind == COLUMN_RANGE) {
        c->start = (int64_t)bytes_get_u64(bytes + AT_FIRST);
        c->step = (int64_t)bytes_get_u64(bytes + AT_SECOND);
    }
    return bytes[AT_FIXED] <= 1 && bytes[AT_VALIDITY] <= 1 && c->n <= max_rows;
}

static bool open_checked(const uint8_t *bytes, size_t len, Column *c)
{
    if (len < HEADER_BYTES || !open_header(c, bytes))
        return false;
    Parts parts = {bytes, len, HEADER_BYTES};
    if (bytes[AT_VALIDITY]) {
        c->validity = take_part(&parts, (c->n + 7) / 8);
        if (!c->validity)
            return false;
    }
    return open_parts(c, &parts) && parts.at == len;
}

FlowStatus column_open(const void *bytes, size_t len, Column *out, FlowError *err)
{
    Column c = {0};
    if ((uintptr_t)bytes % sizeof(uint64_t) != 0)
        return flow_error(err, FLOW_EFORMAT, "a column does not lie at a multiple of 8 bytes");
    if (!open_checked(bytes, len, &c))
        return flow_error(err, FLOW_EFORMAT, "a column of %zu bytes is damaged", len);
    *out = c;
    return FLOW_OK;
}

static bool is_present(const Column *c, uint64_t row)
{
    return !c->validity || (c->validity[row / 8] >> (row % 8) & 1);
}

Cell column_cell(const Column *c, uint64_t row)
{
    Cell cell = {.is_present = is_present(c, row)};
    if (!cell.is_present)
        return cell;
    switch (c->kind) {
    case COLUMN_CONST:
        if (c->is_fixed) {
            cell.fixed = c->packed[0];
        } else {
            cell.bytes = c->heap;
            cell.len = c->heap_len;
        }
        break;
    case COLUMN_RANGE: cell.fixed = c->start + (int64_t)row * c->step; break;
    case COLUMN_PACKED: cell.fixed = c->packed[row]; break;
    case COLUMN_VAR:
        cell.bytes = c->heap + c->offsets[row];
        cell.len = (size_t)(c->offsets[row + 1] - c->offsets[row]);
        break;
    }
    return cell;
}

/* ---- building ----------------------------------------------------------- */

void column_builder_init(ColumnBuilder *b, bool is_fixed)
{
    *b = (ColumnBuilder){.is_fixed = is_fixed};
}

void column_builder_free(ColumnBuilder *b)
{
    buffer_free(&b->fixed);
    buffer_free(&b->offsets);
    buffer_free(&b->heap);
    buffer_free(&b->validity);
}

static void builder_clear(ColumnBuilder *b)
{
    b->n = b->absent = 0;
    buffer_clear(&b->fixed);
    buffer_clear(&b->offsets);
    buffer_clear(&b->heap);
    buffer_clear(&b->validity);
}

static inline FlowStatus room_for_word(Buffer *b)
{
    return b->cap - b->len >= sizeof(uint64_t) ? FLOW_OK : buffer_reserve(b, sizeof(uint64_t));
}

/* `validity` holds a byte a row from the first absent row on, and nothing before there is one. */
static FlowStatus reserve_validity(ColumnBuilder *b, const Cell *cell)
{
    if (b->absent == 0 && cell->is_present)
        return FLOW_OK;
    return buffer_reserve(&b->validity, (size_t)(b->n - b->validity.len) + 1);
}

static void add_validity(ColumnBuilder *b, const Cell *cell)
{
    if (!cell->is_present && b->absent == 0) {
        memset(b->validity.bytes, 1, (size_t)b->n);
        b->validity.len = (size_t)b->n;
    }
    if (!cell->is_present)
        b->absent++;
    if (b->absent > 0)
        b->validity.bytes[b->validity.len++] = cell->is_present;
}

static void add_word(Buffer *b, const void *word)
{
    memcpy(b->bytes + b->len, word, sizeof(uint64_t));
    b->len += sizeof(uint64_t);
}

FlowStatus column_builder_add(ColumnBuilder *b, const Cell *cell)
{
    size_t len = cell->is_present && !b->is_fixed ? cell->len : 0;
    FlowStatus s = reserve_validity(b, cell);
    if (s == FLOW_OK)
        s = room_for_word(b->is_fixed ? &b->fixed : &b->offsets);
    if (s == FLOW_OK && len > 0)
        s = buffer_append(&b->heap, cell->bytes, len);
    if (s != FLOW_OK)
        return s;
    if (b->is_fixed) {
        int64_t fixed = cell->is_present ? cell->fixed : 0;
        add_word(&b->fixed, &fixed);
    } else {
        uint64_t end = b->heap.len;
        add_word(&b->offsets, &end);
    }
    if (b->absent > 0 || !cell->is_present)
        add_validity(b, cell);
    b->n++;
    return FLOW_OK;
}

/* ---- choosing a kind ---------------------------------------------------- */

static bool row_is_present(const ColumnBuilder *b, uint64_t row)
{
    return b->absent == 0 || b->validity.bytes[row];
}

static int64_t fixed_at(const ColumnBuilder *b, uint64_t row)
{
    return ((const int64_t *)(const void *)b->fixed.bytes)[row];
}

static uint64_t end_at(const ColumnBuilder *b, uint64_t row)
{
    return ((const uint64_t *)(const void *)b->offsets.bytes)[row];
}

static Cell cell_at(const ColumnBuilder *b, uint64_t row)
{
    if (b->is_fixed)
        return (Cell){.is_present = true, .fixed = fixed_at(b, row)};
    uint64_t start = row > 0 ? end_at(b, row - 1) : 0;
    return (Cell){.is_present = true,
                  .bytes = b->heap.bytes ? b->heap.bytes + start : NULL,
                  .len = (size_t)(end_at(b, row) - start)};
}

static bool cells_equal(const Cell *a, const Cell *b)
{
    return a->fixed == b->fixed && a->len == b->len &&
           (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

/* Whether all rows that are present have one value, and which. */
static bool is_constant(const ColumnBuilder *b, Cell *value)
{
    uint64_t row = 0;
    while (row < b->n && !row_is_present(b, row))
        row++;
    *value = row < b->n ? cell_at(b, row) : (Cell){0};
    for (row++; row < b->n; row++) {
        Cell cell = cell_at(b, row);
        if (row_is_present(b, row) && !cells_equal(&cell, value))
            return false;
    }
    return true;
}

static bool is_range(const ColumnBuilder *b, int64_t *step)
{
    if (!b->is_fixed || b->absent > 0 || b->n < 2 ||
        __builtin_sub_overflow(fixed_at(b, 1), fixed_at(b, 0), step))
        return false;
    for (uint64_t i = 1; i < b->n; i++) {
        int64_t difference;
        if (__builtin_sub_overflow(fixed_at(b, i), fixed_at(b, i - 1), &difference) ||
            difference != *step)
            return false;
    }
    return true;
}

/* ---- writing ------------------------------------------------------------ */

/* Writes into `bytes`, which is large enough and all zero. */
typedef struct Writer {
    uint8_t *bytes;
    size_t at;
} Writer;

static void write_header(Writer *w, const ColumnBuilder *b, ColumnKind kind, uint64_t first,
                         uint64_t second)
{
    w->bytes[AT_KIND] = (uint8_t)kind;
    w->bytes[AT_FIXED] = b->is_fixed;
    w->bytes[AT_VALIDITY] = b->absent > 0;
    bytes_put_u64(w->bytes + AT_N, b->n);
    bytes_put_u64(w->bytes + AT_FIRST, first);
    bytes_put_u64(w->bytes + AT_SECOND, second);
    w->at = HEADER_BYTES;
}

static void write_bytes(Writer *w, const void *bytes, size_t len)
{
    if (len > 0)
        memcpy(w->bytes + w->at, bytes, len);
    w->at += len;
}

static void write_align(Writer *w)
{
    w->at = (w->at + PART_ALIGN - 1) / PART_ALIGN * PART_ALIGN;
}

static void write_validity(Writer *w, const ColumnBuilder *b)
{
    if (b->absent == 0)
        return;
    write_align(w);
    for (uint64_t i = 0; i < b->n; i++)
        w->bytes[w->at + i / 8] |= (uint8_t)(b->validity.bytes[i] << (i % 8));
    w->at += (size_t)((b->n + 7) / 8);
}

static void write_constant(Writer *w, const ColumnBuilder *b, const Cell *value)
{
    write_header(w, b, COLUMN_CONST, b->is_fixed ? (uint64_t)value->fixed : value->len, 0);
    write_validity(w, b);
    if (b->is_fixed)
        return;
    if (b->absent > 0)
        write_align(w);
    write_bytes(w, value->bytes, value->len);
}

static void write_packed(Writer *w, const ColumnBuilder *b)
{
    write_header(w, b, COLUMN_PACKED, 0, 0);
    write_validity(w, b);
    write_align(w);
    write_bytes(w, b->fixed.bytes, b->fixed.len);
}

static void write_var(Writer *w, const ColumnBuilder *b)
{
    write_header(w, b, COLUMN_VAR, b->heap.len, 0);
    write_validity(w, b);
    write_align(w);
    w->at += sizeof(uint64_t); /* the first offset is zero */
    write_bytes(w, b->offsets.bytes, b->offsets.len);
    write_align(w);
    write_bytes(w, b->heap.bytes, b->heap.len);
}

/* Never less than the column takes, whatever its kind. */
static size_t bytes_at_most(const ColumnBuilder *b)
{
    return HEADER_BYTES + b->validity.len / 8 + 1 + b->fixed.len + sizeof(uint64_t) +
           b->offsets.len + b->heap.len + (size_t)4 * PART_ALIGN;
}

static void write_smallest(Writer *w, const ColumnBuilder *b)
{
    Cell value;
    int64_t step;
    if (is_constant(b, &value)) {
        write_constant(w, b, &value);
    } else if (is_range(b, &step)) {
        write_header(w, b, COLUMN_RANGE, (uint64_t)fixed_at(b, 0), (uint64_t)step);
    } else if (b->is_fixed) {
        write_packed(w, b);
    } else {
        write_var(w, b);
    }
}

FlowStatus column_builder_finish(ColumnBuilder *b, Buffer *out)
{
    size_t start = out->len, room = bytes_at_most(b);
    FlowStatus s = buffer_append_zeros(out, room);
    if (s != FLOW_OK)
        return s;
    Writer w = {out->bytes + start, 0};
    write_smallest(&w, b);
    out->len = start + w.at;
    builder_clear(b);
    return FLOW_OK;
}

FlowStatus column_write_range(Buffer *out, uint64_t n, int64_t start, int64_t step)
{
    ColumnBuilder b = {.is_fixed = true, .n = n};
    Column range = {.is_fixed = true, .n = n, .start = start, .step = step};
    if (n > 0 && (n > max_rows || !open_range(&range)))
        return FLOW_EFORMAT;
    size_t at = out->len;
    FlowStatus s = buffer_append_zeros(out, HEADER_BYTES);
    if (s != FLOW_OK)
        return s;
    Writer w = {out->bytes + at, 0};
    if (n > 0)
        write_header(&w, &b, COLUMN_RANGE, (uint64_t)start, (uint64_t)step);
    else
        write_header(&w, &b, COLUMN_CONST, 0, 0);
    return FLOW_OK;
}
