/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_show.c - what became of a run, of a step's tasks, or of a task. */
#include <string.h>

#include "cli/show_private.h"
#include "cli/tasklog.h"
#include "os/clock.h"
#include "os/memory.h"

/* By rank, then as in the text. */
FlowStatus show_each_step(Show *s, FlowStatus (*each)(Show *s, uint32_t step))
{
    const FlowProgram *program = s->view->program;
    FlowStatus status = FLOW_OK;
    uint32_t left = program->step_count;
    for (uint32_t rank = 0; left > 0 && rank <= UINT16_MAX; rank++) {
        for (uint32_t i = 0; status == FLOW_OK && i < program->step_count; i++) {
            if (program->steps[i].rank != rank)
                continue;
            status = each(s, i);
            left--;
        }
    }
    return status;
}

const char *show_step_state(const Show *s, uint32_t step)
{
    const StepProgress *p = &s->progress.steps[step];
    bool is_running = strcmp(view_state(s->view), "running") == 0;
    if (s->facts[step].failed > 0)
        return "failed";
    if (p->done > 0 && p->done >= p->expected)
        return "done";
    if (p->expected > 0 && is_running)
        return "running";
    if (is_running)
        return "waiting";
    return p->done > 0 ? "stopped" : "not run";
}

int64_t show_took(const Show *s)
{
    const RunRow *run = &s->view->run;
    if (s->view->is_dead)
        return run->beat > run->began ? run->beat - run->began : 0;
    return (run->state != RUN_RUNNING ? run->ended : os_now_ns()) - run->began;
}

void show_tail(const Show *s, const ViewFail *fail, bool is_stderr, Buffer *out)
{
    FlowError ignored;
    if (tasklog_tail(s->view->store, s->view->run.id, &fail->log, is_stderr, SHOW_TAIL, out,
                     &ignored) != FLOW_OK)
        buffer_clear(out);
}

static FlowStatus count_failure(void *ctx, const ViewTask *task)
{
    Show *s = ctx;
    s->facts[task->step].failed += !task->chunk;
    s->failures += !task->chunk;
    return FLOW_OK;
}

static void count_chunk(Show *s, const Chunk *chunk)
{
    StepFacts *facts = &s->facts[chunk->step];
    progress_count(&s->progress, s->view->ledger, chunk, s->view->run.id);
    if (chunk->run != s->view->run.id)
        return;
    if (facts->began == 0 || chunk->began < facts->began)
        facts->began = chunk->began;
    if (chunk->ended > facts->ended)
        facts->ended = chunk->ended;
}

static FlowStatus count_all(Show *s)
{
    const FlowProgram *program = s->view->program;
    s->facts = os_alloc_zero((program->step_count + 1u) * sizeof *s->facts);
    if (!s->facts || progress_init(&s->progress, program) != FLOW_OK)
        return flow_error(s->err, FLOW_ENOMEM, "out of memory");
    for (size_t i = 0; i < ledger_chunk_count(s->view->ledger); i++)
        count_chunk(s, ledger_chunk(s->view->ledger, i));
    return view_each_task(s->view, count_failure, s, s->err);
}

static FlowStatus show(Show *s)
{
    bool is_json = s->cli->options->is_json;
    if (s->view->has_step)
        return view_each_task(s->view, is_json ? show_json_task : show_text_task, s, s->err);
    FlowStatus status = count_all(s);
    if (status != FLOW_OK)
        return status;
    return is_json ? show_json_run(s) : show_text_run(s);
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
    if (status == FLOW_OK && view.has_step && s.shown == 0 && !cli->options->is_json)
        console_printf(cli->console, CONSOLE_OUT, "%s: nothing is done of it\n",
                       cli->options->word);
    values_free(s.values);
    progress_free(&s.progress);
    os_free(s.facts);
    json_free(&s.json);
    view_close(&view);
    bool is_over = status == FLOW_OK || console_is_closed(cli->console);
    return is_over ? EXIT_OK : command_failed(cli, &err);
}
