/* SPDX-License-Identifier: Apache-2.0 */
/* view.c - a run's ledger, and beside it its failed attempts and what is at work. */
#include "cli/view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/clock.h"
#include "os/memory.h"

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory");
}

/* ---- the run ------------------------------------------------------------ */

/* Nobody has written how it ended. */
static bool is_dead(const RunRow *run)
{
    return run->state == RUN_DIED ||
           (run->state == RUN_RUNNING && !db_owner_lives(run->owner));
}

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
    v->is_dead = is_dead(row);
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
    return flow_error(err, FLOW_ENOENT, "no run of %s is in the store %s yet: `run` begins one",
                      v->program->name, v->store);
}

FlowStatus view_check_flow(const RunRow *run, const FlowProgram *program, const char *word,
                           FlowError *err)
{
    if (strcmp(run->flow, program->name) == 0)
        return FLOW_OK;
    return flow_error(err, FLOW_EUSAGE,
                      "run %" PRId64 " is one of the flow %s, not of %s: "
                      "ask the program of that flow for %s",
                      run->id, run->flow, program->name, word);
}

static FlowStatus find_run(View *v, const char *word, int64_t id, FlowError *err)
{
    FlowStatus s = db_run_get(v->db, id, keep_run, v, err);
    if (s == FLOW_ENOENT)
        return flow_error(err, FLOW_EUSAGE,
                          "there is no run %" PRId64
                          " in the store %s: `runs` lists those that there are",
                          id, v->store);
    return s == FLOW_OK ? view_check_flow(&v->run, v->program, word, err) : s;
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

/* What has come to an end since, whatever its slot says. */
static bool is_over(const View *v, const RunningRow *row)
{
    const Chunk *chunk = ledger_find(v->ledger, row->step, row->ord, row->round);
    if (chunk && chunk->round == row->round)
        return true;
    for (size_t i = 0; i < v->fail_count; i++) {
        const ViewFail *fail = &v->fails[i];
        if (fail->step == row->step && fail->ord == row->ord && fail->round == row->round &&
            fail->attempt >= row->attempt)
            return true;
    }
    return false;
}

static FlowStatus load_running(View *v, const StepMap *map)
{
    FlowStatus s = running_read(v->store, v->run.id, &v->running);
    size_t kept = 0;
    for (size_t i = 0; s == FLOW_OK && v->run.state != RUN_DONE && i < v->running.count; i++) {
        RunningRow row = v->running.rows[i];
        if (row.step >= map->count || map->steps[row.step] == FLOW_NO_STEP)
            continue;
        row.step = map->steps[row.step];
        uint32_t domain = v->program->steps[row.step].domain;
        bool is_known = domain == 0 || ledger_segment_at(v->ledger, domain, row.ord);
        if (is_known && !is_over(v, &row)) /* what opened it may not be stored yet */
            v->running.rows[kept++] = row;
    }
    v->running.count = kept;
    return s;
}

static FlowStatus load_fails(View *v, FlowError *err)
{
    StepMap map = {.view = v};
    FlowStatus s = db_each_step(v->db, v->run.id, map_step, &map, err);
    if (s == FLOW_OK)
        s = db_each_fail(v->db, v->run.id, keep_fail, &map, err);
    if (s == FLOW_OK)
        s = load_running(v, &map);
    os_free(map.steps);
    if (s == FLOW_ENOMEM)
        return no_memory(err);
    if (v->fail_count > 1)
        qsort(v->fails, v->fail_count, sizeof *v->fails, view_fail_order);
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
    if (is_number && strcmp(end, "/") == 0)
        return flow_error(err, FLOW_EUSAGE,
                          "`%s` names no step behind its slash: a run is %lld, and a step of it "
                          "%lld/STEP",
                          word, id, id);
    if (!is_number || (*end && *end != '/'))
        return flow_error(err, FLOW_EUSAGE,
                          "`%s` names no run: runs are numbered from 1, and a "
                          "task is RUN/STEP or RUN/STEP/INDEX, such as 1/start",
                          word);
    *run = id;
    *rest = *end ? end + 1 : NULL;
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

ViewTimes view_times(const char *store, const RunRow *run)
{
    if (run->state != RUN_RUNNING && run->state != RUN_DIED)
        return (ViewTimes){.took = run->ended > run->began ? run->ended - run->began : 0};
    if (!is_dead(run)) {
        int64_t now = os_now_ns();
        return (ViewTimes){.took = now > run->began ? now - run->began : 0};
    }
    RunningList list;
    int64_t seen = run->beat > run->began ? run->beat : run->began;
    if (running_read(store, run->id, &list) == FLOW_OK && list.seen > seen)
        seen = list.seen;
    running_free(&list);
    return (ViewTimes){.took = seen - run->began, .last_seen = seen};
}

void view_run_json(const RunRow *run, const char *state, const ViewTimes *times, Json *json)
{
    json_int(json, "run", run->id);
    json_text(json, "flow", run->flow);
    json_text(json, "state", state);
    json_text(json, "why", run->why);
    json_time(json, "began", run->began);
    json_time(json, "ended", run->ended);
    json_time(json, "last_seen", times->last_seen);
    json_seconds(json, "seconds", times->took);
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
    running_free(&v->running);
    ledger_free(v->ledger);
    program_old_free(v->old);
    db_close(v->db);
    buffer_free(&v->room);
    *v = (View){0};
}

/* ---- states --------------------------------------------------------------- */

const char *view_run_state(RunState state, const char *owner)
{
    switch (state) {
    case RUN_RUNNING: return db_owner_lives(owner) ? "running" : "died";
    case RUN_DONE: return "done";
    case RUN_FAILED: return "failed";
    case RUN_CANCELLED: return "cancelled";
    case RUN_STOPPED: return "stopped";
    case RUN_DIED: return "died";
    }
    return "unknown";
}

const char *view_state(const View *v)
{
    return v->is_dead ? "died" : view_run_state(v->run.state, v->run.owner);
}
