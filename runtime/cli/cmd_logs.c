/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_logs.c - what tasks printed, task after task, byte by byte as they wrote it.
 *
 * Each stream goes to the stream that it came from.  Headings between tasks go to standard error,
 * so that standard output holds what the tasks wrote there and nothing else. */
#include "cli/commands.h"

#include <string.h>

#include "cli/tasklog.h"
#include "cli/view.h"

enum { NAME_MOST = 320 };

typedef struct Logs {
    Cli *cli;
    View *view;
    bool has_headings; /* more than one task was asked for */
    FlowError *err;
} Logs;

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

static FlowStatus print_failed(Logs *l, const ViewTask *task)
{
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < task->fail_count; i++) {
        const ViewFail *fail = &task->fails[i];
        heading(l, task, fail->pid, fail);
        s = tasklog_print(l->cli->console, l->view->store, l->view->run.id, &fail->log, l->err);
        console_printf(l->cli->console, CONSOLE_ERR, "%s%s%s", fail->message,
                       fail->message[0] ? "\n" : "", fail->trace);
        size_t len = strlen(fail->trace);
        if (len > 0 && fail->trace[len - 1] != '\n')
            console_text(l->cli->console, CONSOLE_ERR, "\n");
    }
    return s;
}

static FlowStatus print_task(void *ctx, const ViewTask *task)
{
    Logs *l = ctx;
    const Chunk *chunk = task->chunk;
    FlowStatus s = print_failed(l, task);
    if (s == FLOW_OK && chunk && chunk->log) {
        const LogSpan *span = &chunk->log[task->ord - chunk->lo];
        if (!tasklog_is_empty(span)) {
            heading(l, task, chunk->worker, NULL);
            s = tasklog_print(l->cli->console, l->view->store, chunk->run, span, l->err);
        }
    }
    return s == FLOW_OK && console_is_closed(l->cli->console) ? FLOW_EUSAGE : s;
}

int command_logs(Cli *cli)
{
    View view;
    FlowError err = {0};
    FlowStatus s =
        view_open(cli->program, cli->options->text[OPTION_STORE], cli->options->word, &view, &err);
    if (s == FLOW_OK) {
        Logs logs = {cli, &view, !view.has_step || view.is_whole_step, &err};
        s = view_each_task(&view, print_task, &logs, &err);
    }
    view_close(&view);
    bool is_over = s == FLOW_OK || console_is_closed(cli->console);
    return is_over ? EXIT_OK : command_failed(cli, &err);
}
