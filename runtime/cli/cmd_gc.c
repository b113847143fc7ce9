/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_gc.c - `gc`: which runs may go, and what that has freed. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>

#include <flow/value.h>

#include "cli/view.h"
#include "store/gc.h"
#include "value/codec.h"

static bool is_dry(const Cli *cli)
{
    return cli->options->text[OPTION_DRY_RUN] != NULL;
}

/* The state of a run that goes is said where `resume` could still go on from it. */
static void tell(void *ctx, const GcVerdict *v)
{
    Cli *cli = ctx;
    const char *words = "";
    switch (v->keep) {
    case GC_KEPT: return;
    case GC_REMOVED: words = is_dry(cli) ? "would be removed" : "removed"; break;
    case GC_KEPT_RUNNING: words = "kept: it is still running"; break;
    case GC_KEPT_TAKEN: words = "kept: a later run goes on from it"; break;
    case GC_KEPT_TAGGED: words = "kept: it has tags, and --tagged was not given"; break;
    case GC_KEPT_NEWEST: words = "kept: it is the newest of the store"; break;
    }
    console_printf(cli->console, CONSOLE_OUT, "run %" PRId64, v->run);
    if (v->keep == GC_REMOVED && v->is_left_open)
        console_printf(cli->console, CONSOLE_OUT, " (%s, could be resumed)",
                       view_run_state(v->state, ""));
    console_printf(cli->console, CONSOLE_OUT, " %s\n", words);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void report(Cli *cli, const GcCounts *counts)
{
    char blobs[32], logs[32], file[32];
    console_size(counts->blob_bytes, blobs);
    console_size(counts->log_bytes, logs);
    console_size(counts->database_bytes, file);
    console_printf(cli->console, CONSOLE_OUT,
                   "%s %" PRIu64 " run%s, %" PRIu64 " blob%s (%s), logs (%s)",
                   is_dry(cli) ? "would free" : "freed", counts->runs,
                   plural(counts->runs), counts->blobs, plural(counts->blobs), blobs, logs);
    if (counts->database_bytes > 0)
        console_printf(cli->console, CONSOLE_OUT, ", %s of the database", file);
    console_printf(cli->console, CONSOLE_OUT, "; %" PRIu64 " run%s kept\n", counts->kept,
                   plural(counts->kept));
}

static FlowStatus read_policy(const Cli *cli, GcPolicy *out, FlowError *err)
{
    const char *age = cli->options->text[OPTION_OLDER_THAN];
    *out = (GcPolicy){.flow = cli->program->name,
                      .keep = (uint64_t)cli->options->number[OPTION_KEEP],
                      .with_tagged = cli->options->text[OPTION_TAGGED] != NULL,
                      .is_dry = is_dry(cli)};
    if (!age)
        return FLOW_OK;
    FlowError why = {0};
    FlowStatus s = value_parse(&flow_type_duration, age, &out->older_than, &why);
    if (s == FLOW_OK && out->older_than > 0)
        return FLOW_OK;
    return flow_error(err, FLOW_EUSAGE,
                      "--older-than takes how long ago a run has ended, as in --older-than 30d, "
                      "not `%.200s`",
                      age);
}

int command_gc(Cli *cli)
{
    FlowError err = {0};
    GcPolicy policy;
    GcCounts counts;
    Db *db = NULL;
    FlowStatus s = read_policy(cli, &policy, &err);
    if (s == FLOW_OK)
        s = store_open(cli->options->text[OPTION_STORE], false, &db, &err);
    if (s == FLOW_OK)
        s = store_gc(db, &policy, tell, cli, &counts, &err);
    db_close(db);
    if (s != FLOW_OK)
        return command_failed(cli, &err);
    report(cli, &counts);
    return EXIT_OK;
}
