/* SPDX-License-Identifier: Apache-2.0 */
/* part.h - done rows, gathered into the chunk that is stored.
 *
 * A part belongs to one dispatched chunk.  It is finished when that ends, or earlier
 * when rows take long; then it is empty and goes on with the next rows. */
#ifndef SCHED_PART_H
#define SCHED_PART_H

#include "sched/backend.h"
#include "sched/columns.h"

typedef struct Part Part;

/* A chunk that is done and not yet stored.  The ledger owns the chunk; the columns are pinned. */
typedef struct Fact {
    Chunk *chunk;
    StoredColumn **columns;
    size_t column_count;
    size_t bytes; /* about what it adds to a commit */
} Fact;

FlowStatus part_new(const FlowProgram *program, Part **out);
void part_free(Part *p);

void part_begin(Part *p, uint32_t step, uint32_t round, uint32_t attempt);
/* Rows come in ascending order; those between are holes. */
FlowStatus part_add(Part *p, const RowDone *row, uint32_t pid, FlowError *err);
/* A row under @catch whose last attempt has failed: done, without values but that of
 * `catch_keep`. */
FlowStatus part_add_caught(Part *p, const RowFail *fail, const Cell *failure, FlowError *err);

uint64_t part_rows(const Part *p); /* with the holes between them */
size_t part_bytes(const Part *p);
/* Whether the row opens a list that lies in a blob: such a row is a part of its own. */
bool row_has_blob_list(const RowDone *row);

/* Puts chunk, segments and columns into ledger and columns.  The part is empty afterwards. */
FlowStatus part_finish(Part *p, Ledger *ledger, Columns *columns, int64_t run, Fact *out,
                       FlowError *err);

void fact_deinit(Fact *f, Columns *columns); /* unpins */

#endif
