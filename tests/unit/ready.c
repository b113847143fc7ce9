/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of rows, and what becomes ready by the edges of a flow. */
#include "sched_fixture.h"

#include "os/memory.h"
#include "sched/intervals.h"
#include "sched/machine.h"
#include "sched/program_record.h"
#include "sched/route.h"

enum { ROWS = 300 };

static void expect_same(const Intervals *s, const bool *rows)
{
    uint64_t total = 0;
    size_t at = 0;
    for (uint64_t i = 0; i < ROWS; i++) {
        while (at < s->count && s->items[s->head + at].lo + s->items[s->head + at].n <= i)
            at++;
        bool has = at < s->count && s->items[s->head + at].lo <= i;
        assert_int_equal(has, rows[i]);
        assert_int_equal(intervals_covers(s, i, 1), rows[i]);
        total += rows[i];
    }
    assert_int_equal(s->total, total);
    for (size_t i = 1; i < s->count; i++) /* disjoint, and not even touching */
        assert_true(s->items[s->head + i - 1].lo + s->items[s->head + i - 1].n <
                    s->items[s->head + i].lo);
}

static void random_rows_in_and_out(void **state)
{
    (void)state;
    srand(1);
    for (int turn = 0; turn < 200; turn++) {
        Intervals s = {0};
        bool rows[ROWS] = {0};
        for (int i = 0; i < 60; i++) {
            uint64_t lo = (uint64_t)(rand() % ROWS), n = (uint64_t)(rand() % 20);
            n = lo + n > ROWS ? ROWS - lo : n;
            int what = rand() % 3;
            if (what == 2) {
                bool got = intervals_pop(&s, 1 + n, &lo, &n);
                for (uint64_t k = 0; got && k < n; k++) {
                    assert_true(rows[lo + k]);
                    rows[lo + k] = false;
                }
            } else {
                FlowStatus status = what ? intervals_add(&s, lo, n) : intervals_remove(&s, lo, n);
                assert_int_equal(status, FLOW_OK);
                memset(rows + lo, what, n);
            }
            expect_same(&s, rows);
        }
        intervals_free(&s);
    }
}

static void popped_in_order(void **state)
{
    (void)state;
    Intervals s = {0};
    uint64_t lo, n;
    assert_false(intervals_pop(&s, 5, &lo, &n));
    intervals_add(&s, 10, 7);
    intervals_add(&s, 2, 1);
    assert_true(intervals_pop(&s, 5, &lo, &n));
    assert_int_equal(lo, 2);
    assert_int_equal(n, 1);
    assert_true(intervals_pop(&s, 5, &lo, &n));
    assert_int_equal(lo, 10);
    assert_int_equal(n, 5);
    intervals_add(&s, 9, 1);
    assert_true(intervals_pop(&s, 5, &lo, &n));
    assert_int_equal(lo, 9);
    assert_true(intervals_pop(&s, 5, &lo, &n));
    assert_int_equal(lo, 15);
    assert_int_equal(n, 2);
    assert_false(intervals_pop(&s, 5, &lo, &n));
    intervals_free(&s);
}

/* Rows that come in from the back, a gap between each, cost no more than the others. */
static void a_million_single_rows(void **state)
{
    (void)state;
    Intervals s = {0};
    uint64_t lo, n, count = 0;
    for (uint64_t i = 0; i < 1000000; i++)
        assert_int_equal(intervals_add(&s, 2 * i, 1), FLOW_OK);
    while (intervals_pop(&s, 4096, &lo, &n))
        count += n;
    assert_int_equal(count, 1000000);
    intervals_free(&s);
}

/* ---- routing --------------------------------------------------------------------- */

typedef struct Bench {
    Ledger *ledger;
    Router router;
} Bench;

static void start(Bench *b)
{
    FlowError err;
    assert_int_equal(ledger_new(&soak_program, 1, &b->ledger, &err), FLOW_OK);
    assert_int_equal(router_init(&b->router, &soak_program, b->ledger), FLOW_OK);
}

static void stop(Bench *b)
{
    router_deinit(&b->router);
    ledger_free(b->ledger);
}

static Chunk *add_chunk(Bench *b, uint32_t step, uint32_t round, uint64_t lo, uint64_t n, uint8_t way)
{
    Chunk *c = os_alloc_zero(sizeof *c);
    *c = (Chunk){.run = 1, .step = step, .round = round, .lo = lo, .n = n, .one_way = way};
    assert_int_equal(ledger_add_chunk(b->ledger, c, &c), FLOW_OK);
    return c;
}

static void open_domain(Bench *b, Chunk *c, uint32_t domain, uint64_t width)
{
    Segment *s = os_alloc_zero(sizeof *s);
    uint64_t *offsets = os_alloc_array(c->n + 1, sizeof *offsets);
    for (uint64_t i = 0; i <= c->n; i++)
        offsets[i] = i * width;
    *s = (Segment){.run = 1, .domain = domain, .lo = ledger_domain_rows(b->ledger, domain),
                   .n = c->n * width, .parent = c, .offsets = offsets};
    assert_int_equal(ledger_add_segment(b->ledger, s, &s), FLOW_OK);
}

static void done(Bench *b, uint32_t step, uint32_t round, uint64_t lo, uint64_t n, uint8_t way)
{
    uint64_t got_lo, got_n;
    uint32_t got_round;
    assert_true(ready_pop(&b->router, step, n, &got_round, &got_lo, &got_n));
    assert_int_equal(got_round, round);
    assert_int_equal(got_lo, lo);
    assert_int_equal(got_n, n);
    Chunk *c = add_chunk(b, step, round, lo, n, way);
    if (step == SOAK_START)
        open_domain(b, c, 1, 2);
    if (step == SOAK_OUTER)
        open_domain(b, c, 2, 3);
    assert_int_equal(route_chunk(&b->router, c), FLOW_OK);
}

static void through_the_soak(void **state)
{
    (void)state;
    Bench b;
    start(&b);
    done(&b, SOAK_START, 0, 0, 1, 0);
    assert_int_equal(b.router.ready_total, 2);
    done(&b, SOAK_OUTER, 0, 0, 1, 0);
    done(&b, SOAK_INNER, 0, 0, 3, 0);
    done(&b, SOAK_TRAIN, 0, 0, 3, 0); /* back: round 1 */
    done(&b, SOAK_TRAIN, 1, 0, 2, 1);
    done(&b, SOAK_EVEN, 1, 0, 2, 0);
    assert_int_equal(b.router.ready[SOAK_COLLECT].total, 0);
    done(&b, SOAK_TRAIN, 1, 2, 1, 2);
    done(&b, SOAK_ODD, 1, 2, 1, 0);
    done(&b, SOAK_COLLECT, 0, 0, 1, 0); /* in the round of its parent */
    assert_int_equal(b.router.ready[SOAK_GATHER].total, 0);
    done(&b, SOAK_OUTER, 0, 1, 1, 0);
    done(&b, SOAK_INNER, 0, 3, 3, 0);
    done(&b, SOAK_TRAIN, 0, 3, 3, 1);
    done(&b, SOAK_EVEN, 0, 3, 3, 0);
    done(&b, SOAK_COLLECT, 0, 1, 1, 0);
    done(&b, SOAK_GATHER, 0, 0, 1, 0);
    assert_int_equal(b.router.ready_total, 2);
    done(&b, SOAK_LEFT, 0, 0, 1, 0);
    done(&b, SOAK_RIGHT, 0, 0, 1, 0);
    assert_int_equal(b.router.ready[SOAK_BOTH].total, 0);
    done(&b, SOAK_RIGHT, 1, 0, 1, 1);
    done(&b, SOAK_BOTH, 1, 0, 1, 0); /* the greatest round of its branches, then back */
    done(&b, SOAK_START, 2, 0, 1, 0);
    assert_int_equal(ledger_domain_rows(b.ledger, 1), 4);
    done(&b, SOAK_OUTER, 0, 2, 2, 0);
    assert_int_equal(ledger_domain_rows(b.ledger, 2), 12);
    assert_false(b.router.is_complete);
    stop(&b);
}

/* ---- names --------------------------------------------------------------------------- */

static void expect_name(Bench *b, uint32_t step, uint64_t ord, uint32_t round, const char *name)
{
    char text[100];
    uint32_t found_step, found_round;
    uint64_t found_ord;
    bool is_whole;
    FlowError err;
    ledger_task_name(b->ledger, step, ord, round, text, sizeof text);
    assert_string_equal(text, name);
    FlowStatus s = ledger_task_find(b->ledger, name, &found_step, &found_ord, &found_round, &is_whole,
                                    &err);
    assert_int_equal(s, FLOW_OK);
    assert_int_equal(found_step, step);
    assert_int_equal(found_ord, ord);
    assert_int_equal(found_round, round);
    assert_false(is_whole);
}

static void names_and_back(void **state)
{
    (void)state;
    Bench b;
    uint32_t step, round;
    uint64_t ord;
    bool is_whole;
    FlowError err;
    start(&b);
    Chunk *first = add_chunk(&b, SOAK_START, 0, 0, 1, 0), *second = add_chunk(&b, SOAK_START, 3, 0, 1, 0);
    open_domain(&b, first, 1, 2);
    open_domain(&b, second, 1, 2);
    Chunk *outer = add_chunk(&b, SOAK_OUTER, 0, 0, 4, 0);
    open_domain(&b, outer, 2, 5);
    add_chunk(&b, SOAK_END, 7, 0, 1, 0);
    expect_name(&b, SOAK_START, 0, 3, "start:4");
    expect_name(&b, SOAK_OUTER, 1, 0, "outer:1/1");
    expect_name(&b, SOAK_OUTER, 3, 0, "outer:4/1");
    expect_name(&b, SOAK_INNER, 13, 0, "inner:4/0.3");
    expect_name(&b, SOAK_TRAIN, 13, 4, "train:4/0.3:5");
    expect_name(&b, SOAK_END, 0, 7, "end");
    assert_int_equal(ledger_task_find(b.ledger, "train:4/0.3", &step, &ord, &round, &is_whole, &err),
                     FLOW_OK);
    assert_true(is_whole);
    assert_int_equal(ledger_task_find(b.ledger, "inner/1.4", &step, &ord, &round, &is_whole, &err),
                     FLOW_OK); /* of the last round */
    assert_int_equal(ord, 19);
    static const char *const wrong[] = {"nobody", "inner/1.5", "inner/2", "inner/0.0.0", "start/1",
                                        "inner/x", "outer:9/0", "start:0", "end/99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        FlowStatus s = ledger_task_find(b.ledger, wrong[i], &step, &ord, &round, &is_whole, &err);
        if (s == FLOW_OK && is_whole)
            continue;
        assert_int_equal(s, FLOW_ENOENT);
    }
    stop(&b);
}

/* ---- the record of a program ------------------------------------------------------------- */

static void a_record_and_back(void **state)
{
    (void)state;
    Buffer text = {0}, edges = {0};
    ProgramRecord r;
    FlowError err;
    assert_int_equal(program_record_write(&soak_program, &text), FLOW_OK);
    assert_int_equal(program_record_read((Bytes){text.bytes, text.len}, &r, &err), FLOW_OK);
    assert_int_equal(r.artifact_count, SOAK_ARTIFACTS);
    assert_int_equal(r.domain_count, 3);
    assert_int_equal(r.step_count, SOAK_STEPS);
    assert_int_equal(r.artifacts[SOAK_I].kind, FLOW_ARTIFACT_ITEM);
    assert_int_equal(r.domains[2].items[0], SOAK_I);
    assert_string_equal(program_record_step(&r, "train")->edges, "back:train;next:even;next:odd");
    assert_string_equal(program_record_step(&r, "right")->edges, "back:right;next:both#1");
    assert_string_equal(program_record_step(&r, "gather")->edges, "split:left,right");
    assert_string_equal(program_record_step(&r, "end")->edges, "end");
    assert_null(program_record_step(&r, "nobody"));
    program_record_free(&r);
    for (size_t cut = 0; cut < text.len; cut += 7)
        if (program_record_read((Bytes){text.bytes, cut}, &r, &err) == FLOW_OK)
            program_record_free(&r);
    buffer_free(&text);
    buffer_free(&edges);
}

static void the_machine(void **state)
{
    (void)state;
    Machine m;
    machine_measure(&m);
    assert_true(m.cores > 0 && m.cores < 100000);
    assert_true(m.memory > 1 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_rows_in_and_out), cmocka_unit_test(popped_in_order),
        cmocka_unit_test(a_million_single_rows),  cmocka_unit_test(through_the_soak),
        cmocka_unit_test(names_and_back),         cmocka_unit_test(a_record_and_back),
        cmocka_unit_test(the_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
