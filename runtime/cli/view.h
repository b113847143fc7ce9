/* SPDX-License-Identifier: Apache-2.0 */
/* view.h - a run as `show`, `logs` and `dump` read it: its tasks in order, and what each is at.
 *
 * Reading needs no lock and stops nobody: what is not committed yet is not done. */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include "cli/json.h"
#include "cli/options.h"
#include "cli/running.h"
#include "sched/ledger.h"
#include "sched/program_old.h"

/* An attempt that failed; steps are numbered as in this program. */
typedef struct ViewFail {
    uint32_t step, round, attempt;
    uint64_t ord;
    Why why;
    char *message, *trace;
    uint32_t pid;
    LogSpan log;
    int64_t began, ended;
} ViewFail;

typedef struct View {
    const FlowProgram *program; /* that made the run: ours, or as the store has it */
    OldProgram *old;            /* NULL: ours */
    const char *store;          /* the folder */
    Db *db;
    RunRow run; /* its text and bytes belong to `room` */
    Buffer room;
    bool is_dead; /* it says that it runs, but its process is gone */
    Ledger *ledger;
    ViewFail *fails; /* by step, ord, round, attempt */
    size_t fail_count, fail_cap;
    RunningList running;  /* at work, or when the run ended; nothing that is over since */
    bool with_unfinished; /* set by whoever wants tasks that are neither done nor failed, too */
    /* What behind the run was asked for. */
    bool has_step;
    const char *wanted;  /* as it was written, borrowed from `word` */
    TaskPattern pattern; /* what it means */
} View;

typedef struct ViewTask {
    uint32_t step, round;
    uint64_t ord;
    const Chunk *chunk;    /* NULL: not done */
    const ViewFail *fails; /* its attempts that failed */
    size_t fail_count;
    const RunningRow *running; /* its attempt that runs or was stopped, or NULL */
    /* "done", "caught", "failed"; "running" and "waiting" (also for another attempt), or of a run
     * that is over "stopped" and "not run". */
    const char *state;
} ViewTask;

/* The number of a run; FLOW_EUSAGE. */
FlowStatus view_parse_run(const char *word, int64_t *run, FlowError *err);
/* FLOW_EUSAGE where the run, which `word` names, is one of another flow. */
FlowStatus view_check_flow(const RunRow *run, const FlowProgram *program, const char *word,
                           FlowError *err);
/* How long a run took from its beginning to its end: until now while it goes on, and of one that
 * died until it was last seen. */
typedef struct ViewTimes {
    int64_t took;      /* ns */
    int64_t last_seen; /* of one that died; else 0 */
} ViewTimes;
ViewTimes view_times(const char *store, const RunRow *run);
/* The members that `runs` and `show` say of a run. */
void view_run_json(const RunRow *run, const char *state, const ViewTimes *times, Json *json);

/* As db_open, but whatever is wrong with the folder is no mistake in the command's words. */
FlowStatus store_open(const char *dir, bool create, Db **out, FlowError *err);
/* As db_open_reader, likewise. */
FlowStatus store_open_reader(const char *dir, Db **out, FlowError *err);

/* `word` is RUN[/STEP[/INDEX]]; NULL: the newest run of this flow.  view_close is allowed after
 * every outcome. */
FlowStatus view_open(const FlowProgram *program, const char *store, const char *word, View *out,
                     FlowError *err);
void view_close(View *v);

/* Every task that was asked for, steps in the order of the flow, then by index, then by round.  Of
 * those that wait only the ones that were asked for by name.  `each` returns FLOW_OK to go on.
 * Where single ones were asked for and there is none: FLOW_EUSAGE, or FLOW_ENOENT when such a task
 * is known to come. */
FlowStatus view_each_task(const View *v, FlowStatus (*each)(void *, const ViewTask *), void *ctx,
                          FlowError *err);

/* "done", "failed", "cancelled", "stopped", "running", "died". */
const char *view_state(const View *v);
/* "RUN/STEP/INDEX" */
void view_task_name(const View *v, const ViewTask *task, char *out, size_t size);
/* How attempts that failed are ordered: by step, ord, round, attempt.  For qsort. */
int view_fail_order(const void *left, const void *right);
/* The last attempt that failed, where the task did or was caught; else NULL. */
const ViewFail *view_task_failure(const ViewTask *task);
/* The members that say which task it is and what became of it. */
void view_task_json(const View *v, const ViewTask *task, Json *json);
/* "done", …; `state` and `owner` are those of a run. */
const char *view_run_state(RunState state, const char *owner);
/* The attempt that succeeded, or the last one. */
uint32_t view_task_attempt(const ViewTask *task);

#endif
