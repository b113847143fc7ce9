/* SPDX-License-Identifier: Apache-2.0 */
/* leftover.c - the gaps between the spans of a run's tasks in the log files of its slots.
 *
 * The tasks of a chunk lie one behind the other, so that their spans are joined as they come: what
 * is sorted afterwards is about as long as the list of chunks. */
#include "cli/leftover.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "os/memory.h"

typedef struct Interval {
    uint32_t slot;
    bool is_stderr;
    uint64_t from, to;
} Interval;

typedef struct Leftover {
    Console *console;
    const View *view;
    TaskStreams streams;
    FlowError *err;
    Interval *known;
    size_t count, cap;
    size_t last[2]; /* of each stream, the interval that came last, and 1 */
    bool has_printed;
} Leftover;

/* ---- what is known ------------------------------------------------------ */

static FlowStatus add(Leftover *l, const Interval *one)
{
    size_t last = l->last[one->is_stderr];
    if (one->from >= one->to)
        return FLOW_OK;
    if (last > 0 && l->known[last - 1].slot == one->slot && l->known[last - 1].to == one->from) {
        l->known[last - 1].to = one->to;
        return FLOW_OK;
    }
    if (l->count == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 64;
        Interval *grown = os_realloc_array(l->known, cap, sizeof *grown);
        if (!grown)
            return FLOW_ENOMEM;
        l->known = grown;
        l->cap = cap;
    }
    l->known[l->count++] = *one;
    l->last[one->is_stderr] = l->count;
    return FLOW_OK;
}

static FlowStatus add_span(Leftover *l, const LogSpan *span)
{
    FlowStatus s = add(l, &(Interval){span->slot, false, span->out_from, span->out_to});
    return s == FLOW_OK ? add(l, &(Interval){span->slot, true, span->err_from, span->err_to}) : s;
}

static FlowStatus add_chunk(Leftover *l, const Chunk *chunk)
{
    FlowStatus s = FLOW_OK;
    if (chunk->run != l->view->run.id || !chunk->log)
        return FLOW_OK;
    for (uint64_t i = 0; s == FLOW_OK && i < chunk->n; i++)
        if (chunk_has(chunk, chunk->lo + i))
            s = add_span(l, &chunk->log[i]);
    return s;
}

static FlowStatus collect(Leftover *l)
{
    const View *v = l->view;
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < ledger_chunk_count(v->ledger); i++)
        s = add_chunk(l, ledger_chunk(v->ledger, i));
    for (size_t i = 0; s == FLOW_OK && i < v->fail_count; i++)
        s = add_span(l, &v->fails[i].log);
    for (size_t i = 0; s == FLOW_OK && i < v->running.count; i++)
        s = add_span(l, &v->running.rows[i].log);
    return s == FLOW_OK ? s : flow_error(l->err, s, "out of memory");
}

static int by_place(const void *left, const void *right)
{
    const Interval *a = left, *b = right;
    if (a->slot != b->slot)
        return a->slot < b->slot ? -1 : 1;
    if (a->is_stderr != b->is_stderr)
        return a->is_stderr ? 1 : -1;
    return (a->from > b->from) - (a->from < b->from);
}

/* ---- what is left ------------------------------------------------------- */

static FlowStatus print_gap(Leftover *l, const Interval *gap)
{
    TaskStreams stream = gap->is_stderr ? TASKLOG_ERR : TASKLOG_OUT;
    LogSpan span = {.slot = gap->slot};
    if (gap->from >= gap->to || !(l->streams & stream))
        return FLOW_OK;
    if (gap->is_stderr) {
        span.err_from = gap->from;
        span.err_to = gap->to;
    } else {
        span.out_from = gap->from;
        span.out_to = gap->to;
    }
    bool is_done = l->view->run.state == RUN_DONE; /* a process that a task left behind, then */
    if (!l->has_printed)
        console_text(l->console, CONSOLE_ERR,
                     is_done ? "--- of no task\n" : "--- of tasks that were not stored\n");
    l->has_printed = true;
    return tasklog_print(l->console, l->view->store, l->view->run.id, &span, stream, l->err);
}

/* The gaps in one file of `size` bytes; *at is the first interval that is not of a file before. */
static FlowStatus print_file(Leftover *l, uint32_t slot, bool is_stderr, uint64_t size, size_t *at)
{
    FlowStatus s = FLOW_OK;
    uint64_t seen = 0;
    for (; s == FLOW_OK && *at < l->count; ++*at) {
        const Interval *one = &l->known[*at];
        if (one->slot != slot || one->is_stderr != is_stderr)
            break;
        s = print_gap(l, &(Interval){slot, is_stderr, seen, one->from});
        seen = one->to > seen ? one->to : seen;
    }
    return s == FLOW_OK ? print_gap(l, &(Interval){slot, is_stderr, seen, size}) : s;
}

/* One above the number of the last slot that has a log file. */
static uint32_t slots_of(const View *v)
{
    char *path = tasklog_dir(v->store, v->run.id);
    DIR *folder = path ? opendir(path) : NULL;
    uint32_t slots = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char *end;
        unsigned long slot = strtoul(entry->d_name, &end, 10);
        if (end != entry->d_name && *end == '.' && slot < UINT32_MAX && slot >= slots)
            slots = (uint32_t)slot + 1;
    }
    if (folder)
        closedir(folder);
    os_free(path);
    return slots;
}

static FlowStatus print_gaps(Leftover *l)
{
    FlowStatus s = FLOW_OK;
    uint32_t slots = slots_of(l->view);
    uint64_t out, err;
    size_t at = 0;
    for (uint32_t slot = 0; s == FLOW_OK && slot < slots; slot++) {
        tasklog_size(l->view->store, l->view->run.id, slot, &out, &err);
        s = print_file(l, slot, false, out, &at);
        if (s == FLOW_OK)
            s = print_file(l, slot, true, err, &at);
    }
    return s;
}

FlowStatus leftover_print(Console *c, const View *view, TaskStreams streams, bool *has_printed,
                          FlowError *err)
{
    Leftover l = {.console = c, .view = view, .streams = streams, .err = err};
    FlowStatus s = collect(&l);
    if (l.count > 1)
        qsort(l.known, l.count, sizeof *l.known, by_place);
    if (s == FLOW_OK)
        s = print_gaps(&l);
    *has_printed |= l.has_printed;
    os_free(l.known);
    return s;
}
