/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_get.c - one value that a task kept.
 *
 * A string comes as it is, so that what was made for a file can go into one; numbers as a .npy file
 * where its name says so; all else as JSON.  A step in a loop that is named without a round is that
 * of its last round. */
#include "cli/commands.h"

#include <string.h>

#include "cli/cell.h"
#include "cli/plain.h"
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

static FlowStatus take_task(Get *g, const ViewTask *task)
{
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
    return flow_error(g->err, FLOW_EUSAGE, "%s has kept no `%.200s`\nhelp: %s%s%s%s%s", name,
                      g->name, near_name ? "did you mean `" : "`",
                      near_name ? near_name : g->cli->options->program, near_name ? "`?" : " dump ",
                      near_name ? "" : name, near_name ? "" : "` shows what it kept");
}

/* The one task that is meant: of those that differ in their rounds only, the last one. */
typedef struct Chosen {
    const View *view;
    bool is_any, are_several;
    ViewTask task;
    uint64_t index[VALUES_DEPTH];
    uint32_t rounds[TASK_LEVELS];
    size_t depth, levels;
} Chosen;

static void choose(Chosen *c, const ViewTask *task)
{
    c->is_any = true;
    c->task = *task;
    c->depth = values_index(c->view, task, c->index);
    c->levels = ledger_rounds(c->view->ledger, task->step, task->ord, task->round, c->rounds,
                              TASK_LEVELS);
}

/* What is done counts more than what has failed, then the later round. */
static bool is_later(const Chosen *c, const Chosen *than)
{
    if ((c->task.chunk != NULL) != (than->task.chunk != NULL))
        return c->task.chunk != NULL;
    for (size_t i = 0; i < c->levels && i < than->levels; i++)
        if (c->rounds[i] != than->rounds[i])
            return c->rounds[i] > than->rounds[i];
    return false;
}

static FlowStatus weigh_task(void *ctx, const ViewTask *task)
{
    Chosen *best = ctx, one = {.view = best->view};
    choose(&one, task);
    best->are_several =
        best->is_any && (task->step != best->task.step || one.depth != best->depth ||
                         memcmp(one.index, best->index, one.depth * sizeof *one.index) != 0);
    if (!best->is_any || (!best->are_several && is_later(&one, best)))
        *best = one;
    return best->are_several ? FLOW_EBUSY : FLOW_OK; /* two are enough to know */
}

static FlowStatus choose_task(const Get *g, Chosen *best)
{
    const Options *o = g->cli->options;
    char name[NAME_MOST];
    FlowStatus s = view_each_task(g->view, weigh_task, best, g->err);
    if (s != FLOW_OK && s != FLOW_EBUSY)
        return s;
    bool is_going_on = strcmp(view_state(g->view), "running") == 0;
    if (!best->is_any)
        return flow_error(g->err, FLOW_ENOENT, "%s%s %s: there is nothing to get",
                          g->view->has_step ? "" : "no task of run ", o->word,
                          !g->view->has_step ? "is done"
                          : is_going_on      ? "is not done"
                                             : "did not run");
    if (g->view->has_step && !best->are_several)
        return FLOW_OK;
    view_task_name(g->view, &best->task, name, sizeof name);
    return flow_error(g->err, FLOW_EUSAGE,
                      "`%.200s` names more than one task\nhelp: name one of them, as in `%s get %s "
                      "%s`",
                      o->word, o->program, name, g->name);
}

static FlowStatus write_out(Get *g)
{
    const char *path = g->cli->options->text[OPTION_OUTPUT];
    if (path)
        return os_write_file_atomically(path, g->out.bytes, g->out.len, g->err);
    plain_value(g->cli->console, CONSOLE_OUT, (const char *)g->out.bytes, g->out.len);
    if (g->out.len == 0 || g->out.bytes[g->out.len - 1] != '\n')
        console_text(g->cli->console, CONSOLE_OUT, "\n");
    return FLOW_OK;
}

int command_get(Cli *cli)
{
    View view = {0};
    FlowError err = {0};
    Get g = {.cli = cli, .view = &view, .name = cli->options->words[1], .err = &err};
    Chosen best = {.view = &view};
    FlowStatus s =
        view_open(cli->program, cli->options->text[OPTION_STORE], cli->options->word, &view, &err);
    if (s == FLOW_OK)
        s = choose_task(&g, &best);
    if (s == FLOW_OK)
        s = values_new(&view, &g.values, &err);
    if (s == FLOW_OK)
        s = take_task(&g, &best.task);
    if (s == FLOW_OK && !g.is_written)
        s = write_out(&g);
    values_free(g.values);
    buffer_free(&g.out);
    view_close(&view);
    return s == FLOW_OK ? EXIT_OK : command_failed(cli, &err);
}
