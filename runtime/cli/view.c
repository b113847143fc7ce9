/* SPDX-License-Identifier: Apache-2.0 */
/* view.c - a run's ledger, and its failed attempts beside it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* qsort_r */
#endif
#include "cli/view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/values.h"
#include "os/memory.h"

enum { NAME_MOST = 300 };

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory");
}

/* ---- the run ------------------------------------------------------------ */

/* What a row holds lives until the callback returns, so it is copied, one after another. */
static FlowStatus keep_run(void *ctx, const RunRow *row)
{
    View *v = ctx;
    const char *texts[] = {row->flow, row->why, row->owner, row->tags, row->user};
    size_t at[5], params = 0;
    FlowStatus s = buffer_append(&v->room, row->params.bytes, row->params.len);
    for (size_t i = 0; s == FLOW_OK && i < 5; i++) {
        at[i] = v->room.len;
        s = buffer_append(&v->room, texts[i] ? texts[i] : "", strlen(texts[i] ? texts[i] : "") + 1);
    }
    if (s != FLOW_OK)
        return s;
    const char *room = (const char *)v->room.bytes;
    v->run = *row;
    v->run.params.bytes = v->room.bytes + params;
    v->run.flow = room + at[0];
    v->run.why = room + at[1];
    v->run.owner = room + at[2];
    v->run.tags = room + at[3];
    v->run.user = room + at[4];
    v->is_dead = row->state == RUN_RUNNING && !db_owner_lives(row->owner);
    return FLOW_OK;
}

/* The newest comes first; any other answer than FLOW_OK ends the reading. */
static FlowStatus keep_newest(void *ctx, const RunRow *row)
{
    View *v = ctx;
    if (v->run.id || strcmp(row->flow, v->program->name) != 0)
        return FLOW_OK;
    return keep_run(v, row);
}

static FlowStatus find_newest(View *v, FlowError *err)
{
    FlowStatus s = db_each_run(v->db, keep_newest, v, err);
    if (s != FLOW_OK || v->run.id)
        return s;
    return flow_error(err, FLOW_ENOENT, "no run of %s is in the store %s yet", v->program->name,
                      v->store);
}

static FlowStatus find_run(View *v, const char *word, int64_t id, FlowError *err)
{
    FlowStatus s = db_run_get(v->db, id, keep_run, v, err);
    if (s == FLOW_ENOENT)
        return flow_error(err, FLOW_ENOENT, "there is no run %" PRId64 " in the store %s", id,
                          v->store);
    if (s == FLOW_OK && strcmp(v->run.flow, v->program->name) != 0)
        return flow_error(err, FLOW_ENOENT,
                          "run %" PRId64 " is one of the flow %s, not of %s: "
                          "ask the program of that flow for %s",
                          id, v->run.flow, v->program->name, word);
    return s;
}

/* ---- failed attempts ---------------------------------------------------- */

/* The program may have been changed since: steps are the same when their names are. */
typedef struct StepMap {
    View *view;
    uint16_t *steps; /* of the run's step numbers: ours, or FLOW_NO_STEP */
    size_t count;
} StepMap;

static FlowStatus map_step(void *ctx, const StepRow *row)
{
    StepMap *map = ctx;
    if (row->step >= FLOW_NO_STEP)
        return FLOW_EFORMAT;
    if (row->step >= map->count) {
        size_t count = row->step + 1u;
        uint16_t *steps = os_realloc_array(map->steps, count, sizeof *steps);
        if (!steps)
            return FLOW_ENOMEM;
        for (size_t i = map->count; i < count; i++)
            steps[i] = FLOW_NO_STEP;
        map->steps = steps;
        map->count = count;
    }
    const FlowProgram *program = map->view->program;
    for (uint16_t i = 0; i < program->step_count; i++)
        if (strcmp(program->steps[i].name, row->name) == 0)
            map->steps[row->step] = i;
    return FLOW_OK;
}

static FlowStatus grow_fails(View *v)
{
    if (v->fail_count < v->fail_cap)
        return FLOW_OK;
    size_t cap = v->fail_cap ? 2 * v->fail_cap : 16;
    ViewFail *fails = os_realloc_array(v->fails, cap, sizeof *fails);
    if (!fails)
        return FLOW_ENOMEM;
    v->fails = fails;
    v->fail_cap = cap;
    return FLOW_OK;
}

static FlowStatus keep_fail(void *ctx, const FailRow *row)
{
    const StepMap *map = ctx;
    View *v = map->view;
    if (row->step >= map->count || map->steps[row->step] == FLOW_NO_STEP)
        return FLOW_OK; /* the program has no such step any more */
    if (grow_fails(v) != FLOW_OK)
        return FLOW_ENOMEM;
    ViewFail fail = {.step = map->steps[row->step],
                     .round = row->round,
                     .attempt = row->attempt,
                     .ord = row->ord,
                     .why = row->why,
                     .message = os_copy_string(row->message ? row->message : ""),
                     .trace = os_copy_string(row->trace ? row->trace : ""),
                     .pid = row->pid,
                     .began = row->began,
                     .ended = row->ended};
    if (row->log.len == sizeof fail.log)
        memcpy(&fail.log, row->log.bytes, sizeof fail.log);
    v->fails[v->fail_count++] = fail;
    return fail.message && fail.trace ? FLOW_OK : FLOW_ENOMEM;
}

static int by_number(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_task(const void *left, const void *right)
{
    const ViewFail *a = left, *b = right;
    int order = by_number(a->step, b->step);
    if (!order)
        order = by_number(a->ord, b->ord);
    if (!order)
        order = by_number(a->round, b->round);
    return order ? order : by_number(a->attempt, b->attempt);
}

static FlowStatus load_fails(View *v, FlowError *err)
{
    StepMap map = {.view = v};
    FlowStatus s = db_each_step(v->db, v->run.id, map_step, &map, err);
    if (s == FLOW_OK)
        s = db_each_fail(v->db, v->run.id, keep_fail, &map, err);
    os_free(map.steps);
    if (s == FLOW_ENOMEM)
        return no_memory(err);
    if (v->fail_count > 1)
        qsort(v->fails, v->fail_count, sizeof *v->fails, by_task);
    return s;
}

/* ---- opening ------------------------------------------------------------ */

/* The word's run; *rest is what stands behind its slash, or NULL. */
static FlowStatus parse_word(const char *word, int64_t *run, const char **rest, FlowError *err)
{
    char *end;
    errno = 0;
    long long id = strtoll(word, &end, 10);
    bool is_number = word[0] >= '0' && word[0] <= '9' && !errno && id >= 1;
    if (!is_number || (*end && *end != '/'))
        return flow_error(err, FLOW_EUSAGE,
                          "`%s` names no run: runs are numbered from 1, and a "
                          "task is RUN/STEP or RUN/STEP/INDEX, such as 1/start",
                          word);
    *run = id;
    *rest = *end && end[1] ? end + 1 : NULL;
    return FLOW_OK;
}

FlowStatus view_parse_run(const char *word, int64_t *run, FlowError *err)
{
    const char *rest = NULL;
    FlowStatus s = parse_word(word, run, &rest, err);
    if (s == FLOW_OK && rest)
        return flow_error(err, FLOW_EUSAGE, "`%.200s` is a step or task, and a run is meant", word);
    return s;
}

void view_run_json(const RunRow *run, const char *state, int64_t took, Json *json)
{
    json_int(json, "run", run->id);
    json_text(json, "flow", run->flow);
    json_text(json, "state", state);
    json_text(json, "why", run->why);
    json_time(json, "began", run->began);
    json_time(json, "ended", run->ended);
    json_seconds(json, "seconds", took);
    if (run->origin)
        json_int(json, "origin", run->origin);
    else
        json_null(json, "origin");
    json_number(json, "seed", run->seed);
    json_words(json, "tags", run->tags);
    json_text(json, "user", run->user);
}

/* What another program has made is shown as that program was. */
static FlowStatus find_program(View *v, FlowError *err)
{
    if (digest_equal(&v->run.program, &v->program->digest))
        return FLOW_OK;
    FlowStatus s = program_old_load(v->db, &v->run.program, v->program, &v->old, err);
    if (s == FLOW_OK && v->old)
        v->program = program_old_table(v->old);
    return s;
}

static FlowStatus load(View *v, const char *rest, FlowError *err)
{
    FlowStatus s = find_program(v, err);
    if (s == FLOW_OK)
        s = ledger_new(v->program, v->run.id, &v->ledger, err);
    if (s == FLOW_OK)
        s = ledger_load(v->ledger, v->db, err);
    if (s == FLOW_OK)
        s = load_fails(v, err);
    if (s != FLOW_OK || !rest)
        return s;
    uint16_t step;
    v->has_step = true;
    v->wanted = rest;
    s = option_find_step(v->program, rest, strcspn(rest, "/:"), &step, err);
    if (s != FLOW_OK)
        return s;
    return ledger_pattern_read(v->ledger, rest, &v->pattern, err);
}

FlowStatus store_open(const char *dir, bool create, Db **out, FlowError *err)
{
    FlowStatus s = db_open(dir, create, out, err);
    if (s == FLOW_EUSAGE)
        s = err->status = FLOW_EIO;
    return s;
}

FlowStatus store_open_reader(const char *dir, Db **out, FlowError *err)
{
    FlowStatus s = db_open_reader(dir, out, err);
    if (s == FLOW_EUSAGE)
        s = err->status = FLOW_EIO;
    return s;
}

FlowStatus view_open(const FlowProgram *program, const char *store, const char *word, View *out,
                     FlowError *err)
{
    *out = (View){.program = program, .store = store};
    int64_t id = 0;
    const char *rest = NULL;
    FlowStatus s = word ? parse_word(word, &id, &rest, err) : FLOW_OK;
    if (s == FLOW_OK)
        s = store_open_reader(store, &out->db, err);
    if (s == FLOW_OK)
        s = word ? find_run(out, word, id, err) : find_newest(out, err);
    return s == FLOW_OK ? load(out, rest, err) : s;
}

void view_close(View *v)
{
    for (size_t i = 0; i < v->fail_count; i++) {
        os_free(v->fails[i].message);
        os_free(v->fails[i].trace);
    }
    os_free(v->fails);
    ledger_free(v->ledger);
    program_old_free(v->old);
    db_close(v->db);
    buffer_free(&v->room);
    *v = (View){0};
}

/* ---- tasks -------------------------------------------------------------- */

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
        if (by_task(&v->fails[middle], &wanted) < 0)
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
            ViewTask task = {.step = step, .round = chunk->round, .ord = ord, .chunk = chunk};
            attach_fails(v, &task);
            s = add_task(list, &task);
        }
    }
    return s;
}

static FlowStatus add_failed(const View *v, uint32_t step, TaskList *list)
{
    FlowStatus s = FLOW_OK;
    size_t at = fails_from(v, step, 0, 0);
    while (s == FLOW_OK && at < v->fail_count && v->fails[at].step == step) {
        const ViewFail *fail = &v->fails[at];
        ViewTask task = {.step = step, .round = fail->round, .ord = fail->ord};
        attach_fails(v, &task);
        at += task.fail_count;
        const Chunk *chunk = ledger_find(v->ledger, step, fail->ord, fail->round);
        if ((!chunk || chunk->round != fail->round) &&
            is_asked_for(v, step, fail->ord, fail->round))
            s = add_task(list, &task);
    }
    return s;
}

/* The next step in the order of the flow behind (rank, step). */
static bool next_step(const FlowProgram *program, int64_t *rank, int64_t *step)
{
    int64_t best_rank = -1, best = -1;
    for (int64_t i = 0; i < program->step_count; i++) {
        int64_t at = program->steps[i].rank;
        bool is_behind = at > *rank || (at == *rank && i > *step);
        if (is_behind && (best < 0 || at < best_rank)) {
            best = i;
            best_rank = at;
        }
    }
    *rank = best_rank;
    *step = best;
    return best >= 0;
}

static FlowStatus fail_none(const View *v, FlowError *err)
{
    return flow_error(err, FLOW_ENOENT,
                      "run %" PRId64 " has no task `%s` that is done or has failed", v->run.id,
                      v->wanted);
}

static FlowStatus each_of_step(const View *v, uint32_t step,
                               FlowStatus (*each)(void *, const ViewTask *), void *ctx,
                               FlowError *err)
{
    TaskList list = {.view = v, .is_sorted = true};
    FlowStatus s = add_done(v, step, &list);
    if (s == FLOW_OK)
        s = add_failed(v, step, &list);
    if (s == FLOW_ENOMEM)
        s = no_memory(err);
    if (s == FLOW_OK && list.count == 0 && v->has_step && !v->pattern.is_whole_step)
        s = fail_none(v, err);
    if (s == FLOW_OK && !list.is_sorted)
        qsort_r(list.tasks, list.count, sizeof *list.tasks, by_name, &list);
    for (size_t i = 0; s == FLOW_OK && i < list.count; i++)
        s = each(ctx, &list.tasks[i]);
    os_free(list.tasks);
    return s;
}

FlowStatus view_each_task(const View *v, FlowStatus (*each)(void *, const ViewTask *), void *ctx,
                          FlowError *err)
{
    FlowStatus s = FLOW_OK;
    int64_t rank = -1, step = -1;
    while (s == FLOW_OK && next_step(v->program, &rank, &step))
        if (!v->has_step || step == v->pattern.step)
            s = each_of_step(v, (uint32_t)step, each, ctx, err);
    return s;
}

const char *view_run_state(RunState state, const char *owner)
{
    switch (state) {
    case RUN_RUNNING: return db_owner_lives(owner) ? "running" : "died";
    case RUN_DONE: return "done";
    case RUN_FAILED: return "failed";
    case RUN_CANCELLED: return "cancelled";
    }
    return "unknown";
}

const char *view_state(const View *v)
{
    return v->is_dead ? "died" : view_run_state(v->run.state, v->run.owner);
}

const char *view_task_state(const ViewTask *task)
{
    if (!task->chunk)
        return "failed";
    return chunk_caught(task->chunk, task->ord) ? "caught" : "done";
}

const ViewFail *view_task_failure(const ViewTask *task)
{
    bool is_good = task->chunk && !chunk_caught(task->chunk, task->ord);
    return is_good || task->fail_count == 0 ? NULL : &task->fails[task->fail_count - 1];
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
    char name[NAME_MOST + 24];
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
    json_text(json, "status", view_task_state(task));
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
    if (!task->chunk && task->fail_count > 0)
        return task->fails[task->fail_count - 1].attempt;
    return 1;
}
