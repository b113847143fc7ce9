/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_dump.c - what tasks kept: a line of JSON a task, or text for people.
 *
 * Columns are opened once a chunk.  Tasks come in the order of their index, and those of a loop
 * change between the chunks of its rounds, so the columns of several chunks stay open. */
#include "cli/commands.h"

#include <inttypes.h>
#include <string.h>

#include "cli/cell.h"
#include "cli/view.h"
#include "os/memory.h"

enum {
    OPEN_MOST = 256,   /* columns that are open at once */
    VALUE_SHOWN = 160, /* bytes of a value for people */
    NAME_MOST = 320,
    DEPTH_MOST = 64 /* of foreaches in one another */
};

typedef struct OpenColumn {
    int64_t chunk;
    uint32_t artifact;
    bool is_missing; /* a caught chunk has columns for what it kept only */
    LoadedCol loaded;
} OpenColumn;

typedef struct Dump {
    Cli *cli;
    View *view;
    OpenColumn open[OPEN_MOST];
    size_t open_count, oldest;
    Buffer line;
    FlowError *err;
} Dump;

/* A row and those that it is nested in. */
typedef struct Path {
    struct {
        uint64_t index;
        uint32_t domain;
        uint64_t ord;
        Segment *segment;
    } levels[DEPTH_MOST]; /* innermost first */
    size_t depth;
} Path;

/* ---- columns ------------------------------------------------------------ */

static FlowStatus open_column(Dump *d, int64_t chunk, uint32_t artifact, OpenColumn **out)
{
    for (size_t i = 0; i < d->open_count; i++) {
        *out = &d->open[i];
        if ((*out)->chunk == chunk && (*out)->artifact == artifact)
            return FLOW_OK;
    }
    OpenColumn fresh = {.chunk = chunk, .artifact = artifact};
    FlowStatus s = db_load_col(d->view->db, chunk, artifact, &fresh.loaded, d->err);
    if (s == FLOW_ENOENT)
        fresh.is_missing = true;
    else if (s != FLOW_OK)
        return s;
    size_t at = d->open_count;
    if (at < OPEN_MOST) {
        d->open_count++;
    } else {
        at = d->oldest;
        d->oldest = (d->oldest + 1) % OPEN_MOST;
        if (!d->open[at].is_missing)
            db_col_free(&d->open[at].loaded);
    }
    d->open[at] = fresh;
    *out = &d->open[at];
    return FLOW_OK;
}

/* Appends the value at `row` of a chunk's column. */
static FlowStatus write_value(Dump *d, int64_t chunk, uint32_t artifact, uint64_t row, Buffer *out)
{
    OpenColumn *column = NULL;
    FlowStatus s = open_column(d, chunk, artifact, &column);
    if (s != FLOW_OK)
        return s;
    Cell cell = {0};
    if (!column->is_missing && row < column->loaded.column.n)
        cell = column_cell(&column->loaded.column, row);
    return cell_write_json(db_blobs_dir(d->view->db), d->view->program->artifacts[artifact].type,
                           &cell, out, d->err);
}

static void close_columns(Dump *d)
{
    for (size_t i = 0; i < d->open_count; i++)
        if (!d->open[i].is_missing)
            db_col_free(&d->open[i].loaded);
}

/* ---- one task ----------------------------------------------------------- */

/* What is called for each named value, with its JSON in `json`. */
typedef FlowStatus (*EachValue)(Dump *d, const char *name, Buffer *json, bool is_first);

static FlowStatus one_value(Dump *d, int64_t chunk, uint32_t artifact, uint64_t row, bool is_first,
                            EachValue each)
{
    Buffer json = {0};
    FlowStatus s = write_value(d, chunk, artifact, row, &json);
    if (s == FLOW_OK)
        s = each(d, d->view->program->artifacts[artifact].name, &json, is_first);
    buffer_free(&json);
    return s;
}

static void find_path(const Dump *d, const ViewTask *task, Path *path)
{
    const FlowProgram *program = d->view->program;
    Row row = {program->steps[task->step].domain, task->ord, task->round};
    path->depth = 0;
    while (row.domain != 0 && path->depth < DEPTH_MOST) {
        Row parent;
        uint64_t index;
        Segment *segment;
        if (!ledger_parent(d->view->ledger, row, &parent, &index, &segment))
            return;
        path->levels[path->depth].index = index;
        path->levels[path->depth].domain = row.domain;
        path->levels[path->depth].ord = row.ord;
        path->levels[path->depth++].segment = segment;
        row = parent;
    }
}

static FlowStatus each_item(Dump *d, const Path *path, EachValue each)
{
    FlowStatus s = FLOW_OK;
    bool is_first = true;
    for (size_t level = path->depth; s == FLOW_OK && level-- > 0;) {
        const FlowDomain *domain = &d->view->program->domains[path->levels[level].domain];
        const Segment *segment = path->levels[level].segment;
        uint64_t row = path->levels[level].ord - segment->lo;
        for (size_t i = 0; s == FLOW_OK && i < domain->item_count; i++) {
            s = one_value(d, segment->parent->id, domain->items[i], row, is_first, each);
            is_first = false;
        }
    }
    return s;
}

/* A task has kept what its way carries; one that was caught has `none` for all. */
static FlowStatus each_artifact(Dump *d, const ViewTask *task, EachValue each)
{
    const FlowStep *step = &d->view->program->steps[task->step];
    if (!task->chunk)
        return FLOW_OK;
    uint8_t way = chunk_way(task->chunk, task->ord);
    size_t count = way < step->edge_count ? step->edges[way].carried : 0;
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < count; i++)
        s = one_value(d, task->chunk->id, step->keeps[i], task->ord - task->chunk->lo, i == 0,
                      each);
    return s;
}

static const char *status_of(const ViewTask *task)
{
    if (!task->chunk)
        return "failed";
    return chunk_caught(task->chunk, task->ord) ? "caught" : "done";
}

static const ViewFail *last_fail(const ViewTask *task)
{
    return task->fail_count ? &task->fails[task->fail_count - 1] : NULL;
}

static FlowStatus print_line(Dump *d)
{
    console_write(d->cli->console, CONSOLE_OUT, (const char *)d->line.bytes, d->line.len);
    buffer_clear(&d->line);
    /* Once nobody reads, there is nothing left to do. */
    return console_is_closed(d->cli->console) ? FLOW_EUSAGE : FLOW_OK;
}

/* ---- JSON --------------------------------------------------------------- */

static FlowStatus json_member(Dump *d, const char *name, Buffer *json, bool is_first)
{
    FlowStatus s = is_first ? FLOW_OK : buffer_append_byte(&d->line, ',');
    if (s == FLOW_OK)
        s = json_write_text(&d->line, name);
    if (s == FLOW_OK)
        s = buffer_append_byte(&d->line, ':');
    return s == FLOW_OK ? buffer_append(&d->line, json->bytes, json->len) : s;
}

static FlowStatus json_place(Dump *d, const ViewTask *task, const Path *path)
{
    char name[NAME_MOST];
    view_task_name(d->view, task, name, sizeof name);
    const FlowStep *step = &d->view->program->steps[task->step];
    FlowStatus s =
        buffer_printf(&d->line, "{\"task\":\"%s\",\"step\":\"%s\",\"index\":[", name, step->name);
    for (size_t level = path->depth; s == FLOW_OK && level-- > 0;)
        s = buffer_printf(&d->line, "%" PRIu64 "%s", path->levels[level].index, level ? "," : "");
    if (s == FLOW_OK)
        s = buffer_append_text(&d->line, "],\"round\":");
    if (s == FLOW_OK && step->flags & FLOW_STEP_IN_LOOP)
        s = buffer_printf(&d->line, "%u", task->round + 1);
    else if (s == FLOW_OK)
        s = buffer_append_text(&d->line, "null");
    if (s == FLOW_OK)
        s = buffer_printf(&d->line, ",\"attempt\":%u,\"status\":\"%s\"", view_task_attempt(task),
                          status_of(task));
    return s;
}

/* Why a task failed, where it did. */
static FlowStatus json_failure(Dump *d, const ViewTask *task)
{
    const ViewFail *fail = last_fail(task);
    if (!fail || strcmp(status_of(task), "done") == 0)
        return FLOW_OK;
    FlowStatus s = buffer_printf(&d->line, ",\"why\":\"%s\",\"message\":", why_name(fail->why));
    return s == FLOW_OK ? json_write_text(&d->line, fail->message) : s;
}

static FlowStatus dump_json(Dump *d, const ViewTask *task)
{
    Path path;
    find_path(d, task, &path);
    FlowStatus s = json_place(d, task, &path);
    if (s == FLOW_OK)
        s = json_failure(d, task);
    if (s == FLOW_OK)
        s = buffer_append_text(&d->line, ",\"items\":{");
    if (s == FLOW_OK)
        s = each_item(d, &path, json_member);
    if (s == FLOW_OK)
        s = buffer_append_text(&d->line, "},\"artifacts\":{");
    if (s == FLOW_OK)
        s = each_artifact(d, task, json_member);
    return s == FLOW_OK ? buffer_append_text(&d->line, "}}\n") : s;
}

/* ---- for people --------------------------------------------------------- */

static size_t shown_bytes(const Buffer *json)
{
    if (json->len <= VALUE_SHOWN)
        return json->len;
    size_t len = VALUE_SHOWN;
    while (len > 0 && (json->bytes[len] & 0xc0) == 0x80)
        len--; /* not in the middle of a code point */
    return len;
}

static FlowStatus text_member(Dump *d, const char *name, Buffer *json, bool is_first)
{
    (void)is_first;
    size_t len = shown_bytes(json);
    FlowStatus s = buffer_printf(&d->line, "    %s = ", name);
    if (s == FLOW_OK)
        s = buffer_append(&d->line, json->bytes, len);
    if (s == FLOW_OK && len < json->len)
        s = buffer_printf(&d->line, " … (%zu bytes as JSON)", json->len);
    return s == FLOW_OK ? buffer_append_byte(&d->line, '\n') : s;
}

static FlowStatus text_head(Dump *d, const ViewTask *task)
{
    char name[NAME_MOST];
    view_task_name(d->view, task, name, sizeof name);
    uint32_t attempt = view_task_attempt(task);
    const ViewFail *fail = last_fail(task);
    const char *status = status_of(task);
    FlowStatus s = buffer_printf(&d->line, "%s %s", name, status);
    if (s == FLOW_OK && attempt > 1)
        s = buffer_printf(&d->line, " in attempt %u", attempt);
    if (s == FLOW_OK && fail && strcmp(status, "done") != 0)
        s = buffer_printf(&d->line, ": %s", fail->message);
    return s == FLOW_OK ? buffer_append_byte(&d->line, '\n') : s;
}

static FlowStatus dump_text(Dump *d, const ViewTask *task)
{
    Path path;
    find_path(d, task, &path);
    FlowStatus s = text_head(d, task);
    if (s == FLOW_OK)
        s = each_item(d, &path, text_member);
    return s == FLOW_OK ? each_artifact(d, task, text_member) : s;
}

static FlowStatus dump_task(void *ctx, const ViewTask *task)
{
    Dump *d = ctx;
    FlowStatus s = d->cli->options->is_json ? dump_json(d, task) : dump_text(d, task);
    if (s == FLOW_ENOMEM)
        flow_error(d->err, s, "out of memory");
    return s == FLOW_OK ? print_line(d) : s;
}

int command_dump(Cli *cli)
{
    View view;
    FlowError err = {0};
    Dump *d = os_alloc_zero(sizeof *d);
    FlowStatus s =
        view_open(cli->program, cli->options->text[OPTION_STORE], cli->options->word, &view, &err);
    if (s == FLOW_OK && !d)
        s = flow_error(&err, FLOW_ENOMEM, "out of memory");
    if (s == FLOW_OK) {
        d->cli = cli;
        d->view = &view;
        d->err = &err;
        s = view_each_task(&view, dump_task, d, &err);
        close_columns(d);
        buffer_free(&d->line);
    }
    os_free(d);
    view_close(&view);
    bool is_over = s == FLOW_OK || console_is_closed(cli->console);
    return is_over ? EXIT_OK : command_failed(cli, &err);
}
