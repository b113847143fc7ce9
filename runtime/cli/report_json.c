/* SPDX-License-Identifier: Apache-2.0 */
/* report_json.c - a run for programs: an event a line on standard output.
 *
 * docs/cli.md lists the events and their members.  Members may be added; none changes its
 * meaning. */
#include "cli/report_private.h"

#include <inttypes.h>
#include <stdio.h>

#include "os/clock.h"

static Json *begin(Report *r, const char *event)
{
    Json *j = &r->json;
    json_open(j, NULL, '{');
    json_text(j, "event", event);
    json_time(j, "time", os_now_ns());
    json_int(j, "run", r->id);
    return j;
}

/* Nothing more can be done about a lack of memory: the event is left out. */
static void end(Report *r)
{
    FlowError ignored;
    json_close(&r->json, '}');
    if (json_print(&r->json, r->console, &ignored) != FLOW_OK)
        console_error(r->console, ignored.message);
}

static void put_task(Report *r, const char *name)
{
    char whole[REPORT_NAME + 32];
    snprintf(whole, sizeof whole, "%" PRId64 "/%s", r->id, name);
    json_text(&r->json, "task", whole);
}

void events_begin(Report *r, const ResumePlan *plan)
{
    Json *j = begin(r, "run_started");
    json_text(j, "flow", r->program->name);
    if (plan)
        json_int(j, "origin", plan->origin);
    else
        json_null(j, "origin");
    json_number(j, "taken", progress_done(&r->progress));
    json_open(j, "reasons", '[');
    for (size_t i = 0; plan && i < plan->line_count; i++)
        json_text(j, NULL, plan->lines[i]);
    json_close(j, ']');
    end(r);
}

void events_step_begins(Report *r, uint32_t step)
{
    Json *j = begin(r, "step_started");
    json_text(j, "step", r->program->steps[step].name);
    end(r);
}

void events_step_over(Report *r, uint32_t step)
{
    const StepProgress *p = &r->progress.steps[step];
    Json *j = begin(r, "step_done");
    json_text(j, "step", r->program->steps[step].name);
    json_number(j, "tasks", p->expected);
    json_number(j, "done", p->done);
    json_number(j, "failed", p->failed);
    json_number(j, "caught", p->caught);
    json_number(j, "retried", r->times[step].retries);
    json_number(j, "taken", p->taken);
    json_seconds(j, "seconds", r->times[step].ended - r->times[step].began);
    end(r);
}

void events_started(Report *r, const char *name, uint64_t count, uint32_t attempt, uint32_t pid)
{
    Json *j = begin(r, "tasks_started");
    put_task(r, name);
    json_number(j, "count", count);
    json_number(j, "attempt", attempt);
    json_number(j, "pid", pid);
    end(r);
}

void events_line(Report *r, const char *name, uint32_t pid, bool is_stderr, Bytes text)
{
    Json *j = begin(r, "line");
    put_task(r, name);
    json_number(j, "pid", pid);
    json_text(j, "stream", is_stderr ? "stderr" : "stdout");
    json_bytes(j, "text", text.bytes, text.len);
    end(r);
}

void events_done(Report *r, const Chunk *chunk)
{
    for (uint64_t ord = chunk->lo; ord < chunk->lo + chunk->n; ord++) {
        if (!chunk_has(chunk, ord))
            continue;
        uint32_t tries = chunk->tries ? chunk->tries[ord - chunk->lo] : 1;
        Json *j = begin(r, "task_done");
        put_task(r, report_task_name(r, chunk->step, ord, chunk->round));
        json_text(j, "step", r->program->steps[chunk->step].name);
        json_text(j, "status", chunk_caught(chunk, ord) ? "caught" : "done");
        json_number(j, "attempt", tries ? tries : 1);
        json_number(j, "pid", chunk->worker);
        end(r);
    }
}

static const char *next_name(RunNext next)
{
    switch (next) {
    case RUN_RETRIES: return "retry";
    case RUN_CAUGHT: return "caught";
    case RUN_GIVES_UP: break;
    }
    return "failed";
}

void events_failed(Report *r, const char *name, const FailRow *fail, RunNext next, int64_t delay)
{
    Json *j = begin(r, "task_failed");
    put_task(r, name);
    json_text(j, "step", r->program->steps[fail->step].name);
    json_number(j, "attempt", fail->attempt);
    json_number(j, "pid", fail->pid);
    json_text(j, "why", why_name(fail->why));
    json_text(j, "message", fail->message);
    json_trace(j, "trace", fail->trace);
    json_text(j, "next", next_name(next));
    json_seconds(j, "delay", delay);
    end(r);
}

void events_warning(Report *r, const char *text)
{
    json_text(begin(r, "warning"), "text", text);
    end(r);
}

void events_interrupted(Report *r, int signal)
{
    json_int(begin(r, "interrupted"), "signal", signal);
    end(r);
}

static const char *state_name(RunState state)
{
    switch (state) {
    case RUN_DONE: return "done";
    case RUN_CANCELLED: return "cancelled";
    case RUN_STOPPED: return "stopped";
    default: return "failed";
    }
}

void events_end(Report *r, const RunResult *result)
{
    Json *j = begin(r, "run_ended");
    json_text(j, "state", state_name(result->state));
    json_text(j, "why", result->why);
    json_number(j, "done", progress_done(&r->progress));
    json_number(j, "failed", result->failed);
    json_seconds(j, "seconds", r->ended - r->began);
    end(r);
}
