/* SPDX-License-Identifier: Apache-2.0 */
/* value.c - value semantics: reference counts, copy on write, ranges, maps, sorting. */
#include "value_fixture.h"

#include <math.h>
#include <stdlib.h>

static const FlowField node_fields[] = {{"children", &type_node_list, offsetof(Node, children)}};
const FlowType type_node = {FLOW_STRUCT, sizeof(Node), true, "Node", NULL, NULL, node_fields, 1};
const FlowType type_node_list = {
    FLOW_LIST, sizeof(FlowList *), true, "[Node]", &type_node, NULL, NULL, 0};

/* ---- references and copies ----------------------------------------------- */

static void a_literal_is_never_counted(void **state)
{
    (void)state;
    static FLOW_STRING_LITERAL(literal, "text", 4);
    FlowString *s = (FlowString *)&literal;
    flow_string_retain(s);
    flow_string_release(s);
    flow_string_release(s);
    assert_int_equal(s->refs, -1);
    assert_shown("text", &flow_type_string, &s);
}

static void a_copy_of_a_list_has_a_life_of_its_own(void **state)
{
    (void)state;
    FlowList *a = INTS(1, 2, 3), *b = flow_list_retain(a);
    void *slot;
    assert_ok(flow_list_slot(&task, &b, &flow_type_int, 1, &slot));
    *(int64_t *)slot = 20;
    int64_t four = 4;
    assert_ok(flow_list_push(&task, &a, &flow_type_int, &four));
    assert_shown("[1, 2, 3, 4]", &flow_type_int_list, &a);
    assert_shown("[1, 20, 3]", &flow_type_int_list, &b);
    assert_int_equal(a->refs, 1);
    flow_list_release(a);
    flow_list_release(b);
}

static void a_change_deep_inside_is_not_seen_through_the_copy(void **state)
{
    (void)state;
    FlowList *a = NULL, *b;
    Found found = {1, INTS(1)};
    assert_ok(flow_list_push(&task, &a, &type_found, &found));
    flow_value_release(&type_found, &found);
    b = flow_list_retain(a);

    void *slot, *inner; /* b[0].members[0] = 9 */
    assert_ok(flow_list_slot(&task, &b, &type_found, 0, &slot));
    assert_ok(flow_list_slot(&task, &((Found *)slot)->members, &flow_type_int, 0, &inner));
    *(int64_t *)inner = 9;
    assert_shown("[Found(size=1, members=[1])]", &type_found_list, &a);
    assert_shown("[Found(size=1, members=[9])]", &type_found_list, &b);
    flow_list_release(a);
    flow_list_release(b);
}

static void a_list_that_is_the_only_owner_is_changed_in_place(void **state)
{
    (void)state;
    FlowList *a = INTS(1, 2, 3), *before = a;
    void *slot;
    assert_ok(flow_list_slot(&task, &a, &flow_type_int, 0, &slot));
    assert_ptr_equal(a, before);
    flow_list_release(a);
}

static void pushing_an_item_of_the_list_itself_works(void **state)
{
    (void)state;
    FlowList *a = NULL;
    FlowString *s = string_of("x");
    assert_ok(flow_list_push(&task, &a, &flow_type_string, &s));
    flow_string_release(s);
    for (int i = 0; i < 100; i++)
        assert_ok(flow_list_push(&task, &a, &flow_type_string, flow_list_peek(a, 0)));
    assert_int_equal((*(FlowString *const *)flow_list_peek(a, 100))->refs, 101);
    flow_list_release(a);
}

static void what_is_nested_deeper_than_the_stack_is_released(void **state)
{
    (void)state;
    Node node = {NULL};
    for (int i = 0; i < 300000; i++) {
        FlowList *outer = NULL;
        assert_ok(flow_list_push(&task, &outer, &type_node, &node));
        flow_value_release(&type_node, &node);
        node.children = outer;
    }
    assert_int_equal(flow_value_hash(&type_node, &node), flow_value_hash(&type_node, &node));
    flow_value_release(&type_node, &node);
    assert_null(node.children);
}

static void options_and_tuples_hold_their_references(void **state)
{
    (void)state;
    FlowString *s = string_of("shared text");
    MaybeString some = {true, s}, none = {false, NULL};
    Pair pair = {7, s};
    flow_value_retain(&type_maybe_string, &some);
    flow_value_retain(&type_maybe_string, &none);
    flow_value_retain(&type_pair, &pair);
    assert_int_equal(s->refs, 3);
    flow_value_release(&type_maybe_string, &some);
    flow_value_release(&type_pair, &pair);
    assert_int_equal(s->refs, 1);
    assert_false(some.some);
    flow_string_release(s);
}

static void closures_own_what_they_captured(void **state)
{
    (void)state;
    FlowString *s = string_of("captured");
    Pair captures = {1, s};
    FlowClosure *c;
    assert_ok(flow_closure_new(&task, NULL, &type_pair, &captures, &c));
    assert_int_equal(s->refs, 2);
    const Pair *held = flow_closure_captures(c);
    assert_ptr_equal(held->text, s);
    flow_closure_retain(c);
    flow_closure_release(c);
    flow_closure_release(c);
    assert_int_equal(s->refs, 1);
    flow_string_release(s);
}

static void no_memory_leaves_arguments_as_they_were(void **state)
{
    (void)state;
    FlowList *a = INTS(1, 2, 3, 4), *b = flow_list_retain(a);
    void *slot;
    for (unsigned n = 1; n <= 2; n++) {
        os_fault_arm(OS_FAULT_ALLOC, n);
        assert_int_equal(flow_list_slot(&task, &b, &flow_type_int, 0, &slot), FLOW_ENOMEM);
        assert_true(os_fault_struck());
        assert_ptr_equal(a, b);
        assert_int_equal(a->refs, 2);
    }
    os_fault_disarm();
    assert_int_equal(task.status, FLOW_ENOMEM);
    assert_non_null(strstr(task.message, "no memory"));
    flow_list_release(a);
    flow_list_release(b);
}

/* ---- ranges and slices --------------------------------------------------- */

static void a_range_takes_no_room_until_it_is_written(void **state)
{
    (void)state;
    FlowList *range, *copy;
    assert_ok(flow_list_span(&task, 0, INT64_C(1000000000000), false, &range));
    assert_true(range->is_range);
    assert_int_equal(flow_list_peek_int(range, 999999999999), 999999999999);
    flow_list_release(range);

    assert_ok(flow_list_span(&task, 1, 4, true, &range));
    copy = flow_list_retain(range);
    int64_t nine = 9;
    assert_ok(flow_list_push(&task, &copy, &flow_type_int, &nine));
    assert_shown("[1, 2, 3, 4]", &flow_type_int_list, &range);
    assert_shown("[1, 2, 3, 4, 9]", &flow_type_int_list, &copy);
    assert_true(range->is_range && !copy->is_range);
    flow_list_release(range);
    flow_list_release(copy);
}

static void a_range_backwards_is_empty_and_one_too_long_fails(void **state)
{
    (void)state;
    FlowList *range;
    assert_ok(flow_list_span(&task, 3, 1, false, &range));
    assert_int_equal(flow_list_len(range), 0);
    assert_int_equal(flow_list_span(&task, INT64_MIN, INT64_MAX, false, &range), FLOW_FAIL);
    assert_int_equal(flow_list_span(&task, 0, INT64_MAX, true, &range), FLOW_FAIL);
    assert_int_equal(flow_list_range(&task, INT64_MAX, 2, 1, &range), FLOW_FAIL);
}

static void a_range_equals_the_list_of_its_numbers(void **state)
{
    (void)state;
    FlowList *range, *list = INTS(2, 3, 4), *slice;
    assert_ok(flow_list_span(&task, 2, 5, false, &range));
    assert_true(flow_value_equal(&flow_type_int_list, &range, &list));
    assert_int_equal(flow_value_hash(&flow_type_int_list, &range),
                     flow_value_hash(&flow_type_int_list, &list));
    assert_int_equal(flow_value_compare(&flow_type_int_list, &range, &list), 0);
    assert_ok(flow_list_slice(&task, range, 1, 3, &slice));
    assert_true(slice->is_range);
    assert_shown("[3, 4]", &flow_type_int_list, &slice);
    flow_list_release(range);
    flow_list_release(list);
    flow_list_release(slice);
}

static void slices_and_joined_lists(void **state)
{
    (void)state;
    FlowList *list = INTS(1, 2, 3), *part, *both;
    assert_ok(flow_list_slice(&task, list, 0, 3, &part));
    assert_ptr_equal(part, list);
    flow_list_release(part);
    assert_ok(flow_list_slice(&task, list, 2, 2, &part));
    assert_int_equal(flow_list_len(part), 0);
    assert_int_equal(flow_list_slice(&task, list, 1, 4, &part), FLOW_FAIL);
    assert_string_equal(task.message, "the slice 1..4 is out of range: the list has 3 items");
    assert_int_equal(flow_list_slice(&task, list, -1, 2, &part), FLOW_FAIL);
    assert_ok(flow_list_concat(&task, &flow_type_int, list, list, &both));
    assert_shown("[1, 2, 3, 1, 2, 3]", &flow_type_int_list, &both);
    flow_list_release(list);
    flow_list_release(both);
}

static void an_index_out_of_range_says_what_there_is(void **state)
{
    (void)state;
    FlowList *list = INTS(1, 2, 3);
    int64_t x;
    assert_int_equal(flow_list_at(&task, list, 3, &x), FLOW_FAIL);
    assert_string_equal(task.message,
                        "index 3 is out of range: the length is 3, so the last one is 2");
    assert_int_equal(flow_list_at(&task, list, -1, &x), FLOW_FAIL);
    assert_int_equal(flow_list_at(&task, NULL, 0, &x), FLOW_FAIL);
    assert_string_equal(task.message, "index 0 is out of range: there is nothing in it");
    flow_list_release(list);
}

static void contains_asks_a_range_without_going_through_it(void **state)
{
    (void)state;
    FlowList *range;
    bool found;
    assert_ok(flow_list_range(&task, 10, INT64_C(1) << 40, 3, &range));
    const int64_t in = 10 + 3 * 12345, out[] = {11, 7, INT64_MAX, INT64_MIN};
    assert_ok(flow_list_contains(&task, &flow_type_int, range, &in, &found));
    assert_true(found);
    for (size_t i = 0; i < 4; i++) {
        assert_ok(flow_list_contains(&task, &flow_type_int, range, &out[i], &found));
        assert_false(found);
    }
    flow_list_release(range);
}

/* ---- comparison ---------------------------------------------------------- */

static void nan_equals_nothing_and_sorts_last(void **state)
{
    (void)state;
    const double xs[] = {NAN, 2, -INFINITY, 0.0, -0.0, INFINITY, -1, NAN};
    FlowList *list = NULL, *up, *down;
    for (size_t i = 0; i < 8; i++)
        assert_ok(flow_list_push(&task, &list, &flow_type_float, &xs[i]));
    assert_false(flow_value_equal(&flow_type_float, &xs[0], &xs[0]));
    assert_false(flow_value_equal(&flow_type_float_list, &list, &list));
    assert_true(flow_value_equal(&flow_type_float, &xs[3], &xs[4]));
    assert_int_equal(flow_value_hash(&flow_type_float, &xs[3]),
                     flow_value_hash(&flow_type_float, &xs[4]));
    assert_ok(flow_list_sort(&task, list, NULL, false, &up));
    assert_ok(flow_list_sort(&task, list, NULL, true, &down));
    assert_shown("[-inf, -1.0, 0.0, -0.0, 2.0, inf, nan, nan]", &flow_type_float_list, &up);
    assert_shown("[inf, 2.0, 0.0, -0.0, -1.0, -inf, nan, nan]", &flow_type_float_list, &down);
    flow_list_release(list);
    flow_list_release(up);
    flow_list_release(down);
}

static void none_comes_before_some_and_short_before_long(void **state)
{
    (void)state;
    MaybeInt none = {false, 0}, zero = {true, 0}, one = {true, 1};
    assert_true(flow_value_compare(&type_maybe_int, &none, &zero) < 0);
    assert_true(flow_value_compare(&type_maybe_int, &one, &zero) > 0);
    assert_true(flow_value_equal(&type_maybe_int, &none, &none));
    assert_false(flow_value_equal(&type_maybe_int, &none, &zero));
    FlowString *a = string_of("a"), *ab = string_of("ab"), *umlaut = string_of("ä");
    assert_true(flow_string_compare(a, ab) < 0);
    assert_true(flow_string_compare(umlaut, ab) > 0);
    assert_true(flow_string_compare(NULL, a) < 0);
    flow_string_release(a);
    flow_string_release(ab);
    flow_string_release(umlaut);
}

/* ---- sorting ------------------------------------------------------------- */

static void sorting_is_stable_both_ways(void **state)
{
    (void)state;
    enum { LEN = 1000 };
    FlowList *places, *keys = NULL, *sorted;
    assert_ok(flow_list_span(&task, 0, LEN, false, &places));
    srandom(7);
    for (int i = 0; i < LEN; i++) {
        int64_t key = random() % 10;
        assert_ok(flow_list_push(&task, &keys, &flow_type_int, &key));
    }
    for (int descending = 0; descending < 2; descending++) {
        assert_ok(flow_list_sort(&task, places, keys, descending, &sorted));
        for (size_t i = 1; i < LEN; i++) {
            int64_t a = flow_list_peek_int(sorted, i - 1), b = flow_list_peek_int(sorted, i);
            int64_t key_a = flow_list_peek_int(keys, (size_t)a);
            int64_t key_b = flow_list_peek_int(keys, (size_t)b);
            assert_true(key_a == key_b ? a < b : descending ? key_a > key_b : key_a < key_b);
        }
        flow_list_release(sorted);
    }
    flow_list_release(places);
    flow_list_release(keys);
}

static void tuples_are_sorted_part_by_part(void **state)
{
    (void)state;
    FlowList *list = NULL, *sorted;
    const struct {
        int64_t number;
        const char *text;
    } rows[] = {{2, "b"}, {1, "z"}, {2, "a"}, {-5, ""}, {1, "aa"}};
    for (size_t i = 0; i < 5; i++) {
        Pair pair = {rows[i].number, string_of(rows[i].text)};
        assert_ok(flow_list_push(&task, &list, &type_pair, &pair));
        flow_value_release(&type_pair, &pair);
    }
    assert_ok(flow_list_sort(&task, list, NULL, false, &sorted));
    assert_shown("[(-5, \"\"), (1, \"aa\"), (1, \"z\"), (2, \"a\"), (2, \"b\")]", &type_pair_list,
                 &sorted);
    assert_shown("[(2, \"b\"), (1, \"z\"), (2, \"a\"), (-5, \"\"), (1, \"aa\")]", &type_pair_list,
                 &list);
    flow_list_release(list);
    flow_list_release(sorted);
}

static void extreme_ints_sort_in_either_direction(void **state)
{
    (void)state;
    FlowList *list = INTS(0, INT64_MAX, INT64_MIN, -1), *up, *down;
    assert_ok(flow_list_sort(&task, list, NULL, false, &up));
    assert_ok(flow_list_sort(&task, list, NULL, true, &down));
    assert_shown("[-9223372036854775808, -1, 0, 9223372036854775807]", &flow_type_int_list, &up);
    assert_shown("[9223372036854775807, 0, -1, -9223372036854775808]", &flow_type_int_list, &down);
    flow_list_release(list);
    flow_list_release(up);
    flow_list_release(down);
}

/* ---- maps ---------------------------------------------------------------- */

static void put_number(FlowMap **map, const char *key, int64_t value)
{
    FlowString *s = string_of(key);
    assert_ok(flow_map_put(&task, map, &type_string_int_map, &s, &value));
    flow_string_release(s);
}

static void remove_key(FlowMap **map, const char *key)
{
    FlowString *s = string_of(key);
    assert_ok(flow_map_remove(&task, map, &type_string_int_map, &s));
    flow_string_release(s);
}

static void a_map_keeps_the_order_of_first_insertion(void **state)
{
    (void)state;
    FlowMap *map = NULL, *copy;
    assert_shown("[:]", &type_string_int_map, &map);
    put_number(&map, "b", 1);
    put_number(&map, "a", 2);
    put_number(&map, "c", 3);
    put_number(&map, "b", 10);
    assert_shown("[\"b\": 10, \"a\": 2, \"c\": 3]", &type_string_int_map, &map);
    copy = flow_map_retain(map);
    remove_key(&map, "b");
    put_number(&map, "b", 4);
    remove_key(&map, "nobody");
    assert_shown("[\"a\": 2, \"c\": 3, \"b\": 4]", &type_string_int_map, &map);
    assert_shown("[\"b\": 10, \"a\": 2, \"c\": 3]", &type_string_int_map, &copy);
    flow_map_release(map);
    flow_map_release(copy);
}

/* Short ones are compared by their words, with the bytes behind them masked. */
static void keys_that_differ_a_little_are_told_apart(void **state)
{
    (void)state;
    enum { LONGEST = 20, EACH = 3 };
    FlowMap *map = NULL;
    char bytes[LONGEST];
    for (int turn = 0; turn < 2; turn++)
        for (int64_t len = 0; len <= LONGEST; len++)
            for (int last = 0; last < (len ? EACH : 1); last++) {
                memset(bytes, 'a', sizeof bytes);
                if (len)
                    bytes[len - 1] = (char)("\0ab"[last]);
                FlowString *key;
                assert_ok(flow_string_new(&task, bytes, (size_t)len, &key));
                int64_t value = len * EACH + last;
                const int64_t *found = flow_map_find(map, &type_string_int_map, &key);
                assert_true(turn == 0 ? !found : found && *found == value);
                assert_ok(flow_map_put(&task, &map, &type_string_int_map, &key, &value));
                flow_string_release(key);
            }
    assert_int_equal(flow_map_len(map), LONGEST * EACH + 1);
    flow_map_release(map);
}

static void order_does_not_count_when_maps_are_compared(void **state)
{
    (void)state;
    FlowMap *a = NULL, *b = NULL;
    put_number(&a, "x", 1);
    put_number(&a, "y", 2);
    put_number(&b, "y", 2);
    put_number(&b, "x", 1);
    assert_true(flow_value_equal(&type_string_int_map, &a, &b));
    assert_int_equal(flow_value_hash(&type_string_int_map, &a),
                     flow_value_hash(&type_string_int_map, &b));
    put_number(&b, "x", 3);
    assert_false(flow_value_equal(&type_string_int_map, &a, &b));
    flow_map_release(a);
    flow_map_release(b);
}

static void a_missing_key_is_named(void **state)
{
    (void)state;
    FlowMap *map = NULL;
    int64_t x;
    void *slot;
    FlowString *key = string_of("no\"body");
    assert_int_equal(flow_map_at(&task, map, &type_string_int_map, &key, &x), FLOW_FAIL);
    assert_string_equal(task.message, "the map has no key \"no\\\"body\"");
    assert_int_equal(flow_map_slot(&task, &map, &type_string_int_map, &key, false, &slot),
                     FLOW_FAIL);
    assert_ok(flow_map_slot(&task, &map, &type_string_int_map, &key, true, &slot));
    assert_int_equal(*(int64_t *)slot, 0);
    flow_string_release(key);
    flow_map_release(map);
}

/* Does what a reference (an array of presence and value, with an order) says. */
static void a_map_behaves_under_many_changes(void **state)
{
    (void)state;
    enum { KEYS = 200, STEPS = 20000 };
    int64_t value[KEYS], order[KEYS], next = 1;
    memset(order, 0, sizeof order); /* 0: not there */
    FlowMap *map = NULL;
    srandom(11);
    for (int step = 0; step < STEPS; step++) {
        int64_t key = random() % KEYS;
        FlowString *text = string_of("v");
        if (random() % 5 < 2 + (step / 4000) % 2) {
            assert_ok(flow_map_remove(&task, &map, &type_int_string_map, &key));
            order[key] = 0;
        } else {
            assert_ok(flow_map_put(&task, &map, &type_int_string_map, &key, &text));
            order[key] = order[key] ? order[key] : next++;
            value[key] = step;
        }
        flow_string_release(text);
        if (step % 50 != 0)
            continue;
        int64_t count = 0, before = 0;
        for (int k = 0; k < KEYS; k++)
            count += order[k] != 0;
        assert_int_equal(flow_map_len(map), count);
        for (int64_t i = 0; i < count; i++) {
            int64_t k = *(const int64_t *)flow_map_key_at(map, i);
            assert_true(order[k] > before);
            before = order[k];
            assert_non_null(flow_map_find(map, &type_int_string_map, &k));
            assert_ptr_equal(flow_map_find(map, &type_int_string_map, &k),
                             flow_map_value_at(map, i));
        }
    }
    (void)value;
    flow_map_release(map);
}

static void a_map_used_as_a_queue_stays_fast(void **state)
{
    (void)state;
    FlowMap *map = NULL;
    FlowString *s = NULL;
    for (int64_t i = 0; i < 50000; i++)
        assert_ok(flow_map_put(&task, &map, &type_int_string_map, &i, &s));
    for (int64_t i = 0; i < 50000; i++) {
        assert_int_equal(*(const int64_t *)flow_map_key_at(map, 0), i);
        assert_ok(flow_map_remove(&task, &map, &type_int_string_map, &i));
    }
    assert_int_equal(flow_map_len(map), 0);
    flow_map_release(map);
}

static void a_list_in_a_map_is_changed_alone(void **state)
{
    (void)state;
    FlowMap *a = NULL, *b;
    FlowString *key = string_of("k");
    FlowList *list = INTS(1);
    assert_ok(flow_map_put(&task, &a, &type_lists_map, &key, &list));
    b = flow_map_retain(a);
    void *slot;
    int64_t two = 2;
    assert_ok(flow_map_slot(&task, &b, &type_lists_map, &key, true, &slot));
    assert_ok(flow_list_push(&task, slot, &flow_type_int, &two));
    assert_shown("[\"k\": [1]]", &type_lists_map, &a);
    assert_shown("[\"k\": [1, 2]]", &type_lists_map, &b);
    assert_shown("[1]", &flow_type_int_list, &list);
    flow_list_release(list);
    flow_string_release(key);
    flow_map_release(a);
    flow_map_release(b);
}

static void keys_and_values_come_as_lists(void **state)
{
    (void)state;
    FlowMap *map = NULL;
    FlowList *keys, *values;
    put_number(&map, "x", 1);
    put_number(&map, "y", 2);
    put_number(&map, "z", 3);
    remove_key(&map, "y");
    assert_ok(flow_map_keys(&task, map, &type_string_int_map, &keys));
    assert_ok(flow_map_values(&task, map, &type_string_int_map, &values));
    assert_shown("[\"x\", \"z\"]", &flow_type_string_list, &keys);
    assert_shown("[1, 3]", &flow_type_int_list, &values);
    flow_list_release(keys);
    flow_list_release(values);
    flow_map_release(map);
}

/* ---- arithmetic and failures --------------------------------------------- */

static void arithmetic_that_overflows_fails(void **state)
{
    (void)state;
    int64_t x;
    assert_int_equal(flow_int_add(&task, INT64_MAX, 1, &x), FLOW_FAIL);
    assert_string_equal(task.message, "the result of `+` does not fit in 64 bits");
    assert_int_equal(flow_int_sub(&task, INT64_MIN, 1, &x), FLOW_FAIL);
    assert_int_equal(flow_int_mul(&task, INT64_MAX, 2, &x), FLOW_FAIL);
    assert_int_equal(flow_int_neg(&task, INT64_MIN, &x), FLOW_FAIL);
    assert_int_equal(flow_int_div(&task, INT64_MIN, -1, &x), FLOW_FAIL);
    assert_int_equal(flow_int_div(&task, 1, 0, &x), FLOW_FAIL);
    assert_string_equal(task.message, "division by zero");
    assert_int_equal(flow_int_mod(&task, 1, 0, &x), FLOW_FAIL);
    assert_ok(flow_int_mod(&task, INT64_MIN, -1, &x));
    assert_int_equal(x, 0);
    assert_int_equal(flow_int_pow(&task, 2, 63, &x), FLOW_FAIL);
    assert_ok(flow_int_pow(&task, -2, 63, &x));
    assert_int_equal(x, INT64_MIN);
    assert_ok(flow_int_pow(&task, 0, 0, &x));
    assert_int_equal(x, 1);
    assert_ok(flow_int_pow(&task, 1, INT64_MAX, &x));
    assert_int_equal(flow_int_pow(&task, 2, -1, &x), FLOW_FAIL);
}

static void whole_division_rounds_down(void **state)
{
    (void)state;
    static const int64_t cases[][4] = {
        {7, 2, 3, 1}, {-7, 2, -4, 1}, {7, -2, -4, -1}, {-7, -2, 3, -1}, {6, -2, -3, 0}};
    for (size_t i = 0; i < 5; i++) {
        int64_t quotient, rest;
        assert_ok(flow_int_div(&task, cases[i][0], cases[i][1], &quotient));
        assert_ok(flow_int_mod(&task, cases[i][0], cases[i][1], &rest));
        assert_int_equal(quotient, cases[i][2]);
        assert_int_equal(rest, cases[i][3]);
    }
}

static void floats_become_ints_only_where_they_fit(void **state)
{
    (void)state;
    int64_t x;
    assert_ok(flow_int_of_float(&task, -2.9, &x));
    assert_int_equal(x, -2);
    assert_ok(flow_int_of_float(&task, -0x1p63, &x));
    assert_int_equal(flow_int_of_float(&task, 0x1p63, &x), FLOW_FAIL);
    assert_int_equal(flow_int_of_float(&task, NAN, &x), FLOW_FAIL);
    assert_int_equal(flow_int_of_float(&task, INFINITY, &x), FLOW_FAIL);
    assert_ok(flow_quantity_scale(&task, 4000000000, 1.5, &x));
    assert_int_equal(x, 6000000000);
    assert_int_equal(flow_quantity_scale(&task, INT64_MAX, 2, &x), FLOW_FAIL);
}

static void a_failure_is_handled_once_and_memory_never(void **state)
{
    (void)state;
    FlowString *message, *text = string_of("no good ü");
    assert_int_equal(flow_fail_string(&task, text), FLOW_FAIL);
    flow_trace(&task, "inner", "a.flow", 3);
    flow_trace(&task, "outer", "a.flow", 9);
    assert_int_equal(task.trace_count, 2);
    assert_string_equal(task.trace[0].function, "inner");
    assert_ok(flow_handled(&task, &message));
    assert_true(flow_string_equal(message, text));
    assert_int_equal(task.status, FLOW_OK);
    assert_int_equal(task.trace_count, 0);
    flow_string_release(message);
    flow_string_release(text);

    assert_int_equal(flow_fail_memory(&task, 10), FLOW_ENOMEM);
    assert_int_equal(flow_handled(&task, NULL), FLOW_ENOMEM);
    task.status = FLOW_OK;
}

static void a_long_trace_keeps_both_ends(void **state)
{
    (void)state;
    flow_fail(&task, "deep");
    for (uint32_t line = 1; line <= 100; line++)
        flow_trace(&task, "f", "a.flow", line);
    assert_int_equal(task.trace_count, FLOW_TRACE_MAX);
    assert_int_equal(task.trace[0].line, 1);
    assert_int_equal(task.trace[FLOW_TRACE_MAX - 1].line, 100);
    assert_ok(flow_handled(&task, NULL));
}

static void a_long_message_is_cut_between_characters(void **state)
{
    (void)state;
    char text[FLOW_MESSAGE_MAX + 10];
    for (size_t i = 0; i + 2 < sizeof text; i += 2)
        memcpy(text + i, "ü", 3);
    flow_fail(&task, "x%s", text);
    assert_int_equal(strlen(task.message), FLOW_MESSAGE_MAX - 1);
    flow_fail(&task, "%s", text);
    assert_int_equal(strlen(task.message), FLOW_MESSAGE_MAX - 2);
    FlowString *s = string_of(text);
    flow_fail_string(&task, s);
    assert_int_equal(strlen(task.message), FLOW_MESSAGE_MAX - 2);
    flow_string_release(s);
    assert_ok(flow_handled(&task, NULL));
}

static void without_a_task_the_status_says_what_happened(void **state)
{
    (void)state;
    int64_t x;
    FlowList *list = NULL;
    assert_int_equal(flow_fail(NULL, "no %s", "task"), FLOW_FAIL);
    assert_int_equal(flow_fail_memory(NULL, 1), FLOW_ENOMEM);
    assert_int_equal(flow_list_at(NULL, NULL, 0, &x), FLOW_FAIL);
    os_fault_arm(OS_FAULT_ALLOC, 1);
    x = 1;
    assert_int_equal(flow_list_push(NULL, &list, &flow_type_int, &x), FLOW_ENOMEM);
    os_fault_disarm();
    assert_null(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_literal_is_never_counted),
        cmocka_unit_test(a_copy_of_a_list_has_a_life_of_its_own),
        cmocka_unit_test(a_change_deep_inside_is_not_seen_through_the_copy),
        cmocka_unit_test(a_list_that_is_the_only_owner_is_changed_in_place),
        cmocka_unit_test(pushing_an_item_of_the_list_itself_works),
        cmocka_unit_test(what_is_nested_deeper_than_the_stack_is_released),
        cmocka_unit_test(options_and_tuples_hold_their_references),
        cmocka_unit_test(closures_own_what_they_captured),
        cmocka_unit_test(no_memory_leaves_arguments_as_they_were),
        cmocka_unit_test(a_range_takes_no_room_until_it_is_written),
        cmocka_unit_test(a_range_backwards_is_empty_and_one_too_long_fails),
        cmocka_unit_test(a_range_equals_the_list_of_its_numbers),
        cmocka_unit_test(slices_and_joined_lists),
        cmocka_unit_test(an_index_out_of_range_says_what_there_is),
        cmocka_unit_test(contains_asks_a_range_without_going_through_it),
        cmocka_unit_test(nan_equals_nothing_and_sorts_last),
        cmocka_unit_test(none_comes_before_some_and_short_before_long),
        cmocka_unit_test(sorting_is_stable_both_ways),
        cmocka_unit_test(tuples_are_sorted_part_by_part),
        cmocka_unit_test(extreme_ints_sort_in_either_direction),
        cmocka_unit_test(a_map_keeps_the_order_of_first_insertion),
        cmocka_unit_test(keys_that_differ_a_little_are_told_apart),
        cmocka_unit_test(order_does_not_count_when_maps_are_compared),
        cmocka_unit_test(a_missing_key_is_named),
        cmocka_unit_test(a_map_behaves_under_many_changes),
        cmocka_unit_test(a_map_used_as_a_queue_stays_fast),
        cmocka_unit_test(a_list_in_a_map_is_changed_alone),
        cmocka_unit_test(keys_and_values_come_as_lists),
        cmocka_unit_test(arithmetic_that_overflows_fails),
        cmocka_unit_test(whole_division_rounds_down),
        cmocka_unit_test(floats_become_ints_only_where_they_fit),
        cmocka_unit_test(a_failure_is_handled_once_and_memory_never),
        cmocka_unit_test(a_long_trace_keeps_both_ends),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
        cmocka_unit_test(without_a_task_the_status_says_what_happened),
    };
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
