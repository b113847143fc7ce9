/* SPDX-License-Identifier: Apache-2.0 */
/* worker.c - runs the rows of a chunk, one after another, and publishes what became of each.
 *
 * The status page says at every moment which row is at work, so that a crash is charged to it and
 * to no other; a row is over once its frame is published.  The scheduler is woken when the ring is
 * half full, 20 ms after it was woken last, and at the end: not for every row. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "backends/worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/gpu.h"

enum { WAKE_BYTES = RING_BYTES / 2, WAKE_NS = 20 * 1000 * 1000 };
/* Address space that a thread of a task sets aside, for its stack and the allocator, and may never
 * use. */
enum { THREAD_ROOM = 136 << 20 };

typedef struct Worker {
    const WorkerJob *job;
    const FlowStep *step;
    WorkerPage *page;
    RingWriter ring;
    uint64_t woken_head;
    int64_t woken_at;
    int64_t now;      /* monotonic, at the last row's edge */
    int64_t epoch_ns; /* what makes a monotonic time one since 1970 */
    LogSpan log;      /* of the row */
    uint32_t prints;  /* of the task, as far as `log` goes */
    uint64_t rows_left;
    Block block;
    Loader loader;
    Storer storer;
    FlowTask task;
} Worker;

/* ---- publishing --------------------------------------------------------- */

static void wake(Worker *w)
{
    uint64_t one = 1;
    w->woken_head = w->ring.head;
    w->woken_at = w->now;
    if (write(w->job->wake, &one, sizeof one) < 0)
        return; /* the counter is full: it will be read */
}

static void publish(Worker *w, FrameType type, const void *payload, size_t len)
{
    while (!ring_write(&w->ring, type, payload, len)) {
        wake(w);
        ring_wait(&w->ring);
    }
}

static void wake_if_due(Worker *w)
{
    if (w->ring.head - w->woken_head >= WAKE_BYTES || w->now - w->woken_at >= WAKE_NS)
        wake(w);
}

_Noreturn static void finish(Worker *w)
{
    atomic_store_explicit(&w->page->phase, PHASE_ENDED, memory_order_release);
    publish(w, FRAME_END, NULL, 0);
    wake(w);
    _exit(0);
}

_Noreturn static void refuse(Worker *w, const FlowError *err)
{
    publish(w, FRAME_REFUSED, err->message, strlen(err->message));
    finish(w);
}

/* ---- logs --------------------------------------------------------------- */

static uint64_t file_size(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void begin_log(Worker *w)
{
    w->log.slot = w->job->slot;
    w->log.out_to = file_size(STDOUT_FILENO);
    w->log.err_to = file_size(STDERR_FILENO);
}

/* Asking the system for the files' sizes costs more than a small row: it is asked only after
 * something was printed, or where foreign code may have done it unseen. */
static void next_log(Worker *w)
{
    bool is_alone = w->step->flags & FLOW_STEP_ALONE;
    w->log.out_from = w->log.out_to;
    w->log.err_from = w->log.err_to;
    if (!is_alone && w->task.prints == w->prints)
        return;
    fflush(stdout);
    w->prints = w->task.prints;
    w->log.out_to = file_size(STDOUT_FILENO);
    w->log.err_to = file_size(STDERR_FILENO);
}

/* ---- a row -------------------------------------------------------------- */

static int64_t end_row(Worker *w)
{
    int64_t began = w->now;
    w->now = os_monotonic_ns();
    next_log(w);
    return w->now - began;
}

static bool is_same_frame(const FlowFrame *a, const FlowFrame *b)
{
    return a->line == b->line && strcmp(a->function, b->function) == 0 &&
           strcmp(a->file, b->file) == 0;
}

/* How many frames from this one on are the same, as a recursion has them. */
static uint32_t same_frames(const FlowTask *t, uint32_t from, uint32_t count)
{
    uint32_t same = 1;
    while (from + same < count && is_same_frame(&t->trace[from], &t->trace[from + same]))
        same++;
    return same;
}

/* "  at NAME (FILE:LINE)", a line a call, innermost first.  A trace that is full has left out
 * calls before its last. */
static FlowStatus write_trace(const FlowTask *t, Buffer *out)
{
    FlowStatus s = FLOW_OK;
    uint32_t count = t->trace_count < FLOW_TRACE_MAX ? t->trace_count : FLOW_TRACE_MAX;
    for (uint32_t i = 0, same; i < count && s == FLOW_OK; i += same) {
        same = same_frames(t, i, count);
        s = buffer_printf(out, "%s  at %s (%s:%u)", i > 0 ? "\n" : "", t->trace[i].function,
                          t->trace[i].file, t->trace[i].line);
        bool is_cut = count == FLOW_TRACE_MAX && i + same >= count - 1;
        if (s == FLOW_OK && same > 1 && is_cut)
            s = buffer_append_text(out, "\n  … and so on, many times");
        else if (s == FLOW_OK && same > 1)
            s = buffer_printf(out, "\n  … %u more", same - 1);
    }
    return s;
}

static void fail_row(Worker *w, FlowStatus status)
{
    FlowTask *t = &w->task;
    FrameFail fail = {
        .ord = t->ord,
        .why = status == FLOW_ENOMEM ? WHY_MEMORY : WHY_FAILED,
        .message_len = (uint32_t)strnlen(t->message, sizeof t->message),
        .line = t->trace_count > 0 ? t->trace[0].line : FLOW_NOTED_LINE(w->page->line),
        .began = w->now + w->epoch_ns,
    };
    fail.duration = end_row(w);
    fail.log = w->log;
    Buffer *frame = &w->storer.frame;
    buffer_clear(frame);
    FlowStatus s = buffer_append_zeros(frame, sizeof fail);
    if (s == FLOW_OK)
        s = buffer_append(frame, t->message, fail.message_len);
    if (s == FLOW_OK)
        s = write_trace(t, frame);
    if (s != FLOW_OK || frame->len > FRAME_MAX) { /* then without its words */
        fail.message_len = 0;
        publish(w, FRAME_FAIL, &fail, sizeof fail);
        return;
    }
    fail.trace_len = (uint32_t)(frame->len - sizeof fail - fail.message_len);
    memcpy(frame->bytes, &fail, sizeof fail);
    publish(w, FRAME_FAIL, frame->bytes, frame->len);
}

/* The times and the log are known only when all is encoded: they are written over. */
static void finish_row(Worker *w, FrameDone *done)
{
    done->began = w->now + w->epoch_ns;
    done->duration = end_row(w);
    done->log = w->log;
    memcpy(w->storer.frame.bytes, done, sizeof *done);
    publish(w, FRAME_DONE, w->storer.frame.bytes, w->storer.frame.len);
}

static void reset_task(Worker *w, uint64_t ord)
{
    FlowTask *t = &w->task;
    t->ord = ord;
    t->fan = NULL;
    t->way = 0;
    t->depth = 0;
    t->status = FLOW_OK;
    t->message[0] = '\0';
    t->trace_count = 0;
    w->page->foreign = 0;
}

static void enter(Worker *w, Phase phase)
{
    atomic_store_explicit(&w->page->phase, phase, memory_order_release);
}

static FlowStatus run_body(Worker *w, FrameDone *done)
{
    FlowTask *t = &w->task;
    FlowStatus s = loader_next(&w->loader, t);
    if (--w->rows_left == 0)
        block_drop_columns(&w->block); /* a join's input is there twice: as columns, as values */
    if (s != FLOW_OK)
        return s;
    flow_random_seed(&t->random, w->job->seed, w->step->name, w->loader.path, w->loader.level_count,
                     t->round);
    enter(w, PHASE_RUNNING);
    s = w->step->environment ? w->step->environment(t) : FLOW_OK;
    if (s == FLOW_OK)
        s = w->step->body(t);
    enter(w, PHASE_STORING);
    return s == FLOW_OK ? storer_encode(&w->storer, t, done) : s;
}

static void run_row(Worker *w, uint64_t ord, const FlowError *err)
{
    (void)err;
    reset_task(w, ord);
    w->page->line = w->step->line;
    atomic_store_explicit(&w->page->began, w->now, memory_order_release);
    atomic_store_explicit(&w->page->ord, ord, memory_order_release);
    enter(w, PHASE_LOADING);
    FrameDone done = {.ord = ord};
    FlowStatus s = run_body(w, &done);
    if (s == FLOW_OK)
        finish_row(w, &done);
    else
        fail_row(w, s);
    storer_release(&w->storer, &w->task);
    loader_release(&w->loader);
    wake_if_due(w);
}

/* ---- the chunk ---------------------------------------------------------- */

static FlowStatus set_up(Worker *w, FlowError *err)
{
    const WorkerJob *job = w->job;
    FlowStatus s = block_open(job->block, job->block_len, job->n, w->step->slot_count,
                              job->blobs_dir, &w->block, err);
    if (s == FLOW_OK && job->block_fd >= 0)
        block_give_back(&w->block, job->block_fd);
    if (s == FLOW_OK)
        s = loader_init(&w->loader, w->step, job->program, &w->block, job->blobs_dir, err);
    if (s == FLOW_OK)
        s = storer_init(&w->storer, w->step, job->program, job->blobs_dir, err);
    return s;
}

/* Counted from here: the input is mapped already, and a mapped blob takes no memory. */
static void bound_memory(int64_t memory, uint32_t cpus)
{
    unsigned long pages = 0;
    if (memory <= 0)
        return;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f) {
        if (fscanf(f, "%lu", &pages) != 1)
            pages = 0;
        fclose(f);
    }
    rlim_t bound = (rlim_t)memory + (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
    bound += cpus > 1 ? (rlim_t)(cpus - 1) * THREAD_ROOM : 0;
    struct rlimit limit = {bound, bound};
    setrlimit(RLIMIT_AS, &limit);
}

/* Foreign code finds its devices, and no other's, by the name that CUDA looks at. */
static void show_gpus(uint64_t gpus)
{
    GpuList list;
    char text[GPU_TEXT_MAX];
    gpu_list_read(&list);
    gpu_names(&list, gpus, text);
    setenv("CUDA_VISIBLE_DEVICES", text, 1);
}

static void init(Worker *w, const WorkerJob *job)
{
    w->job = job;
    w->step = &job->program->steps[job->step];
    w->page = job->page;
    w->rows_left = job->n;
    ring_writer_init(&w->ring, job->page);
    w->now = w->woken_at = os_monotonic_ns();
    w->epoch_ns = os_now_ns() - w->now;
    w->task.program = job->program;
    w->task.step = w->step;
    w->task.line = &job->page->line;
    w->task.foreign = &job->page->foreign;
    w->task.round = job->round;
    w->task.attempt = job->attempt;
    w->task.cpus = job->cpus;
    begin_log(w);
}

static bool has_lost_column(const Worker *w)
{
    return w->block.header && !w->block.columns &&
           w->block.lost_field < w->step->slots[w->block.lost_slot].field_count;
}

/* The words of a value that cannot be had, where it is known for which one the input was opened. */
static void say_lost(Worker *w, const FlowError *err)
{
    FlowTask *t = &w->task;
    if (!has_lost_column(w)) {
        snprintf(t->message, sizeof t->message, "%s", err->message);
        return;
    }
    const FlowSlot *slot = &w->step->slots[w->block.lost_slot];
    uint16_t artifact = slot->fields[w->block.lost_field].artifact;
    snprintf(t->message, sizeof t->message, "cannot read `%s`: %s",
             w->job->program->artifacts[artifact].name, err->message);
}

/* A lack of memory before the first row is charged to that row. */
static void fail_first_row(Worker *w, const FlowError *err)
{
    reset_task(w, w->job->lo);
    say_lost(w, err);
    fail_row(w, FLOW_ENOMEM);
}

typedef void (*RowRunner)(Worker *w, uint64_t ord, const FlowError *err);

/* Until the scheduler wants no more. */
static void run_each(Worker *w, RowRun rows, RowRunner runner, const FlowError *err)
{
    for (uint64_t i = 0; i < rows.n; i++) {
        if (atomic_load_explicit(&w->page->stop, memory_order_relaxed))
            return;
        runner(w, rows.lo + i, err);
    }
}

static void run_rows(Worker *w, RowRunner runner, const FlowError *err)
{
    if (w->block.header->row_run_count == 0)
        run_each(w, (RowRun){w->job->lo, w->job->n}, runner, err);
    for (uint64_t i = 0; i < w->block.header->row_run_count; i++)
        run_each(w, w->block.rows[i], runner, err);
}

/* A column that cannot be had is no fault of this worker's: every row that needs it fails, as it
 * does for a value that cannot be had. */
static void lose_row(Worker *w, uint64_t ord, const FlowError *err)
{
    reset_task(w, ord);
    w->page->line = w->step->line;
    atomic_store_explicit(&w->page->ord, ord, memory_order_release);
    say_lost(w, err);
    fail_row(w, FLOW_FAIL);
    wake_if_due(w);
}

_Noreturn void worker_run(const WorkerJob *job)
{
    static Worker worker; /* one a process */
    Worker *w = &worker;
    FlowError err;
    init(w, job);
    FlowStatus s = set_up(w, &err);
    if (s == FLOW_ENOMEM) {
        fail_first_row(w, &err);
        finish(w);
    }
    if (s != FLOW_OK && has_lost_column(w)) {
        run_rows(w, lose_row, &err);
        finish(w);
    }
    if (s != FLOW_OK)
        refuse(w, &err);
    bound_memory(job->memory, job->cpus);
    if (job->gpus != 0)
        show_gpus(job->gpus);
    w->task.in = w->loader.in;
    w->task.out = w->storer.out;
    run_rows(w, run_row, NULL);
    finish(w);
}
