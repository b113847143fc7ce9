/* SPDX-License-Identifier: Apache-2.0 */
/* order.c - Kahn's order over the edges that lead on in the ranks of the compiler. */
#include "cli/order.h"

#include "os/memory.h"

enum { PLACED = UINT16_MAX };

static bool leads_on(const FlowProgram *p, uint16_t from, uint16_t to)
{
    return p->steps[to].rank > p->steps[from].rank;
}

/* Counts for each step that this one leads to, or takes that count away again. */
static void count_targets(const FlowProgram *p, uint16_t step, uint16_t *waits, int by)
{
    const FlowStep *s = &p->steps[step];
    for (uint16_t e = 0; e < s->edge_count; e++)
        for (uint16_t t = 0; t < s->edges[e].target_count; t++)
            if (leads_on(p, step, s->edges[e].targets[t]))
                waits[s->edges[e].targets[t]] = (uint16_t)(waits[s->edges[e].targets[t]] + by);
}

/* The first step in the text that waits for none; below `from` there is none. */
static uint16_t first_free(const uint16_t *waits, uint16_t from)
{
    while (waits[from] != 0)
        from++;
    return from;
}

static uint16_t first_target(const FlowStep *step, uint16_t least)
{
    for (uint16_t e = 0; e < step->edge_count; e++)
        for (uint16_t t = 0; t < step->edges[e].target_count; t++)
            if (step->edges[e].targets[t] < least)
                least = step->edges[e].targets[t];
    return least;
}

static void order_steps(const FlowProgram *p, uint16_t *out, uint16_t *waits)
{
    for (uint16_t i = 0; i < p->step_count; i++)
        waits[i] = 0;
    for (uint16_t i = 0; i < p->step_count; i++)
        count_targets(p, i, waits, 1);
    uint16_t from = 0;
    for (uint16_t at = 0; at < p->step_count; at++) {
        uint16_t next = first_free(waits, from);
        out[at] = next;
        waits[next] = PLACED;
        count_targets(p, next, waits, -1);
        from = first_target(&p->steps[next], next);
    }
}

uint16_t *order_new(const FlowProgram *program)
{
    uint16_t *out = os_alloc_array(program->step_count + 1u, sizeof *out);
    uint16_t *waits = os_alloc_array(program->step_count + 1u, sizeof *waits);
    if (out && waits)
        order_steps(program, out, waits);
    os_free(waits);
    if (waits)
        return out;
    os_free(out);
    return NULL;
}
