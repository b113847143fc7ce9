/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_runs.c - the runs of this flow, the newest first. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/plain.h"
#include "cli/tags.h"
#include "cli/view.h"

enum { LINE_MOST = 400 };

typedef struct Runs {
    Cli *cli;
    Json json;
    uint64_t count, others; /* runs of other flows are left out */
    FlowError *err;
} Runs;

static bool is_wanted(const Runs *r, const RunRow *run)
{
    const Options *o = r->cli->options;
    for (size_t i = 0; i < o->listed_count; i++)
        if (!tags_have(run->tags, o->listed[i]))
            return false;
    return true;
}

static void print_why(Console *c, const char *why)
{
    console_text(c, CONSOLE_OUT, "       ");
    plain_line(c, CONSOLE_OUT, why, strnlen(why, LINE_MOST));
    console_text(c, CONSOLE_OUT, "\n");
}

static void print_text(Runs *r, const RunRow *run, const char *state)
{
    Console *c = r->cli->console;
    char began[32], duration[32];
    ViewTimes times = view_times(r->cli->options->text[OPTION_STORE], run);
    if (r->count == 1)
        console_printf(c, CONSOLE_OUT, "%5s  %-9s  %-19s  %-13s  %s\n", "RUN", "STATE", "BEGAN",
                       "TOOK", "TAGS");
    console_time(run->began, began);
    console_duration(times.took, duration);
    console_printf(c, CONSOLE_OUT, "%5" PRId64 "  ", run->id);
    console_paint(c, CONSOLE_OUT, paint_of_state(state));
    console_printf(c, CONSOLE_OUT, "%-9s", state);
    console_paint(c, CONSOLE_OUT, PAINT_NONE);
    const char *gap = run->tags[0] ? "  " : "";
    console_printf(c, CONSOLE_OUT, "  %s  %-*s%s%s\n", began, run->tags[0] ? 13 : 0, duration, gap,
                   run->tags);
    if (run->why[0])
        print_why(c, run->why);
}

static FlowStatus print_json(Runs *r, const RunRow *run, const char *state)
{
    Json *j = &r->json;
    ViewTimes times = view_times(r->cli->options->text[OPTION_STORE], run);
    json_open(j, NULL, '{');
    view_run_json(run, state, &times, j);
    json_close(j, '}');
    return json_print(j, r->cli->console, r->err);
}

static FlowStatus each_run(void *ctx, const RunRow *run)
{
    Runs *r = ctx;
    if (strcmp(run->flow, r->cli->program->name) != 0) {
        r->others++;
        return FLOW_OK;
    }
    if (!is_wanted(r, run))
        return FLOW_OK;
    r->count++;
    const char *state = view_run_state(run->state, run->owner);
    FlowStatus s = FLOW_OK;
    if (r->cli->options->is_json)
        s = print_json(r, run, state);
    else
        print_text(r, run, state);
    return s == FLOW_OK && console_is_closed(r->cli->console) ? FLOW_EUSAGE : s;
}

static void tell_none(Cli *cli, const Runs *r)
{
    const Options *o = cli->options;
    if (r->count > 0 || o->is_json)
        return;
    console_printf(cli->console, CONSOLE_OUT, "no run of %s%s is in the store %s\n",
                   cli->program->name, o->listed_count > 0 ? " with such a tag" : "",
                   o->text[OPTION_STORE]);
}

int command_runs(Cli *cli)
{
    FlowError err = {0};
    Runs r = {.cli = cli, .err = &err};
    Db *db = NULL;
    FlowStatus s = store_open_reader(cli->options->text[OPTION_STORE], &db, &err);
    if (s == FLOW_OK)
        s = db_each_run(db, each_run, &r, &err);
    if (s == FLOW_OK)
        tell_none(cli, &r);
    db_close(db);
    json_free(&r.json);
    bool is_over = s == FLOW_OK || console_is_closed(cli->console);
    return is_over ? EXIT_OK : command_failed(cli, &err);
}
