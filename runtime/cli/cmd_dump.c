/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_dump.c - what tasks kept: a line of JSON a task, or text for people. */
#include "cli/commands.h"

#include <inttypes.h>
#include <string.h>

#include "cli/json.h"
#include "cli/plain.h"
#include "cli/suggest.h"
#include "cli/values.h"
#include "os/memory.h"

enum { VALUE_SHOWN = 160 /* bytes of a value for people */, NAME_MOST = 320 };

typedef struct Dump {
    Cli *cli;
    View *view;
    Values *values;
    Json json;
    Buffer text, value;
    bool has_task;    /* that is done or has failed */
    bool has_matched; /* the task has a value under one of the names asked for */
    FlowError *err;
} Dump;

static const char *name_of(const Dump *d, uint32_t artifact)
{
    return d->view->program->artifacts[artifact].name;
}

/* Without --artifact everything is wanted. */
static bool is_wanted(const Dump *d, uint32_t artifact)
{
    const Options *o = d->cli->options;
    for (size_t i = 0; i < o->listed_count; i++)
        if (strcmp(o->listed[i], name_of(d, artifact)) == 0)
            return true;
    return o->listed_count == 0;
}

static FlowStatus end_task(Dump *d)
{
    FlowStatus s = FLOW_OK;
    bool is_shown = d->has_matched || d->cli->options->listed_count == 0;
    if (is_shown && d->cli->options->is_json)
        s = json_print(&d->json, d->cli->console, d->err);
    else if (is_shown)
        plain_value(d->cli->console, CONSOLE_OUT, (const char *)d->text.bytes, d->text.len);
    buffer_clear(&d->json.out);
    buffer_clear(&d->text);
    /* Once nobody reads, there is nothing left to do. */
    return s == FLOW_OK && console_is_closed(d->cli->console) ? FLOW_EUSAGE : s;
}

/* ---- JSON --------------------------------------------------------------- */

static FlowStatus json_member(void *ctx, uint32_t artifact, const Cell *cell)
{
    Dump *d = ctx;
    buffer_clear(&d->value);
    FlowStatus s = values_json(d->values, artifact, cell, &d->value, d->err);
    if (s == FLOW_OK)
        json_raw(&d->json, name_of(d, artifact), d->value.bytes, d->value.len);
    return s;
}

static FlowStatus json_kept(void *ctx, uint32_t artifact, const Cell *cell)
{
    Dump *d = ctx;
    if (!is_wanted(d, artifact))
        return FLOW_OK;
    d->has_matched = true;
    return json_member(ctx, artifact, cell);
}

static FlowStatus dump_json(Dump *d, const ViewTask *task)
{
    json_open(&d->json, NULL, '{');
    view_task_json(d->view, task, &d->json);
    json_open(&d->json, "items", '{');
    FlowStatus s = values_items(d->values, task, json_member, d, d->err);
    json_close(&d->json, '}');
    json_open(&d->json, "artifacts", '{');
    if (s == FLOW_OK)
        s = values_kept(d->values, task, json_kept, d, d->err);
    json_close(&d->json, '}');
    json_close(&d->json, '}');
    return s;
}

/* ---- for people --------------------------------------------------------- */

static size_t shown_bytes(const Buffer *json)
{
    if (json->len <= VALUE_SHOWN)
        return json->len;
    size_t len = VALUE_SHOWN;
    while (len > 0 && (json->bytes[len] & 0xc0) == 0x80)
        len--; /* not in the middle of a code point */
    return len;
}

static FlowStatus text_member(void *ctx, uint32_t artifact, const Cell *cell)
{
    Dump *d = ctx;
    buffer_clear(&d->value);
    FlowStatus s = values_json(d->values, artifact, cell, &d->value, d->err);
    size_t len = shown_bytes(&d->value);
    if (s == FLOW_OK)
        s = buffer_printf(&d->text, "    %s = ", name_of(d, artifact));
    if (s == FLOW_OK)
        s = buffer_append(&d->text, d->value.bytes, len);
    if (s == FLOW_OK && len < d->value.len)
        s = buffer_printf(&d->text, " … (%zu bytes as JSON)", d->value.len);
    return s == FLOW_OK ? buffer_append_byte(&d->text, '\n') : s;
}

static FlowStatus text_kept(void *ctx, uint32_t artifact, const Cell *cell)
{
    Dump *d = ctx;
    if (!is_wanted(d, artifact))
        return FLOW_OK;
    d->has_matched = true;
    return text_member(ctx, artifact, cell);
}

static FlowStatus text_head(Dump *d, const ViewTask *task)
{
    char name[NAME_MOST];
    view_task_name(d->view, task, name, sizeof name);
    uint32_t attempt = view_task_attempt(task);
    const ViewFail *fail = view_task_failure(task);
    FlowStatus s = buffer_printf(&d->text, "%s %s", name, task->state);
    if (s == FLOW_OK && attempt > 1)
        s = buffer_printf(&d->text, " in attempt %u", attempt);
    if (s == FLOW_OK && fail)
        s = buffer_printf(&d->text, ": %s", fail->message);
    return s == FLOW_OK ? buffer_append_byte(&d->text, '\n') : s;
}

static FlowStatus dump_text(Dump *d, const ViewTask *task)
{
    FlowStatus s = text_head(d, task);
    if (s == FLOW_OK)
        s = values_items(d->values, task, text_member, d, d->err);
    return s == FLOW_OK ? values_kept(d->values, task, text_kept, d, d->err) : s;
}

/* ---- the command -------------------------------------------------------- */

static FlowStatus dump_task(void *ctx, const ViewTask *task)
{
    Dump *d = ctx;
    d->has_task = true;
    d->has_matched = false;
    FlowStatus s = d->cli->options->is_json ? dump_json(d, task) : dump_text(d, task);
    if (s == FLOW_ENOMEM)
        flow_error(d->err, s, "out of memory");
    return s == FLOW_OK ? end_task(d) : s;
}

static FlowStatus check_name(const FlowProgram *program, const char *name, FlowError *err)
{
    Suggest s;
    suggest_init(&s, name, strlen(name));
    for (size_t i = 0; i < program->artifact_count; i++) {
        if (program->artifacts[i].kind != FLOW_ARTIFACT_KEPT)
            continue;
        if (strcmp(program->artifacts[i].name, name) == 0)
            return FLOW_OK;
        suggest_offer(&s, program->artifacts[i].name);
    }
    return flow_error(err, FLOW_EUSAGE, "no step of %s keeps `%.200s`%s%s%s", program->name, name,
                      s.best ? "\nhelp: did you mean `" : "", s.best ? s.best : "",
                      s.best ? "`?" : "");
}

static FlowStatus see_state(void *state, const ViewTask *task)
{
    *(const char **)state = task->state;
    return FLOW_OK;
}

/* A step without a task to show: why. */
static FlowStatus fail_nothing(Dump *d)
{
    View *v = d->view;
    bool is_going_on = strcmp(view_state(v), "running") == 0;
    const char *state = is_going_on ? "waiting" : "not run";
    v->with_unfinished = true;
    FlowStatus s = view_each_task(v, see_state, &state, d->err);
    return s != FLOW_OK ? s
                        : flow_error(d->err, FLOW_ENOENT, "%s is %s: it has kept nothing%s",
                                     d->cli->options->word, state, is_going_on ? " so far" : "");
}

int command_dump(Cli *cli)
{
    View view = {0};
    FlowError err = {0};
    const Options *o = cli->options;
    Dump d = {.cli = cli, .view = &view, .err = &err};
    FlowStatus s = view_open(cli->program, o->text[OPTION_STORE], o->word, &view, &err);
    for (size_t i = 0; s == FLOW_OK && i < o->listed_count; i++)
        s = check_name(view.program, o->listed[i], &err);
    if (s == FLOW_OK)
        s = values_new(&view, &d.values, &err);
    if (s == FLOW_OK)
        s = view_each_task(&view, dump_task, &d, &err);
    if (s == FLOW_OK && view.has_step && !d.has_task)
        s = fail_nothing(&d);
    values_free(d.values);
    json_free(&d.json);
    buffer_free(&d.text);
    buffer_free(&d.value);
    view_close(&view);
    bool is_over = s == FLOW_OK || console_is_closed(cli->console);
    return is_over ? EXIT_OK : command_failed(cli, &err);
}
