/* SPDX-License-Identifier: Apache-2.0 */
/* scanner.c - from bytes to tokens, and what is said of bytes that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow.tab.h"
#include "syntax/lexer.h"
#include "syntax/literal.h"

typedef struct Scan {
    Arena arena;
    SourceSet sources;
    DiagList diags;
    Lexer lexer;
} Scan;

static void scan_begin(Scan *s, Str text)
{
    arena_init(&s->arena);
    source_set_init(&s->sources, &s->arena);
    diag_list_init(&s->diags, &s->arena, &s->sources);
    uint32_t i = source_add(&s->sources, STR("test.flow"), text);
    lexer_init(&s->lexer, &s->arena, &s->sources, i, &s->diags);
}

static const char *supplied_name(int kind)
{
    switch (kind) {
    case TOK_NEWLINE: return ";";
    case TOK_STRING_BEGIN: return "<";
    case TOK_STRING_END: return ">";
    case TOK_INTERP_OPEN: return "<{";
    case TOK_INTERP_CLOSE: return "}>";
    case TOK_RPAREN: return ")";
    case TOK_RBRACKET: return "]";
    case TOK_RBRACE: return "}";
    case TOK_BAD: return "BAD";
    default: return NULL;
    }
}

/* The kind for values, so that a test sees what a word was taken for; the text for the rest. */
static void describe(StrBuf *out, const Token *t)
{
    const char *name = supplied_name(t->kind);
    if (out->len)
        strbuf_add_char(out, ' ');
    switch (t->kind) {
    case TOK_NAME: strbuf_printf(out, "%.*s", STR_ARG(t->text)); break;
    case TOK_INT: strbuf_printf(out, "int:%lld", (long long)t->integer); break;
    case TOK_SIZE: strbuf_printf(out, "size:%lld", (long long)t->integer); break;
    case TOK_DURATION: strbuf_printf(out, "ns:%lld", (long long)t->integer); break;
    case TOK_FLOAT: strbuf_printf(out, "float:%g", t->real); break;
    case TOK_TEXT: strbuf_printf(out, "text(%.*s)", STR_ARG(t->text)); break;
    case TOK_FORMAT: strbuf_printf(out, "format(%.*s)", STR_ARG(t->text)); break;
    case TOK_SCRIPT_TEXT: strbuf_printf(out, "script(%.*s)", STR_ARG(t->text)); break;
    default:
        if (name)
            strbuf_printf(out, "%s", name);
        else /* keywords in capitals' stead: with a quote in front */
            strbuf_printf(out, "'%.*s", STR_ARG(t->text));
    }
}

static void expect(const char *text, const char *tokens, const char *codes)
{
    Scan s;
    StrBuf out, found;
    scan_begin(&s, str_from(text));
    strbuf_init(&out, &s.arena);
    strbuf_init(&found, &s.arena);
    for (Token t = *lexer_next(&s.lexer); t.kind != TOK_END; t = *lexer_next(&s.lexer))
        describe(&out, &t);
    assert_int_equal(lexer_next(&s.lexer)->kind, TOK_END);
    for (size_t i = 0; i < s.diags.items.len; i++)
        strbuf_printf(&found, "%s%s", i ? " " : "", diag_code_name(s.diags.items.items[i]->code));
    assert_string_equal(strbuf_str(&out).ptr, tokens);
    assert_string_equal(strbuf_str(&found).ptr, codes);
    arena_deinit(&s.arena);
}

static void newlines_end_statements_where_they_can(void **state)
{
    (void)state;
    expect("", "", "");
    expect("\n \n", "", "");
    expect("a\nb", "a ; b ;", "");
    expect("a\n\n\nb\n", "a ; b ;", "");
    expect("a +\nb", "a '+ b ;", "");
    expect("a\n.b\n?.c\n?? d\nand e\nor f", "a '. b '?. c '?? d 'and e 'or f ;", "");
    expect("f(a\nb)\n[c\nd]", "f '( a b ) ; '[ c d ] ;", "");
    expect("f({a\nb})", "f '( '{ a ; b ; } ) ;", "");
    expect("{ a }", "'{ a ; } ;", "");
    expect("{}\nelse {}", "'{ } 'else '{ } ;", "");
    expect("a // note\n// more\nb", "a ; b ;", "");
    expect("a /* x\n /* y */ */ b", "a ; b ;", "");
}

static void words_are_keywords_only_where_they_must(void **state)
{
    (void)state;
    expect("step step {}", "'step step '{ } ;", "");
    expect("{ step = pool }", "'{ step '= pool ; } ;", "");
    expect("x.join\n@catch", "x '. join ; '@ catch ;", "");
    expect("@retry(times=3)\nstep a {}", "'@ retry '( times '= int:3 ) ; 'step a '{ } ;", "");
    expect("@batch step a {}", "'@ batch 'step a '{ } ;", "");
    expect("a not in b", "a 'not in b ;", "");
    expect("a not inside", "a 'not inside ;", "");
    expect("{ script = from }", "'{ script '= from ; } ;", "");
    expect("{ checkpoint every 1min }", "'{ 'checkpoint every ns:60000000000 ; } ;", "");
    expect("{ checkpoint = every }", "'{ checkpoint '= every ; } ;", "");
    expect("_ a_b", "'_ a_b ;", "");
}

static void numbers_have_units(void **state)
{
    (void)state;
    expect("80_000 0xff 0b101 0o17", "int:80000 int:255 int:5 int:15 ;", "");
    expect("1..5", "int:1 '.. int:5 ;", "");
    expect("1.5e3 1e-3 2.0", "float:1500 float:0.001 float:2 ;", "");
    expect("60GB 512MiB 4kB", "size:60000000000 size:536870912 size:4000 ;", "");
    expect("30s 5min 1.5h 5d 10ms",
           "ns:30000000000 ns:300000000000 ns:5400000000000 ns:432000000000000 ns:10000000 ;", "");
    expect("5m", "BAD ;", "F0107");
    expect("0.5ns", "BAD ;", "F0106");
    expect("9223372036854775807", "int:9223372036854775807 ;", "");
    expect("-9223372036854775808", "'- int:-9223372036854775808 ;", "");
    expect("9223372036854775808", "BAD ;", "F0106");
    expect("99999999999999999999", "BAD ;", "F0106");
    expect("007 0x .5", "BAD BAD BAD ;", "F0106 F0106 F0106");
    expect("1e999 99999999TB", "BAD BAD ;", "F0106 F0106");
}

static void strings_become_tokens(void **state)
{
    (void)state;
    expect("\"\"", "< > ;", "");
    expect("\"a\\\"b\"", "< text(a\\\"b) > ;", "");
    expect("\"sum {x:.2f}\\n\"", "< text(sum ) <{ x format(.2f) }> text(\\n) > ;", "");
    expect("\"{f(\"{x}\")}\"", "< <{ f '( < <{ x }> > ) }> > ;", "");
    expect("\"{f(a: b)}\"", "< <{ f '( a ': b ) }> > ;", "");
    expect("\"{ {a} }\"", "< <{ '{ a ; } }> > ;", "");
    expect("r\"raw {x} \\n\"", "< text(raw {x} \\n) > ;", "");
    expect("\"\"\"a \"b\" {c}\"\"\"", "< text(a \"b\" ) <{ c }> > ;", "");
    expect("\"\"\"a\"\"\"\"", "< text(a\") > ;", "");
    expect("\"\"\"\"a\"\"\"b\"\"\"\"", "< text(a\"\"\"b) > ;", "");
    expect("\"\\{x\\}\"", "< text(\\{x\\}) > ;", "");
}

static void scripts_are_raw(void **state)
{
    (void)state;
    expect("{ script python(a=\"b\") -> (c: int) \"\"\"x = {1: \"y\"}\"\"\" }",
           "'{ 'script python '( a '= < text(b) > ) '-> '( c ': int ) script(x = {1: \"y\"}) ; } ;",
           "");
    expect("{ script sh \"\"\"\"echo \"\"\" {}\"\"\"\" }",
           "'{ 'script sh script(echo \"\"\" {}) ; } ;", "");
    expect("{ script python(a) -> (c: int) from \"fit.py\" }",
           "'{ 'script python '( a ) '-> '( c ': int ) 'from < text(fit.py) > ; } ;", "");
}

static void brackets_come_out_balanced(void **state)
{
    (void)state;
    expect("f(a", "f '( a ) ;", "F0111");
    expect("{ f(a }", "'{ f '( a ) ; } ;", "F0111");
    expect("f(a]", "f '( a ) ;", "F0111");
    expect("a)", "a ;", "F0111");
    expect("{ f(a\nlet b }", "'{ f '( a ) ; 'let b ; } ;", "F0111");
    expect("step a {\nif b {\nstep c {}", "'step a '{ 'if b '{ } ; } ; 'step c '{ } ;", "F0111");
    expect("step a(b: int {\n}", "'step a '( b ': int ) '{ } ;", "F0111");
    expect("{ let a =\nlet b }", "'{ 'let a '= ; 'let b ; } ;", "");
}

static void strings_that_never_end_are_told_once(void **state)
{
    (void)state;
    expect("\"abc\nd", "< text(abc) > ; d ;", "F0103");
    expect("f(\"abc\nd", "f '( < text(abc) > d ) ;", "F0103");
    expect("\"a {b\nd", "< text(a ) <{ b }> > ; d ;", "F0103");
    expect("\"a {b\"\nd", "< text(a ) <{ b < > }> > ; d ;", "F0103");
    expect("\"{x:.2f\"", "< <{ x }> > ;", "F0108");
    expect("\"\"\"abc", "< text(abc) > ;", "F0103");
    expect("{ \"\"\"abc", "'{ < text(abc) > ; } ;", "F0103");
    expect("{ /* abc", "'{ } ;", "F0104");
    expect("r\"abc\nd", "< text(abc) > ; d ;", "F0103");
}

static void bytes_without_meaning_are_told_once(void **state)
{
    (void)state;
    expect("a $ b", "a b ;", "F0101");
    expect("gr\xc3\xb6\xc3\x9f"
           "e",
           "gr\xc3\xb6\xc3\x9f"
           "e ;",
           "F0101");
    expect("a \xe9 b \xe9", "a b ;", "F0102");
    expect("\"\xe9\"", "< text(\xe9) > ;", "F0102");
    expect("// \xe9\n", "", "F0102");
    expect("\"\\q\"", "< text(\\q) > ;", "F0105");
    expect("\"\\u{110000}\"", "< text(\\u{110000}) > ;", "F0105");
    expect("\"{{x}}\"", "< text({{x}}) > ;", "F0108");
}

static void nul_bytes_end_nothing(void **state)
{
    (void)state;
    Scan s;
    scan_begin(&s, STR("a\0b \"c\0d\""));
    assert_int_equal(lexer_next(&s.lexer)->kind, TOK_NAME);
    Token b = *lexer_next(&s.lexer);
    assert_int_equal(b.span.start, 2);
    assert_int_equal(lexer_next(&s.lexer)->kind, TOK_STRING_BEGIN);
    assert_int_equal(lexer_next(&s.lexer)->text.len, 3);
    assert_int_equal(s.diags.items.len, 1);
    arena_deinit(&s.arena);
}

static void forms_from_elsewhere_are_understood(void **state)
{
    (void)state;
    expect("a && b || !c", "a '&& b '|| '! c ;", "F0121 F0121 F0121");
    expect("f(|| 1)", "f '( '|| int:1 ) ;", "");
    expect("a;\nb; c", "a ; b ; c ;", "F0121");
    expect("x++", "x '++ int:1 ;", "F0121");
    expect("# note\na # more", "a ;", "F0121");
    expect("null 'a'", "'null BAD ;", "F0121 F0121");
    expect("def f() {}", "'def f '( ) '{ } ;", "F0121");
    expect("\"{f(\\\"a\\\")}\"", "< <{ f '( BAD ) }> > ;", "F0121");
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    Scan s;
    char text[3 * LEXER_MAX_DEPTH];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "(["[i % 2];
    scan_begin(&s, (Str){text, sizeof text});
    int depth = 0;
    for (Token t = *lexer_next(&s.lexer); t.kind != TOK_END; t = *lexer_next(&s.lexer))
        depth += t.kind == TOK_LPAREN || t.kind == TOK_LBRACKET
                     ? 1
                     : -(t.kind == TOK_RPAREN || t.kind == TOK_RBRACKET);
    assert_int_equal(depth, 0);
    assert_int_equal(s.diags.items.len, 1);
    assert_int_equal(s.diags.items.items[0]->code, F0110);
    arena_deinit(&s.arena);
}

static void comments_are_kept(void **state)
{
    (void)state;
    Scan s;
    scan_begin(&s, STR("/// doc\na // b\n//// c\n/* d */"));
    while (lexer_next(&s.lexer)->kind != TOK_END) {
    }
    assert_int_equal(s.lexer.comments.len, 4);
    assert_true(s.lexer.comments.items[0].is_doc);
    assert_false(s.lexer.comments.items[2].is_doc);
    assert_true(str_eq(span_text(&s.sources, s.lexer.comments.items[3].span), STR("/* d */")));
    arena_deinit(&s.arena);
}

static void scripts_lose_their_common_indentation(void **state)
{
    (void)state;
    Arena a;
    arena_init(&a);
    assert_string_equal(literal_script(&a, STR("\n    a\n      b\n\n    c\n  ")).ptr,
                        "a\n  b\n\nc\n");
    assert_string_equal(literal_script(&a, STR("x = 1")).ptr, "x = 1");
    assert_string_equal(literal_unescape(&a, STR("a\\u{e9}\\t\\{\r\n    b"), 2).ptr,
                        "a\xc3\xa9\t{\n  b");
    arena_deinit(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newlines_end_statements_where_they_can),
        cmocka_unit_test(words_are_keywords_only_where_they_must),
        cmocka_unit_test(numbers_have_units),
        cmocka_unit_test(strings_become_tokens),
        cmocka_unit_test(scripts_are_raw),
        cmocka_unit_test(brackets_come_out_balanced),
        cmocka_unit_test(strings_that_never_end_are_told_once),
        cmocka_unit_test(bytes_without_meaning_are_told_once),
        cmocka_unit_test(nul_bytes_end_nothing),
        cmocka_unit_test(forms_from_elsewhere_are_understood),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(comments_are_kept),
        cmocka_unit_test(scripts_lose_their_common_indentation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
