/* SPDX-License-Identifier: Apache-2.0 */
/* missed.c - walks the ways that were taken, and all ways of steps that may still run. */
#include "sched/missed.h"

#include "os/memory.h"

enum { WAYS = 256 /* a way is a byte */ };

typedef struct Walk {
    const FlowProgram *program;
    const Ledger *ledger;
    const bool *again;
    bool is_over;
    bool *is_taken;  /* a step and way */
    bool *has_begun; /* a step has tasks that are done */
    bool *reached;
} Walk;

static void note_ways(Walk *w)
{
    for (size_t i = 0; i < ledger_chunk_count(w->ledger); i++) {
        const Chunk *c = ledger_chunk(w->ledger, i);
        w->has_begun[c->step] = true;
        for (uint64_t ord = c->lo; ord < c->lo + c->n; ord++)
            if (chunk_has(c, ord))
                w->is_taken[c->step * WAYS + chunk_way(c, ord)] = true;
    }
}

/* More of its tasks may come, with ways of their own. */
static bool is_open(const Walk *w, uint32_t step)
{
    const FlowStep *s = &w->program->steps[step];
    bool may_go_on = s->domain != 0 || (s->flags & FLOW_STEP_IN_LOOP);
    return !w->has_begun[step] || (w->again && w->again[step]) || (may_go_on && !w->is_over);
}

/* Marks what can be reached from the steps that are marked; by `all` ways, or by those that were
 * taken where a step is done. */
static void spread(Walk *w, bool *marks, bool all)
{
    for (bool has_grown = true; has_grown;) {
        has_grown = false;
        for (uint32_t s = 0; s < w->program->step_count; s++) {
            const FlowStep *step = &w->program->steps[s];
            for (uint16_t e = 0; marks[s] && e < step->edge_count; e++) {
                if (!all && !is_open(w, s) && !w->is_taken[s * WAYS + e])
                    continue;
                for (uint16_t t = 0; t < step->edges[e].target_count; t++) {
                    has_grown |= !marks[step->edges[e].targets[t]];
                    marks[step->edges[e].targets[t]] = true;
                }
            }
        }
    }
}

static bool leads_to(Walk *w, const FlowEdge *edge, uint32_t wanted, bool *marks)
{
    for (uint32_t s = 0; s < w->program->step_count; s++)
        marks[s] = false;
    for (uint16_t t = 0; t < edge->target_count; t++)
        marks[edge->targets[t]] = true;
    spread(w, marks, true);
    return marks[wanted];
}

/* Of the steps that were done, the last one that has a way to the step and took another. */
static void find_fork(Walk *w, uint32_t wanted, bool *marks, Missed *out)
{
    uint16_t best = 0;
    for (uint32_t s = 0; s < w->program->step_count; s++) {
        const FlowStep *step = &w->program->steps[s];
        uint32_t went = FLOW_NO_STEP;
        bool could = false;
        if (!w->reached[s] || is_open(w, s))
            continue;
        for (uint16_t e = 0; e < step->edge_count; e++) {
            bool is_taken = w->is_taken[s * WAYS + e];
            if (is_taken && step->edges[e].target_count > 0)
                went = step->edges[e].targets[0];
            could |= !is_taken && leads_to(w, &step->edges[e], wanted, marks);
        }
        if (could && step->rank >= best) {
            *out = (Missed){s, went};
            best = step->rank;
        }
    }
}

bool missed_step(const FlowProgram *program, const Ledger *l, uint32_t step, const bool *again,
                 bool is_over, Missed *out)
{
    size_t count = program->step_count;
    bool *room = os_alloc_zero(count * (WAYS + 3));
    *out = (Missed){FLOW_NO_STEP, FLOW_NO_STEP};
    if (!room)
        return false;
    Walk w = {.program = program,
              .ledger = l,
              .again = again,
              .is_over = is_over,
              .is_taken = room,
              .has_begun = room + count * WAYS,
              .reached = room + count * (WAYS + 1)};
    note_ways(&w);
    w.reached[program->start] = true;
    spread(&w, w.reached, false);
    bool is_missed = !w.reached[step] && !w.has_begun[step];
    if (is_missed)
        find_fork(&w, step, room + count * (WAYS + 2), out);
    os_free(room);
    return is_missed;
}
