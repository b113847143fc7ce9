/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - what a run says while it goes on: the lines of its tasks, steps, failures, its end.
 *
 * What tasks print goes to the stream that they wrote to, all that is ours to standard error.
 * With --quiet standard output is what the tasks of `end` printed, byte by byte. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/commands.h"
#include "sched/resume.h"
#include "sched/run.h"

typedef struct Report Report;

extern const RunObserver report_observer; /* its ctx is a Report */

FlowStatus report_new(Cli *cli, uv_loop_t *loop, Report **out, FlowError *err);
/* Of a run, as they are stored: ns since 1970. */
typedef struct ReportTimes {
    int64_t began, ended;
} ReportTimes;
/* Before the run is executed; `plan` is NULL for one that begins at the start.  `run` outlives the
 * last event. */
void report_begin(Report *r, const Run *run, int64_t id, int64_t began, const ResumePlan *plan);
void report_interrupted(Report *r, int signal);
void report_end(Report *r, const RunResult *result, int64_t ended);
/* False when something that was to be shown could not be read. */
bool report_is_whole(const Report *r);
/* The loop must turn once more before it is closed; then report_free. */
void report_close(Report *r);
void report_free(Report *r); /* NULL is allowed */

#endif
