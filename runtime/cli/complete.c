/* SPDX-License-Identifier: Apache-2.0 */
/* complete.c - what could stand where the cursor is: the shells ask `PROGRAM complete -- WORD...`.
 *
 * The words are those behind the program's name, up to the one that is being typed.  Each answer is
 * a line, with a tab before what it means, and stands for the whole word, `--until=work` too.
 * Nothing that goes wrong is said: one is typing. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/tags.h"
#include "cli/view.h"

enum {
    NAME_MOST = 320,
    TASKS_FIRST = 5,   /* of a step: the first ones are offered, */
    TASKS_FAILED = 20  /* and so many of those that have failed */
};

typedef struct Completer {
    Cli *cli;
    const char *const *words; /* behind the command */
    size_t count;             /* the last one is being typed */
    const char *typed;
    char before[NAME_MOST + 1]; /* `--until=`, which is part of the word; else "" */
    CommandId command;
} Completer;

static void offer(Completer *c, const char *word, const char *meaning)
{
    if (strncmp(word, c->typed, strlen(c->typed)) == 0)
        console_printf(c->cli->console, CONSOLE_OUT, "%s%s\t%.*s\n", c->before, word,
                       (int)strcspn(meaning, "\n"), meaning);
}

static void offer_choices(Completer *c, const char *choices)
{
    const char *choice;
    size_t len;
    while (option_next_choice(&choices, &choice, &len)) {
        char word[80];
        snprintf(word, sizeof word, "%.*s", (int)len, choice);
        offer(c, word, "");
    }
}

static void offer_commands(Completer *c)
{
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (command_is_shown((CommandId)i))
            offer(c, command_specs[i].name, command_specs[i].summary);
}

static void offer_steps(Completer *c, const char *before)
{
    const FlowProgram *p = c->cli->program;
    for (uint16_t i = 0; i < p->step_count; i++) {
        char word[NAME_MOST];
        snprintf(word, sizeof word, "%s%s", before, p->steps[i].name);
        offer(c, word, p->steps[i].kind == FLOW_STEP_PLAIN ? "step" : "join");
    }
}

static void offer_artifact(Completer *c, uint16_t artifact)
{
    const FlowArtifact *a = &c->cli->program->artifacts[artifact];
    offer(c, a->name, a->type->name);
}

/* The step of RUN/STEP[/INDEX], or FLOW_NO_STEP. */
static uint16_t step_of_word(const Completer *c, const char *word)
{
    const FlowProgram *p = c->cli->program;
    const char *name = strchr(word, '/');
    size_t len = name ? strcspn(++name, "/:") : 0;
    for (uint16_t i = 0; name && i < p->step_count; i++)
        if (strlen(p->steps[i].name) == len && memcmp(p->steps[i].name, name, len) == 0)
            return i;
    return FLOW_NO_STEP;
}

/* What the step keeps that `word` names; without one, what any step keeps. */
static void offer_artifacts(Completer *c, const char *word)
{
    const FlowProgram *p = c->cli->program;
    uint16_t step = word ? step_of_word(c, word) : FLOW_NO_STEP;
    for (uint16_t i = 0; step == FLOW_NO_STEP && i < p->artifact_count; i++)
        if (p->artifacts[i].kind == FLOW_ARTIFACT_KEPT)
            offer_artifact(c, i);
    for (uint16_t i = 0; step != FLOW_NO_STEP && i < p->steps[step].keep_count; i++)
        offer_artifact(c, p->steps[step].keeps[i]);
}

/* ---- runs --------------------------------------------------------------- */

static FlowStatus offer_run(void *ctx, const RunRow *run)
{
    Completer *c = ctx;
    char word[32], meaning[120], began[32];
    if (strcmp(run->flow, c->cli->program->name) != 0)
        return FLOW_OK;
    snprintf(word, sizeof word, "%" PRId64, run->id);
    console_time(run->began, began);
    snprintf(meaning, sizeof meaning, "%s, %s %.60s", view_run_state(run->state, run->owner), began,
             run->tags);
    offer(c, word, meaning);
    return FLOW_OK;
}

static const char *store_of(const Completer *c)
{
    const OptionSpec *spec = &option_specs[OPTION_STORE];
    for (size_t i = 0; i + 1 < c->count; i++) {
        if (strcmp(c->words[i], "--store") == 0)
            return c->words[i + 1];
        if (strncmp(c->words[i], "--store=", 8) == 0)
            return c->words[i] + 8;
    }
    const char *variable = getenv(spec->variable);
    return variable && variable[0] ? variable : spec->fallback;
}

static void offer_runs(Completer *c)
{
    FlowError ignored;
    Db *db = NULL;
    if (store_open(store_of(c), false, &db, &ignored) == FLOW_OK &&
        db_each_run(db, offer_run, c, &ignored) != FLOW_OK)
        return;
    db_close(db);
}

typedef struct TaskOffers {
    Completer *completer;
    const View *view;
    unsigned first, failed;
    char last[NAME_MOST];
} TaskOffers;

/* "1/fit:2/7" as "1/fit/7", which means any round. */
static void leave_out_rounds(char *name)
{
    char *to = name;
    for (const char *at = name; *at; at += *at == ':' ? 1 + strspn(at + 1, "0123456789") : 1)
        if (*at != ':')
            *to++ = *at;
    *to = '\0';
}

static FlowStatus offer_task(void *ctx, const ViewTask *task)
{
    TaskOffers *o = ctx;
    char name[NAME_MOST];
    bool is_failed = strcmp(task->state, "failed") == 0;
    if (!is_failed && o->first >= TASKS_FIRST)
        return FLOW_OK;
    view_task_name(o->view, task, name, sizeof name);
    if (!strchr(o->completer->typed, ':'))
        leave_out_rounds(name);
    if (strncmp(name, o->completer->typed, strlen(o->completer->typed)) != 0 ||
        strcmp(name, o->last) == 0)
        return FLOW_OK;
    memcpy(o->last, name, sizeof o->last);
    o->first++;
    o->failed += is_failed;
    offer(o->completer, name, task->state);
    return o->failed < TASKS_FAILED ? FLOW_OK : FLOW_EBUSY; /* enough */
}

/* RUN/STEP/INDEX and RUN/STEP:ROUND, behind what is typed of it. */
static void offer_rows(Completer *c)
{
    View view;
    FlowError ignored;
    char word[NAME_MOST];
    TaskOffers offers = {.completer = c, .view = &view};
    size_t step = strcspn(c->typed, "/") + 1;
    size_t len = step + strcspn(c->typed + step, "/:");
    snprintf(word, sizeof word, "%.*s", (int)len, c->typed);
    FlowStatus s = view_open(c->cli->program, store_of(c), word, &view, &ignored);
    view.with_unfinished = true;
    if (s == FLOW_OK)
        view_each_task(&view, offer_task, &offers, &ignored);
    view_close(&view);
}

/* RUN, RUN/STEP once there is a slash, or a task once there is something behind the step. */
static void offer_tasks(Completer *c)
{
    const char *slash = strchr(c->typed, '/');
    char before[40];
    if (!slash) {
        offer_runs(c);
        return;
    }
    if (slash[1 + strcspn(slash + 1, "/:")]) {
        offer_rows(c);
        return;
    }
    snprintf(before, sizeof before, "%.*s", (int)(slash + 1 - c->typed), c->typed);
    offer_steps(c, before);
}

typedef struct TagOffers {
    Completer *completer;
    int64_t run; /* 0: of all runs of the flow */
    Buffer seen;
} TagOffers;

static FlowStatus offer_tags_of(void *ctx, const RunRow *run)
{
    TagOffers *o = ctx;
    FlowError ignored;
    char tag[NAME_MOST];
    if (strcmp(run->flow, o->completer->cli->program->name) != 0 || (o->run && o->run != run->id))
        return FLOW_OK;
    for (const char *at = run->tags; at[0]; at += strspn(at, " ")) {
        size_t len = strcspn(at, " "), before = o->seen.len;
        snprintf(tag, sizeof tag, "%.*s", (int)len, at);
        if (len < sizeof tag && tags_add(&o->seen, tag, &ignored) == FLOW_OK &&
            o->seen.len > before)
            offer(o->completer, tag, "");
        at += len;
    }
    return FLOW_OK;
}

/* The tags of a run, or those that some run has: NULL. */
static void offer_tags(Completer *c, const char *run)
{
    FlowError ignored;
    Db *db = NULL;
    TagOffers offers = {.completer = c};
    if (run && view_parse_run(run, &offers.run, &ignored) != FLOW_OK)
        return;
    if (store_open_reader(store_of(c), &db, &ignored) == FLOW_OK)
        (void)!db_each_run(db, offer_tags_of, &offers, &ignored);
    buffer_free(&offers.seen);
    db_close(db);
}

/* ---- options ------------------------------------------------------------ */

static const OptionSpec *find_option(const Completer *c, const char *word)
{
    if (strncmp(word, "--", 2) != 0 || !word[2])
        return NULL;
    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_specs[i].commands & 1u << c->command &&
            option_name_matches(option_specs[i].name, word + 2, strlen(word + 2)))
            return &option_specs[i];
    return NULL;
}

/* The parameter that `--name` gives, which takes a value of its own; -1: none. */
static int find_param(const Completer *c, const char *word)
{
    const FlowProgram *p = c->cli->program;
    for (size_t i = 0; c->command == COMMAND_RUN && i < p->param_count; i++) {
        char name[NAME_MOST];
        option_of_param(p, i, name, sizeof name);
        if (strncmp(word, "--", 2) == 0 && option_name_matches(name, word + 2, strlen(word + 2)) &&
            p->artifacts[p->params[i].artifact].type->kind != FLOW_BOOL)
            return (int)i;
    }
    return -1;
}

static bool takes_value(const Completer *c, const char *word)
{
    const OptionSpec *spec = find_option(c, word);
    return spec ? spec->kind != OPTION_KIND_FLAG : find_param(c, word) >= 0;
}

/* The word of this number among those that are neither options nor their values, before the typed
 * one; NULL: there are fewer. */
static const char *word_at(const Completer *c, size_t number)
{
    for (size_t i = 0; i + 1 < c->count; i++) {
        if (takes_value(c, c->words[i]))
            i++;
        else if (c->words[i][0] != '-' && number-- == 0)
            return c->words[i];
    }
    return NULL;
}

static void offer_value(Completer *c, const char *option)
{
    const OptionSpec *spec = find_option(c, option);
    if (!spec)
        return;
    if (spec->kind == OPTION_KIND_CHOICE)
        offer_choices(c, spec->value);
    else if (spec == &option_specs[OPTION_UNTIL])
        offer_steps(c, "");
    else if (spec == &option_specs[OPTION_ORIGIN])
        offer_runs(c);
    else if (spec == &option_specs[OPTION_ARTIFACT])
        offer_artifacts(c, word_at(c, 0));
    else if (spec == &option_specs[OPTION_TAG])
        offer_tags(c, NULL);
}

/* `--until=wo`: false where the typed word is no such. */
static bool offer_joined_value(Completer *c)
{
    const char *mark = strchr(c->typed, '=');
    char option[NAME_MOST];
    if (c->typed[0] != '-' || !mark || (size_t)(mark - c->typed) + 2 > sizeof option)
        return false;
    snprintf(option, sizeof option, "%.*s", (int)(mark - c->typed), c->typed);
    if (!takes_value(c, option))
        return false;
    snprintf(c->before, sizeof c->before, "%s=", option);
    c->typed = mark + 1;
    offer_value(c, option);
    return true;
}

static void offer_options(Completer *c)
{
    const FlowProgram *p = c->cli->program;
    char word[NAME_MOST + 8];
    for (int i = 0; i < OPTION_COUNT; i++) {
        snprintf(word, sizeof word, "--%s", option_specs[i].name);
        if (option_specs[i].commands & 1u << c->command)
            offer(c, word, option_specs[i].help);
    }
    for (size_t i = 0; c->command == COMMAND_RUN && i < p->param_count; i++) {
        char name[NAME_MOST];
        option_of_param(p, i, name, sizeof name);
        snprintf(word, sizeof word, "--%s", name);
        offer(c, word, p->params[i].help);
    }
}

/* ---- words -------------------------------------------------------------- */

static size_t words_before(const Completer *c)
{
    size_t count = 0;
    while (word_at(c, count))
        count++;
    return count;
}

static void offer_tag_words(Completer *c, size_t before)
{
    if (before == 0)
        offer_choices(c, "add|remove");
    else if (before == 1)
        offer_runs(c);
    else
        offer_tags(c, strcmp(word_at(c, 0), "remove") == 0 ? word_at(c, 1) : NULL);
}

static void offer_words(Completer *c)
{
    size_t before = words_before(c);
    switch (c->command) {
    case COMMAND_RESUME:
        if (before == 0)
            offer_steps(c, "");
        return;
    case COMMAND_SHOW:
    case COMMAND_LOGS:
    case COMMAND_DUMP:
        if (before == 0)
            offer_tasks(c);
        return;
    case COMMAND_GET:
        if (before == 0)
            offer_tasks(c);
        else if (before == 1)
            offer_artifacts(c, word_at(c, 0));
        return;
    case COMMAND_PARAMS:
        if (before == 0)
            offer_runs(c);
        return;
    case COMMAND_TAG: offer_tag_words(c, before); return;
    case COMMAND_HELP: offer_commands(c); return;
    case COMMAND_STORE:
    case COMMAND_COMPLETION: offer_choices(c, command_specs[c->command].words); return;
    default: return;
    }
}

int command_complete(Cli *cli)
{
    const Options *o = cli->options;
    Completer c = {.cli = cli, .typed = ""};
    if (o->word_count > 0)
        c.typed = o->words[o->word_count - 1];
    if (o->word_count <= 1) {
        offer_commands(&c);
        return EXIT_OK;
    }
    if (!command_find(o->words[0], &c.command))
        return EXIT_OK;
    c.words = o->words + 1;
    c.count = o->word_count - 1;
    const char *previous = c.count > 1 ? c.words[c.count - 2] : "";
    if (takes_value(&c, previous))
        offer_value(&c, previous);
    else if (offer_joined_value(&c))
        return EXIT_OK;
    else if (c.typed[0] == '-')
        offer_options(&c);
    else
        offer_words(&c);
    return EXIT_OK;
}
