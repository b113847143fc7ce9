/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h - how far each step of a run has come, counted from the chunks that are done.
 *
 * What a done row opens is known from the edge that it took, so a step is over when it has done all
 * that was opened for it, and nothing upstream can open more. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "sched/ledger.h"

typedef struct StepProgress {
    uint64_t expected; /* rows that were opened so far */
    uint64_t arrived;  /* branches that have come to a join of branches */
    uint64_t done;     /* with those taken over */
    uint64_t taken, failed, caught;
} StepProgress;

typedef struct Progress {
    const FlowProgram *program;
    StepProgress *steps;
    bool *is_upstream; /* [step * step_count + other]: other comes before step */
} Progress;

FlowStatus progress_init(Progress *p, const FlowProgram *program);
void progress_free(Progress *p);

/* Counts a chunk of the ledger, with the segments that it opened; `run` is the run that goes on. */
void progress_count(Progress *p, const Ledger *ledger, const Chunk *chunk, int64_t run);
bool progress_is_over(const Progress *p, uint32_t step);
uint64_t progress_done(const Progress *p); /* tasks of all steps */

#endif
