/* SPDX-License-Identifier: Apache-2.0 */
/* column.h - the values of one artifact for n rows, as bytes.
 *
 * Little-endian, parts 64-byte aligned, header {kind, is_fixed, n, validity?}:
 *   CONST   one cell for all rows
 *   RANGE   start, step (fixed cells only)
 *   PACKED  n fixed cells, 8 bytes each
 *   VAR     u64 offsets[n + 1], then the cells' CBOR
 * A cell of a fixed type (value_is_fixed) is 8 raw bytes; another is CBOR, which
 * may be a blob reference.  A row without a value is absent (the validity bits). */
#ifndef STORE_COLUMN_H
#define STORE_COLUMN_H

#include <flow/status.h>

#include "os/buffer.h"

typedef enum ColumnKind { COLUMN_CONST = 1, COLUMN_RANGE, COLUMN_PACKED, COLUMN_VAR } ColumnKind;

typedef struct Cell {
    bool is_present;
    int64_t fixed;        /* of a fixed type: its 8 bytes */
    const uint8_t *bytes; /* of another: CBOR, borrowed */
    size_t len;
} Cell;

/* A column that is read; borrows its bytes. */
typedef struct Column {
    ColumnKind kind;
    bool is_fixed;
    uint64_t n;
    const uint8_t *validity; /* NULL: all rows are present */
    int64_t start, step;     /* RANGE */
    const int64_t *packed;   /* PACKED; CONST of a fixed type: one */
    const uint64_t *offsets; /* VAR */
    const uint8_t *heap;     /* VAR; CONST: its cell */
    size_t heap_len;
} Column;

/* Checks everything that a later read relies on; `bytes` is 8-byte aligned. */
FlowStatus column_open(const void *bytes, size_t len, Column *out, FlowError *err);
Cell column_cell(const Column *c, uint64_t row);

/* Rows are added one after another; finish picks the smallest kind. */
typedef struct ColumnBuilder {
    bool is_fixed;
    uint64_t n, absent;
    Buffer fixed;    /* int64_t a row */
    Buffer offsets;  /* uint64_t: end of each cell */
    Buffer heap;
    Buffer validity; /* one byte a row, packed by finish */
} ColumnBuilder;

void column_builder_init(ColumnBuilder *b, bool is_fixed);
FlowStatus column_builder_add(ColumnBuilder *b, const Cell *cell);
/* Appends the encoded column to `out`; the builder is empty afterwards and can be used again. */
FlowStatus column_builder_finish(ColumnBuilder *b, Buffer *out);
void column_builder_free(ColumnBuilder *b);

/* A RANGE column written at once. */
FlowStatus column_write_range(Buffer *out, uint64_t n, int64_t start, int64_t step);

#endif
