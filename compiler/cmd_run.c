/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_run.c - `flowc run`: builds out of sight, then becomes the program. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

const char cmd_run_help[] =
    "usage: flowc run [FILE] [-- ARGUMENT...]\n"
    "\n"
    "Builds a flow below .flow/build, where it need not be built again unchanged, and runs\n"
    "it. Without FILE: the one flow in this folder. What follows `--` goes to the flow:\n"
    "`flowc run hello.flow -- --name you` is `./hello run --name you`, and\n"
    "`flowc run hello.flow -- resume` is `./hello resume`.\n";

int cmd_become(Arena *a, Str program, const char *command, int argc, char **argv)
{
    const char **args = arena_new_array(a, const char *, (size_t)argc + 3);
    size_t n = 0;
    args[n++] = program.ptr;
    if (command)
        args[n++] = command;
    for (int i = 0; i < argc; i++)
        args[n++] = argv[i];
    fflush(NULL);
    execv(program.ptr, (char *const *)(uintptr_t)args);
    return cmd_fail("cannot run %.*s: %s", STR_ARG(program), strerror(errno));
}

int cmd_run(int argc, char **argv)
{
    BuildPlan plan = {.command = "run", .is_private = true, .warns_once = true};
    int i = 0;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (argv[i][0] == '-')
            return cmd_usage("run",
                             "there is no option `%s`; options of the flow stand behind `--`, as "
                             "in `flowc run %s -- %s`",
                             argv[i], plan.file ? plan.file : "FILE", argv[i]);
        if (plan.file)
            return cmd_usage("run", "name one file; arguments of the flow stand after `--`");
        plan.file = argv[i];
    }
    i += i < argc;
    Arena arena;
    Built built;
    arena_init(&arena);
    bool is_run = i == argc || argv[i][0] == '-';
    int code = build(&arena, &plan, &built);
    if (code == EXIT_OK)
        code = cmd_become(&arena, built.program, is_run ? "run" : NULL, argc - i, argv + i);
    arena_deinit(&arena);
    return code;
}
