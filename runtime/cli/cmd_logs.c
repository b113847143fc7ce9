/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_logs.c - what tasks printed, task after task, byte by byte as they wrote it.
 *
 * Each stream goes to the stream that it came from.  Headings between tasks go to standard error,
 * so that standard output holds what the tasks wrote there and nothing else.
 *
 * --follow looks at the store again and again, and prints the tasks that have ended since.  Of a
 * whole run it also reads the workers' files as they grow: whose lines those are is known only when
 * the task has ended. */
#include "cli/commands.h"

#include <string.h>
#include <time.h>

#include "cli/tasklog.h"
#include "cli/view.h"
#include "os/memory.h"

enum { NAME_MOST = 320, LOOK_MS = 200, SLOTS = 4096 };

/* What has been printed: keys in an open table of a power of two. */
typedef struct Seen {
    uint64_t *keys;
    size_t cap, count;
} Seen;

typedef struct Logs {
    Cli *cli;
    View *view;
    bool has_headings; /* more than one task was asked for */
    TaskStreams streams;
    uint32_t attempt; /* 0: all */
    Seen seen;
    uint64_t (*offsets)[2]; /* of each worker's files: up to where they are printed */
    FlowError *err;
} Logs;

/* ---- what was printed before -------------------------------------------- */

static uint64_t key_of(const ViewTask *task, uint32_t attempt)
{
    const uint64_t parts[] = {task->step, task->round, task->ord, attempt};
    uint64_t key = 0xcbf29ce484222325u;
    for (size_t i = 0; i < 4; i++) {
        key = (key ^ parts[i]) * 0x9e3779b97f4a7c15u;
        key ^= key >> 29;
    }
    return key ? key : 1;
}

static bool seen_put(Seen *s, uint64_t key)
{
    for (size_t at = key & (s->cap - 1);; at = (at + 1) & (s->cap - 1)) {
        if (s->keys[at] == key)
            return false;
        if (s->keys[at])
            continue;
        s->keys[at] = key;
        s->count++;
        return true;
    }
}

static FlowStatus seen_grow(Seen *s)
{
    Seen grown = {.cap = s->cap ? 2 * s->cap : 256};
    grown.keys = os_alloc_zero(grown.cap * sizeof *grown.keys);
    if (!grown.keys)
        return FLOW_ENOMEM;
    for (size_t i = 0; i < s->cap; i++)
        if (s->keys[i])
            seen_put(&grown, s->keys[i]);
    os_free(s->keys);
    *s = grown;
    return FLOW_OK;
}

/* Whether the attempt is to be printed now; without --follow each comes once anyway. */
static FlowStatus take(Logs *l, const ViewTask *task, uint32_t attempt, bool *is_new)
{
    *is_new = l->attempt == 0 || attempt == l->attempt;
    if (!*is_new || !l->offsets)
        return FLOW_OK;
    if (2 * l->seen.count >= l->seen.cap && seen_grow(&l->seen) != FLOW_OK)
        return flow_error(l->err, FLOW_ENOMEM, "out of memory");
    *is_new = seen_put(&l->seen, key_of(task, attempt));
    return FLOW_OK;
}

/* ---- tasks -------------------------------------------------------------- */

static void heading(Logs *l, const ViewTask *task, uint32_t pid, const ViewFail *fail)
{
    char name[NAME_MOST];
    view_task_name(l->view, task, name, sizeof name);
    if (fail)
        console_printf(l->cli->console, CONSOLE_ERR, "--- %s (pid %u), attempt %u %s\n", name, pid,
                       fail->attempt, why_name(fail->why));
    else if (l->has_headings || task->fail_count > 0)
        console_printf(l->cli->console, CONSOLE_ERR, "--- %s (pid %u)\n", name, pid);
}

/* Prints what follows has not printed from the worker's files already. */
static FlowStatus print_span(Logs *l, int64_t run, const LogSpan *span)
{
    LogSpan rest = *span;
    bool is_own = l->offsets && run == l->view->run.id && rest.slot < SLOTS;
    if (is_own) {
        uint64_t *at = l->offsets[rest.slot];
        rest.out_from = rest.out_from > at[0] ? rest.out_from : at[0];
        rest.err_from = rest.err_from > at[1] ? rest.err_from : at[1];
        at[0] = rest.out_to > at[0] ? rest.out_to : at[0];
        at[1] = rest.err_to > at[1] ? rest.err_to : at[1];
    }
    return tasklog_print(l->cli->console, l->view->store, run, &rest, l->streams, l->err);
}

static FlowStatus print_attempt(Logs *l, const ViewTask *task, const ViewFail *fail)
{
    Console *c = l->cli->console;
    heading(l, task, fail->pid, fail);
    FlowStatus s = print_span(l, l->view->run.id, &fail->log);
    if (!(l->streams & TASKLOG_ERR))
        return s;
    console_printf(c, CONSOLE_ERR, "%s%s%s", fail->message, fail->message[0] ? "\n" : "",
                   fail->trace);
    size_t len = strlen(fail->trace);
    if (len > 0 && fail->trace[len - 1] != '\n')
        console_text(c, CONSOLE_ERR, "\n");
    return s;
}

static FlowStatus print_failed(Logs *l, const ViewTask *task)
{
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < task->fail_count; i++) {
        bool is_new = false;
        s = take(l, task, task->fails[i].attempt, &is_new);
        if (s == FLOW_OK && is_new)
            s = print_attempt(l, task, &task->fails[i]);
    }
    return s;
}

static FlowStatus print_done(Logs *l, const ViewTask *task)
{
    const Chunk *chunk = task->chunk;
    if (!chunk || chunk_caught(chunk, task->ord))
        return FLOW_OK;
    bool is_new = false;
    FlowStatus s = take(l, task, view_task_attempt(task), &is_new);
    if (s != FLOW_OK || !is_new || !chunk->log)
        return s;
    const LogSpan *span = &chunk->log[task->ord - chunk->lo];
    if (tasklog_is_empty(span))
        return FLOW_OK;
    heading(l, task, chunk->worker, NULL);
    return print_span(l, chunk->run, span);
}

static FlowStatus print_task(void *ctx, const ViewTask *task)
{
    Logs *l = ctx;
    FlowStatus s = print_failed(l, task);
    if (s == FLOW_OK)
        s = print_done(l, task);
    return s == FLOW_OK && console_is_closed(l->cli->console) ? FLOW_EUSAGE : s;
}

/* ---- follow ------------------------------------------------------------- */

static FlowStatus print_growth(Logs *l)
{
    FlowStatus s = FLOW_OK;
    for (uint32_t slot = 0; s == FLOW_OK && slot < SLOTS; slot++) {
        LogSpan span = {
            .slot = slot, .out_from = l->offsets[slot][0], .err_from = l->offsets[slot][1]};
        if (!tasklog_size(l->view->store, l->view->run.id, slot, &span.out_to, &span.err_to))
            return FLOW_OK; /* workers are numbered without gaps */
        if (!tasklog_is_empty(&span))
            s = print_span(l, l->view->run.id, &span);
    }
    return s;
}

/* With --follow a task may still come, as long as the run goes on. */
static FlowStatus print_tasks(Logs *l)
{
    FlowStatus s = view_each_task(l->view, print_task, l, l->err);
    bool may_come = l->offsets && strcmp(view_state(l->view), "running") == 0;
    return s == FLOW_ENOENT && may_come ? FLOW_OK : s;
}

static FlowStatus look(Logs *l)
{
    const Options *o = l->cli->options;
    view_close(l->view);
    FlowStatus s = view_open(l->cli->program, o->text[OPTION_STORE], o->word, l->view, l->err);
    if (s == FLOW_OK && !l->view->has_step)
        s = print_growth(l);
    if (s == FLOW_OK)
        s = print_tasks(l);
    console_flush(l->cli->console);
    return s;
}

static FlowStatus follow(Logs *l)
{
    const struct timespec pause = {0, LOOK_MS * 1000000L};
    FlowStatus s = FLOW_OK;
    console_flush(l->cli->console);
    while (s == FLOW_OK && strcmp(view_state(l->view), "running") == 0) {
        nanosleep(&pause, NULL);
        s = look(l);
    }
    return s;
}

/* ---- the command -------------------------------------------------------- */

static TaskStreams streams_of(const Options *o)
{
    bool out = o->text[OPTION_STDOUT], err = o->text[OPTION_STDERR];
    if (out == err)
        return TASKLOG_BOTH;
    return out ? TASKLOG_OUT : TASKLOG_ERR;
}

int command_logs(Cli *cli)
{
    View view = {0};
    FlowError err = {0};
    const Options *o = cli->options;
    Logs l = {.cli = cli,
              .view = &view,
              .streams = streams_of(o),
              .err = &err,
              .attempt = (uint32_t)o->number[OPTION_ATTEMPT]};
    FlowStatus s = view_open(cli->program, o->text[OPTION_STORE], o->word, &view, &err);
    l.has_headings = !view.has_step || !view.pattern.is_one;
    if (s == FLOW_OK && o->text[OPTION_FOLLOW]) {
        l.offsets = os_alloc_zero(SLOTS * sizeof *l.offsets);
        if (!l.offsets)
            s = flow_error(&err, FLOW_ENOMEM, "out of memory");
    }
    if (s == FLOW_OK)
        s = print_tasks(&l);
    if (s == FLOW_OK && o->text[OPTION_FOLLOW])
        s = follow(&l);
    os_free(l.offsets);
    os_free(l.seen.keys);
    view_close(&view);
    bool is_over = s == FLOW_OK || console_is_closed(cli->console);
    return is_over ? EXIT_OK : command_failed(cli, &err);
}
