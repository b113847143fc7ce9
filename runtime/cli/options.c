/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - reads argv against the table in options.def and the flow's parameters.
 *
 * `--name value` and `--name=value` are the same, as are `-` and `_` in a name.  What is not
 * given is taken from the environment, where the table names a variable. */
#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cell.h"
#include "cli/suggest.h"
#include "os/memory.h"
#include "value/codec.h"

#define ON(id) (1u << COMMAND_##id)
#define ON_ALL (~0u)

const CommandSpec command_specs[COMMAND_COUNT] = {
#define COMMAND(id, name, words, least, most, summary) {name, words, least, most, summary},
#include "cli/options.def"
};

const OptionSpec option_specs[OPTION_COUNT] = {
#define OPTION(id, commands, name, kind, value, variable, fallback, help)                          \
    {commands, name, OPTION_KIND_##kind, value, variable, fallback, help},
#include "cli/options.def"
};

typedef struct Short {
    char letter;
    OptionId id;
} Short;

static const Short shorts[] = {
#define SHORT(letter, id) {letter, OPTION_##id},
#include "cli/options.def"
};

typedef struct Reader {
    const FlowProgram *program;
    Options *options;
    FlowError *err;
    char **next;     /* the rest of argv, NULL at its end */
    bool only_words; /* behind `--` */
} Reader;

/* One `--name` or `--name=value` of the command line. */
typedef struct Given {
    const char *name;
    size_t len;
    const char *value; /* behind the `=`, or NULL */
} Given;

bool option_name_matches(const char *name, const char *text, size_t len)
{
    if (strlen(name) != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool both_lines = (name[i] == '-' || name[i] == '_') && (text[i] == '-' || text[i] == '_');
        if (name[i] != text[i] && !both_lines)
            return false;
    }
    return true;
}

const char *program_shown(const FlowProgram *program, int argc, char **argv)
{
    return argc > 0 && argv[0][0] ? argv[0] : program->name;
}

bool command_find(const char *name, CommandId *out)
{
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(command_specs[i].name, name) != 0)
            continue;
        *out = (CommandId)i;
        return true;
    }
    return false;
}

static const char *param_name(const FlowProgram *program, size_t index)
{
    return program->artifacts[program->params[index].artifact].name;
}

static bool param_is_bool(const FlowProgram *program, size_t index)
{
    return program->artifacts[program->params[index].artifact].type->kind == FLOW_BOOL;
}

void option_of_param(const FlowProgram *program, size_t index, char *out, size_t size)
{
    const char *name = param_name(program, index);
    size_t at = 0;
    for (; *name && at + 1 < size; name++)
        out[at++] = *name == '_' ? '-' : *name;
    out[at] = 0;
}

bool option_next_choice(const char **at, const char **choice, size_t *len)
{
    if (!**at)
        return false;
    *choice = *at;
    *len = strcspn(*at, "|");
    *at += *len + ((*at)[*len] == '|');
    return true;
}

/* "; did you mean" where a name is near, else the steps that there are. */
static void hint_steps(const FlowProgram *program, const char *best, char *out, size_t size)
{
    enum { SHOWN = 20 };
    if (best) {
        snprintf(out, size, "did you mean `%s`?", best);
        return;
    }
    int len = snprintf(out, size, "its steps are ");
    for (uint16_t i = 0; i < program->step_count && i < SHOWN && (size_t)len < size; i++)
        len += snprintf(out + len, size - (size_t)len, "%s%s", i ? ", " : "",
                        program->steps[i].name);
    if (program->step_count > SHOWN && (size_t)len < size)
        snprintf(out + len, size - (size_t)len, ", …");
}

FlowStatus option_find_step(const FlowProgram *program, const char *name, size_t len,
                            uint16_t *out, FlowError *err)
{
    Suggest s;
    char hint[500];
    suggest_init(&s, name, len);
    for (uint16_t i = 0; i < program->step_count; i++) {
        const char *step = program->steps[i].name;
        *out = i;
        if (strlen(step) == len && memcmp(step, name, len) == 0)
            return FLOW_OK;
        suggest_offer(&s, step);
    }
    hint_steps(program, s.best, hint, sizeof hint);
    return flow_error(err, FLOW_EUSAGE, "%s has no step `%.*s`\nhelp: %s", program->name,
                      len < 200 ? (int)len : 200, name, hint);
}

bool command_is_shown(CommandId command)
{
    return command != COMMAND_COMPLETE;
}

/* ---- what can go wrong -------------------------------------------------- */

FlowStatus command_unknown(const char *program, const char *name, FlowError *err)
{
    Suggest s;
    suggest_init(&s, name, strlen(name));
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (command_is_shown((CommandId)i))
            suggest_offer(&s, command_specs[i].name);
    if (s.best)
        return flow_error(err, FLOW_EUSAGE,
                          "there is no command `%s`\nhelp: did you mean "
                          "`%s %s`?",
                          name, program, s.best);
    return flow_error(err, FLOW_EUSAGE,
                      "there is no command `%s`\nhelp: `%s --help` lists "
                      "those that there are",
                      name, program);
}

/* The names that the command takes, one after another: "" for one that it does not take, NULL
 * behind the last. */
static const char *taken_name(const Reader *r, size_t i)
{
    if (i < OPTION_COUNT)
        return option_specs[i].commands & 1u << r->options->command ? option_specs[i].name : "";
    i -= OPTION_COUNT;
    bool is_param = r->options->command == COMMAND_RUN && i < r->program->param_count;
    return is_param ? param_name(r->program, i) : NULL;
}

/* Names of parameters are written with `-` as options. */
static void copy_dashed(const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s", name);
    for (; *out; out++)
        *out = *out == '_' ? '-' : *out;
}

/* "did you mean …" of an option that is not there, or where to look. */
static void hint_option(const Reader *r, const char *name, size_t len, char *out, size_t size)
{
    const Options *o = r->options;
    Suggest s;
    char best[80];
    suggest_init(&s, name, len);
    for (size_t i = 0; taken_name(r, i); i++)
        if (taken_name(r, i)[0])
            suggest_offer(&s, taken_name(r, i));
    copy_dashed(s.best ? s.best : "", best, sizeof best);
    if (s.best)
        snprintf(out, size, "did you mean `--%s`?", best);
    else
        snprintf(out, size, "`%s %s --help` lists what it takes", o->program,
                 command_specs[o->command].name);
}

static FlowStatus unknown_option(Reader *r, const Given *given)
{
    char hint[400];
    hint_option(r, given->name, given->len, hint, sizeof hint);
    return flow_error(r->err, FLOW_EUSAGE, "`%s` takes no option `--%.*s`\nhelp: %s",
                      command_specs[r->options->command].name, (int)given->len, given->name, hint);
}

/* `-q`: the options that begin so; `-quiet`: the one that is spelt like that. */
static FlowStatus unknown_short(Reader *r, const char *word)
{
    const char *command = command_specs[r->options->command].name;
    char hint[400] = "", name[80];
    int len = 0;
    for (size_t i = 0; taken_name(r, i) && !word[2] && (size_t)len < sizeof hint; i++) {
        copy_dashed(taken_name(r, i), name, sizeof name);
        if (name[0] == word[1])
            len += snprintf(hint + len, sizeof hint - (size_t)len, "%s`--%s`", len ? ", " : "",
                            name);
    }
    if (!len)
        hint_option(r, word + 1, strcspn(word + 1, "="), hint, sizeof hint);
    return flow_error(r->err, FLOW_EUSAGE, "`%s` takes no option `%.100s`\nhelp: %s%s%s", command,
                      word, !len                  ? ""
                            : strchr(hint, ',') ? "did you mean one of "
                                                  : "did you mean ",
                      hint, len ? "?" : "");
}

static FlowStatus fixed_param(Reader *r, const char *name)
{
    return flow_error(r->err, FLOW_EUSAGE,
                      "`--%s` is a parameter of the flow, and a resumed run "
                      "keeps those of its origin\nhelp: `%s run --%s …` starts a run with another",
                      name, r->options->program, name);
}

static FlowStatus bad_number(Reader *r, OptionId id, const char *shown, const char *text,
                             int64_t least)
{
    const char *fallback = option_specs[id].fallback;
    return flow_error(r->err, FLOW_EUSAGE,
                      "%s is `%.200s`, but takes a whole number of at least %d, such as %s", shown,
                      text, (int)least, fallback[0] ? fallback : "1");
}

static FlowStatus bad_choice(Reader *r, OptionId id, const char *shown, const char *text)
{
    char list[200] = "";
    size_t len = 0, at = 0;
    const char *choice, *rest = option_specs[id].value;
    while (option_next_choice(&rest, &choice, &len) && at < sizeof list - 1)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s`%.*s`",
                               at == 0 ? ""
                               : *rest ? ", "
                                       : " or ",
                               (int)len, choice);
    return flow_error(r->err, FLOW_EUSAGE, "%s is `%.200s`, but takes %s", shown, text, list);
}

/* ---- options ------------------------------------------------------------ */

/* The value of an option that needs one: behind its `=`, or the next word. */
static FlowStatus take_value(Reader *r, const Given *given, const char **out)
{
    *out = given->value;
    if (*out)
        return FLOW_OK;
    const char *word = *r->next;
    if (!word)
        return flow_error(r->err, FLOW_EUSAGE,
                          "`--%.*s` needs a value\nhelp: `%s %s --help` says which",
                          (int)given->len, given->name, r->options->program,
                          command_specs[r->options->command].name);
    if (strncmp(word, "--", 2) == 0)
        return flow_error(r->err, FLOW_EUSAGE,
                          "`--%.*s` needs a value\nhelp: if `%s` is it, "
                          "write `--%.*s=%s`",
                          (int)given->len, given->name, word, (int)given->len, given->name, word);
    *out = word;
    r->next++;
    return FLOW_OK;
}

/* `shown` names the option or the variable that the text is from. */
static FlowStatus read_number(Reader *r, OptionId id, const char *shown, const char *text)
{
    int64_t least = option_specs[id].kind == OPTION_KIND_COUNT;
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno == ERANGE && !*end)
        return flow_error(r->err, FLOW_EUSAGE, "%s is `%.200s`, but takes at most %lld",
                          shown, text, LLONG_MAX);
    if (text[0] < '0' || text[0] > '9' || *end || errno || number < least)
        return bad_number(r, id, shown, text, least);
    r->options->number[id] = number;
    return FLOW_OK;
}

static FlowStatus read_choice(Reader *r, OptionId id, const char *shown, const char *text)
{
    const char *choice, *rest = option_specs[id].value;
    size_t len = 0;
    while (option_next_choice(&rest, &choice, &len))
        if (strlen(text) == len && memcmp(choice, text, len) == 0)
            return FLOW_OK;
    return bad_choice(r, id, shown, text);
}

static FlowStatus read_option(Reader *r, OptionId id, const char *shown, const char *text)
{
    Options *o = r->options;
    o->text[id] = text;
    switch (option_specs[id].kind) {
    case OPTION_KIND_COUNT:
    case OPTION_KIND_NUMBER: return read_number(r, id, shown, text);
    case OPTION_KIND_CHOICE:
        o->is_json |= id == OPTION_FORMAT && strcmp(text, "json") == 0;
        return read_choice(r, id, shown, text);
    case OPTION_KIND_LIST:
    case OPTION_KIND_TEXT:
        if (option_specs[id].kind == OPTION_KIND_LIST)
            o->listed[o->listed_count++] = text;
        if (text[0])
            return FLOW_OK;
        return flow_error(r->err, FLOW_EUSAGE, "%s is empty", shown);
    case OPTION_KIND_FLAG: break;
    }
    o->is_quiet |= id == OPTION_QUIET;
    o->wants_help |= id == OPTION_HELP;
    return FLOW_OK;
}

static FlowStatus take_option(Reader *r, OptionId id, const Given *given)
{
    char shown[64];
    snprintf(shown, sizeof shown, "`--%s`", option_specs[id].name);
    if (option_specs[id].kind == OPTION_KIND_FLAG) {
        if (given->value)
            return flow_error(r->err, FLOW_EUSAGE, "%s takes no value", shown);
        return read_option(r, id, shown, "");
    }
    const char *text = NULL;
    FlowStatus s = take_value(r, given, &text);
    return s == FLOW_OK ? read_option(r, id, shown, text) : s;
}

/* With what the type asks for: "a whole number, such as 42". */
static FlowStatus lacks_value(Reader *r, size_t index, const Given *given)
{
    Buffer wanted = {0};
    const FlowType *type = r->program->artifacts[r->program->params[index].artifact].type;
    bool is_known = value_expected(type, &wanted) == FLOW_OK && buffer_text(&wanted);
    flow_error(r->err, FLOW_EUSAGE, "`--%.*s` needs a value: %s", (int)given->len, given->name,
               is_known ? (const char *)wanted.bytes : type->name);
    buffer_free(&wanted);
    return FLOW_EUSAGE;
}

/* A bool may stand alone; what follows is its value only if it is one. */
static FlowStatus take_param(Reader *r, size_t index, const Given *given)
{
    const char **out = &r->options->param[index];
    if (!param_is_bool(r->program, index) && !given->value && !*r->next)
        return lacks_value(r, index, given);
    if (!param_is_bool(r->program, index) || given->value)
        return take_value(r, given, out);
    const char *word = *r->next;
    bool is_value = word && (strcmp(word, "true") == 0 || strcmp(word, "false") == 0);
    *out = is_value ? *r->next++ : "true";
    return FLOW_OK;
}

static FlowStatus take_named(Reader *r, const Given *given)
{
    Options *o = r->options;
    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_specs[i].commands & 1u << o->command &&
            option_name_matches(option_specs[i].name, given->name, given->len))
            return take_option(r, (OptionId)i, given);

    for (size_t i = 0; i < r->program->param_count; i++) {
        const char *name = param_name(r->program, i);
        bool is_no = param_is_bool(r->program, i) && !given->value && given->len > 3 &&
                     option_name_matches("no-", given->name, 3) &&
                     option_name_matches(name, given->name + 3, given->len - 3);
        if (!is_no && !option_name_matches(name, given->name, given->len))
            continue;
        if (o->command == COMMAND_RESUME)
            return fixed_param(r, name);
        if (o->command != COMMAND_RUN)
            break;
        if (o->param[i])
            return flow_error(r->err, FLOW_EUSAGE,
                              "the parameter `%s` is given twice: leave one of them out", name);
        if (!is_no)
            return take_param(r, i, given);
        o->param[i] = "false";
        return FLOW_OK;
    }
    return unknown_option(r, given);
}

/* ---- words -------------------------------------------------------------- */

static FlowStatus take_word(Reader *r, const char *word)
{
    Options *o = r->options;
    const CommandSpec *spec = &command_specs[o->command];
    if (o->word_count >= spec->most)
        return flow_error(r->err, FLOW_EUSAGE,
                          "`%s` takes %s, so `%s` is too much\nhelp: "
                          "`%s %s --help` says what it takes",
                          spec->name, spec->most == 0 ? "options only" : spec->words, word,
                          o->program, spec->name);
    o->words[o->word_count++] = word;
    o->word = o->words[0];
    return FLOW_OK;
}

static FlowStatus take_argument(Reader *r, const char *word)
{
    if (r->only_words || word[0] != '-' || !word[1])
        return take_word(r, word);
    for (size_t i = 0; i < sizeof shorts / sizeof *shorts && !word[2]; i++) {
        const OptionSpec *spec = &option_specs[shorts[i].id];
        if (word[1] == shorts[i].letter && spec->commands & 1u << r->options->command)
            return take_option(r, shorts[i].id, &(Given){spec->name, strlen(spec->name), NULL});
    }
    if (word[1] != '-')
        return unknown_short(r, word);
    if (!word[2]) {
        r->only_words = true;
        return FLOW_OK;
    }
    const char *name = word + 2, *equals = strchr(name, '=');
    Given given = {name, equals ? (size_t)(equals - name) : strlen(name),
                   equals ? equals + 1 : NULL};
    return take_named(r, &given);
}

static FlowStatus take_command(Reader *r)
{
    Options *o = r->options;
    const char *word = *r->next;
    if (!word)
        return flow_error(r->err, FLOW_EUSAGE,
                          "no command was given\nhelp: `%s run` runs the "
                          "flow; `%s --help` lists the commands",
                          o->program, o->program);
    r->next++;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        o->command = COMMAND_HELP;
        return FLOW_OK;
    }
    if (strcmp(word, "--version") == 0) {
        o->command = COMMAND_VERSION;
        return FLOW_OK;
    }
    if (word[0] == '-')
        return flow_error(r->err, FLOW_EUSAGE,
                          "`%s` stands before the command\nhelp: write the "
                          "command first: `%s run %s`",
                          word, o->program, word);
    return command_find(word, &o->command) ? FLOW_OK : command_unknown(o->program, word, r->err);
}

static FlowStatus read_environment(Reader *r)
{
    Options *o = r->options;
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionSpec *spec = &option_specs[i];
        if (o->text[i] || !spec->variable || !(spec->commands & 1u << o->command))
            continue;
        const char *text = getenv(spec->variable);
        if (!text || !text[0])
            continue;
        FlowStatus s = read_option(r, (OptionId)i, spec->variable, text);
        if (s != FLOW_OK)
            return s;
    }
    return FLOW_OK;
}

static void fill_fallbacks(Options *o)
{
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionSpec *spec = &option_specs[i];
        if (spec->kind == OPTION_KIND_COUNT && spec->fallback[0])
            o->number[i] = strtoll(spec->fallback, NULL, 10);
    }
}

static const char *example_of(CommandId command)
{
    switch (command) {
    case COMMAND_STORE: return "check";
    case COMMAND_GET: return "1/start NAME";
    case COMMAND_TAG: return "add 1 good";
    case COMMAND_COMPLETION: return "bash";
    default: return "1";
    }
}

static FlowStatus check_words(Reader *r)
{
    const Options *o = r->options;
    const CommandSpec *spec = &command_specs[o->command];
    if (o->wants_help || o->word_count >= spec->least)
        return FLOW_OK;
    return flow_error(r->err, FLOW_EUSAGE, "`%s` needs %s\nhelp: as in `%s %s %s`", spec->name,
                      spec->words, o->program, spec->name, example_of(o->command));
}

/* No more words and values can come than there are arguments. */
static FlowStatus make_room(Options *o, const FlowProgram *program, size_t arguments,
                            FlowError *err)
{
    Buffer quoted = {0};
    if (shell_write(&quoted, o->typed, strlen(o->typed)) != FLOW_OK || !buffer_text(&quoted))
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    o->quoted = quoted;
    o->program = (const char *)quoted.bytes;
    o->param = os_alloc_zero((program->param_count + 1u) * sizeof *o->param);
    o->words = os_alloc_zero((arguments + 1) * sizeof *o->words);
    o->listed = os_alloc_zero((arguments + 1) * sizeof *o->listed);
    return o->param && o->words && o->listed ? FLOW_OK
                                             : flow_error(err, FLOW_ENOMEM, "out of memory");
}

FlowStatus options_read(const FlowProgram *program, int argc, char **argv, Options *out,
                        FlowError *err)
{
    *out = (Options){.typed = program_shown(program, argc, argv)};
    static char *nothing[] = {NULL};
    Reader r = {program, out, err, argc > 0 ? argv + 1 : nothing, false};
    FlowStatus s = make_room(out, program, argc > 0 ? (size_t)argc : 0, err);
    if (s != FLOW_OK)
        return s;
    fill_fallbacks(out);

    s = take_command(&r);
    while (s == FLOW_OK && *r.next) {
        const char *word = *r.next++;
        s = take_argument(&r, word);
    }
    if (s == FLOW_OK && !out->wants_help)
        s = read_environment(&r);
    if (s == FLOW_OK)
        s = check_words(&r);
    if (s == FLOW_OK && !out->text[OPTION_STORE])
        out->text[OPTION_STORE] = option_specs[OPTION_STORE].fallback;
    return s;
}

void options_free(Options *options)
{
    os_free(options->param);
    os_free(options->words);
    os_free(options->listed);
    buffer_free(&options->quoted);
    options->param = options->words = options->listed = NULL;
}
