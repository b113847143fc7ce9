/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - the command line as read: a command, its words, its options.
 *
 * Reading it costs no file and no thread, so that the fork server can be made right after. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <flow/program.h>

#include "os/buffer.h"

typedef enum CommandId {
#define COMMAND(id, name, words, least, most, summary) COMMAND_##id,
#include "cli/options.def"
    COMMAND_COUNT
} CommandId;

typedef enum OptionId {
#define OPTION(id, commands, name, kind, value, variable, fallback, help) OPTION_##id,
#include "cli/options.def"
    OPTION_COUNT
} OptionId;

typedef enum OptionKind {
    OPTION_KIND_FLAG,
    OPTION_KIND_COUNT,  /* a whole number, at least 1 */
    OPTION_KIND_NUMBER, /* a whole number, at least 0 */
    OPTION_KIND_CHOICE, /* one of what its `value` lists */
    OPTION_KIND_TEXT,
    OPTION_KIND_LIST /* text, and may be given several times */
} OptionKind;

typedef struct CommandSpec {
    const char *name, *words;
    unsigned least, most;
    const char *summary;
} CommandSpec;

typedef struct OptionSpec {
    uint32_t commands; /* bit `1 << CommandId` for each that takes it */
    const char *name;
    OptionKind kind;
    const char *value, *variable, *fallback, *help;
} OptionSpec;

extern const CommandSpec command_specs[COMMAND_COUNT];
extern const OptionSpec option_specs[OPTION_COUNT];

/* All text is borrowed from argv and the environment. */
typedef struct Options {
    const char *program; /* as a shell takes it, for commands that we suggest */
    const char *typed;   /* as the user's shell gave it to us */
    Buffer quoted;       /* holds `program` */
    CommandId command;
    const char *word;               /* the first behind the command, or NULL */
    const char **words;             /* all of them, and NULL */
    size_t word_count;
    const char *text[OPTION_COUNT]; /* as given, or NULL; of a LIST the last */
    const char **listed;            /* what LISTs were given; a command takes one LIST at most */
    size_t listed_count;
    int64_t number[OPTION_COUNT];   /* COUNT and NUMBER, given or not; 0 where there is none */
    bool is_json;
    bool is_quiet;
    bool wants_help;
    const char **param; /* of each of the program's params the text, or NULL */
} Options;

/* What "auto|always|never" lists: the choice at *at, which moves behind it; false at the end. */
bool option_next_choice(const char **at, const char **choice, size_t *len);

/* FLOW_EUSAGE with words, which may be several lines.  options_free is always allowed after. */
FlowStatus options_read(const FlowProgram *program, int argc, char **argv, Options *out,
                        FlowError *err);
void options_free(Options *options);

/* Whether `name` is the option's or parameter's name; `-` and `_` are the same. */
bool option_name_matches(const char *name, const char *text, size_t len);
/* "./hello", or the flow's name where there is no argv[0]. */
const char *program_shown(const FlowProgram *program, int argc, char **argv);
bool command_find(const char *name, CommandId *out);
/* FLOW_EUSAGE with a suggestion; `program` as a shell takes it. */
FlowStatus command_unknown(const char *program, const char *name, FlowError *err);
/* False for what only the scripts of `completion` call. */
bool command_is_shown(CommandId command);
/* The step of that name; FLOW_EUSAGE with a suggestion, or with the steps that there are. */
FlowStatus option_find_step(const FlowProgram *program, const char *name, size_t len,
                            uint16_t *out, FlowError *err);

/* A parameter as an option, `max-depth`; the compiler sees to it that `run` has no such option. */
void option_of_param(const FlowProgram *program, size_t index, char *out, size_t size);

#endif
