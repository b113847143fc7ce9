/* SPDX-License-Identifier: Apache-2.0 */
/* complete.c - what could stand where the cursor is: the shells ask `PROGRAM complete -- WORD...`.
 *
 * The words are those behind the program's name, up to the one that is being typed.  Each answer is
 * a line, with a tab before what it means.  Nothing that goes wrong is said: one is typing. */
#include "cli/commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/view.h"

enum { NAME_MOST = 320 };

typedef struct Completer {
    Cli *cli;
    const char *const *words; /* behind the command */
    size_t count;             /* the last one is being typed */
    const char *typed;
    CommandId command;
} Completer;

static void offer(Completer *c, const char *word, const char *meaning)
{
    if (strncmp(word, c->typed, strlen(c->typed)) == 0)
        console_printf(c->cli->console, CONSOLE_OUT, "%s\t%.*s\n", word,
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

static void offer_artifacts(Completer *c)
{
    const FlowProgram *p = c->cli->program;
    for (uint16_t i = 0; i < p->artifact_count; i++)
        if (p->artifacts[i].kind == FLOW_ARTIFACT_KEPT)
            offer(c, p->artifacts[i].name, p->artifacts[i].type->name);
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

/* RUN, or RUN/STEP once there is a slash. */
static void offer_tasks(Completer *c)
{
    const char *slash = strchr(c->typed, '/');
    char before[40];
    if (!slash) {
        offer_runs(c);
        return;
    }
    snprintf(before, sizeof before, "%.*s", (int)(slash + 1 - c->typed), c->typed);
    offer_steps(c, before);
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
        offer_artifacts(c);
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

/* How many words, that are neither options nor their values, stand before the typed one. */
static size_t words_before(const Completer *c)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < c->count; i++) {
        if (takes_value(c, c->words[i]))
            i++;
        else
            count += c->words[i][0] != '-';
    }
    return count;
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
        else
            offer_artifacts(c);
        return;
    case COMMAND_PARAMS: offer_runs(c); return;
    case COMMAND_TAG:
        if (before == 0)
            offer_choices(c, "add|remove");
        else if (before == 1)
            offer_runs(c);
        return;
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
    else if (c.typed[0] == '-')
        offer_options(&c);
    else
        offer_words(&c);
    return EXIT_OK;
}
