/* SPDX-License-Identifier: Apache-2.0 */
/* running.c - reads rows that their writer may be about to change.
 *
 * A row that was written half when it was read shows by its checksum, and is read again.  The ends
 * of the log files count for a row only if the slot has had no other row before and after they were
 * asked for. */
#include "cli/running.h"

#include <inttypes.h>
#include <string.h>

#include "backends/crc32c.h"
#include "cli/tasklog.h"
#include "os/file.h"
#include "os/memory.h"

enum { READS = 3 };

static bool is_whole(const RunningRow *row)
{
    return row->crc == crc32c(&row->step, sizeof *row - sizeof row->crc);
}

/* The slot's row, or an empty one; false when it was only half written. */
static bool row_at(const Buffer *file, size_t slot, RunningRow *out)
{
    static const RunningRow none = {0};
    *out = none;
    if (slot * RUNNING_STRIDE + sizeof *out > file->len)
        return true;
    memcpy(out, file->bytes + slot * RUNNING_STRIDE, sizeof *out);
    return is_whole(out) || memcmp(out, &none, sizeof none) == 0;
}

static FlowStatus read_file(const char *path, Buffer *out)
{
    buffer_clear(out);
    FlowStatus s = os_read_file(path, out, NULL);
    if (s == FLOW_ENOMEM)
        return s;
    if (s != FLOW_OK)
        buffer_clear(out);
    return FLOW_OK;
}

static bool is_same_row(const RunningRow *a, const RunningRow *b)
{
    return a->step == b->step && a->round == b->round && a->ord == b->ord &&
           a->attempt == b->attempt && a->log.out_from == b->log.out_from &&
           a->log.err_from == b->log.err_from;
}

static void take_sizes(const char *store, int64_t run, RunningList *list)
{
    for (size_t i = 0; i < list->count; i++) {
        LogSpan *log = &list->rows[i].log;
        uint64_t out, err;
        if (!list->rows[i].is_last || !tasklog_size(store, run, log->slot, &out, &err))
            continue;
        log->out_to = out > log->out_to ? out : log->out_to;
        log->err_to = err > log->err_to ? err : log->err_to;
    }
}

/* Where the slot has another row by now, what was there before goes as it was written. */
static void settle(RunningList *list, const Buffer *before, const Buffer *after)
{
    for (size_t i = 0; i < list->count; i++) {
        RunningRow *row = &list->rows[i], old, new;
        size_t slot = row->log.slot;
        bool is_same = row_at(after, slot, &new) && is_same_row(row, &new);
        if (!is_same && row_at(before, slot, &old))
            *row = old;
        else if (is_same && new.pid)
            row->pid = new.pid;
    }
}

static FlowStatus collect(const Buffer *file, RunningList *out, bool *has_half)
{
    size_t slots = file->len / RUNNING_STRIDE + 1;
    out->rows = os_alloc_array(slots, sizeof *out->rows);
    if (!out->rows)
        return FLOW_ENOMEM;
    for (size_t slot = 0; slot < slots; slot++) {
        RunningRow row;
        if (!row_at(file, slot, &row))
            *has_half = true;
        else if (row.crc != 0 && row.log.slot == slot)
            out->rows[out->count++] = row;
        if (is_whole(&row) && row.seen > out->seen)
            out->seen = row.seen;
    }
    return FLOW_OK;
}

static FlowStatus read_once(const char *path, const char *store, int64_t run, RunningList *out,
                            bool *has_half)
{
    Buffer before = {0}, after = {0};
    FlowStatus s = read_file(path, &before);
    if (s == FLOW_OK)
        s = collect(&before, out, has_half);
    if (s == FLOW_OK) {
        take_sizes(store, run, out);
        s = read_file(path, &after);
    }
    if (s == FLOW_OK)
        settle(out, &before, &after);
    buffer_free(&before);
    buffer_free(&after);
    return s;
}

FlowStatus running_read(const char *store, int64_t run, RunningList *out)
{
    Buffer path = {0};
    *out = (RunningList){0};
    FlowStatus s = buffer_printf(&path, "%s/logs/%" PRId64 "/tasks", store, run);
    if (s == FLOW_OK && !buffer_text(&path))
        s = FLOW_ENOMEM;
    bool has_half = s == FLOW_OK;
    for (int i = 0; s == FLOW_OK && has_half && i < READS; i++) {
        has_half = false;
        running_free(out);
        s = read_once((const char *)path.bytes, store, run, out, &has_half);
    }
    buffer_free(&path);
    if (s != FLOW_OK)
        running_free(out);
    return s;
}

void running_free(RunningList *list)
{
    os_free(list->rows);
    *list = (RunningList){0};
}
