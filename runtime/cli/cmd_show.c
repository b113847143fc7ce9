/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_show.c - what became of a run, of a step's tasks, or of a task. */
#include <string.h>

#include "cli/order.h"
#include "cli/show_private.h"
#include "cli/tasklog.h"
#include "os/clock.h"
#include "os/memory.h"

FlowStatus show_each_step(Show *s, FlowStatus (*each)(Show *s, uint32_t step))
{
    const FlowProgram *program = s->view->program;
    uint16_t *order = order_new(program);
    FlowStatus status = order ? FLOW_OK : flow_error(s->err, FLOW_ENOMEM, "out of memory");
    for (uint32_t i = 0; status == FLOW_OK && i < program->step_count; i++)
        status = each(s, order[i]);
    os_free(order);
    return status;
}

bool show_is_going_on(const Show *s)
{
    return strcmp(view_state(s->view), "running") == 0;
}

uint64_t show_left(const Show *s, uint32_t step)
{
    const StepFacts *facts = &s->facts[step];
    uint64_t settled = s->progress.steps[step].done + facts->failed + facts->running +
                       facts->stopped;
    uint64_t expected = s->progress.steps[step].expected;
    return expected > settled ? expected - settled : 0;
}

const char *show_step_state(const Show *s, uint32_t step)
{
    const StepProgress *p = &s->progress.steps[step];
    const StepFacts *facts = &s->facts[step];
    bool is_going_on = show_is_going_on(s);
    bool has_begun = p->done > 0 || facts->began != 0;
    if (facts->running > 0)
        return "running";
    if (is_going_on && !progress_is_over(&s->progress, step))
        return has_begun ? "running" : "waiting";
    if (facts->failed > 0)
        return "failed";
    if (p->done > 0 && p->done >= p->expected)
        return "done";
    return has_begun ? "stopped" : "not run";
}

int64_t show_step_took(const Show *s, uint32_t step)
{
    const StepFacts *facts = &s->facts[step];
    if (facts->began == 0)
        return -1;
    bool is_running = strcmp(show_step_state(s, step), "running") == 0;
    return (is_running ? os_now_ns() : facts->ended) - facts->began;
}

void show_tail(const Show *s, const LogSpan *log, bool is_stderr, Buffer *out)
{
    FlowError ignored;
    if (tasklog_tail(s->view->store, s->view->run.id, log, is_stderr, SHOW_TAIL, out, &ignored) !=
        FLOW_OK)
        buffer_clear(out);
}

static void count_time(StepFacts *facts, int64_t began, int64_t ended)
{
    if (facts->began == 0 || began < facts->began)
        facts->began = began;
    if (ended > facts->ended)
        facts->ended = ended;
}

static FlowStatus count_task(void *ctx, const ViewTask *task)
{
    Show *s = ctx;
    StepFacts *facts = &s->facts[task->step];
    bool is_failed = strcmp(task->state, "failed") == 0;
    for (size_t i = 0; i < task->fail_count; i++)
        count_time(facts, task->fails[i].began, task->fails[i].ended);
    if (task->running)
        count_time(facts, task->running->began, task->running->seen);
    facts->failed += is_failed;
    facts->running += strcmp(task->state, "running") == 0;
    facts->stopped += strcmp(task->state, "stopped") == 0;
    bool is_last = is_failed || strcmp(task->state, "caught") == 0; /* no attempt followed it */
    facts->retried += task->fail_count > (is_last ? 1 : 0);
    s->failures += is_failed;
    s->unfinished += task->running != NULL;
    s->progress.steps[task->step].failed = facts->failed;
    return FLOW_OK;
}

static void count_chunk(Show *s, const Chunk *chunk)
{
    progress_count(&s->progress, s->view->ledger, chunk, s->view->run.id);
    if (!chunk_is_taken(chunk, s->view->run.id))
        count_time(&s->facts[chunk->step], chunk->began, chunk->ended);
}

static FlowStatus count_all(Show *s)
{
    const FlowProgram *program = s->view->program;
    s->times = view_times(s->view->store, &s->view->run);
    s->facts = os_alloc_zero((program->step_count + 1u) * sizeof *s->facts);
    if (!s->facts || progress_init(&s->progress, program) != FLOW_OK)
        return flow_error(s->err, FLOW_ENOMEM, "out of memory");
    for (size_t i = 0; i < ledger_chunk_count(s->view->ledger); i++)
        count_chunk(s, ledger_chunk(s->view->ledger, i));
    return view_each_task(s->view, count_task, s, s->err);
}

static FlowStatus show(Show *s)
{
    bool is_json = s->cli->options->is_json;
    s->view->with_unfinished = true;
    FlowStatus status = count_all(s);
    if (status != FLOW_OK)
        return status;
    if (!s->view->has_step)
        return is_json ? show_json_run(s) : show_text_run(s);
    status = view_each_task(s->view, is_json ? show_json_task : show_text_task, s, s->err);
    if (status == FLOW_OK && !is_json && s->view->pattern.is_whole_step)
        show_text_rest(s);
    return status;
}

int command_show(Cli *cli)
{
    View view = {0};
    FlowError err = {0};
    Show s = {.cli = cli, .view = &view, .err = &err};
    FlowStatus status =
        view_open(cli->program, cli->options->text[OPTION_STORE], cli->options->word, &view, &err);
    if (status == FLOW_OK)
        status = values_new(&view, &s.values, &err);
    if (status == FLOW_OK)
        status = show(&s);
    values_free(s.values);
    progress_free(&s.progress);
    os_free(s.facts);
    json_free(&s.json);
    view_close(&view);
    bool is_over = status == FLOW_OK || console_is_closed(cli->console);
    return is_over ? EXIT_OK : command_failed(cli, &err);
}
