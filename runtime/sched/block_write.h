/* SPDX-License-Identifier: Apache-2.0 */
/* block_write.h - the input block of a chunk (sched/wire.h), from the ledger's columns. */
#ifndef SCHED_BLOCK_WRITE_H
#define SCHED_BLOCK_WRITE_H

#include "sched/columns.h"
#include "sched/rowset.h"

typedef struct BlockWriter BlockWriter;

/* `params`: the run's CBOR map.  Ledger and columns are borrowed. */
FlowStatus block_writer_new(const FlowProgram *program, const Ledger *ledger, Columns *columns,
                            Bytes params, BlockWriter **out, FlowError *err);
void block_writer_free(BlockWriter *w);

/* Every value that the rows of (step, round) read.  A long block is in a file in memory, *fd, and
 * *out a mapping of it; else *fd is -1.  Both are valid until block_writer_release. */
FlowStatus block_write(BlockWriter *w, uint32_t step, uint32_t round, const RowRun *rows,
                       size_t count, Bytes *out, int *fd, FlowError *err);
void block_writer_release(BlockWriter *w);

#endif
