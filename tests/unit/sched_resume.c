/* SPDX-License-Identifier: Apache-2.0 */
/* What a resumed run takes over, what it runs again, and that the answer is the same. */
#include "sched_fixture.h"

static int64_t undisturbed(Flight *f)
{
    fly(f);
    assert_int_equal(f->result.state, RUN_DONE);
    return kept_value(&soak_program, f->run, SOAK_END, SOAK_ANSWER);
}

/* Stored chunks are a prefix of the order of commit, wherever the process was killed. */
static void killed_after_every_commit(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 4; seed++) {
        Flight f = {.program = &soak_program,
                    .bodies = soak_bodies,
                    .seed = seed,
                    .chunk = seed == 3 ? 1 : 4};
        int64_t answer = undisturbed(&f), origin = f.run;
        uint64_t all = f.rows, chunks = stored_chunks(origin);
        for (uint64_t kept = chunks; kept + 1 > 0; kept -= seed == 3 ? 3 : 1) {
            cut_run(origin, kept);
            expect_sound_store(&soak_program);
            fly_again(&f, NULL);
            assert_int_equal(f.result.state, RUN_DONE);
            assert_true(f.rows <= all && (kept < chunks ? f.rows > 0 : f.rows == 0));
            assert_int_equal(kept_value(&soak_program, f.run, SOAK_END, SOAK_ANSWER), answer);
            expect_sound_store(&soak_program);
            if (kept < 3)
                break;
        }
    }
}

/* Each resume is killed, too: the next one takes over from all of them. */
static void killed_again_and_again(void **state)
{
    (void)state;
    Flight f = {.program = &soak_program, .bodies = soak_bodies, .seed = 7, .chunk = 2};
    int64_t answer = undisturbed(&f);
    uint64_t all = f.rows, done = 0;
    cut_run(f.run, 5);
    for (int i = 0; i < 8; i++) {
        fly_again(&f, NULL);
        assert_int_equal(kept_value(&soak_program, f.run, SOAK_END, SOAK_ANSWER), answer);
        assert_true(f.rows < all);
        cut_run(f.run, 6);
        done += 6;
    }
    fly_again(&f, NULL);
    assert_true(f.rows <= all - done);
    assert_int_equal(kept_value(&soak_program, f.run, SOAK_END, SOAK_ANSWER), answer);
    expect_sound_store(&soak_program);
}

/* ---- a changed program -------------------------------------------------------------- */

static FlowStep changed_steps[SOAK_STEPS];
static FlowProgram changed_program;

static void change(void)
{
    memcpy(changed_steps, soak_program.steps, sizeof changed_steps);
    changed_program = soak_program;
    changed_program.steps = changed_steps;
    changed_program.digest.bytes[5]++;
}

static void a_changed_step_runs_again_with_what_follows(void **state)
{
    (void)state;
    fan_width = 10;
    Flight f = {.program = &fan_program, .bodies = fan_bodies, .seed = 2};
    fly(&f);
    fan_program.digest.bytes[3]++;
    fan_steps[FAN_WORK].meaning.bytes[7]++;
    fly_again(&f, NULL);
    assert_string_equal(fixture_lines, "step `work` changed: it and `gather`, `end` run again");
    assert_int_equal(f.rows, 12);
    assert_int_equal(f.result.state, RUN_DONE);
    expect_sound_store(&fan_program);
    fan_program.digest.bytes[3]++;
    fan_steps[FAN_END].meaning.bytes[7]++;
    fly_again(&f, NULL);
    assert_string_equal(fixture_lines, "step `end` changed: it runs again");
    assert_int_equal(f.rows, 1);
    fly_again(&f, "gather");
    assert_string_equal(fixture_lines, "step `gather` was named: it and `end` run again");
    assert_int_equal(f.rows, 2);
    expect_sound_store(&fan_program);
}

/* Everything in a loop lies downstream of itself. */
static void a_changed_step_in_a_loop(void **state)
{
    (void)state;
    Flight f = {.program = &soak_program, .bodies = soak_bodies, .seed = 2};
    int64_t answer = undisturbed(&f);
    uint64_t all = f.rows;
    change();
    changed_steps[SOAK_EVEN].meaning.bytes[4]++;
    f.program = &changed_program;
    fly_again(&f, NULL);
    assert_int_equal(f.rows, all);
    assert_int_equal(kept_value(&changed_program, f.run, SOAK_END, SOAK_ANSWER), answer);
    expect_sound_store(&changed_program);
}

/* Another artifact before the others moves all their numbers; what was stored is found by name. */
static void numbers_may_move(void **state)
{
    (void)state;
    static const FlowArtifact artifacts[SOAK_ARTIFACTS] = {
        {"another", &flow_type_int, FLOW_ARTIFACT_KEPT},
    };
    static FlowArtifact moved[SOAK_ARTIFACTS + 1];
    Flight f = {.program = &soak_program, .bodies = soak_bodies, .seed = 2, .chunk = 3};
    int64_t answer = undisturbed(&f);
    cut_run(f.run, stored_chunks(f.run) / 2);
    change();
    moved[0] = artifacts[0];
    /* the same flow with each artifact one number further on */
    memcpy(moved + 1, soak_program.artifacts, SOAK_ARTIFACTS * sizeof *moved);
    static uint16_t numbers[SOAK_STEPS][FAKE_KEEPS];
    static FlowSlot slots[SOAK_STEPS][FAKE_SLOTS];
    static FlowRead reads[SOAK_STEPS][FAKE_SLOTS][FAKE_FIELDS];
    static FlowDomain domains[3];
    static uint16_t items[3];
    for (int s = 0; s < SOAK_STEPS; s++) {
        FlowStep *step = &changed_steps[s];
        for (int k = 0; k < step->keep_count; k++)
            numbers[s][k] = (uint16_t)(step->keeps[k] + 1);
        for (int k = 0; k < step->slot_count; k++) {
            slots[s][k] = step->slots[k];
            for (int i = 0; i < slots[s][k].field_count; i++) {
                reads[s][k][i] = slots[s][k].fields[i];
                reads[s][k][i].artifact++;
            }
            slots[s][k].fields = reads[s][k];
        }
        step->keeps = numbers[s];
        step->slots = slots[s];
    }
    for (int d = 0; d < 3; d++) {
        domains[d] = soak_program.domains[d];
        items[d] = d ? (uint16_t)(domains[d].items[0] + 1) : 0;
        domains[d].items = &items[d];
    }
    changed_program.domains = domains;
    changed_program.artifacts = moved;
    changed_program.artifact_count++;
    f.program = &changed_program;
    fly_again(&f, NULL);
    assert_string_equal(fixture_lines, "");
    assert_int_equal(f.result.state, RUN_DONE);
    assert_int_equal(kept_value(&changed_program, f.run, SOAK_END, SOAK_ANSWER + 1), answer);
    expect_sound_store(&changed_program);
}

static const uint16_t to_end[] = {SOAK_END}, no_branch[] = {0};
static const FlowEdge straight[] = {
    {.kind = FLOW_EDGE_NEXT,
     .targets = to_end,
     .target_count = 1,
     .branches = no_branch,
     .carried = 1},
    {.kind = FLOW_EDGE_NEXT,
     .targets = to_end,
     .target_count = 1,
     .branches = no_branch,
     .carried = 1},
};

static void another_way_to_a_step(void **state)
{
    (void)state;
    Flight f = {.program = &soak_program, .bodies = soak_bodies, .seed = 2};
    fly(&f);
    change();
    changed_steps[SOAK_BOTH].edges = straight;
    f.program = &changed_program;
    fly_again(&f, NULL);
    assert_non_null(strstr(fixture_lines, "step `start` is reached in another way now: it and "));
    assert_int_equal(f.result.state, RUN_DONE);
}

/* ---- refusals ----------------------------------------------------------------------------- */

static FlowStatus plan(int64_t origin, const char *from, FlowError *why)
{
    Db *db;
    ResumePlan p;
    FlowStatus s = db_open(fixture_store, true, &db, why);
    assert_int_equal(s, FLOW_OK);
    s = resume_plan(db, &fan_program, origin, from, &p, why);
    if (s == FLOW_OK)
        resume_plan_free(&p);
    db_close(db);
    return s;
}

static void refused(void **state)
{
    (void)state;
    FlowError why;
    char sql[400], self[256];
    assert_int_equal(plan(0, NULL, &why), FLOW_ENOENT);
    assert_non_null(strstr(why.message, "no run of Fan in this store"));
    Flight f = {.program = &fan_program, .bodies = fan_bodies, .seed = 2};
    fly(&f);
    assert_int_equal(plan(7, NULL, &why), FLOW_EUSAGE);
    assert_int_equal(plan(0, "wrok", &why), FLOW_EUSAGE);
    Flight g = {.program = &soak_program, .bodies = soak_bodies, .seed = 2};
    fly(&g);
    assert_int_equal(plan(g.run, NULL, &why), FLOW_EUSAGE);
    assert_int_equal(plan(0, NULL, &why), FLOW_OK);
    db_owner_self(self, sizeof self);
    snprintf(sql, sizeof sql, "UPDATE run SET state = 1, owner = '%s' WHERE id = 1", self);
    fixture_sql(sql);
    assert_int_equal(plan(0, NULL, &why), FLOW_EBUSY);
    assert_non_null(strstr(why.message, "run 1 is still running"));
}

/* ---- the check finds what is wrong -------------------------------------------------------- */

typedef struct Findings {
    int count;
    char first[1500];
} Findings;

static void on_finding(void *ctx, const char *line)
{
    Findings *f = ctx;
    if (f->count++ == 0)
        snprintf(f->first, sizeof f->first, "%s", line);
}

static void expect_finding(const char *sql, const char *text)
{
    Db *db;
    CheckCounts counts;
    FlowError why;
    Findings found = {0};
    Flight f = {.program = &soak_program, .bodies = soak_bodies, .seed = 2, .chunk = 2};
    void *state;
    assert_int_equal(fixture_set_up(&state), 0);
    fly(&f);
    fixture_sql(sql);
    assert_int_equal(db_open(fixture_store, false, &db, &why), FLOW_OK);
    assert_int_equal(store_check(db, &soak_program, on_finding, &found, &counts, &why), FLOW_OK);
    db_close(db);
    if (!strstr(found.first, text))
        fail_msg("%s: %d findings, the first: %s", sql, found.count, found.first);
    fixture_tear_down(&state);
}

static void the_check_finds_what_is_wrong(void **state)
{
    (void)state;
    expect_finding("DELETE FROM col WHERE id % 4096 = 4095 AND id / 4096 = 3",
                   "chunk 3 has no durations");
    expect_finding("DELETE FROM col WHERE id % 4096 = 4 AND id / 4096 = (SELECT min(id) FROM chunk "
                   "WHERE step = 3)",
                   "`v` of chunk");
    expect_finding("DELETE FROM col WHERE id / 4096 = 4", "chunk 4 has no columns");
    expect_finding("DELETE FROM seg WHERE domain = 2 AND lo = 0", "the rows of domain 2");
    expect_finding("DELETE FROM chunk WHERE id = 4", "not all that leads to it");
    expect_finding("UPDATE chunk SET n = n + 1 WHERE id = (SELECT max(id) FROM chunk)", "");
    expect_finding("UPDATE col SET body = x'0102030405060708' WHERE id = 4096 * 2 + 4095",
                   "cannot be read");
    expect_finding(
        "INSERT INTO chunk SELECT id + 100000, run, step, round, lo + 1, n, mask, way, tries, "
        "caught, worker, began, ended, log FROM chunk WHERE step = 3 AND n = 2 LIMIT 1",
        "done twice");
    expect_finding("UPDATE chunk SET way = x'63' WHERE step = 4", "took ways");
    expect_finding("DELETE FROM chunk WHERE step = 11", "`end` is not done");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_after_every_commit, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(killed_again_and_again, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_changed_step_runs_again_with_what_follows, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_changed_step_in_a_loop, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(numbers_may_move, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(another_way_to_a_step, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(refused, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(the_check_finds_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
