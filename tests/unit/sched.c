/* SPDX-License-Identifier: Apache-2.0 */
/* Whole runs on the fake backend: every shape of a flow, failures of every kind, limits. */
#include "sched_fixture.h"

#include "os/clock.h"

/* The answer of soak, by the same sums without any scheduler. */
static int64_t train(int64_t base, int64_t i, int64_t w)
{
    int64_t v = base + 10 * i + w;
    for (int64_t round = 0; round <= i % 3; round++)
        v = v * 2 + 1;
    return i % 2 == 0 ? v * 2 : v * 3;
}

static int64_t gathered(int64_t z)
{
    static const int64_t widths[] = {0, 7, 1};
    int64_t sum = 0, items = 0;
    for (int64_t k = 0; k < 3; k++) {
        int64_t w = 7 * k, base = w * 1000 + z, s = base + widths[k];
        for (int64_t i = 0; i < widths[k]; i++)
            s += (i + 1) * train(base, i, w) + (i + 1) * i * 5;
        sum += (k + 1) * s;
        items += (k + 1) * w;
    }
    return sum % 1000003 + items;
}

static int64_t answer(void)
{
    for (int64_t round = 0;;) {
        int64_t z = round, t = gathered(z), l = t + 1;
        while (round < z + 2)
            round++;
        int64_t m = t * 3 + round, u = l + 7 * m + 11 * t + z;
        if (round >= 4)
            return u;
        round++;
    }
}

static void expect_soak(const Flight *f)
{
    assert_string_equal(f->result.why, "");
    assert_int_equal(f->result.state, RUN_DONE);
    assert_int_equal(kept_value(&soak_program, f->run, SOAK_END, SOAK_ANSWER), answer());
    expect_sound_store(&soak_program);
}

static void every_shape(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        Flight f = {.program = &soak_program,
                    .bodies = soak_bodies,
                    .seed = seed,
                    .chunk = seed % 4 == 3   ? 1
                             : seed % 4 == 2 ? 3
                                             : 0,
                    .workers = 1 + seed % 5};
        fly(&f);
        expect_soak(&f);
        assert_int_equal(f.done_rows, f.rows);
        assert_true(f.most_running <= f.workers);
    }
}

static void fail_some_first_attempts(const FakeRow *row, FakeReply *reply)
{
    if (row->step == SOAK_TRAIN && row->attempt <= 1 + row->ord % 2 && row->ord % 3 == 0)
        reply->fails = row->ord % 2 ? WHY_CRASHED : WHY_FAILED;
}

static void retries_lead_to_success(void **state)
{
    (void)state;
    soak_fault = fail_some_first_attempts;
    for (uint64_t seed = 0; seed < 6; seed++) {
        Flight f = {.program = &soak_program,
                    .bodies = soak_bodies,
                    .seed = seed,
                    .chunk = seed % 2 ? 4 : 0};
        fly(&f);
        expect_soak(&f);
        assert_true(f.retried > 0);
        assert_int_equal(f.failed_rows, f.retried);
    }
    soak_fault = NULL;
}

/* ---- failures for good ----------------------------------------------------------- */

static bool is_broken = true;

static void fail_row_3(const FakeRow *row, FakeReply *reply)
{
    if (row->ord == 3 && is_broken)
        reply->fails = WHY_FAILED;
}

static void crash_row_3(const FakeRow *row, FakeReply *reply)
{
    if (row->ord == 3 && is_broken)
        reply->fails = WHY_CRASHED;
}

static void lose_row_3(const FakeRow *row, FakeReply *reply)
{
    if (row->ord == 3 && row->attempt < 5)
        reply->fails = WHY_LOST;
}

static void be_caught(Flight *f)
{
    fly(f);
    assert_int_equal(f->result.state, RUN_DONE);
    assert_int_equal(f->retried, 1);
    assert_int_equal(f->caught, 1);
    assert_int_equal(kept_value(&fan_program, f->run, FAN_GATHER, FAN_FAILED), 1);
    /* 3, 13, 23, none, 43, … times their places */
    int64_t sum = 0;
    for (int64_t i = 0; i < 10; i++)
        sum += i == 3 ? 0 : (i + 1) * (i * 10 + 3);
    assert_int_equal(kept_value(&fan_program, f->run, FAN_GATHER, FAN_SUM), sum);
    expect_sound_store(&fan_program);
}

static void a_caught_row_is_done(void **state)
{
    (void)state;
    fan_width = 10;
    for (uint64_t chunk = 0; chunk < 11; chunk += 5)
        for (uint64_t seed = 0; seed < 3; seed++) {
            Flight f = {
                .program = &fan_program, .bodies = fan_bodies, .seed = seed, .chunk = chunk};
            fan_fault = seed % 2 ? crash_row_3 : fail_row_3;
            be_caught(&f);
        }
    fan_fault = NULL;
}

static void siblings_of_a_failed_row_are_kept(void **state)
{
    (void)state;
    fan_width = 10;
    fan_steps[FAN_WORK].flags = 0;
    for (uint64_t chunk = 0; chunk < 11; chunk += 5) {
        Flight f = {.program = &fan_program, .bodies = fan_bodies, .seed = 5, .chunk = chunk};
        fan_fault = chunk ? crash_row_3 : fail_row_3;
        fly(&f);
        assert_int_equal(f.result.state, RUN_FAILED);
        assert_int_equal(f.result.failed, 1);
        assert_int_equal(f.done_rows, 1 + 9);
        assert_int_equal(f.failed_rows, 2);
        assert_int_equal(f.given_up, 1);
        char why[100];
        snprintf(why, sizeof why, "%lld/work/3 %s: it went wrong", (long long)f.run,
                 chunk ? "crashed" : "failed");
        assert_string_equal(f.result.why, why);
        expect_sound_store(&fan_program);
        is_broken = false;
        fly_again(&f, NULL);
        is_broken = true;
        assert_int_equal(f.result.state, RUN_DONE);
        assert_int_equal(f.rows, 3); /* row 3, gather, end */
        assert_string_equal(fixture_lines, "");
        expect_sound_store(&fan_program);
    }
    fan_fault = NULL;
    fan_steps[FAN_WORK].flags = FLOW_STEP_CATCH;
}

static void a_lost_row_spends_no_budget(void **state)
{
    (void)state;
    fan_width = 6;
    fan_fault = lose_row_3;
    Flight f = {.program = &fan_program, .bodies = fan_bodies, .seed = 3};
    fly(&f);
    assert_int_equal(f.result.state, RUN_DONE);
    assert_int_equal(f.retried, 4);
    assert_int_equal(f.caught, 0);
    fan_fault = NULL;
}

static void cancelled_and_resumed(void **state)
{
    (void)state;
    Flight f = {.program = &soak_program, .bodies = soak_bodies, .seed = 4, .chunk = 2};
    for (int after = 1; after < 60; after += 7) {
        f.cancel_after = after;
        fly(&f);
        assert_int_equal(f.result.state, RUN_CANCELLED);
        assert_int_equal(f.result.signal, 15);
        assert_string_equal(f.result.why, "stopped by SIGTERM");
        expect_sound_store(&soak_program);
        f.cancel_after = 0;
        fly_again(&f, NULL);
        f.result.signal = 0;
        expect_soak(&f);
    }
}

/* ---- limits -------------------------------------------------------------------------- */

static void too_many_splits(void **state)
{
    (void)state;
    fan_width = 101;
    Flight f = {.program = &fan_program, .bodies = fan_bodies, .seed = 1};
    fly(&f);
    assert_int_equal(f.result.state, RUN_FAILED);
    assert_non_null(strstr(f.result.why, "`start` would open 101 splits, more than "
                                         "--max-num-splits 100"));
    assert_int_equal(f.rows, 1);
    fly_again(&f, NULL);
    assert_int_equal(f.result.state, RUN_FAILED);
    assert_int_equal(f.rows, 0);
    f.max_splits = 101;
    fly_again(&f, NULL);
    assert_int_equal(f.result.state, RUN_DONE);
    assert_int_equal(f.rows, 103);
    expect_sound_store(&fan_program);
}

static void a_pool_is_asked_for(void **state)
{
    (void)state;
    fan_width = 3;
    fan_steps[FAN_WORK].flags |= FLOW_STEP_BATCH;
    Flight f = {.program = &fan_program, .bodies = fan_bodies, .seed = 1};
    fly(&f);
    fan_steps[FAN_WORK].flags &= ~(uint32_t)FLOW_STEP_BATCH;
    assert_int_equal(f.result.state, RUN_FAILED);
    assert_non_null(strstr(f.result.why, "step `work` is to run in a pool (@batch)"));
    assert_int_equal(f.rows, 1);
}

static void larger_than_the_machine(void **state)
{
    (void)state;
    fan_width = 20;
    fan_steps[FAN_WORK].policy = (FlowPolicy){.cpu = 1e6, .has_resources = true};
    Flight f = {.program = &fan_program, .bodies = fan_bodies, .seed = 1, .chunk = 1};
    fly(&f);
    assert_int_equal(f.result.state, RUN_DONE);
    assert_int_equal(f.most_running, 1);
    assert_non_null(strstr(f.warning, "`work` asks for 1e+06 cores"));
    fan_steps[FAN_WORK].policy = (FlowPolicy){.memory = 1, .has_resources = true};
    fly(&f);
    assert_int_equal(f.most_running, 16);
    fan_steps[FAN_WORK].policy = (FlowPolicy){.retry_times = 1};
}

static void gpus_are_handed_out_once(void **state)
{
    (void)state;
    setenv("FLOW_GPUS", "0,1,2,3,4", 1);
    fan_width = 40;
    fan_steps[FAN_WORK].policy = (FlowPolicy){.gpu = 2, .has_resources = true};
    Flight f = {.program = &fan_program, .bodies = fan_bodies, .seed = 1, .chunk = 1};
    fly(&f);
    assert_int_equal(f.result.state, RUN_DONE);
    assert_int_equal(f.most_running, 2);
    assert_int_equal(f.most_gpus, 4);
    fan_steps[FAN_WORK].policy = (FlowPolicy){.gpu = 6, .has_resources = true};
    fly(&f);
    fan_steps[FAN_WORK].policy = (FlowPolicy){.retry_times = 1};
    unsetenv("FLOW_GPUS");
    assert_int_equal(f.result.state, RUN_FAILED);
    assert_non_null(strstr(f.result.why, "step `work` asks for 6 GPUs, and there are 5"));
}

static void nothing_to_do(void **state)
{
    (void)state;
    fan_width = 0;
    Flight f = {.program = &fan_program, .bodies = fan_bodies, .seed = 1};
    fly(&f);
    assert_int_equal(f.result.state, RUN_DONE);
    assert_int_equal(f.rows, 3);
    assert_int_equal(kept_value(&fan_program, f.run, FAN_GATHER, FAN_SUM), 0);
    fly_again(&f, NULL);
    assert_int_equal(f.result.state, RUN_DONE);
    assert_int_equal(f.rows, 0);
    expect_sound_store(&fan_program);
}

/* ---- a million ----------------------------------------------------------------------------- */

static long resident_kb(void)
{
    char line[200];
    long kb = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmHWM: %ld", &kb) == 1)
            break;
    if (file)
        fclose(file);
    return kb;
}

static void a_million_rows(void **state)
{
    (void)state;
    fan_width = 1000000;
    Flight f = {.program = &fan_program, .bodies = fan_bodies, .max_splits = 1000000};
    int64_t before = os_monotonic_ns();
    long kb = resident_kb();
    fly(&f);
    print_message("1,000,000 rows in %llu chunks: %.2f s, %ld MB more\n",
                  (unsigned long long)f.chunks, (double)(os_monotonic_ns() - before) / 1e9,
                  (resident_kb() - kb) / 1024);
    assert_int_equal(f.result.state, RUN_DONE);
    assert_int_equal(f.done_rows, 1000003);
    before = os_monotonic_ns();
    fly_again(&f, "gather");
    print_message("taken over: %.2f s\n", (double)(os_monotonic_ns() - before) / 1e9);
    assert_int_equal(f.rows, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_shape, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(retries_lead_to_success, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_caught_row_is_done, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(siblings_of_a_failed_row_are_kept, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_lost_row_spends_no_budget, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(cancelled_and_resumed, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(too_many_splits, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_pool_is_asked_for, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(gpus_are_handed_out_once, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(larger_than_the_machine, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(nothing_to_do, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_million_rows, fixture_set_up, fixture_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
