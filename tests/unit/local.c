/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks on real workers: what arrives, what a crash, a timeout or a kill leaves behind. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "local_fixture.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/clock.h"
#include "store/blob.h"
#include "value/codec.h"

enum { NONE = 1 << 30 };

/* How long a row of MODE_SLEEP and the processes that others leave would go on. */
static const int64_t SLEEP_NS = 300000000000;

static Bench bench;

static int set_up(void **state)
{
    (void)state;
    bench_start(&bench, 4);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bench_stop(&bench);
    return 0;
}

static void expect_text(Buffer *b, const char *text)
{
    assert_string_equal(buffer_text(b), text);
}

static int64_t sum_of_squares(int64_t lo, int64_t n)
{
    int64_t sum = 0;
    for (int64_t i = lo; i < lo + n; i++)
        sum += i * i;
    return sum;
}

/* ---- rows ----------------------------------------------------------------- */

static void one_row(void **state)
{
    (void)state;
    Noted n = {0};
    int64_t before = os_now_ns();
    run_work(&bench, &n, MODE_OK, NONE, 7, 1);
    assert_int_equal(n.started, 1);
    assert_int_equal(n.ended, 1);
    assert_string_equal(n.error, "");
    assert_int_equal(n.done, 1);
    assert_int_equal(n.sum, 49);
    assert_true(n.last.began >= before - 1000000 && n.last.began <= os_now_ns());
    assert_true(n.last.duration >= 0 && n.last.duration < 1000000000);
    noted_free(&n);
}

static void ten_thousand_rows(void **state)
{
    (void)state;
    Noted n = {0};
    run_work(&bench, &n, MODE_OK, NONE, 1000, 10000);
    assert_int_equal(n.done, 10000);
    assert_int_equal(n.next, 11000);
    assert_int_equal(n.sum, sum_of_squares(1000, 10000));
    assert_int_equal(n.started, 1);
    noted_free(&n);
}

static void many_chunks_side_by_side(void **state)
{
    (void)state;
    enum { CHUNKS = 60 };
    static Noted n[CHUNKS];
    memset(n, 0, sizeof n);
    for (int i = 0; i < CHUNKS; i++) {
        while (bench.backend->ops->room(bench.backend) == 0)
            uv_run(&bench.loop, UV_RUN_ONCE);
        submit_work(&bench, &n[i], MODE_OK, NONE, (uint64_t)i * 100, 100, 0, 0);
    }
    bench_wait(&bench);
    for (int i = 0; i < CHUNKS; i++) {
        assert_int_equal(n[i].done, 100);
        assert_int_equal(n[i].sum, sum_of_squares(i * 100, 100));
        noted_free(&n[i]);
    }
}

static void a_failed_row_keeps_its_siblings(void **state)
{
    (void)state;
    Noted n = {0};
    run_work(&bench, &n, MODE_FAIL, 5, 0, 10);
    assert_int_equal(n.done, 9);
    assert_int_equal(n.fail_count, 1);
    assert_int_equal(n.fails[0].ord, 5);
    assert_int_equal(n.fails[0].why, WHY_FAILED);
    assert_string_equal(n.fails[0].message, "no good: 7");
    assert_string_equal(n.fails[0].trace, "  at inner (test.flow:11)\n  at work (test.flow:42)");
    assert_int_equal(n.fails[0].line, 11);
    assert_int_equal(n.fails[0].pid, n.pid);
    assert_int_equal(n.sum, sum_of_squares(0, 10) - 25);
    noted_free(&n);
}

static int64_t draws[20];

static void note_draw(Noted *n, const RowDone *row)
{
    (void)n;
    draws[row->frame->ord] = row->cells[0].fixed;
}

static void draws_depend_on_the_row_alone(void **state)
{
    (void)state;
    int64_t together[20];
    Noted n = {.on_row = note_draw};
    run_work(&bench, &n, MODE_RANDOM, NONE, 0, 20);
    memcpy(together, draws, sizeof draws);
    for (uint64_t i = 0; i < 20; i++) {
        run_work(&bench, &n, MODE_RANDOM, NONE, i, 1);
        assert_int_equal(draws[i], together[i]);
        assert_true(i == 0 || draws[i] != draws[i - 1]);
    }
    noted_free(&n);
}

static void a_row_sees_its_gpus(void **state)
{
    (void)state;
    Noted n = {0};
    bench_gpus = 1 << 1 | 1 << 3;
    run_work(&bench, &n, MODE_GPUS, NONE, 0, 1);
    bench_gpus = 0;
    assert_int_equal(n.sum, 20 + 400);
    noted_free(&n);
}

static void the_environment_is_set_for_each_row(void **state)
{
    (void)state;
    Noted n = {0};
    run_work(&bench, &n, MODE_ENVIRONMENT, NONE, 10, 5);
    assert_int_equal(n.sum, 10 + 11 + 12 + 13 + 14);
    noted_free(&n);
}

/* ---- crashes --------------------------------------------------------------- */

static void expect_crash(int mode, Why why, const char *message)
{
    Noted n = {0};
    run_work(&bench, &n, mode, 50, 0, 100);
    assert_int_equal(n.done, 50);
    assert_int_equal(n.fail_count, 1);
    assert_int_equal(n.fails[0].ord, 50);
    assert_string_equal(n.fails[0].message, message);
    assert_int_equal(n.fails[0].why, why);
    assert_int_equal(n.fails[0].line, LINE_OF_WORK);
    assert_int_equal(n.ended, 1);
    assert_string_equal(n.error, "");
    noted_free(&n);
}

static void a_crash_is_charged_to_its_row(void **state)
{
    (void)state;
    expect_crash(MODE_SEGV, WHY_CRASHED,
                 "the task was killed by SIGSEGV (segmentation fault) at test.flow:42");
    expect_crash(MODE_ABORT, WHY_CRASHED,
                 "the task was killed by SIGABRT (aborted) at test.flow:42");
    expect_crash(MODE_EXIT, WHY_CRASHED,
                 "the task's process exited with 3 at test.flow:42 instead of finishing the step");
    expect_crash(MODE_KILL, WHY_CRASHED,
                 "the task was killed by SIGKILL at test.flow:42, from outside");
}

static void damaged_results_are_a_crash(void **state)
{
    (void)state;
    Noted n = {0};
    run_work(&bench, &n, MODE_SCRIBBLE, 50, 0, 100);
    assert_int_equal(n.fail_count, 1);
    assert_int_equal(n.fails[0].why, WHY_CRASHED);
    assert_int_equal(n.fails[0].ord, n.done);
    assert_non_null(strstr(n.fails[0].message, "overwrote the memory"));
    noted_free(&n);
}

/* The address sanitizer ends the process rather than refuse memory. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ADDRESS_SANITIZER 1
#endif
#endif

static void memory_is_bounded(void **state)
{
    (void)state;
#ifdef HAS_ADDRESS_SANITIZER
    skip();
#endif
    Noted n = {0};
    submit_work(&bench, &n, MODE_MEMORY, 1, 0, 3, 0, 100 << 20);
    bench_wait(&bench);
    assert_true(n.done == 1 || n.done == 2); /* killed by its group, or refused what it asked for */
    assert_int_equal(n.fail_count, 1);
    assert_int_equal(n.fails[0].ord, 1);
    assert_int_equal(n.fails[0].why, WHY_MEMORY);
    if (n.done == 1)
        assert_non_null(strstr(n.fails[0].message, "as it used up its memory of"));
    noted_free(&n);
}

static void a_slot_goes_on_after_a_crash(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        Noted n = {0};
        run_work(&bench, &n, i % 2 ? MODE_OK : MODE_ABORT, 0, 0, 2);
        assert_int_equal(n.done, i % 2 ? 2 : 0);
        noted_free(&n);
    }
}

static void what_cannot_be_read_fails_the_chunk(void **state)
{
    (void)state;
    Noted n = {0};
    BlockMaker m = {0};
    maker_value_slot(&m, maker_fixed(&m, (int64_t[]){1}, 1), 1, 1);
    submit_block(&bench, &n, STEP_WORK, 1, &m);
    bench_wait(&bench);
    assert_int_equal(n.done + n.fail_count, 0);
    assert_string_equal(n.error, "the input of a task is damaged: it belongs to another step");
    noted_free(&n);
}

/* ---- time ------------------------------------------------------------------ */

static void a_row_that_takes_too_long_is_killed(void **state)
{
    (void)state;
    Noted n = {0};
    int64_t before = os_monotonic_ns();
    submit_work(&bench, &n, MODE_SLEEP, 3, 0, 5, 2000000000, 0);
    bench_wait(&bench);
    int64_t took = os_monotonic_ns() - before;
    assert_true(took >= 2000000000 && took < SLEEP_NS);
    assert_int_equal(n.done, 3);
    assert_int_equal(n.fail_count, 1);
    assert_int_equal(n.fails[0].ord, 3);
    assert_int_equal(n.fails[0].why, WHY_TIMEOUT);
    assert_string_equal(n.fails[0].message, "still running after 2s (@timeout) at test.flow:42");
    assert_true(n.fails[0].duration >= 1990000000);
    noted_free(&n);
}

/* All rows together are longer than the timeout; none of them is. */
static void the_time_of_a_row_is_its_own(void **state)
{
    (void)state;
    Noted n = {0};
    submit_work(&bench, &n, MODE_NAP, (uint64_t)-1, 0, 10, 3500000000, 0);
    bench_wait(&bench);
    assert_int_equal(n.done, 10);
    assert_int_equal(n.fail_count, 0);
    noted_free(&n);
}

static void cancel_ends_all(void **state)
{
    (void)state;
    Noted n[3] = {{0}};
    bench.is_cancelled_when_started = true;
    for (int i = 0; i < 3; i++)
        submit_work(&bench, &n[i], MODE_SLEEP, 1, 0, 5, 0, 0);
    int64_t before = os_monotonic_ns();
    bench_wait(&bench);
    assert_true(os_monotonic_ns() - before < SLEEP_NS);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(n[i].fail_count, 0);
        assert_true(n[i].done <= 1);
        assert_int_equal(n[i].ended, 1);
        noted_free(&n[i]);
    }
    assert_int_equal(bench.backend->ops->room(bench.backend), 0);
}

/* ---- output ---------------------------------------------------------------- */

static void both_streams_in_order(void **state)
{
    (void)state;
    Noted n = {0};
    run_work(&bench, &n, MODE_PRINT, 1, 0, 3);
    expect_text(&n.out, "1 first\n1 second\n1 no newline\n");
    expect_text(&n.err, "1 to error\n1 more\n");
    noted_free(&n);
    n = (Noted){0};
    run_work(&bench, &n, MODE_PRINT, (uint64_t)-1, 5, 2);
    expect_text(&n.out, "5 first\n5 second\n5 no newline\n6 first\n6 second\n6 no newline\n");
    assert_int_equal(n.last.log.out_to - n.last.log.out_from, strlen("first\nsecond\nno newline"));
    assert_int_equal(n.last.log.err_to - n.last.log.err_from, strlen("to error\nmore"));
    noted_free(&n);
}

static void long_output(void **state)
{
    (void)state;
    Noted n = {0};
    run_work(&bench, &n, MODE_PRINT_LONG, 1, 0, 2);
    size_t x = 0;
    for (size_t i = 0; i < n.out.len; i++)
        x += n.out.bytes[i] == 'x';
    assert_int_equal(x, 500000);
    assert_int_equal(n.last.log.out_to - n.last.log.out_from, 500300);
    noted_free(&n);
}

/* Whole lines of a row that goes on appear before it ends; half of one does not. */
static void a_long_row_is_followed(void **state)
{
    (void)state;
    Noted n = {0};
    submit_work(&bench, &n, MODE_PRINT_SLOWLY, 0, 0, 1, 0, 0);
    while (n.out.len == 0)
        uv_run(&bench.loop, UV_RUN_ONCE);
    assert_int_equal(n.done, 0);
    assert_int_equal(n.started, 1);
    expect_text(&n.out, "0 early\n");
    bench_let_go();
    bench_wait(&bench);
    expect_text(&n.out, "0 early\n0 unfinished\n");
    noted_free(&n);
}

static void the_last_words_of_a_crash(void **state)
{
    (void)state;
    Noted n = {0};
    run_work(&bench, &n, MODE_PRINT_ABORT, 2, 0, 5);
    expect_text(&n.out, "2 last words\n");
    assert_int_equal(n.fails[0].log.out_to - n.fails[0].log.out_from, 10);
    noted_free(&n);
}

static void foreign_output_is_seen(void **state)
{
    (void)state;
    Noted n = {0};
    submit_block(&bench, &n, STEP_ALONE, 2, &(BlockMaker){0});
    bench_wait(&bench);
    expect_text(&n.out, "0 buffered 0\n1 buffered 1\n");
    noted_free(&n);
}

/* ---- what rows leave behind -------------------------------------------------- */

/* Opens a column of the last row, wherever it lies. */
static Column open_column(const RowDone *row, uint32_t index, const uint8_t **blob)
{
    Column c;
    const FrameColumn *column = &row->columns[index];
    const uint8_t *bytes = row->bodies[index];
    *blob = NULL;
    if (column->is_blob) {
        assert_int_equal(blob_map(bench.blobs, &column->digest, column->len, blob, NULL), FLOW_OK);
        bytes = *blob;
    }
    assert_int_equal(column_open(bytes, column->len, &c, NULL), FLOW_OK);
    return c;
}

static FlowString *text_of(const Cell *cell)
{
    FlowString *text = NULL;
    FlowDigest digest;
    uint64_t len;
    const uint8_t *bytes = cell->bytes, *blob = NULL;
    if (blob_ref_decode(cell->bytes, cell->len, &digest, &len)) {
        assert_int_equal(blob_map(bench.blobs, &digest, len, &blob, NULL), FLOW_OK);
        bytes = blob;
    } else {
        len = cell->len;
    }
    assert_int_equal(value_decode(&flow_type_string, bytes, len, &text, NULL), FLOW_OK);
    if (blob)
        blob_unmap(blob, len);
    return text;
}

static void run_fan(int mode, void (*check)(Noted *, const RowDone *))
{
    Noted n = {.on_row = check};
    BlockMaker m = {0};
    maker_value_slot(&m, maker_fixed(&m, (int64_t[]){mode}, 1), 1, 0);
    submit_block(&bench, &n, STEP_FAN, 1, &m);
    bench_wait(&bench);
    assert_int_equal(n.done, 1);
    noted_free(&n);
}

static void check_range(Noted *n, const RowDone *row)
{
    (void)n;
    const uint8_t *blob;
    Column c = open_column(row, 0, &blob);
    assert_int_equal(row->frame->fan_count, 1000000);
    assert_int_equal(c.kind, COLUMN_RANGE);
    assert_int_equal(column_cell(&c, 999999).fixed, 5 + 999999 * 2);
    assert_true(row->columns[0].len < 200);
}

static void check_ints(Noted *n, const RowDone *row)
{
    (void)n;
    const uint8_t *blob;
    Column c = open_column(row, 0, &blob);
    assert_int_equal(row->frame->fan_count, 3);
    assert_int_equal(column_cell(&c, 2).fixed, 4);
    assert_null(blob);
}

static void check_many_ints(Noted *n, const RowDone *row)
{
    (void)n;
    const uint8_t *blob;
    Column c = open_column(row, 0, &blob);
    assert_int_equal(row->frame->fan_count, 100000);
    assert_int_equal(column_cell(&c, 99999).fixed, 99999LL * 99999);
    assert_non_null(blob);
    blob_unmap(blob, row->columns[0].len);
}

static void check_words(Noted *n, const RowDone *row)
{
    (void)n;
    const uint8_t *blob;
    Column c = open_column(row, 0, &blob);
    for (uint64_t i = 0; i < 3; i++) {
        Cell cell = column_cell(&c, i);
        FlowString *text = text_of(&cell);
        assert_int_equal(flow_string_len_bytes(text), i);
        flow_string_release(text);
    }
}

static void check_long_words(Noted *n, const RowDone *row)
{
    (void)n;
    const uint8_t *blob;
    Column c = open_column(row, 0, &blob);
    assert_non_null(blob); /* the column, not each of its values */
    for (uint64_t i = 0; i < 3; i++) {
        Cell cell = column_cell(&c, i);
        FlowString *text = text_of(&cell);
        assert_int_equal(flow_string_len_bytes(text), 50000 + i * 50000);
        assert_int_equal(flow_string_bytes(text)[7], 'a' + i);
        flow_string_release(text);
    }
    blob_unmap(blob, row->columns[0].len);
}

static void check_pairs(Noted *n, const RowDone *row)
{
    (void)n;
    const uint8_t *blob;
    assert_int_equal(row->frame->column_count, 2);
    Column left = open_column(row, 0, &blob), right = open_column(row, 1, &blob);
    assert_int_equal(column_cell(&left, 2).fixed, 4);
    Cell cell = column_cell(&right, 2);
    FlowString *text = text_of(&cell);
    assert_string_equal(flow_string_bytes(text), "pair");
    flow_string_release(text);
}

static void check_nothing(Noted *n, const RowDone *row)
{
    (void)n;
    const uint8_t *blob;
    assert_int_equal(row->frame->fan_count, 0);
    assert_int_equal(open_column(row, 0, &blob).n, 0);
}

static void lists_of_a_foreach(void **state)
{
    (void)state;
    run_fan(FAN_RANGE, check_range);
    run_fan(FAN_INTS, check_ints);
    run_fan(FAN_MANY_INTS, check_many_ints);
    run_fan(FAN_WORDS, check_words);
    run_fan(FAN_LONG_WORDS, check_long_words);
    run_fan(FAN_PAIRS, check_pairs);
    run_fan(FAN_NOTHING, check_nothing);
}

static void check_big(Noted *n, const RowDone *row)
{
    static const int64_t sizes[] = {10, 70000, 200000};
    int64_t size = sizes[row->frame->ord];
    (void)n;
    FlowString *text = text_of(&row->cells[0]);
    assert_int_equal(flow_string_len_bytes(text), size);
    flow_string_release(text);
    assert_int_equal(row->cells[0].len < 100, 1);
    FlowDigest digest;
    uint64_t len;
    bool is_ref = blob_ref_decode(row->cells[1].bytes, row->cells[1].len, &digest, &len);
    assert_int_equal(is_ref, size > 10);
}

static void large_values_are_blobs(void **state)
{
    (void)state;
    Noted n = {.on_row = check_big};
    BlockMaker m = {0};
    maker_value_slot(&m, maker_fixed(&m, (int64_t[]){10, 70000, 200000}, 3), 3, 1);
    submit_block(&bench, &n, STEP_BIG, 3, &m);
    bench_wait(&bench);
    assert_int_equal(n.done, 3);
    noted_free(&n);
}

static void check_heavy(Noted *n, const RowDone *row)
{
    (void)n;
    int refs = 0;
    for (uint32_t i = 0; i < 5; i++) {
        FlowDigest digest;
        uint64_t len;
        FlowString *text = text_of(&row->cells[i]);
        assert_int_equal(flow_string_len_bytes(text), 60000 + i);
        flow_string_release(text);
        refs += blob_ref_decode(row->cells[i].bytes, row->cells[i].len, &digest, &len);
    }
    assert_int_equal(refs, 1);
}

static void a_frame_that_is_too_long_is_made_shorter(void **state)
{
    (void)state;
    Noted n = {.on_row = check_heavy};
    submit_block(&bench, &n, STEP_HEAVY, 2, &(BlockMaker){0});
    bench_wait(&bench);
    assert_int_equal(n.done, 2);
    noted_free(&n);
}

/* ---- what rows read ----------------------------------------------------------- */

static FlowString *make_text(const char *bytes, size_t len)
{
    FlowString *text = NULL;
    assert_int_equal(flow_string_new(NULL, bytes, len, &text), FLOW_OK);
    return text;
}

static void check_gather(Noted *n, const RowDone *row)
{
    static const int64_t totals[] = {1 + 2 + 3 + 100 + 5, 100 + 1000000 + 6};
    static const char *const texts[] = {"abz", "z"};
    (void)n;
    uint64_t r = row->frame->ord;
    assert_int_equal(row->cells[0].fixed, totals[r]);
    FlowString *text = text_of(&row->cells[1]);
    assert_string_equal(flow_string_bytes(text), texts[r]);
    flow_string_release(text);
}

/* Row 0 reads two inputs, a present option and a list; row 1 none, an absent one and a blob. */
static void every_kind_of_input(void **state)
{
    (void)state;
    Noted n = {.on_row = check_gather};
    BlockMaker m = {0};
    FlowString *a = make_text("a", 1), *b = make_text("b", 1), *z = make_text("z", 1);
    FlowList *three = NULL;
    assert_int_equal(flow_list_range(NULL, 3, 1, 1, &three), FLOW_OK);
    LocalMaybe five = {true, 5};

    maker_field(&m);
    maker_piece(&m, maker_fixed(&m, (int64_t[]){1, 2}, 2), 0, 2, 1);
    maker_field(&m);
    maker_piece(&m, maker_values(&m, &flow_type_string, (const void *[]){&a, &b}, 2), 0, 2, 1);
    maker_slot(&m, 2, (uint64_t[]){0, 2, 2}, 2);

    maker_field(&m);
    maker_piece(&m, maker_fixed(&m, (int64_t[]){100}, 1), 0, 2, 0);
    maker_field(&m);
    maker_piece(&m, maker_values(&m, &flow_type_string, (const void *[]){&z}, 1), 0, 2, 0);
    maker_slot(&m, 2, NULL, 0);

    maker_value_slot(&m, maker_values(&m, &local_maybe, (const void *[]){&five, NULL}, 2), 2, 1);

    /* the lists come from a column that is a blob */
    FlowList *six = NULL;
    assert_int_equal(flow_list_range(NULL, 6, 1, 1, &six), FLOW_OK);
    BlockMaker other = {0};
    uint32_t column = maker_values(&other, &flow_type_int_list, (const void *[]){&three, &six}, 2);
    FlowDigest digest;
    const uint8_t *body = other.bodies.bytes + other.columns[column].offset;
    assert_int_equal(blob_put(bench.blobs, body, other.columns[column].len, &digest, NULL),
                     FLOW_OK);
    maker_value_slot(&m, maker_blob(&m, &digest, other.columns[column].len), 2, 1);

    submit_block(&bench, &n, STEP_GATHER, 2, &m);
    bench_wait(&bench);
    assert_string_equal(n.error, "");
    assert_int_equal(n.done, 2);
    buffer_free(&other.bodies);
    flow_string_release(a);
    flow_string_release(b);
    flow_string_release(z);
    flow_list_release(three);
    flow_list_release(six);
    noted_free(&n);
}

static void check_large_join(Noted *n, const RowDone *row)
{
    (void)n;
    assert_int_equal(row->cells[0].fixed, sum_of_squares(0, 50000) + 100);
}

/* The input is larger than the inbox, so it comes in a file of its own. */
static void a_large_input(void **state)
{
    (void)state;
    enum { COUNT = 50000 };
    Noted n = {.on_row = check_large_join};
    BlockMaker m = {0};
    FlowString *a = make_text("a", 1);
    LocalMaybe nought = {true, 0};
    FlowList *empty = NULL;
    static int64_t squares[COUNT];
    for (int64_t i = 0; i < COUNT; i++)
        squares[i] = i * i;
    uint32_t text = maker_values(&m, &flow_type_string, (const void *[]){&a}, 1);
    maker_field(&m);
    maker_piece(&m, maker_fixed(&m, squares, COUNT), 0, COUNT, 1);
    maker_field(&m);
    maker_piece(&m, text, 0, COUNT, 0);
    maker_slot(&m, 2, (uint64_t[]){0, COUNT}, 1);
    maker_field(&m);
    maker_piece(&m, maker_fixed(&m, (int64_t[]){100}, 1), 0, 1, 0);
    maker_field(&m);
    maker_piece(&m, text, 0, 1, 0);
    maker_slot(&m, 2, NULL, 0);
    maker_value_slot(&m, maker_values(&m, &local_maybe, (const void *[]){&nought}, 1), 1, 1);
    maker_value_slot(&m, maker_values(&m, &flow_type_int_list, (const void *[]){&empty}, 1), 1, 1);
    submit_block(&bench, &n, STEP_GATHER, 1, &m);
    bench_wait(&bench);
    assert_int_equal(n.done, 1);
    flow_string_release(a);
    noted_free(&n);
}

/* A value that cannot be read fails its row, and the next one still reads its own. */
static void a_missing_blob_fails_its_row(void **state)
{
    (void)state;
    Noted n = {0};
    BlockMaker m = {0};
    FlowDigest digest = {{1, 2, 3}};
    Buffer ref = {0}, good = {0};
    FlowString *a = make_text("a", 1);
    LocalMaybe nought = {true, 0};
    FlowList *empty = NULL;
    assert_int_equal(blob_ref_encode(&digest, 100, &ref), FLOW_OK);
    assert_int_equal(value_encode(&flow_type_string, &a, &good, NULL), FLOW_OK);
    ColumnBuilder column;
    column_builder_init(&column, false);
    Cell cells[] = {{true, 0, ref.bytes, ref.len}, {true, 0, good.bytes, good.len}};
    for (int i = 0; i < 2; i++)
        assert_int_equal(column_builder_add(&column, &cells[i]), FLOW_OK);
    assert_int_equal(column_builder_finish(&column, &m.bodies), FLOW_OK);
    column_builder_free(&column);
    m.columns[m.column_count++] = (BlockColumn){.len = m.bodies.len};
    uint32_t numbers = maker_fixed(&m, (int64_t[]){1, 2}, 2);
    maker_field(&m);
    maker_piece(&m, numbers, 0, 2, 1);
    maker_field(&m);
    maker_piece(&m, 0, 0, 2, 1);
    maker_slot(&m, 2, (uint64_t[]){0, 1, 2}, 2);
    maker_field(&m);
    maker_piece(&m, numbers, 0, 2, 1);
    maker_field(&m);
    maker_piece(&m, 0, 1, 2, 0);
    maker_slot(&m, 2, NULL, 0);
    maker_value_slot(&m, maker_values(&m, &local_maybe, (const void *[]){&nought}, 1), 2, 0);
    maker_value_slot(&m, maker_values(&m, &flow_type_int_list, (const void *[]){&empty}, 1), 2, 0);
    submit_block(&bench, &n, STEP_GATHER, 2, &m);
    bench_wait(&bench);
    assert_string_equal(n.error, "");
    assert_int_equal(n.fail_count, 1);
    assert_int_equal(n.fails[0].ord, 0);
    assert_non_null(strstr(n.fails[0].message, "cannot read `text`: "));
    assert_int_equal(n.done, 1);
    assert_int_equal(n.sum, 4);
    buffer_free(&ref);
    buffer_free(&good);
    flow_string_release(a);
    noted_free(&n);
}

/* ---- processes ------------------------------------------------------------------ */

static bool has_processes(pid_t group)
{
    return kill(-group, 0) == 0;
}

static void a_workers_group_ends_with_it(void **state)
{
    (void)state;
    Noted n = {0};
    run_work(&bench, &n, MODE_SPAWN, 0, 0, 1);
    assert_int_equal(n.done, 1);
    for (int i = 0; i < 6000 && has_processes((pid_t)n.pid); i++)
        usleep(10000);
    assert_false(has_processes((pid_t)n.pid));
    noted_free(&n);
}

static void the_death_of_the_server_breaks_the_backend(void **state)
{
    (void)state;
    Noted n[2] = {{0}};
    submit_work(&bench, &n[0], MODE_SLEEP, 5, 0, 10, 0, 0);
    submit_work(&bench, &n[1], MODE_SLEEP, 5, 0, 10, 0, 0);
    while (n[0].done + n[1].done < 10)
        uv_run(&bench.loop, UV_RUN_ONCE);
    char command[64], name[64] = "";
    snprintf(command, sizeof command, "/proc/%u/stat", n[0].pid);
    FILE *f = fopen(command, "r");
    int pid, server;
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%d (%63[^)]) %*c %d", &pid, name, &server), 3);
    fclose(f);
    assert_string_equal(name, "flow:work");
    kill(server, SIGKILL);
    bench_wait(&bench);
    assert_int_equal(bench.broken, 1);
    assert_non_null(strstr(bench.why_broken, "killed by SIGKILL"));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(n[i].ended, 1);
        assert_int_equal(n[i].done, 5);
        assert_int_equal(n[i].fail_count, 0);
        for (int wait = 0; wait < 6000 && kill((pid_t)n[i].pid, 0) == 0; wait++)
            usleep(10000);
        assert_int_not_equal(kill((pid_t)n[i].pid, 0), 0);
        noted_free(&n[i]);
    }
}

/* A scheduler in a process of its own, which says when its workers are at it. */
static void be_a_scheduler(int ready)
{
    Bench own;
    Noted n[3] = {{0}};
    bench_start(&own, 4);
    submit_work(&own, &n[0], MODE_SLEEP, 5, 0, 10, 0, 0);
    submit_work(&own, &n[1], MODE_SPAWN, 5, 0, 10, 0, 0);
    submit_work(&own, &n[2], MODE_ESCAPE, 5, 0, 10, 0, 0);
    while (own.open > 1 || n[0].started == 0)
        uv_run(&own.loop, UV_RUN_ONCE);
    if (write(ready, own.dir, sizeof own.dir) < 0)
        abort();
    for (;;)
        pause();
}

static void nothing_outlives_a_killed_scheduler(void **state)
{
    (void)state;
    int ready[2];
    char dir[64];
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    assert_int_equal(pipe(ready), 0);
    pid_t scheduler = fork();
    if (scheduler == 0)
        be_a_scheduler(ready[1]);
    assert_int_equal(read(ready[0], dir, sizeof dir), sizeof dir);
    int64_t before = os_monotonic_ns();
    kill(scheduler, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0)
        continue;
    assert_int_equal(errno, ECHILD);
    assert_true(os_monotonic_ns() - before < SLEEP_NS);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    close(ready[0]);
    close(ready[1]);
    bench_remove(dir);
}

#define LOCAL_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    setenv("FLOW_GPUS", "10,20,30,400", 1);
    const struct CMUnitTest tests[] = {
        LOCAL_TEST(one_row),
        LOCAL_TEST(ten_thousand_rows),
        LOCAL_TEST(many_chunks_side_by_side),
        LOCAL_TEST(a_failed_row_keeps_its_siblings),
        LOCAL_TEST(draws_depend_on_the_row_alone),
        LOCAL_TEST(a_row_sees_its_gpus),
        LOCAL_TEST(the_environment_is_set_for_each_row),
        LOCAL_TEST(a_crash_is_charged_to_its_row),
        LOCAL_TEST(damaged_results_are_a_crash),
        LOCAL_TEST(memory_is_bounded),
        LOCAL_TEST(a_slot_goes_on_after_a_crash),
        LOCAL_TEST(what_cannot_be_read_fails_the_chunk),
        LOCAL_TEST(a_row_that_takes_too_long_is_killed),
        LOCAL_TEST(the_time_of_a_row_is_its_own),
        LOCAL_TEST(cancel_ends_all),
        LOCAL_TEST(both_streams_in_order),
        LOCAL_TEST(long_output),
        LOCAL_TEST(a_long_row_is_followed),
        LOCAL_TEST(the_last_words_of_a_crash),
        LOCAL_TEST(foreign_output_is_seen),
        LOCAL_TEST(lists_of_a_foreach),
        LOCAL_TEST(large_values_are_blobs),
        LOCAL_TEST(a_frame_that_is_too_long_is_made_shorter),
        LOCAL_TEST(every_kind_of_input),
        LOCAL_TEST(a_large_input),
        LOCAL_TEST(a_missing_blob_fails_its_row),
        LOCAL_TEST(a_workers_group_ends_with_it),
        LOCAL_TEST(the_death_of_the_server_breaks_the_backend),
        cmocka_unit_test(nothing_outlives_a_killed_scheduler),
    };
    return cmocka_run_group_tests_name("local", tests, NULL, NULL);
}
