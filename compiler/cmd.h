/* SPDX-License-Identifier: Apache-2.0 */
/* cmd.h - the subcommands of flowc.
 *
 * Each gets the arguments after its name and returns the exit code: 0, 1 failed, 2 usage. */
#ifndef CMD_H
#define CMD_H

#include "compile.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

int cmd_build(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_new(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_fix(int argc, char **argv);
int cmd_graph(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_test(int argc, char **argv);

extern const char cmd_explain_help[], cmd_fix_help[], cmd_graph_help[];
extern const char cmd_build_help[], cmd_check_help[], cmd_new_help[], cmd_run_help[],
    cmd_test_help[];

/* Prints "flowc COMMAND: …" and the help's first line to stderr; returns EXIT_USAGE. */
int cmd_usage(const char *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same for an option that the command does not have, with the nearest that its help names. */
int cmd_unknown_option(const char *command, const char *word);
/* Prints "flowc: …" to stderr; returns EXIT_FAILED. */
int cmd_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* `--name=value` or `--name value`: the value, with *i moved past it; NULL when argv[*i] is
 * another option or the value is missing (then *is_missing). */
const char *cmd_option(int argc, char **argv, int *i, const char *name, bool *is_missing);

/* Shows all diagnostics of a compilation to a person, with colour where that is wanted. */
void cmd_show(const Compilation *c);
/* The same as text. */
Str cmd_shown(Arena *a, const Compilation *c);

/* What a build makes. */
typedef struct BuildPlan {
    const char *command;                /* that was given: build, run, graph or test */
    const char *file;                   /* NULL: the one flow of this folder */
    const char *out;                    /* NULL: the name of the flow, in this folder */
    bool is_debug, emits_c, is_private; /* private: below .flow/build, for `flowc run` */
    bool is_test;        /* a program of the tests, also those of imported files */
    bool hides_warnings; /* of a file without errors: `check` and `build` tell them */
    bool warns_once;     /* … and of a program that is there already: its making told them */
} BuildPlan;

typedef struct Built {
    Str program;  /* its path */
    bool was_there; /* nothing had changed since it was made */
} Built;

/* What the program of a flow is called: Cliques -> cliques, HTTPLog -> http_log. */
Str cmd_program_name(Arena *a, Str flow);

/* Runs a built program in place of this one, with `command` (NULL: none) before the arguments.
 * Returns only when that fails, with the exit code. */
int cmd_become(Arena *a, Str program, const char *command, int argc, char **argv);

/* Builds; *out lies in `arena`. */
int build(Arena *arena, const BuildPlan *plan, Built *out);

#endif
