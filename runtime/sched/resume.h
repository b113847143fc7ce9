/* SPDX-License-Identifier: Apache-2.0 */
/* resume.h - what a new run takes over from an old one, and what runs again.
 *
 * A step is taken whole when its recorded meaning is this program's, it is reached as
 * it was, and so it is for all upstream of it.  Taking is by reference.  Of a foreach
 * whose list is made anew, rows are taken over one by one (sched/reuse.h). */
#ifndef SCHED_RESUME_H
#define SCHED_RESUME_H

#include <flow/program.h>

#include "store/db.h"

typedef struct ResumePlan {
    const FlowProgram *program;
    int64_t origin;
    uint64_t seed;  /* the origin's */
    Buffer params;  /* the origin's; new ones have their default */
    TakeRow *takes; /* `run` is filled by resume_create */
    size_t take_count;
    int64_t reuse_from; /* the run to take rows over from, 0: none */
    bool *reusable;     /* a step: whether its rows may be taken over */
    char **lines; /* "step `fit` changed: it and `gather`, `end` run again" */
    size_t line_count;
} ResumePlan;

/* Seals the origin (0: the newest run of this flow), so that nobody adds to it any more.
 * FLOW_EBUSY while its process lives; FLOW_ENOENT when there is none, FLOW_EUSAGE when there is
 * none of that number.  `from_step`: this step and
 * all downstream run again; NULL: only what must. */
FlowStatus resume_plan(Db *db, const FlowProgram *program, int64_t origin, const char *from_step,
                       ResumePlan *out, FlowError *err);
/* Writes the new run with its takes. */
FlowStatus resume_create(Db *db, const ResumePlan *plan, const char *tags, const char *user,
                         int64_t *run, int64_t *epoch, FlowError *err);
/* Whether what is done of the step is taken over. */
bool resume_takes(const ResumePlan *plan, const char *step);
void resume_plan_free(ResumePlan *plan);

#endif
