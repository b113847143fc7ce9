/* SPDX-License-Identifier: Apache-2.0 */
/* show_text.c - a run, or tasks of it, for people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cell.h"
#include "cli/help.h"
#include "cli/lost.h"
#include "cli/plain.h"
#include "cli/show_private.h"
#include "os/memory.h"
#include "sched/params.h"

enum {
    FAILURES_SHOWN = 20,
    UNFINISHED_SHOWN = 20,
    TASKS_SHOWN = 200,
    LINE_NAME = 10,  /* columns of what a line is about */
    LINE_LEAST = 30, /* and of its text, however narrow the terminal is */
    NAME_WIDTH = 40, /* of a step, at most */
    VALUE_SHOWN = 100 /* bytes of a parameter or value */
};

/* A terminal's lines end between words; elsewhere, as for a search, a line is one. */
static void line(Show *s, const char *name, const char *text)
{
    Console *c = s->cli->console;
    size_t width = console_width(c, CONSOLE_OUT), used = 2 + LINE_NAME + 1, len = strlen(text);
    size_t columns = width > used + LINE_LEAST ? width - used : LINE_LEAST;
    console_printf(c, CONSOLE_OUT, "  %-*s ", LINE_NAME, name);
    for (;;) {
        size_t piece = strcspn(text, "\n");
        if (c->streams[CONSOLE_OUT].is_terminal)
            piece = console_fit(text, len, columns);
        plain_line(c, CONSOLE_OUT, text, piece);
        console_text(c, CONSOLE_OUT, "\n");
        piece += strspn(text + piece, " \n");
        text += piece;
        len -= piece;
        if (len == 0)
            return;
        console_printf(c, CONSOLE_OUT, "  %-*s ", LINE_NAME, "");
    }
}

static void state_text(Show *s, const char *state, int width)
{
    console_paint(s->cli->console, CONSOLE_OUT, paint_of_state(state));
    console_printf(s->cli->console, CONSOLE_OUT, "%-*s", width, state);
    console_paint(s->cli->console, CONSOLE_OUT, PAINT_NONE);
}

/* At most VALUE_SHOWN bytes from `from` on, cut between code points. */
static FlowStatus shorten(Buffer *text, size_t from)
{
    if (text->len - from <= VALUE_SHOWN)
        return FLOW_OK;
    text->len = from + VALUE_SHOWN;
    while ((text->bytes[text->len] & 0xc0) == 0x80)
        text->len--;
    return buffer_append_text(text, "…");
}

/* ---- the run ------------------------------------------------------------ */

static void show_times(Show *s)
{
    const RunRow *run = &s->view->run;
    char text[32];
    console_time(run->began, text);
    line(s, "began", text);
    if (s->view->is_dead) {
        console_time(s->times.last_seen, text);
        line(s, "last seen", text);
    }
    console_duration(s->times.took, text);
    line(s, show_is_going_on(s) ? "runs for" : "took", text);
}

/* " VALUE", as a shell and `run` take it; a long one is cut. */
static FlowStatus write_param(const FlowType *type, Bytes cbor, Buffer *out, FlowError *err)
{
    Buffer text = {0};
    FlowStatus status = cbor_write_option(type, cbor, &text, err);
    if (status == FLOW_OK)
        status = shorten(&text, 0);
    /* What begins with a dash would be an option itself. */
    bool is_dashed = text.len > 0 && text.bytes[0] == '-';
    if (status == FLOW_OK)
        status = buffer_append_byte(out, is_dashed ? '=' : ' ');
    if (status == FLOW_OK)
        status = shell_write(out, text.bytes, text.len);
    buffer_free(&text);
    return status;
}

static FlowStatus write_params(Show *s, const Bytes *values, Buffer *out)
{
    const FlowProgram *program = s->view->program;
    FlowStatus status = FLOW_OK;
    for (size_t i = 0; status == FLOW_OK && i < program->param_count; i++) {
        char name[SHOW_NAME];
        const FlowType *type = program->artifacts[program->params[i].artifact].type;
        if (values[i].len == 0 || type->kind == FLOW_SECRET)
            continue;
        option_of_param(program, i, name, sizeof name);
        status = buffer_printf(out, "%s--%s", out->len ? " " : "", name);
        if (status == FLOW_OK)
            status = write_param(type, values[i], out, s->err);
    }
    return status;
}

static FlowStatus show_params(Show *s)
{
    const FlowProgram *program = s->view->program;
    if (program->param_count == 0)
        return FLOW_OK;
    Buffer text = {0};
    Bytes *values = os_alloc_zero(program->param_count * sizeof *values);
    FlowStatus status =
        values ? params_split(program, s->view->run.params, values, s->err) : FLOW_ENOMEM;
    if (status == FLOW_OK)
        status = write_params(s, values, &text);
    if (status == FLOW_OK && buffer_text(&text))
        line(s, "params", (const char *)text.bytes);
    buffer_free(&text);
    os_free(values);
    return status == FLOW_ENOMEM ? flow_error(s->err, status, "out of memory") : status;
}

static FlowStatus show_run(Show *s)
{
    const RunRow *run = &s->view->run;
    console_printf(s->cli->console, CONSOLE_OUT, "Run %" PRId64 " of %s: ", run->id, run->flow);
    state_text(s, view_state(s->view), 0);
    console_text(s->cli->console, CONSOLE_OUT, "\n");
    if (run->why[0])
        line(s, "why", run->why);
    if (s->view->is_dead)
        line(s, "why", "its process ended before it could store why: killed, the machine went "
                       "down, or the store could not be written");
    show_times(s);
    char text[64];
    if (run->origin) {
        snprintf(text, sizeof text, "run %" PRId64, run->origin);
        line(s, "resumes", text);
    }
    FlowStatus status = show_params(s);
    snprintf(text, sizeof text, "%" PRIu64, run->seed);
    line(s, "seed", text);
    if (run->tags[0])
        line(s, "tags", run->tags);
    if (run->user[0])
        line(s, "user", run->user);
    return status;
}

/* ---- steps -------------------------------------------------------------- */

static int add_count(char *out, size_t size, int at, uint64_t number, const char *words)
{
    if (number == 0 || at >= (int)size)
        return at;
    return at +
           snprintf(out + at, size - (size_t)at, "%s%" PRIu64 " %s", at ? ", " : "", number, words);
}

static int name_width(const FlowProgram *program)
{
    size_t most = 8;
    for (size_t i = 0; i < program->step_count; i++)
        if (strlen(program->steps[i].name) > most)
            most = strlen(program->steps[i].name);
    return most > NAME_WIDTH ? NAME_WIDTH : (int)most;
}

/* A name that is longer than its column has a line of its own. */
static void show_name(Show *s, const char *name)
{
    int width = name_width(s->view->program);
    console_printf(s->cli->console, CONSOLE_OUT, "  %-*s  ", width, name);
    if (strlen(name) > (size_t)width)
        console_printf(s->cli->console, CONSOLE_OUT, "\n  %-*s  ", width, "");
}

static void show_keeps(Show *s, const FlowStep *spec)
{
    for (uint16_t i = 0; i < spec->keep_count; i++)
        console_printf(s->cli->console, CONSOLE_OUT, "%s%s", i ? ", " : "  keeps ",
                       s->view->program->artifacts[spec->keeps[i]].name);
}

/* "5 done, 2 running, 93 waiting"; that a single task waits is said by its step's state. */
static void count_text(const Show *s, uint32_t step, char *text, size_t size)
{
    const StepProgress *p = &s->progress.steps[step];
    const StepFacts *facts = &s->facts[step];
    bool is_untouched = strcmp(show_step_state(s, step), "not run") == 0; /* which says it all */
    uint64_t left = p->expected > 1 && !is_untouched ? show_left(s, step) : 0;
    bool is_one = p->expected <= 1;
    int at = add_count(text, size, 0, p->done, "done");
    at = add_count(text, size, at, is_one ? 0 : facts->running, "running");
    at = add_count(text, size, at, left, show_is_going_on(s) ? "waiting" : "not run");
    at = add_count(text, size, at, is_one ? 0 : facts->stopped, "stopped");
    at = add_count(text, size, at, facts->failed, "failed");
    at = add_count(text, size, at, p->caught, "caught");
    at = add_count(text, size, at, facts->retried, "retried");
    add_count(text, size, at, p->taken, "taken over");
}

static FlowStatus show_step(Show *s, uint32_t step)
{
    const FlowStep *spec = &s->view->program->steps[step];
    char text[300] = "", took[32] = "";
    int64_t ns = show_step_took(s, step);
    count_text(s, step, text, sizeof text);
    if (ns >= 0)
        console_duration(ns, took);
    show_name(s, spec->name);
    bool is_last = !took[0] && !text[0];
    state_text(s, show_step_state(s, step), is_last ? 0 : 7);
    if (took[0])
        console_printf(s->cli->console, CONSOLE_OUT, "  %-*s", text[0] ? 11 : 0, took);
    if (text[0])
        console_printf(s->cli->console, CONSOLE_OUT, "  %*s%s", took[0] ? 0 : 13, "", text);
    if (s->progress.steps[step].done > 0)
        show_keeps(s, spec);
    console_text(s->cli->console, CONSOLE_OUT, "\n");
    return FLOW_OK;
}

/* ---- failures ----------------------------------------------------------- */

static void show_lines(Show *s, const char *before, const char *text, size_t len)
{
    plain_lines(s->cli->console, CONSOLE_OUT, before, text, len);
}

static void show_first_line(Show *s, const char *message)
{
    plain_line(s->cli->console, CONSOLE_OUT, message, strcspn(message, "\n"));
    console_text(s->cli->console, CONSOLE_OUT, "\n");
}

static void show_output(Show *s, const LogSpan *log)
{
    for (int is_stderr = 0; is_stderr < 2; is_stderr++) {
        Buffer text = {0};
        show_tail(s, log, is_stderr, &text);
        show_lines(s, "    | ", (const char *)text.bytes, text.len);
        buffer_free(&text);
    }
}

/* What follows the first line of the message, where in the flow it was, and what was printed last.
 */
static void show_attempt(Show *s, const ViewFail *fail)
{
    size_t first = strcspn(fail->message, "\n");
    if (fail->message[first])
        show_lines(s, "    ", fail->message + first + 1, strlen(fail->message + first + 1));
    show_lines(s, "  ", fail->trace, strlen(fail->trace));
    show_output(s, &fail->log);
}

static FlowStatus show_failure(void *ctx, const ViewTask *task)
{
    Show *s = ctx;
    const ViewFail *fail = view_task_failure(task);
    if (task->chunk || !fail || s->shown++ >= FAILURES_SHOWN)
        return FLOW_OK;
    char name[SHOW_NAME];
    view_task_name(s->view, task, name, sizeof name);
    console_printf(s->cli->console, CONSOLE_OUT, "  %s (pid %u) ", name, fail->pid);
    state_text(s, why_name(fail->why), 0);
    console_printf(s->cli->console, CONSOLE_OUT, " in attempt %u: ", fail->attempt);
    show_first_line(s, fail->message);
    show_attempt(s, fail);
    return FLOW_OK;
}

static FlowStatus show_failures(Show *s)
{
    char room[400];
    if (s->failures == 0)
        return FLOW_OK;
    console_text(s->cli->console, CONSOLE_OUT, "Failures\n");
    FlowStatus status = view_each_task(s->view, show_failure, s, s->err);
    if (s->failures > FAILURES_SHOWN)
        console_printf(s->cli->console, CONSOLE_OUT,
                       "  and %" PRIu64 " more: `%s logs %" PRId64 "%s` has them all\n",
                       s->failures - FAILURES_SHOWN, s->cli->options->program, s->view->run.id,
                       command_store_option(s->cli, room, sizeof room));
    return status;
}

/* ---- what is at work ----------------------------------------------------- */

/* " (pid 4711)", where the number is known. */
static void show_pid(Show *s, uint32_t pid)
{
    if (pid)
        console_printf(s->cli->console, CONSOLE_OUT, " (pid %u)", pid);
}

static FlowStatus show_unfinished(void *ctx, const ViewTask *task)
{
    Show *s = ctx;
    int64_t ns = 0;
    char name[SHOW_NAME], took[32];
    if (!task->running || s->shown++ >= UNFINISHED_SHOWN)
        return FLOW_OK;
    FlowStatus status = values_duration(s->values, task, &ns, s->err);
    view_task_name(s->view, task, name, sizeof name);
    console_duration(ns, took);
    console_printf(s->cli->console, CONSOLE_OUT, "  %s", name);
    show_pid(s, task->running->pid);
    console_printf(s->cli->console, CONSOLE_OUT, " %s %s",
                   show_is_going_on(s) ? "for" : "after", took);
    if (task->running->attempt > 1)
        console_printf(s->cli->console, CONSOLE_OUT, ", attempt %u", task->running->attempt);
    console_text(s->cli->console, CONSOLE_OUT, "\n");
    return status;
}

static FlowStatus show_all_unfinished(Show *s)
{
    if (s->unfinished == 0)
        return FLOW_OK;
    console_text(s->cli->console, CONSOLE_OUT,
                 show_is_going_on(s) ? "Running tasks\n" : "Stopped tasks\n");
    FlowStatus status = view_each_task(s->view, show_unfinished, s, s->err);
    if (s->shown > UNFINISHED_SHOWN)
        console_printf(s->cli->console, CONSOLE_OUT, "  and %" PRIu64 " more\n",
                       s->shown - UNFINISHED_SHOWN);
    s->shown = 0;
    return status;
}

static void show_way_on(Show *s)
{
    const RunRow *run = &s->view->run;
    if (run->state == RUN_DONE || (run->state == RUN_RUNNING && !s->view->is_dead))
        return;
    char room[400];
    const char *store = command_store_option(s->cli, room, sizeof room);
    const FlowStep *maker = lost_maker(s->view->program, s->view->ledger, run->why);
    console_printf(s->cli->console, CONSOLE_OUT,
                   "`%s resume%s%s%s --origin-run-id %" PRId64 "` %s.\n",
                   s->cli->options->program, maker ? " " : "", maker ? maker->name : "", store,
                   run->id, maker ? "makes what is missing again" : "goes on from here");
}

FlowStatus show_text_run(Show *s)
{
    FlowStatus status = show_run(s);
    if (status != FLOW_OK)
        return status;
    console_text(s->cli->console, CONSOLE_OUT, "Steps\n");
    status = show_each_step(s, show_step);
    if (status == FLOW_OK)
        status = show_all_unfinished(s);
    if (status == FLOW_OK)
        status = show_failures(s);
    if (status == FLOW_OK)
        show_way_on(s);
    return status;
}

/* ---- tasks -------------------------------------------------------------- */

static void put_named(const Show *s, const char *name, const char *value)
{
    console_printf(s->cli->console, CONSOLE_OUT, "    %s = ", name);
    plain_value(s->cli->console, CONSOLE_OUT, value, strlen(value));
    console_text(s->cli->console, CONSOLE_OUT, "\n");
}

static FlowStatus show_value(void *ctx, uint32_t artifact, const Cell *cell)
{
    Show *s = ctx;
    Buffer text = {0};
    FlowStatus status = values_json(s->values, artifact, cell, &text, s->err);
    if (status == FLOW_OK)
        status = shorten(&text, 0);
    if (status == FLOW_OK && buffer_text(&text))
        put_named(s, s->view->program->artifacts[artifact].name, (char *)text.bytes);
    buffer_free(&text);
    return status;
}

static void show_attempts(Show *s, const ViewTask *task)
{
    for (size_t i = 0; i < task->fail_count; i++) {
        const ViewFail *fail = &task->fails[i];
        console_printf(s->cli->console, CONSOLE_OUT, "    attempt %u (pid %u) ", fail->attempt,
                       fail->pid);
        state_text(s, why_name(fail->why), 0);
        console_text(s->cli->console, CONSOLE_OUT, ": ");
        show_first_line(s, fail->message);
        show_attempt(s, fail);
    }
}

/* "done in 2 s", "running for 2 s", "stopped after 2 s". */
static const char *word_before(const ViewTask *task)
{
    if (!task->running)
        return strcmp(task->state, "waiting") == 0 ? "for another attempt; the last took" : "in";
    return strcmp(task->state, "running") == 0 ? "for" : "after";
}

static void show_particulars(Show *s, const ViewTask *task)
{
    if (view_task_attempt(task) > 1)
        console_printf(s->cli->console, CONSOLE_OUT, ", attempt %u", view_task_attempt(task));
    if (task->running)
        show_pid(s, task->running->pid);
    if (task->chunk && task->chunk->run != s->view->run.id)
        console_printf(s->cli->console, CONSOLE_OUT, ", taken over from run %" PRId64,
                       task->chunk->run);
    else if (task->chunk && chunk_is_taken(task->chunk, s->view->run.id))
        console_text(s->cli->console, CONSOLE_OUT, ", taken over");
    console_text(s->cli->console, CONSOLE_OUT, "\n");
}

FlowStatus show_text_task(void *show, const ViewTask *task)
{
    Show *s = show;
    int64_t ns = 0;
    char name[SHOW_NAME], took[32], room[400];
    if (s->shown++ == TASKS_SHOWN)
        console_printf(s->cli->console, CONSOLE_OUT,
                       "and more: `%s show %s --format json%s` has them all\n",
                       s->cli->options->program, s->cli->options->word,
                       command_store_option(s->cli, room, sizeof room));
    if (s->shown > TASKS_SHOWN)
        return FLOW_OK;
    view_task_name(s->view, task, name, sizeof name);
    FlowStatus status = values_duration(s->values, task, &ns, s->err);
    console_duration(ns, took);
    console_printf(s->cli->console, CONSOLE_OUT, "%s ", name);
    state_text(s, task->state, 0);
    if (task->chunk || task->running || task->fail_count > 0)
        console_printf(s->cli->console, CONSOLE_OUT, " %s %s", word_before(task), took);
    show_particulars(s, task);
    show_attempts(s, task);
    if (task->running)
        show_output(s, &task->running->log);
    if (status == FLOW_OK)
        status = values_items(s->values, task, show_value, s, s->err);
    return status == FLOW_OK ? values_kept(s->values, task, show_value, s, s->err) : status;
}

void show_text_rest(Show *s)
{
    uint32_t step = s->view->pattern.step;
    uint64_t left = show_left(s, step), listed = s->progress.steps[step].expected;
    bool is_going_on = show_is_going_on(s);
    if (s->shown == 0 && listed == 0)
        console_printf(s->cli->console, CONSOLE_OUT, "%s %s\n", s->cli->options->word,
                       is_going_on ? "waits for the steps before it: it has no task so far"
                                   : "did not run");
    else if (left > 0 && !s->view->pattern.is_one)
        console_printf(s->cli->console, CONSOLE_OUT, "%s%s%" PRIu64 " %s %s\n",
                       s->shown > 0 ? "" : s->cli->options->word, s->shown > 0 ? "" : ": ", left,
                       s->shown > 0 ? "more" : left == 1 ? "task" : "tasks",
                       is_going_on ? (left == 1 ? "waits" : "wait") : "did not run");
}
