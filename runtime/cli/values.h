/* SPDX-License-Identifier: Apache-2.0 */
/* values.h - what the tasks of a view have and kept, value by value.
 *
 * Columns are opened once a chunk.  Tasks come in the order of their index, and those of a loop
 * change between the chunks of its rounds, so the columns of several chunks stay open. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "cli/view.h"

enum { VALUES_DEPTH = 64 /* of foreaches in one another */ };

typedef struct Values Values;

/* `artifact` is the program's; the cell lives until the callback returns, FLOW_OK goes on. */
typedef FlowStatus ValueEach(void *ctx, uint32_t artifact, const Cell *cell);

FlowStatus values_new(const View *view, Values **out, FlowError *err);
void values_free(Values *v); /* NULL is allowed */

/* The items of the task's foreaches, the outermost first. */
FlowStatus values_items(Values *v, const ViewTask *task, ValueEach *each, void *ctx,
                        FlowError *err);
/* What the task kept, in the order of the text; nothing where it failed. */
FlowStatus values_kept(Values *v, const ViewTask *task, ValueEach *each, void *ctx,
                       FlowError *err);
/* How long the task ran, in ns: the attempt that succeeded, or the last one. */
FlowStatus values_duration(Values *v, const ViewTask *task, int64_t *ns, FlowError *err);
/* The task's indices, the outermost first; returns how many. */
size_t values_index(const View *view, const ViewTask *task, uint64_t out[VALUES_DEPTH]);

/* Appends the cell as JSON. */
FlowStatus values_json(const Values *v, uint32_t artifact, const Cell *cell, Buffer *out,
                       FlowError *err);

#endif
