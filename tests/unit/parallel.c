/* SPDX-License-Identifier: Apache-2.0 */
/* parallel_map of closures as the compiler makes them: what is captured is shared while threads
 * run, and is as before when they are over.  The same file is built with ThreadSanitizer, too. */
#include "value_fixture.h"

#include <stdio.h>

#include "lib/random.h"

static const FlowType type_list_of_lists = {
    FLOW_LIST, sizeof(FlowList *), true, "[[int]]", &flow_type_int_list, NULL, NULL, 0};
static const FlowType type_string_map = {FLOW_MAP,           sizeof(FlowMap *), true,
                                         "[string: string]", &flow_type_string, &flow_type_string,
                                         NULL,               0};

/* What the closures below capture: (names: [string], map: [string: string], word: string) */
typedef struct Captured {
    FlowList *names;
    FlowMap *map;
    FlowString *word;
} Captured;
static const FlowField captured_fields[] = {
    {"", &flow_type_string_list, offsetof(Captured, names)},
    {"", &type_string_map, offsetof(Captured, map)},
    {"", &flow_type_string, offsetof(Captured, word)},
};
static const FlowType type_captured = {
    FLOW_TUPLE, sizeof(Captured), true, "captured", NULL, NULL, captured_fields, 3};

static FlowString *text_of(const char *text)
{
    FlowString *s = NULL;
    assert_ok(flow_string_new(&task, text, strlen(text), &s));
    return s;
}

static Captured captured_new(void)
{
    Captured c = {NULL, NULL, text_of("a word that is given back")};
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof name, "name %d", i);
        FlowString *s = text_of(name);
        assert_ok(flow_list_push(&task, &c.names, &flow_type_string, &s));
        assert_ok(flow_map_put(&task, &c.map, &type_string_map, &s, &c.word));
        if (i % 3 == 0) /* gaps */
            assert_ok(flow_map_remove(&task, &c.map, &type_string_map, &s));
        flow_string_release(s);
    }
    return c;
}

/* ---- closures ------------------------------------------------------------ */

/* |xs: [int]|: changes copies of all that is shared, and gives what is captured back. */
static FlowStatus busy(FlowTask *t, const FlowClosure *f, const void *item, void *out)
{
    const Captured *c = flow_closure_captures(f);
    FlowList *own = flow_list_retain(*(FlowList *const *)item);
    FlowList *names = flow_list_retain(c->names);
    FlowMap *map = flow_map_retain(c->map);
    int64_t nine = 9;
    FlowStatus s = flow_list_push(t, &own, &flow_type_int, &nine);
    for (int64_t i = 0; s == FLOW_OK && i < flow_map_len(map); i++) {
        const FlowString *key = *(FlowString *const *)flow_map_key_at(map, i);
        s = flow_list_push(t, &names, &flow_type_string, &key);
    }
    if (s == FLOW_OK)
        s = flow_map_put(t, &map, &type_string_map, &c->word, &c->word);
    flow_list_release(own);
    flow_list_release(names);
    flow_map_release(map);
    *(FlowString **)out = flow_string_retain(c->word);
    return s;
}

/* |i: int|: fails from 300 on, each in its own words. */
static FlowStatus fails_late(FlowTask *t, const FlowClosure *f, const void *item, void *out)
{
    (void)f;
    int64_t i = *(const int64_t *)item;
    *(int64_t *)out = 2 * i;
    return i < 300 ? FLOW_OK : flow_fail(t, "at %lld", (long long)i);
}

static FlowStatus draws(FlowTask *t, const FlowClosure *f, const void *item, void *out)
{
    (void)f;
    (void)item;
    *(int64_t *)out = (int64_t)random_word(&t->random);
    return FLOW_OK;
}

static FlowClosure *closure_of(const Captured *c)
{
    FlowClosure *f = NULL;
    assert_ok(flow_closure_new(&task, NULL, c ? &type_captured : NULL, c, &f));
    return f;
}

static FlowList *ints(int64_t count)
{
    FlowList *list = NULL;
    assert_ok(flow_list_range(&task, 0, count, 1, &list));
    return list;
}

/* ---- tests --------------------------------------------------------------- */

static FlowList *lists_of(size_t count)
{
    FlowList *lists = NULL;
    for (size_t i = 0; i < count; i++) {
        int64_t one = (int64_t)i;
        FlowList *inner = NULL;
        assert_ok(flow_list_push(&task, &inner, &flow_type_int, &one));
        assert_ok(flow_list_push(&task, &lists, &flow_type_int_list, &inner));
        flow_list_release(inner);
    }
    return lists;
}

static void what_is_shared_is_as_before(void **state)
{
    (void)state;
    enum { COUNT = 200 };
    Captured c = captured_new();
    FlowList *lists = lists_of(COUNT), *out = NULL;
    FlowClosure *f = closure_of(&c);
    int32_t word_refs = c.word->refs;
    task.cpus = 4;
    assert_ok(flow_parallel_map(&task, lists, &type_list_of_lists, f, &flow_type_string, busy,
                                &out));
    assert_int_equal(out->len, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        assert_ptr_equal(*(FlowString *const *)flow_list_peek(out, i), c.word);
    assert_int_equal(c.word->refs, word_refs + COUNT);
    assert_int_equal(lists->refs, 1);
    assert_int_equal(f->refs, 1);
    assert_int_equal(c.names->refs, 2);
    assert_int_equal((*(FlowList *const *)flow_list_peek(lists, 7))->refs, 1);
    flow_list_release(out);
    assert_int_equal(c.word->refs, word_refs);
    flow_closure_release(f);
    flow_list_release(lists);
    flow_value_release(&type_captured, &c);
}

static void the_first_failure_counts(void **state)
{
    (void)state;
    FlowList *list = ints(5000), *out = NULL;
    FlowClosure *f = closure_of(NULL);
    for (uint32_t cpus = 1; cpus < 6; cpus++) {
        task.cpus = cpus;
        assert_int_equal(flow_parallel_map(&task, list, &flow_type_int_list, f, &flow_type_int,
                                           fails_late, &out),
                         FLOW_FAIL);
        assert_string_equal(task.message, "at 300");
        assert_null(out);
        assert_ok(flow_handled(&task, NULL));
    }
    flow_closure_release(f);
    flow_list_release(list);
}

static void draws_hang_on_the_place_in_the_list(void **state)
{
    (void)state;
    FlowList *list = ints(1000), *alone = NULL, *together = NULL;
    FlowClosure *f = closure_of(NULL);
    task.random = (FlowRandom){.key = 7};
    task.cpus = 1;
    assert_ok(flow_parallel_map(&task, list, &flow_type_int_list, f, &flow_type_int, draws,
                                &alone));
    task.random = (FlowRandom){.key = 7};
    task.cpus = 3;
    assert_ok(flow_parallel_map(&task, list, &flow_type_int_list, f, &flow_type_int, draws,
                                &together));
    assert_true(flow_value_equal(&flow_type_int_list, &alone, &together));
    assert_int_equal(task.random.counter, 1);
    flow_list_release(alone);
    flow_list_release(together);
    flow_closure_release(f);
    flow_list_release(list);
}

/* Each allocation in its turn: nothing is left marked, and nothing is lost. */
static void a_lack_of_memory_leaves_all_as_it_was(void **state)
{
    (void)state;
    Captured c = captured_new();
    FlowList *lists = lists_of(60), *out = NULL;
    FlowClosure *f = closure_of(&c);
    FlowStatus s = FLOW_ENOMEM;
    task.cpus = 3;
    for (unsigned n = 1; s != FLOW_OK; n++) {
        os_fault_arm(OS_FAULT_ALLOC, n);
        s = flow_parallel_map(&task, lists, &type_list_of_lists, f, &flow_type_string, busy, &out);
        bool has_struck = os_fault_struck();
        os_fault_disarm();
        assert_int_equal(f->refs, 1);
        assert_int_equal(lists->refs, 1);
        assert_int_equal(c.names->refs, 2);
        assert_true(c.word->refs > 0);
        flow_list_release(out);
        out = NULL;
        if (has_struck && s == FLOW_OK)
            s = FLOW_ENOMEM; /* a thread less */
        task.status = FLOW_OK;
    }
    flow_closure_release(f);
    flow_list_release(lists);
    flow_value_release(&type_captured, &c);
}

static void a_constant_is_a_literal(void **state)
{
    (void)state;
    static Captured c; /* which keeps what is never freed from being a leak */
    c = captured_new();
    FlowString *word = c.word;
    assert_ok(flow_value_fix(&task, &type_captured, &c));
    flow_string_release(word);
    assert_int_equal(word->refs, FLOW_LITERAL);
    assert_int_equal(c.names->refs, FLOW_LITERAL);
    flow_value_release(&type_captured, &(Captured){c.names, c.map, c.word});
    assert_string_equal((*(FlowString *const *)flow_list_peek(c.names, 0))->bytes, "name 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shared_is_as_before),
        cmocka_unit_test(the_first_failure_counts),
        cmocka_unit_test(draws_hang_on_the_place_in_the_list),
        cmocka_unit_test(a_lack_of_memory_leaves_all_as_it_was),
        cmocka_unit_test(a_constant_is_a_literal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
