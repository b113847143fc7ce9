/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_explain.c - `flowc explain CODE`: the long form of a message. */
#include "cmd.h"

const char cmd_explain_help[] =
    "usage: flowc explain CODE\n"
    "\n"
    "Says what a code such as F0201 means, and what to do about it.\n";

int cmd_explain(int argc, char **argv)
{
    DiagCode code;
    if (argc != 1)
        return cmd_usage("explain", "name one code, as in `flowc explain F0201`");
    if (!diag_code_find(str_from(argv[0]), &code))
        return cmd_usage("explain", "there is no code `%s`", argv[0]);
    const char *page = diag_code_page(code);
    printf("%s: %s\n", diag_code_name(code), diag_code_title(code));
    if (page)
        printf("\n%s\n", page);
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}
