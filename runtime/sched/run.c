/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: events are taken in by libuv, then a turn submits what can start and stores what is
 * due.
 *
 * The order of a turn matters: what became ready may start before it is stored, since commits
 * keep the order; what the observer is told, and the end of the run, wait for the commit. */
#include "sched/run.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "os/clock.h"
#include "os/memory.h"
#include "sched/missed.h"
#include "sched/program_record.h"
#include "sched/run_private.h"

enum {
    PART_TIME = 200 * 1000 * 1000 /* ns: done rows wait no longer for the rest of their chunk */
};

/* ---- a new run in the store ----------------------------------------------------------- */

static FlowStatus put_steps(Db *db, const FlowProgram *p, int64_t run, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    for (uint16_t i = 0; s == FLOW_OK && i < p->step_count; i++) {
        const FlowStep *step = &p->steps[i];
        StepRow row = {.run = run,
                       .step = i,
                       .name = step->name,
                       .domain = step->domain,
                       .meaning = step->meaning,
                       .is_in_loop = (step->flags & FLOW_STEP_IN_LOOP) != 0};
        s = db_put_step(db, &row, err);
    }
    return s;
}

static FlowStatus put_takes(Db *db, int64_t run, const TakeRow *takes, size_t count, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < count; i++) {
        TakeRow row = takes[i];
        row.run = run;
        s = db_put_take(db, &row, err);
    }
    return s;
}

FlowStatus run_create_from(Db *db, const RunStart *start, int64_t origin, const TakeRow *takes,
                           size_t take_count, int64_t *run, int64_t *epoch, FlowError *err)
{
    char owner[256];
    Buffer record = {0};
    if (program_record_write(start->program, &record) != FLOW_OK) {
        buffer_free(&record);
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    }
    db_owner_self(owner, sizeof owner);
    int64_t now = os_now_ns();
    RunRow row = {.program = start->program->digest,
                  .flow = start->program->name,
                  .origin = origin,
                  .seed = start->seed,
                  .params = start->params,
                  .state = RUN_RUNNING,
                  .why = "",
                  .owner = owner,
                  .beat = now,
                  .began = now,
                  .tags = start->tags ? start->tags : "",
                  .user = start->user ? start->user : ""};
    FlowStatus s = db_begin(db, 0, 0, err);
    if (s == FLOW_OK) {
        s = db_program_put(db, &start->program->digest, start->program->name, start->program->abi,
                           (Bytes){record.bytes, record.len}, err);
        if (s == FLOW_OK)
            s = db_run_new(db, &row, err);
        if (s == FLOW_OK)
            s = put_steps(db, start->program, row.id, err);
        if (s == FLOW_OK)
            s = put_takes(db, row.id, takes, take_count, err);
        if (s == FLOW_OK)
            s = db_commit(db, err);
        else
            db_rollback(db);
    }
    buffer_free(&record);
    *run = s == FLOW_OK ? row.id : 0;
    *epoch = row.epoch;
    return s;
}

FlowStatus run_create(Db *db, const RunStart *start, int64_t *run, int64_t *epoch, FlowError *err)
{
    return run_create_from(db, start, 0, NULL, 0, run, epoch, err);
}

/* ---- making a Run ------------------------------------------------------------------------ */

static void tell_before(void *ctx, uint64_t number)
{
    run_tell_held(ctx, number);
}

static void tell_done(void *ctx, const Chunk *chunk)
{
    Run *r = ctx;
    if (r->observer.done)
        r->observer.done(r->observer_ctx, chunk);
}

static void tell_failed(void *ctx, const FailRow *fail, RunNext next, int64_t delay)
{
    Run *r = ctx;
    if (r->observer.failed)
        r->observer.failed(r->observer_ctx, fail, next, delay);
}

static bool leads_to(const FlowStep *step, const bool *wanted)
{
    for (uint16_t e = 0; e < step->edge_count; e++)
        for (uint16_t i = 0; i < step->edges[e].target_count; i++)
            if (wanted[step->edges[e].targets[i]])
                return true;
    return false;
}

/* The steps from which `until` can be reached, with itself. */
static void mark_wanted(const FlowProgram *p, const FlowStep *until, bool *wanted)
{
    bool has_grown = true;
    for (uint16_t s = 0; s < p->step_count; s++)
        wanted[s] = !until || &p->steps[s] == until;
    while (has_grown) {
        has_grown = false;
        for (uint16_t s = 0; s < p->step_count; s++) {
            if (wanted[s] || !leads_to(&p->steps[s], wanted))
                continue;
            wanted[s] = has_grown = true;
        }
    }
}

static FlowStatus sort_by_rank(Run *r)
{
    const FlowProgram *p = r->program;
    bool *wanted = os_alloc_zero(p->step_count * sizeof *wanted);
    r->by_rank = os_alloc_array(p->step_count, sizeof *r->by_rank);
    if (!r->by_rank || !wanted) {
        os_free(wanted);
        return FLOW_ENOMEM;
    }
    mark_wanted(p, r->until, wanted);
    for (uint16_t s = 0; s < p->step_count; s++) {
        if (!wanted[s])
            continue;
        uint16_t at = r->by_rank_count++;
        for (; at > 0 && p->steps[r->by_rank[at - 1]].rank < p->steps[s].rank; at--)
            r->by_rank[at] = r->by_rank[at - 1];
        r->by_rank[at] = s;
    }
    os_free(wanted);
    return FLOW_OK;
}

static FlowStatus allocate(Run *r)
{
    r->stats = os_alloc_zero(r->program->step_count * sizeof *r->stats);
    r->active = os_alloc_zero(r->max_workers * sizeof(Dispatch *));
    r->idle = os_alloc_zero(r->max_workers * sizeof(Dispatch *));
    if (!r->stats || !r->active || !r->idle)
        return FLOW_ENOMEM;
    for (uint16_t s = 0; s < r->program->step_count; s++)
        r->stats[s].limit = 1;
    return sort_by_rank(r);
}

static FlowStatus make_parts(Run *r, const RunOptions *o, FlowError *err)
{
    static const CommitEvents events = {tell_before, tell_done, tell_failed};
    FlowStatus s = allocate(r);
    if (s == FLOW_OK)
        s = ledger_new(r->program, r->id, &r->ledger, err);
    if (s == FLOW_OK)
        s = ledger_load(r->ledger, r->db, err);
    if (s == FLOW_OK)
        s = columns_new(r->db, &r->columns, err);
    if (s == FLOW_OK)
        s = commit_new(r->db, r->columns, r->id, r->epoch, &events, r, &r->commit);
    if (s == FLOW_OK)
        s = block_writer_new(r->program, r->ledger, r->columns, o->params, &r->blocks, err);
    if (s == FLOW_OK)
        s = policies_new(r->program, r->ledger, r->columns, r->db, o->params, &r->policies, err);
    return s;
}

/* Where the earlier run cannot be read, everything just runs again. */
static FlowStatus make_reuse(Run *r, const RunOptions *o, FlowError *err)
{
    if (o->reuse_from == 0)
        return FLOW_OK;
    FlowStatus s = reuse_new(r->program, r->db, o->reuse_from, o->reusable, r->ledger, r->columns,
                             r->id, &r->reuse, err);
    return s == FLOW_ENOMEM ? s : FLOW_OK;
}

static FlowStatus replay(Run *r, uint64_t max_splits, FlowError *err)
{
    FlowStatus s = router_init(&r->router, r->program, r->ledger);
    r->router.max_splits = max_splits;
    if (s == FLOW_OK)
        s = route_replay(&r->router, NULL, NULL);
    if (s == FLOW_EFORMAT)
        flow_error(err, s, "what run %lld has done does not fit the flow; `store check` says more",
                   (long long)r->id);
    return s;
}

FlowStatus run_new(const RunOptions *options, Run **out, FlowError *err)
{
    Run *r = os_alloc_zero(sizeof *r);
    if (!r)
        return flow_error(err, FLOW_ENOMEM, "out of memory");
    r->program = options->program;
    r->db = options->db;
    r->loop = options->loop;
    r->id = options->run;
    r->epoch = options->epoch;
    r->seed = options->seed;
    r->max_workers = options->max_workers ? options->max_workers : RUN_MAX_WORKERS;
    r->chunk = options->chunk;
    r->until = options->until;
    r->fail_fast = options->fail_fast;
    r->observer = options->observer ? *options->observer : (RunObserver){0};
    r->observer_ctx = options->observer_ctx;
    if (err)
        err->message[0] = '\0';
    FlowStatus s = make_parts(r, options, err);
    if (s == FLOW_OK)
        s = make_reuse(r, options, err);
    if (s == FLOW_OK)
        s = replay(r, options->max_num_splits ? options->max_num_splits : RUN_MAX_NUM_SPLITS, err);
    if (s == FLOW_OK) {
        *out = r;
        return FLOW_OK;
    }
    run_free(r);
    return err && err->message[0] ? s : flow_error(err, s, "out of memory");
}

static void free_dispatches(Dispatch **list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        part_free(list[i]->part);
        buffer_free(&list[i]->runs);
        os_free(list[i]);
    }
    os_free(list);
}

void run_free(Run *r)
{
    if (!r)
        return;
    policies_free(r->policies);
    block_writer_free(r->blocks);
    commit_free(r->commit);
    reuse_free(r->reuse);
    columns_free(r->columns);
    if (r->router.program)
        router_deinit(&r->router);
    ledger_free(r->ledger);
    free_dispatches(r->active, r->active_count);
    free_dispatches(r->idle, r->idle_count);
    for (size_t i = 0; i < r->held_count; i++)
        os_free(r->held[i].text);
    os_free(r->held);
    os_free(r->retries);
    os_free(r->stats);
    os_free(r->by_rank);
    os_free(r);
}

const Ledger *run_ledger(const Run *r)
{
    return r->ledger;
}

bool run_wants(const Run *r, uint32_t step)
{
    for (uint16_t i = 0; i < r->by_rank_count; i++)
        if (r->by_rank[i] == step)
            return true;
    return false;
}

uint64_t run_running(const Run *r, uint32_t step)
{
    uint64_t count = 0;
    for (size_t i = 0; i < r->active_count; i++)
        count += r->active[i]->step == step; /* a worker does its rows one after another */
    return count;
}

/* ---- stopping ---------------------------------------------------------------------------- */

void run_stop(Run *r, const char *format, ...)
{
    va_list args;
    r->is_stopping = true;
    if (r->why[0])
        return;
    va_start(args, format);
    vsnprintf(r->why, sizeof r->why, format, args);
    va_end(args);
}

void run_die(Run *r, FlowStatus status, const FlowError *err)
{
    if (r->is_dead)
        return;
    r->is_dead = r->is_stopping = true;
    r->death = status;
    snprintf(r->why, sizeof r->why, "%s", err->message);
    if (r->backend)
        r->backend->ops->cancel(r->backend);
}

void run_cancel(Run *r, int signal)
{
    if (r->signal || r->is_dead)
        return;
    r->signal = signal;
    r->is_stopping = true;
    if (r->backend)
        r->backend->ops->cancel(r->backend);
}

void run_warn(Run *r, const char *format, ...)
{
    char text[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (r->observer.warning)
        r->observer.warning(r->observer_ctx, text);
}

/* ---- the loop ------------------------------------------------------------------------------ */

static void store(Run *r, const CommitFinish *finish)
{
    FlowError err = {0};
    r->commit_due = false;
    uv_timer_stop(&r->commit_timer);
    if (r->is_dead)
        return;
    int64_t before = os_monotonic_ns();
    FlowStatus s = commit_now(r->commit, finish, &err);
    r->commit_time = os_monotonic_ns() - before;
    run_tell_held(r, UINT64_MAX);
    if (s != FLOW_OK)
        run_die(r, s, &err);
}

static void on_part_time(uv_timer_t *timer)
{
    Run *r = timer->data;
    int64_t now = os_monotonic_ns();
    for (size_t i = 0; i < r->active_count; i++)
        if (r->active[i]->part_since > 0 && now - r->active[i]->part_since >= PART_TIME)
            run_flush_part(r, r->active[i]);
}

static bool has_ready(const Run *r)
{
    for (uint16_t i = 0; i < r->by_rank_count && r->router.ready_total > 0; i++)
        if (r->router.ready[r->by_rank[i]].total > 0)
            return true;
    return false;
}

static bool is_over(const Run *r)
{
    if (r->active_count > 0)
        return false;
    return r->is_stopping || (!has_ready(r) && r->retry_count == 0);
}

static void turn(Run *r)
{
    while (run_dispatch_next(r))
        if (r->commit_due || commit_is_full(r->commit))
            store(r, NULL);
    if ((r->commit_due || commit_is_full(r->commit)) && !is_over(r))
        store(r, NULL); /* at the end it is one commit with the run's state */
    run_set_wake(r);
}

static void on_closed(uv_handle_t *handle)
{
    ((Run *)handle->data)->open_handles--;
}

static void open_timers(Run *r)
{
    uv_timer_t *timers[] = {&r->commit_timer, &r->part_timer, &r->wake_timer};
    for (size_t i = 0; i < 3; i++) {
        uv_timer_init(r->loop, timers[i]);
        timers[i]->data = r;
        r->open_handles++;
    }
    uv_timer_start(&r->part_timer, on_part_time, 100, 100);
}

static void close_timers(Run *r)
{
    uv_timer_t *timers[] = {&r->commit_timer, &r->part_timer, &r->wake_timer};
    for (size_t i = 0; i < 3; i++)
        uv_close((uv_handle_t *)timers[i], on_closed);
    while (r->open_handles > 0)
        uv_run(r->loop, UV_RUN_NOWAIT);
}

static const char *signal_name(int number)
{
    switch (number) {
    case SIGINT: return "SIGINT";
    case SIGTERM: return "SIGTERM";
    case SIGHUP: return "SIGHUP";
    default: return "a signal";
    }
}

static bool has_done(const Run *r, uint32_t step)
{
    for (size_t i = 0; i < ledger_chunk_count(r->ledger); i++)
        if (ledger_chunk(r->ledger, i)->step == step)
            return true;
    return false;
}

static void say_missed(Run *r)
{
    uint32_t step = r->until ? (uint32_t)(r->until - r->program->steps) : r->program->end;
    Missed missed;
    missed_step(r->program, r->ledger, step, NULL, true, &missed);
    if (missed.fork == FLOW_NO_STEP || missed.went == FLOW_NO_STEP)
        snprintf(r->why, sizeof r->why, "nothing is left to run, but `%s` was never reached",
                 r->program->steps[step].name);
    else
        snprintf(r->why, sizeof r->why, "it never came to `%s`: at `%s` it went to `%s`",
                 r->program->steps[step].name, r->program->steps[missed.fork].name,
                 r->program->steps[missed.went].name);
}

static RunState state_of(Run *r)
{
    if (r->signal && !r->router.is_complete) {
        snprintf(r->why, sizeof r->why, "stopped by %s", signal_name(r->signal));
        return RUN_CANCELLED;
    }
    if ((r->is_stopping && !r->router.is_complete) || r->failed > 0) {
        size_t len = strlen(r->why);
        if (r->failed > 1)
            snprintf(r->why + len, sizeof r->why - len, " (%llu more %s failed)",
                     (unsigned long long)(r->failed - 1), r->failed == 2 ? "task" : "tasks");
        return RUN_FAILED;
    }
    if (r->router.is_complete)
        return RUN_DONE;
    if (r->until && has_done(r, (uint32_t)(r->until - r->program->steps))) {
        snprintf(r->why, sizeof r->why, "stopped after `%s`, as --until says", r->until->name);
        return RUN_STOPPED;
    }
    say_missed(r);
    return RUN_FAILED;
}

FlowStatus run_execute(Run *r, Backend *backend_take, RunResult *result, FlowError *err)
{
    r->backend = backend_take;
    open_timers(r);
    if (r->router.over_step != FLOW_NO_STEP)
        run_check_splits(r);
    turn(r);
    while (!is_over(r)) {
        uv_run(r->loop, UV_RUN_ONCE);
        turn(r);
    }
    RunState state = state_of(r);
    store(r, &(CommitFinish){state, r->why});
    r->backend->ops->close(r->backend);
    r->backend = NULL;
    close_timers(r);
    run_tell_held(r, UINT64_MAX);
    *result = (RunResult){
        .state = r->is_dead ? RUN_FAILED : state, .failed = r->failed, .signal = r->signal};
    if (r->router.over_step != FLOW_NO_STEP)
        result->splits = r->router.over_count;
    snprintf(result->why, sizeof result->why, "%s", r->why);
    return r->is_dead ? flow_error(err, r->death, "%s", r->why) : FLOW_OK;
}
