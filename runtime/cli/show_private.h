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
    int64_t began, ended; /* of what this run did itself, attempts that failed too; 0: nothing */
    uint64_t failed, running, stopped, retried;
} StepFacts;

typedef struct Show {
    Cli *cli;
    View *view;
    Values *values;
    Progress progress;
    StepFacts *facts; /* one a step */
    ViewTimes times;
    uint64_t failures, unfinished, shown;
    Json json;
    FlowError *err;
} Show;

/* Steps in the order of the flow; `each` returns FLOW_OK to go on. */
FlowStatus show_each_step(Show *s, FlowStatus (*each)(Show *s, uint32_t step));
/* "done", "failed", "running", "waiting"; of a run that is over "stopped", "not run". */
const char *show_step_state(const Show *s, uint32_t step);
bool show_is_going_on(const Show *s);
/* How many tasks of the step are opened and neither over nor at work. */
uint64_t show_left(const Show *s, uint32_t step);
/* From the beginning of the step's first attempt to the end of its last, or until now; -1: it has
 * not begun. */
int64_t show_step_took(const Show *s, uint32_t step);
/* The last lines that an attempt printed; what cannot be read is left out. */
void show_tail(const Show *s, const LogSpan *log, bool is_stderr, Buffer *out);

FlowStatus show_text_run(Show *s);
FlowStatus show_text_task(void *show, const ViewTask *task);
/* What of the step that was asked for is not listed, since it has not begun. */
void show_text_rest(Show *s);
FlowStatus show_json_run(Show *s);
FlowStatus show_json_task(void *show, const ViewTask *task);

#endif
