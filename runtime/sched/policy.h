/* SPDX-License-Identifier: Apache-2.0 */
/* policy.h - what a step asks for, for one row and attempt. */
#ifndef SCHED_POLICY_H
#define SCHED_POLICY_H

#include "sched/columns.h"

typedef struct Policies Policies;

FlowStatus policies_new(const FlowProgram *program, const Ledger *ledger, Columns *columns, Db *db,
                        Bytes params, Policies **out, FlowError *err);
void policies_free(Policies *p);

/* Whether the answer hangs on the row, so that rows cannot go together. */
bool policy_is_per_row(const FlowStep *step);
/* An error is the user's: the expression of an annotation failed. */
FlowStatus policy_for(Policies *p, uint32_t step, uint32_t round, uint64_t ord, uint32_t attempt,
                      FlowPolicy *out, FlowError *err);

#endif
