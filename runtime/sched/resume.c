/* SPDX-License-Identifier: Apache-2.0 */
/* A step is stale when its code has another meaning, when there was none of that name, when what
 * leads to it does so by another edge, when the user names it, or when it lies downstream of a
 * stale one. */
#include "sched/resume.h"

#include <stdio.h>
#include <string.h>

#include "os/memory.h"
#include "sched/params.h"
#include "sched/program_record.h"
#include "sched/resume_params.h"
#include "sched/run_private.h"
#include "value/codec.h"

typedef enum Stale {
    STALE_NOT,
    STALE_CHANGED,
    STALE_NEW,
    STALE_REACHED,
    STALE_NAMED,
    STALE_RUN,
    STALE_BELOW
} Stale;

typedef struct OldStep {
    uint32_t number; /* in the origin */
    uint32_t step;   /* of our program, FLOW_NO_STEP: no more */
} OldStep;

typedef struct Planner {
    Db *db;
    const FlowProgram *program;
    ResumePlan *plan;
    FlowError *err;
    /* of the origin: */
    FlowDigest digest;
    RunState state;
    int64_t before; /* the run that it resumed, or 0 */
    Buffer params;
    char owner[300];
    int64_t found; /* the newest run of this flow */
    OldStep *old;
    size_t old_count;
    /* a step of our program: */
    Stale *stale;
    bool *was_there;
    bool *has_work; /* something of it is done */
    bool *is_listed;
} Planner;

static FlowStatus no_memory(FlowError *err)
{
    return flow_error(err, FLOW_ENOMEM, "out of memory while a resume is planned");
}

static uint32_t step_by_name(const FlowProgram *p, const char *name)
{
    for (uint32_t s = 0; s < p->step_count; s++)
        if (strcmp(p->steps[s].name, name) == 0)
            return s;
    return FLOW_NO_STEP;
}

/* ---- the origin -------------------------------------------------------------------- */

static FlowStatus on_each_run(void *ctx, const RunRow *row)
{
    Planner *p = ctx;
    if (p->found == 0 && strcmp(row->flow, p->program->name) == 0)
        p->found = row->id;
    return FLOW_OK;
}

static FlowStatus find_origin(Planner *p, int64_t wanted)
{
    p->plan->origin = wanted;
    if (wanted != 0)
        return FLOW_OK;
    FlowStatus s = db_each_run(p->db, on_each_run, p, p->err);
    if (s != FLOW_OK)
        return s;
    if (p->found == 0)
        return flow_error(p->err, FLOW_ENOENT,
                          "there is no run of %s in this store to resume: begin one with `run`, or "
                          "name the store with --store DIR",
                          p->program->name);
    p->plan->origin = p->found;
    return FLOW_OK;
}

static FlowStatus on_origin(void *ctx, const RunRow *row)
{
    Planner *p = ctx;
    if (strcmp(row->flow, p->program->name) != 0)
        return flow_error(p->err, FLOW_EUSAGE,
                          "run %lld is one of %s, not of %s: resume it with that flow's program",
                          (long long)row->id, row->flow, p->program->name);
    p->digest = row->program;
    p->state = row->state;
    p->before = row->origin;
    p->plan->seed = row->seed;
    snprintf(p->owner, sizeof p->owner, "%s", row->owner);
    if (buffer_append(&p->params, row->params.bytes, row->params.len) != FLOW_OK)
        return no_memory(p->err);
    return FLOW_OK;
}

/* An owner is HOST:PID:START. */
static FlowStatus fail_running(const Planner *p)
{
    const char *at = strchr(p->owner, ':');
    int host = at ? (int)(at - p->owner) : 0;
    int pid = at ? (int)strcspn(at + 1, ":") : 0;
    return flow_error(p->err, FLOW_EBUSY,
                      "run %lld is still running, as process %.*s on %.*s\n"
                      "help: wait for its end, or stop it first: `kill %.*s`",
                      (long long)p->plan->origin, pid, at ? at + 1 : "", host, p->owner, pid,
                      at ? at + 1 : "");
}

static FlowStatus seal(Planner *p)
{
    int64_t epoch;
    char self[300];
    if (p->state == RUN_RUNNING && db_owner_lives(p->owner))
        return fail_running(p);
    if (p->state != RUN_RUNNING)
        return FLOW_OK;
    db_owner_self(self, sizeof self);
    FlowStatus s = db_run_take_over(p->db, p->plan->origin, self, &epoch, p->err);
    if (s == FLOW_OK)
        s = db_run_finish(p->db, p->plan->origin, epoch, RUN_DIED, "", p->err);
    return s;
}

/* ---- what is stale ------------------------------------------------------------------- */

static FlowStatus on_old_step(void *ctx, const StepRow *row)
{
    Planner *p = ctx;
    uint32_t step = step_by_name(p->program, row->name);
    OldStep *old = os_realloc_array(p->old, p->old_count + 1, sizeof *old);
    if (!old)
        return no_memory(p->err);
    p->old = old;
    old[p->old_count++] = (OldStep){row->step, step};
    if (step == FLOW_NO_STEP)
        return FLOW_OK;
    p->was_there[step] = true;
    if (!digest_equal(&row->meaning, &p->program->steps[step].meaning))
        p->stale[step] = STALE_CHANGED;
    return FLOW_OK;
}

static void mark_reached(Planner *p, uint32_t step)
{
    if (step != FLOW_NO_STEP && p->stale[step] == STALE_NOT)
        p->stale[step] = STALE_REACHED;
}

/* Marks the targets that an old step's edges name, "next:fit;split:a,b#1". */
static void mark_old_targets(Planner *p, const char *edges)
{
    char name[256];
    for (const char *at = edges; *at;) {
        size_t len = strcspn(at, ":;,#");
        bool is_kind = at[len] == ':' || (at == edges && at[len] == '\0');
        if (!is_kind && len > 0 && len < sizeof name) {
            memcpy(name, at, len);
            name[len] = '\0';
            mark_reached(p, step_by_name(p->program, name));
        }
        at += len;
        if (*at == '#')
            at += strcspn(at, ";,");
        at += *at != '\0';
    }
}

static FlowStatus compare_edges(Planner *p, const ProgramRecord *record)
{
    Buffer now = {0};
    FlowStatus s = FLOW_OK;
    for (uint32_t i = 0; s == FLOW_OK && i < p->program->step_count; i++) {
        const FlowStep *step = &p->program->steps[i];
        const RecordStep *old = program_record_step(record, step->name);
        buffer_clear(&now);
        s = program_edges_write(p->program, step, &now);
        const char *text = s == FLOW_OK ? buffer_text(&now) : NULL;
        if (!text || !old || strcmp(text, old->edges) == 0)
            continue;
        mark_old_targets(p, old->edges);
        for (uint16_t e = 0; e < step->edge_count; e++)
            for (uint16_t t = 0; t < step->edges[e].target_count; t++)
                mark_reached(p, step->edges[e].targets[t]);
    }
    buffer_free(&now);
    return s == FLOW_OK ? s : no_memory(p->err);
}

/* ---- parameters that the origin has ---------------------------------------------------- */

static const char *article(const char *type)
{
    return strchr("aeiouAEIOU", type[0]) ? "an" : "a";
}

static FlowStatus fail_param(const Planner *p, const char *name, const char *was, const char *is)
{
    int was_len = (int)strcspn(was, "{"), is_len = (int)strcspn(is, "{");
    bool is_same_name = was_len == is_len && strncmp(was, is, (size_t)was_len) == 0;
    return flow_error(
        p->err, FLOW_EUSAGE,
        "run %lld cannot be resumed: its parameter `%s` is %s %.*s there, and %s %.*s "
        "in this program\nhelp: begin anew, with a value of the new type: "
        "run --%s VALUE",
        (long long)p->plan->origin, name, article(was), was_len, was,
        is_same_name ? "another" : article(is), is_len, is, name);
}

/* A value that the origin was given is inherited, so it must be of the type that it was. */
static FlowStatus check_params(const Planner *p, const ProgramRecord *record)
{
    FlowStatus s = FLOW_OK;
    Buffer text = {0};
    for (uint16_t i = 0; s == FLOW_OK && i < p->program->param_count; i++) {
        const FlowArtifact *a = &p->program->artifacts[p->program->params[i].artifact];
        const RecordArtifact *old = program_record_param(record, a->name);
        buffer_clear(&text);
        if (!old || !old->type[0])
            continue;
        if (type_write_text(a->type, &text) != FLOW_OK || !buffer_text(&text))
            s = no_memory(p->err);
        else if (strcmp(buffer_text(&text), old->type) != 0)
            s = fail_param(p, a->name, old->type, buffer_text(&text));
    }
    buffer_free(&text);
    return s;
}

static FlowStatus find_stale(Planner *p)
{
    ProgramRecord record;
    FlowStatus s = db_each_step(p->db, p->plan->origin, on_old_step, p, p->err);
    if (s != FLOW_OK || digest_equal(&p->digest, &p->program->digest))
        return s;
    for (uint32_t i = 0; i < p->program->step_count; i++)
        if (!p->was_there[i])
            p->stale[i] = STALE_NEW;
    s = program_record_load(p->db, &p->digest, &record, p->err);
    if (s != FLOW_OK)
        return s;
    s = check_params(p, &record);
    if (s == FLOW_OK)
        s = compare_edges(p, &record);
    program_record_free(&record);
    return s;
}

static FlowStatus name_step(Planner *p, const char *name)
{
    if (!name)
        return FLOW_OK;
    uint32_t step = step_by_name(p->program, name);
    if (step == FLOW_NO_STEP)
        return flow_error(p->err, FLOW_EUSAGE, "%s has no step named `%s` to resume from",
                          p->program->name, name);
    p->stale[step] = STALE_NAMED;
    return FLOW_OK;
}

/* The number of the run is an input, and another one now. */
static void mark_readers_of_run(Planner *p)
{
    for (uint32_t i = 0; i < p->program->step_count; i++)
        if ((p->program->steps[i].flags & FLOW_STEP_READS_RUN) && p->stale[i] == STALE_NOT)
            p->stale[i] = STALE_RUN;
}

/* Whether a stale step leads to this one. */
static void spread(Planner *p)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = 0; i < p->program->step_count; i++) {
            const FlowStep *step = &p->program->steps[i];
            for (uint16_t e = 0; p->stale[i] != STALE_NOT && e < step->edge_count; e++)
                for (uint16_t t = 0; t < step->edges[e].target_count; t++) {
                    Stale *target = &p->stale[step->edges[e].targets[t]];
                    changed |= *target == STALE_NOT;
                    *target = *target == STALE_NOT ? STALE_BELOW : *target;
                }
        }
    }
}

/* ---- what is taken ---------------------------------------------------------------------- */

static uint32_t step_of_old(const Planner *p, uint32_t number)
{
    for (size_t i = 0; i < p->old_count; i++)
        if (p->old[i].number == number)
            return p->old[i].step;
    return FLOW_NO_STEP;
}

static FlowStatus add_take(Planner *p, uint32_t step, int64_t run)
{
    ResumePlan *plan = p->plan;
    for (size_t i = 0; i < plan->take_count; i++)
        if (plan->takes[i].step == step && plan->takes[i].source_run == run)
            return FLOW_OK;
    TakeRow *takes = os_realloc_array(plan->takes, plan->take_count + 1, sizeof *takes);
    if (!takes)
        return no_memory(p->err);
    plan->takes = takes;
    takes[plan->take_count++] = (TakeRow){.step = step, .source_run = run};
    return FLOW_OK;
}

static FlowStatus take_from(Planner *p, uint32_t old_number, int64_t run)
{
    uint32_t step = step_of_old(p, old_number);
    if (step == FLOW_NO_STEP)
        return FLOW_OK;
    p->has_work[step] = true;
    return p->stale[step] == STALE_NOT ? add_take(p, step, run) : FLOW_OK;
}

static FlowStatus on_old_take(void *ctx, const TakeRow *row)
{
    return take_from(ctx, row->step, row->source_run);
}

static FlowStatus take_own(Planner *p)
{
    FlowStatus s = FLOW_OK;
    for (size_t i = 0; i < p->old_count && s == FLOW_OK; i++) {
        bool is_begun = false;
        s = db_has_chunks(p->db, p->plan->origin, p->old[i].number, &is_begun, p->err);
        if (s == FLOW_OK && is_begun)
            s = take_from(p, p->old[i].number, p->plan->origin);
    }
    return s;
}

/* ---- why ------------------------------------------------------------------------------------ */

static void reach(const Planner *p, uint32_t step, bool *reached)
{
    const FlowStep *st = &p->program->steps[step];
    reached[step] = true;
    for (uint16_t e = 0; e < st->edge_count; e++)
        for (uint16_t t = 0; t < st->edges[e].target_count; t++)
            if (!reached[st->edges[e].targets[t]])
                reach(p, st->edges[e].targets[t], reached);
}

static const char *reason(Stale stale)
{
    switch (stale) {
    case STALE_CHANGED: return "changed";
    case STALE_NEW: return "is new";
    case STALE_REACHED: return "is reached in another way now";
    case STALE_NAMED: return "was named";
    case STALE_RUN: return "reads which run it is in";
    case STALE_NOT:
    case STALE_BELOW: break;
    }
    return "";
}

/* A new step that leads to this one, or FLOW_NO_STEP. */
static uint32_t new_step_before(const Planner *p, uint32_t step)
{
    for (uint32_t i = 0; i < p->program->step_count; i++)
        for (uint16_t e = 0; p->stale[i] == STALE_NEW && e < p->program->steps[i].edge_count; e++) {
            const FlowEdge *edge = &p->program->steps[i].edges[e];
            for (uint16_t t = 0; t < edge->target_count; t++)
                if (edge->targets[t] == step)
                    return i;
        }
    return FLOW_NO_STEP;
}

static FlowStatus write_reason(const Planner *p, uint32_t root, Buffer *line)
{
    uint32_t before = p->stale[root] == STALE_REACHED ? new_step_before(p, root) : FLOW_NO_STEP;
    FlowStatus s =
        buffer_printf(line, "step `%s` %s", p->program->steps[root].name, reason(p->stale[root]));
    if (s == FLOW_OK && before != FLOW_NO_STEP)
        s = buffer_printf(line, ", from `%s`, which is new", p->program->steps[before].name);
    return s;
}

static FlowStatus write_line(Planner *p, uint32_t root, const bool *reached, Buffer *line)
{
    size_t count = 0;
    bool itself = p->has_work[root] && !p->is_listed[root];
    FlowStatus s = write_reason(p, root, line);
    if (s == FLOW_OK)
        s = buffer_append_text(line, itself ? ": it" : ": ");
    for (uint32_t i = 0; s == FLOW_OK && i < p->program->step_count; i++) {
        bool is_below = reached[i] && i != root && p->has_work[i] && !p->is_listed[i] &&
                        p->stale[i] == STALE_BELOW;
        if (!is_below)
            continue;
        s = buffer_printf(line, "%s`%s`",
                          count > 0 ? ", "
                          : itself  ? " and "
                                    : "",
                          p->program->steps[i].name);
        p->is_listed[i] = true;
        count++;
    }
    p->is_listed[root] = true;
    if (s == FLOW_OK && !itself && count == 0)
        line->len = 0; /* nothing of it was ever done */
    else if (s == FLOW_OK)
        s = buffer_printf(line, " %s again", count + itself > 1 ? "run" : "runs");
    return s;
}

static FlowStatus add_line(Planner *p, const Buffer *line)
{
    ResumePlan *plan = p->plan;
    if (line->len == 0)
        return FLOW_OK;
    char **lines = os_realloc_array(plan->lines, plan->line_count + 1, sizeof *lines);
    char *text = os_copy_bytes((const char *)line->bytes, line->len);
    if (lines)
        plan->lines = lines;
    if (!lines || !text) {
        os_free(text);
        return no_memory(p->err);
    }
    lines[plan->line_count++] = text;
    return FLOW_OK;
}

static FlowStatus explain(Planner *p)
{
    bool *reached = os_alloc(p->program->step_count * sizeof *reached);
    Buffer line = {0};
    FlowStatus s = reached ? FLOW_OK : no_memory(p->err);
    for (uint32_t i = 0; s == FLOW_OK && i < p->program->step_count; i++) {
        if (p->stale[i] == STALE_NOT || p->stale[i] == STALE_BELOW)
            continue;
        memset(reached, 0, p->program->step_count * sizeof *reached);
        reach(p, i, reached);
        buffer_clear(&line);
        s = write_line(p, i, reached, &line) == FLOW_OK ? add_line(p, &line) : no_memory(p->err);
    }
    buffer_free(&line);
    os_free(reached);
    return s;
}

/* A default that was changed is none of a run that goes on: that it does not count is said. */
static FlowStatus say_params_of(Planner *p, const ProgramRecord *then, const Bytes *values)
{
    Buffer line = {0};
    FlowStatus s = FLOW_OK;
    for (uint16_t i = 0; s == FLOW_OK && i < p->program->param_count; i++) {
        buffer_clear(&line);
        s = resume_param_line(p->program, i, then, p->plan->origin, values[i], &line, p->err);
        if (s == FLOW_OK)
            s = add_line(p, &line);
    }
    buffer_free(&line);
    return s;
}

static FlowStatus say_params(Planner *p)
{
    ProgramRecord then;
    if (digest_equal(&p->digest, &p->program->digest))
        return FLOW_OK;
    Bytes *values = os_alloc_zero((p->program->param_count + 1u) * sizeof *values);
    FlowStatus s = values ? program_record_load(p->db, &p->digest, &then, p->err)
                          : no_memory(p->err);
    if (s == FLOW_OK) {
        s = params_split(p->program, (Bytes){p->params.bytes, p->params.len}, values, p->err);
        if (s == FLOW_OK)
            s = say_params_of(p, &then, values);
        program_record_free(&then);
    }
    os_free(values);
    return s;
}

/* ---- rows of a foreach that is opened again ------------------------------------------------- */

static FlowStatus planner_init(Planner *p)
{
    size_t steps = p->program->step_count;
    p->stale = os_alloc_zero(steps * sizeof *p->stale);
    p->was_there = os_alloc_zero(steps);
    p->has_work = os_alloc_zero(steps);
    p->is_listed = os_alloc_zero(steps);
    return p->stale && p->was_there && p->has_work && p->is_listed ? FLOW_OK : no_memory(p->err);
}

static void planner_deinit(Planner *p)
{
    os_free(p->stale);
    os_free(p->was_there);
    os_free(p->has_work);
    os_free(p->is_listed);
    os_free(p->old);
    buffer_free(&p->params);
}

/* Which steps are as they were in a run, wherever they stand. */
static FlowStatus look_at(Planner *p, int64_t run)
{
    p->plan->origin = run;
    FlowStatus s = planner_init(p);
    if (s == FLOW_OK)
        s = db_run_get(p->db, run, on_origin, p, p->err);
    if (s == FLOW_OK)
        s = find_stale(p);
    if (s != FLOW_OK)
        return s;
    mark_readers_of_run(p);
    s = db_each_take(p->db, run, on_old_take, p, p->err);
    return s == FLOW_OK ? take_own(p) : s;
}

/* The steps of an outermost foreach that the plan runs again just because of what is above. */
static bool may_be_reused(const Planner *p, const Planner *then, const bool *named, uint32_t step)
{
    uint16_t domain = p->program->steps[step].domain;
    return domain != 0 && p->program->domains[domain].parent == 0 && !named[step] &&
           p->stale[step] == STALE_BELOW && then->stale[step] == STALE_NOT && then->has_work[step];
}

static bool note_reusable(Planner *p, const Planner *then, const bool *named)
{
    bool is_any = false;
    for (uint32_t i = 0; i < p->program->step_count; i++) {
        uint32_t entry = p->program->domains[p->program->steps[i].domain].entry;
        p->plan->reusable[i] = may_be_reused(p, then, named, i) &&
                               may_be_reused(p, then, named, entry);
        is_any |= p->plan->reusable[i];
    }
    return is_any;
}

static FlowStatus say_reusable(Planner *p)
{
    Buffer line = {0};
    FlowStatus s = FLOW_OK;
    for (uint32_t d = 1; s == FLOW_OK && d < p->program->domain_count; d++) {
        uint32_t entry = p->program->domains[d].entry;
        if (!p->plan->reusable[entry])
            continue;
        buffer_clear(&line);
        s = buffer_printf(&line,
                          "of `%s` only those tasks run again whose item, or what else they "
                          "read, is not as it was",
                          p->program->steps[entry].name);
        s = s == FLOW_OK ? add_line(p, &line) : no_memory(p->err);
    }
    buffer_free(&line);
    return s;
}

enum { LINEAGE_MAX = 64 };

/* The newest run of the lineage that has done rows of a foreach which is opened again.  A run of it
 * that cannot be read, or was removed, ends the search. */
static FlowStatus find_reuse(Planner *p, const bool *named)
{
    FlowStatus s = FLOW_OK;
    int64_t run = p->plan->origin;
    for (int i = 0; s == FLOW_OK && run != 0 && p->plan->reuse_from == 0 && i < LINEAGE_MAX; i++) {
        FlowError ignored;
        ResumePlan of_then = {.program = p->program};
        Planner then = {.db = p->db, .program = p->program, .plan = &of_then, .err = &ignored};
        s = look_at(&then, run);
        if (s == FLOW_OK && note_reusable(p, &then, named))
            p->plan->reuse_from = run;
        run = then.before;
        planner_deinit(&then);
        resume_plan_free(&of_then);
    }
    if (s == FLOW_ENOMEM)
        return no_memory(p->err);
    return p->plan->reuse_from ? say_reusable(p) : FLOW_OK;
}

static FlowStatus plan_reuse(Planner *p, const char *from_step)
{
    bool *named = os_alloc_zero(p->program->step_count * sizeof *named);
    p->plan->reusable = os_alloc_zero(p->program->step_count * sizeof *p->plan->reusable);
    FlowStatus s = named && p->plan->reusable ? FLOW_OK : no_memory(p->err);
    if (s == FLOW_OK && from_step)
        reach(p, step_by_name(p->program, from_step), named); /* all of it is to run again */
    if (s == FLOW_OK)
        s = find_reuse(p, named);
    os_free(named);
    return s;
}

/* ---- the plan ------------------------------------------------------------ */

static FlowStatus make_plan(Planner *p, int64_t origin, const char *from_step)
{
    FlowStatus s = find_origin(p, origin);
    if (s == FLOW_OK)
        s = db_run_get(p->db, p->plan->origin, on_origin, p, p->err);
    if (s == FLOW_ENOENT && origin != 0)
        s = p->err->status = FLOW_EUSAGE; /* it was named wrongly */
    if (s == FLOW_OK)
        s = seal(p);
    if (s == FLOW_OK)
        s = find_stale(p);
    if (s == FLOW_OK)
        s = name_step(p, from_step);
    if (s != FLOW_OK)
        return s;
    mark_readers_of_run(p);
    spread(p);
    s = say_params(p);
    if (s == FLOW_OK)
        s = db_each_take(p->db, p->plan->origin, on_old_take, p, p->err);
    if (s == FLOW_OK)
        s = take_own(p);
    if (s == FLOW_OK)
        s = explain(p);
    if (s == FLOW_OK)
        s = plan_reuse(p, from_step);
    if (s == FLOW_OK)
        s = params_build(p->program, NULL, (Bytes){p->params.bytes, p->params.len},
                         &p->plan->params, p->err);
    return s;
}

FlowStatus resume_plan(Db *db, const FlowProgram *program, int64_t origin, const char *from_step,
                       ResumePlan *out, FlowError *err)
{
    *out = (ResumePlan){.program = program};
    Planner p = {.db = db, .program = program, .plan = out, .err = err};
    FlowStatus s = planner_init(&p);
    if (s == FLOW_OK)
        s = make_plan(&p, origin, from_step);
    planner_deinit(&p);
    if (s != FLOW_OK)
        resume_plan_free(out);
    return s;
}

FlowStatus resume_create(Db *db, const ResumePlan *plan, const char *tags, const char *user,
                         int64_t *run, int64_t *epoch, FlowError *err)
{
    RunStart start = {.program = plan->program,
                      .seed = plan->seed,
                      .params = {plan->params.bytes, plan->params.len},
                      .tags = tags,
                      .user = user};
    return run_create_from(db, &start, plan->origin, plan->takes, plan->take_count, run, epoch,
                           err);
}

bool resume_takes(const ResumePlan *plan, const char *step)
{
    for (size_t i = 0; i < plan->take_count; i++)
        if (strcmp(plan->program->steps[plan->takes[i].step].name, step) == 0)
            return true;
    return false;
}

void resume_plan_free(ResumePlan *plan)
{
    for (size_t i = 0; i < plan->line_count; i++)
        os_free(plan->lines[i]);
    os_free(plan->lines);
    os_free(plan->takes);
    os_free(plan->reusable);
    buffer_free(&plan->params);
    *plan = (ResumePlan){0};
}
