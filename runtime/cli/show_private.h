/* SPDX-License-Identifier: Apache-2.0 */
/* show_private.h - what the parts of `show` share: cmd_show.c counts and chooses, show_text.c tells
 * it to people, show_json.c to programs. */
#ifndef CLI_SHOW_PRIVATE_H
#define CLI_SHOW_PRIVATE_H

#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/values.h"

enum { SHOW_NAME = 320, SHOW_TAIL = 10 /* lines that a failed task printed last */ };

/* Beside what Progress counts. */
typedef struct StepFacts {
    int64_t began, ended; /* of what this run did itself; 0: nothing */
    uint64_t failed;
} StepFacts;

typedef struct Show {
    Cli *cli;
    View *view;
    Values *values;
    Progress progress;
    StepFacts *facts; /* one a step */
    uint64_t failures, shown;
    Json json;
    FlowError *err;
} Show;

/* Steps in the order of the flow; `each` returns FLOW_OK to go on. */
FlowStatus show_each_step(Show *s, FlowStatus (*each)(Show *s, uint32_t step));
/* "done", "failed", "running" (or about to), "waiting"; of a run that is over "stopped",
 * "not run". */
const char *show_step_state(const Show *s, uint32_t step);
/* How long the run took, or runs. */
int64_t show_took(const Show *s);
/* The last lines that the attempt printed; what cannot be read is left out. */
void show_tail(const Show *s, const ViewFail *fail, bool is_stderr, Buffer *out);

FlowStatus show_text_run(Show *s);
FlowStatus show_text_task(void *show, const ViewTask *task);
FlowStatus show_json_run(Show *s);
FlowStatus show_json_task(void *show, const ViewTask *task);

#endif
