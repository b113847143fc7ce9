/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - flowc's command line. */
#include <stdarg.h>
#include <string.h>

#include "cmd.h"
#include "source/suggest.h"

#ifndef FLOW_VERSION
#define FLOW_VERSION "unknown"
#endif

typedef struct Command {
    const char *name, *words; /* words: what stands behind the name, as --help shows it */
    int (*run)(int argc, char **argv);
    const char *summary, *help;
} Command;

static int cmd_help(int argc, char **argv);
static int cmd_version(int argc, char **argv);

static const char cmd_help_help[] = "usage: flowc help [COMMAND]\n"
                                    "\n"
                                    "Lists the commands, or says what one of them takes.\n";

static const char cmd_version_help[] = "usage: flowc version\n"
                                       "\n"
                                       "Says which flowc this is, as `flowc --version` does.\n";

static const Command commands[] = {
    {"new", "NAME [--template hello|foreach]", cmd_new, "make a folder with a flow to begin with",
     cmd_new_help},
    {"build", "[FILE] [-o OUT]", cmd_build, "make a program of a flow", cmd_build_help},
    {"run", "[FILE] [-- ARGUMENT...]", cmd_run, "build out of sight, and run", cmd_run_help},
    {"check", "FILE... [--format human|json]", cmd_check, "say what is wrong, and build nothing",
     cmd_check_help},
    {"explain", "CODE", cmd_explain, "say what a code such as F0201 means", cmd_explain_help},
    {"fix", "FILE...", cmd_fix, "do what the help of errors says", cmd_fix_help},
    {"test", "FILE [TEXT]", cmd_test, "run the tests in a file", cmd_test_help},
    {"graph", "[FILE] [--format F] [-o OUT]", cmd_graph,
     "draw the steps: dot, mermaid, svg or json", cmd_graph_help},
    {"help", "[COMMAND]", cmd_help, "this text, or what a command takes", cmd_help_help},
    {"version", "", cmd_version, "the version of flowc", cmd_version_help},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0], LEFT_COLUMN = 40 };

static void print_help(FILE *out)
{
    fputs("usage: flowc COMMAND\n\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const Command *c = &commands[i];
        int left = fprintf(out, "  %s%s%s", c->name, c->words[0] ? " " : "", c->words);
        fprintf(out, "%*s%s\n", left < LEFT_COLUMN ? LEFT_COLUMN - left : 1, "", c->summary);
    }
    fputs("\n`flowc COMMAND --help` says what a command takes.\n", out);
}

static const Command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

int cmd_fail(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("flowc: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    return EXIT_FAILED;
}

int cmd_usage(const char *command, const char *fmt, ...)
{
    va_list args;
    const Command *c = find_command(command);
    va_start(args, fmt);
    fputs("flowc: ", stderr);
    vfprintf(stderr, fmt, args);
    va_end(args);
    if (c)
        fprintf(stderr, "\n%.*s\n", (int)strcspn(c->help, "\n"), c->help);
    return EXIT_USAGE;
}

const char *cmd_option(int argc, char **argv, int *i, const char *name, bool *is_missing)
{
    size_t len = strlen(name);
    if (strncmp(argv[*i], name, len) != 0)
        return NULL;
    if (argv[*i][len] == '=')
        return argv[*i] + len + 1;
    if (argv[*i][len] != '\0')
        return NULL;
    if (*i + 1 < argc)
        return argv[++*i];
    *is_missing = true;
    return NULL;
}

/* The options stand in the help once; whether this is a letter of one. */
static bool is_option_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

/* The next option at or behind *at, which moves behind it. */
static bool next_option(const char **at, Str *out)
{
    for (const char *c = *at; *c; c++) {
        bool begins = c[0] == '-' && (c[-1] == ' ' || c[-1] == '[') && is_option_char(c[1]);
        size_t len = 0;
        while (begins && is_option_char(c[len]))
            len++;
        if (len < 2 || (len == 2 && c[1] == '-'))
            continue;
        *out = (Str){c, len};
        *at = c + len;
        return true;
    }
    return false;
}

/* The option that the word was perhaps meant to be; `-f` is that which begins so. */
static Str near_option(const char *help, const char *word)
{
    Suggest s;
    Str option, letter = {0};
    bool is_short = word[1] && !word[2];
    suggest_init(&s, (Str){word, strcspn(word, "=")});
    const char *at = help + 1;
    while (next_option(&at, &option)) {
        suggest_offer(&s, option, NULL);
        if (option.len > 2 && option.ptr[2] == word[1] && !letter.len)
            letter = option;
    }
    if (is_short)
        return letter;
    return s.found ? s.best : (Str){0};
}

int cmd_unknown_option(const char *command, const char *word)
{
    const Command *c = find_command(command);
    Str near_one = near_option(c->help, word);
    fprintf(stderr, "flowc: `%s` has no option `%s`", command, word);
    if (near_one.len)
        fprintf(stderr, "; did you mean `%.*s`?\n", STR_ARG(near_one));
    else
        fprintf(stderr, "; `flowc %s --help` lists those that there are\n", command);
    return EXIT_USAGE;
}

static int unknown_command(const char *name)
{
    Suggest s;
    suggest_init(&s, str_from(name));
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        suggest_offer(&s, str_from(commands[i].name), &commands[i]);
    fprintf(stderr, "flowc: there is no command `%s`", name);
    if (s.found)
        fprintf(stderr, "; did you mean `%.*s`?\n", STR_ARG(s.best));
    else if (str_ends_with(str_from(name), STR(".flow")))
        fprintf(stderr, "; to run that flow: `flowc run %s`\n", name);
    else
        fprintf(stderr, "; `flowc --help` lists them\n");
    return EXIT_USAGE;
}

static bool asks_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int cmd_help(int argc, char **argv)
{
    if (argc == 0) {
        print_help(stdout);
        return EXIT_OK;
    }
    const Command *c = find_command(argv[0]);
    if (!c)
        return unknown_command(argv[0]);
    fputs(c->help, stdout);
    return EXIT_OK;
}

static int cmd_version(int argc, char **argv)
{
    if (argc > 0)
        return cmd_usage("version", "it takes nothing, so `%s` is too much", argv[0]);
    puts("flowc " FLOW_VERSION);
    return EXIT_OK;
}

/* `--help` and `--version` are commands as well. */
static const char *command_name(const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return "help";
    return strcmp(word, "--version") == 0 ? "version" : word;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    const Command *c = find_command(command_name(argv[1]));
    if (!c)
        return unknown_command(argv[1]);
    if (asks_help(argc - 2, argv + 2)) {
        fputs(c->help, stdout);
        return EXIT_OK;
    }
    return c->run(argc - 2, argv + 2);
}
