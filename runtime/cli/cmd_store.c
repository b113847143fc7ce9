/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_store.c - `store check`. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/view.h"
#include "sched/check.h"

static void finding(void *ctx, const char *line)
{
    Cli *cli = ctx;
    console_printf(cli->console, CONSOLE_OUT, "%s\n", line);
}

/* What killed runs and removed ones have left is no finding. */
static void note_unnamed(Cli *cli, const CheckCounts *counts)
{
    if (counts->unnamed == 0)
        return;
    char size[32];
    console_size(counts->unnamed_bytes, size);
    console_printf(cli->console, CONSOLE_OUT,
                   "note: no run names %" PRIu64 " of the files in blobs/, %s: `%s gc` removes "
                   "such files\n",
                   counts->unnamed, size, cli->options->program);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static int report(Cli *cli, const CheckCounts *counts)
{
    if (counts->findings == 0) {
        console_printf(cli->console, CONSOLE_OUT,
                       "store ok: %" PRIu64 " run%s, %" PRIu64 " chunk%s, %" PRIu64 " blob%s\n",
                       counts->runs, plural(counts->runs), counts->chunks, plural(counts->chunks),
                       counts->blobs, plural(counts->blobs));
        note_unnamed(cli, counts);
        return EXIT_OK;
    }
    char text[700];
    snprintf(text, sizeof text,
             "%" PRIu64 " %s wrong in the store %.200s\nhelp: runs that are not named are whole; "
             "`%.200s params RUN` writes the parameters of one that is, to run it again",
             counts->findings, counts->findings == 1 ? "thing is" : "things are",
             cli->options->text[OPTION_STORE], cli->options->program);
    console_error(cli->console, text);
    return EXIT_FAILED;
}

int command_store(Cli *cli)
{
    FlowError err = {0};
    if (strcmp(cli->options->word, "check") != 0) {
        flow_error(&err, FLOW_EUSAGE,
                   "`store %s` is no command\nhelp: `%s store check` reads the "
                   "whole store",
                   cli->options->word, cli->options->program);
        return command_failed(cli, &err);
    }
    Db *db = NULL;
    CheckCounts counts = {0};
    FlowStatus s = store_open_reader(cli->options->text[OPTION_STORE], &db, &err);
    if (s == FLOW_OK)
        s = store_check(db, cli->program, finding, cli, &counts, &err);
    db_close(db);
    return s == FLOW_OK ? report(cli, &counts) : command_failed(cli, &err);
}
