/* SPDX-License-Identifier: Apache-2.0 */
/* gc.c - which runs go, in one pass from the newest to the oldest: a run takes only from older
 * ones, so that who needs it is known before it is its turn. */
#include "store/gc.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/memory.h"
#include "store/db_core.h"
#include "store/gc_blobs.h"

typedef struct GcRun {
    int64_t id, origin, began, ended;
    RunState state;
    bool is_ours, is_running, is_tagged, is_resumed;
    GcKeep keep;
} GcRun;

typedef struct Gc {
    Db *db;
    const GcPolicy *policy;
    GcCounts *counts;
    FlowError *err;
    int64_t now, oldest_running; /* when it began */
    GcRun *runs;                 /* newest first */
    size_t run_count, run_cap;
} Gc;

static FlowStatus no_memory(const Gc *gc)
{
    return flow_error(gc->err, FLOW_ENOMEM, "cannot clean up the store %s: no memory", gc->db->dir);
}

/* ---- which runs --------------------------------------------------------- */

static FlowStatus add_run(void *ctx, const RunRow *row)
{
    Gc *gc = ctx;
    if (gc->run_count == gc->run_cap) {
        size_t cap = gc->run_cap ? gc->run_cap * 2 : 64;
        GcRun *runs = os_realloc_array(gc->runs, cap, sizeof *runs);
        if (!runs)
            return no_memory(gc);
        gc->runs = runs;
        gc->run_cap = cap;
    }
    int64_t ended = row->ended > 0 ? row->ended : row->beat;
    bool is_running = row->state == RUN_RUNNING && db_owner_lives(row->owner);
    gc->runs[gc->run_count++] = (GcRun){
        .id = row->id,
        .origin = row->origin,
        .began = row->began,
        .ended = ended > row->began ? ended : row->began,
        .is_ours = strcmp(row->flow, gc->policy->flow) == 0,
        .state = row->state == RUN_RUNNING && !is_running ? RUN_DIED : row->state,
        .is_running = is_running,
        .is_tagged = row->tags && row->tags[0],
    };
    return FLOW_OK;
}

static GcKeep asked_for(const Gc *gc, const GcRun *run, uint64_t rank)
{
    const GcPolicy *policy = gc->policy;
    if (!run->is_ours || (policy->keep == 0 && policy->older_than == 0))
        return GC_KEPT;
    if (policy->keep > 0 && rank < policy->keep)
        return GC_KEPT;
    if (policy->older_than > 0 && gc->now - run->ended < policy->older_than)
        return GC_KEPT;
    return GC_REMOVED;
}

static int by_id(const void *a, const void *b)
{
    const GcRun *left = a, *right = b;
    return (left->id < right->id) - (left->id > right->id);
}

static GcRun *find_run(const Gc *gc, int64_t id)
{
    GcRun wanted = {.id = id};
    return bsearch(&wanted, gc->runs, gc->run_count, sizeof *gc->runs, by_id);
}

static FlowStatus keep_source(void *ctx, const TakeRow *take)
{
    Gc *gc = ctx;
    GcRun *source = find_run(gc, take->source_run);
    if (source && source->keep == GC_REMOVED)
        source->keep = GC_KEPT_TAKEN;
    return FLOW_OK;
}

static void judge(Gc *gc)
{
    uint64_t rank = 0;
    for (size_t i = 0; i < gc->run_count; i++) {
        GcRun *run = &gc->runs[i];
        run->keep = asked_for(gc, run, rank);
        rank += run->is_ours;
        if (run->keep == GC_REMOVED && run->is_running)
            run->keep = GC_KEPT_RUNNING;
        if (run->keep == GC_REMOVED && run->is_tagged && !gc->policy->with_tagged)
            run->keep = GC_KEPT_TAGGED;
        if (run->keep == GC_REMOVED && i == 0)
            run->keep = GC_KEPT_NEWEST;
        GcRun *origin = run->origin ? find_run(gc, run->origin) : NULL;
        if (origin)
            origin->is_resumed = true;
        if (run->is_running && run->began < gc->oldest_running)
            gc->oldest_running = run->began;
    }
}

static FlowStatus plan(Gc *gc)
{
    FlowStatus s = db_read_begin(gc->db, gc->err);
    if (s != FLOW_OK)
        return s;
    s = db_each_run(gc->db, add_run, gc, gc->err);
    if (s == FLOW_OK)
        judge(gc);
    for (size_t i = 0; i < gc->run_count && s == FLOW_OK; i++) {
        if (gc->runs[i].keep != GC_REMOVED)
            s = db_each_take(gc->db, gc->runs[i].id, keep_source, gc, gc->err);
    }
    db_read_end(gc->db);
    return s;
}

/* Somebody may have begun to take from it since the plan was made. */
static FlowStatus remove_run(Gc *gc, GcRun *run)
{
    bool is_removed = gc->policy->is_dry;
    FlowStatus s = is_removed ? FLOW_OK : db_run_remove(gc->db, run->id, &is_removed, gc->err);
    if (s == FLOW_OK && !is_removed)
        run->keep = GC_KEPT_TAKEN;
    return s;
}

static FlowStatus remove_runs(Gc *gc, GcTold *told, void *ctx)
{
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; i < gc->run_count && s == FLOW_OK; i++) {
        GcRun *run = &gc->runs[i];
        if (run->keep == GC_REMOVED)
            s = remove_run(gc, run);
        if (s != FLOW_OK)
            break;
        gc->counts->runs += run->keep == GC_REMOVED;
        gc->counts->kept += run->is_ours && run->keep != GC_REMOVED;
        if (run->is_ours && run->keep != GC_KEPT)
            told(ctx, &(GcVerdict){run->id, run->keep, run->state,
                                   run->state != RUN_DONE && !run->is_resumed});
    }
    return s;
}

/* ---- logs --------------------------------------------------------------- */

/* Whether the folder's name is the number of a run that was there once and is no more.  A number
 * above the newest that we know belongs to a run that has just begun. */
static bool is_of_no_run(const Gc *gc, const char *name)
{
    char *end;
    int64_t id = strtoll(name, &end, 10);
    if (*end || end == name || id <= 0 || gc->run_count == 0 || id > gc->runs[0].id)
        return false;
    const GcRun *run = find_run(gc, id);
    return !run || run->keep == GC_REMOVED;
}

static void remove_folder(Gc *gc, const char *path)
{
    DIR *folder = opendir(path);
    struct stat st;
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(st.st_mode))
            continue;
        if (gc->policy->is_dry || unlinkat(dirfd(folder), entry->d_name, 0) == 0)
            gc->counts->log_bytes += (uint64_t)st.st_size;
    }
    closedir(folder);
    if (!gc->policy->is_dry)
        rmdir(path);
}

static FlowStatus remove_logs(Gc *gc)
{
    char path[4096 + 300];
    snprintf(path, sizeof path, "%.4000s/logs", gc->db->dir);
    DIR *folder = opendir(path);
    if (!folder)
        return FLOW_OK;
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (!is_of_no_run(gc, entry->d_name))
            continue;
        snprintf(path, sizeof path, "%.4000s/logs/%.255s", gc->db->dir, entry->d_name);
        remove_folder(gc, path);
    }
    closedir(folder);
    return FLOW_OK;
}

/* ---- blobs -------------------------------------------------------------- */

static bool is_doomed(const Gc *gc, int64_t id)
{
    GcRun wanted = {.id = id};
    const GcRun *run = bsearch(&wanted, gc->runs, gc->run_count, sizeof *gc->runs, by_id);
    return gc->policy->is_dry && run && run->keep == GC_REMOVED;
}

typedef struct Naming {
    Gc *gc;
    BlobSweep *sweep;
} Naming;

static FlowStatus spare_col(void *ctx, const ColRow *row)
{
    Naming *n = ctx;
    return blob_sweep_spare(n->sweep, row, n->gc->err);
}

static FlowStatus spare_run(void *ctx, const RunRow *row)
{
    Naming *n = ctx;
    if (is_doomed(n->gc, row->id))
        return FLOW_OK;
    return db_each_col(n->gc->db, row->id, spare_col, n, n->gc->err);
}

/* The files are listed before the rows are read: a blob that is named later was put later. */
static FlowStatus sweep_blobs(Gc *gc)
{
    int64_t hour_ago = gc->now - (int64_t)GC_GRACE_S * 1000000000;
    int64_t before = gc->oldest_running < hour_ago ? gc->oldest_running : hour_ago;
    BlobSweep sweep;
    Naming naming = {gc, &sweep};
    FlowStatus s = blob_sweep_begin(&sweep, db_blobs_dir(gc->db), before, gc->err);
    if (s == FLOW_OK && sweep.count > 0) {
        s = db_read_begin(gc->db, gc->err);
        if (s == FLOW_OK) {
            s = db_each_run(gc->db, spare_run, &naming, gc->err);
            db_read_end(gc->db);
        }
    }
    if (s == FLOW_OK)
        s = blob_sweep_finish(&sweep, gc->policy->is_dry, &gc->counts->blobs,
                              &gc->counts->blob_bytes, gc->err);
    blob_sweep_free(&sweep);
    return s;
}

FlowStatus store_gc(Db *db, const GcPolicy *policy, GcTold *told, void *ctx, GcCounts *counts,
                    FlowError *err)
{
    int64_t now = os_now_ns();
    Gc gc = {.db = db, .policy = policy, .counts = counts, .err = err, .now = now,
             .oldest_running = now};
    *counts = (GcCounts){0};
    FlowStatus s = plan(&gc);
    if (s == FLOW_OK)
        s = remove_runs(&gc, told, ctx);
    if (s == FLOW_OK)
        s = remove_logs(&gc);
    if (s == FLOW_OK)
        s = sweep_blobs(&gc);
    if (s == FLOW_OK && !policy->is_dry && gc.oldest_running == now)
        s = db_compact(db, &counts->database_bytes, err); /* a run would wait for it */
    os_free(gc.runs);
    return s;
}
