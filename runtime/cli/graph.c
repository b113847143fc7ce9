/* SPDX-License-Identifier: Apache-2.0 */
/* graph.c - the arrows of a flow, each once. */
#include "cli/graph.h"

#include <stdio.h>
#include <string.h>

#include "os/memory.h"

static size_t count_targets(const FlowProgram *p)
{
    size_t count = 0;
    for (uint16_t s = 0; s < p->step_count; s++)
        for (uint16_t e = 0; e < p->steps[s].edge_count; e++)
            count += p->steps[s].edges[e].target_count;
    return count;
}

static void add_arrow(Graph *g, GraphArrow arrow)
{
    for (size_t i = 0; i < g->arrow_count; i++)
        if (g->arrows[i].from == arrow.from && g->arrows[i].to == arrow.to)
            return;
    g->arrows[g->arrow_count++] = arrow;
}

FlowStatus graph_init(Graph *g, const FlowProgram *program)
{
    *g = (Graph){.program = program};
    g->arrows = os_alloc_zero((count_targets(program) + 1) * sizeof *g->arrows);
    if (!g->arrows)
        return FLOW_ENOMEM;
    for (uint16_t s = 0; s < program->step_count; s++) {
        const FlowStep *step = &program->steps[s];
        for (uint16_t e = 0; e < step->edge_count; e++) {
            const FlowEdge *edge = &step->edges[e];
            GraphArrowKind kind = edge->is_back                     ? ARROW_BACK
                                  : edge->kind == FLOW_EDGE_FOREACH ? ARROW_FOREACH
                                                                    : ARROW_NEXT;
            for (uint16_t i = 0; i < edge->target_count; i++)
                add_arrow(g, (GraphArrow){s, edge->targets[i], kind, step->edge_count > 1});
        }
    }
    return FLOW_OK;
}

void graph_deinit(Graph *g)
{
    os_free(g->arrows);
    *g = (Graph){0};
}

void graph_label(const Graph *g, const GraphArrow *arrow, char *out, size_t size)
{
    const FlowProgram *p = g->program;
    size_t at = 0;
    out[0] = 0;
    if (arrow->kind != ARROW_FOREACH)
        return;
    const FlowDomain *domain = &p->domains[p->steps[arrow->to].domain];
    at = (size_t)snprintf(out, size, "foreach");
    for (uint16_t i = 0; i < domain->item_count && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%s", i ? ", " : " ",
                               p->artifacts[domain->items[i]].name);
}

unsigned graph_depth(const Graph *g, uint16_t step)
{
    unsigned depth = 0;
    for (uint16_t d = g->program->steps[step].domain; d != 0; d = g->program->domains[d].parent)
        depth++;
    return depth;
}
