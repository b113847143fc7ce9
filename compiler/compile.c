/* SPDX-License-Identifier: Apache-2.0 */
#include "compile.h"

#include "emit/emit.h"
#include "syntax/parse.h"

/* Requires a parsed file.  Keeps the tree, annotated; the model says what it means. */
static void understand(Compilation *c)
{
    c->model = model_new(&c->arena, &c->sources, &c->diags, c->file);
    resolve(c->model);      /* requires nothing.     names, keeps and nexts as written */
    lost_collect(c->model); /* requires files.       what could not be read of them */
    graph_build(c->model);  /* requires names.       splits, joins, ranks, what is in sight */
    check(c->model);        /* requires the graph.   types, slots, policies */
    graph_finish(c->model); /* requires types.       artifacts that nobody reads */
    lost_withdraw(c->model);
}

/* Requires a model without errors, of a flow. */
static void make_code(Compilation *c)
{
    c->program = lower_program(c->model); /* keeps the model; functions as explicit steps */
    hash_program(c->program);             /* keeps the code; what each step means */
}

/* Requires code, and meanings where steps are in it.  Keeps all. */
Str compile_c(Compilation *c, Str c_file)
{
    return c->goal == COMPILE_TESTS ? emit_tests(c->program, c_file)
                                    : emit_program(c->program, c_file);
}

ForeignFiles compile_foreign(Compilation *c)
{
    return emit_foreign_files(c->program);
}

static void check_emptiness(Compilation *c, uint32_t source)
{
    bool is_empty = c->file->decls.count == 0 && !c->file->flow && !diag_has_errors(&c->diags);
    if (!is_empty)
        return;
    Diag *d = diag_warning(&c->diags, F0129, (Span){source, 0, 0}, "this file declares nothing");
    diag_help(d, "write a flow into it, or let `flowc new NAME` make one to begin with");
}

bool compile(Compilation *c, Str path, CompileGoal goal, Str *error)
{
    uint32_t source;
    *c = (Compilation){.goal = goal};
    arena_init(&c->arena);
    source_set_init(&c->sources, &c->arena);
    diag_list_init(&c->diags, &c->arena, &c->sources);
    if (!source_read(&c->sources, path, &source, error))
        return false;
    c->file = parse_file(&c->arena, &c->sources, source, &c->diags);
    check_emptiness(c, source);
    if (goal >= COMPILE_TYPES)
        understand(c);
    if (goal == COMPILE_IR && c->file->flow && !diag_has_errors(&c->diags))
        make_code(c);
    if (goal == COMPILE_TESTS && !diag_has_errors(&c->diags))
        c->program = lower_tests(c->model);
    diag_finish(&c->diags, &c->cut);
    return true;
}

void compile_free(Compilation *c)
{
    arena_deinit(&c->arena);
}
