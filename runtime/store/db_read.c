/* SPDX-License-Identifier: Apache-2.0 */
/* db_read.c - reading rows back, one by one.
 *
 * Each reading prepares a statement of its own, so that a callback may read, too.  Chunks and
 * columns are found through the range of ids that the run's chunks span, which the unique index
 * tells without a look at the table: rows then come in the order of their ids, unsorted. */
#include <string.h>

#include "store/db_core.h"

/* ---- one reading -------------------------------------------------------- */

typedef struct Reader {
    Db *db;
    sqlite3_stmt *statement;
    int next;      /* column */
    bool is_sound; /* the columns so far are what they should be */
} Reader;

static FlowStatus reader_open(Db *db, const char *sql, int64_t run, Reader *r, FlowError *err)
{
    *r = (Reader){.db = db};
    FlowStatus s = db_check_alive(db, err);
    if (s != FLOW_OK)
        return s;
    int rc = sqlite3_prepare_v2(db->sqlite, sql, -1, &r->statement, NULL);
    if (rc == SQLITE_OK && sqlite3_bind_parameter_count(r->statement) > 0)
        rc = sqlite3_bind_int64(r->statement, 1, run);
    return rc == SQLITE_OK ? FLOW_OK : db_fail(db, rc, "read", err);
}

/* Whether there is another row; a failure goes to *s. */
static bool reader_next(Reader *r, FlowStatus *s, FlowError *err)
{
    if (*s != FLOW_OK)
        return false;
    int rc = sqlite3_step(r->statement);
    r->next = 0;
    r->is_sound = true;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        *s = db_fail(r->db, rc, "read", err);
    return rc == SQLITE_ROW;
}

static FlowStatus reader_damaged(const Reader *r, const char *what, FlowError *err)
{
    return flow_error(err, FLOW_EFORMAT,
                      "the store's database %s is damaged: a row of `%s` holds what was never "
                      "stored there; put a copy in its place, or name another store with --store "
                      "DIR",
                      r->db->path, what);
}

static FlowStatus reader_close(Reader *r, FlowStatus s)
{
    sqlite3_finalize(r->statement);
    return s;
}

static int64_t read_int(Reader *r)
{
    return sqlite3_column_int64(r->statement, r->next++);
}

/* A number that is not below zero and at most `most`. */
static uint64_t read_up_to(Reader *r, uint64_t most)
{
    int64_t number = read_int(r);
    if (number >= 0 && (uint64_t)number <= most)
        return (uint64_t)number;
    r->is_sound = false;
    return 0;
}

static uint32_t read_u32(Reader *r)
{
    return (uint32_t)read_up_to(r, UINT32_MAX);
}

static uint64_t read_u64(Reader *r)
{
    return read_up_to(r, INT64_MAX);
}

static const char *read_text(Reader *r)
{
    const unsigned char *text = sqlite3_column_text(r->statement, r->next++);
    return text ? (const char *)text : "";
}

static Bytes read_bytes(Reader *r)
{
    const void *bytes = sqlite3_column_blob(r->statement, r->next);
    int len = sqlite3_column_bytes(r->statement, r->next++);
    return (Bytes){bytes, bytes ? (size_t)len : 0};
}

static FlowDigest read_digest(Reader *r)
{
    FlowDigest digest = {{0}};
    Bytes bytes = read_bytes(r);
    if (bytes.len == sizeof digest.bytes)
        memcpy(digest.bytes, bytes.bytes, sizeof digest.bytes);
    else
        r->is_sound = false;
    return digest;
}

/* ---- a view that stands still ------------------------------------------- */

FlowStatus db_read_begin(Db *db, FlowError *err)
{
    FlowStatus s = db_check_alive(db, err);
    if (s != FLOW_OK)
        return s;
    int rc = sqlite3_exec(db->sqlite, "BEGIN", NULL, NULL, NULL);
    return rc == SQLITE_OK ? FLOW_OK : db_fail(db, rc, "read", err);
}

void db_read_end(Db *db)
{
    if (sqlite3_get_autocommit(db->sqlite) == 0)
        sqlite3_exec(db->sqlite, "COMMIT", NULL, NULL, NULL);
}

/* ---- runs --------------------------------------------------------------- */

#define SELECT_RUN                                                                                 \
    "SELECT id, program, name, origin, seed, params, state, why, epoch, owner, beat, began,"       \
    " ended, tags, user FROM run LEFT JOIN program ON digest = program "

static RunRow read_run(Reader *r)
{
    RunRow row = {0};
    row.id = read_int(r);
    row.program = read_digest(r);
    row.flow = read_text(r);
    row.origin = read_int(r);
    row.seed = (uint64_t)read_int(r);
    row.params = read_bytes(r);
    row.state = (RunState)read_up_to(r, RUN_DIED);
    row.why = read_text(r);
    row.epoch = read_int(r);
    row.owner = read_text(r);
    row.beat = read_int(r);
    row.began = read_int(r);
    row.ended = read_int(r);
    row.tags = read_text(r);
    row.user = read_text(r);
    return row;
}

typedef FlowStatus RunCallback(void *, const RunRow *);

static FlowStatus each_run(Db *db, const char *sql, int64_t run, size_t *count, RunCallback *each,
                           void *ctx, FlowError *err)
{
    Reader r;
    FlowStatus s = reader_open(db, sql, run, &r, err);
    *count = 0;
    while (reader_next(&r, &s, err)) {
        RunRow row = read_run(&r);
        s = r.is_sound ? each(ctx, &row) : reader_damaged(&r, "run", err);
        ++*count;
    }
    return reader_close(&r, s);
}

FlowStatus db_run_get(Db *db, int64_t run, RunCallback *each, void *ctx, FlowError *err)
{
    size_t count;
    FlowStatus s = each_run(db, SELECT_RUN "WHERE id = ?", run, &count, each, ctx, err);
    if (s != FLOW_OK || count > 0)
        return s;
    return db_fail_no_run(db, run, err);
}

FlowStatus db_each_run(Db *db, RunCallback *each, void *ctx, FlowError *err)
{
    size_t count;
    return each_run(db, SELECT_RUN "ORDER BY id DESC", 0, &count, each, ctx, err);
}

/* ---- what belongs to a run ---------------------------------------------- */

FlowStatus db_each_step(Db *db, int64_t run, FlowStatus (*each)(void *, const StepRow *), void *ctx,
                        FlowError *err)
{
    Reader r;
    FlowStatus s = reader_open(db,
                               "SELECT run, step, name, domain, meaning, in_loop FROM step"
                               " WHERE run = ? ORDER BY step",
                               run, &r, err);
    while (reader_next(&r, &s, err)) {
        StepRow row = {0};
        row.run = read_int(&r);
        row.step = read_u32(&r);
        row.name = read_text(&r);
        row.domain = read_u32(&r);
        row.meaning = read_digest(&r);
        row.is_in_loop = read_int(&r) != 0;
        s = r.is_sound ? each(ctx, &row) : reader_damaged(&r, "step", err);
    }
    return reader_close(&r, s);
}

static ChunkRow read_chunk(Reader *r)
{
    ChunkRow row = {0};
    row.id = read_int(r);
    row.run = read_int(r);
    row.step = read_u32(r);
    row.round = read_u32(r);
    row.lo = read_u64(r);
    row.n = read_u64(r);
    row.mask = read_bytes(r);
    row.way = read_bytes(r);
    row.tries = read_bytes(r);
    row.caught = read_bytes(r);
    row.worker = read_u32(r);
    row.began = read_int(r);
    row.ended = read_int(r);
    row.log = read_bytes(r);
    return row;
}

FlowStatus db_has_chunks(Db *db, int64_t run, uint32_t step, bool *out, FlowError *err)
{
    Reader r;
    FlowStatus s = reader_open(db,
                               "SELECT 1 FROM chunk WHERE run = ?1 AND step = ?2 LIMIT 1", run, &r,
                               err);
    if (s != FLOW_OK)
        return s;
    sqlite3_bind_int64(r.statement, 2, step);
    *out = reader_next(&r, &s, err);
    return reader_close(&r, s);
}

/* One look at the index for both ends. */
#define SPAN_OF_RUN                                                                                \
    "WITH span AS MATERIALIZED (SELECT min(id) AS a, max(id) AS b FROM chunk WHERE run = ?1) "
#define CHUNKS_OF_RUN                                                                              \
    "chunk.id BETWEEN (SELECT a FROM span) AND (SELECT b FROM span) AND +chunk.run = ?1 "

FlowStatus db_each_chunk(Db *db, int64_t run, FlowStatus (*each)(void *, const ChunkRow *),
                         void *ctx, FlowError *err)
{
    Reader r;
    FlowStatus s = reader_open(db,
                               SPAN_OF_RUN
                               "SELECT id, run, step, round, lo, n, mask, way, tries, caught,"
                               " worker, began, ended, log FROM chunk"
                               " WHERE " CHUNKS_OF_RUN "ORDER BY id",
                               run, &r, err);
    while (reader_next(&r, &s, err)) {
        ChunkRow row = read_chunk(&r);
        s = r.is_sound ? each(ctx, &row) : reader_damaged(&r, "chunk", err);
    }
    return reader_close(&r, s);
}

FlowStatus db_each_seg(Db *db, int64_t run, FlowStatus (*each)(void *, const SegRow *), void *ctx,
                       FlowError *err)
{
    Reader r;
    FlowStatus s = reader_open(db,
                               "SELECT run, domain, lo, n, parent_chunk, offsets FROM seg"
                               " WHERE run = ? ORDER BY domain, lo",
                               run, &r, err);
    while (reader_next(&r, &s, err)) {
        SegRow row = {0};
        row.run = read_int(&r);
        row.domain = read_u32(&r);
        row.lo = read_u64(&r);
        row.n = read_u64(&r);
        row.parent_chunk = read_int(&r);
        row.offsets = read_bytes(&r);
        s = r.is_sound ? each(ctx, &row) : reader_damaged(&r, "seg", err);
    }
    return reader_close(&r, s);
}

/* Body, or digest and length of a blob. */
static void read_col_body(Reader *r, ColRow *row)
{
    row->body = read_bytes(r);
    if (row->body.len > 0)
        return;
    row->digest = read_digest(r);
    row->blob_len = read_u64(r);
}

FlowStatus db_each_col(Db *db, int64_t run, FlowStatus (*each)(void *, const ColRow *), void *ctx,
                       FlowError *err)
{
    Reader r;
    FlowStatus s = reader_open(db,
                               SPAN_OF_RUN
                               "SELECT col.id, body, digest, len FROM chunk CROSS JOIN col"
                               " ON col.id BETWEEN chunk.id * 4096 AND chunk.id * 4096 + 4095"
                               " WHERE " CHUNKS_OF_RUN "ORDER BY chunk.id, col.id",
                               run, &r, err);
    while (reader_next(&r, &s, err)) {
        int64_t id = read_int(&r);
        ColRow row = {.chunk = id / FLOW_ARTIFACT_SPACE,
                      .artifact = (uint32_t)(id % FLOW_ARTIFACT_SPACE)};
        read_col_body(&r, &row);
        s = r.is_sound ? each(ctx, &row) : reader_damaged(&r, "col", err);
    }
    return reader_close(&r, s);
}

static FailRow read_fail(Reader *r)
{
    FailRow row = {0};
    row.run = read_int(r);
    row.step = read_u32(r);
    row.ord = read_u64(r);
    row.round = read_u32(r);
    row.attempt = read_u32(r);
    row.why = (Why)read_up_to(r, WHY_CANCELLED);
    row.message = read_text(r);
    row.trace = read_text(r);
    row.pid = read_u32(r);
    row.log = read_bytes(r);
    row.began = read_int(r);
    row.ended = read_int(r);
    return row;
}

FlowStatus db_each_fail(Db *db, int64_t run, FlowStatus (*each)(void *, const FailRow *), void *ctx,
                        FlowError *err)
{
    Reader r;
    FlowStatus s = reader_open(db,
                               "SELECT run, step, ord, round, attempt, why, message, trace, pid,"
                               " log, began, ended FROM fail WHERE run = ?"
                               " ORDER BY step, ord, round, attempt",
                               run, &r, err);
    while (reader_next(&r, &s, err)) {
        FailRow row = read_fail(&r);
        s = r.is_sound ? each(ctx, &row) : reader_damaged(&r, "fail", err);
    }
    return reader_close(&r, s);
}

FlowStatus db_each_take(Db *db, int64_t run, FlowStatus (*each)(void *, const TakeRow *), void *ctx,
                        FlowError *err)
{
    Reader r;
    FlowStatus s = reader_open(db,
                               "SELECT run, step, source_run FROM take WHERE run = ?"
                               " ORDER BY step, source_run",
                               run, &r, err);
    while (reader_next(&r, &s, err)) {
        TakeRow row = {0};
        row.run = read_int(&r);
        row.step = read_u32(&r);
        row.source_run = read_int(&r);
        s = r.is_sound ? each(ctx, &row) : reader_damaged(&r, "take", err);
    }
    return reader_close(&r, s);
}
