/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - follows a run.
 *
 * A step says once that it begins and once that it is over.  The former waits a moment, since most
 * steps are over so soon that the latter says it all. */
#include "cli/report.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/tasklog.h"
#include "os/clock.h"
#include "os/memory.h"

enum {
    NAME_MOST = 300,
    BEGIN_WAITS_MS = 50,
    FAILURES_SHOWN = 5,  /* at the run's end */
    MESSAGE_SHOWN = 200, /* bytes of each */
    QUIET_TAIL = 20      /* lines that a failed task printed last */
};

typedef enum StepPhase { STEP_UNSEEN, STEP_WAITS, STEP_TOLD, STEP_OVER } StepPhase;

typedef struct Failure {
    char name[NAME_MOST];
    char message[MESSAGE_SHOWN + 8];
} Failure;

struct Report {
    Cli *cli;
    Console *console;
    const FlowProgram *program;
    bool is_quiet;
    int64_t id, began;
    const Ledger *ledger;
    Progress progress;
    StepPhase *phases; /* one a step */
    int64_t *step_began;
    bool has_waiting;
    Failure failures[FAILURES_SHOWN];
    size_t failure_count;
    uv_timer_t timer;
    uv_prepare_t prepare;
    /* The task whose line came last: lines come in runs. */
    uint32_t named_step, named_round;
    uint64_t named_ord;
    char named[NAME_MOST];
};

/* ---- names and lines ---------------------------------------------------- */

static const char *task_name(Report *r, uint32_t step, uint64_t ord, uint32_t round)
{
    if (!r->named[0] || r->named_step != step || r->named_ord != ord || r->named_round != round) {
        ledger_task_name(r->ledger, step, ord, round, r->named, sizeof r->named);
        r->named_step = step;
        r->named_ord = ord;
        r->named_round = round;
    }
    return r->named;
}

/* Where lines of ours begin. */
static void begin_line(Report *r)
{
    if (!r->is_quiet)
        console_stamp(r->console, CONSOLE_ERR);
}

static void task_head(Report *r, ConsoleTo to, const char *name, uint32_t pid)
{
    if (!r->is_quiet)
        console_stamp(r->console, to);
    console_printf(r->console, to, "[%" PRId64 "/%s (pid %u)] ", r->id, name, pid);
}

/* Each line of the text, as one of the task's. */
static void task_lines(Report *r, const char *name, uint32_t pid, const char *text, size_t len)
{
    while (len > 0) {
        const char *newline = memchr(text, '\n', len);
        size_t piece = newline ? (size_t)(newline - text) : len;
        task_head(r, CONSOLE_ERR, name, pid);
        console_write(r->console, CONSOLE_ERR, text, piece);
        console_text(r->console, CONSOLE_ERR, "\n");
        piece += newline != NULL;
        text += piece;
        len -= piece;
    }
}

/* ---- steps -------------------------------------------------------------- */

static void tell_begin(Report *r, uint32_t step)
{
    if (r->phases[step] != STEP_WAITS)
        return;
    r->phases[step] = STEP_TOLD;
    const StepProgress *p = &r->progress.steps[step];
    begin_line(r);
    console_printf(r->console, CONSOLE_ERR, "[%" PRId64 "/%s] begins", r->id,
                   r->program->steps[step].name);
    if (p->expected > 1)
        console_printf(r->console, CONSOLE_ERR, ": %" PRIu64 " tasks", p->expected);
    if (p->taken > 0)
        console_printf(r->console, CONSOLE_ERR, ", %" PRIu64 " of them taken over", p->taken);
    console_text(r->console, CONSOLE_ERR, "\n");
}

static void on_timer(uv_timer_t *timer)
{
    Report *r = timer->data;
    r->has_waiting = false;
    for (uint32_t i = 0; i < r->program->step_count; i++)
        tell_begin(r, i);
}

static void part(Report *r, uint64_t number, const char *words)
{
    if (number > 0)
        console_printf(r->console, CONSOLE_ERR, ", %" PRIu64 " %s", number, words);
}

static void tell_over(Report *r, uint32_t step)
{
    const StepProgress *p = &r->progress.steps[step];
    char took[32];
    console_duration(os_now_ns() - r->step_began[step], took);
    r->phases[step] = STEP_OVER;
    begin_line(r);
    console_printf(r->console, CONSOLE_ERR, "[%" PRId64 "/%s] ", r->id,
                   r->program->steps[step].name);
    if (p->expected > 1)
        console_printf(r->console, CONSOLE_ERR, "%" PRIu64 " of %" PRIu64 " tasks done in %s",
                       p->done, p->expected, took);
    else
        console_printf(r->console, CONSOLE_ERR, "%s in %s", p->done ? "done" : "failed", took);
    part(r, p->expected > 1 ? p->failed : 0, "failed");
    part(r, p->caught, "caught");
    part(r, p->retried, "after a retry");
    part(r, p->taken, "taken over");
    console_text(r->console, CONSOLE_ERR, "\n");
}

/* A step may be over by what another one has opened no more of. */
static void tell_steps_over(Report *r)
{
    for (uint32_t i = 0; i < r->program->step_count; i++)
        if ((r->phases[i] == STEP_WAITS || r->phases[i] == STEP_TOLD) &&
            progress_is_over(&r->progress, i))
            tell_over(r, i);
}

/* ---- events ------------------------------------------------------------- */

static void on_started(void *ctx, uint32_t step, uint32_t round, uint64_t lo, uint64_t n,
                       uint32_t attempt, uint32_t pid)
{
    (void)round, (void)lo, (void)n, (void)attempt, (void)pid;
    Report *r = ctx;
    if (r->is_quiet || r->phases[step] != STEP_UNSEEN)
        return;
    r->phases[step] = STEP_WAITS;
    r->step_began[step] = os_now_ns();
    if (r->has_waiting)
        return;
    r->has_waiting = true;
    uv_timer_start(&r->timer, on_timer, BEGIN_WAITS_MS, 0);
}

static void on_line(void *ctx, uint32_t step, uint64_t ord, uint32_t round, uint32_t pid,
                    bool is_stderr, Bytes text)
{
    Report *r = ctx;
    if (r->is_quiet)
        return;
    ConsoleTo to = is_stderr ? CONSOLE_ERR : CONSOLE_OUT;
    task_head(r, to, task_name(r, step, ord, round), pid);
    console_write(r->console, to, (const char *)text.bytes, text.len);
    console_text(r->console, to, "\n");
}

static void on_warning(void *ctx, const char *text)
{
    Report *r = ctx;
    if (r->is_quiet)
        return;
    begin_line(r);
    console_printf(r->console, CONSOLE_ERR, "warning: %s\n", text);
}

/* --quiet shows what `end` printed when that is durable, and exactly as it was written. */
static void print_end(Report *r, const Chunk *chunk)
{
    if (!r->is_quiet || chunk->step != r->program->end || !chunk->log)
        return;
    FlowError err;
    for (uint64_t i = 0; i < chunk->n; i++)
        if (tasklog_print(r->console, r->cli->options->text[OPTION_STORE], chunk->run,
                          &chunk->log[i], &err) != FLOW_OK)
            console_error(r->console, err.message);
}

static void on_done(void *ctx, const Chunk *chunk)
{
    Report *r = ctx;
    print_end(r, chunk);
    progress_count(&r->progress, r->ledger, chunk, r->id);
    if (!r->is_quiet)
        tell_steps_over(r);
}

/* ---- failures ----------------------------------------------------------- */

static void keep_failure(Report *r, const char *name, const char *message)
{
    if (r->failure_count >= FAILURES_SHOWN)
        return;
    Failure *f = &r->failures[r->failure_count++];
    snprintf(f->name, sizeof f->name, "%s", name);
    size_t len = strcspn(message, "\n");
    bool is_long = len > MESSAGE_SHOWN;
    if (is_long)
        for (len = MESSAGE_SHOWN; len > 0 && (message[len] & 0xc0) == 0x80;)
            len--; /* not in the middle of a code point */
    snprintf(f->message, sizeof f->message, "%.*s%s", (int)len, message, is_long ? "…" : "");
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

static void on_failed(void *ctx, const FailRow *fail, RunNext next, int64_t delay)
{
    Report *r = ctx;
    const char *name = task_name(r, fail->step, fail->ord, fail->round);
    if (next == RUN_GIVES_UP) {
        keep_failure(r, name, fail->message);
        r->progress.steps[fail->step].failed++;
    } else if (r->is_quiet) {
        return; /* the run itself has not failed by it */
    }
    if (r->is_quiet)
        tell_tail(r, name, fail);
    else
        tell_begin(r, fail->step);
    task_head(r, CONSOLE_ERR, name, fail->pid);
    size_t len = strcspn(fail->message, "\n");
    console_printf(r->console, CONSOLE_ERR, "%s: %.*s\n", why_name(fail->why), (int)len,
                   fail->message);
    if (fail->message[len])
        task_lines(r, name, fail->pid, fail->message + len + 1, strlen(fail->message + len + 1));
    task_lines(r, name, fail->pid, fail->trace, strlen(fail->trace));
    tell_next(r, name, fail, next, delay);
    if (!r->is_quiet)
        tell_steps_over(r);
}

const RunObserver report_observer = {
    .started = on_started,
    .line = on_line,
    .done = on_done,
    .failed = on_failed,
    .warning = on_warning,
};

/* ---- the run ------------------------------------------------------------ */

/* All that a turn of the loop has brought is written before the loop waits. */
static void on_prepare(uv_prepare_t *prepare)
{
    Report *r = prepare->data;
    console_flush(r->console);
}

FlowStatus report_new(Cli *cli, uv_loop_t *loop, Report **out, FlowError *err)
{
    Report *r = os_alloc_zero(sizeof *r);
    if (!r)
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    r->cli = cli;
    r->console = cli->console;
    r->program = cli->program;
    r->is_quiet = cli->options->is_quiet;
    r->began = os_now_ns();
    size_t count = cli->program->step_count + 1u;
    r->phases = os_alloc_zero(count * sizeof *r->phases);
    r->step_began = os_alloc_zero(count * sizeof *r->step_began);
    if (!r->phases || !r->step_began || progress_init(&r->progress, cli->program) != FLOW_OK) {
        report_free(r);
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    }
    uv_timer_init(loop, &r->timer);
    uv_prepare_init(loop, &r->prepare);
    r->timer.data = r->prepare.data = r;
    uv_prepare_start(&r->prepare, on_prepare);
    uv_unref((uv_handle_t *)&r->timer);
    uv_unref((uv_handle_t *)&r->prepare);
    *out = r;
    return FLOW_OK;
}

/* Of the steps that were reached, those that have not done all. */
static void tell_rest(Report *r)
{
    bool is_first = true;
    begin_line(r);
    for (uint32_t i = 0; i < r->program->step_count; i++) {
        const StepProgress *p = &r->progress.steps[i];
        if (p->done >= p->expected)
            continue;
        uint64_t rest = p->expected - p->done;
        console_printf(r->console, CONSOLE_ERR, "%s%" PRIu64 " %s of `%s`",
                       is_first ? "left to run: " : ", ", rest, rest == 1 ? "task" : "tasks",
                       r->program->steps[i].name);
        is_first = false;
    }
    console_text(r->console, CONSOLE_ERR,
                 is_first ? "nothing is left to run\n" : ", and what follows\n");
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

void report_begin(Report *r, const Run *run, int64_t id, const ResumePlan *plan)
{
    r->id = id;
    r->ledger = run_ledger(run);
    size_t count = ledger_chunk_count(r->ledger);
    for (size_t i = 0; i < count; i++) {
        const Chunk *chunk = ledger_chunk(r->ledger, i);
        progress_count(&r->progress, r->ledger, chunk, id);
        print_end(r, chunk);
    }
    if (r->is_quiet)
        return;
    if (plan) {
        tell_plan(r, plan, progress_done(&r->progress));
        return;
    }
    begin_line(r);
    console_printf(r->console, CONSOLE_ERR, "Run %" PRId64 " of %s begins\n", id, r->program->name);
}

void report_interrupted(Report *r, int signal)
{
    if (r->is_quiet)
        return;
    begin_line(r);
    console_printf(r->console, CONSOLE_ERR, "%s: stopping the workers; once more leaves at once\n",
                   signal == SIGINT ? "interrupted" : "told to end");
}

static void tell_failures(Report *r, const RunResult *result)
{
    if (result->failed <= 1)
        return; /* the run's own reason says it */
    for (size_t i = 0; i < r->failure_count; i++)
        console_printf(r->console, CONSOLE_ERR, "  %" PRId64 "/%s: %s\n", r->id,
                       r->failures[i].name, r->failures[i].message);
    if (result->failed > r->failure_count)
        console_printf(r->console, CONSOLE_ERR,
                       "  and %" PRIu64 " more: `%s show %" PRId64 "` lists them\n",
                       result->failed - r->failure_count, r->cli->options->program, r->id);
}

static void tell_ways_on(Report *r)
{
    const char *program = r->cli->options->program;
    char room[400];
    const char *store = command_store_option(r->cli, room, sizeof room);
    if (r->failure_count > 0)
        console_printf(r->console, CONSOLE_ERR,
                       "help: `%s logs%s %" PRId64 "/%s` shows all that "
                       "it printed\n",
                       program, store, r->id, r->failures[0].name);
    console_printf(r->console, CONSOLE_ERR,
                   "help: `%s resume%s` goes on from here, and keeps what "
                   "is done\n",
                   program, store);
}

static void tell_failed(Report *r, const RunResult *result, const char *took)
{
    begin_line(r);
    console_printf(r->console, CONSOLE_ERR, "%sun %" PRId64 " failed after %s: %s\n",
                   r->is_quiet ? "error: r" : "R", r->id, took, result->why);
    tell_failures(r, result);
    tell_ways_on(r);
}

static void tell_interrupted(Report *r, const RunResult *result, const char *took)
{
    uint64_t done = progress_done(&r->progress);
    char room[400];
    begin_line(r);
    console_printf(r->console, CONSOLE_ERR,
                   "%s after %s: %" PRIu64 " %s done, `%s resume%s` goes "
                   "on\n",
                   result->signal == SIGINT ? "interrupted" : "ended by a signal", took, done,
                   done == 1 ? "task is" : "tasks are", r->cli->options->program,
                   command_store_option(r->cli, room, sizeof room));
}

void report_end(Report *r, const RunResult *result)
{
    char took[32];
    console_duration(os_now_ns() - r->began, took);
    if (result->state == RUN_FAILED) {
        tell_failed(r, result, took);
    } else if (result->state == RUN_CANCELLED) {
        tell_interrupted(r, result, took);
    } else if (!r->is_quiet) {
        uint64_t done = progress_done(&r->progress);
        begin_line(r);
        console_printf(r->console, CONSOLE_ERR, "Run %" PRId64 " is done: %" PRIu64 " %s in %s\n",
                       r->id, done, done == 1 ? "task" : "tasks", took);
    }
}

void report_close(Report *r)
{
    uv_close((uv_handle_t *)&r->timer, NULL);
    uv_close((uv_handle_t *)&r->prepare, NULL);
}

void report_free(Report *r)
{
    if (!r)
        return;
    progress_free(&r->progress);
    os_free(r->phases);
    os_free(r->step_began);
    os_free(r);
}
