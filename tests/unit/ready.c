/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of rows, and what becomes ready by the edges of a flow. */
#include "sched_fixture.h"

#include "os/memory.h"
#include "sched/machine.h"
#include "sched/program_record.h"
#include "sched/route.h"
#include "sched/rowset.h"

enum { ROWS = 20000, BASE = 4096 * 3 + 77 };

static void expect_same(RowSet *s, const bool *rows)
{
    uint64_t total = 0, lo, first = ROWS;
    for (uint64_t i = ROWS; i-- > 0;) {
        assert_int_equal(rowset_covers(s, BASE + i, 1), rows[i]);
        total += rows[i];
        first = rows[i] ? i : first;
    }
    assert_int_equal(s->total, total);
    assert_int_equal(rowset_first(s, &lo), total > 0);
    if (total > 0)
        assert_int_equal(lo, BASE + first);
}

static void pop_some(RowSet *s, uint64_t max, bool *rows)
{
    RowRun run;
    if (!rowset_pop(s, max, &run))
        return;
    assert_true(run.n <= max);
    for (uint64_t k = 0; k < run.n; k++) {
        assert_true(rows[run.lo + k - BASE]);
        rows[run.lo + k - BASE] = false;
    }
    uint64_t end = run.lo + run.n - BASE; /* it goes on to the gap */
    assert_true(run.n == max || end == ROWS || !rows[end]);
}

static void random_rows_in_and_out(void **state)
{
    (void)state;
    srand(1);
    static bool rows[ROWS];
    for (int turn = 0; turn < 30; turn++) {
        RowSet s = {0};
        memset(rows, 0, sizeof rows);
        for (int i = 0; i < 60; i++) {
            uint64_t lo = (uint64_t)(rand() % ROWS), n = (uint64_t)(rand() % (i % 2 ? 9000 : 70));
            n = lo + n > ROWS ? ROWS - lo : n;
            int what = rand() % 3;
            if (what == 2) {
                pop_some(&s, 1 + n, rows);
            } else {
                if (what)
                    assert_int_equal(rowset_add(&s, BASE + lo, n), FLOW_OK);
                else
                    rowset_remove(&s, BASE + lo, n);
                memset(rows + lo, what, n);
            }
            expect_same(&s, rows);
        }
        rowset_free(&s);
    }
}

static void popped_in_order(void **state)
{
    (void)state;
    RowSet s = {0};
    RowRun run;
    assert_false(rowset_pop(&s, 5, &run));
    rowset_add(&s, 10, 7);
    rowset_add(&s, 2, 1);
    assert_true(rowset_pop(&s, 5, &run) && run.lo == 2 && run.n == 1);
    assert_true(rowset_pop(&s, 5, &run) && run.lo == 10 && run.n == 5);
    rowset_add(&s, 9, 1);
    assert_true(rowset_pop(&s, 5, &run) && run.lo == 9 && run.n == 1);
    assert_true(rowset_pop(&s, 5, &run) && run.lo == 15 && run.n == 2);
    assert_false(rowset_pop(&s, 5, &run));
    rowset_free(&s);
}

/* Every second row, then the others: no more than a bit each. */
static void a_million_single_rows(void **state)
{
    (void)state;
    RowSet s = {0};
    RowRun run;
    uint64_t count = 0;
    for (uint64_t i = 0; i < 1000000; i++)
        assert_int_equal(rowset_add(&s, 2 * i, 1), FLOW_OK);
    for (uint64_t i = 1000000; i > 0; i--)
        assert_int_equal(rowset_add(&s, 2 * i - 1, 1), FLOW_OK);
    while (rowset_pop(&s, 5000, &run))
        count += run.n;
    assert_int_equal(count, 2000000);
    rowset_free(&s);
}

static void a_chunk_has_gaps_but_not_wide_ones(void **state)
{
    (void)state;
    FlowError err;
    Ledger *ledger;
    Router r;
    Buffer runs = {0};
    FlowStatus status;
    uint32_t round;
    assert_int_equal(ledger_new(&soak_program, 1, &ledger, &err), FLOW_OK);
    assert_int_equal(router_init(&r, &soak_program, ledger), FLOW_OK);
    for (uint64_t i = 0; i < 100; i++)
        ready_add(&r, SOAK_EVEN, 0, 2 * i, 1);
    ready_add(&r, SOAK_EVEN, 0, 1000000, 50);
    assert_true(ready_pop(&r, SOAK_EVEN, 60, &round, &runs, &status));
    assert_int_equal(runs.len, 60 * sizeof(RowRun));
    runs.len = 0;
    assert_true(ready_pop(&r, SOAK_EVEN, 60, &round, &runs, &status));
    assert_int_equal(runs.len, 40 * sizeof(RowRun));
    runs.len = 0;
    assert_true(ready_pop(&r, SOAK_EVEN, 60, &round, &runs, &status));
    assert_int_equal(runs.len, sizeof(RowRun));
    assert_false(ready_pop(&r, SOAK_EVEN, 60, &round, &runs, &status));
    buffer_free(&runs);
    router_deinit(&r);
    ledger_free(ledger);
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

static Chunk *add_chunk(Bench *b, uint32_t step, uint32_t round, uint64_t lo, uint64_t n,
                        uint8_t way)
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
    *s = (Segment){.run = 1,
                   .domain = domain,
                   .lo = ledger_domain_rows(b->ledger, domain),
                   .n = c->n * width,
                   .parent = c,
                   .offsets = offsets};
    assert_int_equal(ledger_add_segment(b->ledger, s, &s), FLOW_OK);
}

static void done(Bench *b, uint32_t step, uint32_t round, uint64_t lo, uint64_t n, uint8_t way)
{
    Buffer runs = {0};
    FlowStatus status;
    uint32_t got_round;
    assert_true(ready_pop(&b->router, step, n, &got_round, &runs, &status));
    assert_int_equal(got_round, round);
    assert_int_equal(runs.len, sizeof(RowRun));
    RowRun *run = (void *)runs.bytes;
    assert_int_equal(run->lo, lo);
    assert_int_equal(run->n, n);
    buffer_free(&runs);
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
    TaskPattern pattern;
    FlowError err;
    ledger_task_name(b->ledger, step, ord, round, text, sizeof text);
    assert_string_equal(text, name);
    assert_int_equal(ledger_pattern_read(b->ledger, name, &pattern, &err), FLOW_OK);
    assert_int_equal(pattern.step, step);
    assert_true(pattern.is_one);
    assert_true(ledger_pattern_fits(b->ledger, &pattern, ord, round));
}

/* Which of the twenty rows of the inner foreach, two rounds of two with five each, fit. */
static void expect_fits(Bench *b, const char *name, const char *expected)
{
    char fits[2 * 2 * 5 + 1] = "";
    TaskPattern pattern;
    FlowError err;
    assert_int_equal(ledger_pattern_read(b->ledger, name, &pattern, &err), FLOW_OK);
    assert_false(pattern.is_one);
    for (uint64_t ord = 0; ord < 20; ord++)
        fits[ord] = ledger_pattern_fits(b->ledger, &pattern, ord, 0) ? 'x' : '.';
    assert_string_equal(fits, expected);
}

static void expect_rounds(Bench *b, uint32_t step, uint64_t ord, uint32_t round, size_t count,
                          const uint32_t *expected)
{
    uint32_t rounds[TASK_LEVELS];
    assert_int_equal(ledger_rounds(b->ledger, step, ord, round, rounds, TASK_LEVELS), count);
    assert_memory_equal(rounds, expected, count * sizeof *rounds);
}

static void names_and_back(void **state)
{
    (void)state;
    Bench b;
    TaskPattern pattern;
    FlowError err;
    start(&b);
    Chunk *first = add_chunk(&b, SOAK_START, 0, 0, 1, 0),
          *second = add_chunk(&b, SOAK_START, 3, 0, 1, 0);
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
    expect_rounds(&b, SOAK_INNER, 13, 0, 3, (uint32_t[]){4, 0, 0});
    expect_rounds(&b, SOAK_TRAIN, 13, 4, 3, (uint32_t[]){4, 0, 5});
    expect_rounds(&b, SOAK_END, 0, 7, 1, (uint32_t[]){0});
    expect_fits(&b, "inner", "xxxxxxxxxxxxxxxxxxxx");
    expect_fits(&b, "inner:4", "..........xxxxxxxxxx");
    expect_fits(&b, "inner:4/1", "...............xxxxx");
    expect_fits(&b, "inner/1", ".....xxxxx.....xxxxx");
    expect_fits(&b, "inner/1.4", ".........x.........x");
    expect_fits(&b, "inner:9", "....................");
    expect_fits(&b, "inner/0.5", "....................");
    expect_fits(&b, "train:4/0.3", ".............x......");
    expect_fits(&b, "train:4/0:1", "..........xxxxx.....");
    expect_fits(&b, "train/1:1", ".....xxxxx.....xxxxx");
    expect_fits(&b, "train:4/0:2", "....................");
    static const char *const wrong[] = {"nobody",      "inner/0.0.0",   "start/1",     "inner/x",
                                        "inner/1:2",   "inner/1.2:1",   "start:0",     "end:1",
                                        "inner/1.",    "end/99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(ledger_pattern_read(b.ledger, wrong[i], &pattern, &err), FLOW_EUSAGE);
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
        cmocka_unit_test(random_rows_in_and_out),
        cmocka_unit_test(popped_in_order),
        cmocka_unit_test(a_million_single_rows),
        cmocka_unit_test(a_chunk_has_gaps_but_not_wide_ones),
        cmocka_unit_test(through_the_soak),
        cmocka_unit_test(names_and_back),
        cmocka_unit_test(a_record_and_back),
        cmocka_unit_test(the_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
