/* SPDX-License-Identifier: Apache-2.0 */
/* lib.c - the natives behind the built-in functions. */
#include "value_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/random.h"
#include "lib/redact.h"
#include "os/file.h"

/* ---- strings ------------------------------------------------------------- */

/* Makes strings of `text` and calls what gives one string back. */
#define assert_string(expected, call)                                                              \
    do {                                                                                           \
        FlowString *result_ = NULL;                                                                \
        FlowString **out = &result_;                                                               \
        assert_ok(call);                                                                           \
        assert_string_equal(flow_string_bytes(result_), expected);                                 \
        flow_string_release(result_);                                                              \
    } while (0)

static void strings_are_counted_in_code_points(void **state)
{
    (void)state;
    FlowString *ascii = string_of("plain text"), *s = string_of("aä€𝄞z"), *x;
    assert_int_equal(flow_string_len(ascii), 10);
    assert_int_equal(flow_string_len(s), 5);
    assert_int_equal(flow_string_len(NULL), 0);
    assert_string("t", flow_string_at(&task, ascii, 6, out));
    assert_string("𝄞", flow_string_at(&task, s, 3, out));
    assert_string("ä€", flow_string_slice(&task, s, 1, 3, out));
    assert_string("lain", flow_string_slice(&task, ascii, 1, 5, out));
    assert_string("", flow_string_slice(&task, s, 5, 5, out));
    assert_int_equal(flow_string_at(&task, s, 5, &x), FLOW_FAIL);
    assert_string_equal(task.message,
                        "index 5 is out of range: the length is 5, so the last one is 4");
    assert_int_equal(flow_string_at(&task, s, -1, &x), FLOW_FAIL);
    assert_int_equal(flow_string_at(&task, ascii, INT64_MAX, &x), FLOW_FAIL);
    assert_int_equal(flow_string_slice(&task, s, 3, 6, &x), FLOW_FAIL);
    assert_string_equal(task.message,
                        "the slice 3..6 is out of range: the string has 5 characters");
    flow_string_release(ascii);
    flow_string_release(s);
}

static void a_literal_is_counted_too(void **state)
{
    (void)state;
    static FLOW_STRING_LITERAL(literal, "h\303\244user", 7);
    FlowString *s = (FlowString *)&literal;
    assert_int_equal(flow_string_len(s), 6);
    assert_string("ä", flow_string_at(&task, s, 1, out));
}

static void strings_are_split_and_joined(void **state)
{
    (void)state;
    FlowString *s = string_of("a,,b,"), *comma = string_of(","), *none = NULL;
    FlowList *parts;
    assert_ok(flow_string_split(&task, s, comma, &parts));
    assert_shown("[\"a\", \"\", \"b\", \"\"]", &flow_type_string_list, &parts);
    assert_string("a,,b,", flow_string_join(&task, parts, comma, out));
    flow_list_release(parts);
    assert_ok(flow_string_split(&task, none, comma, &parts));
    assert_shown("[\"\"]", &flow_type_string_list, &parts);
    flow_list_release(parts);
    assert_int_equal(flow_string_split(&task, s, none, &parts), FLOW_FAIL);
    assert_string_equal(task.message, "a string cannot be split at an empty separator");
    assert_string("", flow_string_join(&task, NULL, comma, out));
    flow_string_release(s);
    flow_string_release(comma);
}

static void strings_are_searched_and_changed(void **state)
{
    (void)state;
    FlowString *s = string_of(" \t\u00a0Größe: ÄÖ \n\u2003"), *size = string_of("Größe");
    FlowString *o = string_of("ö"), *oe = string_of("oe"), *x;
    assert_true(flow_string_contains(s, size));
    assert_true(flow_string_contains(s, NULL));
    assert_false(flow_string_contains(size, s));
    assert_true(flow_string_starts_with(size, NULL));
    assert_false(flow_string_starts_with(s, size));
    assert_false(flow_string_ends_with(size, o));
    assert_string("Größe: ÄÖ", flow_string_trim(&task, s, out));
    assert_string("Größe", flow_string_trim(&task, size, out));
    assert_string("größe", flow_string_lower(&task, size, out));
    assert_string("GRÖßE", flow_string_upper(&task, size, out));
    assert_string("Groeße", flow_string_replace(&task, size, o, oe, out));
    assert_string("Größe", flow_string_replace(&task, size, oe, o, out));
    assert_int_equal(flow_string_replace(&task, s, NULL, o, &x), FLOW_FAIL);
    assert_string("ööö", flow_string_repeat(&task, o, 3, out));
    assert_string("", flow_string_repeat(&task, o, -1, out));
    assert_int_equal(flow_string_repeat(&task, oe, INT64_MAX, &x), FLOW_ENOMEM);
    flow_string_release(s);
    flow_string_release(size);
    flow_string_release(o);
    flow_string_release(oe);
}

static void case_changes_there_and_back(void **state)
{
    (void)state;
    FlowString *s = string_of("ŁÓDŹ Ÿ ΑΩΆΣ ЖЁЯ ՄԵԾ İı×÷");
    assert_string("łódź ÿ αωάσ жёя մեծ İı×÷", flow_string_lower(&task, s, out));
    FlowString *lower;
    assert_ok(flow_string_lower(&task, s, &lower));
    assert_string("ŁÓDŹ Ÿ ΑΩΆΣ ЖЁЯ ՄԵԾ İı×÷", flow_string_upper(&task, lower, out));
    flow_string_release(lower);
    flow_string_release(s);
}

static void numbers_are_read_from_strings(void **state)
{
    (void)state;
    FlowString *s = string_of(" 1_000\n"), *bad = string_of("12x"), *f = string_of("-2.5e3");
    FlowString *large = string_of("9223372036854775808");
    int64_t i;
    double x;
    assert_ok(flow_int_parse(&task, s, &i));
    assert_int_equal(i, 1000);
    assert_ok(flow_float_parse(&task, f, &x));
    assert_true(x == -2500);
    assert_int_equal(flow_int_parse(&task, bad, &i), FLOW_FAIL);
    assert_string_equal(task.message, "\"12x\" is no int");
    assert_int_equal(flow_int_parse(&task, large, &i), FLOW_FAIL);
    assert_string_equal(task.message, "\"9223372036854775808\" is too large for int");
    assert_int_equal(flow_float_parse(&task, NULL, &x), FLOW_FAIL);
    assert_string_equal(task.message, "\"\" is no float");
    flow_string_release(s);
    flow_string_release(bad);
    flow_string_release(f);
    flow_string_release(large);
}

/* ---- lists --------------------------------------------------------------- */

static void sums_fail_only_when_the_result_does_not_fit(void **state)
{
    (void)state;
    FlowList *list = INTS(INT64_MAX, 1, -1), *large = INTS(INT64_MAX, 1), *range, *reals = NULL;
    int64_t sum;
    double x;
    assert_ok(flow_list_sum_int(&task, list, &sum));
    assert_int_equal(sum, INT64_MAX);
    assert_int_equal(flow_list_sum_int(&task, large, &sum), FLOW_FAIL);
    assert_ok(flow_list_sum_int(&task, NULL, &sum));
    assert_int_equal(sum, 0);
    assert_ok(flow_list_range(&task, 100, 101, -1, &range));
    assert_ok(flow_list_sum_int(&task, range, &sum));
    assert_int_equal(sum, 5050);
    for (int i = 0; i < 3; i++)
        assert_ok(flow_list_push(&task, &reals, &flow_type_float, &(double){0.5}));
    assert_ok(flow_list_sum_float(&task, reals, &x));
    assert_true(x == 1.5);
    flow_list_release(list);
    flow_list_release(large);
    flow_list_release(range);
    flow_list_release(reals);
}

static void extremes_of_lists_and_ranges(void **state)
{
    (void)state;
    FlowList *list = INTS(3, -1, 7), *range, *texts = NULL;
    int64_t x;
    assert_ok(flow_list_min(&task, list, &x));
    assert_int_equal(x, -1);
    assert_ok(flow_list_max(&task, list, &x));
    assert_int_equal(x, 7);
    assert_ok(flow_list_range(&task, 10, 5, -2, &range));
    assert_ok(flow_list_min(&task, range, &x));
    assert_int_equal(x, 2);
    assert_ok(flow_list_max(&task, range, &x));
    assert_int_equal(x, 10);
    assert_int_equal(flow_list_max(&task, NULL, &x), FLOW_FAIL);
    assert_string_equal(task.message, "an empty list has no max");
    FlowString *b = string_of("b"), *a = string_of("a"), *least;
    assert_ok(flow_list_push(&task, &texts, &flow_type_string, &b));
    assert_ok(flow_list_push(&task, &texts, &flow_type_string, &a));
    assert_ok(flow_list_min(&task, texts, &least));
    assert_string_equal(least->bytes, "a");
    flow_string_release(least);
    flow_string_release(a);
    flow_string_release(b);
    flow_list_release(texts);
    flow_list_release(list);
    flow_list_release(range);
}

static void lists_are_reversed(void **state)
{
    (void)state;
    FlowList *list = INTS(1, 2, 3), *range, *back;
    assert_ok(flow_list_reversed(&task, list, &back));
    assert_shown("[3, 2, 1]", &flow_type_int_list, &back);
    flow_list_release(back);
    assert_ok(flow_list_span(&task, 0, 4, false, &range));
    assert_ok(flow_list_reversed(&task, range, &back));
    assert_true(back->is_range);
    assert_shown("[3, 2, 1, 0]", &flow_type_int_list, &back);
    flow_list_release(back);
    flow_list_release(list);
    flow_list_release(range);
}

/* ---- random numbers ------------------------------------------------------ */

static void philox_gives_the_published_numbers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < 3; i++) {
        uint32_t out[4];
        random_philox(cases[i].counter, cases[i].key, out);
        assert_memory_equal(out, cases[i].out, sizeof out);
    }
}

static void equal_parts_give_equal_streams(void **state)
{
    (void)state;
    const uint64_t path[] = {3, 7}, other[] = {37};
    FlowRandom a, b;
    double x, y;
    flow_random_seed(&a, 1, "search", path, 2, 0);
    flow_random_seed(&task.random, 1, "search", path, 2, 0);
    assert_int_equal(a.key, task.random.key);
    for (int i = 0; i < 10; i++)
        assert_ok(flow_random_float(&task, &x));
    a.counter = 9; /* the counter is all that a checkpoint must keep */
    task.random = a;
    assert_ok(flow_random_float(&task, &y));
    assert_true(x == y);

    flow_random_seed(&b, 2, "search", path, 2, 0);
    assert_int_not_equal(a.key, b.key);
    flow_random_seed(&b, 1, "search2", path, 2, 0);
    assert_int_not_equal(a.key, b.key);
    flow_random_seed(&b, 1, "search", path, 1, 0);
    assert_int_not_equal(a.key, b.key);
    flow_random_seed(&b, 1, "search", other, 1, 0);
    assert_int_not_equal(a.key, b.key);
    flow_random_seed(&b, 1, "search", path, 2, 1);
    assert_int_not_equal(a.key, b.key);
}

static void streams_stay_what_they_are(void **state)
{
    (void)state;
    FlowList *range, *ints;
    flow_random_seed(&task.random, 42, "start", NULL, 0, 0);
    assert_ok(flow_list_span(&task, 2000, 3000, false, &range));
    assert_ok(flow_random_ints(&task, 4, range, &ints));
    assert_shown("[2546, 2419, 2411, 2159]", &flow_type_int_list, &ints);
    flow_list_release(ints);
    flow_list_release(range);
}

static void draws_are_even_and_within_their_bounds(void **state)
{
    (void)state;
    enum { DRAWS = 60000, SIDES = 6 };
    int seen[SIDES] = {0};
    FlowList *dice, *throws, *reals;
    flow_random_seed(&task.random, 1, "dice", NULL, 0, 0);
    assert_ok(flow_list_span(&task, 1, SIDES, true, &dice));
    assert_ok(flow_random_ints(&task, DRAWS, dice, &throws));
    for (size_t i = 0; i < DRAWS; i++) {
        int64_t side = flow_list_peek_int(throws, i);
        assert_in_range(side, 1, SIDES);
        seen[side - 1]++;
    }
    for (int i = 0; i < SIDES; i++)
        assert_in_range(seen[i], DRAWS / SIDES - 500, DRAWS / SIDES + 500);
    assert_ok(flow_random_floats(&task, DRAWS, &reals));
    double sum;
    assert_ok(flow_list_sum_float(&task, reals, &sum));
    assert_true(fabs(sum / DRAWS - 0.5) < 0.01);
    for (size_t i = 0; i < DRAWS; i++) {
        double x = *(const double *)flow_list_peek(reals, i);
        assert_true(x >= 0 && x < 1);
    }
    flow_list_release(dice);
    flow_list_release(throws);
    flow_list_release(reals);
}

static void a_range_of_all_ints_can_be_drawn_from_and_an_empty_one_not(void **state)
{
    (void)state;
    FlowList *range, *list = INTS(5), *drawn;
    int64_t x;
    assert_ok(flow_list_range(&task, INT64_MIN / 2, INT64_MAX, 1, &range));
    assert_ok(flow_random_int(&task, range, &x));
    assert_ok(flow_random_int(&task, list, &x));
    assert_int_equal(x, 5);
    assert_int_equal(flow_random_int(&task, NULL, &x), FLOW_FAIL);
    assert_int_equal(flow_random_ints(&task, -1, range, &drawn), FLOW_FAIL);
    assert_ok(flow_random_ints(&task, 0, NULL, &drawn));
    assert_int_equal(flow_list_len(drawn), 0);
    flow_list_release(drawn);
    flow_list_release(list);
    flow_list_release(range);
}

/* ---- files, output and the environment ------------------------------------ */

static void files_are_read_as_text(void **state)
{
    (void)state;
    FlowError err;
    bool exists;
    FlowString *path = string_of("lib_test.txt"), *no = string_of("no/such.txt"), *text;
    assert_ok(os_write_file_atomically("lib_test.txt", "grün\n", 6, &err));
    assert_string("grün\n", flow_file_read_text(&task, path, out));
    assert_ok(flow_file_exists(&task, path, &exists));
    assert_true(exists);
    assert_ok(flow_file_exists(&task, no, &exists));
    assert_false(exists);
    assert_int_equal(flow_file_read_text(&task, no, &text), FLOW_FAIL);
    assert_string_equal(task.message, "cannot open no/such.txt: No such file or directory");
    assert_ok(os_write_file_atomically("lib_test.txt", "\xff", 1, &err));
    assert_int_equal(flow_file_read_text(&task, path, &text), FLOW_FAIL);
    assert_string_equal(task.message, "lib_test.txt is no text: it is not valid UTF-8");
    assert_int_equal(flow_file_read_text(&task, NULL, &text), FLOW_FAIL);
    assert_ok(os_unlink("lib_test.txt", &err));
    flow_string_release(path);
    flow_string_release(no);
}

static void print_writes_a_line_and_a_failed_write_fails_the_task(void **state)
{
    (void)state;
    FlowError err;
    FlowString *text = string_of("one line");
    Buffer written = {0};
    fflush(stdout);
    int saved = dup(STDOUT_FILENO), fd;
    assert_ok(os_open("lib_test.out", OS_OPEN_WRITE, &fd, &err));
    dup2(fd, STDOUT_FILENO);
    uint32_t prints = task.prints;
    FlowStatus s = flow_print(&task, text), empty = flow_print(&task, NULL);
    os_fault_arm(OS_FAULT_WRITE, 1);
    FlowStatus failed = flow_print(&task, text);
    os_fault_disarm();
    dup2(saved, STDOUT_FILENO);
    os_close(saved);
    os_close(fd);
    assert_ok(s);
    assert_ok(empty);
    assert_int_equal(failed, FLOW_FAIL);
    assert_int_equal(task.prints, prints + 3);
    assert_string_equal(task.message, "cannot write standard output: No space left on device; "
                                      "free some space");
    assert_ok(os_read_file("lib_test.out", &written, &err));
    assert_string_equal(buffer_text(&written), "one line\n\n");
    buffer_free(&written);
    assert_ok(os_unlink("lib_test.out", &err));
    flow_string_release(text);
}

static void rounding_goes_away_from_zero(void **state)
{
    (void)state;
    int64_t x;
    assert_ok(flow_round(&task, 2.5, &x));
    assert_int_equal(x, 3);
    assert_ok(flow_round(&task, -2.5, &x));
    assert_int_equal(x, -3);
    assert_ok(flow_round(&task, 0.49999999999999994, &x));
    assert_int_equal(x, 0);
    assert_int_equal(flow_round(&task, NAN, &x), FLOW_FAIL);
}

static void the_environment_is_set(void **state)
{
    (void)state;
    FlowString *value = string_of("v 1"), *nul;
    assert_ok(flow_setenv(&task, "FLOW_LIB_TEST", value));
    assert_string_equal(getenv("FLOW_LIB_TEST"), "v 1");
    assert_ok(flow_string_new(&task, "a\0b", 3, &nul));
    assert_int_equal(flow_setenv(&task, "FLOW_LIB_TEST", nul), FLOW_FAIL);
    assert_string_equal(task.message,
                        "the environment variable FLOW_LIB_TEST cannot hold a NUL byte");
    assert_int_equal(flow_setenv(&task, "A=B", value), FLOW_FAIL);
    flow_string_release(value);
    flow_string_release(nul);
    assert_int_equal(flow_fail_assert(&task, "x == 1"), FLOW_FAIL);
    assert_string_equal(task.message, "the assertion does not hold: x == 1");
}

/* In pieces of every size, so that every secret lies across a boundary once. */
static void secrets_are_taken_out_of_text(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"key=abcd.", "key=***."}, {"abcdefgh", "***gh"},
        {"abcde", "***e"},         {"ababcd", "ab***"},
        {"abc", "abc"},            {"one\ntwo\nthree", "***\nthree"},
        {"one\ntw", "one\ntw"},    {"abcdabcd", "******"},
        {"xyz", "xyz"},            {"one\none\ntwo and", "one\n*** and"}};
    Redactor r = {0};
    assert_ok(redactor_add(&r, "abcd", 4));
    assert_ok(redactor_add(&r, "abcdef", 6));
    assert_ok(redactor_add(&r, "one\ntwo\n", 8)); /* with the newline that a file ends with */
    assert_ok(redactor_add(&r, "xyz", 3));         /* too short */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t step = 1; step <= strlen(cases[i][0]); step++) {
            Buffer held = {0}, out = {0};
            size_t len = strlen(cases[i][0]);
            for (size_t at = 0; at < len; at += step)
                assert_ok(redact_more(&r, &held, cases[i][0] + at,
                                      step < len - at ? step : len - at, false, &out));
            assert_ok(redact_more(&r, &held, "", 0, true, &out));
            assert_string_equal(buffer_text(&out), cases[i][1]);
            buffer_free(&out);
        }
    redactor_free(&r);
}

/* The log is on a full disk, where what a child prints cannot be handed on. */
static void what_cannot_be_handed_on_says_why(void **state)
{
    (void)state;
    const Redactor r = {0};
    RedactPipes pipes;
    FlowError err = {0};
    int status, own = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    bool has_ended;
    assert_ok(redact_pipes_open(&pipes));
    pid_t child = fork();
    if (child == 0) {
        redact_pipes_become(&pipes);
        _exit(write(STDOUT_FILENO, "words\n", 6) != 6);
    }
    fflush(stdout);
    dup2(full, STDOUT_FILENO);
    FlowStatus s = redact_pipes_pump(&pipes, &r, child, &status, &has_ended, &err);
    dup2(own, STDOUT_FILENO);
    close(own);
    close(full);
    assert_int_not_equal(s, FLOW_OK);
    assert_string_equal(err.message, "cannot write the log: No space left on device; "
                                     "free some space");
    while (!has_ended && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_are_counted_in_code_points),
        cmocka_unit_test(a_literal_is_counted_too),
        cmocka_unit_test(strings_are_split_and_joined),
        cmocka_unit_test(strings_are_searched_and_changed),
        cmocka_unit_test(case_changes_there_and_back),
        cmocka_unit_test(numbers_are_read_from_strings),
        cmocka_unit_test(sums_fail_only_when_the_result_does_not_fit),
        cmocka_unit_test(extremes_of_lists_and_ranges),
        cmocka_unit_test(lists_are_reversed),
        cmocka_unit_test(philox_gives_the_published_numbers),
        cmocka_unit_test(equal_parts_give_equal_streams),
        cmocka_unit_test(streams_stay_what_they_are),
        cmocka_unit_test(draws_are_even_and_within_their_bounds),
        cmocka_unit_test(a_range_of_all_ints_can_be_drawn_from_and_an_empty_one_not),
        cmocka_unit_test(files_are_read_as_text),
        cmocka_unit_test(print_writes_a_line_and_a_failed_write_fails_the_task),
        cmocka_unit_test(rounding_goes_away_from_zero),
        cmocka_unit_test(the_environment_is_set),
        cmocka_unit_test(secrets_are_taken_out_of_text),
        cmocka_unit_test(what_cannot_be_handed_on_says_why),
    };
    return cmocka_run_group_tests_name("lib", tests, NULL, NULL);
}
