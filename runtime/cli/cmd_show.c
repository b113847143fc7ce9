/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_show.c - what became of a run: its state, a line a step, what failed and why. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cell.h"
#include "cli/help.h"
#include "cli/view.h"
#include "os/clock.h"
#include "os/memory.h"
#include "sched/params.h"

enum {
    NAME_MOST = 320,
    FAILURES_SHOWN = 20,
    VALUE_SHOWN = 100 /* bytes of a parameter */
};

typedef struct StepCount {
    uint64_t done, taken, caught, retried, failed;
} StepCount;

typedef struct Show {
    Cli *cli;
    View *view;
    StepCount *counts; /* one a step */
    uint64_t failures;
} Show;

/* ---- the run ------------------------------------------------------------ */

static void line(Show *s, const char *name, const char *text)
{
    console_printf(s->cli->console, CONSOLE_OUT, "  %-10s %s\n", name, text);
}

static void show_times(Show *s)
{
    const RunRow *run = &s->view->run;
    char text[32];
    console_time(run->began, text);
    line(s, "began", text);
    if (s->view->is_dead) {
        console_time(run->beat > run->began ? run->beat : run->began, text);
        line(s, "last seen", text);
        return;
    }
    bool is_over = run->state != RUN_RUNNING;
    console_duration((is_over ? run->ended : os_now_ns()) - run->began, text);
    line(s, is_over ? "took" : "runs for", text);
}

static FlowStatus write_params(Show *s, const Bytes *values, Buffer *out, FlowError *err)
{
    const FlowProgram *program = s->view->program;
    FlowStatus status = FLOW_OK;
    for (size_t i = 0; status == FLOW_OK && i < program->param_count; i++) {
        const FlowArtifact *artifact = &program->artifacts[program->params[i].artifact];
        char name[NAME_MOST];
        help_param_name(artifact->name, name, sizeof name);
        if (values[i].len == 0)
            continue;
        status = buffer_printf(out, "%s--%s ", out->len ? " " : "", name);
        size_t before = out->len;
        if (status == FLOW_OK)
            status = cbor_write_json(artifact->type, values[i], out, err);
        if (status == FLOW_OK && out->len - before > VALUE_SHOWN) {
            out->len = before + VALUE_SHOWN;
            while ((out->bytes[out->len] & 0xc0) == 0x80)
                out->len--;
            status = buffer_append_text(out, "…");
        }
    }
    return status;
}

static FlowStatus show_params(Show *s, FlowError *err)
{
    const FlowProgram *program = s->view->program;
    if (program->param_count == 0)
        return FLOW_OK;
    Buffer text = {0};
    Bytes *values = os_alloc_zero(program->param_count * sizeof *values);
    FlowStatus status =
        values ? params_split(program, s->view->run.params, values, err) : FLOW_ENOMEM;
    if (status == FLOW_OK)
        status = write_params(s, values, &text, err);
    if (status == FLOW_OK && buffer_text(&text))
        line(s, "params", (const char *)text.bytes);
    buffer_free(&text);
    os_free(values);
    return status == FLOW_ENOMEM ? flow_error(err, status, "out of memory") : status;
}

static FlowStatus show_run(Show *s, FlowError *err)
{
    const RunRow *run = &s->view->run;
    console_printf(s->cli->console, CONSOLE_OUT, "Run %" PRId64 " of %s: %s\n", run->id, run->flow,
                   view_state(s->view));
    if (run->why[0])
        line(s, "why", run->why);
    if (s->view->is_dead)
        line(s, "why", "its process ended without a word: killed, or the machine went down");
    show_times(s);
    char text[64];
    if (run->origin) {
        snprintf(text, sizeof text, "run %" PRId64, run->origin);
        line(s, "resumes", text);
    }
    FlowStatus status = show_params(s, err);
    snprintf(text, sizeof text, "%" PRIu64, run->seed);
    line(s, "seed", text);
    if (run->user[0])
        line(s, "user", run->user);
    return status;
}

/* ---- steps -------------------------------------------------------------- */

static FlowStatus count_task(void *ctx, const ViewTask *task)
{
    Show *s = ctx;
    StepCount *count = &s->counts[task->step];
    if (!task->chunk) {
        count->failed++;
        s->failures++;
        return FLOW_OK;
    }
    count->done++;
    count->taken += task->chunk->run != s->view->run.id;
    count->caught += chunk_caught(task->chunk, task->ord);
    count->retried += view_task_attempt(task) > 1;
    return FLOW_OK;
}

static int add_count(char *out, size_t size, int at, uint64_t number, const char *words)
{
    if (number == 0 || at >= (int)size)
        return at;
    return at +
           snprintf(out + at, size - (size_t)at, "%s%" PRIu64 " %s", at ? ", " : "", number, words);
}

static void show_step(Show *s, uint32_t step)
{
    const StepCount *count = &s->counts[step];
    char text[300];
    int at = add_count(text, sizeof text, 0, count->done, "done");
    at = add_count(text, sizeof text, at, count->failed, "failed");
    at = add_count(text, sizeof text, at, count->caught, "caught");
    at = add_count(text, sizeof text, at, count->retried, "after a retry");
    at = add_count(text, sizeof text, at, count->taken, "taken over");
    console_printf(s->cli->console, CONSOLE_OUT, "  %-20s %s\n", s->view->program->steps[step].name,
                   at ? text : "-");
}

static void show_steps(Show *s)
{
    console_text(s->cli->console, CONSOLE_OUT, "Steps\n");
    const FlowProgram *program = s->view->program;
    /* By rank, then as in the text. */
    for (uint32_t rank = 0, left = program->step_count; left > 0 && rank <= UINT16_MAX; rank++) {
        for (uint32_t i = 0; i < program->step_count; i++) {
            if (program->steps[i].rank != rank)
                continue;
            show_step(s, i);
            left--;
        }
    }
}

/* ---- failures ----------------------------------------------------------- */

static FlowStatus show_failure(void *ctx, const ViewTask *task)
{
    Show *s = ctx;
    if (task->chunk || task->fail_count == 0)
        return FLOW_OK;
    if (s->failures++ >= FAILURES_SHOWN)
        return FLOW_OK;
    const ViewFail *fail = &task->fails[task->fail_count - 1];
    char name[NAME_MOST];
    view_task_name(s->view, task, name, sizeof name);
    Console *c = s->cli->console;
    console_printf(c, CONSOLE_OUT, "  %s (pid %u) %s in attempt %u: %s\n", name, fail->pid,
                   why_name(fail->why), fail->attempt, fail->message);
    const char *at = fail->trace;
    while (*at) {
        size_t len = strcspn(at, "\n");
        console_printf(c, CONSOLE_OUT, "  %.*s\n", (int)len, at);
        at += len + (at[len] == '\n');
    }
    return FLOW_OK;
}

static FlowStatus show_failures(Show *s, FlowError *err)
{
    uint64_t count = s->failures;
    if (count == 0)
        return FLOW_OK;
    s->failures = 0;
    console_text(s->cli->console, CONSOLE_OUT, "Failures\n");
    FlowStatus status = view_each_task(s->view, show_failure, s, err);
    if (count > FAILURES_SHOWN)
        console_printf(s->cli->console, CONSOLE_OUT,
                       "  and %" PRIu64 " more: `%s logs %" PRId64 "` has them all\n",
                       count - FAILURES_SHOWN, s->cli->options->program, s->view->run.id);
    return status;
}

static void show_way_on(Show *s)
{
    const RunRow *run = &s->view->run;
    if (run->state == RUN_DONE || (run->state == RUN_RUNNING && !s->view->is_dead))
        return;
    char room[400];
    console_printf(s->cli->console, CONSOLE_OUT,
                   "`%s resume%s --origin-run-id %" PRId64 "` goes on from here.\n",
                   s->cli->options->program, command_store_option(s->cli, room, sizeof room),
                   run->id);
}

/* ---- the command -------------------------------------------------------- */

static FlowStatus show(Show *s, FlowError *err)
{
    s->counts = os_alloc_zero((s->view->program->step_count + 1u) * sizeof *s->counts);
    if (!s->counts)
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    FlowStatus status = view_each_task(s->view, count_task, s, err);
    if (status == FLOW_OK)
        status = show_run(s, err);
    if (status == FLOW_OK) {
        show_steps(s);
        status = show_failures(s, err);
    }
    if (status == FLOW_OK)
        show_way_on(s);
    os_free(s->counts);
    return status;
}

int command_show(Cli *cli)
{
    View view;
    FlowError err = {0};
    Show s = {.cli = cli, .view = &view};
    FlowStatus status =
        view_open(cli->program, cli->options->text[OPTION_STORE], cli->options->word, &view, &err);
    if (status == FLOW_OK && view.has_step)
        status = flow_error(&err, FLOW_EUSAGE,
                            "`show` takes a run, and `%s` is a step or task\n"
                            "help: `%s dump %s` shows what it kept",
                            cli->options->word, cli->options->program, cli->options->word);
    if (status == FLOW_OK)
        status = show(&s, &err);
    view_close(&view);
    return status == FLOW_OK ? EXIT_OK : command_failed(cli, &err);
}
