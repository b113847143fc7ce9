/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_graph.c - `flowc graph`: the flow builds out of sight, and its program draws itself. */
#include <errno.h>
#include <string.h>

#include "cmd.h"

const char cmd_graph_help[] =
    "usage: flowc graph [FILE] [--format dot|mermaid|svg|json] [-o OUT]\n"
    "\n"
    "Draws the steps of a flow and what leads from one to the other, on standard output or into\n"
    "a file: `flowc graph hello.flow --format svg -o hello.svg`. A built program does the same on\n"
    "standard output: `./hello graph`. Without FILE: of the one flow in this folder.\n"
    "\n"
    "  --format FORMAT   dot (the default), mermaid, svg or json\n"
    "  -o OUT            the file to write\n";

/* What the program prints from here on goes into the file. */
static int print_into(const char *path)
{
    if (!path || freopen(path, "w", stdout))
        return EXIT_OK;
    return cmd_fail("cannot write %s: %s", path, strerror(errno));
}

static bool is_format(const char *name)
{
    static const char *const formats[] = {"dot", "mermaid", "svg", "json"};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(name, formats[i]) == 0)
            return true;
    return false;
}

int cmd_graph(int argc, char **argv)
{
    BuildPlan plan = {.command = "graph", .is_private = true, .hides_warnings = true};
    char *format[2] = {(char *)(uintptr_t) "--format", NULL};
    const char *out = NULL;
    for (int i = 0; i < argc; i++) {
        bool is_missing = false;
        const char *value = cmd_option(argc, argv, &i, "--format", &is_missing);
        if (is_missing)
            return cmd_usage("graph", "--format needs a value: dot, mermaid, svg or json");
        const char *path = value ? NULL : cmd_option(argc, argv, &i, "-o", &is_missing);
        if (is_missing)
            return cmd_usage("graph", "-o needs the file to write");
        if (value && !is_format(value))
            return cmd_usage("graph", "there is no format `%s`: dot, mermaid, svg or json", value);
        if (path)
            out = path;
        else if (value)
            format[1] = (char *)(uintptr_t)value;
        else if (argv[i][0] == '-')
            return cmd_unknown_option("graph", argv[i]);
        else if (plan.file)
            return cmd_usage("graph", "name one file");
        else
            plan.file = argv[i];
    }
    Arena arena;
    Built built;
    arena_init(&arena);
    int code = build(&arena, &plan, &built);
    if (code == EXIT_OK)
        code = print_into(out);
    if (code == EXIT_OK)
        code = cmd_become(&arena, built.program, "graph", format[1] ? 2 : 0, format);
    arena_deinit(&arena);
    return code;
}
