/* SPDX-License-Identifier: Apache-2.0 */
/* value_text.c - print forms, formats, and numbers as text both ways. */
#include "value_fixture.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "value/number.h"
#include "value/utf8.h"

/* ---- floats -------------------------------------------------------------- */

static const char *float_text(double x)
{
    static char text[NUMBER_TEXT_MAX];
    size_t len = number_write_float(x, text);
    assert_int_equal(len, strlen(text));
    return text;
}

static void floats_print_as_the_shortest_text(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *text;
    } cases[] = {{0, "0.0"},
                 {-0.0, "-0.0"},
                 {1, "1.0"},
                 {-1.5, "-1.5"},
                 {0.1, "0.1"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {1e15, "1000000000000000.0"},
                 {123456789012345680.0, "1.2345678901234568e17"},
                 {1e16, "1e16"},
                 {1e-4, "0.0001"},
                 {1e-5, "1e-5"},
                 {1.25e-7, "1.25e-7"},
                 {5e-324, "5e-324"},
                 {DBL_MIN, "2.2250738585072014e-308"},
                 {DBL_MAX, "1.7976931348623157e308"},
                 {100, "100.0"},
                 {123.456, "123.456"},
                 {9007199254740993.0, "9007199254740992.0"},
                 {0x1p-44, "5.684341886080802e-14"},
                 {9.5367431640625e-07, "9.5367431640625e-7"},
                 {1.0 / 3, "0.3333333333333333"},
                 {2e-310, "2e-310"},
                 {INFINITY, "inf"},
                 {-INFINITY, "-inf"},
                 {NAN, "nan"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(float_text(cases[i].x), cases[i].text);
}

static void every_float_reads_back(void **state)
{
    (void)state;
    srandom(3);
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();
        if (i % 4 == 0)
            bits &= UINT64_C(0xfff0000000000000); /* a power of two */
        double x, y;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        const char *text = float_text(x);
        assert_int_equal(number_parse_float(text, strlen(text), &y), NUMBER_OK);
        assert_memory_equal(&x, &y, sizeof x);
    }
}

/* ---- quantities ---------------------------------------------------------- */

static void sizes_print_in_the_shortest_exact_unit(void **state)
{
    (void)state;
    static const struct {
        int64_t bytes;
        const char *text;
    } cases[] = {{0, "0B"},
                 {123, "123B"},
                 {1000, "1kB"},
                 {4000000000, "4GB"},
                 {1500000000, "1.5GB"},
                 {1234567, "1234567B"},
                 {-4000000000, "-4GB"},
                 {INT64_C(3) << 50, "3PiB"},
                 {512 << 20, "512MiB"},
                 {1500, "1.5kB"},
                 {100, "100B"},
                 {INT64_MIN, "-8192PiB"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_shown(cases[i].text, &flow_type_size, &cases[i].bytes);
}

static void durations_print_in_their_units(void **state)
{
    (void)state;
    const int64_t s = 1000000000;
    const struct {
        int64_t ns;
        const char *text;
    } cases[] = {{0, "0s"},
                 {5400 * s, "1h30min"},
                 {30 * s, "30s"},
                 {s + s / 2, "1.5s"},
                 {250000000, "250ms"},
                 {1500, "1.5us"},
                 {7, "7ns"},
                 {5 * 86400 * s, "5d"},
                 {90061 * s + 1, "1d1h1min1.000000001s"},
                 {-90 * s, "-1min30s"},
                 {60 * s + 5000000, "1min5ms"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_shown(cases[i].text, &flow_type_duration, &cases[i].ns);
}

static void quantities_read_back(void **state)
{
    (void)state;
    srandom(5);
    for (int i = 0; i < 20000; i++) {
        int64_t x = (int64_t)((uint64_t)random() << 32 ^ (uint64_t)random()), y;
        x = i % 2 ? x : x % 10000000000;
        char text[NUMBER_TEXT_MAX];
        size_t len = number_write_size(x, text);
        assert_int_equal(number_parse_size(text, len, &y), NUMBER_OK);
        assert_int_equal(x, y);
        len = number_write_duration(x, text);
        assert_int_equal(number_parse_duration(text, len, &y), NUMBER_OK);
        assert_int_equal(x, y);
        len = number_write_time(x, text);
        assert_int_equal(number_parse_time(text, len, &y), NUMBER_OK);
        assert_int_equal(x, y);
    }
}

static void times_are_rfc_3339(void **state)
{
    (void)state;
    int64_t t = INT64_C(1763675701) * 1000000000 + 120000000, before = -1, day;
    assert_shown("2025-11-20T21:55:01.12Z", &flow_type_time, &t);
    assert_shown("1969-12-31T23:59:59.999999999Z", &flow_type_time, &before);
    assert_int_equal(number_parse_time("2024-02-29", 10, &day), NUMBER_OK);
    assert_shown("2024-02-29T00:00:00Z", &flow_type_time, &day);
    assert_int_equal(number_parse_time("2025-11-20T22:55:01.12+01:00", 28, &day), NUMBER_OK);
    assert_int_equal(day, t);
    assert_int_equal(number_parse_time("2025-13-01", 10, &day), NUMBER_MALFORMED);
}

static void numbers_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const ints[] = {"",     "-",  "1.0", "a",  "1_",  "_1",
                                       "1__0", "0x", "0xg", "1 ", "--1", "0b2"};
    static const char *const floats[] = {"", ".5", "1.", "1e", "1.e3", "infinity", "0x1p3", "1,5"};
    static const char *const sizes[] = {"", "4", "GB", "4gb", "4GB1", "1.GB", "4 GB"};
    static const char *const durations[] = {"", "5", "5m", "1h30", "min", "-"};
    int64_t x;
    double f;
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        assert_int_equal(number_parse_int(ints[i], strlen(ints[i]), &x), NUMBER_MALFORMED);
    for (size_t i = 0; i < sizeof floats / sizeof *floats; i++)
        assert_int_equal(number_parse_float(floats[i], strlen(floats[i]), &f), NUMBER_MALFORMED);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_int_equal(number_parse_size(sizes[i], strlen(sizes[i]), &x), NUMBER_MALFORMED);
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++)
        assert_int_equal(number_parse_duration(durations[i], strlen(durations[i]), &x),
                         NUMBER_MALFORMED);
    assert_int_equal(number_parse_int("9223372036854775808", 19, &x), NUMBER_TOO_LARGE);
    assert_int_equal(number_parse_int("-9223372036854775808", 20, &x), NUMBER_OK);
    assert_int_equal(x, INT64_MIN);
    assert_int_equal(number_parse_int("0xff_ff", 7, &x), NUMBER_OK);
    assert_int_equal(x, 65535);
    assert_int_equal(number_parse_float("1e999", 5, &f), NUMBER_TOO_LARGE);
    assert_int_equal(number_parse_size("0.5B", 4, &x), NUMBER_INEXACT);
    assert_int_equal(number_parse_size("10000PB", 7, &x), NUMBER_TOO_LARGE);
}

/* ---- print forms --------------------------------------------------------- */

static void values_print_as_they_are_written(void **state)
{
    (void)state;
    FlowString *s = string_of("a \"b\"\n\\{x}\x01ü");
    assert_shown("a \"b\"\n\\{x}\x01ü", &flow_type_string, &s);
    Pair pair = {-3, s};
    assert_shown("(-3, \"a \\\"b\\\"\\n\\\\{x}\\u{1}ü\")", &type_pair, &pair);
    MaybeString some = {true, s}, none = {false, NULL};
    assert_shown("none", &type_maybe_string, &none);
    flow_string_release(s);

    some.value = string_of("x");
    assert_shown("x", &type_maybe_string, &some);
    FlowList *options = NULL;
    assert_ok(flow_list_push(&task, &options, &type_maybe_string, &some));
    assert_ok(flow_list_push(&task, &options, &type_maybe_string, &none));
    assert_shown("[\"x\", none]", &type_maybe_string_list, &options);
    flow_list_release(options);
    flow_value_release(&type_maybe_string, &some);

    Found found = {3, INTS(1, 2)};
    assert_shown("Found(size=3, members=[1, 2])", &type_found, &found);
    flow_value_release(&type_found, &found);
    assert_shown("Found(size=0, members=[])", &type_found, &found);
    bool yes = true;
    assert_shown("true", &flow_type_bool, &yes);
    FlowFailure failure = {.attempts = 2};
    assert_shown("Failure(message=\"\", why=\"\", attempts=2)", &flow_type_failure, &failure);
}

static void interpolated_text_grows_part_by_part(void **state)
{
    (void)state;
    FlowText text = {0};
    FlowString *s;
    int64_t x = 42;
    assert_ok(flow_text_bytes(&task, &text, "x = ", 4));
    assert_ok(flow_text_value(&task, &text, &flow_type_int, &x));
    assert_ok(flow_text_bytes(&task, &text, "!", 1));
    assert_ok(flow_text_take(&task, &text, &s));
    assert_string_equal(flow_string_bytes(s), "x = 42!");
    flow_string_release(s);
    flow_text_free(&text);
    assert_ok(flow_text_take(&task, &text, &s));
    assert_null(s);
}

/* ---- formats ------------------------------------------------------------- */

static const char *formatted(const FlowType *type, const void *value, const char *spec)
{
    static char room[2000];
    FlowText text = {0};
    FlowStatus s = flow_text_format(&task, &text, type, value, spec);
    if (s == FLOW_OK) {
        memcpy(room, text.bytes ? text.bytes : "", text.len);
        room[text.len] = '\0';
    }
    flow_text_free(&text);
    return s == FLOW_OK ? room : NULL;
}

static void ints_are_formatted(void **state)
{
    (void)state;
    static const struct {
        int64_t x;
        const char *spec, *text;
    } cases[] = {{42, "", "42"},          {42, "5", "   42"},
                 {42, "<5", "42   "},     {42, "^6", "  42  "},
                 {42, "*>6", "****42"},   {42, "ü^6", "üü42üü"},
                 {42, "05", "00042"},     {-42, "05", "-0042"},
                 {42, "+", "+42"},        {42, " ", " 42"},
                 {255, "x", "ff"},        {255, "X", "FF"},
                 {5, "b", "101"},         {8, "o", "10"},
                 {-255, "x", "-ff"},      {1234567, ",", "1,234,567"},
                 {123, ",", "123"},       {-1234, ",", "-1,234"},
                 {42, ".2f", "42.00"},    {1234567, ",.1f", "1,234,567.0"},
                 {10, "08b", "00001010"}, {1, "%", "100.000000%"},
                 {1, ".0%", "100%"},      {INT64_MIN, "d", "-9223372036854775808"},
                 {7, "e", "7.000000e+00"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(formatted(&flow_type_int, &cases[i].x, cases[i].spec), cases[i].text);
}

static void floats_are_formatted(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *spec, *text;
    } cases[] = {{3.14159, ".2f", "3.14"},
                 {0.5, "", "0.5"},
                 {2, "", "2.0"},
                 {2, "6", "   2.0"},
                 {1e6, ".3e", "1.000e+06"},
                 {0.125, ".1%", "12.5%"},
                 {1234.5, ",.2f", "1,234.50"},
                 {-1.5, "08.2f", "-0001.50"},
                 {NAN, "06", "   nan"},
                 {-INFINITY, "f", "-inf"},
                 {3.14159, ".3", "3.14"},
                 {1e20, "g", "1e+20"},
                 {2.5, "+.1f", "+2.5"},
                 {1e300, ".0f", NULL},
                 {-0.0, ".1f", "-0.0"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *text = formatted(&flow_type_float, &cases[i].x, cases[i].spec);
        assert_non_null(text);
        if (cases[i].text)
            assert_string_equal(text, cases[i].text);
    }
    double largest = -DBL_MAX;
    assert_int_equal(strlen(formatted(&flow_type_float, &largest, ",.400f")),
                     1 + 309 + 102 + 1 + 400);
}

static void texts_are_formatted(void **state)
{
    (void)state;
    FlowString *s = string_of("größe");
    assert_string_equal(formatted(&flow_type_string, &s, "8"), "größe   ");
    assert_string_equal(formatted(&flow_type_string, &s, ">8s"), "   größe");
    assert_string_equal(formatted(&flow_type_string, &s, ".3"), "grö");
    flow_string_release(s);
    int64_t bytes = 4000000000;
    assert_string_equal(formatted(&flow_type_size, &bytes, "6"), "   4GB");
    FlowList *list = INTS(1, 2);
    assert_string_equal(formatted(&flow_type_int_list, &list, "-^10"), "--[1, 2]--");
    flow_list_release(list);
    MaybeInt some = {true, 7}, none = {false, 0};
    assert_string_equal(formatted(&type_maybe_int, &some, "03"), "007");
    assert_string_equal(formatted(&type_maybe_int, &none, ">6"), "  none");
}

static void what_is_no_format_fails(void **state)
{
    (void)state;
    static const char *const specs[] = {"z", "5q", ".", "5.2.1", "+-5", "99999999999", ".999f"};
    int64_t x = 1;
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++)
        assert_null(formatted(&flow_type_int, &x, specs[i]));
    assert_string_equal(task.message, "`.999f` is no format");
}

/* ---- UTF-8 --------------------------------------------------------------- */

static void malformed_utf8_is_found(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",         "\xc0\x80",         "\xc1\xbf",         "\xe0\x80\x80",
        "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xff",
        "\xc3",         "12345678\xe2\x82", "\xe2\x28\xa1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(utf8_is_valid(bad[i], strlen(bad[i])));
    const char *good = "12345678äöü€𝄞\xf4\x8f\xbf\xbf\xed\x9f\xbf";
    assert_true(utf8_is_valid(good, strlen(good)));
    assert_int_equal(utf8_count(good, strlen(good)), 15);
    assert_int_equal(utf8_offset(good, strlen(good), 9), 10);
    assert_int_equal(utf8_offset(good, strlen(good), 100), strlen(good));
    for (uint32_t point = 1; point < 0x110000; point += 7) {
        char bytes[4];
        size_t len = utf8_encode(point, bytes), size;
        if (point >= 0xd800 && point < 0xe000)
            continue;
        assert_true(utf8_is_valid(bytes, len));
        assert_int_equal(utf8_decode(bytes, &size), point);
        assert_int_equal(size, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_print_as_the_shortest_text),
        cmocka_unit_test(every_float_reads_back),
        cmocka_unit_test(sizes_print_in_the_shortest_exact_unit),
        cmocka_unit_test(durations_print_in_their_units),
        cmocka_unit_test(quantities_read_back),
        cmocka_unit_test(times_are_rfc_3339),
        cmocka_unit_test(numbers_that_are_none_are_refused),
        cmocka_unit_test(values_print_as_they_are_written),
        cmocka_unit_test(interpolated_text_grows_part_by_part),
        cmocka_unit_test(ints_are_formatted),
        cmocka_unit_test(floats_are_formatted),
        cmocka_unit_test(texts_are_formatted),
        cmocka_unit_test(what_is_no_format_fails),
        cmocka_unit_test(malformed_utf8_is_found),
    };
    return cmocka_run_group_tests_name("value_text", tests, NULL, NULL);
}
