/* SPDX-License-Identifier: Apache-2.0 */
/* What a step means: which changes of the text change it, and which do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "emit/ir.h"
#include "syntax/parse.h"

/* The meaning of the step `name` in a flow of this text. */
static IrDigest meaning_of(const char *text, const char *name)
{
    Arena arena;
    SourceSet sources;
    DiagList diags;
    IrDigest found = {{0}};
    bool is_found = false;
    arena_init(&arena);
    source_set_init(&sources, &arena);
    diag_list_init(&diags, &arena, &sources);
    uint32_t source = source_add(&sources, STR("test.flow"), str_from(text));
    AstFile *file = parse_file(&arena, &sources, source, &diags);
    Model *m = model_new(&arena, &sources, &diags, file);
    resolve(m);
    graph_build(m);
    check(m);
    graph_finish(m);
    if (diag_has_errors(&diags))
        diag_print_text(&diags, stderr, false, 0);
    assert_false(diag_has_errors(&diags));
    IrProgram *p = lower_program(m);
    hash_program(p);
    for (size_t i = 0; i < p->steps.len; i++)
        if (str_is(p->steps.items[i].step->name, name)) {
            found = p->steps.items[i].meaning;
            is_found = true;
        }
    assert_true(is_found);
    arena_deinit(&arena);
    return found;
}

static bool means_the_same(const char *a, const char *b, const char *step)
{
    IrDigest x = meaning_of(a, step), y = meaning_of(b, step);
    return memcmp(&x, &y, sizeof x) == 0;
}

static const char before[] = "flow Test\n"
                             "let limit = 10\n"
                             "struct P { x: int, y: [int] }\n"
                             "fn twice(x: int) -> int { x * 2 }\n"
                             "fn even(n: int) -> bool { if n == 0 { true } else { odd(n - 1) } }\n"
                             "fn odd(n: int) -> bool { if n == 0 { false } else { even(n - 1) } }\n"
                             "fn unused(x: int) -> int { x + 1 }\n"
                             "step start {\n"
                             "    var total = 0\n"
                             "    for i in 0..limit { total += twice(i) }\n"
                             "    let p = P(x=total, y=[1])\n"
                             "    keep sum = p.x\n"
                             "    keep flag = even(total)\n"
                             "    if sum > 5 { next more } else { next end }\n"
                             "}\n"
                             "step more {\n"
                             "    keep sum = sum.max(3)\n"
                             "    next end\n"
                             "}\n"
                             "step end { print(\"{sum} {flag}\") }\n";

enum { TEXT_MAX = 2000 };

/* `before` with the first `from` replaced. */
static const char *changed(char *room, const char *from, const char *to)
{
    const char *at = strstr(before, from);
    assert_non_null(at);
    size_t head = (size_t)(at - before);
    assert_true(strlen(before) + strlen(to) < TEXT_MAX);
    memcpy(room, before, head);
    strcpy(room + head, to);
    strcat(room, at + strlen(from));
    return room;
}

static void assert_same(const char *from, const char *to, const char *step)
{
    char room[TEXT_MAX];
    if (!means_the_same(before, changed(room, from, to), step))
        fail_msg("`%s` -> `%s` changed the meaning of %s", from, to, step);
}

static void assert_other(const char *from, const char *to, const char *step)
{
    char room[TEXT_MAX];
    if (means_the_same(before, changed(room, from, to), step))
        fail_msg("`%s` -> `%s` did not change the meaning of %s", from, to, step);
}

static void comments_and_layout_do_not_count(void **state)
{
    (void)state;
    assert_same("    var total = 0\n", "    // why\n\n    var   total = 0 /* so */\n", "start");
    assert_same("{ x * 2 }", "{\n    // doubled\n    x * 2\n}", "start");
    assert_same("(x: int) -> int { x * 2 }", "(x: int) -> int { (x * 2) }", "start");
    assert_same("flow Test\n", "/// A test.\nflow Test\n\n\n", "start");
}

static void names_of_locals_and_functions_do_not_count(void **state)
{
    (void)state;
    assert_same("for i in 0..limit { total += twice(i) }",
                "for index in 0..limit { total += twice(index) }", "start");
    assert_same("let p = P(x=total, y=[1])\n    keep sum = p.x",
                "let point = P(x=total, y=[1])\n    keep sum = point.x", "start");
    assert_same("(x: int) -> int { x * 2 }", "(y: int) -> int { y * 2 }", "start");
    assert_same("10\n", "5 + 5\n", "more");
}

static void what_others_do_does_not_count(void **state)
{
    (void)state;
    assert_same("{ x + 1 }", "{ x + 2 }", "start");
    assert_same("sum.max(3)", "sum.max(4)", "start");
    assert_same("{ x * 2 }", "{ x * 3 }", "more");
    assert_same("{ x * 2 }", "{ x * 3 }", "end");
}

static void where_it_goes_does_not_count_but_when_it_does(void **state)
{
    (void)state;
    assert_same("step more {", "@retry(times=3)\n@timeout(1h)\nstep more {", "more");
    assert_same("step more {", "@resources(cpu=2)\nstep more {", "more");
    assert_other("if sum > 5", "if sum > 6", "start");
}

static void code_counts(void **state)
{
    (void)state;
    assert_other("limit = 10", "limit = 11", "start");
    assert_other("{ x * 2 }", "{ x * 3 }", "start");
    assert_other("{ x * 2 }", "{ x + 2 }", "start");
    assert_other("y=[1]", "y=[2]", "start");
    assert_other("{sum} {flag}", "{sum}  {flag}", "end");
    assert_other("{sum} {flag}", "{sum:5} {flag}", "end");
}

static void cycles_of_functions_count(void **state)
{
    (void)state;
    assert_other("{ false } else { even(n - 1) }", "{ false } else { even(n - 3) }", "start");
    assert_other("{ true } else { odd(n - 1) }", "{ false } else { odd(n - 1) }", "start");
}

static void types_count_by_structure(void **state)
{
    (void)state;
    assert_other("struct P { x: int, y: [int] }", "struct P { x: int, y: [int], z: int = 0 }",
                 "start");
    assert_same("struct P { x: int, y: [int] }",
                "struct P { x: int, y: [int] }\nstruct Q { z: int }", "start");
}

static void generic_types_count_by_what_they_hold(void **state)
{
    (void)state;
    static const char *const form = "flow Test\n"
                                    "struct Box[%s] { inside: %s, note: %s = 1 }\n"
                                    "step start { keep b = Box(%s)\n next end }\n"
                                    "step end { print(b) }\n";
    char first[TEXT_MAX], second[TEXT_MAX];
    snprintf(first, sizeof first, form, "T", "T", "int", "1");
    snprintf(second, sizeof second, form, "Held", "Held", "int", "1");
    assert_true(means_the_same(first, second, "start"));
    snprintf(second, sizeof second, form, "T", "T", "int", "\"x\"");
    assert_false(means_the_same(first, second, "end"));
    snprintf(second, sizeof second, form, "T", "T", "float", "1");
    assert_false(means_the_same(first, second, "end"));
}

static void what_is_kept_and_read_counts(void **state)
{
    (void)state;
    assert_other("keep sum = sum.max(3)\n", "keep sum = sum.max(3)\n    keep also = 1\n", "more");
    assert_other("step more {", "@environment(A=\"1\")\nstep more {", "more");
    assert_other("print(\"{sum} {flag}\")", "print(\"{flag} {sum}\")", "end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_and_layout_do_not_count),
        cmocka_unit_test(names_of_locals_and_functions_do_not_count),
        cmocka_unit_test(what_others_do_does_not_count),
        cmocka_unit_test(where_it_goes_does_not_count_but_when_it_does),
        cmocka_unit_test(code_counts),
        cmocka_unit_test(cycles_of_functions_count),
        cmocka_unit_test(types_count_by_structure),
        cmocka_unit_test(generic_types_count_by_what_they_hold),
        cmocka_unit_test(what_is_kept_and_read_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
