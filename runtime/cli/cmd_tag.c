/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_tag.c - gives tags to a run, and takes them away. */
#include "cli/commands.h"

#include <inttypes.h>
#include <string.h>

#include "cli/json.h"
#include "cli/tags.h"
#include "cli/view.h"

typedef struct Tagged {
    Cli *cli;
    Buffer *tags;
    FlowError *err;
} Tagged;

static FlowStatus keep_tags(void *ctx, const RunRow *row)
{
    Tagged *tagged = ctx;
    const Cli *cli = tagged->cli;
    FlowStatus s = view_check_flow(row, cli->program, cli->options->words[1], tagged->err);
    return s == FLOW_OK ? buffer_append_text(tagged->tags, row->tags ? row->tags : "") : s;
}

static FlowStatus change(Cli *cli, bool adds, Buffer *tags, FlowError *err)
{
    const Options *o = cli->options;
    FlowStatus s = FLOW_OK;
    for (size_t i = 2; s == FLOW_OK && i < o->word_count; i++) {
        if (adds)
            s = tags_add(tags, o->words[i], err);
        else if (!tags_remove(tags, o->words[i]))
            s = flow_error(err, FLOW_EUSAGE, "run %s has no tag `%.200s`", o->words[1],
                           o->words[i]);
    }
    return s;
}

/* Read and written in one transaction, so that no other change of tags is lost. */
static FlowStatus change_in_store(Cli *cli, Db *db, int64_t run, bool adds, Buffer *tags,
                                  FlowError *err)
{
    FlowStatus s = db_begin(db, 0, 0, err);
    if (s != FLOW_OK)
        return s;
    s = db_run_get(db, run, keep_tags, &(Tagged){cli, tags, err}, err);
    if (s == FLOW_ENOENT)
        s = err->status = FLOW_EUSAGE; /* it was named wrongly */
    if (s == FLOW_OK)
        s = change(cli, adds, tags, err);
    if (s == FLOW_OK && !buffer_text(tags))
        s = flow_error(err, FLOW_ENOMEM, "out of memory");
    if (s == FLOW_OK)
        s = db_run_set_tags(db, run, (const char *)tags->bytes, err);
    if (s == FLOW_OK)
        return db_commit(db, err);
    db_rollback(db);
    return s;
}

static FlowStatus tell(Cli *cli, int64_t run, const Buffer *tags, FlowError *err)
{
    if (cli->options->is_json) {
        Json json = {0};
        json_open(&json, NULL, '{');
        json_int(&json, "run", run);
        json_words(&json, "tags", (const char *)tags->bytes);
        json_close(&json, '}');
        FlowStatus s = json_print(&json, cli->console, err);
        json_free(&json);
        return s;
    }
    console_printf(cli->console, CONSOLE_OUT, "Run %" PRId64 " has %s%s\n", run,
                   tags->len > 0 ? "the tags " : "no tags",
                   tags->len > 0 ? (const char *)tags->bytes : "");
    return FLOW_OK;
}

int command_tag(Cli *cli)
{
    const Options *o = cli->options;
    FlowError err = {0};
    Db *db = NULL;
    Buffer tags = {0};
    int64_t run = 0;
    bool adds = strcmp(o->words[0], "add") == 0;
    FlowStatus s = FLOW_OK;
    if (!adds && strcmp(o->words[0], "remove") != 0)
        s = flow_error(&err, FLOW_EUSAGE,
                       "`tag %s` is no command\nhelp: `%s tag add RUN TAG` or `%s tag remove RUN "
                       "TAG`",
                       o->words[0], o->program, o->program);
    if (s == FLOW_OK)
        s = view_parse_run(o->words[1], &run, &err);
    if (s == FLOW_OK)
        s = store_open(o->text[OPTION_STORE], false, &db, &err);
    if (s == FLOW_OK)
        s = change_in_store(cli, db, run, adds, &tags, &err);
    if (s == FLOW_OK)
        s = tell(cli, run, &tags, &err);
    db_close(db);
    buffer_free(&tags);
    return s == FLOW_OK ? EXIT_OK : command_failed(cli, &err);
}
