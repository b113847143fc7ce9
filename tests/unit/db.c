/* SPDX-License-Identifier: Apache-2.0 */
/* The run database: rows come back as they were put, one owner writes, and a handle whose write
 * failed is dead. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "db_fixture.h"

#include <signal.h>
#include <sys/resource.h>

static void check_bytes(Bytes found, const char *wanted)
{
    assert_int_equal(found.len, strlen(wanted));
    assert_memory_equal(found.bytes, wanted, found.len);
}

/* ---- rows come back ----------------------------------------------------- */

static int rows_seen; /* by a callback */

static FlowStatus see_run(void *context, const RunRow *row)
{
    const RunRow *put = context;
    rows_seen++;
    assert_int_equal(row->id, put->id);
    assert_true(digest_equal(&row->program, &put->program));
    assert_string_equal(row->flow, "Hello");
    assert_int_equal(row->origin, 0);
    assert_true(row->seed == UINT64_MAX - 5);
    check_bytes(row->params, "params");
    assert_int_equal(row->state, RUN_RUNNING);
    assert_string_equal(row->why, "");
    assert_int_equal(row->epoch, 1);
    assert_string_equal(row->owner, "host:1:2");
    assert_int_equal(row->beat, 11);
    assert_int_equal(row->began, 12);
    assert_int_equal(row->ended, 0);
    assert_string_equal(row->tags, "a,b");
    assert_string_equal(row->user, "me");
    return FLOW_OK;
}

static FlowStatus see_step(void *context, const StepRow *row)
{
    const StepRow *put = context;
    rows_seen++;
    assert_int_equal(row->run, put->run);
    assert_int_equal(row->step, 3);
    assert_string_equal(row->name, "work");
    assert_int_equal(row->domain, 1);
    assert_true(digest_equal(&row->meaning, &put->meaning));
    assert_true(row->is_in_loop);
    return FLOW_OK;
}

static FlowStatus see_chunk(void *context, const ChunkRow *row)
{
    const ChunkRow *put = context;
    rows_seen++;
    assert_int_equal(row->id, put->id);
    assert_int_equal(row->run, put->run);
    assert_int_equal(row->step, 3);
    assert_int_equal(row->round, 2);
    assert_int_equal(row->lo, put->lo);
    assert_int_equal(row->n, 2);
    check_bytes(row->mask, "\x03");
    check_bytes(row->way, "\x01\x02");
    check_bytes(row->tries, "triestri");
    check_bytes(row->caught, "\x01");
    assert_int_equal(row->worker, 4711);
    assert_int_equal(row->began, 100);
    assert_int_equal(row->ended, 200);
    check_bytes(row->log, "log");
    return FLOW_OK;
}

static FlowStatus see_seg(void *context, const SegRow *row)
{
    const SegRow *put = context;
    rows_seen++;
    assert_int_equal(row->run, put->run);
    assert_int_equal(row->domain, 2);
    assert_int_equal(row->lo, 50);
    assert_int_equal(row->n, 9);
    assert_int_equal(row->parent_chunk, put->parent_chunk);
    check_bytes(row->offsets, "offsets.");
    return FLOW_OK;
}

static FlowStatus see_col(void *context, const ColRow *row)
{
    const ColRow *put = context;
    assert_int_equal(row->chunk, put->chunk);
    if (rows_seen++ == 0) {
        assert_int_equal(row->artifact, 7);
        check_bytes(row->body, "body");
    } else {
        assert_int_equal(row->artifact, DB_COL_DURATIONS);
        assert_int_equal(row->body.len, 0);
        assert_true(digest_equal(&row->digest, &put->digest));
        assert_int_equal(row->blob_len, 70000);
    }
    return FLOW_OK;
}

static FlowStatus see_fail(void *context, const FailRow *row)
{
    const FailRow *put = context;
    rows_seen++;
    assert_int_equal(row->run, put->run);
    assert_int_equal(row->step, 3);
    assert_int_equal(row->ord, 6);
    assert_int_equal(row->round, 1);
    assert_int_equal(row->attempt, 2);
    assert_int_equal(row->why, WHY_TIMEOUT);
    assert_string_equal(row->message, "took too long");
    assert_string_equal(row->trace, "work, a.flow:3");
    assert_int_equal(row->pid, 99);
    check_bytes(row->log, "span");
    assert_int_equal(row->began, 5);
    assert_int_equal(row->ended, 6);
    return FLOW_OK;
}

static FlowStatus see_take(void *context, const TakeRow *row)
{
    const TakeRow *put = context;
    rows_seen++;
    assert_int_equal(row->run, put->run);
    assert_int_equal(row->step, 4);
    assert_int_equal(row->source_run, 1);
    return FLOW_OK;
}

static void saw(FlowStatus s, int count)
{
    ok(s);
    assert_int_equal(rows_seen, count);
    rows_seen = 0;
}

static void every_row_comes_back(void **state)
{
    (void)state;
    Db *db = open_store();
    RunRow run = new_run(db);
    StepRow step = {run.id, 3, "work", 1, digest_of("meaning"), true};
    ChunkRow chunk = chunk_of(&run, 40);
    FailRow fail = {
        run.id,           3, 6, 1, 2, WHY_TIMEOUT, "took too long", "work, a.flow:3", 99,
        bytes_of("span"), 5, 6};
    TakeRow take = {run.id, 4, 1};
    ok(db_begin(db, run.id, run.epoch, &err));
    ok(db_put_step(db, &step, &err));
    ok(db_put_chunk(db, &chunk, &err));
    SegRow seg = {run.id, 2, 50, 9, chunk.id, bytes_of("offsets.")};
    ColRow body = {.chunk = chunk.id, .artifact = 7, .body = bytes_of("body")};
    ColRow blob = {.chunk = chunk.id,
                   .artifact = DB_COL_DURATIONS,
                   .digest = digest_of("blob"),
                   .blob_len = 70000};
    ok(db_put_seg(db, &seg, &err));
    ok(db_put_col(db, &blob, &err));
    ok(db_put_col(db, &body, &err));
    ok(db_put_fail(db, &fail, &err));
    ok(db_put_take(db, &take, &err));
    ok(db_commit(db, &err));
    db_close(db);

    db = open_store();
    saw(db_each_step(db, run.id, see_step, &step, &err), 1);
    saw(db_each_chunk(db, run.id, see_chunk, &chunk, &err), 1);
    saw(db_each_seg(db, run.id, see_seg, &seg, &err), 1);
    saw(db_each_col(db, run.id, see_col, &blob, &err), 2);
    saw(db_each_fail(db, run.id, see_fail, &fail, &err), 1);
    saw(db_each_take(db, run.id, see_take, &take, &err), 1);
    saw(db_each_chunk(db, run.id + 1, see_chunk, &chunk, &err), 0);
    db_close(db);
}

static void a_run_comes_back(void **state)
{
    (void)state;
    Db *db = open_store();
    RunRow run = new_run(db);
    assert_int_equal(run.id, 1);
    saw(db_run_get(db, 1, see_run, &run, &err), 1);
    saw(db_each_run(db, see_run, &run, &err), 1);
    says(db_run_get(db, 2, see_run, &run, &err), FLOW_ENOENT, "there is no run 2");
    assert_int_equal(new_run(db).id, 2);
    db_close(db);
}

static void a_program_is_put_once_and_comes_back(void **state)
{
    (void)state;
    Db *db = open_store();
    FlowDigest digest = digest_of("program"), other = digest_of("other");
    Buffer record = {0};
    ok(db_program_put(db, &digest, "Hello", 1, bytes_of("record"), &err));
    ok(db_program_put(db, &digest, "Hello", 1, bytes_of("record"), &err));
    ok(db_program_get(db, &digest, &record, &err));
    check_bytes((Bytes){record.bytes, record.len}, "record");
    says(db_program_get(db, &other, &record, &err), FLOW_ENOENT, "does not know this program");
    buffer_free(&record);
    db_close(db);
}

static FlowStatus see_finished(void *context, const RunRow *row)
{
    (void)context;
    rows_seen++;
    assert_int_equal(row->state, RUN_FAILED);
    assert_string_equal(row->why, "1/work failed");
    assert_true(row->ended > 0);
    return FLOW_OK;
}

static void a_run_is_finished(void **state)
{
    (void)state;
    Db *db = open_store();
    RunRow run = new_run(db);
    ok(db_run_finish(db, run.id, run.epoch, RUN_FAILED, "1/work failed", &err));
    saw(db_run_get(db, run.id, see_finished, NULL, &err), 1);
    says(db_run_finish(db, run.id, 7, RUN_DONE, "", &err), FLOW_EBUSY, "taken over");
    db_close(db);
}

static void program_run_and_steps_are_one_commit(void **state)
{
    (void)state;
    Db *db = open_store();
    StepRow step = {1, 3, "work", 1, digest_of("meaning"), true};
    ok(db_begin(db, 0, 0, &err));
    RunRow run = new_run(db);
    ok(db_put_step(db, &step, &err));
    db_rollback(db);
    assert_int_equal(db_run_get(db, 1, see_run, &run, &err), FLOW_ENOENT);

    ok(db_begin(db, 0, 0, &err));
    run = new_run(db);
    ok(db_put_step(db, &step, &err));
    ok(db_commit(db, &err));
    saw(db_each_step(db, run.id, see_step, &step, &err), 1);
    saw(db_run_get(db, run.id, see_run, &run, &err), 1);
    db_close(db);
}

static FlowStatus stop_at_second(void *context, const ChunkRow *row)
{
    (void)context;
    (void)row;
    return ++rows_seen == 2 ? FLOW_FAIL : FLOW_OK;
}

static void a_callback_ends_the_reading(void **state)
{
    (void)state;
    Db *db = open_store();
    RunRow run = new_run(db);
    put_group(db, &run, 0, 5);
    assert_int_equal(db_each_chunk(db, run.id, stop_at_second, NULL, &err), FLOW_FAIL);
    assert_int_equal(rows_seen, 2);
    rows_seen = 0;
    db_close(db);
}

typedef struct Order {
    Db *db;
    int64_t run, last;
    unsigned count;
} Order;

static FlowStatus see_in_order(void *context, const ChunkRow *row)
{
    Order *order = context;
    assert_true(row->id > order->last);
    assert_int_equal(row->run, order->run);
    order->last = row->id;
    order->count++;
    return FLOW_OK;
}

static FlowStatus read_again(void *context, const ChunkRow *row)
{
    Order *outer = context, inner = {outer->db, row->run, 0, 0};
    outer->count++;
    ok(db_each_chunk(outer->db, row->run, see_in_order, &inner, &err));
    assert_int_equal(inner.count, 4);
    return FLOW_OK;
}

static void chunks_of_two_runs_come_apart_in_order(void **state)
{
    (void)state;
    Db *db = open_store();
    RunRow a = new_run(db), b = new_run(db);
    for (unsigned i = 0; i < 4; i++) { /* the later rows first */
        put_group(db, &a, 100 - 2 * i, 1);
        put_group(db, &b, 100 - 2 * i, 1);
    }
    Order order = {db, b.id, 0, 0};
    ok(db_each_chunk(db, b.id, see_in_order, &order, &err));
    assert_int_equal(order.count, 4);
    Order nested = {db, a.id, 0, 0};
    ok(db_each_chunk(db, a.id, read_again, &nested, &err));
    assert_int_equal(nested.count, 4);
    db_close(db);
}

static void a_view_stands_still(void **state)
{
    (void)state;
    Db *writer = open_store(), *reader = open_store();
    RunRow run = new_run(writer);
    put_group(writer, &run, 0, 2);
    ok(db_read_begin(reader, &err));
    assert_int_equal(count_chunks(reader, run.id), 2);
    put_group(writer, &run, 10, 3);
    assert_int_equal(count_chunks(reader, run.id), 2);
    db_read_end(reader);
    assert_int_equal(count_chunks(reader, run.id), 5);
    db_close(reader);
    db_close(writer);
}

/* ---- columns ------------------------------------------------------------ */

static Buffer column_of(uint64_t n)
{
    Buffer bytes = {0};
    ok(column_write_range(&bytes, n, 10, 2));
    return bytes;
}

static int64_t put_col(Db *db, const RunRow *run, ColRow col)
{
    ChunkRow chunk = chunk_of(run, 0);
    ok(db_begin(db, run->id, run->epoch, &err));
    ok(db_put_chunk(db, &chunk, &err));
    col.chunk = chunk.id;
    col.artifact = 7;
    ok(db_put_col(db, &col, &err));
    ok(db_commit(db, &err));
    return chunk.id;
}

static void a_column_is_loaded_from_its_row(void **state)
{
    (void)state;
    Db *db = open_store();
    RunRow run = new_run(db);
    Buffer column = column_of(5), raw = {0};
    int64_t chunk = put_col(db, &run, (ColRow){.body = {column.bytes, column.len}});
    LoadedCol col;
    FlowDigest digest;
    uint64_t blob_len;
    ok(db_load_col(db, chunk, 7, &col, &err));
    assert_int_equal(col.column.n, 5);
    assert_int_equal(column_cell(&col.column, 4).fixed, 18);
    db_col_free(&col);
    ok(db_load_col_raw(db, chunk, 7, &raw, &digest, &blob_len, &err));
    assert_int_equal(raw.len, column.len);
    assert_memory_equal(raw.bytes, column.bytes, raw.len);
    says(db_load_col(db, chunk, 8, &col, &err), FLOW_ENOENT, "there is no column 8 of chunk 1");
    buffer_free(&raw);
    buffer_free(&column);
    db_close(db);
}

static void a_column_is_mapped_from_its_blob(void **state)
{
    (void)state;
    Db *db = open_store();
    RunRow run = new_run(db);
    Buffer column = column_of(9), raw = {0};
    ColRow row = {.blob_len = column.len};
    ok(blob_put(db_blobs_dir(db), column.bytes, column.len, &row.digest, &err));
    int64_t chunk = put_col(db, &run, row);
    LoadedCol col;
    FlowDigest digest;
    uint64_t blob_len;
    ok(db_load_col(db, chunk, 7, &col, &err));
    assert_non_null(col.mapped);
    assert_int_equal(column_cell(&col.column, 8).fixed, 26);
    db_col_free(&col);
    ok(db_load_col_raw(db, chunk, 7, &raw, &digest, &blob_len, &err));
    assert_int_equal(raw.len, 0);
    assert_true(digest_equal(&digest, &row.digest));
    assert_int_equal(blob_len, column.len);
    buffer_free(&raw);
    buffer_free(&column);
    db_close(db);
}

static void a_column_that_is_no_column_is_refused(void **state)
{
    (void)state;
    Db *db = open_store();
    RunRow run = new_run(db);
    int64_t chunk = put_col(db, &run, (ColRow){.body = bytes_of("neither kind nor count")});
    LoadedCol col;
    says(db_load_col(db, chunk, 7, &col, &err), FLOW_EFORMAT, "column 7 of chunk 1");
    db_close(db);
}

static void a_column_whose_blob_is_gone_is_refused(void **state)
{
    (void)state;
    Db *db = open_store();
    RunRow run = new_run(db);
    int64_t chunk = put_col(db, &run, (ColRow){.digest = digest_of("gone"), .blob_len = 80});
    LoadedCol col;
    says(db_load_col(db, chunk, 7, &col, &err), FLOW_ENOENT, "is missing from the store");
    db_close(db);
}

/* ---- one owner ---------------------------------------------------------- */

static void a_run_that_was_taken_over_is_left_alone(void **state)
{
    (void)state;
    Db *old = open_store(), *new = open_store();
    RunRow run = new_run(old);
    put_group(old, &run, 0, 1);
    int64_t epoch;
    ok(db_run_take_over(new, run.id, "other:1:1", &epoch, &err));
    assert_int_equal(epoch, 2);
    says(db_begin(old, run.id, run.epoch, &err), FLOW_EBUSY,
         "run 1 was taken over by another process");
    RunRow taken = run;
    taken.epoch = epoch;
    put_group(new, &taken, 10, 1);
    assert_int_equal(count_chunks(old, run.id), 2);
    says(db_run_take_over(new, 9, "other:1:1", &epoch, &err), FLOW_ENOENT, "no run 9");
    db_close(old);
    db_close(new);
}

enum { WRITERS = 3, GROUPS = 40, GROUP_CHUNKS = 20 };

/* What a child of the next test does; its exit code says whether all went well. */
static int write_groups(void)
{
    Db *db;
    RunRow run = {.program = digest_of("program"), .state = RUN_RUNNING};
    if (db_open(store, true, &db, &err) != FLOW_OK ||
        db_program_put(db, &run.program, "Hello", 1, bytes_of("record"), &err) != FLOW_OK ||
        db_run_new(db, &run, &err) != FLOW_OK)
        return 1;
    for (unsigned group = 0; group < GROUPS; group++) {
        FlowStatus s = db_begin(db, run.id, run.epoch, &err);
        for (unsigned i = 0; s == FLOW_OK && i < GROUP_CHUNKS; i++) {
            ChunkRow chunk = chunk_of(&run, 2 * (group * GROUP_CHUNKS + i));
            s = db_put_chunk(db, &chunk, &err);
            ColRow col = {.chunk = chunk.id, .artifact = 7, .body = bytes_of("body")};
            if (s == FLOW_OK)
                s = db_put_col(db, &col, &err);
        }
        if (s != FLOW_OK || db_commit(db, &err) != FLOW_OK)
            return 1;
    }
    db_close(db);
    return 0;
}

static void processes_make_and_write_a_store_at_once(void **state)
{
    (void)state;
    pid_t children[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            int code = write_groups();
            if (code != 0)
                fprintf(stderr, "%s\n", err.message);
            _exit(code);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    Db *db = open_store();
    for (int i = 1; i <= WRITERS; i++)
        assert_int_equal(count_chunks(db, i), GROUPS * GROUP_CHUNKS);
    assert_int_equal(count_chunks(db, WRITERS + 1), 0);
    db_close(db);
}

static void a_killed_writer_leaves_whole_groups(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(write_groups());
        usleep(1000 + 3000 * (unsigned)i);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        Db *db = open_store();
        for (int run = 1; run <= i + 1; run++)
            assert_int_equal(count_chunks(db, run) % GROUP_CHUNKS, 0);
        db_close(db);
    }
}

/* ---- a handle dies ------------------------------------------------------ */

static void check_dead(Db *db, const RunRow *run, FlowStatus status, const char *words)
{
    unsigned count = 0;
    int64_t epoch;
    ChunkRow chunk = chunk_of(run, 500);
    says(db_begin(db, run->id, run->epoch, &err), status, words);
    says(db_put_chunk(db, &chunk, &err), status, words);
    says(db_commit(db, &err), status, words);
    says(db_run_take_over(db, run->id, "x:1:1", &epoch, &err), status, words);
    says(db_each_chunk(db, run->id, count_chunk, &count, &err), status, words);
    db_close(db);
    db = open_store();
    assert_int_equal(count_chunks(db, run->id), 1);
    db_close(db);
}

static void a_full_disk_ends_the_handle(void **state)
{
    (void)state;
    Db *db = open_store();
    RunRow run = new_run(db);
    put_group(db, &run, 0, 1);
    assert_int_equal(sqlite3_exec(db->sqlite, "PRAGMA max_page_count=1", NULL, NULL, NULL), 0);
    ok(db_begin(db, run.id, run.epoch, &err));
    FlowStatus s = FLOW_OK;
    for (unsigned i = 1; s == FLOW_OK && i < 10000; i++) {
        ChunkRow chunk = chunk_of(&run, 2 * i);
        s = db_put_chunk(db, &chunk, &err);
    }
    says(s, FLOW_EIO, "the disk is full");
    check_dead(db, &run, FLOW_EIO, "the disk is full");
}

static void a_commit_that_cannot_be_written_ends_the_handle(void **state)
{
    (void)state;
    Db *db = open_store();
    RunRow run = new_run(db);
    put_group(db, &run, 0, 1);
    struct rlimit limit, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = 4096;
    signal(SIGXFSZ, SIG_IGN);
    ok(db_begin(db, run.id, run.epoch, &err));
    ChunkRow chunk = chunk_of(&run, 10);
    ok(db_put_chunk(db, &chunk, &err));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    FlowStatus s = db_commit(db, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    says(s, FLOW_EIO, store);
    char first[sizeof err.message];
    memcpy(first, err.message, sizeof first);
    check_dead(db, &run, FLOW_EIO, first);
}

static void a_chunk_that_is_there_already_is_refused(void **state)
{
    (void)state;
    Db *db = open_store();
    RunRow run = new_run(db);
    put_group(db, &run, 0, 1);
    ok(db_begin(db, run.id, run.epoch, &err));
    ChunkRow chunk = chunk_of(&run, 0);
    says(db_put_chunk(db, &chunk, &err), FLOW_EFORMAT, "holds this already");
    check_dead(db, &run, FLOW_EFORMAT, "holds this already");
}

/* ---- owners ------------------------------------------------------------- */

static void an_owner_lives_as_long_as_its_process(void **state)
{
    (void)state;
    char owner[400], other[500];
    db_owner_self(owner, sizeof owner);
    assert_true(db_owner_lives(owner));
    snprintf(other, sizeof other, "%s1", owner); /* began at another time */
    assert_false(db_owner_lives(other));
    snprintf(other, sizeof other, "x%s", owner);
    assert_true(db_owner_lives(other));
    assert_false(db_owner_lives(""));
    assert_false(db_owner_lives("nonsense"));
    assert_false(db_owner_lives("a:b:c"));
}

static void a_dead_process_owns_nothing(void **state)
{
    (void)state;
    int ends[2];
    char owner[400] = {0};
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        db_owner_self(owner, sizeof owner);
        _exit(write(ends[1], owner, sizeof owner) == sizeof owner ? 0 : 1);
    }
    assert_int_equal(read(ends[0], owner, sizeof owner), sizeof owner);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_false(db_owner_lives(owner)); /* a zombie */
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_false(db_owner_lives(owner));
    close(ends[0]);
    close(ends[1]);
}

static void causes_have_names(void **state)
{
    (void)state;
    assert_string_equal(why_name(WHY_NONE), "");
    assert_string_equal(why_name(WHY_MEMORY), "out of memory");
    assert_string_equal(why_name(WHY_TIMEOUT), "timed out");
    assert_string_equal(why_name((Why)99), "unknown");
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(every_row_comes_back),
        IN_FOLDER(a_program_is_put_once_and_comes_back),
        IN_FOLDER(a_run_comes_back),
        IN_FOLDER(a_run_is_finished),
        IN_FOLDER(program_run_and_steps_are_one_commit),
        IN_FOLDER(a_callback_ends_the_reading),
        IN_FOLDER(chunks_of_two_runs_come_apart_in_order),
        IN_FOLDER(a_view_stands_still),
        IN_FOLDER(a_column_is_loaded_from_its_row),
        IN_FOLDER(a_column_is_mapped_from_its_blob),
        IN_FOLDER(a_column_that_is_no_column_is_refused),
        IN_FOLDER(a_column_whose_blob_is_gone_is_refused),
        IN_FOLDER(a_run_that_was_taken_over_is_left_alone),
        IN_FOLDER(processes_make_and_write_a_store_at_once),
        IN_FOLDER(a_killed_writer_leaves_whole_groups),
        IN_FOLDER(a_full_disk_ends_the_handle),
        IN_FOLDER(a_commit_that_cannot_be_written_ends_the_handle),
        IN_FOLDER(a_chunk_that_is_there_already_is_refused),
        cmocka_unit_test(an_owner_lives_as_long_as_its_process),
        cmocka_unit_test(a_dead_process_owns_nothing),
        cmocka_unit_test(causes_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
