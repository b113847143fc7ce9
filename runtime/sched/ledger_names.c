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

enum { DEPTH_MAX = 24 };

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

/* ---- the other way --------------------------------------------------------- */

/* What a person wrote: an index and a round (from 0) a level, as far as they are given. */
typedef struct Wish {
    uint64_t index[DEPTH_MAX];
    uint32_t round[DEPTH_MAX];
    bool has_round[DEPTH_MAX];
    size_t depth;
} Wish;

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

static bool read_round(const char **at, Wish *wish)
{
    uint64_t round;
    if (**at != ':')
        return true;
    ++*at;
    if (!read_number(at, &round) || round == 0 || round > UINT32_MAX)
        return false;
    wish->round[wish->depth] = (uint32_t)(round - 1);
    wish->has_round[wish->depth] = true;
    return true;
}

/* `at` stands behind the step's name. */
static bool read_wish(const char *at, Wish *wish)
{
    *wish = (Wish){0};
    if (!read_round(&at, wish))
        return false;
    for (char mark = '/'; *at == mark; mark = '.') {
        at++;
        if (++wish->depth == DEPTH_MAX || !read_number(&at, &wish->index[wish->depth]) ||
            !read_round(&at, wish))
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
    return flow_error(err, FLOW_ENOENT, "%s has no step named `%.*s`", p->name, (int)len, name);
}

/* The round in which level `i` opened the next one: as written, or the last there is. */
static bool opening_round(const Ledger *l, const DomainRows *below, uint64_t ord, const Wish *wish,
                          size_t i, uint32_t *round)
{
    uint32_t limit = wish->has_round[i] ? wish->round[i] : UINT32_MAX;
    bool found = false;
    for (size_t k = 0; k < below->opener_count; k++) {
        Chunk *c = ledger_find(l, below->openers[k], ord, limit);
        if (!c || (wish->has_round[i] && below->is_opened_in_loop && c->round != limit))
            continue;
        *round = found && *round > c->round ? *round : c->round;
        found = true;
    }
    return found;
}

/* Goes down from domain 0 to the step's row. */
static bool descend(const Ledger *l, const FlowStep *s, const Wish *wish, uint64_t *ord)
{
    uint32_t domains[DEPTH_MAX];
    uint32_t d = s->domain;
    for (size_t i = wish->depth; i > 0; i--, d = l->program->domains[d].parent)
        domains[i] = d;
    *ord = 0;
    for (size_t i = 1; i <= wish->depth; i++) {
        uint32_t round = 0;
        uint64_t lo, n;
        if (!opening_round(l, &l->domains[domains[i]], *ord, wish, i - 1, &round) ||
            !ledger_children(l, domains[i], (Row){domains[i - 1], *ord, round}, &lo, &n) ||
            wish->index[i] >= n)
            return false;
        *ord = lo + wish->index[i];
    }
    return true;
}

FlowStatus ledger_task_find(const Ledger *l, const char *name, uint32_t *step, uint64_t *ord,
                            uint32_t *round, bool *is_whole_step, FlowError *err)
{
    Wish wish;
    size_t len = strcspn(name, "/:");
    FlowStatus status = find_step(l, name, len, step, err);
    if (status != FLOW_OK)
        return status;
    const FlowStep *s = &l->program->steps[*step];
    size_t depth = domain_depth(l->program, s->domain);
    if (!read_wish(name + len, &wish) || wish.depth > depth || depth >= DEPTH_MAX)
        return flow_error(err, FLOW_ENOENT, "`%s` names no task: a task of `%s` is written %s%s%s",
                          name, s->name, s->name,
                          depth == 0   ? ""
                          : depth == 1 ? "/7"
                                       : "/7.3",
                          s->flags & FLOW_STEP_IN_LOOP ? ":2" : "");
    bool in_loop = s->flags & FLOW_STEP_IN_LOOP;
    *is_whole_step = wish.depth < depth || (in_loop && !wish.has_round[depth]);
    *ord = 0;
    *round = 0;
    if (wish.depth < depth)
        return FLOW_OK;
    if (!descend(l, s, &wish, ord))
        return flow_error(err, FLOW_ENOENT, "run %" PRId64 " has no task `%s`", l->run, name);
    const Chunk *last = ledger_find(l, *step, *ord, UINT32_MAX);
    *round = in_loop ? wish.round[depth] : last ? last->round : 0;
    return FLOW_OK;
}
