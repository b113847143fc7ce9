/* SPDX-License-Identifier: Apache-2.0 */
/* columns.h - the columns of chunks as bytes, read from the store or not yet in it.
 *
 * What a chunk that was not committed made stays pinned; what was read stays as long
 * as there is room, the least recently used leaves first. */
#ifndef SCHED_COLUMNS_H
#define SCHED_COLUMNS_H

#include "sched/ledger.h"

typedef struct Columns Columns;

typedef struct StoredColumn {
    const Chunk *chunk;
    uint32_t artifact;     /* as it is stored */
    uint8_t *bytes;        /* NULL: a blob */
    size_t len;            /* of the bytes or of the blob */
    FlowDigest digest;     /* of the blob */
    const uint8_t *mapped; /* the blob, once it was opened */
    bool is_open;
    Column column; /* once it was opened */
    uint32_t pins;
    uint64_t block; /* the block writer's: the last block that it is in, and its place there */
    uint32_t block_index;
    struct StoredColumn *next; /* of the same hash */
    struct StoredColumn *newer, *older;
} StoredColumn;

FlowStatus columns_new(Db *db, Columns **out, FlowError *err);
void columns_free(Columns *c);

/* Between these the store is read as of one moment, and locked once for all columns, if any of them
 * must be read from it.  Nothing may be written to it in between. */
void columns_begin(Columns *c);
void columns_end(Columns *c);
/* Each answer is pinned; unpin it.  FLOW_ENOENT. */
FlowStatus columns_get(Columns *c, const Chunk *chunk, uint32_t artifact, StoredColumn **out,
                       FlowError *err);
void columns_unpin(Columns *c, StoredColumn *column);

/* A column that is not in the store yet: pinned until its chunk is committed.  Bytes above
 * BLOB_COLUMN_BYTES are put into a blob first. */
FlowStatus columns_put(Columns *c, const Chunk *chunk, uint32_t artifact, Buffer *bytes_take,
                       StoredColumn **out, FlowError *err);
FlowStatus columns_put_blob(Columns *c, const Chunk *chunk, uint32_t artifact,
                            const FlowDigest *digest, size_t len, StoredColumn **out,
                            FlowError *err);

/* Fills column->column; maps a blob. */
FlowStatus columns_open(Columns *c, StoredColumn *column, FlowError *err);

#endif
