/* SPDX-License-Identifier: Apache-2.0 */
/* values.c - columns that stay open for the tasks to come. */
#include "cli/values.h"

#include <string.h>

#include "cli/cell.h"
#include "os/clock.h"
#include "os/memory.h"

enum { OPEN_MOST = 256 /* columns that are open at once */ };

typedef struct OpenColumn {
    int64_t chunk;
    uint32_t stored;
    bool is_missing; /* a caught chunk has columns for what it kept only */
    LoadedCol loaded;
} OpenColumn;

struct Values {
    const View *view;
    OpenColumn open[OPEN_MOST];
    size_t open_count, oldest;
};

/* A row and those that it is nested in. */
typedef struct Path {
    struct {
        uint64_t index;
        uint32_t domain;
        uint64_t ord;
        Segment *segment;
    } levels[VALUES_DEPTH]; /* innermost first */
    size_t depth;
} Path;

FlowStatus values_new(const View *view, Values **out, FlowError *err)
{
    *out = os_alloc_zero(sizeof **out);
    if (!*out)
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    (*out)->view = view;
    return FLOW_OK;
}

void values_free(Values *v)
{
    for (size_t i = 0; v && i < v->open_count; i++)
        if (!v->open[i].is_missing)
            db_col_free(&v->open[i].loaded);
    os_free(v);
}

static FlowStatus open_column(Values *v, int64_t chunk, uint32_t stored, OpenColumn **out,
                              FlowError *err)
{
    for (size_t i = 0; i < v->open_count; i++) {
        *out = &v->open[i];
        if ((*out)->chunk == chunk && (*out)->stored == stored)
            return FLOW_OK;
    }
    OpenColumn fresh = {.chunk = chunk, .stored = stored};
    FlowStatus s = db_load_col(v->view->db, chunk, stored, &fresh.loaded, err);
    if (s == FLOW_ENOENT)
        fresh.is_missing = true;
    else if (s != FLOW_OK)
        return s;
    size_t at = v->open_count;
    if (at < OPEN_MOST) {
        v->open_count++;
    } else {
        at = v->oldest;
        v->oldest = (v->oldest + 1) % OPEN_MOST;
        if (!v->open[at].is_missing)
            db_col_free(&v->open[at].loaded);
    }
    v->open[at] = fresh;
    *out = &v->open[at];
    return FLOW_OK;
}

static FlowStatus find_cell(Values *v, int64_t chunk, uint32_t stored, uint64_t row, Cell *out,
                            FlowError *err)
{
    OpenColumn *column = NULL;
    *out = (Cell){0};
    if (stored == UINT16_MAX)
        return FLOW_OK;
    FlowStatus s = open_column(v, chunk, stored, &column, err);
    if (s == FLOW_OK && !column->is_missing && row < column->loaded.column.n)
        *out = column_cell(&column->loaded.column, row);
    return s;
}

static void find_path(const View *view, const ViewTask *task, Path *path)
{
    Row row = {view->program->steps[task->step].domain, task->ord, task->round};
    path->depth = 0;
    while (row.domain != 0 && path->depth < VALUES_DEPTH) {
        Row parent;
        uint64_t index;
        Segment *segment;
        if (!ledger_parent(view->ledger, row, &parent, &index, &segment))
            return;
        path->levels[path->depth].index = index;
        path->levels[path->depth].domain = row.domain;
        path->levels[path->depth].ord = row.ord;
        path->levels[path->depth++].segment = segment;
        row = parent;
    }
}

size_t values_index(const View *view, const ViewTask *task, uint64_t out[VALUES_DEPTH])
{
    Path path;
    find_path(view, task, &path);
    for (size_t i = 0; i < path.depth; i++)
        out[i] = path.levels[path.depth - 1 - i].index;
    return path.depth;
}

FlowStatus values_items(Values *v, const ViewTask *task, ValueEach *each, void *ctx, FlowError *err)
{
    Path path;
    find_path(v->view, task, &path);
    FlowStatus s = FLOW_OK;
    for (size_t level = path.depth; s == FLOW_OK && level-- > 0;) {
        const FlowDomain *domain = &v->view->program->domains[path.levels[level].domain];
        const Segment *segment = path.levels[level].segment;
        uint64_t row = path.levels[level].ord - segment->lo;
        for (size_t i = 0; s == FLOW_OK && i < domain->item_count; i++) {
            Cell cell;
            uint32_t stored = segment->items ? segment->items[i] : domain->items[i];
            s = find_cell(v, segment->parent->id, stored, row, &cell, err);
            if (s == FLOW_OK)
                s = each(ctx, domain->items[i], &cell);
        }
    }
    return s;
}

FlowStatus values_kept(Values *v, const ViewTask *task, ValueEach *each, void *ctx, FlowError *err)
{
    const FlowStep *step = &v->view->program->steps[task->step];
    if (!task->chunk)
        return FLOW_OK;
    uint8_t way = chunk_way(task->chunk, task->ord);
    size_t count = way < step->edge_count ? step->edges[way].carried : 0;
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < count; i++) {
        Cell cell;
        s = find_cell(v, task->chunk->id, chunk_stored_artifact(task->chunk, step->keeps[i]),
                      task->ord - task->chunk->lo, &cell, err);
        if (s == FLOW_OK)
            s = each(ctx, step->keeps[i], &cell);
    }
    return s;
}

FlowStatus values_duration(Values *v, const ViewTask *task, int64_t *ns, FlowError *err)
{
    if (task->running) {
        bool is_over = strcmp(task->state, "running") != 0;
        *ns = (is_over ? task->running->seen : os_now_ns()) - task->running->began;
        return FLOW_OK;
    }
    const ViewFail *last = task->fail_count ? &task->fails[task->fail_count - 1] : NULL;
    *ns = last ? last->ended - last->began : 0;
    if (!task->chunk || chunk_caught(task->chunk, task->ord))
        return FLOW_OK;
    Cell cell;
    FlowStatus s =
        find_cell(v, task->chunk->id, DB_COL_DURATIONS, task->ord - task->chunk->lo, &cell, err);
    *ns = s == FLOW_OK && cell.is_present ? cell.fixed * 1000 : 0;
    return s;
}

FlowStatus values_json(const Values *v, uint32_t artifact, const Cell *cell, Buffer *out,
                       FlowError *err)
{
    return cell_write_json(db_blobs_dir(v->view->db), v->view->program->artifacts[artifact].type,
                           cell, out, err);
}
