/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - follows a run: counts what is done, and has it told.
 *
 * A step says once that it begins and once that it is over.  For people the former waits a moment,
 * since most steps are over so soon that the latter says it all. */
#include "cli/report_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tasklog.h"
#include "os/clock.h"
#include "os/memory.h"

enum { BEGIN_WAITS_MS = 50 };

const char *report_task_name(Report *r, uint32_t step, uint64_t ord, uint32_t round)
{
    if (!r->named[0] || r->named_step != step || r->named_ord != ord || r->named_round != round) {
        ledger_task_name(r->ledger, step, ord, round, r->named, sizeof r->named);
        r->named_step = step;
        r->named_ord = ord;
        r->named_round = round;
    }
    return r->named;
}

/* ---- steps -------------------------------------------------------------- */

static void tell_one_begin(Report *r, uint32_t step)
{
    r->phases[step] = STEP_TOLD;
    if (!r->is_quiet && !r->is_json && !r->live)
        text_step_begins(r, step);
}

/* With those before it that were to be told soon. */
static void tell_begin(Report *r, uint32_t step)
{
    uint32_t count = r->program->step_count;
    if (r->phases[step] != STEP_WAITS)
        return;
    for (uint32_t i = 0; i < count; i++)
        if (i != step && r->phases[i] == STEP_WAITS &&
            r->progress.is_upstream[(size_t)step * count + i])
            tell_one_begin(r, i);
    tell_one_begin(r, step);
}

static void on_timer(uv_timer_t *timer)
{
    Report *r = timer->data;
    r->has_waiting = false;
    for (uint32_t i = 0; i < r->program->step_count; i++)
        tell_begin(r, i);
}

static void tell_over(Report *r, uint32_t step)
{
    r->phases[step] = STEP_OVER;
    if (r->is_json)
        events_step_over(r, step);
    else if (!r->is_quiet && !r->live)
        text_step_over(r, step);
}

/* A step may be over by what another one has opened no more of. */
static void tell_steps_over(Report *r)
{
    for (uint32_t i = 0; i < r->program->step_count; i++)
        if ((r->phases[i] == STEP_WAITS || r->phases[i] == STEP_TOLD) &&
            progress_is_over(&r->progress, i))
            tell_over(r, i);
}

static void see_time(Report *r, uint32_t step, int64_t began, int64_t ended)
{
    StepTime *time = &r->times[step];
    if (time->began == 0 || began < time->began)
        time->began = began;
    if (ended > time->ended)
        time->ended = ended;
}

static void see_begin(Report *r, uint32_t step)
{
    if (r->phases[step] == STEP_OVER)
        r->phases[step] = STEP_TOLD; /* a loop came back */
    if (r->phases[step] != STEP_UNSEEN)
        return;
    r->phases[step] = STEP_WAITS;
    see_time(r, step, os_now_ns(), 0);
    if (r->is_json)
        events_step_begins(r, step);
    if (r->has_waiting)
        return;
    r->has_waiting = true;
    uv_timer_start(&r->timer, on_timer, BEGIN_WAITS_MS, 0);
}

/* ---- events ------------------------------------------------------------- */

static void on_started(void *ctx, uint32_t step, uint32_t round, uint64_t lo, uint64_t n,
                       uint32_t attempt, uint32_t pid)
{
    Report *r = ctx;
    see_begin(r, step);
    if (r->is_json && !r->is_quiet)
        events_started(r, report_task_name(r, step, lo, round), n, attempt, pid);
}

/* Nothing begins after what it has printed: of a single task the line itself says it. */
static void tell_begin_by_line(Report *r, uint32_t step)
{
    if (r->progress.steps[step].expected > 1)
        tell_begin(r, step);
    else if (r->phases[step] == STEP_WAITS)
        r->phases[step] = STEP_TOLD;
}

static void on_line(void *ctx, uint32_t step, uint64_t ord, uint32_t round, uint32_t pid,
                    bool is_stderr, Bytes text)
{
    Report *r = ctx;
    if (r->is_quiet)
        return;
    const char *name = report_task_name(r, step, ord, round);
    tell_begin_by_line(r, step);
    if (r->is_json)
        events_line(r, name, pid, is_stderr, text);
    else
        text_line(r, name, pid, is_stderr, text);
}

static void on_warning(void *ctx, const char *text)
{
    Report *r = ctx;
    if (r->is_json)
        events_warning(r, text);
    else if (!r->is_quiet)
        text_warning(r, text);
}

/* --quiet shows what `end` printed when that is durable, and exactly as it was written. */
static void print_end(Report *r, const Chunk *chunk)
{
    if (!r->is_quiet || r->is_json || chunk->step != r->program->end || !chunk->log)
        return;
    FlowError err;
    for (uint64_t i = 0; i < chunk->n; i++) {
        if (tasklog_print(r->console, r->cli->options->text[OPTION_STORE], chunk->run,
                          &chunk->log[i], TASKLOG_BOTH, &err) == FLOW_OK)
            continue;
        console_error(r->console, err.message);
        r->has_lost_output = true;
    }
}

static void on_done(void *ctx, const Chunk *chunk)
{
    Report *r = ctx;
    print_end(r, chunk);
    progress_count(&r->progress, r->ledger, chunk, r->id);
    bool is_taken = chunk_is_taken(chunk, r->id);
    if (!is_taken)
        see_time(r, chunk->step, chunk->began, chunk->ended);
    if (r->is_json && !r->is_quiet && !is_taken)
        events_done(r, chunk);
    tell_steps_over(r);
}

static void keep_failure(Report *r, const char *name, const FailRow *fail)
{
    if (r->failure_count >= REPORT_FAILURES)
        return;
    if (r->failure_count == 0) {
        r->first_trace = os_copy_string(fail->trace); /* NULL: it is not told again */
        if (fail->log.len == sizeof r->first_log)
            memcpy(&r->first_log, fail->log.bytes, sizeof r->first_log);
    }
    Failure *f = &r->failures[r->failure_count++];
    f->step = fail->step;
    f->round = fail->round;
    f->ord = fail->ord;
    snprintf(f->name, sizeof f->name, "%s", name);
    size_t len = strcspn(fail->message, "\n");
    bool is_long = len > REPORT_MESSAGE;
    if (is_long)
        for (len = REPORT_MESSAGE; len > 0 && (fail->message[len] & 0xc0) == 0x80;)
            len--; /* not in the middle of a code point */
    snprintf(f->message, sizeof f->message, "%.*s%s", (int)len, fail->message, is_long ? "…" : "");
}

static void see_retry(Report *r, const FailRow *fail, int64_t delay)
{
    StepTime *time = &r->times[fail->step];
    int64_t ends = os_now_ns() + delay + (fail->ended - fail->began);
    time->retries += fail->attempt == 1;
    if (ends > time->retry_ends)
        time->retry_ends = ends;
}

static void on_failed(void *ctx, const FailRow *fail, RunNext next, int64_t delay)
{
    Report *r = ctx;
    const char *name = report_task_name(r, fail->step, fail->ord, fail->round);
    see_time(r, fail->step, fail->began, fail->ended);
    if (next == RUN_RETRIES)
        see_retry(r, fail, delay);
    if (next == RUN_GIVES_UP) {
        keep_failure(r, name, fail);
        r->progress.steps[fail->step].failed++;
    }
    if (r->is_json) {
        events_failed(r, name, fail, next, delay);
    } else if (!r->is_quiet || next == RUN_GIVES_UP) { /* else the run has not failed by it */
        tell_begin(r, fail->step);
        text_failed(r, name, fail, next, delay);
    }
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

/* All that a turn of the loop has brought is written before the loop waits; what is drawn on a
 * terminal has frames of its own. */
static void on_prepare(uv_prepare_t *prepare)
{
    Report *r = prepare->data;
    if (!r->live)
        console_flush(r->console);
}

static bool can_draw(const Report *r)
{
    const char *term = getenv("TERM");
    return r->console->streams[CONSOLE_ERR].is_terminal && !r->is_quiet && !r->is_json && term &&
           term[0] && strcmp(term, "dumb") != 0;
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
    r->is_json = cli->options->is_json;
    size_t count = cli->program->step_count + 1u;
    r->phases = os_alloc_zero(count * sizeof *r->phases);
    r->times = os_alloc_zero(count * sizeof *r->times);
    if (!r->phases || !r->times || progress_init(&r->progress, cli->program) != FLOW_OK) {
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

void report_begin(Report *r, const Run *run, int64_t id, int64_t began, const ResumePlan *plan)
{
    r->id = id;
    r->began = began;
    r->run = run;
    r->ledger = run_ledger(run);
    size_t count = ledger_chunk_count(r->ledger);
    for (size_t i = 0; i < count; i++) {
        const Chunk *chunk = ledger_chunk(r->ledger, i);
        progress_count(&r->progress, r->ledger, chunk, id);
        print_end(r, chunk);
    }
    if (r->is_json)
        events_begin(r, plan);
    else if (!r->is_quiet)
        text_begin(r, plan);
    if (can_draw(r) && live_start(r, r->timer.loop, &r->live) != FLOW_OK)
        text_warning(r, "out of memory: the steps are not drawn");
}

void report_interrupted(Report *r, int signal)
{
    r->is_interrupted = true;
    if (r->is_json)
        events_interrupted(r, signal);
    else if (!r->is_quiet)
        text_interrupted(r, signal);
}

void report_end(Report *r, const RunResult *result, int64_t ended)
{
    r->ended = ended;
    if (r->live)
        live_stop(r->live);
    if (r->is_json)
        events_end(r, result);
    else
        text_end(r, result);
}

bool report_is_whole(const Report *r)
{
    return !r->has_lost_output;
}

void report_close(Report *r)
{
    if (r->live)
        live_stop(r->live);
    uv_close((uv_handle_t *)&r->timer, NULL);
    uv_close((uv_handle_t *)&r->prepare, NULL);
}

void report_free(Report *r)
{
    if (!r)
        return;
    live_free(r->live);
    json_free(&r->json);
    progress_free(&r->progress);
    os_free(r->first_trace);
    os_free(r->phases);
    os_free(r->times);
    os_free(r);
}
