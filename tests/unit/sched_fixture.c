/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "sched_fixture.h"

#include <ftw.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backends/block.h"
#include "os/memory.h"
#include "sched/params.h"
#include "value/codec.h"

char fixture_store[64], fixture_lines[2000];
static char root[64];
static FlowError err;

static void ok(FlowStatus s)
{
    if (s != FLOW_OK)
        fail_msg("status %d: %s", s, err.message);
}

int fixture_set_up(void **state)
{
    (void)state;
    strcpy(root, "/tmp/flow-sched-XXXXXX");
    if (!mkdtemp(root))
        return -1;
    snprintf(fixture_store, sizeof fixture_store, "%.40s/.flow", root);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

int fixture_tear_down(void **state)
{
    (void)state;
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- the fake backend ------------------------------------------------------ */

typedef struct FakeChunk {
    ChunkSpec spec;
    uint8_t *block;
} FakeChunk;

typedef struct Fake {
    Backend base;
    Flight *flight;
    Run *run;
    Db *db;
    uv_idle_t idle;
    FakeChunk chunks[64];
    size_t count;
    uint64_t random;
    bool is_cancelled, is_closed;
} Fake;

/* What a row reads, field by field. */
typedef struct Reading {
    Block block;
    const FlowStep *step;
    BlockCursor levels[16], fields[FAKE_SLOTS][FAKE_FIELDS];
} Reading;

static const FlowType *field_type(const Fake *f, const FlowSlot *slot, uint16_t i)
{
    return f->flight->program->artifacts[slot->fields[i].artifact].type;
}

static int64_t number_of(const FlowType *type, const Cell *cell)
{
    int64_t value[8] = {0};
    if (!cell->is_present)
        return 0;
    if (value_is_fixed(type))
        return cell->fixed;
    ok(value_decode(type, cell->bytes, cell->len, value, &err));
    int64_t number = type->kind == FLOW_OPTION ? value[type->fields[0].offset / 8] : 0;
    bool is_number = type->kind == FLOW_OPTION && value_is_fixed(type->item);
    flow_value_release(type, value);
    return is_number ? number : 1;
}

static void open_reading(Fake *f, const FakeChunk *c, Reading *r)
{
    const FlowStep *step = &f->flight->program->steps[c->spec.step];
    r->step = step;
    ok(block_open(c->block, c->spec.block.len, c->spec.n, step->slot_count, db_blobs_dir(f->db),
                  &r->block, &err));
    for (uint32_t i = 0; i < r->block.header->level_count; i++)
        r->levels[i] = block_cursor(&r->block, i);
    for (uint16_t k = 0; k < step->slot_count; k++)
        for (uint32_t i = 0; i < r->block.slots[k].field_count; i++)
            r->fields[k][i] = block_cursor(&r->block, r->block.slots[k].field + i);
}

static void read_elements(Fake *f, Reading *r, uint16_t k, uint64_t at, FakeRow *row)
{
    const uint64_t *offsets = r->block.offsets + r->block.slots[k].offset + at;
    row->count[k] = offsets[1] - offsets[0];
    for (uint16_t i = 0; i < r->step->slots[k].field_count; i++)
        for (uint64_t e = 0; e < row->count[k]; e++) {
            Cell cell = block_next(&r->fields[k][i]);
            row->absent[k][i] += !cell.is_present;
            row->field[k][i] +=
                (int64_t)(e + 1) * number_of(field_type(f, &r->step->slots[k], i), &cell);
        }
}

static void read_row(Fake *f, Reading *r, uint64_t at, FakeRow *row)
{
    row->levels = r->block.header->level_count;
    for (uint32_t i = 0; i < row->levels; i++)
        row->path[i] = (uint64_t)block_next(&r->levels[i]).fixed;
    for (uint16_t k = 0; k < r->step->slot_count; k++) {
        const FlowSlot *slot = &r->step->slots[k];
        if (slot->kind == FLOW_SLOT_INPUTS) {
            read_elements(f, r, k, at, row);
            continue;
        }
        for (uint16_t i = 0; i < slot->field_count; i++) {
            Cell cell = block_next(&r->fields[k][i]);
            row->absent[k][i] = !cell.is_present;
            row->field[k][i] = number_of(field_type(f, slot, i), &cell);
        }
        row->value[k] = row->field[k][0];
    }
}

typedef struct Maybe {
    bool some;
    int64_t value;
} Maybe;

static Cell keep_cell(const FlowType *type, int64_t number, Buffer *room)
{
    Cell cell = {.is_present = true, .fixed = number};
    if (value_is_fixed(type))
        return cell;
    size_t from = room->len;
    ok(value_encode(type, &(Maybe){true, number}, room, &err));
    return (Cell){.is_present = true, .bytes = room->bytes + from, .len = room->len - from};
}

static void say_done(Fake *f, const ChunkSpec *spec, const FakeRow *row, const FakeReply *reply)
{
    const FlowProgram *p = f->flight->program;
    const FlowStep *step = &p->steps[spec->step];
    const FlowEdge *edge = step->edge_count ? &step->edges[reply->way] : NULL;
    FrameDone frame = {.ord = row->ord,
                       .way = reply->way,
                       .began = 1000,
                       .duration = reply->duration ? reply->duration : 1000};
    Cell cells[FAKE_KEEPS];
    FrameColumn columns[4] = {{0}};
    Buffer rooms[FAKE_KEEPS] = {{0}}, bodies[4] = {{0}};
    const uint8_t *starts[4] = {0};
    frame.cell_count = edge ? edge->carried : step->keep_count;
    for (uint32_t k = 0; k < frame.cell_count; k++)
        cells[k] = keep_cell(p->artifacts[step->keeps[k]].type, reply->keep[k], &rooms[k]);
    if (edge && edge->kind == FLOW_EDGE_FOREACH) {
        frame.fan_count = reply->fan_count;
        frame.column_count = p->domains[edge->domain].item_count;
        for (uint32_t i = 0; i < frame.column_count; i++) {
            ok(column_write_range(&bodies[i], reply->fan_count, reply->fan_start, reply->fan_step));
            columns[i].len = bodies[i].len;
            starts[i] = bodies[i].bytes;
        }
    }
    RowDone done = {&frame, cells, columns, starts};
    run_backend_events.row_done(spec->ctx, &done);
    for (int i = 0; i < 4; i++) {
        buffer_free(&rooms[i]);
        buffer_free(&bodies[i]);
    }
}

static void say_failed(const ChunkSpec *spec, const FakeRow *row, Why why)
{
    static const char text[] = "it went wrong";
    RowFail fail = {.ord = row->ord,
                    .why = why,
                    .message = {(const uint8_t *)text, sizeof text - 1},
                    .trace = {(const uint8_t *)"  at work (x.flow:3)", 20},
                    .began = 1000,
                    .duration = 10,
                    .line = 3,
                    .pid = 77};
    run_backend_events.row_failed(spec->ctx, &fail);
}

static uint64_t nth_row(const Block *b, uint64_t lo, uint64_t i)
{
    if (b->header->row_run_count == 0)
        return lo + i;
    const RowRun *run = b->rows;
    while (i >= run->n)
        i -= run++->n;
    return run->lo + i;
}

static void perform(Fake *f, FakeChunk *c)
{
    Reading r;
    Flight *flight = f->flight;
    open_reading(f, c, &r);
    run_backend_events.started(c->spec.ctx, 77);
    for (uint64_t i = 0; i < c->spec.n && !f->is_cancelled; i++) {
        FakeRow row = {.step = c->spec.step,
                       .round = c->spec.round,
                       .attempt = c->spec.attempt,
                       .ord = nth_row(&r.block, c->spec.lo, i)};
        FakeReply reply = {0};
        read_row(f, &r, i, &row);
        flight->bodies[c->spec.step](&row, &reply);
        flight->rows++;
        if (flight->cancel_after > 0 && flight->rows == (uint64_t)flight->cancel_after) {
            run_cancel(f->run, 15);
            break;
        }
        if (reply.fails == WHY_NONE) {
            say_done(f, &c->spec, &row, &reply);
            continue;
        }
        say_failed(&c->spec, &row, reply.fails);
        if (reply.fails != WHY_FAILED)
            break;
    }
    block_close(&r.block);
    flight->chunks++;
    os_free(c->block);
    void *ctx = c->spec.ctx;
    run_backend_events.ended(ctx, "");
}

static uint32_t fake_room(Backend *b)
{
    return 64 - (uint32_t)((Fake *)b)->count;
}

static void on_idle(uv_idle_t *idle)
{
    Fake *f = idle->data;
    if (f->count == 0)
        return;
    f->random = f->random * 6364136223846793005u + 1442695040888963407u;
    size_t i = (f->random >> 33) % f->count;
    FakeChunk c = f->chunks[i];
    f->chunks[i] = f->chunks[--f->count];
    perform(f, &c);
}

/* No two that run side by side have a device in common. */
static void check_gpus(const Fake *f)
{
    uint64_t all = 0;
    for (size_t i = 0; i < f->count; i++) {
        assert_int_equal(all & f->chunks[i].spec.gpus, 0);
        all |= f->chunks[i].spec.gpus;
    }
    uint64_t count = (uint64_t)__builtin_popcountll(all);
    if (count > f->flight->most_gpus)
        f->flight->most_gpus = count;
}

static FlowStatus fake_submit(Backend *b, const ChunkSpec *spec, FlowError *e)
{
    Fake *f = (Fake *)b;
    (void)e;
    FakeChunk c = {.spec = *spec};
    c.block = aligned_alloc(64, (spec->block.len + 63) / 64 * 64);
    memcpy(c.block, spec->block.bytes, spec->block.len);
    if (f->flight->seed == 0) {
        perform(f, &c);
        return FLOW_OK;
    }
    f->chunks[f->count++] = c;
    if (f->count > f->flight->most_running)
        f->flight->most_running = f->count;
    check_gpus(f);
    return FLOW_OK;
}

static void fake_cancel(Backend *b)
{
    Fake *f = (Fake *)b;
    f->is_cancelled = true;
}

static void fake_close(Backend *b)
{
    Fake *f = (Fake *)b;
    assert_int_equal(f->count, 0);
    f->is_closed = true;
    if (f->flight->seed)
        uv_close((uv_handle_t *)&f->idle, NULL);
}

static const BackendOps fake_ops = {"fake", fake_room, fake_submit, fake_cancel, fake_close};

/* ---- observing ------------------------------------------------------------------ */

static void on_done(void *ctx, const Chunk *chunk)
{
    Flight *f = ctx;
    assert_true(chunk->id > 0);
    for (uint64_t i = 0; i < chunk->n; i++)
        f->done_rows += chunk_has(chunk, chunk->lo + i);
}

static void on_failed(void *ctx, const FailRow *fail, RunNext next, int64_t delay)
{
    Flight *f = ctx;
    (void)delay;
    assert_true(fail->attempt > 0);
    f->failed_rows++;
    f->retried += next == RUN_RETRIES;
    f->caught += next == RUN_CAUGHT;
    f->given_up += next == RUN_GIVES_UP;
}

static void on_warning(void *ctx, const char *text)
{
    snprintf(((Flight *)ctx)->warning, 1000, "%s", text);
}

static const RunObserver observer = {.done = on_done, .failed = on_failed, .warning = on_warning};

/* ---- flights ---------------------------------------------------------------------- */

static void execute(Flight *f, Db *db, int64_t run, int64_t epoch, Bytes params)
{
    uv_loop_t loop;
    Run *r;
    assert_int_equal(uv_loop_init(&loop), 0);
    Fake fake = {.base.ops = &fake_ops, .flight = f, .db = db, .random = f->seed};
    RunOptions options = {.program = f->program,
                          .db = db,
                          .loop = &loop,
                          .run = run,
                          .epoch = epoch,
                          .seed = 1,
                          .params = params,
                          .max_workers = f->workers,
                          .max_num_splits = f->max_splits,
                          .chunk = f->chunk,
                          .observer = &observer,
                          .observer_ctx = f};
    ok(run_new(&options, &r, &err));
    fake.run = r;
    if (f->seed) {
        uv_idle_init(&loop, &fake.idle);
        fake.idle.data = &fake;
        uv_idle_start(&fake.idle, on_idle);
    }
    ok(run_execute(r, &fake.base, &f->result, &err));
    assert_true(fake.is_closed);
    run_free(r);
    while (uv_run(&loop, UV_RUN_NOWAIT))
        ;
    assert_int_equal(uv_loop_close(&loop), 0);
    f->run = run;
}

static void forget_counts(Flight *f)
{
    f->rows = f->chunks = f->done_rows = f->failed_rows = f->retried = f->caught = f->given_up = 0;
}

void fly(Flight *f)
{
    Db *db;
    Buffer params = {0};
    int64_t run, epoch;
    forget_counts(f);
    ok(db_open(fixture_store, true, &db, &err));
    ok(params_build(f->program, NULL, (Bytes){0}, &params, &err));
    RunStart start = {.program = f->program, .seed = 1, .params = {params.bytes, params.len}};
    ok(run_create(db, &start, &run, &epoch, &err));
    execute(f, db, run, epoch, (Bytes){params.bytes, params.len});
    buffer_free(&params);
    db_close(db);
}

void fly_again(Flight *f, const char *from_step)
{
    Db *db;
    ResumePlan plan;
    int64_t run, epoch;
    forget_counts(f);
    ok(db_open(fixture_store, false, &db, &err));
    ok(resume_plan(db, f->program, 0, from_step, &plan, &err));
    fixture_lines[0] = '\0';
    for (size_t i = 0; i < plan.line_count; i++)
        snprintf(fixture_lines + strlen(fixture_lines),
                 sizeof fixture_lines - strlen(fixture_lines), "%s%s", i ? "\n" : "",
                 plan.lines[i]);
    ok(resume_create(db, &plan, "", "", &run, &epoch, &err));
    execute(f, db, run, epoch, (Bytes){plan.params.bytes, plan.params.len});
    resume_plan_free(&plan);
    db_close(db);
}

int64_t kept_value(const FlowProgram *program, int64_t run, uint32_t step, uint32_t artifact)
{
    Db *db;
    Ledger *l;
    LoadedCol col;
    ok(db_open(fixture_store, false, &db, &err));
    ok(ledger_new(program, run, &l, &err));
    ok(ledger_load(l, db, &err));
    Chunk *c = ledger_find(l, step, 0, UINT32_MAX);
    assert_non_null(c);
    ok(db_load_col(db, c->id, chunk_stored_artifact(c, artifact), &col, &err));
    Cell cell = column_cell(&col.column, 0);
    int64_t number = number_of(program->artifacts[artifact].type, &cell);
    db_col_free(&col);
    ledger_free(l);
    db_close(db);
    return number;
}

static void on_finding(void *ctx, const char *line)
{
    char *first = ctx;
    if (!first[0])
        snprintf(first, 1500, "%s", line);
}

void expect_sound_store(const FlowProgram *program)
{
    Db *db;
    CheckCounts counts;
    char first[1500] = "";
    ok(db_open(fixture_store, false, &db, &err));
    ok(store_check(db, program, on_finding, first, &counts, &err));
    db_close(db);
    if (first[0])
        fail_msg("%llu findings: %s", (unsigned long long)counts.findings, first);
}

/* ---- behind the store's back --------------------------------------------------------- */

static sqlite3 *open_raw(void)
{
    char path[100];
    sqlite3 *raw;
    snprintf(path, sizeof path, "%s/flow.db", fixture_store);
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    return raw;
}

void fixture_sql(const char *sql)
{
    sqlite3 *raw = open_raw();
    char *message = NULL;
    if (sqlite3_exec(raw, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
    sqlite3_close(raw);
}

static int64_t raw_number(const char *sql)
{
    sqlite3 *raw = open_raw();
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(raw);
    return number;
}

uint64_t stored_chunks(int64_t run)
{
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM chunk WHERE run = %lld", (long long)run);
    return (uint64_t)raw_number(sql);
}

void cut_run(int64_t run, uint64_t chunks)
{
    char sql[700];
    snprintf(sql, sizeof sql, "SELECT ifnull(min(id), 1) FROM chunk WHERE run = %lld",
             (long long)run);
    long long first = raw_number(sql), from = first + (long long)chunks;
    snprintf(sql, sizeof sql,
             "DELETE FROM col WHERE id >= %lld * 4096; DELETE FROM chunk WHERE id >= %lld;"
             "DELETE FROM seg WHERE run = %lld AND parent_chunk >= %lld;"
             "DELETE FROM fail WHERE run >= %lld; DELETE FROM run WHERE id > %lld;"
             "DELETE FROM step WHERE run > %lld; DELETE FROM take WHERE run > %lld;"
             "DELETE FROM seg WHERE run > %lld;"
             "UPDATE run SET state = 1, owner = 'nowhere', ended = 0 WHERE id = %lld;",
             from, from, (long long)run, from, (long long)run, (long long)run, (long long)run,
             (long long)run, (long long)run, (long long)run);
    fixture_sql(sql);
}
