/* SPDX-License-Identifier: Apache-2.0 */
/* Types, signatures of built-in functions, the ways through a body, and what checking leaves in
 * the tree and the model.  The messages have their own tests in tests/ui. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sema/model.h"
#include "syntax/parse.h"

typedef struct World {
    Arena arena;
    SourceSet sources;
    DiagList diags;
    Model *model;
} World;

static World *world_of(const char *text)
{
    World *w = calloc(1, sizeof *w);
    assert_non_null(w);
    arena_init(&w->arena);
    source_set_init(&w->sources, &w->arena);
    diag_list_init(&w->diags, &w->arena, &w->sources);
    uint32_t source = source_add(&w->sources, STR("test.flow"), str_from(text));
    AstFile *file = parse_file(&w->arena, &w->sources, source, &w->diags);
    w->model = model_new(&w->arena, &w->sources, &w->diags, file);
    resolve(w->model);
    graph_build(w->model);
    check(w->model);
    graph_finish(w->model);
    return w;
}

static void world_free(World *w)
{
    arena_deinit(&w->arena);
    free(w);
}

static void assert_clean(const World *w)
{
    for (size_t i = 0; i < w->diags.items.len; i++)
        print_error("%.*s\n", STR_ARG(w->diags.items.items[i]->message));
    assert_int_equal(w->diags.items.len, 0);
}

static const Artifact *artifact_named(const World *w, const char *name)
{
    for (size_t i = 0; i < w->model->artifacts.len; i++) {
        if (str_is(w->model->artifacts.items[i]->name, name))
            return w->model->artifacts.items[i];
    }
    fail_msg("there is no artifact %s", name);
    return NULL;
}

static void assert_type(const Type *t, const char *name)
{
    assert_non_null(t);
    if (!str_is(t->name, name))
        fail_msg("`%.*s` instead of `%s`", STR_ARG(t->name), name);
}

/* ---- types ------------------------------------------------------------------- */

static void equal_types_are_one_pointer(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a);
    TypeTable *t = type_table_new(&a);
    const Type *i = type_base(t, TYPE_INT), *s = type_base(t, TYPE_STRING);
    assert_ptr_equal(type_list(t, i), type_list(t, i));
    assert_ptr_not_equal(type_list(t, i), type_list(t, s));
    TypeField named[2] = {{.name = STR("low"), .type = i}, {.name = STR("high"), .type = i}};
    TypeField plain[2] = {{.type = i}, {.type = i}};
    assert_ptr_equal(type_tuple(t, named, 2), type_tuple(t, named, 2));
    assert_ptr_not_equal(type_tuple(t, named, 2), type_tuple(t, plain, 2));
    assert_type(type_tuple(t, named, 2), "(low: int, high: int)");
    assert_type(type_map(t, s, type_list(t, type_option(t, i))), "[string: [int?]]");
    assert_type(type_option(t, type_fn(t, plain, 2, s)), "(fn(int, int) -> string)?");
    arena_deinit(&a);
}

static void only_some_types_fit_others(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a);
    TypeTable *t = type_table_new(&a);
    const Type *i = type_base(t, TYPE_INT), *f = type_base(t, TYPE_FLOAT);
    const Type *error = type_base(t, TYPE_ERROR);
    assert_true(type_assignable(i, f));
    assert_false(type_assignable(f, i));
    assert_true(type_assignable(i, type_option(t, f)));
    assert_false(type_assignable(type_option(t, i), i));
    assert_false(type_assignable(type_list(t, i), type_list(t, f)));
    assert_true(type_assignable(type_list(t, error), type_list(t, f)));
    assert_true(type_assignable(type_base(t, TYPE_NEVER), i));
    assert_true(type_can_be_key(type_list(t, i)));
    assert_false(type_can_be_key(type_option(t, f)));
    assert_true(type_is_ordered(type_list(t, f)));
    assert_false(type_is_ordered(type_option(t, f)));
    arena_deinit(&a);
}

static void signatures_of_builtins_are_read(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a);
    TypeTable *t = type_table_new(&a);
    BuiltinTable *table = builtin_table_new(&a, t);
    const Builtin *b = builtin_find(table, (Str){0}, STR("max_by"));
    assert_type(b->type, "fn(xs: [T], f: fn(T) -> K) -> T");
    assert_true(b->is_ordered[1]);
    assert_false(b->is_ordered[0]);
    b = builtin_find(table, (Str){0}, STR("push"));
    assert_true(b->has_var_receiver);
    b = builtin_find(table, (Str){0}, STR("get"));
    assert_type(b->type, "fn(xs: [T], index: int) -> T?");
    b = builtin_next_overload(table, b);
    assert_type(b->type, "fn(m: [K: V], key: K) -> V?");
    assert_null(builtin_next_overload(table, b));
    assert_null(builtin_find(table, (Str){0}, STR("read_text")));
    assert_non_null(builtin_find(table, STR("file"), STR("read_text")));
    assert_true(builtin_module_exists(table, STR("random")));
    assert_false(builtin_module_exists(table, STR("")));
    arena_deinit(&a);
}

/* ---- what checking leaves behind ------------------------------------------------ */

static void artifacts_have_the_types_of_what_is_kept(void **state)
{
    (void)state;
    World *w = world_of("flow T\n"
                        "param scale = 2.5\n"
                        "step start {\n"
                        "    keep a = [1, 2].map(|x| x * scale)\n"
                        "    keep b: [string: int?] = [:]\n"
                        "    keep c = if a.len() > 1 { none } else { \"x\" }\n"
                        "    next work foreach [(1, \"a\")]\n"
                        "}\n"
                        "step work(i: int, s: string) {\n"
                        "    keep d = (n=i, s=s)\n"
                        "    next gather\n"
                        "}\n"
                        "join gather(all: [work]) {\n"
                        "    keep e = all.max_by(|w| w.d.n).s\n"
                        "    next end\n"
                        "}\n"
                        "step end { print(\"{a} {b} {c} {e}\") }\n");
    assert_clean(w);
    assert_type(artifact_named(w, "scale")->type, "float");
    assert_type(artifact_named(w, "a")->type, "[float]");
    assert_type(artifact_named(w, "b")->type, "[string: int?]");
    assert_type(artifact_named(w, "c")->type, "string?");
    assert_type(artifact_named(w, "d")->type, "(n: int, s: string)");
    assert_type(artifact_named(w, "e")->type, "string");
    world_free(w);
}

static void what_is_caught_may_be_none(void **state)
{
    (void)state;
    World *w = world_of("flow T\n"
                        "step start { next work }\n"
                        "@catch(error)\n"
                        "step work {\n"
                        "    keep a = 1\n"
                        "    a += 1\n"
                        "    next end\n"
                        "}\n"
                        "step end {\n"
                        "    print(\"{a ?? 0}\")\n"
                        "    if let e = error { print(e.message) }\n"
                        "}\n");
    assert_clean(w);
    assert_type(artifact_named(w, "a")->type, "int?");
    assert_type(artifact_named(w, "a")->own_type, "int");
    assert_type(artifact_named(w, "error")->type, "Failure?");
    const StepModel *work = map_get(&w->model->steps_by_name, STR("work"));
    assert_int_equal(work->catch_keep, 1);
    assert_int_equal(work->edges.items[0].carried, 2);
    world_free(w);
}

static void a_join_reads_only_what_is_used(void **state)
{
    (void)state;
    World *w = world_of("flow T\n"
                        "step start { next work foreach [1] }\n"
                        "step work(i: int) {\n"
                        "    keep a = i\n    keep _b = i\n    keep c = i\n"
                        "    next gather\n"
                        "}\n"
                        "fn best(xs: [work]) -> int { xs[0].c }\n"
                        "join gather(all: [work]) {\n"
                        "    keep n = all.map(|w| w.a).sum() + best(all)\n"
                        "    next end\n"
                        "}\n"
                        "step end { print(n) }\n");
    assert_clean(w);
    const StepModel *gather = map_get(&w->model->steps_by_name, STR("gather"));
    const Slot *slot = &gather->slots.items[0];
    assert_int_equal(slot->kind, SLOT_INPUTS);
    assert_type(slot->type, "[work]");
    assert_false(slot->record->is_whole);
    assert_int_equal(slot->record->fields.len, 2);
    assert_true(str_is(slot->record->fields.items[0]->name, "a"));
    assert_true(str_is(slot->record->fields.items[1]->name, "c"));
    world_free(w);
}

static const Expr *last_value(const World *w, const char *function)
{
    for (size_t i = 0; i < w->model->functions.len; i++) {
        const Decl *decl = w->model->functions.items[i];
        if (str_is(decl->name.name, function))
            return decl->block->stmts.items[decl->block->stmts.count - 1]->value;
    }
    fail_msg("there is no function %s", function);
    return NULL;
}

static void calls_have_their_arguments_in_order(void **state)
{
    (void)state;
    World *w = world_of("fn f(a: int, b: int = 2, c: float = 1.0) -> float { c * a + b }\n"
                        "fn g(x: int) -> float { f(c=x, a=1) }\n"
                        "fn h(x: int) -> float { x.f(3) }\n"
                        "fn k(x: float) -> float { max(1, x) }\n");
    assert_clean(w);
    const Expr *e = last_value(w, "g");
    assert_int_equal(e->ref, REF_FN);
    assert_int_equal(e->call_arg_count, 3);
    assert_int_equal(e->call_args[0]->int_value, 1);
    assert_null(e->call_args[1]);
    assert_int_equal(e->call_args[2]->kind, EXPR_NAME);
    assert_type(e->call_types[2], "float");
    e = last_value(w, "h");
    assert_true(e->is_method);
    assert_ptr_equal(e->call_args[0], e->base->base);
    e = last_value(w, "k");
    assert_int_equal(e->builtin->id, BUILTIN_MAX_TWO);
    assert_type(e->call_types[0], "float");
    assert_type(e->type, "float");
    world_free(w);
}

static void closures_list_what_they_capture(void **state)
{
    (void)state;
    World *w = world_of("fn f(xs: [int], low: int) -> [int] {\n"
                        "    let high = low + 10\n"
                        "    xs.filter(|x| x > low and [x].any(|y| y < high))\n"
                        "}\n");
    assert_clean(w);
    const Expr *closure = last_value(w, "f")->call_args[1];
    assert_int_equal(closure->kind, EXPR_CLOSURE);
    assert_int_equal(closure->more->captures.count, 2);
    assert_true(str_is(closure->more->captures.items[0]->name, "low"));
    assert_true(str_is(closure->more->captures.items[1]->name, "high"));
    world_free(w);
}

static void whole_numbers_become_floats_where_those_are_wanted(void **state)
{
    (void)state;
    World *w = world_of("fn f() -> [float] { [1, 2.5] }\nfn g() -> float? { -3 }\n");
    assert_clean(w);
    const Expr *list = last_value(w, "f");
    assert_int_equal(list->items.items[0]->kind, EXPR_FLOAT);
    assert_true(list->items.items[0]->float_value == 1.0);
    const Expr *negative = last_value(w, "g");
    if (negative->kind == EXPR_UNARY)
        negative = negative->left;
    assert_int_equal(negative->kind, EXPR_FLOAT);
    world_free(w);
}

static void policies_know_whether_they_read_the_row(void **state)
{
    (void)state;
    World *w = world_of("flow T\n"
                        "param big = 1GB\n"
                        "@resources(memory=big * current.attempt)\n"
                        "step start { next work foreach [1] }\n"
                        "@resources(cpu=i)\n"
                        "step work(i: int) { next gather }\n"
                        "join gather(all: [work]) { keep n = all.len()\n next end }\n"
                        "step end { print(n) }\n");
    assert_clean(w);
    assert_false(w->model->start->policy.reads_row);
    assert_int_equal(w->model->start->slots.len, 1);
    const StepModel *work = map_get(&w->model->steps_by_name, STR("work"));
    assert_true(work->policy.reads_row);
    assert_int_equal(work->slots.items[0].read.artifact->kind, ARTIFACT_ITEM);
    world_free(w);
}

static void one_mistake_has_one_message(void **state)
{
    (void)state;
    World *w = world_of("flow T\n"
                        "step start {\n"
                        "    let a = missing.map(|x| x + 1).filter(|y| y > other)\n"
                        "    keep b = a[0].name + 3\n"
                        "    for v in b { print(v.length() + a) }\n"
                        "    next work foreach b\n"
                        "}\n"
                        "step work(i: Unknown) { keep c = i.x\n next gather }\n"
                        "join gather(all: [work]) { keep d = all.map(|w| w.c * 2)\n next end }\n"
                        "step end { print(d) }\n");
    assert_int_equal(w->diags.items.len, 3); /* missing, other, Unknown */
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_types_are_one_pointer),
        cmocka_unit_test(only_some_types_fit_others),
        cmocka_unit_test(signatures_of_builtins_are_read),
        cmocka_unit_test(artifacts_have_the_types_of_what_is_kept),
        cmocka_unit_test(what_is_caught_may_be_none),
        cmocka_unit_test(a_join_reads_only_what_is_used),
        cmocka_unit_test(calls_have_their_arguments_in_order),
        cmocka_unit_test(closures_list_what_they_capture),
        cmocka_unit_test(whole_numbers_become_floats_where_those_are_wanted),
        cmocka_unit_test(policies_know_whether_they_read_the_row),
        cmocka_unit_test(one_mistake_has_one_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
