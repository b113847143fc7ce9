/* SPDX-License-Identifier: Apache-2.0 */
/* json_tree.c - JSON from text and from CBOR, also from bytes that are none; base64. */
#include "value_fixture.h"

#include <stdlib.h>

#include "value/base64.h"
#include "value/codec.h"
#include "value/json_tree.h"

static const char whole[] =
    "{\"a\":[1,-2.5,true,null,\"\xc3\xa9\\n\"],"
    "\"b\":{\"\":[],\"x y\":{}},\"n\":9223372036854775807}";

static FlowJson *parse(const char *text, size_t len)
{
    FlowJson *j = NULL;
    FlowError err;
    FlowStatus s = json_parse(text, len, &j, &err);
    assert_true(s == FLOW_OK || (s == FLOW_EFORMAT && strstr(err.message, "line ")));
    return j;
}

static void assert_text(const FlowJson *j, const char *expected)
{
    Buffer text = {0};
    assert_int_equal(json_write(&text, j), FLOW_OK);
    assert_string_equal(buffer_text(&text), expected);
    buffer_free(&text);
}

static void text_and_cbor_give_the_same_tree(void **state)
{
    (void)state;
    FlowJson *j = parse(whole, strlen(whole)), *back = NULL;
    Buffer cbor = {0};
    FlowError err;
    assert_text(j, whole);
    assert_int_equal(value_encode(&flow_type_json, &j, &cbor, &err), FLOW_OK);
    assert_int_equal(value_decode(&flow_type_json, cbor.bytes, cbor.len, &back, &err), FLOW_OK);
    assert_text(back, whole);
    assert_true(json_equal(j, back));
    for (size_t len = 0; len < cbor.len; len++) {
        FlowJson *cut = NULL;
        assert_int_equal(value_decode(&flow_type_json, cbor.bytes, len, &cut, &err), FLOW_EFORMAT);
        assert_null(cut);
    }
    buffer_free(&cbor);
    flow_json_release(j);
    flow_json_release(back);
}

static void no_digit_of_a_whole_number_is_lost(void **state)
{
    static const struct {
        const char *text, *shown; /* NULL: refused */
    } cases[] = {{"9223372036854775807", "9223372036854775807"},
                 {"-9223372036854775808", "-9223372036854775808"},
                 {"9223372036854775808", "9223372036854775808"}, /* 2 to the 63rd */
                 {"9223372036854775809", NULL},
                 {"-12345678901234567890", NULL},
                 {"100000000000000000000", "100000000000000000000"},
                 {"18446744073709552000", "18446744073709552000"}, /* as JavaScript has it */
                 {"18446744073709551615", NULL},
                 {"[1, {\"a\": 99999999999999999999}]", NULL},
                 {"12345678901234567890.0", "12345678901234567000"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        FlowJson *j = NULL;
        FlowError err = {0};
        size_t len = strlen(cases[i].text);
        FlowStatus s = json_parse(cases[i].text, len, &j, &err);
        assert_int_equal(s, cases[i].shown ? FLOW_OK : FLOW_EFORMAT);
        if (s != FLOW_OK)
            assert_non_null(strstr(err.message, "does not fit in 64 bits"));
        if (s == FLOW_OK && json_view(j).kind == JSON_FLOAT)
            assert_true(json_view(j).real == strtod(cases[i].shown, NULL));
        assert_false(json_is_rounded(j));
        flow_json_release(j);
        assert_int_equal(json_parse_rounding(cases[i].text, len, &j, &err), FLOW_OK);
        assert_int_equal(json_is_rounded(j), !cases[i].shown);
        flow_json_release(j);
    }
}

static void a_node_keeps_its_tree_and_knows_its_way(void **state)
{
    (void)state;
    FlowJson *j = parse(whole, strlen(whole));
    const FlowJson *list = json_find(j, "a", 1);
    FlowJson *last = flow_json_retain((FlowJson *)(uintptr_t)json_item(list, 4));
    Buffer path = {0};
    flow_json_release(j);
    assert_int_equal(json_write_path(&path, last), FLOW_OK);
    assert_string_equal(buffer_text(&path), ".a[4]");
    buffer_free(&path);
    flow_json_release(last);
}

static void changed_text_never_does_harm(void **state)
{
    static const char replaced[] = "{}[]\",:\\u0eE.+-1 \n\xff\x80tfn";
    char text[sizeof whole];
    (void)state;
    srand(1);
    for (int round = 0; round < 50000; round++) {
        memcpy(text, whole, sizeof whole);
        for (int k = rand() % 4; k >= 0; k--)
            text[(size_t)rand() % (sizeof whole - 1)] =
                replaced[(size_t)rand() % (sizeof replaced - 1)];
        FlowJson *j = parse(text, (size_t)rand() % sizeof whole);
        flow_json_release(j);
    }
}

static void base64_reads_what_it_writes_and_nothing_else(void **state)
{
    static const char *const wrong[] = {"a", "aGk", "aG=k", "a===", "aGl=", "aGk=aGk=", "a\nk="};
    char octets[40];
    (void)state;
    for (size_t len = 0; len < sizeof octets; len++) {
        Buffer text = {0}, back = {0};
        for (size_t i = 0; i < len; i++)
            octets[i] = (char)(i * 37 + len);
        assert_int_equal(base64_write(&text, octets, len), FLOW_OK);
        assert_int_equal(base64_read((char *)text.bytes, text.len, &back), FLOW_OK);
        assert_int_equal(back.len, len);
        if (len)
            assert_memory_equal(back.bytes, octets, len);
        buffer_free(&text);
        buffer_free(&back);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Buffer back = {0};
        assert_int_equal(base64_read(wrong[i], strlen(wrong[i]), &back), FLOW_EFORMAT);
        buffer_free(&back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_and_cbor_give_the_same_tree),
        cmocka_unit_test(no_digit_of_a_whole_number_is_lost),
        cmocka_unit_test(a_node_keeps_its_tree_and_knows_its_way),
        cmocka_unit_test(changed_text_never_does_harm),
        cmocka_unit_test(base64_reads_what_it_writes_and_nothing_else),
    };
    return cmocka_run_group_tests_name("json_tree", tests, NULL, NULL);
}
