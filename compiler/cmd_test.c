/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_test.c - `flowc test`: builds a program of a file's tests out of sight, then becomes it. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

const char cmd_test_help[] =
    "usage: flowc test FILE [TEXT]\n"
    "\n"
    "Runs the tests of a flow or a library, after those of the files that it imports:\n"
    "`test \"adds up\" { assert sum([1, 2]) == 3 }`. With TEXT: those that have it in their name.\n"
    "Each test is a process of its own, and its random draws are the same each time.\n"
    "\n"
    "Exit code: 0 all passed, 1 one failed or the file has errors, 2 wrong usage.\n";

static int run_tests(Str program, const char *text)
{
    const char *args[] = {program.ptr, text, NULL};
    fflush(NULL);
    execv(program.ptr, (char *const *)(uintptr_t)args);
    return cmd_fail("cannot run %.*s: %s", STR_ARG(program), strerror(errno));
}

int cmd_test(int argc, char **argv)
{
    if (argc == 0)
        return cmd_usage("test", "name a file, as in `flowc test hello.flow`");
    if (argc > 2)
        return cmd_usage("test", "one file at a time, and one text to choose its tests by");
    if (argv[0][0] == '-')
        return cmd_unknown_option("test", argv[0]);
    BuildPlan plan = {.command = "test", .file = argv[0], .is_private = true, .is_test = true,
                      .hides_warnings = true};
    Arena arena;
    Built built;
    arena_init(&arena);
    int code = build(&arena, &plan, &built);
    if (code == EXIT_OK)
        code = run_tests(built.program, argc > 1 ? argv[1] : NULL);
    arena_deinit(&arena);
    return code;
}
