/* SPDX-License-Identifier: Apache-2.0 */
/* parser.c - trees of everything that can be written, and recovery from what cannot.
 *
 * Each .flow file of tests/syntax is compared with the dump beside it; with FLOW_BLESS set the
 * dumps are written instead. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "syntax/ast_dump.h"
#include "syntax/parse.h"

typedef struct Parse {
    Arena arena;
    SourceSet sources;
    DiagList diags;
    AstFile *file;
} Parse;

static void parse_begin(Parse *p, Str path, Str text)
{
    arena_init(&p->arena);
    source_set_init(&p->sources, &p->arena);
    diag_list_init(&p->diags, &p->arena, &p->sources);
    uint32_t i = source_add(&p->sources, path, text);
    p->file = parse_file(&p->arena, &p->sources, i, &p->diags);
    size_t cut;
    diag_finish(&p->diags, &cut);
}

static Str dumped(Parse *p)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    ast_dump(p->file, out);
    fclose(out);
    Str copy = str_copy(&p->arena, (Str){text, len});
    free(text);
    return copy;
}

/* "F0120:3 F0101:7": each diagnostic with its line. */
static Str reported(Parse *p)
{
    StrBuf b;
    strbuf_init(&b, &p->arena);
    for (size_t i = 0; i < p->diags.items.len; i++) {
        const Diag *d = p->diags.items.items[i];
        strbuf_printf(&b, "%s%s:%u", i ? " " : "", diag_code_name(d->code),
                      span_place(&p->sources, d->span).line);
    }
    return strbuf_str(&b);
}

/* ---- whole files ------------------------------------------------------------------ */

static void write_dump(const char *path, Str dump)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fwrite(dump.ptr, 1, dump.len, out);
    assert_int_equal(fclose(out), 0);
}

static void check_file(const char *name)
{
    Arena a;
    SourceSet read;
    uint32_t source, golden;
    Str error;
    arena_init(&a);
    source_set_init(&read, &a);
    Str path = str_printf(&a, "%s/%s", FLOW_SYNTAX_TESTS, name);
    Str golden_path = str_concat(&a, str_slice(path, 0, path.len - 4), STR("ast"));
    assert_true(source_read(&read, path, &source, &error));

    Parse p;
    parse_begin(&p, str_from(name), source_get(&read, source)->text);
    if (p.diags.items.len)
        diag_print_text(&p.diags, stderr, false, 0);
    assert_int_equal(p.diags.items.len, 0);
    if (getenv("FLOW_BLESS"))
        write_dump(golden_path.ptr, dumped(&p));
    assert_true(source_read(&read, golden_path, &golden, &error));
    assert_string_equal(dumped(&p).ptr, source_get(&read, golden)->text.ptr);
    arena_deinit(&p.arena);
    arena_deinit(&a);
}

/* A mistake at the end has the text read by the careful parser, which builds the same tree. */
static void check_both_parsers(const char *name)
{
    Arena a;
    SourceSet read;
    uint32_t source;
    Str error;
    arena_init(&a);
    source_set_init(&read, &a);
    Str path = str_printf(&a, "%s/%s", FLOW_SYNTAX_TESTS, name);
    assert_true(source_read(&read, path, &source, &error));
    Str text = source_get(&read, source)->text;

    Parse plain, careful;
    parse_begin(&plain, str_from(name), text);
    parse_begin(&careful, str_from(name), str_concat(&a, text, STR("\n? ?\n")));
    assert_int_equal(plain.diags.items.len, 0);
    assert_int_equal(careful.diags.items.len, 1);
    assert_string_equal(dumped(&plain).ptr, dumped(&careful).ptr);
    arena_deinit(&plain.arena);
    arena_deinit(&careful.arena);
    arena_deinit(&a);
}

static void every_form_has_its_tree(void **state)
{
    (void)state;
    size_t count = 0;
    DIR *folder = opendir(FLOW_SYNTAX_TESTS);
    assert_non_null(folder);
    for (const struct dirent *e; (e = readdir(folder)) != NULL;) {
        if (!str_ends_with(str_from(e->d_name), STR(".flow")))
            continue;
        check_file(e->d_name);
        check_both_parsers(e->d_name);
        count++;
    }
    closedir(folder);
    assert_true(count >= 7);
}

/* ---- recovery ------------------------------------------------------------------------ */

/* The diagnostics, and how many declarations are left. */
static void expect(const char *text, const char *codes, size_t decls)
{
    Parse p;
    parse_begin(&p, STR("test.flow"), str_from(text));
    assert_string_equal(reported(&p).ptr, codes);
    assert_int_equal(p.file->decls.count, decls);
    arena_deinit(&p.arena);
}

static void each_error_is_reported_once(void **state)
{
    (void)state;
    expect(
        "flow A\nstep start {\n    let x = 1 2\n    let y = [1, 2 3]\n    f(a b)\n    next end\n}\n"
        "step end { print( }\n",
        "F0120:3 F0120:4 F0120:5 F0111:8", 3);
    expect("step a {\n    if x = 1 {\n        let y = 2\n    }\n    let z = * 3\n}\nstep b {}\n",
           "F0121:2 F0120:5", 2);
    expect("param a = \nparam b = 1 1\nlet c = 2\n", "F0120:1 F0120:2", 3);
    expect("fn f(x: int y: int) -> int { x }\nstep s(a b) {}\n", "F0120:1 F0121:2", 2);
    expect("match\nflow A\n", "F0125:1", 1);
    expect("struct P { x int, y: int }\nenum E { A(, B }\nfn f() {}\n", "F0121:1 F0120:2", 3);
}

static void a_missing_bracket_costs_nothing_else(void **state)
{
    (void)state;
    expect("step a {\n    if x {\n        y()\n}\nstep b {}\nstep c {}\n", "F0111:2", 3);
    expect("step a(x: int {\n    next b\n}\nstep b {}\n", "F0111:1", 2);
    expect("step a {\n    f(x, [1, 2\n    let y = 3\n    next b\n}\nstep b {}\n", "F0111:2", 2);
    expect("@retry(times=3\nstep a {}\n", "F0111:1", 1);
    expect("step a {\n    let x = y)\n    next b\n}\nstep b {}\n", "F0111:2", 2);
    expect("step a {\n    print(\"x)\n    next b\n}\nstep b {}\n", "F0103:2", 2);
    expect("step a {\n    let x = \"\"\"\n    next b\n}\nstep b {}\n", "F0103:2", 2);
}

static void broken_declarations_keep_their_names(void **state)
{
    (void)state;
    Parse p;
    parse_begin(&p, STR("test.flow"),
                STR("step a b {\n next c\n}\nlet x = \nfn f(x int) {}\nstep c {\n let y = 1 2\n "
                    "use(y)\n}\n"));
    assert_string_equal(reported(&p).ptr, "F0120:1 F0120:4 F0121:5 F0120:7");
    assert_string_equal(dumped(&p).ptr,
                        "step a\n  block\n    next c\n"
                        "const x\n  error\n"
                        "fn f\n  block\n    do\n      error\n"
                        "step c\n  block\n    let\n      bind y\n      error\n"
                        "    do\n      call\n        name use\n        arg: name y\n");
    arena_deinit(&p.arena);
}

static void forms_from_elsewhere_are_answered(void **state)
{
    (void)state;
    expect("step a {\n    if x:\n        y()\n}\nstep b {}\n", "F0121:2", 2);
    expect("fn f(x: int):\n    if x > 1:\n        y()\n    else:\n        z()\n    return x\n"
           "step b {}\n", "F0121:1 F0121:2 F0121:4", 2);
    expect("def f(a):\nstep b {}\n@retry\nstep c\n{\n}\n", "F0121:1 F0120:1 F0121:1 F0120:5", 3);
    expect("step a {\n    let x = {1, 2}\n    let y = [{ a }, { b }]\n}\n", "F0121:2 F0121:3", 1);
    expect("step a {\n    let x = c ? 1 : 2\n}\n", "F0121:2", 1);
    expect("step a {\n    step b {}\n    fn f() {}\n}\n", "F0125:2 F0125:3", 1);
    expect("step a {\n    let x = 1\n    + 2\n}\n", "F0120:3", 1);
    expect("step a {\n    let x = 1 < 2 < 3\n    f(x) = 3\n    a + b = c\n}\n",
           "F0122:2 F0123:3 F0123:4", 1);
    expect("@retry fn f() {}\nflow A\nflow B\n", "F0125:1 F0126:3", 2);
    expect("struct p { x: int }\nenum E { a }\n", "F0128:1 F0128:2", 2);
    expect("step a {\n    f(x=1, 2)\n    next b, c foreach d\n    match e { foo(x) => 1 }\n}\n",
           "F0124:2 F0120:3 F0127:4", 1);
    expect("extern fn f() from \"{x}\"\n", "F0120:1", 1);
    expect("step a {\n    let x = \"\"\"\n        a\n      b\n        \"\"\"\n}\n", "F0109:4", 1);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    static const struct {
        const char *before, *again, *after;
    } cases[] = {
        {"let x = a", " + a", "\n"},      {"let x = ", "(", ""},
        {"let x = ", "not ", "a\n"},      {"let x = ", "- ", "a\n"},
        {"let x = a", ".b", "\n"},        {"let x = ", "\"{", ""},
        {"param x: ", "fn() -> ", "int"}, {"fn f() {\n", "if a { } else ", "{ }\n}\n"},
        {"fn f() ", "{ if a ", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Arena a;
        StrBuf text;
        arena_init(&a);
        strbuf_init(&text, &a);
        strbuf_add(&text, str_from(cases[i].before));
        for (int j = 0; j < 20000; j++)
            strbuf_add(&text, str_from(cases[i].again));
        strbuf_add(&text, str_from(cases[i].after));
        Parse p;
        parse_begin(&p, STR("test.flow"), strbuf_str(&text));
        assert_int_equal(p.diags.items.len, 1);
        assert_int_equal(p.diags.items.items[0]->code, F0110);
        arena_deinit(&p.arena);
        arena_deinit(&a);
    }
}

static void nothing_is_a_library(void **state)
{
    (void)state;
    expect("", "", 0);
    expect("\n\n// nothing\n", "", 0);
    Parse p;
    parse_begin(&p, STR("test.flow"), STR("let a = 1\n"));
    assert_null(p.file->flow);
    arena_deinit(&p.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_has_its_tree),
        cmocka_unit_test(each_error_is_reported_once),
        cmocka_unit_test(a_missing_bracket_costs_nothing_else),
        cmocka_unit_test(broken_declarations_keep_their_names),
        cmocka_unit_test(forms_from_elsewhere_are_answered),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(nothing_is_a_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
