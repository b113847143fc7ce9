/* SPDX-License-Identifier: Apache-2.0 */
/* parallel.c - xs.parallel_map(f).
 *
 * The task's own thread and others beside it take spans of the list in its order, until it is used
 * up.  Each has a FlowTask of its own, so failures, traces and draws do not meet.  After a failure
 * only what stands before it is still gone through: so the first one in the order of the list is
 * found, whichever thread is the fastest.  What the threads read is marked as shared while they
 * run (value/share.h); what they make is their own until they are over.
 *
 * Inside of f there is one thread: a parallel_map in there is done by the thread that it is in. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include <flow/lib.h>

#include "lib/random.h"
#include "os/memory.h"
#include "value/list.h"
#include "value/share.h"

/* As many spans a thread, so that a slow one at the end keeps no other waiting for long; no more
 * elements in one than this, and a thread's stack no smaller than the main one's usual size. */
enum { SPANS_PER_THREAD = 32, SPAN_MAX = 1024, THREADS_MAX = 1024 };
enum { STACK_MIN = 8 << 20 };

typedef struct Work {
    const FlowList *list;
    const FlowClosure *f;
    FlowApply *apply;
    char *results;
    size_t result_size;
    uint64_t draws; /* that the streams of the elements are made of */
    size_t span;
    atomic_size_t next;
    atomic_size_t failed; /* the first element that failed so far, or the length */
} Work;

typedef struct Thread {
    pthread_t id;
    Work *work;
    uint32_t line;
    size_t failed;
    FlowStatus status;
    FlowTask task;
} Thread;

/* ---- one element, one thread --------------------------------------------- */

static FlowStatus apply_at(Work *w, FlowTask *t, size_t i)
{
    int64_t room; /* for an int of a range */
    FlowRandom before = t->random;
    t->random = random_stream(w->draws, i);
    FlowStatus s = w->apply(t, w->f, list_peek(w->list, i, &room),
                            w->results + i * w->result_size);
    t->random = before;
    return s;
}

static void note_failure(Work *w, size_t i)
{
    size_t first = atomic_load(&w->failed);
    while (i < first && !atomic_compare_exchange_weak(&w->failed, &first, i))
        ;
}

/* Goes through spans until there are none, or all that are left stand behind a failure. */
static FlowStatus run_spans(Work *w, FlowTask *t, size_t *failed)
{
    size_t len = w->list->len;
    for (;;) {
        size_t from = atomic_fetch_add(&w->next, w->span);
        size_t to = from + w->span < len ? from + w->span : len;
        if (from >= len)
            return FLOW_OK;
        for (size_t i = from; i < to; i++) {
            if (i > atomic_load_explicit(&w->failed, memory_order_relaxed))
                return FLOW_OK;
            FlowStatus s = apply_at(w, t, i);
            if (s == FLOW_OK)
                continue;
            *failed = i;
            note_failure(w, i);
            return s;
        }
    }
}

static FlowStatus run_alone(Work *w, FlowTask *t)
{
    for (size_t i = 0; i < w->list->len; i++) {
        FlowStatus s = apply_at(w, t, i);
        if (s != FLOW_OK)
            return s;
    }
    return FLOW_OK;
}

static void *run_thread(void *self)
{
    Thread *thread = self;
    thread->status = run_spans(thread->work, &thread->task, &thread->failed);
    return NULL;
}

/* ---- several ------------------------------------------------------------- */

static void init_thread(Thread *thread, Work *w, const FlowTask *t)
{
    thread->work = w;
    thread->failed = SIZE_MAX;
    thread->line = *t->line;
    FlowTask *own = &thread->task;
    own->program = t->program;
    own->step = t->step;
    own->line = &thread->line;
    own->depth = t->depth;
    own->current = t->current;
    own->ord = t->ord;
    own->round = t->round;
    own->attempt = t->attempt;
    own->cpus = 1;
    own->has_company = true;
}

/* Signals go to the main thread, save those of a crash. */
static void block_signals(sigset_t *before)
{
    static const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    sigset_t others;
    sigfillset(&others);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        sigdelset(&others, own[i]);
    pthread_sigmask(SIG_SETMASK, &others, before);
}

/* How many could be started: fewer than wanted only makes it slower. */
static size_t start_threads(Thread **threads, size_t wanted, Work *w, const FlowTask *t)
{
    pthread_attr_t attr;
    sigset_t before;
    size_t count = 0, stack = 0;
    if (pthread_attr_init(&attr) != 0)
        return 0;
    if (pthread_attr_getstacksize(&attr, &stack) == 0 && stack < STACK_MIN)
        pthread_attr_setstacksize(&attr, STACK_MIN);
    block_signals(&before);
    for (; count < wanted; count++) {
        Thread *thread = os_alloc_zero(sizeof *thread);
        if (thread)
            init_thread(thread, w, t);
        if (!thread || pthread_create(&thread->id, &attr, run_thread, thread) != 0) {
            os_free(thread);
            break;
        }
        threads[count] = thread;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return count;
}

static void take_failure(FlowTask *t, const FlowTask *from)
{
    t->status = from->status;
    memcpy(t->message, from->message, sizeof t->message);
    memcpy(t->trace, from->trace, sizeof t->trace);
    t->trace_count = from->trace_count;
}

static FlowStatus run_together(Work *w, FlowTask *t, size_t count)
{
    Thread *threads[THREADS_MAX];
    uint32_t cpus = t->cpus;
    size_t failed = SIZE_MAX, started = start_threads(threads, count - 1, w, t);
    t->cpus = 1;
    t->has_company = started > 0;
    FlowStatus s = run_spans(w, t, &failed);
    t->cpus = cpus;
    t->has_company = false;
    for (size_t i = 0; i < started; i++) {
        Thread *thread = threads[i];
        pthread_join(thread->id, NULL);
        t->prints += thread->task.prints;
        if (thread->status != FLOW_OK && thread->failed < failed) {
            failed = thread->failed;
            s = thread->status;
            take_failure(t, &thread->task);
        }
        os_free(thread);
    }
    return s;
}

static FlowStatus run_shared(Work *w, FlowTask *t, const FlowType *list, size_t count)
{
    static const FlowType closure = {
        .kind = FLOW_CLOSURE, .size = sizeof(FlowClosure *), .counted = true, .name = "closure"};
    ShareWalk walk = {0};
    FlowStatus s = value_share(&walk, list, &w->list);
    if (s == FLOW_OK) {
        s = value_share(&walk, &closure, &w->f);
        if (s == FLOW_OK)
            s = run_together(w, t, count);
        else
            flow_fail_memory(t, 0);
        value_unshare(&walk, &closure, &w->f);
    } else {
        flow_fail_memory(t, 0);
    }
    value_unshare(&walk, list, &w->list);
    share_free(&walk);
    return s;
}

FlowStatus flow_parallel_map(FlowTask *t, const FlowList *list, const FlowType *type,
                             const FlowClosure *f, const FlowType *result, FlowApply *apply,
                             FlowList **out)
{
    size_t len = (size_t)flow_list_len(list);
    size_t count = t->cpus < len ? t->cpus : len;
    Work w = {.list = list, .f = f, .apply = apply, .result_size = result->size,
              .draws = random_word(&t->random)};
    *out = NULL;
    if (len == 0)
        return FLOW_OK;
    FlowStatus s = flow_list_new(t, result, len, len, out);
    if (s != FLOW_OK)
        return s;
    if (count > THREADS_MAX)
        count = THREADS_MAX;
    w.results = (*out)->items;
    w.span = count ? len / (count * SPANS_PER_THREAD) : 1;
    w.span = w.span < 1 ? 1 : w.span > SPAN_MAX ? SPAN_MAX : w.span;
    atomic_init(&w.next, 0);
    atomic_init(&w.failed, len);
    s = count > 1 ? run_shared(&w, t, type, count) : run_alone(&w, t);
    if (s != FLOW_OK) {
        flow_list_release(*out);
        *out = NULL;
    }
    return s;
}

/* ---- constants ----------------------------------------------------------- */

static pthread_mutex_t constants = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

uint32_t flow_constants_lock(FlowTask *t)
{
    uint32_t cpus = t->cpus;
    pthread_mutex_lock(&constants);
    t->cpus = 1;
    return cpus;
}

void flow_constants_unlock(FlowTask *t, uint32_t cpus)
{
    t->cpus = cpus;
    pthread_mutex_unlock(&constants);
}
