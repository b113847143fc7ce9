/* SPDX-License-Identifier: Apache-2.0 */
/* missed.h - whether a run may still come to a step, and where it went another way. */
#ifndef SCHED_MISSED_H
#define SCHED_MISSED_H

#include "sched/ledger.h"

typedef struct Missed {
    uint32_t fork; /* the step at which the run went another way, */
    uint32_t went; /* and where to; FLOW_NO_STEP: to the end of the flow, or into an empty list */
} Missed;

/* True when the run never came to `step`, and what is done leads past it; false also for lack of
 * memory.  `again`, one a step, says which steps run anew, so that the ways they took say nothing;
 * NULL: none.  `is_over`: no task of the run is left, so that no loop or foreach may go on.
 * The fork is FLOW_NO_STEP where none is known. */
bool missed_step(const FlowProgram *program, const Ledger *l, uint32_t step, const bool *again,
                 bool is_over, Missed *out);

#endif
