/* SPDX-License-Identifier: Apache-2.0 */
/* base.c - the compiler's base and source layers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/intern.h"
#include "base/map.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "source/diag.h"
#include "source/suggest.h"

static int set_up(void **state)
{
    Arena *a = malloc(sizeof *a);
    if (!a)
        return 1;
    arena_init(a);
    *state = a;
    return 0;
}

static int tear_down(void **state)
{
    arena_deinit(*state);
    free(*state);
    return 0;
}

static void arena_memory_is_zeroed_aligned_and_stays(void **state)
{
    Arena *a = *state;
    unsigned char *first = arena_alloc(a, 1);
    *first = 42;
    for (size_t size = 1; size < 20000000; size = size * 3 + 1) {
        unsigned char *p = arena_alloc(a, size);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, size);
    }
    assert_int_equal(*first, 42);
}

static void vectors_grow(void **state)
{
    VEC(size_t) v = {0};
    VEC(size_t) w = {0};
    for (size_t i = 0; i < 1000; i++) {
        vec_push(*state, &v, i);
        vec_push(*state, &w, i * 2);
    }
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(v.items[i], i);
        assert_int_equal(w.items[i], i * 2);
    }
    assert_int_equal(vec_pop(&v), 999);
    assert_int_equal(vec_last(&v), 998);
}

static void maps_keep_the_order_of_insertion(void **state)
{
    Map m;
    map_init(&m, *state);
    for (uintptr_t i = 1; i <= 1000; i++)
        assert_null(map_put(&m, str_printf(*state, "key%zu", (size_t)i), (void *)i));
    assert_int_equal((uintptr_t)map_put(&m, STR("key7"), (void *)(uintptr_t)70), 7);
    assert_int_equal(m.len, 1000);
    for (size_t i = 0; i < m.len; i++)
        assert_true(str_eq(m.entries[i].key, str_printf(*state, "key%zu", i + 1)));
    assert_int_equal((uintptr_t)map_get(&m, STR("key7")), 70);
    assert_null(map_get(&m, STR("key1001")));
    assert_false(map_has(&m, STR("")));
    map_put(&m, STR(""), NULL);
    assert_true(map_has(&m, (Str){0}));
}

static void maps_take_numbers_and_addresses(void **state)
{
    Map m;
    map_init(&m, *state);
    for (uintptr_t i = 0; i < 500; i++)
        map_put_u64(&m, i << 40, (void *)(i + 1));
    for (uintptr_t i = 0; i < 500; i++)
        assert_int_equal((uintptr_t)map_get_u64(&m, i << 40), i + 1);
    assert_false(map_has_u64(&m, 3));
    map_put_ptr(&m, &m, state);
    assert_ptr_equal(map_get_ptr(&m, &m), state);
}

static void names_are_equal_when_their_addresses_are(void **state)
{
    Interner in;
    interner_init(&in, *state);
    Name a = intern_c(&in, "start"), b = intern(&in, str_slice(STR("restart"), 2, 7));
    assert_ptr_equal(a, b);
    assert_ptr_not_equal(a, intern_c(&in, "end"));
    assert_int_equal(intern_c(&in, "end")->id, 1);
}

static void utf8_is_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t valid;
    } cases[] = {
        {"plain", 5},     {"\xc3\xa9", 2},     {"\xf0\x9f\x98\x80", 4},
        {"a\xc0\x80", 1}, {"\xed\xa0\x80", 0}, {"\xf4\x90\x80\x80", 0},
        {"\xe2\x82", 0},  {"ab\xff", 2},       {"\xe0\x80\x80", 0},
        {"eight by\xff", 8}, {"eight b\xfftes", 7}, {"sixteen bytes or \xc3\xa9", 19},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(utf8_valid_prefix(str_from(cases[i].text)), cases[i].valid);
    for (uint32_t c = 0; c <= 0x10ffff; c += 37) {
        char bytes[4];
        uint32_t back = 0;
        size_t len = utf8_encode(c, bytes);
        if (c >= 0xd800 && c <= 0xdfff) {
            assert_int_equal(len, 0);
            continue;
        }
        assert_int_equal(utf8_decode((Str){bytes, len}, &back), len);
        assert_int_equal(back, c);
    }
    assert_int_equal(utf8_count(STR("h\xc3\xa9\xf0\x9f\x98\x80")), 3);
    assert_int_equal(utf8_count_utf16(STR("h\xc3\xa9\xf0\x9f\x98\x80")), 4);
    assert_int_equal(utf8_width(STR("e\xcc\x81\xe6\x97\xa5")), 3);
}

static void places_count_code_points(void **state)
{
    SourceSet set;
    source_set_init(&set, *state);
    uint32_t i = source_add(&set, STR("a.flow"),
                            STR("\xef\xbb\xbf"
                                "one\r\nh\xc3\xa9llo x\n"));
    const Source *s = source_get(&set, i);
    assert_true(str_eq(source_line(s, 1), STR("one")));
    assert_true(str_eq(source_line(s, 2), STR("h\xc3\xa9llo x")));
    assert_int_equal(s->line_count, 3);
    Place place = span_place(&set, (Span){i, 12, 13});
    assert_int_equal(place.line, 2);
    assert_int_equal(place.column, 7);
    assert_int_equal(source_place(s, (uint32_t)s->text.len).line, 3);
}

static void a_missing_file_is_named(void **state)
{
    SourceSet set;
    source_set_init(&set, *state);
    uint32_t i;
    Str error;
    assert_false(source_read(&set, STR("no/such.flow"), &i, &error));
    assert_true(str_eq(error, STR("cannot read no/such.flow: No such file or directory")));
}

/* What a renderer prints, as text. */
static Str rendered(Arena *a, DiagList *list, bool is_json)
{
    size_t cut, len = 0;
    char *text = NULL;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    diag_finish(list, &cut);
    if (is_json)
        diag_print_json(list, out);
    else
        diag_print_text(list, out, false, cut);
    fclose(out);
    Str copy = str_copy(a, (Str){text, len});
    free(text);
    return copy;
}

static void add_example(DiagList *list)
{
    Diag *d = diag_error(list, F0120, (Span){0, 14, 20}, "there is no step named `%s`", "serach");
    diag_label(d, "not a step");
    diag_note(d, (Span){0, 26, 32}, "a step with a similar name is declared here");
    diag_fix(d, (Span){0, 14, 20}, STR("search"), "did you mean `search`?");
}

static void diagnostics_are_shown_with_their_place(void **state)
{
    SourceSet set;
    DiagList list;
    source_set_init(&set, *state);
    diag_list_init(&list, *state, &set);
    source_add(&set, STR("c.flow"), STR("step a {\n\tnext serach\n}\nstep search {\n}\n"));
    Diag *d = diag_error(&list, F0120, (Span){0, 15, 21}, "there is no step named `%s`", "serach");
    diag_label(d, "not a step of this flow");
    diag_note(d, (Span){0, 29, 35}, "a step with a similar name is declared here");
    diag_help(d, "did you mean `search`?");
    assert_string_equal(rendered(*state, &list, false).ptr,
                        "error[F0120]: there is no step named `serach`\n"
                        " --> c.flow:2:7\n"
                        "  |\n"
                        "2 |     next serach\n"
                        "  |          ^^^^^^ not a step of this flow\n"
                        "note: a step with a similar name is declared here\n"
                        " --> c.flow:4:6\n"
                        "  |\n"
                        "4 | step search {\n"
                        "  |      ^^^^^^\n"
                        "help: did you mean `search`?\n");
}

static void diagnostics_are_written_as_json(void **state)
{
    SourceSet set;
    DiagList list;
    source_set_init(&set, *state);
    diag_list_init(&list, *state, &set);
    source_add(&set, STR("c.flow"), STR("step a { next serach }\nstep search {\n}\n"));
    add_example(&list);
    assert_string_equal(
        rendered(*state, &list, true).ptr,
        "{\"code\":\"F0120\",\"severity\":\"error\",\"message\":\"there is no step named "
        "`serach`\","
        "\"file\":\"c.flow\",\"line\":1,\"column\":15,\"end_line\":1,\"end_column\":21,"
        "\"label\":\"not a step\",\"notes\":[{\"message\":\"a step with a similar name is declared "
        "here\",\"file\":\"c.flow\",\"line\":2,\"column\":4}],\"help\":\"did you mean `search`?\","
        "\"edits\":[{\"line\":1,\"column\":15,\"end_line\":1,\"end_column\":21,\"text\":\"search\"}"
        "]}\n");
}

static void diagnostics_are_sorted_collapsed_and_cut(void **state)
{
    SourceSet set;
    DiagList list;
    size_t cut;
    source_set_init(&set, *state);
    diag_list_init(&list, *state, &set);
    source_add(&set, STR("c.flow"), str_printf(*state, "%200s", ""));
    for (uint32_t i = 100; i > 0; i--)
        diag_error(&list, F0101, (Span){0, i, i + 1}, "number %u", i);
    diag_error(&list, F0120, (Span){0, 1, 2}, "follows from the first");
    diag_finish(&list, &cut);
    assert_int_equal(list.items.len, DIAG_SHOWN_MAX);
    assert_int_equal(cut, 50);
    assert_true(str_eq(list.items.items[0]->message, STR("number 1")));
    assert_true(str_eq(list.items.items[1]->message, STR("number 2")));
}

static void one_near_name_is_suggested(void **state)
{
    (void)state;
    static const char *const names[] = {"start", "search", "research", "end"};
    static const char *const wanted[] = {"serach", "searches", "strat", "fit", "ends"};
    static const char *const best[] = {"search", "search", "start", NULL, "end"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        Suggest s;
        suggest_init(&s, str_from(wanted[i]));
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            suggest_offer(&s, str_from(names[j]), NULL);
        assert_int_equal(s.found, best[i] != NULL);
        if (best[i])
            assert_true(str_is(s.best, best[i]));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(arena_memory_is_zeroed_aligned_and_stays),
        TEST(vectors_grow),
        TEST(maps_keep_the_order_of_insertion),
        TEST(maps_take_numbers_and_addresses),
        TEST(names_are_equal_when_their_addresses_are),
        TEST(utf8_is_read_strictly),
        TEST(places_count_code_points),
        TEST(a_missing_file_is_named),
        TEST(diagnostics_are_shown_with_their_place),
        TEST(diagnostics_are_written_as_json),
        TEST(diagnostics_are_sorted_collapsed_and_cut),
        TEST(one_near_name_is_suggested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
