/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_check.c - `flowc check`: everything that is known before anything runs. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "syntax/ast_dump.h"

const char cmd_check_help[] =
    "usage: flowc check FILE... [--format F] [--syntax] [--dump=ast|types|ir]\n"
    "\n"
    "Says what is wrong with flows and libraries, without building them.\n"
    "\n"
    "  --format human   messages for people, to standard error (the default)\n"
    "  --format json    one JSON object a line, to standard output\n"
    "  --syntax         stop after the text was read: no names, no types, no graph\n"
    "  --dump=ast       print the syntax tree and stop; `types`: what the compiler knows\n"
    "                   of the flow; `ir`: its functions as explicit steps\n"
    "\n"
    "Exit code: 0 no errors, 1 errors, 2 wrong usage.\n";

typedef struct CheckPlan {
    bool is_json;
    bool is_syntax;
    const char *dump; /* NULL, "ast", "types", "ir" */
} CheckPlan;

static void show_in(const Compilation *c, FILE *out)
{
    const char *no_color = getenv("NO_COLOR");
    bool colour = isatty(STDERR_FILENO) && !(no_color && no_color[0]);
    diag_print_text(&c->diags, out, colour, c->cut);
}

void cmd_show(const Compilation *c)
{
    show_in(c, stderr);
}

Str cmd_shown(Arena *a, const Compilation *c)
{
    char *text = NULL;
    size_t len = 0;
    FILE *room = open_memstream(&text, &len);
    if (room) {
        show_in(c, room);
        fclose(room);
    }
    Str shown = str_copy(a, (Str){text, text ? len : 0});
    free(text);
    return shown;
}

static CompileGoal goal_of(const CheckPlan *plan)
{
    if (plan->is_syntax || (plan->dump && strcmp(plan->dump, "ast") == 0))
        return COMPILE_TREE;
    return plan->dump && strcmp(plan->dump, "ir") == 0 ? COMPILE_IR : COMPILE_TYPES;
}

static void dump(const CheckPlan *plan, const Compilation *c)
{
    if (strcmp(plan->dump, "ast") == 0) {
        ast_dump(c->file, stdout);
    } else if (strcmp(plan->dump, "types") == 0) {
        model_dump(c->model, stdout);
    } else if (c->program) {
        Str text = ir_dump(c->program);
        fwrite(text.ptr, 1, text.len, stdout);
    }
}

static int check_file(const CheckPlan *plan, const char *path)
{
    Compilation c;
    Str error;
    int code = EXIT_OK;
    if (!compile(&c, str_from(path), goal_of(plan), &error)) {
        code = cmd_fail("%.*s", STR_ARG(error));
    } else {
        if (plan->is_json)
            diag_print_json(&c.diags, stdout);
        else
            cmd_show(&c);
        if (plan->dump)
            dump(plan, &c);
        code = diag_has_errors(&c.diags) ? EXIT_FAILED : EXIT_OK;
    }
    compile_free(&c);
    return code;
}

static bool is_dump(const char *name)
{
    return strcmp(name, "ast") == 0 || strcmp(name, "types") == 0 || strcmp(name, "ir") == 0;
}

/* One option; EXIT_OK when it was read. */
static int read_option(CheckPlan *plan, int argc, char **argv, int *i)
{
    bool is_missing = false;
    const char *arg = argv[*i], *value;
    if ((value = cmd_option(argc, argv, i, "--format", &is_missing))) {
        plan->is_json = strcmp(value, "json") == 0;
        if (!plan->is_json && strcmp(value, "human") != 0)
            return cmd_usage("check", "there is no format `%s`: human or json", value);
    } else if (strcmp(arg, "--syntax") == 0) {
        plan->is_syntax = true;
    } else if ((value = cmd_option(argc, argv, i, "--dump", &is_missing))) {
        if (!is_dump(value))
            return cmd_usage("check", "there is no dump `%s`: ast, types or ir", value);
        plan->dump = value;
    } else if (is_missing) {
        return cmd_usage("check", "`%s` needs a value", arg);
    } else {
        return cmd_unknown_option("check", arg);
    }
    return EXIT_OK;
}

int cmd_check(int argc, char **argv)
{
    CheckPlan plan = {0};
    int worst = EXIT_OK, count = 0;
    const char **files = calloc((size_t)argc + 1, sizeof *files);
    if (!files)
        return cmd_fail("out of memory");
    for (int i = 0; i < argc && worst == EXIT_OK; i++) {
        if (argv[i][0] == '-' && argv[i][1])
            worst = read_option(&plan, argc, argv, &i);
        else
            files[count++] = argv[i];
    }
    if (worst == EXIT_OK && count == 0)
        worst = cmd_usage("check", "name a file, as in `flowc check hello.flow`");
    if (worst == EXIT_OK)
        for (int i = 0; i < count; i++)
            if (check_file(&plan, files[i]) != EXIT_OK)
                worst = EXIT_FAILED;
    free(files);
    return worst;
}
