/* SPDX-License-Identifier: Apache-2.0 */
/* show_json.c - a run as one object; the tasks of a step as an object a line. */
#include "cli/cell.h"
#include "cli/show_private.h"
#include "os/memory.h"
#include "sched/params.h"

static FlowStatus put_params(Show *s)
{
    const FlowProgram *program = s->view->program;
    Bytes *values = os_alloc_zero((program->param_count + 1u) * sizeof *values);
    FlowStatus status = values ? params_split(program, s->view->run.params, values, s->err)
                               : flow_error(s->err, FLOW_ENOMEM, "out of memory");
    json_open(&s->json, "params", '{');
    for (size_t i = 0; status == FLOW_OK && i < program->param_count; i++) {
        const FlowArtifact *artifact = &program->artifacts[program->params[i].artifact];
        Buffer value = {0};
        if (values[i].len > 0 && artifact->type->kind != FLOW_SECRET)
            status = cbor_write_json(artifact->type, values[i], &value, s->err);
        if (status == FLOW_OK && value.len > 0)
            json_raw(&s->json, artifact->name, value.bytes, value.len);
        buffer_free(&value);
    }
    json_close(&s->json, '}');
    os_free(values);
    return status;
}

static FlowStatus put_step(Show *s, uint32_t step)
{
    const FlowStep *spec = &s->view->program->steps[step];
    const StepProgress *p = &s->progress.steps[step];
    const StepFacts *facts = &s->facts[step];
    Json *j = &s->json;
    json_open(j, NULL, '{');
    json_text(j, "step", spec->name);
    json_text(j, "state", show_step_state(s, step));
    json_number(j, "tasks", p->expected);
    json_number(j, "done", p->done);
    json_number(j, "running", facts->running);
    json_number(j, "waiting", show_is_going_on(s) ? show_left(s, step) : 0);
    json_number(j, "stopped", facts->stopped);
    json_number(j, "not_run", show_is_going_on(s) ? 0 : show_left(s, step));
    json_number(j, "failed", facts->failed);
    json_number(j, "caught", p->caught);
    json_number(j, "retried", facts->retried);
    json_number(j, "taken", p->taken);
    int64_t took = show_step_took(s, step);
    json_seconds(j, "seconds", took > 0 ? took : 0);
    json_open(j, "keeps", '[');
    for (uint16_t i = 0; i < spec->keep_count; i++)
        json_text(j, NULL, s->view->program->artifacts[spec->keeps[i]].name);
    json_close(j, ']');
    json_close(j, '}');
    return FLOW_OK;
}

static void put_attempt(Show *s, const ViewFail *fail)
{
    Json *j = &s->json;
    json_open(j, NULL, '{');
    json_number(j, "attempt", fail->attempt);
    json_text(j, "why", why_name(fail->why));
    json_text(j, "message", fail->message);
    json_trace(j, "trace", fail->trace);
    json_number(j, "pid", fail->pid);
    json_time(j, "began", fail->began);
    json_seconds(j, "seconds", fail->ended - fail->began);
    for (int is_stderr = 0; is_stderr < 2; is_stderr++) {
        Buffer text = {0};
        show_tail(s, &fail->log, is_stderr, &text);
        json_lines(j, is_stderr ? "stderr" : "stdout", (const char *)text.bytes, text.len);
        buffer_free(&text);
    }
    json_close(j, '}');
}

static FlowStatus put_kept(void *ctx, uint32_t artifact, const Cell *cell)
{
    (void)cell;
    Show *s = ctx;
    json_text(&s->json, NULL, s->view->program->artifacts[artifact].name);
    return FLOW_OK;
}

static FlowStatus put_task(Show *s, const ViewTask *task)
{
    int64_t ns = 0;
    Json *j = &s->json;
    json_open(j, NULL, '{');
    view_task_json(s->view, task, j);
    FlowStatus status = values_duration(s->values, task, &ns, s->err);
    json_seconds(j, "seconds", ns);
    if (task->running) {
        json_time(j, "began", task->running->began);
        json_number(j, "pid", task->running->pid);
    }
    if (task->chunk)
        json_int(j, "done_by", task->chunk->run);
    json_open(j, "kept", '[');
    if (status == FLOW_OK)
        status = values_kept(s->values, task, put_kept, s, s->err);
    json_close(j, ']');
    json_open(j, "failed_attempts", '[');
    for (size_t i = 0; i < task->fail_count; i++)
        put_attempt(s, &task->fails[i]);
    json_close(j, ']');
    json_close(j, '}');
    return status;
}

FlowStatus show_json_task(void *show, const ViewTask *task)
{
    Show *s = show;
    s->shown++;
    FlowStatus status = put_task(s, task);
    return status == FLOW_OK ? json_print(&s->json, s->cli->console, s->err) : status;
}

static FlowStatus put_failure(void *ctx, const ViewTask *task)
{
    return task->chunk || !view_task_failure(task) ? FLOW_OK : put_task(ctx, task);
}

static FlowStatus put_unfinished(void *ctx, const ViewTask *task)
{
    return task->running ? put_task(ctx, task) : FLOW_OK;
}

FlowStatus show_json_run(Show *s)
{
    Json *j = &s->json;
    json_open(j, NULL, '{');
    view_run_json(&s->view->run, view_state(s->view), &s->times, j);
    FlowStatus status = put_params(s);
    json_open(j, "steps", '[');
    if (status == FLOW_OK)
        status = show_each_step(s, put_step);
    json_close(j, ']');
    json_open(j, "failures", '[');
    if (status == FLOW_OK)
        status = view_each_task(s->view, put_failure, s, s->err);
    json_close(j, ']');
    json_open(j, "unfinished", '[');
    if (status == FLOW_OK)
        status = view_each_task(s->view, put_unfinished, s, s->err);
    json_close(j, ']');
    json_close(j, '}');
    return status == FLOW_OK ? json_print(j, s->cli->console, s->err) : status;
}
