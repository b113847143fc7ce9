/* SPDX-License-Identifier: Apache-2.0 */
/* report_private.h - what the parts of a report share.
 *
 * report.c keeps count of what happens; report_text.c tells it to people, report_json.c to
 * programs, and live.c draws it below the lines of a terminal. */
#ifndef CLI_REPORT_PRIVATE_H
#define CLI_REPORT_PRIVATE_H

#include "cli/json.h"
#include "cli/progress.h"
#include "cli/report.h"

enum {
    REPORT_NAME = 300,
    REPORT_FAILURES = 5, /* that are told at the run's end */
    REPORT_MESSAGE = 2000 /* bytes of each message there */
};

/* WAITS: it has begun, and has not been told; TOLD: it has. */
typedef enum StepPhase { STEP_UNSEEN, STEP_WAITS, STEP_TOLD, STEP_OVER } StepPhase;

/* Of what this run does: from the beginning of the first attempt to the end of the last, as they
 * are stored; 0: not. */
typedef struct StepTime {
    int64_t began, ended;
    int64_t retry_ends; /* of a failed attempt: about when the next one will be over */
    uint64_t retries;   /* tasks whose first attempt was not their last */
} StepTime;

/* A task that has failed for good. */
typedef struct Failure {
    uint32_t step, round;
    uint64_t ord;
    char name[REPORT_NAME];
    char message[REPORT_MESSAGE + 8]; /* its first line */
} Failure;

typedef struct Live Live;

struct Report {
    Cli *cli;
    Console *console;
    const FlowProgram *program;
    bool is_quiet, is_json;
    bool has_lost_output;
    int64_t id, began, ended; /* of the run; ended 0: it goes on */
    const Run *run;
    const Ledger *ledger;
    Progress progress;
    StepPhase *phases; /* one a step */
    StepTime *times;
    bool has_waiting, is_interrupted;
    Failure failures[REPORT_FAILURES];
    size_t failure_count;
    char *first_trace; /* of the first failure */
    LogSpan first_log;
    Json json;
    Live *live; /* NULL: nothing is drawn */
    uv_timer_t timer;
    uv_prepare_t prepare;
    /* The task whose line came last: lines come in runs. */
    uint32_t named_step, named_round;
    uint64_t named_ord;
    char named[REPORT_NAME];
};

/* "STEP/INDEX", until the next call. */
const char *report_task_name(Report *r, uint32_t step, uint64_t ord, uint32_t round);

void text_begin(Report *r, const ResumePlan *plan);
void text_step_begins(Report *r, uint32_t step);
void text_step_over(Report *r, uint32_t step);
void text_line(Report *r, const char *name, uint32_t pid, bool is_stderr, Bytes text);
void text_failed(Report *r, const char *name, const FailRow *fail, RunNext next, int64_t delay);
void text_warning(Report *r, const char *text);
void text_interrupted(Report *r, int signal);
void text_end(Report *r, const RunResult *result);

void events_begin(Report *r, const ResumePlan *plan);
void events_step_begins(Report *r, uint32_t step);
void events_step_over(Report *r, uint32_t step);
void events_started(Report *r, const char *name, uint64_t count, uint32_t attempt, uint32_t pid);
void events_line(Report *r, const char *name, uint32_t pid, bool is_stderr, Bytes text);
void events_done(Report *r, const Chunk *chunk);
void events_failed(Report *r, const char *name, const FailRow *fail, RunNext next, int64_t delay);
void events_warning(Report *r, const char *text);
void events_interrupted(Report *r, int signal);
void events_end(Report *r, const RunResult *result);

/* Draws on standard error, which is a terminal, until live_stop. */
FlowStatus live_start(Report *r, uv_loop_t *loop, Live **out);
/* Leaves what was drawn last where it stands. */
void live_stop(Live *l);
void live_free(Live *l); /* after the loop has turned; NULL is allowed */

#endif
