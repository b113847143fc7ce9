/* SPDX-License-Identifier: Apache-2.0 */
/* What runs next: attempts that are due, then the deepest step that has something ready and fits,
 * so that branches are finished before more are begun. */
#include <string.h>

#include "os/clock.h"
#include "os/memory.h"
#include "os/interpreter.h"
#include "sched/run_private.h"
#include "value/number.h"

enum {
    CHUNK_MAX = 4096,
    CHUNK_TIME = 20 * 1000 * 1000,  /* ns: what a chunk should take */
    CHUNK_TIME_LEAST = 1000 * 1000, /* below this a fork costs more than it spreads */
    ERRORS_MAX = 20
};

/* ---- retries: a heap by the time they are due ----------------------------------------- */

static void swap(Retry *a, Retry *b)
{
    Retry t = *a;
    *a = *b;
    *b = t;
}

FlowStatus run_add_retry(Run *r, const Retry *retry)
{
    if (r->retry_count == r->retry_cap) {
        size_t cap = r->retry_cap ? r->retry_cap * 2 : 16;
        Retry *retries = os_realloc_array(r->retries, cap, sizeof *retries);
        if (!retries)
            return FLOW_ENOMEM;
        r->retries = retries;
        r->retry_cap = cap;
    }
    size_t i = r->retry_count++;
    r->retries[i] = *retry;
    for (; i > 0 && r->retries[i].due < r->retries[(i - 1) / 2].due; i = (i - 1) / 2)
        swap(&r->retries[i], &r->retries[(i - 1) / 2]);
    return FLOW_OK;
}

static void remove_first_retry(Run *r)
{
    r->retries[0] = r->retries[--r->retry_count];
    for (size_t i = 0;;) {
        size_t least = i, left = 2 * i + 1;
        for (size_t k = left; k <= left + 1 && k < r->retry_count; k++)
            if (r->retries[k].due < r->retries[least].due)
                least = k;
        if (least == i)
            return;
        swap(&r->retries[i], &r->retries[least]);
        i = least;
    }
}

static void on_wake(uv_timer_t *timer)
{
    (void)timer; /* the loop's turn does the rest */
}

void run_set_wake(Run *r)
{
    int64_t due = r->retry_count > 0 ? r->retries[0].due : 0;
    if (r->pause_until > 0 && (due == 0 || r->pause_until < due))
        due = r->pause_until;
    if (due == 0)
        return;
    int64_t wait = due - os_monotonic_ns();
    uv_update_time(r->loop);
    uv_timer_start(&r->wake_timer, on_wake, wait > 0 ? (uint64_t)(wait / 1000000 + 1) : 1, 0);
}

/* ---- how many rows ---------------------------------------------------------------------- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t chunk_rows(const Run *r, uint32_t step)
{
    const FlowStep *st = &r->program->steps[step];
    const StepStats *stats = &r->stats[step];
    if ((st->flags & FLOW_STEP_ALONE) || policy_is_per_row(st))
        return 1;
    if (r->chunk > 0)
        return r->chunk;
    uint64_t n = stats->limit;
    uint64_t share = r->router.ready[step].total / (2 * (uint64_t)r->max_workers);
    if (stats->mean > 0) {
        double by_time = CHUNK_TIME / stats->mean, floor = CHUNK_TIME_LEAST / stats->mean;
        n = by_time < (double)n ? (uint64_t)by_time : n;
        share = floor > (double)share ? (uint64_t)least((uint64_t)floor, CHUNK_MAX) : share;
    }
    n = least(n, share);
    return n > 0 ? least(n, CHUNK_MAX) : 1;
}

/* ---- what fits beside the others ------------------------------------------------------------ */

static bool is_larger_than_machine(const Run *r, const FlowPolicy *p)
{
    return p->cpu > r->machine.cores || p->memory > r->machine.memory;
}

static void warn_larger(Run *r, uint32_t step, const FlowPolicy *p)
{
    if (r->stats[step].is_warned)
        return;
    r->stats[step].is_warned = true;
    char memory[NUMBER_TEXT_MAX]; /* as it was written: 200MB, not 0.2 GB */
    number_write_size((int64_t)p->memory, memory);
    run_warn(r,
             "`%s` asks for %g core%s and %s, more than this machine has (%g cores, %.1fGB): "
             "its tasks run one at a time, with nothing beside them",
             r->program->steps[step].name, p->cpu, p->cpu == 1 ? "" : "s",
             p->memory ? memory : "no certain memory", r->machine.cores,
             (double)r->machine.memory / 1e9);
}

/* No waiting brings more GPUs: the run stops before the step begins. */
static bool has_gpus(Run *r, uint32_t step, const FlowPolicy *p)
{
    uint32_t there = r->machine.gpus.count;
    if (p->gpu <= (int64_t)there)
        return true;
    run_stop(
        r,
        "step `%s` asks for %lld GPU%s, and there %s %u: ask for fewer in @resources(gpu=), or "
        "name the devices to use in FLOW_GPUS, as in FLOW_GPUS=0,1",
        r->program->steps[step].name, (long long)p->gpu, p->gpu == 1 ? "" : "s",
        there == 1 ? "is" : "are", there);
    return false;
}

static uint32_t free_gpus(const Run *r)
{
    return r->machine.gpus.count - (uint32_t)__builtin_popcountll(r->gpus_used);
}

static bool fits(Run *r, uint32_t step, const FlowPolicy *p, bool *is_alone)
{
    *is_alone = false;
    if (r->is_alone)
        return false;
    if (!p->has_resources)
        return true;
    if (!r->is_measured)
        machine_measure(&r->machine);
    r->is_measured = true;
    if (!has_gpus(r, step, p) || p->gpu > (int64_t)free_gpus(r))
        return false;
    if (is_larger_than_machine(r, p)) {
        warn_larger(r, step, p);
        *is_alone = true;
        return r->active_count == 0;
    }
    return r->cpu_used + p->cpu <= r->machine.cores + 1e-9 &&
           r->memory_used <= r->machine.memory - p->memory;
}

/* ---- starting a chunk --------------------------------------------------------------------- */

static Dispatch *take_dispatch(Run *r)
{
    if (r->idle_count > 0)
        return r->idle[--r->idle_count];
    Dispatch *d = os_alloc_zero(sizeof *d);
    if (!d || part_new(r->program, &d->part) == FLOW_OK)
        return d;
    os_free(d);
    return NULL;
}

/* As many devices as the policy says, which `fits` has found free. */
static uint64_t take_gpus(Run *r, int64_t count)
{
    uint64_t taken = 0;
    for (uint32_t i = 0; i < r->machine.gpus.count && count > 0; i++) {
        uint64_t bit = 1ull << i;
        if (r->gpus_used & bit)
            continue;
        taken |= bit;
        count--;
    }
    r->gpus_used |= taken;
    return taken;
}

static void enter(Run *r, Dispatch *d)
{
    d->index = r->active_count;
    r->active[r->active_count++] = d;
    r->is_alone |= d->is_alone;
    if (d->policy.has_resources) {
        r->cpu_used += d->policy.cpu;
        r->memory_used += d->policy.memory;
        d->gpus = take_gpus(r, d->policy.gpu);
    }
}

void run_leave(Run *r, Dispatch *d)
{
    r->active[d->index] = r->active[--r->active_count];
    r->active[d->index]->index = d->index;
    if (d->is_alone)
        r->is_alone = false;
    if (d->policy.has_resources) {
        r->cpu_used -= d->policy.cpu;
        r->memory_used -= d->policy.memory;
        r->gpus_used &= ~d->gpus;
    }
    r->idle[r->idle_count++] = d;
}

static void out_of_memory(Run *r)
{
    FlowError err;
    flow_error(&err, FLOW_ENOMEM, "out of memory");
    run_die(r, FLOW_ENOMEM, &err);
}

void dispatch_give_back(Run *r, Dispatch *d, uint64_t to)
{
    const RowRun *runs = dispatch_runs(d);
    while (d->run < dispatch_run_count(d) && d->next < to) {
        const RowRun *run = &runs[d->run];
        uint64_t n = least(run->lo + run->n, to) - d->next;
        Retry again = {os_monotonic_ns(), d->step, d->round, d->attempt,
                       d->charged,        d->lost, d->next};
        FlowStatus s = d->attempt > 1 ? run_add_retry(r, &again)
                                      : ready_add(&r->router, d->step, d->round, d->next, n);
        if (s != FLOW_OK)
            out_of_memory(r);
        d->next += n;
        if (d->next == run->lo + run->n && ++d->run < dispatch_run_count(d))
            d->next = runs[d->run].lo;
    }
}

void run_put_off(Run *r, Dispatch *d, const char *why)
{
    dispatch_give_back(r, d, UINT64_MAX);
    r->pause_until = os_monotonic_ns() + 100 * 1000 * 1000;
    if (++r->chunk_errors > ERRORS_MAX)
        run_stop(r, "tasks cannot be started: %s", why);
}

static void submit(Run *r, Dispatch *d)
{
    FlowError err = {0};
    Bytes block;
    int fd = -1;
    FlowStatus s = block_write(r->blocks, d->step, d->round, dispatch_runs(d),
                               dispatch_run_count(d), &block, &fd, &err);
    if (s != FLOW_OK) {
        run_leave(r, d);
        if (s == FLOW_ENOMEM)
            run_die(r, s, &err);
        else
            run_stop(r, "the input of `%s` cannot be read: %s", r->program->steps[d->step].name,
                     err.message);
        return;
    }
    ChunkSpec spec = {.step = d->step,
                      .round = d->round,
                      .lo = d->next,
                      .n = d->n,
                      .runs = dispatch_runs(d),
                      .run_count = dispatch_run_count(d),
                      .attempt = d->attempt,
                      .timeout = d->policy.timeout,
                      .memory = d->policy.memory,
                      .cpu = d->policy.cpu,
                      .gpus = d->gpus,
                      .seed = r->seed,
                      .block = block,
                      .block_fd = fd,
                      .ctx = d};
    s = r->backend->ops->submit(r->backend, &spec, &err);
    block_writer_release(r->blocks);
    if (s != FLOW_OK) {
        run_leave(r, d);
        run_put_off(r, d, err.message);
    }
}

/* The rows are in `runs`, which it takes over. */
static void start(Run *r, const Retry *row, Buffer *runs, const FlowPolicy *policy, bool is_alone)
{
    Dispatch *d = take_dispatch(r);
    if (!d) {
        buffer_free(runs);
        out_of_memory(r);
        return;
    }
    Part *part = d->part;
    buffer_free(&d->runs);
    *d = (Dispatch){.owner = r,
                    .part = part,
                    .step = row->step,
                    .round = row->round,
                    .attempt = row->attempt,
                    .runs = *runs,
                    .charged = row->charged,
                    .lost = row->lost,
                    .after = commit_newest(r->commit),
                    .policy = *policy,
                    .is_alone = is_alone};
    d->next = dispatch_runs(d)->lo;
    for (size_t i = 0; i < dispatch_run_count(d); i++)
        d->n += dispatch_runs(d)[i].n;
    part_begin(part, d->step, d->round, d->attempt);
    enter(r, d);
    submit(r, d);
}

/* ---- choosing -------------------------------------------------------------------------------- */

static bool policy_of_row(Run *r, const Retry *row, FlowPolicy *out)
{
    FlowError err = {0};
    FlowStatus s =
        policy_for(r->policies, row->step, row->round, row->ord, row->attempt, out, &err);
    if (s == FLOW_OK)
        return true;
    if (s == FLOW_ENOMEM)
        run_die(r, s, &err);
    else
        run_stop(r, "%s", err.message);
    return false;
}

static bool start_retry(Run *r)
{
    if (r->retry_count == 0 || r->retries[0].due > os_monotonic_ns())
        return false;
    Retry row = r->retries[0];
    FlowPolicy policy;
    bool is_alone;
    if (!policy_of_row(r, &row, &policy) || !fits(r, row.step, &policy, &is_alone))
        return false;
    Buffer runs = {0};
    RowRun run = {row.ord, 1};
    if (buffer_append(&runs, &run, sizeof run) != FLOW_OK) {
        out_of_memory(r);
        return false;
    }
    remove_first_retry(r);
    start(r, &row, &runs, &policy, is_alone);
    return true;
}

/* An attempt that finds no interpreter would be spent for nothing: looked for once a step. */
static bool has_interpreters(Run *r, uint32_t step)
{
    const FlowStep *s = &r->program->steps[step];
    for (const OsInterpreter *i = os_interpreters; !r->stats[step].has_interpreters && i->language;
         i++) {
        if (!(s->flags & i->flag) || os_is_installed(i->program))
            continue;
        run_stop(r,
                 "step `%s` runs a script in %s, and there is no `%s` here: install it (apt-get "
                 "install %s), or put its folder into PATH",
                 s->name, i->language, i->program, i->package);
        return false;
    }
    return r->stats[step].has_interpreters = true;
}

static bool start_ready(Run *r, uint32_t step)
{
    Retry row = {.step = step, .attempt = 1};
    Buffer runs = {0};
    FlowStatus status;
    FlowPolicy policy;
    bool is_alone;
    if (!ready_peek(&r->router, step, &row.round, &row.ord))
        return false;
    if (r->program->steps[step].flags & FLOW_STEP_BATCH) {
        run_stop(r,
                 "step `%s` is to run in a pool (@batch), and no pool is configured: take @batch "
                 "off the step to run it on this machine",
                 r->program->steps[step].name);
        return false;
    }
    if (!has_interpreters(r, step))
        return false;
    if (!policy_of_row(r, &row, &policy) || !fits(r, step, &policy, &is_alone))
        return false;
    ready_pop(&r->router, step, chunk_rows(r, step), &row.round, &runs, &status);
    if (status != FLOW_OK) {
        buffer_free(&runs);
        out_of_memory(r);
        return false;
    }
    start(r, &row, &runs, &policy, is_alone);
    return true;
}

bool run_dispatch_next(Run *r)
{
    if (r->is_stopping || r->active_count >= r->max_workers ||
        r->backend->ops->room(r->backend) == 0)
        return false;
    if (r->pause_until > 0 && r->pause_until > os_monotonic_ns())
        return false;
    r->pause_until = 0;
    if (start_retry(r))
        return true;
    for (uint16_t i = 0; i < r->by_rank_count && !r->is_stopping; i++)
        if (r->router.ready[r->by_rank[i]].total > 0 && start_ready(r, r->by_rank[i]))
            return true;
    return false;
}
