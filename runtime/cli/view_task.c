/* SPDX-License-Identifier: Apache-2.0 */
/* view_task.c - the tasks of a run in their order, and what each of them is at. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* qsort_r */
#endif
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/order.h"
#include "cli/values.h"
#include "cli/view.h"
#include "os/memory.h"
#include "sched/run.h"

enum { NAME_MOST = 300, WHOLE_NAME = NAME_MOST + 24 };

static int by_number(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int view_fail_order(const void *left, const void *right)
{
    const ViewFail *a = left, *b = right;
    int order = by_number(a->step, b->step);
    if (!order)
        order = by_number(a->ord, b->ord);
    if (!order)
        order = by_number(a->round, b->round);
    return order ? order : by_number(a->attempt, b->attempt);
}

/* ---- lists ----------------------------------------------------------------- */

typedef struct TaskList {
    const View *view;
    ViewTask *tasks;
    size_t count, cap;
    bool is_sorted;
} TaskList;

static int by_place(const Row *a, const Row *b)
{
    int order = by_number(a->ord, b->ord);
    return order ? order : by_number(a->round, b->round);
}

/* By the path of indices: a nested foreach's rows have their ords as its openings came about. */
static int by_path(const Ledger *l, const Row *a, const Row *b)
{
    Row above_a, above_b;
    uint64_t index;
    Segment *segment;
    if (a->domain != 0 && a->ord != b->ord && ledger_parent(l, *a, &above_a, &index, &segment) &&
        ledger_parent(l, *b, &above_b, &index, &segment)) {
        int order = by_path(l, &above_a, &above_b);
        if (order)
            return order;
    }
    return by_place(a, b);
}

static int by_name(const void *left, const void *right, void *ctx)
{
    const View *v = ((const TaskList *)ctx)->view;
    const ViewTask *a = left, *b = right;
    uint32_t domain = v->program->steps[a->step].domain;
    Row row_a = {domain, a->ord, a->round}, row_b = {domain, b->ord, b->round};
    /* The rows of an outermost foreach are opened in their order. */
    bool is_nested = domain != 0 && v->program->domains[domain].parent != 0;
    return is_nested ? by_path(v->ledger, &row_a, &row_b) : by_place(&row_a, &row_b);
}

static FlowStatus add_task(TaskList *list, const ViewTask *task)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 256;
        ViewTask *tasks = os_realloc_array(list->tasks, cap, sizeof *tasks);
        if (!tasks)
            return FLOW_ENOMEM;
        list->tasks = tasks;
        list->cap = cap;
    }
    if (list->count > 0 && by_name(&list->tasks[list->count - 1], task, list) > 0)
        list->is_sorted = false;
    list->tasks[list->count++] = *task;
    return FLOW_OK;
}

/* The first failed attempt of the step at or behind the place. */
static size_t fails_from(const View *v, uint32_t step, uint64_t ord, uint32_t round)
{
    ViewFail wanted = {.step = step, .ord = ord, .round = round};
    size_t low = 0, high = v->fail_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (view_fail_order(&v->fails[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void attach_fails(const View *v, ViewTask *task)
{
    size_t at = fails_from(v, task->step, task->ord, task->round);
    task->fails = v->fails ? v->fails + at : NULL;
    while (at + task->fail_count < v->fail_count) {
        const ViewFail *fail = &task->fails[task->fail_count];
        if (fail->step != task->step || fail->ord != task->ord || fail->round != task->round)
            break;
        task->fail_count++;
    }
}

static bool is_asked_for(const View *v, uint32_t step, uint64_t ord, uint32_t round)
{
    if (!v->has_step)
        return true;
    return step == v->pattern.step && ledger_pattern_fits(v->ledger, &v->pattern, ord, round);
}

static FlowStatus add_done(const View *v, uint32_t step, TaskList *list)
{
    FlowStatus s = FLOW_OK;
    size_t count = ledger_chunk_count(v->ledger);
    for (size_t i = 0; s == FLOW_OK && i < count; i++) {
        const Chunk *chunk = ledger_chunk(v->ledger, i);
        if (chunk->step != step)
            continue;
        for (uint64_t ord = chunk->lo; s == FLOW_OK && ord < chunk->lo + chunk->n; ord++) {
            if (!chunk_has(chunk, ord) || !is_asked_for(v, step, ord, chunk->round))
                continue;
            ViewTask task = {.step = step,
                             .round = chunk->round,
                             .ord = ord,
                             .chunk = chunk,
                             .state = chunk_caught(chunk, ord) ? "caught" : "done"};
            attach_fails(v, &task);
            s = add_task(list, &task);
        }
    }
    return s;
}

static const char *unfinished(const View *v, const char *going, const char *over)
{
    return strcmp(view_state(v), "running") == 0 ? going : over;
}

/* Whether another attempt is to follow, or was when the run was stopped. */
static bool is_to_be_retried(const View *v, const ViewTask *task)
{
    const FlowStep *step = &v->program->steps[task->step];
    int64_t charged = 0, lost = 0;
    for (size_t i = 0; i < task->fail_count; i++) {
        bool is_lost = task->fails[i].why == WHY_PREEMPTED || task->fails[i].why == WHY_LOST;
        charged += !is_lost;
        lost += is_lost;
    }
    return charged <= step->policy.retry_times && lost <= RUN_LOST_MAX;
}

static const RunningRow *running_of(const View *v, const ViewTask *task)
{
    for (size_t i = 0; i < v->running.count; i++) {
        const RunningRow *row = &v->running.rows[i];
        if (row->step == task->step && row->ord == task->ord && row->round == task->round)
            return row;
    }
    return NULL;
}

static FlowStatus add_failed(const View *v, uint32_t step, TaskList *list)
{
    FlowStatus s = FLOW_OK;
    size_t at = fails_from(v, step, 0, 0);
    while (s == FLOW_OK && at < v->fail_count && v->fails[at].step == step) {
        const ViewFail *fail = &v->fails[at];
        ViewTask task = {
            .step = step, .round = fail->round, .ord = fail->ord, .state = "failed"};
        attach_fails(v, &task);
        at += task.fail_count;
        const Chunk *chunk = ledger_find(v->ledger, step, fail->ord, fail->round);
        bool is_done = chunk && chunk->round == fail->round;
        if (is_done || running_of(v, &task) || !is_asked_for(v, step, fail->ord, fail->round))
            continue;
        bool is_open = is_to_be_retried(v, &task);
        if (is_open)
            task.state = unfinished(v, "waiting", "stopped");
        if (!is_open || v->with_unfinished)
            s = add_task(list, &task);
    }
    return s;
}

static FlowStatus add_running(const View *v, uint32_t step, TaskList *list)
{
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; s == FLOW_OK && i < v->running.count; i++) {
        const RunningRow *row = &v->running.rows[i];
        if (row->step != step || !is_asked_for(v, step, row->ord, row->round))
            continue;
        ViewTask task = {.step = step,
                         .round = row->round,
                         .ord = row->ord,
                         .running = row,
                         .state = unfinished(v, "running", "stopped")};
        attach_fails(v, &task);
        s = add_task(list, &task);
    }
    return s;
}

static FlowStatus add_if_asked_for(const View *v, uint32_t step, uint64_t ord, TaskList *list)
{
    ViewTask task = {.step = step, .ord = ord, .state = unfinished(v, "waiting", "not run")};
    return is_asked_for(v, step, ord, 0) ? add_task(list, &task) : FLOW_OK;
}

/* Tasks that are known to come, of which nothing else is known. */
static FlowStatus add_waiting(const View *v, uint32_t step, TaskList *list)
{
    uint32_t domain = v->program->steps[step].domain;
    if (domain == 0)
        return add_if_asked_for(v, step, 0, list);
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; i < ledger_segment_count(v->ledger, domain); i++) {
        const Segment *segment = ledger_segment(v->ledger, domain, i);
        for (uint64_t k = 0; s == FLOW_OK && k < segment->n; k++)
            s = add_if_asked_for(v, step, segment->lo + k, list);
    }
    return s;
}

static FlowStatus collect(const View *v, uint32_t step, TaskList *list)
{
    FlowStatus s = add_done(v, step, list);
    if (s == FLOW_OK)
        s = add_failed(v, step, list);
    if (s == FLOW_OK && v->with_unfinished)
        s = add_running(v, step, list);
    if (s == FLOW_OK && !list->is_sorted)
        qsort_r(list->tasks, list->count, sizeof *list->tasks, by_name, list);
    return s;
}

/* The tasks that there are instead of the one that was asked for. */
static void name_others(const View *v, char *out, size_t size)
{
    View whole = *v;
    TaskList list = {.view = &whole, .is_sorted = true};
    char first[WHOLE_NAME], last[WHOLE_NAME];
    whole.has_step = false;
    out[0] = '\0';
    if (collect(&whole, v->pattern.step, &list) == FLOW_OK && list.count > 0) {
        view_task_name(v, &list.tasks[0], first, sizeof first);
        view_task_name(v, &list.tasks[list.count - 1], last, sizeof last);
        snprintf(out, size, "\nhelp: there %s %zu of `%s`: %s%s%s", list.count == 1 ? "is" : "are",
                 list.count, v->program->steps[v->pattern.step].name, first,
                 list.count > 1 ? " to " : "", list.count > 1 ? last : "");
    }
    os_free(list.tasks);
}

static FlowStatus fail_none(const View *v, FlowError *err)
{
    char others[2 * WHOLE_NAME + 100];
    name_others(v, others, sizeof others);
    return flow_error(err, FLOW_EUSAGE, "run %" PRId64 " has no task `%s`%s%s", v->run.id,
                      v->wanted, v->with_unfinished ? "" : " that is done or has failed", others);
}

/* The same question, asked of those too that wait or run. */
static FlowStatus find_unfinished(const View *v, TaskList *list)
{
    View whole = *v;
    list->view = &whole;
    whole.with_unfinished = true;
    FlowStatus s = collect(&whole, v->pattern.step, list);
    if (s == FLOW_OK && list->count == 0)
        s = add_waiting(&whole, v->pattern.step, list);
    list->view = v;
    return s;
}

/* A task that will be is named rightly; one that never can be is not. */
static FlowStatus fail_empty(const View *v, FlowError *err)
{
    char name[WHOLE_NAME];
    TaskList list = {.is_sorted = true};
    FlowStatus s = v->with_unfinished ? FLOW_OK : find_unfinished(v, &list);
    if (s == FLOW_OK && list.count > 0) {
        view_task_name(v, &list.tasks[0], name, sizeof name);
        s = flow_error(err, FLOW_ENOENT, "%s is %s: it has kept nothing%s", name,
                       list.tasks[0].state, unfinished(v, " so far", ""));
    } else if (s == FLOW_OK) {
        s = fail_none(v, err);
    } else {
        flow_error(err, s, "out of memory");
    }
    os_free(list.tasks);
    return s;
}

static FlowStatus each_of_step(const View *v, uint32_t step,
                               FlowStatus (*each)(void *, const ViewTask *), void *ctx,
                               FlowError *err)
{
    TaskList list = {.view = v, .is_sorted = true};
    FlowStatus s = collect(v, step, &list);
    bool is_one = v->has_step && (v->pattern.is_one || !v->pattern.is_whole_step);
    if (s == FLOW_OK && v->with_unfinished && list.count == 0 && is_one)
        s = add_waiting(v, step, &list);
    if (s == FLOW_ENOMEM)
        flow_error(err, s, "out of memory");
    if (s == FLOW_OK && list.count == 0 && v->has_step && !v->pattern.is_whole_step)
        s = fail_empty(v, err);
    for (size_t i = 0; s == FLOW_OK && i < list.count; i++)
        s = each(ctx, &list.tasks[i]);
    os_free(list.tasks);
    return s;
}

FlowStatus view_each_task(const View *v, FlowStatus (*each)(void *, const ViewTask *), void *ctx,
                          FlowError *err)
{
    if (v->has_step)
        return each_of_step(v, v->pattern.step, each, ctx, err);
    uint16_t *order = order_new(v->program);
    FlowStatus s = order ? FLOW_OK : flow_error(err, FLOW_ENOMEM, "out of memory");
    for (uint32_t i = 0; s == FLOW_OK && i < v->program->step_count; i++)
        s = each_of_step(v, order[i], each, ctx, err);
    os_free(order);
    return s;
}

const ViewFail *view_task_failure(const ViewTask *task)
{
    bool is_bad = strcmp(task->state, "failed") == 0 || strcmp(task->state, "caught") == 0;
    return !is_bad || task->fail_count == 0 ? NULL : &task->fails[task->fail_count - 1];
}

/* One a level, the outermost first: those of the foreaches around it, then its own. */
static void rounds_json(const View *v, const ViewTask *task, Json *json)
{
    uint32_t rounds[TASK_LEVELS];
    size_t count =
        ledger_rounds(v->ledger, task->step, task->ord, task->round, rounds, TASK_LEVELS);
    json_open(json, "rounds", '[');
    for (size_t i = 0; i < count; i++)
        if (rounds[i] > 0)
            json_number(json, NULL, rounds[i]);
        else
            json_null(json, NULL);
    json_close(json, ']');
}

void view_task_json(const View *v, const ViewTask *task, Json *json)
{
    char name[WHOLE_NAME];
    const FlowStep *step = &v->program->steps[task->step];
    const ViewFail *fail = view_task_failure(task);
    uint64_t index[VALUES_DEPTH];
    size_t depth = values_index(v, task, index);
    view_task_name(v, task, name, sizeof name);
    json_text(json, "task", name);
    json_text(json, "step", step->name);
    json_open(json, "index", '[');
    for (size_t i = 0; i < depth; i++)
        json_number(json, NULL, index[i]);
    json_close(json, ']');
    if (step->flags & FLOW_STEP_IN_LOOP)
        json_number(json, "round", task->round + 1u);
    else
        json_null(json, "round");
    rounds_json(v, task, json);
    json_number(json, "attempt", view_task_attempt(task));
    json_text(json, "status", task->state);
    if (!fail)
        return;
    json_text(json, "why", why_name(fail->why));
    json_text(json, "message", fail->message);
}

void view_task_name(const View *v, const ViewTask *task, char *out, size_t size)
{
    char name[NAME_MOST];
    ledger_task_name(v->ledger, task->step, task->ord, task->round, name, sizeof name);
    snprintf(out, size, "%" PRId64 "/%s", v->run.id, name);
}

uint32_t view_task_attempt(const ViewTask *task)
{
    if (task->chunk && task->chunk->tries) {
        uint32_t tries = task->chunk->tries[task->ord - task->chunk->lo];
        return tries ? tries : 1;
    }
    if (task->running)
        return task->running->attempt;
    if (!task->chunk && task->fail_count > 0)
        return task->fails[task->fail_count - 1].attempt;
    return 1;
}
