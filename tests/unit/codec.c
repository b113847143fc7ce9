/* SPDX-License-Identifier: Apache-2.0 */
/* codec.c - values to CBOR and back, also from bytes that are not what they should be; JSON; and
 * parameters from the command line. */
#include "value_fixture.h"

#include <math.h>
#include <stdlib.h>

#include "value/codec.h"

static const FlowField node_fields[] = {{"children", &type_node_list, offsetof(Node, children)}};
const FlowType type_node = {FLOW_STRUCT, sizeof(Node), true, "Node", NULL, NULL, node_fields, 1};
const FlowType type_node_list = {
    FLOW_LIST, sizeof(FlowList *), true, "[Node]", &type_node, NULL, NULL, 0};

/* Everything in one: struct All { … } */
typedef struct All {
    int64_t number;
    double real;
    bool flag;
    FlowString *text;
    FlowList *ints, *reals, *flags, *pairs, *lists;
    FlowMap *map;
    MaybeString some, none;
    MaybeMaybe deep;
    Found found;
} All;
LIST_TYPE(type_reals, flow_type_float, "[float]");
#define FIELD(name, type)                                                                          \
    {                                                                                              \
#name, &type, offsetof(All, name)                                                          \
    }
static const FlowField all_fields[] = {
    FIELD(number, flow_type_int),     FIELD(real, flow_type_float),
    FIELD(flag, flow_type_bool),      FIELD(text, flow_type_string),
    FIELD(ints, flow_type_int_list),  FIELD(reals, type_reals),
    FIELD(flags, type_bool_list),     FIELD(pairs, type_pair_list),
    FIELD(lists, type_int_list_list), FIELD(map, type_lists_map),
    FIELD(some, type_maybe_string),   FIELD(none, type_maybe_string),
    FIELD(deep, type_maybe_maybe),    FIELD(found, type_found),
};
static const FlowType type_all = {
    FLOW_STRUCT, sizeof(All), true,       "All",
    NULL,        NULL,        all_fields, sizeof all_fields / sizeof *all_fields};

static All make_all(void)
{
    All all = {.number = INT64_MIN, .real = -0.0, .flag = true, .text = string_of("größe\n")};
    const double reals[] = {1.5, INFINITY, 1e-300};
    for (size_t i = 0; i < 3; i++)
        assert_ok(flow_list_push(&task, &all.reals, &flow_type_float, &reals[i]));
    for (int i = 0; i < 3; i++)
        assert_ok(flow_list_push(&task, &all.flags, &flow_type_bool, &(bool){i % 2}));
    all.ints = INTS(1, -1, INT64_MAX, INT64_MIN);
    Pair pair = {1000000, string_of("x")};
    assert_ok(flow_list_push(&task, &all.pairs, &type_pair, &pair));
    flow_value_release(&type_pair, &pair);
    FlowList *range, *empty = NULL;
    assert_ok(flow_list_span(&task, 5, 1000000, false, &range));
    assert_ok(flow_list_push(&task, &all.lists, &flow_type_int_list, &range));
    assert_ok(flow_list_push(&task, &all.lists, &flow_type_int_list, &empty));
    FlowString *z = string_of("z"), *a = string_of("a");
    assert_ok(flow_map_put(&task, &all.map, &type_lists_map, &z, &range));
    assert_ok(flow_map_put(&task, &all.map, &type_lists_map, &a, &all.ints));
    flow_list_release(range);
    flow_string_release(z);
    all.some = (MaybeString){true, a};
    all.deep = (MaybeMaybe){true, {false, 0}};
    all.found = (Found){7, INTS(3, 4)};
    return all;
}

static Buffer encoded(const FlowType *type, const void *value)
{
    Buffer bytes = {0};
    FlowError err;
    assert_ok(value_encode(type, value, &bytes, &err));
    return bytes;
}

/* ---- CBOR ---------------------------------------------------------------- */

static void every_kind_comes_back(void **state)
{
    (void)state;
    All all = make_all(), back = {0};
    FlowError err;
    Buffer bytes = encoded(&type_all, &all);
    assert_ok(value_decode(&type_all, bytes.bytes, bytes.len, &back, &err));
    assert_true(flow_value_equal(&type_all, &all, &back));
    assert_true(signbit(back.real));
    const FlowList *range = *(FlowList *const *)flow_list_peek(back.lists, 0);
    assert_true(range->is_range);
    Buffer again = encoded(&type_all, &back);
    assert_int_equal(again.len, bytes.len);
    assert_memory_equal(again.bytes, bytes.bytes, bytes.len);
    flow_value_release(&type_all, &all);
    flow_value_release(&type_all, &back);
    buffer_free(&bytes);
    buffer_free(&again);
}

static void the_bytes_are_what_the_standard_says(void **state)
{
    (void)state;
    static const struct {
        int64_t x;
        size_t len;
        uint8_t bytes[9];
    } ints[] = {{0, 1, {0x00}},
                {-1, 1, {0x20}},
                {23, 1, {0x17}},
                {24, 2, {0x18, 24}},
                {-500, 3, {0x39, 0x01, 0xf3}},
                {1000000, 5, {0x1a, 0, 0x0f, 0x42, 0x40}}};
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++) {
        Buffer bytes = encoded(&flow_type_int, &ints[i].x);
        assert_int_equal(bytes.len, ints[i].len);
        assert_memory_equal(bytes.bytes, ints[i].bytes, bytes.len);
        buffer_free(&bytes);
    }
    FlowList *list = INTS(1, -1);
    static const uint8_t typed[] = {0xd8, 79,   0x50, 1,    0,    0,    0,    0,    0,   0,
                                    0,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    Buffer bytes = encoded(&flow_type_int_list, &list);
    assert_int_equal(bytes.len, sizeof typed);
    assert_memory_equal(bytes.bytes, typed, sizeof typed);
    buffer_free(&bytes);
    flow_list_release(list);

    assert_ok(flow_list_span(&task, 2, 5, false, &list));
    static const uint8_t range[] = {0xd9, 0xea, 0x6a, 0x83, 2, 3, 1};
    bytes = encoded(&flow_type_int_list, &list);
    assert_int_equal(bytes.len, sizeof range);
    assert_memory_equal(bytes.bytes, range, sizeof range);
    buffer_free(&bytes);
    flow_list_release(list);
}

static void an_option_of_an_option_keeps_its_three_values(void **state)
{
    (void)state;
    const MaybeMaybe values[] = {{false, {false, 0}}, {true, {false, 0}}, {true, {true, 5}}};
    FlowError err;
    for (size_t i = 0; i < 3; i++) {
        MaybeMaybe back = {0};
        Buffer bytes = encoded(&type_maybe_maybe, &values[i]);
        assert_ok(value_decode(&type_maybe_maybe, bytes.bytes, bytes.len, &back, &err));
        assert_true(flow_value_equal(&type_maybe_maybe, &values[i], &back));
        buffer_free(&bytes);
    }
}

static void assert_zero(const FlowType *type, const void *value)
{
    const char *bytes = value;
    for (size_t i = 0; i < type->size; i++)
        assert_int_equal(bytes[i], 0);
}

static void bytes_cut_short_are_refused(void **state)
{
    (void)state;
    All all = make_all(), back = {0};
    Buffer bytes = encoded(&type_all, &all);
    FlowError err;
    for (size_t len = 0; len < bytes.len; len++) {
        uint8_t *exact = malloc(len ? len : 1); /* so that reading beyond is noticed */
        memcpy(exact, bytes.bytes, len);
        assert_int_equal(value_decode(&type_all, exact, len, &back, &err), FLOW_EFORMAT);
        assert_zero(&type_all, &back);
        free(exact);
    }
    assert_ok(buffer_append_byte(&bytes, 0));
    assert_int_equal(value_decode(&type_all, bytes.bytes, bytes.len, &back, &err), FLOW_EFORMAT);
    assert_non_null(strstr(err.message, "after their end"));
    flow_value_release(&type_all, &all);
    buffer_free(&bytes);
}

static void changed_bytes_never_do_harm(void **state)
{
    (void)state;
    All all = make_all();
    Buffer bytes = encoded(&type_all, &all);
    srandom(1);
    for (int round = 0; round < 30000; round++) {
        uint8_t *copy = malloc(bytes.len);
        memcpy(copy, bytes.bytes, bytes.len);
        for (long changes = 1 + random() % 4; changes > 0; changes--)
            copy[(size_t)random() % bytes.len] =
                random() % 2 ? (uint8_t)random() : (uint8_t)(random() % 8 << 5 | 0x1b);
        All back = {0};
        FlowError err;
        if (value_decode(&type_all, copy, bytes.len, &back, &err) == FLOW_OK)
            flow_value_release(&type_all, &back);
        else
            assert_zero(&type_all, &back);
        free(copy);
    }
    flow_value_release(&type_all, &all);
    buffer_free(&bytes);
}

static void random_bytes_never_do_harm(void **state)
{
    (void)state;
    static const FlowType *const types[] = {&type_all,           &type_lists_map,   &type_pair_list,
                                            &flow_type_int_list, &type_maybe_maybe, &type_node,
                                            &type_int_string_map};
    srandom(2);
    for (int round = 0; round < 50000; round++) {
        uint8_t bytes[32];
        size_t len = (size_t)random() % sizeof bytes;
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)random();
        const FlowType *type = types[round % 7];
        All room = {0};
        FlowError err;
        if (value_decode(type, bytes, len, &room, &err) == FLOW_OK)
            flow_value_release(type, &room);
    }
}

static void claims_that_cannot_be_true_are_refused(void **state)
{
    (void)state;
    static const struct {
        const FlowType *type;
        size_t len;
        uint8_t bytes[16];
        const char *why;
    } cases[] = {
        {&type_pair_list, 9, {0x9b, 0, 0, 0, 1, 0, 0, 0, 0}, "more items than there are bytes"},
        {&type_lists_map, 9, {0xbb, 0, 0, 0, 1, 0, 0, 0, 0}, "more entries than there are bytes"},
        {&flow_type_int_list, 5, {0xd8, 79, 0x42, 1, 2}, "multiple of 8"},
        {&flow_type_int_list, 3, {0xd8, 86, 0x40}, "other numbers"},
        {&flow_type_float_list, 7, {0xd9, 0xea, 0x6a, 0x83, 0, 1, 1}, "other numbers"},
        {&flow_type_int_list, 7, {0xd9, 0xea, 0x6a, 0x83, 0, 0x20, 1}, "64 bits"},
        {&flow_type_string, 3, {0x62, 0xc3, 0x28}, "UTF-8"},
        {&flow_type_string, 3, {0x7f, 0x61, 0x61}, "text was expected"},
        {&flow_type_int, 9, {0x1b, 0xff, 0, 0, 0, 0, 0, 0, 0}, "64 bits"},
        {&flow_type_int, 1, {0xf6}, "integer"},
        {&flow_type_bool, 1, {0x01}, "true or false"},
        {&type_pair, 2, {0x81, 1}, "number of fields"},
        {&type_int_string_map, 5, {0xa2, 1, 0x60, 1, 0x60}, "twice"},
        {&flow_type_int, 1, {0x1c}, "well-formed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        All room = {0};
        FlowError err;
        assert_int_equal(value_decode(cases[i].type, cases[i].bytes, cases[i].len, &room, &err),
                         FLOW_EFORMAT);
        if (!strstr(err.message, cases[i].why))
            fail_msg("case %zu: %s", i, err.message);
    }
}

static void nesting_without_end_is_refused(void **state)
{
    (void)state;
    Node node = {NULL};
    FlowError err;
    Buffer bytes = {0};
    for (int i = 0; i < 5000; i++)
        assert_ok(buffer_append(&bytes, "\x81\x81", 2));
    assert_int_equal(value_decode(&type_node, bytes.bytes, bytes.len, &node, &err), FLOW_EFORMAT);
    assert_non_null(strstr(err.message, "nested too deeply"));
    buffer_free(&bytes);

    for (int i = 0; i < 5000; i++) {
        FlowList *outer = NULL;
        assert_ok(flow_list_push(&task, &outer, &type_node, &node));
        flow_value_release(&type_node, &node);
        node.children = outer;
    }
    FlowString *text;
    assert_int_equal(value_encode(&type_node, &node, &bytes, &err), FLOW_EFORMAT);
    assert_int_equal(bytes.len, 0);
    assert_int_equal(value_write_json(&type_node, &node, &bytes), FLOW_EFORMAT);
    assert_int_equal(flow_string_of(&task, &type_node, &node, &text), FLOW_FAIL);
    flow_value_release(&type_node, &node);
    buffer_free(&bytes);
}

static void no_memory_anywhere_leaves_nothing_behind(void **state)
{
    (void)state;
    All all = make_all();
    Buffer bytes = encoded(&type_all, &all);
    FlowStatus s = FLOW_ENOMEM;
    for (unsigned n = 1; s != FLOW_OK; n++) {
        All back = {0};
        FlowError err;
        os_fault_arm(OS_FAULT_ALLOC, n);
        s = value_decode(&type_all, bytes.bytes, bytes.len, &back, &err);
        assert_int_equal(s, os_fault_struck() ? FLOW_ENOMEM : FLOW_OK);
        os_fault_disarm();
        flow_value_release(&type_all, &back);
    }
    flow_value_release(&type_all, &all);
    buffer_free(&bytes);
}

static void a_function_cannot_be_stored(void **state)
{
    (void)state;
    static const FlowType type_closure = {
        FLOW_CLOSURE, sizeof(FlowClosure *), true, "fn(int) -> int", NULL, NULL, NULL, 0};
    FlowClosure *closure = NULL;
    FlowError err;
    Buffer bytes = {0};
    assert_int_equal(value_encode(&type_closure, &closure, &bytes, &err), FLOW_EFORMAT);
    assert_string_equal(err.message, "a value of type fn(int) -> int holds a function, which "
                                     "cannot be stored");
    buffer_free(&bytes);
}

static void fixed_values_are_eight_bytes(void **state)
{
    (void)state;
    double x = -1.25, y = 0;
    bool flag = true, back = false;
    assert_true(value_is_fixed(&flow_type_duration));
    assert_false(value_is_fixed(&flow_type_string));
    value_fixed_put(&flow_type_float, value_fixed_get(&flow_type_float, &x), &y);
    assert_true(x == y);
    value_fixed_put(&flow_type_bool, value_fixed_get(&flow_type_bool, &flag), &back);
    assert_true(back);
}

/* ---- JSON ---------------------------------------------------------------- */

static void assert_json(const char *expected, const FlowType *type, const void *value)
{
    Buffer json = {0};
    assert_ok(value_write_json(type, value, &json));
    assert_string_equal(buffer_text(&json), expected);
    buffer_free(&json);
}

static void values_are_written_as_json(void **state)
{
    (void)state;
    All all = make_all();
    flow_list_release(all.lists);
    all.lists = NULL;
    flow_map_release(all.map);
    all.map = NULL;
    assert_json("{\"number\":-9223372036854775808,\"real\":-0.0,\"flag\":true,"
                "\"text\":\"größe\\n\","
                "\"ints\":[1,-1,9223372036854775807,-9223372036854775808],"
                "\"reals\":[1.5,\"inf\",1e-300],\"flags\":[false,true,false],"
                "\"pairs\":[[1000000,\"x\"]],\"lists\":[],\"map\":{},\"some\":\"a\",\"none\":null,"
                "\"deep\":[null],\"found\":{\"size\":7,\"members\":[3,4]}}",
                &type_all, &all);
    flow_value_release(&type_all, &all);
    int64_t size = 4000000000, ns = 1500000000, hour = INT64_C(3600000000000), day = 0;
    assert_json("4000000000", &flow_type_size, &size);
    assert_json("1.5", &flow_type_duration, &ns);
    assert_json("3600", &flow_type_duration, &hour);
    assert_json("\"1970-01-01T00:00:00Z\"", &flow_type_time, &day);
    FlowString *odd = string_of("\"\\\t\x01\x7f");
    assert_json("\"\\\"\\\\\\t\\u0001\\u007f\"", &flow_type_string, &odd);
    FlowMap *numbers = NULL, *names = NULL;
    int64_t five = 5;
    assert_ok(flow_map_put(&task, &numbers, &type_int_string_map, &five, &odd));
    assert_ok(flow_map_put(&task, &names, &type_string_int_map, &odd, &five));
    assert_json("[[5,\"\\\"\\\\\\t\\u0001\\u007f\"]]", &type_int_string_map, &numbers);
    assert_json("{\"\\\"\\\\\\t\\u0001\\u007f\":5}", &type_string_int_map, &names);
    flow_map_release(numbers);
    flow_map_release(names);
    flow_string_release(odd);
}

/* ---- parameters ---------------------------------------------------------- */

static void assert_parsed(const FlowType *type, const char *text, const char *expected)
{
    All room = {0};
    FlowError err;
    if (value_parse(type, text, &room, &err) != FLOW_OK)
        fail_msg("%s: %s", text, err.message);
    assert_shown(expected, type, &room);
    flow_value_release(type, &room);
}

static void parameters_are_read(void **state)
{
    (void)state;
    assert_parsed(&flow_type_int, "-1_000", "-1000");
    assert_parsed(&flow_type_int, "0xff", "255");
    assert_parsed(&flow_type_float, "1e-3", "0.001");
    assert_parsed(&flow_type_float, "5", "5.0");
    assert_parsed(&flow_type_bool, "yes", "true");
    assert_parsed(&flow_type_bool, "0", "false");
    assert_parsed(&flow_type_string, " as is, [1] ", " as is, [1] ");
    assert_parsed(&flow_type_string, "", "");
    assert_parsed(&flow_type_size, "4GB", "4GB");
    assert_parsed(&flow_type_size, "1MiB", "1MiB");
    assert_parsed(&flow_type_duration, "1h30min", "1h30min");
    assert_parsed(&type_maybe_int, "none", "none");
    assert_parsed(&type_maybe_int, "7", "7");
    assert_parsed(&flow_type_int_list, "1, 2,0x3", "[1, 2, 3]");
    assert_parsed(&flow_type_int_list, "[]", "[]");
    assert_parsed(&flow_type_int_list, "[1, 2, \"9007199254740993\"]", "[1, 2, 9007199254740993]");
    assert_parsed(&flow_type_int_list, "[9007199254740993]", "[9007199254740993]");
    assert_parsed(&flow_type_string_list, "a,b", "[\"a\", \"b\"]");
    assert_parsed(&type_size_list, "1GB,5kB", "[1GB, 5kB]");
    assert_parsed(&type_size_list, "[\"1GB\"]", "[1GB]");
    assert_parsed(&type_bool_list, "[true,false]", "[true, false]");
    assert_parsed(&type_found, "{\"members\": [1], \"size\": 2}", "Found(size=2, members=[1])");
    assert_parsed(&type_pair_list, "[[1, \"x\"], [2, \"y\"]]", "[(1, \"x\"), (2, \"y\")]");
    assert_parsed(&type_string_int_map, "{\"b\": 1, \"a\": 2}", "[\"b\": 1, \"a\": 2]");
    assert_parsed(&type_int_string_map, "{\"5\": \"x\"}", "[5: \"x\"]");
    assert_parsed(&type_int_string_map, "[[5, \"x\"]]", "[5: \"x\"]");
    assert_parsed(&type_maybe_string_list, "[null, \"x\"]", "[none, \"x\"]");
    assert_parsed(&type_int_list_list, "[[1], []]", "[[1], []]");
}

static void assert_refused(const FlowType *type, const char *text, const char *message)
{
    All room = {0};
    FlowError err;
    assert_int_equal(value_parse(type, text, &room, &err), FLOW_EUSAGE);
    assert_string_equal(err.message, message);
    assert_zero(type, &room);
}

static void a_wrong_parameter_is_answered_with_an_example(void **state)
{
    (void)state;
    assert_refused(&flow_type_int, "ten",
                   "`ten` is no int; expected a whole number, such as 42, 1_000 or 0xff");
    assert_refused(&flow_type_int, "99999999999999999999",
                   "`99999999999999999999` is too large for type int");
    assert_refused(&flow_type_size, "4",
                   "`4` is no size; expected a size with its unit, such as 4GB, 1.5GB or 512MiB");
    assert_refused(&flow_type_size, "0.5B",
                   "`0.5B` is no whole number of bytes, such as 1500B or 1.5KB");
    assert_refused(&flow_type_duration, "5m",
                   "`5m` is no duration; expected a duration with its unit, such as 30s, 1.5h or "
                   "1h30min");
    assert_refused(&flow_type_bool, "maybe", "`maybe` is no bool; expected true or false");
    assert_refused(&flow_type_int_list, "",
                   "the value is empty: a list without elements is written `[]`");
    assert_refused(&flow_type_int_list, "1,x,3",
                   "`x` is no int; expected a whole number, such as 42, 1_000 or 0xff");
    assert_refused(&flow_type_int_list, "[1,",
                   "`[1,` is no [int]; expected [int] as JSON, such as [1]");
    assert_refused(&flow_type_int_list, "[1.5]",
                   "the value[0] is `1.5`; expected a whole number, such as 42, 1_000 or 0xff");
    assert_refused(&flow_type_int_list, "[99999999999999999999]",
                   "the value[0] is too large for type int");
    assert_refused(&type_found, "{\"size\": 1}", "the value lacks the member \"members\" of Found");
    assert_refused(&type_found, "{\"size\": 1, \"members\": [], \"x\": 2}",
                   "the value has a member \"x\", which Found has not");
    assert_refused(&type_found, "{\"size\": 1, \"members\": 3}",
                   "the value.members is `3`; expected [int] as JSON, such as [1]");
    assert_refused(&type_found, "5",
                   "the value is `5`; expected Found as JSON, such as "
                   "{\"size\": 1, \"members\": [1]}");
    assert_refused(&type_pair_list, "[[1]]",
                   "the value[0] is `[1]`; expected (int, string) as JSON, such as [1, \"abc\"]");
    assert_refused(&type_string_int_map, "{\"a\": 1, \"a\": 2}",
                   "the value holds a key twice: leave one of them out");
    assert_refused(&flow_type_string, "\xff", "the text is not valid UTF-8");
    FlowError err;
    FlowList *list = NULL;
    assert_int_equal(value_parse_named(&flow_type_int_list, "rates", "[\"x\"]", &list, &err),
                     FLOW_EUSAGE);
    assert_non_null(strstr(err.message, "rates[0] is `x`; expected"));
}

/* ---- values of types that are not known any more ------------------------------ */

static void assert_generic(const FlowType *type, const void *value, const char *expected)
{
    FlowError err;
    Buffer bytes = encoded(type, value), json = {0};
    assert_ok(cbor_to_json(bytes.bytes, bytes.len, &json, &err));
    assert_string_equal(buffer_text(&json), expected);
    for (size_t len = 0; len < bytes.len; len++) {
        size_t before = json.len;
        assert_int_equal(cbor_to_json(bytes.bytes, len, &json, &err), FLOW_EFORMAT);
        assert_int_equal(json.len, before);
    }
    buffer_free(&bytes);
    buffer_free(&json);
}

static void cbor_is_written_without_its_type(void **state)
{
    (void)state;
    FlowList *range;
    Found found = {-7, INTS(3, 4)};
    MaybeString none = {0};
    FlowString *odd = string_of("a\"\n");
    All all = {.real = 0.5, .flag = true};
    assert_ok(flow_list_span(&task, 5, 8, false, &range));
    assert_generic(&type_found, &found, "[-7,[3,4]]");
    assert_generic(&type_maybe_string, &none, "null");
    assert_generic(&flow_type_string, &odd, "\"a\\\"\\n\"");
    assert_generic(&flow_type_int_list, &range, "[5,6,7]");
    assert_generic(&type_all, &all,
                   "[0,0.5,true,\"\",[],[],[],[],[],{},null,null,null,[0,[]]]");
    flow_list_release(range);
    flow_string_release(odd);
    flow_value_release(&type_found, &found);
}

static void assert_structure(const FlowType *type, const char *expected)
{
    Buffer text = {0};
    assert_ok(type_write_text(type, &text));
    assert_string_equal(buffer_text(&text), expected);
    buffer_free(&text);
}

static void a_type_says_its_structure_in_a_word(void **state)
{
    (void)state;
    assert_structure(&flow_type_duration, "duration");
    assert_structure(&type_found, "Found{size:int,members:[int]}");
    assert_structure(&type_pair_list, "[(int,string)]");
    assert_structure(&type_string_int_map, "[string:int]");
    assert_structure(&type_maybe_string, "string?");
    assert_structure(&type_node, "Node{children:[Node]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back),
        cmocka_unit_test(the_bytes_are_what_the_standard_says),
        cmocka_unit_test(an_option_of_an_option_keeps_its_three_values),
        cmocka_unit_test(bytes_cut_short_are_refused),
        cmocka_unit_test(changed_bytes_never_do_harm),
        cmocka_unit_test(random_bytes_never_do_harm),
        cmocka_unit_test(claims_that_cannot_be_true_are_refused),
        cmocka_unit_test(nesting_without_end_is_refused),
        cmocka_unit_test(no_memory_anywhere_leaves_nothing_behind),
        cmocka_unit_test(a_function_cannot_be_stored),
        cmocka_unit_test(fixed_values_are_eight_bytes),
        cmocka_unit_test(values_are_written_as_json),
        cmocka_unit_test(parameters_are_read),
        cmocka_unit_test(a_wrong_parameter_is_answered_with_an_example),
        cmocka_unit_test(cbor_is_written_without_its_type),
        cmocka_unit_test(a_type_says_its_structure_in_a_word),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
