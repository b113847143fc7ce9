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
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} Command;

static const Command commands[] = {
    {"build", cmd_build, cmd_build_help},
    {"check", cmd_check, cmd_check_help},
    {"new", cmd_new, cmd_new_help},
    {"explain", cmd_explain, cmd_explain_help},
    {"fix", cmd_fix, cmd_fix_help},
    {"graph", cmd_graph, cmd_graph_help},
    {"run", cmd_run, cmd_run_help},
    {"test", cmd_test, cmd_test_help},
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static const char help[] =
    "usage: flowc COMMAND\n"
    "\n"
    "  new NAME [--template hello|foreach]          make a folder with a flow to begin with\n"
    "  build [FILE] [-o OUT] [--debug] [--emit-c]   make a program of a flow\n"
    "  check FILE... [--format human|json]          say what is wrong, and build nothing\n"
    "  explain CODE                                 say what a code such as F0201 means\n"
    "  fix FILE...                                  do what the help of errors says\n"
    "  graph FILE [--format svg]                    draw the steps: dot, mermaid, svg, json\n"
    "  run FILE [-- ARGUMENT...]                    build out of sight, and run\n"
    "  test FILE [TEXT]                             run the tests in a file\n"
    "\n"
    "  flowc COMMAND --help    what a command takes\n"
    "  flowc --version\n";

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
    fprintf(stderr, "flowc %s: ", command);
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

int main(int argc, char **argv)
{
    if (argc < 2) {
        fputs(help, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        fputs(help, stdout);
        return EXIT_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("flowc " FLOW_VERSION);
        return EXIT_OK;
    }
    const Command *c = find_command(argv[1]);
    if (!c)
        return unknown_command(argv[1]);
    if (asks_help(argc - 2, argv + 2)) {
        fputs(c->help, stdout);
        return EXIT_OK;
    }
    return c->run(argc - 2, argv + 2);
}
