/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_get.c - one value that a task kept.
 *
 * A string comes as it is, so that what was made for a file can go into one; numbers as a .npy file
 * where its name says so; all else as JSON. */
#include "cli/commands.h"

#include <string.h>

#include "cli/cell.h"
#include "cli/suggest.h"
#include "cli/values.h"
#include "os/file.h"

enum { NAME_MOST = 320 };

typedef struct Get {
    Cli *cli;
    View *view;
    Values *values;
    const char *name;
    Suggest near_name;
    bool is_found, is_written;
    Buffer out;
    FlowError *err;
} Get;

static bool wants_npy(const Get *g)
{
    static const char end[] = ".npy";
    const char *path = g->cli->options->text[OPTION_OUTPUT];
    size_t len = path ? strlen(path) : 0;
    return len >= sizeof end && strcmp(path + len - (sizeof end - 1), end) == 0;
}

static FlowStatus take_value(void *ctx, uint32_t artifact, const Cell *cell)
{
    Get *g = ctx;
    const FlowArtifact *a = &g->view->program->artifacts[artifact];
    suggest_offer(&g->near_name, a->name);
    if (g->is_found || strcmp(a->name, g->name) != 0)
        return FLOW_OK;
    g->is_found = true;
    g->is_written = wants_npy(g);
    if (g->is_written)
        return cell_save_npy(db_blobs_dir(g->view->db), a->type, cell,
                             g->cli->options->text[OPTION_OUTPUT], g->err);
    return cell_write_text(db_blobs_dir(g->view->db), a->type, cell, &g->out, g->err);
}

static FlowStatus take_task(void *ctx, const ViewTask *task)
{
    Get *g = ctx;
    char name[NAME_MOST];
    view_task_name(g->view, task, name, sizeof name);
    suggest_init(&g->near_name, g->name, strlen(g->name));
    FlowStatus s = values_kept(g->values, task, take_value, g, g->err);
    if (s == FLOW_OK && !g->is_found)
        s = values_items(g->values, task, take_value, g, g->err);
    if (s != FLOW_OK || g->is_found)
        return s;
    const char *near_name = g->near_name.best;
    if (!task->chunk)
        return flow_error(g->err, FLOW_ENOENT, "%s has kept nothing: it %s", name,
                          why_name(task->fails[task->fail_count - 1].why));
    return flow_error(g->err, FLOW_ENOENT, "%s has kept no `%.200s`\nhelp: %s%s%s%s%s", name,
                      g->name, near_name ? "did you mean `" : "`",
                      near_name ? near_name : g->cli->options->program, near_name ? "`?" : " dump ",
                      near_name ? "" : name, near_name ? "" : "` shows what it kept");
}

typedef struct FirstTask {
    const View *view;
    unsigned count;
    char name[NAME_MOST];
} FirstTask;

/* Two are enough to know that there are several. */
static FlowStatus count_task(void *ctx, const ViewTask *task)
{
    FirstTask *first = ctx;
    if (first->count++ > 0)
        return FLOW_EBUSY;
    view_task_name(first->view, task, first->name, sizeof first->name);
    return FLOW_OK;
}

static FlowStatus one_task_only(const Get *g)
{
    FirstTask first = {.view = g->view};
    FlowStatus s = view_each_task(g->view, count_task, &first, g->err);
    if (s != FLOW_OK && s != FLOW_EBUSY)
        return s;
    if (g->view->has_step && first.count <= 1)
        return FLOW_OK;
    if (first.count == 0)
        return flow_error(g->err, FLOW_ENOENT,
                          "no task of run %s is done: there is nothing to get",
                          g->cli->options->word);
    const Options *o = g->cli->options;
    return flow_error(g->err, FLOW_EUSAGE,
                      "`%.200s` names more than one task\nhelp: name one of them, as in `%s get %s "
                      "%s`",
                      o->word, o->program, first.name, g->name);
}

static FlowStatus write_out(Get *g)
{
    const char *path = g->cli->options->text[OPTION_OUTPUT];
    if (path)
        return os_write_file_atomically(path, g->out.bytes, g->out.len, g->err);
    console_write(g->cli->console, CONSOLE_OUT, (const char *)g->out.bytes, g->out.len);
    if (g->out.len == 0 || g->out.bytes[g->out.len - 1] != '\n')
        console_text(g->cli->console, CONSOLE_OUT, "\n");
    return FLOW_OK;
}

int command_get(Cli *cli)
{
    View view = {0};
    FlowError err = {0};
    Get g = {.cli = cli, .view = &view, .name = cli->options->words[1], .err = &err};
    FlowStatus s =
        view_open(cli->program, cli->options->text[OPTION_STORE], cli->options->word, &view, &err);
    if (s == FLOW_OK)
        s = one_task_only(&g);
    if (s == FLOW_OK)
        s = values_new(&view, &g.values, &err);
    if (s == FLOW_OK)
        s = view_each_task(&view, take_task, &g, &err);
    if (s == FLOW_OK && !g.is_found)
        s = flow_error(&err, FLOW_ENOENT, "%s is not done: there is nothing to get",
                       cli->options->word);
    if (s == FLOW_OK && !g.is_written)
        s = write_out(&g);
    values_free(g.values);
    buffer_free(&g.out);
    view_close(&view);
    return s == FLOW_OK ? EXIT_OK : command_failed(cli, &err);
}
