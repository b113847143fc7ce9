/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_explain.c - `flowc explain CODE`: the long form of a message. */
#include "cmd.h"
#include "source/suggest.h"

const char cmd_explain_help[] =
    "usage: flowc explain CODE\n"
    "\n"
    "Says what a code such as F0201 means, and what to do about it.\n";

enum { NAME_ROOM = 16 };

/* f0201 is meant as F0201. */
static void in_capitals(const char *word, char out[NAME_ROOM])
{
    snprintf(out, NAME_ROOM, "%s", word);
    for (; *out; out++)
        *out = *out >= 'a' && *out <= 'z' ? (char)(*out - 'a' + 'A') : *out;
}

static int unknown_code(const char *word, const char *name)
{
    Suggest s;
    suggest_init(&s, str_from(name));
    for (int i = 0; i < DIAG_CODE_COUNT; i++)
        suggest_offer(&s, str_from(diag_code_name((DiagCode)i)), NULL);
    if (s.found)
        return cmd_usage("explain", "there is no code `%s`; did you mean %.*s?", word,
                         STR_ARG(s.best));
    return cmd_usage("explain",
                     "there is no code `%s`: it is what stands in brackets in a message, as in "
                     "error[F0201]",
                     word);
}

int cmd_explain(int argc, char **argv)
{
    DiagCode code;
    char name[NAME_ROOM];
    if (argc != 1)
        return cmd_usage("explain", "name one code, as in `flowc explain F0201`");
    in_capitals(argv[0], name);
    if (!diag_code_find(str_from(name), &code))
        return unknown_code(argv[0], name);
    const char *page = diag_code_page(code);
    printf("%s: %s\n", diag_code_name(code), diag_code_title(code));
    if (page)
        printf("\n%s\n", page);
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
}
