/* SPDX-License-Identifier: Apache-2.0 */
/* reuse.h - rows of a foreach that need not run again although its list was made anew.
 *
 * When a resumed run opens a foreach again, the rows are compared with those of an
 * earlier run of its lineage.  A row whose items are equal, and whatever else its steps
 * read, is done as that one was, and becomes a row of a chunk of this run.  A step that
 * depends on where its row stands (it draws random numbers, or reads its index) is
 * taken over for rows at the same index only. */
#ifndef SCHED_REUSE_H
#define SCHED_REUSE_H

#include "sched/part.h"

typedef struct Reuse Reuse;

/* `steps`: a flag a step of the program, what may be taken over from run `source` (sched/resume.h);
 * copied.  `ledger` and `columns` are those of run `run`, borrowed. */
FlowStatus reuse_new(const FlowProgram *program, Db *db, int64_t source, const bool *steps,
                     Ledger *ledger, Columns *columns, int64_t run, Reuse **out, FlowError *err);
void reuse_free(Reuse *u); /* NULL is allowed */

/* Hears of each chunk of rows that are taken over, a step's before those of the steps behind it. */
typedef FlowStatus ReuseTake(void *ctx, Fact *fact_take);
/* `opened`: a segment that has just come into the ledger, of which nothing was dispatched.  What
 * cannot be read of the earlier run is not taken over. */
FlowStatus reuse_rows(Reuse *u, const Segment *opened, ReuseTake *take, void *ctx, FlowError *err);

#endif
