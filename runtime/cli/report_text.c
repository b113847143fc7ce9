/* SPDX-License-Identifier: Apache-2.0 */
/* report_text.c - a run for people: lines with the time before them. */
#include "cli/report_private.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/lost.h"
#include "cli/plain.h"
#include "cli/tasklog.h"
#include "os/terminal.h"

enum {
    QUIET_TAIL = 20, /* lines that a failed task printed last */
    END_TAIL = 10,   /* the same, at the run's end */
    MESSAGE_LEAST = 30 /* of a message, however narrow the terminal is */
};

/* Where lines of ours begin. */
static void begin_line(Report *r)
{
    if (r->is_quiet)
        return;
    console_paint(r->console, CONSOLE_ERR, PAINT_DIM);
    console_stamp(r->console, CONSOLE_ERR);
    console_paint(r->console, CONSOLE_ERR, PAINT_NONE);
}

static void painted(Report *r, Paint paint, const char *text)
{
    console_paint(r->console, CONSOLE_ERR, paint);
    console_text(r->console, CONSOLE_ERR, text);
    console_paint(r->console, CONSOLE_ERR, PAINT_NONE);
}

static void task_head(Report *r, ConsoleTo to, const char *name, uint32_t pid)
{
    console_paint(r->console, to, PAINT_DIM);
    if (!r->is_quiet)
        console_stamp(r->console, to);
    console_printf(r->console, to, "[%" PRId64 "/%s (pid %u)] ", r->id, name, pid);
    console_paint(r->console, to, PAINT_NONE);
}

/* Each line of the text, as one of the task's. */
static void task_lines(Report *r, const char *name, uint32_t pid, const char *text, size_t len)
{
    while (len > 0) {
        const char *newline = memchr(text, '\n', len);
        size_t piece = newline ? (size_t)(newline - text) : len;
        task_head(r, CONSOLE_ERR, name, pid);
        plain_line(r->console, CONSOLE_ERR, text, piece);
        console_text(r->console, CONSOLE_ERR, "\n");
        piece += newline != NULL;
        text += piece;
        len -= piece;
    }
}

/* ---- steps -------------------------------------------------------------- */

void text_step_begins(Report *r, uint32_t step)
{
    const StepProgress *p = &r->progress.steps[step];
    bool comes_again = r->progress.is_upstream[(size_t)step * r->program->step_count + step];
    begin_line(r);
    console_printf(r->console, CONSOLE_ERR, "[%" PRId64 "/%s] begins", r->id,
                   r->program->steps[step].name);
    if (p->expected > 1 && !comes_again)
        console_printf(r->console, CONSOLE_ERR, ": %" PRIu64 " tasks", p->expected);
    if (p->taken > 0)
        console_printf(r->console, CONSOLE_ERR, ", %" PRIu64 " of them taken over", p->taken);
    console_text(r->console, CONSOLE_ERR, "\n");
}

static void part(Report *r, uint64_t number, const char *words)
{
    if (number > 0)
        console_printf(r->console, CONSOLE_ERR, ", %" PRIu64 " %s", number, words);
}

void text_step_over(Report *r, uint32_t step)
{
    const StepProgress *p = &r->progress.steps[step];
    char took[32];
    console_duration(r->times[step].ended - r->times[step].began, took);
    begin_line(r);
    console_printf(r->console, CONSOLE_ERR, "[%" PRId64 "/%s] ", r->id,
                   r->program->steps[step].name);
    if (p->expected > 1)
        console_printf(r->console, CONSOLE_ERR, "%" PRIu64 " of %" PRIu64 " tasks ", p->done,
                       p->expected);
    bool is_good = p->done > 0 || p->expected > 1;
    painted(r, p->failed ? PAINT_BAD : PAINT_GOOD, is_good ? "done" : "failed");
    console_printf(r->console, CONSOLE_ERR, " in %s", took);
    part(r, p->expected > 1 ? p->failed : 0, "failed");
    part(r, p->caught, "caught");
    part(r, r->times[step].retries, "retried");
    part(r, p->taken, "taken over");
    console_text(r->console, CONSOLE_ERR, "\n");
}

/* ---- tasks -------------------------------------------------------------- */

void text_line(Report *r, const char *name, uint32_t pid, bool is_stderr, Bytes text)
{
    ConsoleTo to = is_stderr ? CONSOLE_ERR : CONSOLE_OUT;
    task_head(r, to, name, pid);
    plain_line(r->console, to, (const char *)text.bytes, text.len);
    console_text(r->console, to, "\n");
}

void text_warning(Report *r, const char *text)
{
    begin_line(r);
    painted(r, PAINT_WARNING, "warning: ");
    plain_lines(r->console, CONSOLE_ERR, "", text, strlen(text));
}

static void tell_next(Report *r, const char *name, const FailRow *fail, RunNext next, int64_t delay)
{
    char text[128] = "", wait[32];
    switch (next) {
    case RUN_RETRIES:
        console_duration(delay, wait);
        snprintf(text, sizeof text, "attempt %u follows%s%s", fail->attempt + 1,
                 delay > 0 ? " in " : "", delay > 0 ? wait : "");
        break;
    case RUN_CAUGHT: snprintf(text, sizeof text, "caught (@catch): the flow goes on"); break;
    case RUN_GIVES_UP:
        if (fail->attempt > 1)
            snprintf(text, sizeof text, "that was attempt %u, the last", fail->attempt);
        break;
    }
    task_lines(r, name, fail->pid, text, strlen(text));
}

/* What a failed task printed last, which --quiet has not shown. */
static void tell_tail(Report *r, const char *name, const FailRow *fail)
{
    LogSpan span;
    if (fail->log.len != sizeof span)
        return;
    memcpy(&span, fail->log.bytes, sizeof span);
    for (int is_stderr = 0; is_stderr < 2; is_stderr++) {
        Buffer text = {0};
        FlowError err;
        FlowStatus s = tasklog_tail(r->cli->options->text[OPTION_STORE], r->id, &span, is_stderr,
                                    QUIET_TAIL, &text, &err);
        if (s == FLOW_OK)
            task_lines(r, name, fail->pid, (const char *)text.bytes, text.len);
        buffer_free(&text);
    }
}

void text_failed(Report *r, const char *name, const FailRow *fail, RunNext next, int64_t delay)
{
    if (r->is_quiet)
        tell_tail(r, name, fail);
    task_head(r, CONSOLE_ERR, name, fail->pid);
    size_t len = strcspn(fail->message, "\n");
    painted(r, next == RUN_GIVES_UP ? PAINT_BAD : PAINT_WARNING, why_name(fail->why));
    console_text(r->console, CONSOLE_ERR, ": ");
    plain_line(r->console, CONSOLE_ERR, fail->message, len);
    console_text(r->console, CONSOLE_ERR, "\n");
    if (fail->message[len])
        task_lines(r, name, fail->pid, fail->message + len + 1, strlen(fail->message + len + 1));
    task_lines(r, name, fail->pid, fail->trace, strlen(fail->trace));
    tell_next(r, name, fail, next, delay);
}

/* ---- how the run begins ------------------------------------------------- */

static bool is_left(const Report *r, uint32_t step)
{
    const StepProgress *p = &r->progress.steps[step];
    return p->done < p->expected && run_wants(r->run, step);
}

/* Whether what is left leads to anything that is not told with it. */
static bool has_more_behind(const Report *r)
{
    uint32_t count = r->program->step_count;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t left = 0; left < count; left++)
            if (is_left(r, left) && r->progress.is_upstream[(size_t)i * count + left] &&
                (i == left || !is_left(r, i)))
                return true;
    return false;
}

/* Of the steps that were reached, those that have not done all. */
static void tell_rest(Report *r)
{
    bool is_first = true;
    begin_line(r);
    for (uint32_t i = 0; i < r->program->step_count; i++) {
        const StepProgress *p = &r->progress.steps[i];
        if (!is_left(r, i))
            continue;
        uint64_t rest = p->expected - p->done;
        console_printf(r->console, CONSOLE_ERR, "%s%" PRIu64 " %s of `%s`",
                       is_first ? "left to run: " : ", ", rest, rest == 1 ? "task" : "tasks",
                       r->program->steps[i].name);
        is_first = false;
    }
    const char *until = r->cli->options->text[OPTION_UNTIL];
    if (until)
        console_printf(r->console, CONSOLE_ERR, "%s up to `%s`\n",
                       is_first             ? "nothing is left to run"
                       : has_more_behind(r) ? ", and what follows"
                                            : "",
                       until);
    else
        console_text(r->console, CONSOLE_ERR,
                     is_first             ? "nothing is left to run\n"
                     : has_more_behind(r) ? ", and what follows\n"
                                          : "\n");
}

static void tell_plan(Report *r, const ResumePlan *plan, uint64_t taken)
{
    begin_line(r);
    console_printf(
        r->console, CONSOLE_ERR,
        "Run %" PRId64 " of %s goes on from run %" PRId64 ": %" PRIu64 " %s taken over\n", r->id,
        r->program->name, plan->origin, taken, taken == 1 ? "task is" : "tasks are");
    for (size_t i = 0; i < plan->line_count; i++) {
        begin_line(r);
        console_printf(r->console, CONSOLE_ERR, "%s\n", plan->lines[i]);
    }
    tell_rest(r);
}

void text_begin(Report *r, const ResumePlan *plan)
{
    if (plan) {
        tell_plan(r, plan, progress_done(&r->progress));
        return;
    }
    begin_line(r);
    console_printf(r->console, CONSOLE_ERR, "Run %" PRId64 " of %s begins\n", r->id,
                   r->program->name);
}

/* ---- how it ends -------------------------------------------------------- */

void text_interrupted(Report *r, int signal)
{
    begin_line(r);
    console_printf(r->console, CONSOLE_ERR, "%s: stopping the workers; once more leaves at once\n",
                   signal == SIGINT ? "interrupted" : "told to end");
}

/* Where the first task failed, and what it printed last: by now that may be far above. */
static void tell_first(Report *r)
{
    if (r->failure_count == 0 || r->is_quiet)
        return;
    if (r->first_trace)
        plain_lines(r->console, CONSOLE_ERR, "", r->first_trace, strlen(r->first_trace));
    for (int is_stderr = 0; is_stderr < 2; is_stderr++) {
        Buffer text = {0};
        FlowError err;
        if (tasklog_tail(r->cli->options->text[OPTION_STORE], r->id, &r->first_log, is_stderr,
                         END_TAIL, &text, &err) == FLOW_OK)
            plain_lines(r->console, CONSOLE_ERR, "  | ", (const char *)text.bytes, text.len);
        buffer_free(&text);
    }
}

/* By their steps and rows. */
static int compare_failures(const void *a, const void *b)
{
    const Failure *x = a, *y = b;
    if (x->step != y->step)
        return x->step < y->step ? -1 : 1;
    if (x->round != y->round)
        return x->round < y->round ? -1 : 1;
    return x->ord < y->ord ? -1 : x->ord > y->ord;
}

/* How many bytes of the text go into so many columns. */
static size_t bytes_of(const char *text, size_t columns)
{
    size_t len = strlen(text), at = 0, used = 0;
    while (at < len) {
        size_t wide, size = terminal_point(text + at, len - at, &wide);
        used += wide;
        if (used > columns)
            break;
        at += size;
    }
    return at;
}

/* On one row of a terminal; elsewhere whole, but for further lines. */
static void tell_other(Report *r, const Failure *failure)
{
    char head[REPORT_NAME + 40];
    snprintf(head, sizeof head, "  also %" PRId64 "/%s: ", r->id, failure->name);
    size_t columns = console_width(r->console, CONSOLE_ERR), used = strlen(head) + 1;
    size_t most = columns > used + MESSAGE_LEAST ? columns - used : MESSAGE_LEAST;
    size_t len = strlen(failure->message);
    bool is_terminal = r->console->streams[CONSOLE_ERR].is_terminal;
    bool is_cut = is_terminal && bytes_of(failure->message, most) < len;
    console_text(r->console, CONSOLE_ERR, head);
    plain_line(r->console, CONSOLE_ERR, failure->message,
               is_cut ? bytes_of(failure->message, most - 1) : len);
    console_text(r->console, CONSOLE_ERR, is_cut ? "…\n" : "\n");
}

static void tell_others(Report *r, const RunResult *result)
{
    char room[400];
    if (r->failure_count > 1)
        qsort(r->failures + 1, r->failure_count - 1, sizeof *r->failures, compare_failures);
    for (size_t i = 1; i < r->failure_count; i++)
        tell_other(r, &r->failures[i]);
    if (result->failed > r->failure_count && r->failure_count > 0)
        console_printf(r->console, CONSOLE_ERR,
                       "  and %" PRIu64 " more: `%s show %" PRId64 "%s` lists them\n",
                       result->failed - r->failure_count, r->cli->options->program, r->id,
                       command_store_option(r->cli, room, sizeof room));
}

/* Which `resume` does not take. */
static bool has_params(const Report *r)
{
    const Options *o = r->cli->options;
    bool has_some = o->text[OPTION_PARAMS] != NULL;
    for (uint16_t i = 0; i < r->program->param_count; i++)
        has_some |= o->param[i] != NULL;
    return has_some;
}

static void tell_ways_on(Report *r, const RunResult *result)
{
    const FlowStep *maker = lost_maker(r->program, r->ledger, result->why);
    const char *program = r->cli->options->program;
    char room[400];
    const char *store = command_store_option(r->cli, room, sizeof room);
    if (r->failure_count > 0 && !tasklog_is_empty(&r->first_log))
        console_printf(r->console, CONSOLE_ERR,
                       "help: `%s logs%s %" PRId64 "/%s` shows all that "
                       "it printed\n",
                       program, store, r->id, r->failures[0].name);
    if (result->splits > 0)
        console_printf(r->console, CONSOLE_ERR,
                       "help: `%s resume --max-num-splits %" PRIu64 "%s` goes on from here\n",
                       program, result->splits, store);
    else if (!lost_is_why(result->why))
        console_printf(r->console, CONSOLE_ERR,
                       "help: `%s resume%s` goes on from here%s, and keeps what is done%s\n",
                       program, store, has_params(r) ? " with the same parameters" : "",
                       has_params(r) ? "; `run` takes others" : "");
    else if (maker)
        console_printf(r->console, CONSOLE_ERR,
                       "help: `%s resume %s%s` makes it again, with all that comes after it\n",
                       program, maker->name, store);
    else
        console_printf(r->console, CONSOLE_ERR,
                       "help: `%s store check%s` names the steps whose blobs are missing; `%s "
                       "resume STEP%s` makes them again, with all that comes after\n",
                       program, store, program, store);
}

static void tell_failed(Report *r, const RunResult *result, const char *took)
{
    begin_line(r);
    console_printf(r->console, CONSOLE_ERR, "%sun %" PRId64 " ", r->is_quiet ? "error: r" : "R",
                   r->id);
    painted(r, PAINT_BAD, "failed");
    console_printf(r->console, CONSOLE_ERR, " after %s: ", took);
    plain_lines(r->console, CONSOLE_ERR, "", result->why, strlen(result->why));
    tell_first(r);
    tell_others(r, result);
    tell_ways_on(r, result);
}

static void tell_stopped(Report *r, const RunResult *result, const char *took)
{
    uint64_t done = progress_done(&r->progress);
    char room[400];
    if (r->is_quiet && !result->signal)
        return;
    begin_line(r);
    const char *way_on = command_store_option(r->cli, room, sizeof room);
    const char *tasks = done == 1 ? "task is" : "tasks are";
    if (result->signal)
        console_printf(r->console, CONSOLE_ERR,
                       "Run %" PRId64 " cancelled after %s: %" PRIu64
                       " %s done, `%s resume%s` goes on\n",
                       r->id, took, done, tasks, r->cli->options->program, way_on);
    else
        console_printf(r->console, CONSOLE_ERR,
                       "Run %" PRId64 " %s: %" PRIu64 " %s done in %s, `%s resume%s` goes on\n",
                       r->id, result->why, done, tasks, took, r->cli->options->program, way_on);
}

void text_end(Report *r, const RunResult *result)
{
    char took[32];
    console_duration(r->ended - r->began, took);
    if (result->state == RUN_FAILED) {
        tell_failed(r, result, took);
    } else if (result->state == RUN_CANCELLED || result->state == RUN_STOPPED) {
        tell_stopped(r, result, took);
    } else if (!r->is_quiet) {
        uint64_t done = progress_done(&r->progress);
        begin_line(r);
        console_printf(r->console, CONSOLE_ERR, "Run %" PRId64 " is ", r->id);
        painted(r, PAINT_GOOD, "done");
        console_printf(r->console, CONSOLE_ERR, ": %" PRIu64 " %s in %s\n", done,
                       done == 1 ? "task" : "tasks", took);
    }
}
