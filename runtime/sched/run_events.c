/* SPDX-License-Identifier: Apache-2.0 */
/* What the backend tells, and what follows: done rows gather in parts, failed attempts spend a
 * budget. */
#include <stdio.h>
#include <string.h>

#include "os/clock.h"
#include "os/memory.h"
#include "sched/run_private.h"
#include "value/codec.h"

enum {
    PART_BYTES = 1 << 20, /* a part is stored when it holds so much */
    PART_ROWS = 65536,
    SLOW_ROW = 10 * 1000 * 1000, /* ns: rows that take longer go one a chunk */
    LIMIT_MAX = 4096
};

static void die_no_memory(Run *r)
{
    FlowError err;
    run_die(r, flow_error(&err, FLOW_ENOMEM, "out of memory"), &err);
}

/* ---- parts ------------------------------------------------------------------------ */

static void on_commit_time(uv_timer_t *timer)
{
    ((Run *)timer->data)->commit_due = true;
}

/* Facts wait 5 ms for others.  Where the disk is slow they wait longer, since nothing is dispatched
 * while it syncs: no more than a fifth of the time should go into that. */
static uint64_t commit_delay(const Run *r)
{
    uint64_t ms = (uint64_t)(4 * r->commit_time / 1000000);
    return ms < 5 ? 5 : ms > 40 ? 40 : ms;
}

static void commit_soon(Run *r)
{
    if (commit_is_full(r->commit)) {
        r->commit_due = true;
        return;
    }
    if (!uv_is_active((uv_handle_t *)&r->commit_timer)) {
        uv_update_time(r->loop);
        uv_timer_start(&r->commit_timer, on_commit_time, commit_delay(r), 0);
    }
}

void run_check_splits(Run *r)
{
    if (r->router.over_step == FLOW_NO_STEP)
        return;
    run_stop(
        r,
        "`%s` would open %llu splits, more than --max-num-splits %llu: give a greater number if "
        "so many are meant, and resume",
        r->program->steps[r->router.over_step].name, (unsigned long long)r->router.over_count,
        (unsigned long long)r->router.max_splits);
}

static FlowStatus take_over(void *ctx, Fact *fact_take)
{
    Run *r = ctx;
    const Chunk *chunk = fact_take->chunk;
    FlowStatus s = commit_add_fact(r->commit, fact_take);
    return s == FLOW_OK ? route_taken(&r->router, chunk) : s;
}

/* What of the rows that the chunk opened is done already; it is stored together with the chunk. */
static FlowStatus reuse_opened(Run *r, const Chunk *chunk, FlowError *err)
{
    FlowStatus s = FLOW_OK;
    bool is_wanted = r->reuse && r->router.over_step == FLOW_NO_STEP;
    for (const Segment *g = chunk->opened; is_wanted && s == FLOW_OK && g; g = g->next)
        s = reuse_rows(r->reuse, g, take_over, r, err);
    return s;
}

void run_flush_part(Run *r, Dispatch *d)
{
    FlowError err = {0};
    Fact fact;
    d->part_since = 0;
    if (r->is_dead || part_rows(d->part) == 0)
        return;
    FlowStatus s = part_finish(d->part, r->ledger, r->columns, r->id, &fact, &err);
    if (s == FLOW_OK) {
        const Chunk *chunk = fact.chunk;
        s = commit_add_fact(r->commit, &fact);
        if (s == FLOW_OK)
            s = route_chunk(&r->router, chunk);
        if (s != FLOW_OK)
            flow_error(&err, s,
                       s == FLOW_ENOMEM ? "out of memory"
                                        : "`%s` was done in an order that its flow does not have",
                       r->program->steps[d->step].name);
        else
            s = reuse_opened(r, chunk, &err);
    }
    if (s != FLOW_OK) {
        run_die(r, s, &err);
        return;
    }
    run_check_splits(r);
    commit_soon(r);
}

/* ---- rows that are done -------------------------------------------------------------- */

/* Whether `ord` is one of the rows that are still to come. */
static bool is_expected(const Dispatch *d, uint64_t ord)
{
    const RowRun *runs = dispatch_runs(d);
    if (d->run >= dispatch_run_count(d) || ord < d->next)
        return false;
    size_t i = d->run;
    while (i < dispatch_run_count(d) && runs[i].lo + runs[i].n <= ord)
        i++;
    return i < dispatch_run_count(d) && ord >= runs[i].lo;
}

/* The row has come; those that were passed over in silence are ready again. */
static void come_to(Run *r, Dispatch *d, uint64_t ord)
{
    const RowRun *runs = dispatch_runs(d);
    r->chunk_errors = 0;
    dispatch_give_back(r, d, ord);
    d->next = ord + 1;
    if (d->next == runs[d->run].lo + runs[d->run].n && ++d->run < dispatch_run_count(d))
        d->next = runs[d->run].lo;
}

static void measure(Run *r, Dispatch *d, int64_t duration)
{
    StepStats *stats = &r->stats[d->step];
    double ns = duration > 0 ? (double)duration : 1;
    stats->mean = stats->mean > 0 ? stats->mean + (ns - stats->mean) / 16 : ns;
    d->has_slow_row |= duration > SLOW_ROW;
}

static void on_started(void *ctx, uint32_t pid)
{
    Dispatch *d = ctx;
    Run *r = d->owner;
    d->pid = pid;
    run_tell(r, d,
             &(Held){.step = d->step,
                     .round = d->round,
                     .attempt = d->attempt,
                     .pid = pid,
                     .ord = d->next,
                     .n = d->n});
}

static void on_row_done(void *ctx, const RowDone *row)
{
    Dispatch *d = ctx;
    Run *r = d->owner;
    FlowError err = {0};
    if (r->is_dead || !is_expected(d, row->frame->ord))
        return;
    bool is_single = row_has_blob_list(row);
    if (is_single)
        run_flush_part(r, d);
    come_to(r, d, row->frame->ord);
    d->done++;
    measure(r, d, row->frame->duration);
    FlowStatus s = part_add(d->part, row, d->pid, &err);
    if (s != FLOW_OK) {
        run_die(r, s, &err);
        return;
    }
    if (d->part_since == 0)
        d->part_since = os_monotonic_ns();
    if (is_single || part_bytes(d->part) > PART_BYTES || part_rows(d->part) >= PART_ROWS)
        run_flush_part(r, d);
}

/* ---- rows that failed ------------------------------------------------------------------ */

static bool spends_budget(Why why)
{
    return why != WHY_PREEMPTED && why != WHY_LOST;
}

static RunNext next_of(const Run *r, const Dispatch *d, Why why)
{
    bool has_budget =
        spends_budget(why) ? (int64_t)d->charged < d->policy.retry_times : d->lost < RUN_LOST_MAX;
    if (has_budget)
        return RUN_RETRIES;
    return r->program->steps[d->step].flags & FLOW_STEP_CATCH ? RUN_CAUGHT : RUN_GIVES_UP;
}

static FlowStatus retry_later(Run *r, const Dispatch *d, const RowFail *fail)
{
    bool spends = spends_budget(fail->why);
    Retry retry = {.due = os_monotonic_ns() + d->policy.retry_delay,
                   .step = d->step,
                   .round = d->round,
                   .attempt = d->attempt + 1,
                   .ord = fail->ord,
                   .charged = d->charged + spends,
                   .lost = d->lost + !spends};
    return run_add_retry(r, &retry);
}

/* Fills the Failure that @catch(error) keeps, as it is stored. */
static FlowStatus encode_failure(const Run *r, const FlowStep *step, const RowFail *fail,
                                 uint32_t attempts, Buffer *out)
{
    const FlowType *type = r->program->artifacts[step->keeps[step->catch_keep]].type;
    bool is_option = type->kind == FLOW_OPTION;
    void *value = os_alloc_zero(type->size);
    const char *why = why_name(fail->why);
    if (!value)
        return FLOW_ENOMEM;
    if (is_option)
        *(bool *)value = true;
    FlowFailure *f = (void *)((char *)value + (is_option ? type->fields[0].offset : 0));
    f->attempts = attempts;
    FlowStatus s =
        flow_string_new(NULL, (const char *)fail->message.bytes, fail->message.len, &f->message);
    if (s == FLOW_OK)
        s = flow_string_new(NULL, why, strlen(why), &f->why);
    if (s == FLOW_OK)
        s = value_encode(type, value, out, NULL);
    flow_value_release(type, value);
    os_free(value);
    return s;
}

static void catch_row(Run *r, Dispatch *d, const RowFail *fail)
{
    const FlowStep *step = &r->program->steps[d->step];
    FlowError err = {0};
    Buffer bytes = {0};
    Cell failure = {0};
    FlowStatus s = FLOW_OK;
    if (step->catch_keep < step->keep_count) {
        s = encode_failure(r, step, fail, d->attempt, &bytes);
        if (s != FLOW_OK)
            flow_error(&err, s, "the failure of `%s` cannot be stored", step->name);
        failure = (Cell){.is_present = true, .bytes = bytes.bytes, .len = bytes.len};
    }
    RowFail last = *fail;
    last.pid = fail->pid ? fail->pid : d->pid;
    if (s == FLOW_OK)
        s = part_add_caught(d->part, &last, &failure, &err);
    buffer_free(&bytes);
    if (s != FLOW_OK)
        run_die(r, s, &err);
    else if (d->part_since == 0)
        d->part_since = os_monotonic_ns();
}

static void give_up(Run *r, const Dispatch *d, const RowFail *fail)
{
    char name[256];
    size_t len = fail->message.len;
    const char *text = (const char *)fail->message.bytes;
    const char *newline = len > 0 ? memchr(text, '\n', len) : NULL;
    if (newline)
        len = (size_t)(newline - text);
    r->failed++;
    if (r->fail_fast) {
        r->is_stopping = r->is_cut_off = true;
        r->backend->ops->cancel(r->backend);
    }
    if (r->why[0])
        return;
    ledger_task_name(r->ledger, d->step, fail->ord, d->round, name, sizeof name);
    snprintf(r->why, sizeof r->why, "%lld/%s %s: %.*s", (long long)r->id, name, why_name(fail->why),
             (int)(len < 600 ? len : 600), text ? text : "");
}

static FlowStatus store_fail(Run *r, const Dispatch *d, const RowFail *fail, RunNext next)
{
    char *message = os_copy_bytes((const char *)fail->message.bytes, fail->message.len);
    char *trace = os_copy_bytes((const char *)fail->trace.bytes, fail->trace.len);
    FailRow row = {.run = r->id,
                   .step = d->step,
                   .ord = fail->ord,
                   .round = d->round,
                   .attempt = d->attempt,
                   .why = fail->why,
                   .message = message,
                   .trace = trace,
                   .pid = fail->pid ? fail->pid : d->pid,
                   .log = {(const uint8_t *)&fail->log, sizeof fail->log},
                   .began = fail->began,
                   .ended = fail->began + fail->duration};
    int64_t delay = next == RUN_RETRIES ? d->policy.retry_delay : 0;
    FlowStatus s = message && trace ? commit_add_fail(r->commit, &row, next, delay) : FLOW_ENOMEM;
    os_free(message);
    os_free(trace);
    return s;
}

static void on_row_failed(void *ctx, const RowFail *fail)
{
    Dispatch *d = ctx;
    Run *r = d->owner;
    if (r->is_dead || r->signal || r->is_cut_off || fail->why == WHY_CANCELLED ||
        !is_expected(d, fail->ord))
        return;
    come_to(r, d, fail->ord);
    d->has_crashed |= fail->why != WHY_FAILED;
    RunNext next = next_of(r, d, fail->why);
    FlowStatus s = store_fail(r, d, fail, next);
    if (s == FLOW_OK && next == RUN_RETRIES)
        s = retry_later(r, d, fail);
    if (s != FLOW_OK) {
        die_no_memory(r);
        return;
    }
    if (next == RUN_CAUGHT)
        catch_row(r, d, fail);
    if (next == RUN_GIVES_UP)
        give_up(r, d, fail);
    commit_soon(r);
}

/* ---- the end of a chunk ------------------------------------------------------------------ */

static void learn(Run *r, const Dispatch *d)
{
    StepStats *stats = &r->stats[d->step];
    if (d->has_slow_row || d->has_crashed)
        stats->limit = 1;
    else if (d->done == d->n && 2 * d->n > stats->limit)
        stats->limit = 2 * d->n < LIMIT_MAX ? 2 * d->n : LIMIT_MAX;
}

static void on_ended(void *ctx, const char *error)
{
    Dispatch *d = ctx;
    Run *r = d->owner;
    run_flush_part(r, d);
    learn(r, d);
    bool nothing_ran = error && error[0] && d->run == 0 && d->next == dispatch_runs(d)->lo;
    run_leave(r, d);
    if (r->signal || r->is_dead)
        return;
    if (nothing_ran)
        run_put_off(r, d, error);
    else
        dispatch_give_back(r, d, UINT64_MAX);
}

static void on_line(void *ctx, uint64_t ord, uint32_t pid, bool is_stderr, Bytes text)
{
    Dispatch *d = ctx;
    Run *r = d->owner;
    run_tell(r, d,
             &(Held){.is_line = true,
                     .step = d->step,
                     .round = d->round,
                     .pid = pid,
                     .ord = ord,
                     .is_stderr = is_stderr,
                     .text = (char *)(uintptr_t)text.bytes,
                     .len = text.len});
}

static void on_broken(void *owner, const char *why)
{
    run_stop(owner, "%s", why);
}

const BackendEvents run_backend_events = {
    .started = on_started,
    .row_done = on_row_done,
    .row_failed = on_row_failed,
    .ended = on_ended,
    .line = on_line,
    .broken = on_broken,
};
