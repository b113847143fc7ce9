/* SPDX-License-Identifier: Apache-2.0 */
/* block.h - reads the input block of a chunk.
 *
 * block_open checks everything that later reads rely on; a block that it took
 * cannot make them read outside of it. */
#ifndef BACKENDS_BLOCK_H
#define BACKENDS_BLOCK_H

#include "sched/wire.h"

typedef struct BlockBlob {
    const uint8_t *bytes; /* NULL: the column lies in the block */
    size_t len;
} BlockBlob;

typedef struct Block {
    const uint8_t *bytes;
    const BlockHeader *header;
    const BlockSlot *slots;
    const BlockField *fields;
    const BlockPiece *pieces;
    const uint64_t *offsets;
    const RowRun *rows; /* header->row_run_count */
    Column *columns;  /* column_count, owned */
    BlockBlob *blobs; /* column_count, owned: what is mapped */
    struct BlockGiver *giver; /* owned; NULL: nothing is given back */
    uint32_t lost_slot, lost_field; /* after a failure to open a column: what needs it */
} Block;

/* Borrows `bytes` (64-byte aligned); maps the columns that are blobs.  `n` rows and `slot_count`
 * slots are what it must hold.  After a failure there is nothing to close; where a
 * column could not be had, `header` is set nevertheless, and `rows`, `lost_slot` and `lost_field`
 * (of the slot) can be looked at. */
FlowStatus block_open(const uint8_t *bytes, size_t len, uint64_t n, uint32_t slot_count,
                      const char *blobs_dir, Block *out, FlowError *err);
void block_close(Block *b);
/* From here on the memory of columns is given back as cursors leave them: `fd` is the file in
 * memory that the block is a mapping of.  To be called before the first cursor is made; without
 * memory for it, nothing is given back. */
void block_give_back(Block *b, int fd);
/* When all cells have been read: gives back the columns up to the first table behind them. */
void block_drop_columns(Block *b);

/* Goes over the cells of a field, from the first. */
typedef struct BlockCursor {
    const BlockPiece *piece;
    const Column *columns;
    struct BlockGiver *giver;
    uint64_t used; /* cells of the piece */
} BlockCursor;

BlockCursor block_cursor(const Block *b, uint32_t field);
/* No more often than the field has cells. */
Cell block_next(BlockCursor *c);
void block_skip(BlockCursor *c, uint64_t cells);

/* Whether all cells are the same one. */
bool block_field_is_constant(const Block *b, uint32_t field);
/* Whether the cells are fixed (eight raw bytes) in all pieces, or CBOR in all. */
bool block_field_fits(const Block *b, uint32_t field, bool is_fixed);

#endif
