/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_graph.c - `flowc graph`: the flow builds out of sight, and its program draws itself. */
#include <string.h>

#include "cmd.h"

const char cmd_graph_help[] =
    "usage: flowc graph [FILE] [--format dot|mermaid|svg|json]\n"
    "\n"
    "Draws the steps of a flow and what leads from one to the other, on standard output:\n"
    "`flowc graph hello.flow --format svg > hello.svg`. A built program does the same:\n"
    "`./hello graph`. Without FILE: of the one flow in this folder.\n"
    "\n"
    "  --format FORMAT   dot (the default), mermaid, svg or json\n";

int cmd_graph(int argc, char **argv)
{
    BuildPlan plan = {.command = "graph", .is_private = true};
    char *format[2] = {(char *)(uintptr_t) "--format", NULL};
    for (int i = 0; i < argc; i++) {
        bool is_missing = false;
        const char *value = cmd_option(argc, argv, &i, "--format", &is_missing);
        if (is_missing)
            return cmd_usage("graph", "--format needs a value: dot, mermaid, svg or json");
        if (value)
            format[1] = (char *)(uintptr_t)value;
        else if (argv[i][0] == '-')
            return cmd_unknown_option("graph", argv[i]);
        else if (plan.file)
            return cmd_usage("graph", "name one file");
        else
            plan.file = argv[i];
    }
    Arena arena;
    Str program;
    arena_init(&arena);
    int code = build(&arena, &plan, &program);
    if (code == EXIT_OK)
        code = cmd_become(&arena, program, "graph", format[1] ? 2 : 0, format);
    arena_deinit(&arena);
    return code;
}
