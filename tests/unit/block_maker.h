/* SPDX-License-Identifier: Apache-2.0 */
/* block_maker.h - puts an input block together by hand, part by part. */
#ifndef TESTS_UNIT_BLOCK_MAKER_H
#define TESTS_UNIT_BLOCK_MAKER_H

#include "backends/block.h"

enum { MAKER_MAX = 64 };

typedef struct BlockMaker {
    Buffer bodies;
    BlockColumn columns[MAKER_MAX];
    BlockPiece pieces[MAKER_MAX];
    BlockField fields[MAKER_MAX];
    BlockSlot slots[MAKER_MAX];
    uint64_t offsets[MAKER_MAX];
    uint32_t column_count, piece_count, field_count, slot_count, offset_count, level_count;
} BlockMaker;

/* Columns; each returns its number. */
uint32_t maker_fixed(BlockMaker *m, const int64_t *cells, size_t count);
uint32_t maker_range(BlockMaker *m, uint64_t count, int64_t start, int64_t step);
/* One cell of CBOR a row, NULL: absent. */
uint32_t maker_values(BlockMaker *m, const FlowType *type, const void *const *values, size_t count);
uint32_t maker_blob(BlockMaker *m, const FlowDigest *digest, uint64_t len);

/* Fields and slots, in order; pieces go to the last field. */
void maker_field(BlockMaker *m);
void maker_piece(BlockMaker *m, uint32_t column, uint64_t first, uint64_t count, uint32_t stride);
/* A slot of the last `field_count` fields; with `n` + 1 offsets unless those are NULL. */
void maker_slot(BlockMaker *m, uint32_t field_count, const uint64_t *offsets, size_t n);
/* A VALUE slot whose cells are rows 0..n of a column, or all the first one. */
void maker_value_slot(BlockMaker *m, uint32_t column, uint64_t n, uint32_t stride);

/* The block for `n` rows, in memory aligned to 64 that the caller frees; empties the maker. */
uint8_t *maker_finish(BlockMaker *m, uint64_t n, size_t *len);

#endif
