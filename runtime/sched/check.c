/* SPDX-License-Identifier: Apache-2.0 */
/* Run by run: rows of chunks done once, segments that begin where the last one ended, and each
 * column opened, counted and, where it is a blob, hashed. */
#include "sched/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/clock.h"
#include "os/memory.h"
#include "sched/check_private.h"
#include "sched/rowset.h"

FlowStatus check_out_of_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory while the store is checked");
}

void check_report(Checker *c, int64_t run, const char *step, const char *format, ...)
{
    char line[1400];
    va_list args;
    int len = snprintf(line, sizeof line, "run %lld", (long long)run);
    if (step)
        len += snprintf(line + len, sizeof line - (size_t)len, ", step `%.200s`", step);
    len += snprintf(line + len, sizeof line - (size_t)len, ": ");
    va_start(args, format);
    vsnprintf(line + len, sizeof line - (size_t)len, format, args);
    va_end(args);
    c->counts->findings++;
    c->finding(c->ctx, line);
}

static const char *step_name(const StoredRun *r, uint32_t step)
{
    return step < r->step_count && r->steps[step] ? r->steps[step] : "?";
}

/* ---- blobs, each once ------------------------------------------------------------------- */

static size_t blob_place(const Checker *c, const FlowDigest *d)
{
    size_t i = (size_t)bytes_get_u64(d->bytes) & (c->blob_cap - 1);
    while (c->blob_used[i] && !digest_equal(&c->blobs[i], d))
        i = (i + 1) & (c->blob_cap - 1);
    return i;
}

static FlowStatus grow_blobs(Checker *c)
{
    Checker grown = {.blob_cap = c->blob_cap ? c->blob_cap * 2 : 256};
    grown.blobs = os_alloc_zero(grown.blob_cap * sizeof *grown.blobs);
    grown.blob_used = os_alloc_zero(grown.blob_cap);
    if (!grown.blobs || !grown.blob_used) {
        os_free(grown.blobs);
        os_free(grown.blob_used);
        return check_out_of_memory(c->err);
    }
    for (size_t i = 0; i < c->blob_cap; i++)
        if (c->blob_used[i]) {
            size_t place = blob_place(&grown, &c->blobs[i]);
            grown.blobs[place] = c->blobs[i];
            grown.blob_used[place] = 1;
        }
    os_free(c->blobs);
    os_free(c->blob_used);
    c->blobs = grown.blobs;
    c->blob_used = grown.blob_used;
    c->blob_cap = grown.blob_cap;
    return FLOW_OK;
}

static FlowStatus check_blob(Checker *c, int64_t run, const char *step, const FlowDigest *d)
{
    FlowError why = {0};
    FlowStatus s = c->blob_count * 2 >= c->blob_cap ? grow_blobs(c) : FLOW_OK;
    if (s != FLOW_OK)
        return s;
    size_t place = blob_place(c, d);
    if (c->blob_used[place])
        return FLOW_OK;
    c->blobs[place] = *d;
    c->blob_used[place] = 1;
    c->blob_count++;
    c->counts->blobs++;
    s = blob_verify(db_blobs_dir(c->db), d, &why);
    if (s == FLOW_ENOMEM)
        return check_out_of_memory(c->err);
    if (s != FLOW_OK)
        check_report(c, run, step, "%s", why.message);
    return FLOW_OK;
}

/* ---- a run's rows --------------------------------------------------------------------------- */

typedef struct Reading {
    Checker *c;
    StoredRun *run;
    /* columns: */
    const StoredChunk *chunk; /* that the last ones were of */
    uint8_t seen[FLOW_ARTIFACT_SPACE / 8];
    Buffer body;
    /* segments: */
    uint32_t domain;
    uint64_t next_ord;
    bool has_domain;
    LogEnds logs;
} Reading;

static FlowStatus on_step(void *ctx, const StepRow *row)
{
    Reading *rd = ctx;
    StoredRun *r = rd->run;
    if (row->step >= FLOW_NO_STEP)
        return FLOW_OK;
    if (row->step >= r->step_count) {
        char **steps = os_realloc_array(r->steps, row->step + 1, sizeof *steps);
        if (!steps)
            return check_out_of_memory(rd->c->err);
        for (size_t i = r->step_count; i <= row->step; i++)
            steps[i] = NULL;
        r->steps = steps;
        r->step_count = row->step + 1;
    }
    os_free(r->steps[row->step]);
    r->steps[row->step] = os_copy_string(row->name);
    if (!r->steps[row->step])
        return check_out_of_memory(rd->c->err);
    const FlowProgram *p = rd->c->program;
    bool same = false;
    for (uint16_t s = 0; s < p->step_count; s++)
        same |= strcmp(p->steps[s].name, row->name) == 0 &&
                digest_equal(&p->steps[s].meaning, &row->meaning);
    r->matches &= same;
    return FLOW_OK;
}

static FlowStatus on_source(void *ctx, const RunRow *row)
{
    (void)ctx;
    (void)row;
    return FLOW_OK;
}

static FlowStatus on_take(void *ctx, const TakeRow *row)
{
    Reading *rd = ctx;
    FlowError why;
    rd->run->has_takes = true;
    FlowStatus s = db_run_get(rd->c->db, row->source_run, on_source, NULL, &why);
    if (s == FLOW_ENOENT)
        check_report(rd->c, rd->run->id, step_name(rd->run, row->step),
                     "it is taken over from run %lld, which is not there any more",
                     (long long)row->source_run);
    return s == FLOW_ENOMEM ? check_out_of_memory(rd->c->err) : FLOW_OK;
}

static bool is_long_enough(Bytes b, uint64_t n, uint64_t bits)
{
    return b.len == 0 || (n <= UINT32_MAX && b.len >= (n * bits + 7) / 8);
}

static const char *chunk_fault(const ChunkRow *row)
{
    if (row->n == 0)
        return "is empty";
    if (row->n > UINT32_MAX || row->lo > (uint64_t)1 << 36)
        return "has rows beyond any that there can be";
    if (row->mask.len > 0 && is_long_enough(row->mask, row->n, 1) && !(row->mask.bytes[0] & 1))
        return "begins with a row that is not done";
    if (!is_long_enough(row->mask, row->n, 1) || !is_long_enough(row->caught, row->n, 1) ||
        (row->way.len > 1 && !is_long_enough(row->way, row->n, 8)) ||
        !is_long_enough(row->tries, row->n, 32) ||
        !is_long_enough(row->log, row->n, 8 * sizeof(LogSpan)))
        return "says less than its rows need";
    return NULL;
}

static FlowStatus on_chunk(void *ctx, const ChunkRow *row)
{
    Reading *rd = ctx;
    StoredRun *r = rd->run;
    const char *fault = chunk_fault(row);
    rd->c->counts->chunks++;
    if (fault) {
        check_report(rd->c, r->id, step_name(r, row->step), "chunk %lld %s", (long long)row->id,
                     fault);
        r->matches = false;
        return FLOW_OK;
    }
    if (log_ends_add(&rd->logs, row->log) != FLOW_OK)
        return check_out_of_memory(rd->c->err);
    if (r->chunk_count == r->chunk_cap) {
        size_t cap = r->chunk_cap ? r->chunk_cap * 2 : 64;
        StoredChunk *chunks = os_realloc_array(r->chunks, cap, sizeof *chunks);
        if (!chunks)
            return check_out_of_memory(rd->c->err);
        r->chunks = chunks;
        r->chunk_cap = cap;
    }
    StoredChunk *k = &r->chunks[r->chunk_count++];
    *k = (StoredChunk){
        .id = row->id, .step = row->step, .round = row->round, .lo = row->lo, .n = row->n};
    if (row->mask.len > 0) {
        k->mask = (uint8_t *)os_copy_bytes((const char *)row->mask.bytes, row->mask.len);
        if (!k->mask)
            return check_out_of_memory(rd->c->err);
    }
    return FLOW_OK;
}

static FlowStatus on_fail(void *ctx, const FailRow *row)
{
    Reading *rd = ctx;
    return log_ends_add(&rd->logs, row->log) == FLOW_OK ? FLOW_OK : check_out_of_memory(rd->c->err);
}

static StoredChunk *find_chunk(StoredRun *r, int64_t id)
{
    size_t lo = 0, hi = r->chunk_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (r->chunks[mid].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < r->chunk_count && r->chunks[lo].id == id ? &r->chunks[lo] : NULL;
}

/* ---- segments ------------------------------------------------------------ */

static bool offsets_are_sound(const SegRow *row, uint64_t parent_rows)
{
    if (row->offsets.len != (parent_rows + 1) * 8)
        return false;
    uint64_t last = 0;
    for (uint64_t i = 0; i <= parent_rows; i++) {
        uint64_t offset = bytes_get_u64(row->offsets.bytes + i * 8);
        if (offset < last || (i == 0 && offset != 0))
            return false;
        last = offset;
    }
    return last == row->n;
}

static FlowStatus on_seg(void *ctx, const SegRow *row)
{
    Reading *rd = ctx;
    StoredRun *r = rd->run;
    bool is_first = !rd->has_domain || rd->domain != row->domain;
    StoredChunk *parent = find_chunk(r, row->parent_chunk);
    if (is_first ? row->lo != 0 && !r->has_takes : row->lo != rd->next_ord)
        check_report(rd->c, r->id, NULL, "the rows of domain %u are not dense before row %llu",
                     row->domain, (unsigned long long)row->lo);
    rd->has_domain = true;
    rd->domain = row->domain;
    rd->next_ord = row->lo + row->n;
    if (!parent) {
        check_report(rd->c, r->id, NULL, "rows %llu to %llu of domain %u come from no chunk",
                     (unsigned long long)row->lo, (unsigned long long)(row->lo + row->n - 1),
                     row->domain);
        r->matches = false;
        return FLOW_OK;
    }
    if (row->n == 0 || !offsets_are_sound(row, parent->n)) {
        check_report(rd->c, r->id, step_name(r, parent->step),
                     "the offsets of domain %u from row %llu on are wrong", row->domain,
                     (unsigned long long)row->lo);
        r->matches = false;
    }
    if (parent->segment_count < 8) {
        parent->segment_domains[parent->segment_count] = row->domain;
        parent->segment_rows[parent->segment_count++] = row->n;
    }
    return FLOW_OK;
}

/* ---- rows done once ------------------------------------------------------ */

static int by_rows(const void *a, const void *b)
{
    const StoredChunk *x = *(const StoredChunk *const *)a, *y = *(const StoredChunk *const *)b;
    if (x->step != y->step)
        return x->step < y->step ? -1 : 1;
    if (x->round != y->round)
        return x->round < y->round ? -1 : 1;
    return (x->lo > y->lo) - (x->lo < y->lo);
}

static FlowStatus add_rows(Checker *c, const StoredRun *r, RowSet *done, const StoredChunk *k)
{
    FlowStatus s = FLOW_OK;
    for (uint64_t i = 0, to; s == FLOW_OK && i < k->n; i = to) {
        for (to = i; to < k->n && (!k->mask || (k->mask[to / 8] >> (to % 8) & 1)); to++)
            if (!k->mask) {
                to = k->n;
                break;
            }
        uint64_t before = done->total;
        s = rowset_add(done, k->lo + i, to - i);
        if (s == FLOW_OK && done->total - before != to - i)
            check_report(c, r->id, step_name(r, k->step),
                         "of rows %llu to %llu in round %u some are done twice (chunk %lld)",
                         (unsigned long long)(k->lo + i), (unsigned long long)(k->lo + to - 1),
                         k->round, (long long)k->id);
        to = to > i ? to : i + 1;
    }
    return s;
}

static FlowStatus check_done_once(Checker *c, const StoredRun *r)
{
    const StoredChunk **sorted = os_alloc_array(r->chunk_count + 1, sizeof *sorted);
    RowSet done = {0};
    FlowStatus s = sorted ? FLOW_OK : FLOW_ENOMEM;
    for (size_t i = 0; s == FLOW_OK && i < r->chunk_count; i++)
        sorted[i] = &r->chunks[i];
    if (s == FLOW_OK && r->chunk_count > 1)
        qsort(sorted, r->chunk_count, sizeof *sorted, by_rows);
    for (size_t i = 0; s == FLOW_OK && i < r->chunk_count; i++) {
        if (i > 0 &&
            (sorted[i]->step != sorted[i - 1]->step || sorted[i]->round != sorted[i - 1]->round))
            rowset_free(&done);
        s = add_rows(c, r, &done, sorted[i]);
    }
    rowset_free(&done);
    os_free(sorted);
    return s == FLOW_OK ? s : check_out_of_memory(c->err);
}

/* ---- columns ------------------------------------------------------------- */

/* How many rows the column must have; 0: any. */
static uint64_t rows_wanted(const StoredRun *r, const StoredChunk *k, uint32_t artifact)
{
    if (artifact == DB_COL_DURATIONS)
        return k->n;
    if (!r->has_record || artifact >= r->record.artifact_count)
        return 0;
    if (r->record.artifacts[artifact].kind != FLOW_ARTIFACT_ITEM)
        return k->n;
    for (uint32_t g = 0; g < k->segment_count; g++) {
        uint32_t d = k->segment_domains[g];
        for (size_t i = 0; d < r->record.domain_count && i < r->record.domains[d].item_count; i++)
            if (r->record.domains[d].items[i] == artifact)
                return k->segment_rows[g];
    }
    return 0;
}

static FlowStatus check_cells(Reading *rd, const StoredChunk *k, const Column *column)
{
    const StoredRun *r = rd->run;
    FlowDigest digest;
    uint64_t len;
    FlowStatus s = FLOW_OK;
    for (uint64_t i = 0; !column->is_fixed && s == FLOW_OK && i < column->n; i++) {
        Cell cell = column_cell(column, i);
        if (cell.is_present && blob_ref_decode(cell.bytes, cell.len, &digest, &len))
            s = check_blob(rd->c, r->id, step_name(r, k->step), &digest);
        if (column->kind == COLUMN_CONST)
            break;
    }
    return s;
}

static const char *artifact_name(const StoredRun *r, uint32_t artifact)
{
    if (artifact == DB_COL_DURATIONS)
        return "durations";
    return r->has_record && artifact < r->record.artifact_count ? r->record.artifacts[artifact].name
                                                                : "?";
}

static FlowStatus check_column(Reading *rd, const StoredChunk *k, const ColRow *row)
{
    const StoredRun *r = rd->run;
    const char *step = step_name(r, k->step), *name = artifact_name(r, row->artifact);
    const uint8_t *mapped = NULL;
    Column column;
    FlowError why = {0};
    FlowStatus s = FLOW_OK;
    if (row->body.len == 0) {
        s = check_blob(rd->c, r->id, step, &row->digest);
        if (s == FLOW_OK && blob_map(db_blobs_dir(rd->c->db), &row->digest, (size_t)row->blob_len,
                                     &mapped, NULL) != FLOW_OK)
            return FLOW_OK; /* check_blob has said so */
    } else {
        buffer_clear(&rd->body);
        s = buffer_append(&rd->body, row->body.bytes, row->body.len);
    }
    if (s != FLOW_OK)
        return check_out_of_memory(rd->c->err);
    uint64_t wanted = rows_wanted(r, k, row->artifact);
    if (column_open(mapped ? mapped : rd->body.bytes, mapped ? (size_t)row->blob_len : rd->body.len,
                    &column, &why) != FLOW_OK)
        check_report(rd->c, r->id, step, "`%s` of chunk %lld cannot be read: %s", name,
                     (long long)k->id, why.message);
    else if (wanted > 0 && column.n != wanted)
        check_report(rd->c, r->id, step, "`%s` of chunk %lld has %llu rows in place of %llu", name,
                     (long long)k->id, (unsigned long long)column.n, (unsigned long long)wanted);
    else
        s = check_cells(rd, k, &column);
    if (mapped)
        blob_unmap(mapped, (size_t)row->blob_len);
    return s;
}

/* Whether all columns came that the last chunk must have. */
static void check_complete(Reading *rd)
{
    const StoredRun *r = rd->run;
    const StoredChunk *k = rd->chunk;
    const FlowProgram *p = rd->c->program;
    if (!k)
        return;
    if (!(rd->seen[DB_COL_DURATIONS / 8] >> (DB_COL_DURATIONS % 8) & 1))
        check_report(rd->c, r->id, step_name(r, k->step), "chunk %lld has no durations",
                     (long long)k->id);
    for (uint16_t s = 0; r->matches && s < p->step_count; s++) {
        if (strcmp(p->steps[s].name, step_name(r, k->step)) != 0)
            continue;
        for (uint16_t i = 0; i < p->steps[s].keep_count; i++)
            for (size_t a = 0; a < r->record.artifact_count; a++)
                if (r->record.artifacts[a].kind == FLOW_ARTIFACT_KEPT &&
                    strcmp(r->record.artifacts[a].name, p->artifacts[p->steps[s].keeps[i]].name) ==
                        0 &&
                    !(rd->seen[a / 8] >> (a % 8) & 1))
                    check_report(rd->c, r->id, p->steps[s].name, "`%s` of chunk %lld is missing",
                                 r->record.artifacts[a].name, (long long)k->id);
    }
}

/* Chunks without any column never come up in db_each_col: told apart by their order. */
static FlowStatus on_col(void *ctx, const ColRow *row)
{
    Reading *rd = ctx;
    rd->c->counts->columns++;
    FlowStatus s = blob_sweep_spare(&rd->c->sweep, row, rd->c->err);
    if (s != FLOW_OK)
        return s;
    if (!rd->chunk || rd->chunk->id != row->chunk) {
        const StoredChunk *k = find_chunk(rd->run, row->chunk);
        const StoredChunk *next = rd->chunk ? rd->chunk + 1 : rd->run->chunks;
        check_complete(rd);
        memset(rd->seen, 0, sizeof rd->seen);
        if (!k)
            return FLOW_OK; /* on_chunk has said what is wrong with it */
        for (; next < k; next++)
            check_report(rd->c, rd->run->id, step_name(rd->run, next->step),
                         "chunk %lld has no columns", (long long)next->id);
        rd->chunk = k;
    }
    rd->seen[row->artifact / 8] |= (uint8_t)(1 << (row->artifact % 8));
    return check_column(rd, rd->chunk, row);
}

static void check_last_columns(Reading *rd)
{
    const StoredRun *r = rd->run;
    check_complete(rd);
    const StoredChunk *next = rd->chunk ? rd->chunk + 1 : r->chunks;
    for (; r->chunk_count > 0 && next < r->chunks + r->chunk_count; next++)
        check_report(rd->c, r->id, step_name(r, next->step), "chunk %lld has no columns",
                     (long long)next->id);
}

/* ---- runs ---------------------------------------------------------------- */

static FlowStatus load_record(Checker *c, StoredRun *r)
{
    FlowError why = {0};
    FlowStatus s = program_record_load(c->db, &r->program, &r->record, &why);
    if (s == FLOW_ENOMEM)
        return check_out_of_memory(c->err);
    r->has_record = s == FLOW_OK;
    r->matches = r->has_record;
    if (s != FLOW_OK)
        check_report(c, r->id, NULL, "%s", why.message);
    return FLOW_OK;
}

/* Whether the run's edges are this program's. */
static FlowStatus compare_edges(Checker *c, StoredRun *r)
{
    Buffer now = {0};
    FlowStatus s = FLOW_OK;
    r->matches &= r->record.step_count == c->program->step_count;
    for (uint16_t i = 0; r->matches && s == FLOW_OK && i < c->program->step_count; i++) {
        const RecordStep *old = program_record_step(&r->record, c->program->steps[i].name);
        buffer_clear(&now);
        s = program_edges_write(c->program, &c->program->steps[i], &now);
        const char *text = s == FLOW_OK ? buffer_text(&now) : "";
        r->matches &= old && text && strcmp(old->edges, text) == 0;
    }
    buffer_free(&now);
    return s == FLOW_OK ? s : check_out_of_memory(c->err);
}

static FlowStatus read_run(Checker *c, StoredRun *r)
{
    Reading rd = {.c = c, .run = r};
    FlowStatus s = load_record(c, r);
    if (s == FLOW_OK && r->matches)
        s = compare_edges(c, r);
    if (s == FLOW_OK)
        s = db_each_step(c->db, r->id, on_step, &rd, c->err);
    if (s == FLOW_OK)
        s = db_each_take(c->db, r->id, on_take, &rd, c->err);
    if (s == FLOW_OK)
        s = db_each_chunk(c->db, r->id, on_chunk, &rd, c->err);
    if (s == FLOW_OK)
        s = db_each_seg(c->db, r->id, on_seg, &rd, c->err);
    if (s == FLOW_OK)
        s = check_done_once(c, r);
    if (s == FLOW_OK)
        s = db_each_col(c->db, r->id, on_col, &rd, c->err);
    if (s == FLOW_OK)
        check_last_columns(&rd);
    if (s == FLOW_OK)
        s = db_each_fail(c->db, r->id, on_fail, &rd, c->err);
    if (s == FLOW_OK)
        check_logs(c, r->id, &rd.logs);
    if (s == FLOW_OK && r->matches)
        s = check_graph(c, r);
    os_free(rd.logs.ends);
    buffer_free(&rd.body);
    return s;
}

static void free_run(StoredRun *r)
{
    for (size_t i = 0; i < r->step_count; i++)
        os_free(r->steps[i]);
    for (size_t i = 0; i < r->chunk_count; i++)
        os_free(r->chunks[i].mask);
    os_free(r->steps);
    os_free(r->chunks);
    program_record_free(&r->record);
}

typedef struct RunList {
    Checker *c;
    StoredRun *runs;
    size_t count;
} RunList;

static FlowStatus on_run(void *ctx, const RunRow *row)
{
    RunList *list = ctx;
    StoredRun *runs = os_realloc_array(list->runs, list->count + 1, sizeof *runs);
    if (!runs)
        return check_out_of_memory(list->c->err);
    list->runs = runs;
    runs[list->count++] = (StoredRun){.id = row->id, .program = row->program, .state = row->state};
    return FLOW_OK;
}

/* Logs are made after their run, so those that were there before it was read belong to none. */
static void check_lost_runs(Checker *c, const RunList *list, int64_t newest_logs)
{
    int64_t newest = list->count > 0 ? list->runs[0].id : 0;
    if (newest_logs > newest)
        check_report(c, newest_logs, NULL,
                     "there are logs of it, but the database ends with run %lld: it has lost what "
                     "came after, as when flow.db-wal is deleted or cut",
                     (long long)newest);
}

static FlowStatus earliest_running(void *ctx, const RunRow *row)
{
    int64_t *before = ctx;
    if (row->state == RUN_RUNNING && row->began < *before)
        *before = row->began;
    return FLOW_OK;
}

/* Files that are older than what any run is about to name. */
static FlowStatus begin_sweep(Checker *c)
{
    int64_t before = os_now_ns();
    FlowStatus s = db_each_run(c->db, earliest_running, &before, c->err);
    return s == FLOW_OK ? blob_sweep_begin(&c->sweep, db_blobs_dir(c->db), before, c->err) : s;
}

FlowStatus store_check(Db *db, const FlowProgram *program,
                       void (*finding)(void *ctx, const char *line), void *ctx, CheckCounts *counts,
                       FlowError *err)
{
    *counts = (CheckCounts){0};
    Checker c = {
        .db = db, .program = program, .finding = finding, .ctx = ctx, .counts = counts, .err = err};
    RunList list = {.c = &c};
    int64_t newest_logs = 0;
    FlowStatus s = db_newest_logs(db, &newest_logs, err);
    if (s == FLOW_OK)
        s = begin_sweep(&c);
    if (s == FLOW_OK)
        s = db_read_begin(db, err);
    if (s != FLOW_OK) {
        blob_sweep_free(&c.sweep);
        return s;
    }
    s = db_each_run(db, on_run, &list, err);
    if (s == FLOW_OK)
        check_lost_runs(&c, &list, newest_logs);
    for (size_t i = list.count; s == FLOW_OK && i > 0; i--) { /* the oldest first */
        s = read_run(&c, &list.runs[i - 1]);
        counts->runs++;
        free_run(&list.runs[i - 1]);
        list.count = i - 1;
    }
    db_read_end(db);
    if (s == FLOW_OK)
        s = blob_sweep_finish(&c.sweep, true, &counts->unnamed, &counts->unnamed_bytes, err);
    blob_sweep_free(&c.sweep);
    for (size_t i = 0; i < list.count; i++)
        free_run(&list.runs[i]);
    os_free(list.runs);
    os_free(c.blobs);
    os_free(c.blob_used);
    return s;
}
