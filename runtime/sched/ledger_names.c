/* SPDX-License-Identifier: Apache-2.0 */
/* Names of tasks: the path of indices, with a round behind each level that a loop counts.
 *
 * Level 0 is domain 0: its one row needs no index, so "STEP:2/7.1:3" is: in round 2 outside,
 * element 7, in it element 1, that one in round 3.  The round of an outer level shows when the
 * step that opened the next one stands in a loop, the last one when the step itself does. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sched/ledger_private.h"

enum { DEPTH_MAX = TASK_LEVELS };

/* A row and those above it, outermost first. */
typedef struct Path {
    Row rows[DEPTH_MAX];
    uint64_t index[DEPTH_MAX]; /* of rows[i] in the list of rows[i - 1] */
    size_t depth;              /* levels below domain 0 */
} Path;

static size_t domain_depth(const FlowProgram *p, uint32_t domain)
{
    size_t depth = 0;
    for (; domain != 0; domain = p->domains[domain].parent)
        depth++;
    return depth;
}

static bool path_of(const Ledger *l, Row row, Path *path)
{
    path->depth = domain_depth(l->program, row.domain);
    if (path->depth >= DEPTH_MAX)
        return false;
    path->rows[path->depth] = row;
    for (size_t i = path->depth; i > 0; i--) {
        Segment *s;
        if (!ledger_parent(l, path->rows[i], &path->rows[i - 1], &path->index[i], &s))
            return false;
    }
    return true;
}

/* Whether the round of level `i` shows, for a step in rows[depth]. */
static bool shows_round(const Ledger *l, const Path *path, size_t i, bool step_in_loop)
{
    return i == path->depth ? step_in_loop : l->domains[path->rows[i + 1].domain].is_opened_in_loop;
}

bool ledger_path(const Ledger *l, Row row, uint64_t *out, size_t size, size_t *count)
{
    Path path;
    if (!path_of(l, row, &path))
        return false;
    *count = 0;
    for (size_t i = 0; i <= path.depth; i++) {
        if (i > 0 && *count < size)
            out[(*count)++] = path.index[i];
        if (i < path.depth && shows_round(l, &path, i, false) && *count < size)
            out[(*count)++] = path.rows[i].round;
    }
    return true;
}

void ledger_task_name(const Ledger *l, uint32_t step, uint64_t ord, uint32_t round, char *out,
                      size_t size)
{
    const FlowStep *s = &l->program->steps[step];
    Path path;
    size_t len = (size_t)snprintf(out, size, "%s", s->name);
    if (!path_of(l, (Row){s->domain, ord, round}, &path)) {
        snprintf(out + (len < size ? len : size - 1), len < size ? size - len : 1, "/#%" PRIu64,
                 ord);
        return;
    }
    for (size_t i = 0; i <= path.depth && len < size; i++) {
        if (i > 0)
            len += (size_t)snprintf(out + len, size - len, "%c%" PRIu64, i == 1 ? '/' : '.',
                                    path.index[i]);
        if (len < size && shows_round(l, &path, i, s->flags & FLOW_STEP_IN_LOOP))
            len += (size_t)snprintf(out + len, size - len, ":%" PRIu32, path.rows[i].round + 1);
    }
}

size_t ledger_rounds(const Ledger *l, uint32_t step, uint64_t ord, uint32_t round, uint32_t *out,
                     size_t size)
{
    const FlowStep *s = &l->program->steps[step];
    Path path;
    size_t count = 0;
    if (!path_of(l, (Row){s->domain, ord, round}, &path))
        return 0;
    for (; count <= path.depth && count < size; count++) {
        bool is_counted = shows_round(l, &path, count, s->flags & FLOW_STEP_IN_LOOP);
        out[count] = is_counted ? path.rows[count].round + 1 : 0;
    }
    return count;
}

/* ---- the other way --------------------------------------------------------- */

static bool read_number(const char **at, uint64_t *out)
{
    *out = 0;
    const char *from = *at;
    for (; **at >= '0' && **at <= '9'; ++*at)
        if (__builtin_mul_overflow(*out, (uint64_t)10, out) ||
            __builtin_add_overflow(*out, (uint64_t)(**at - '0'), out))
            return false;
    return *at != from;
}

static bool read_round(const char **at, TaskPattern *p)
{
    uint64_t round;
    if (**at != ':')
        return true;
    ++*at;
    if (!read_number(at, &round) || round == 0 || round > UINT32_MAX)
        return false;
    p->round[p->depth] = (uint32_t)(round - 1);
    p->has_round[p->depth] = true;
    p->is_whole_step = false;
    return true;
}

/* `at` stands behind the step's name. */
static bool read_levels(const char *at, TaskPattern *p)
{
    p->is_whole_step = true;
    if (!read_round(&at, p))
        return false;
    for (char mark = '/'; *at == mark; mark = '.') {
        at++;
        p->is_whole_step = false;
        if (++p->depth == DEPTH_MAX || !read_number(&at, &p->index[p->depth]) ||
            !read_round(&at, p))
            return false;
    }
    return *at == '\0';
}

static FlowStatus find_step(const Ledger *l, const char *name, size_t len, uint32_t *step,
                            FlowError *err)
{
    const FlowProgram *p = l->program;
    for (uint32_t s = 0; s < p->step_count; s++)
        if (strlen(p->steps[s].name) == len && memcmp(p->steps[s].name, name, len) == 0) {
            *step = s;
            return FLOW_OK;
        }
    return flow_error(err, FLOW_EUSAGE, "%s has no step named `%.*s`", p->name, (int)len, name);
}

/* Which levels of a step's tasks have a round in their names: counted[0] to counted[depth]. */
static size_t counted_levels(const Ledger *l, const FlowStep *s, bool counted[DEPTH_MAX])
{
    size_t depth = domain_depth(l->program, s->domain);
    if (depth >= DEPTH_MAX)
        return depth;
    counted[depth] = s->flags & FLOW_STEP_IN_LOOP;
    uint32_t d = s->domain;
    for (size_t i = depth; i > 0; i--, d = l->program->domains[d].parent)
        counted[i - 1] = l->domains[d].is_opened_in_loop;
    return depth;
}

/* A task of the step that the run has, else that it will have; false: none is known. */
static bool name_one(const Ledger *l, const FlowStep *s, char *out, size_t size)
{
    uint32_t step = (uint32_t)(s - l->program->steps);
    for (size_t i = 0; i < ledger_chunk_count(l); i++) {
        const Chunk *chunk = ledger_chunk(l, i);
        if (chunk->step != step)
            continue;
        ledger_task_name(l, step, chunk->lo, chunk->round, out, size);
        return true;
    }
    if (s->domain != 0 && ledger_segment_count(l, s->domain) == 0)
        return false;
    uint64_t ord = s->domain == 0 ? 0 : ledger_segment(l, s->domain, 0)->lo;
    ledger_task_name(l, step, ord, 0, out, size);
    return true;
}

/* How its names look: "fit/INDEX.INDEX:ROUND". */
static void name_form(const FlowStep *s, const bool *counted, size_t depth, char *out, size_t size)
{
    int len = snprintf(out, size, "%.200s", s->name);
    for (size_t i = 0; i <= depth && i < DEPTH_MAX && len < (int)size; i++)
        len += snprintf(out + len, size - (size_t)len, "%s%s%s",
                        i == 0   ? ""
                        : i == 1 ? "/"
                                 : ".",
                        i == 0 ? "" : "INDEX", counted[i] ? ":ROUND" : "");
}

static FlowStatus fail_pattern(const Ledger *l, const FlowStep *s, const char *name,
                               const bool *counted, size_t depth, FlowError *err)
{
    char example[512], form[512];
    name_form(s, counted, depth, form, sizeof form);
    bool has_example = name_one(l, s, example, sizeof example) && strcmp(form, example) != 0;
    return flow_error(err, FLOW_EUSAGE, "`%s` names no task: a task of `%s` is written %s%s%s",
                      name, s->name, form, has_example ? ", such as " : "",
                      has_example ? example : "");
}

/* "turn:2" of a loop within the splits is round 2 of all of them: a round behind the last index
 * that was written is that of the one level below which has any. */
static void lower_round(TaskPattern *p, const bool *counted, size_t depth)
{
    size_t below = 0;
    if (p->depth > depth || depth >= DEPTH_MAX || !p->has_round[p->depth] || counted[p->depth])
        return;
    for (size_t i = p->depth + 1; i <= depth; i++) {
        if (counted[i] && below > 0)
            return;
        below = counted[i] ? i : below;
    }
    if (below == 0)
        return;
    p->round[below] = p->round[p->depth];
    p->has_round[below] = true;
    p->has_round[p->depth] = false;
}

FlowStatus ledger_pattern_read(const Ledger *l, const char *name, TaskPattern *out, FlowError *err)
{
    bool counted[DEPTH_MAX] = {false};
    size_t len = strcspn(name, "/:");
    *out = (TaskPattern){0};
    FlowStatus status = find_step(l, name, len, &out->step, err);
    if (status != FLOW_OK)
        return status;
    const FlowStep *s = &l->program->steps[out->step];
    size_t depth = counted_levels(l, s, counted);
    bool good = read_levels(name + len, out) && out->depth <= depth && depth < DEPTH_MAX;
    out->is_one = good && out->depth == depth;
    lower_round(out, counted, depth);
    for (size_t i = 0; good && i <= out->depth; i++) {
        good = counted[i] || !out->has_round[i];
        out->is_one = out->is_one && (out->has_round[i] || !counted[i]);
    }
    return good ? FLOW_OK : fail_pattern(l, s, name, counted, depth, err);
}

bool ledger_pattern_fits(const Ledger *l, const TaskPattern *pattern, uint64_t ord, uint32_t round)
{
    Path path;
    if (pattern->is_whole_step)
        return true;
    if (!path_of(l, (Row){l->program->steps[pattern->step].domain, ord, round}, &path))
        return false;
    for (size_t i = 0; i <= path.depth; i++) {
        if (i > 0 && i <= pattern->depth && path.index[i] != pattern->index[i])
            return false;
        if (pattern->has_round[i] && path.rows[i].round != pattern->round[i])
            return false;
    }
    return true;
}
