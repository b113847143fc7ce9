/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c - counts by edges: what a row's way leads to is a row more there. */
#include "cli/progress.h"

#include "os/memory.h"

static void mark_upstream(Progress *p, uint32_t step, uint32_t target)
{
    size_t count = p->program->step_count;
    p->is_upstream[target * count + step] = true;
}

static void mark_edges(Progress *p, uint32_t step)
{
    const FlowStep *from = &p->program->steps[step];
    for (uint32_t e = 0; e < from->edge_count; e++)
        for (uint32_t i = 0; i < from->edges[e].target_count; i++)
            mark_upstream(p, step, from->edges[e].targets[i]);
}

/* Warshall: flows have few steps. */
static void close_over(Progress *p)
{
    size_t count = p->program->step_count;
    for (size_t via = 0; via < count; via++)
        for (size_t a = 0; a < count; a++)
            for (size_t b = 0; p->is_upstream[a * count + via] && b < count; b++)
                p->is_upstream[a * count + b] |= p->is_upstream[via * count + b];
}

FlowStatus progress_init(Progress *p, const FlowProgram *program)
{
    size_t count = program->step_count;
    p->program = program;
    p->steps = os_alloc_zero((count + 1) * sizeof *p->steps);
    p->is_upstream = os_alloc_zero((count * count + 1) * sizeof *p->is_upstream);
    if (!p->steps || !p->is_upstream) {
        progress_free(p);
        return FLOW_ENOMEM;
    }
    for (uint32_t i = 0; i < count; i++)
        mark_edges(p, i);
    close_over(p);
    p->steps[program->start].expected = 1;
    return FLOW_OK;
}

void progress_free(Progress *p)
{
    os_free(p->steps);
    os_free(p->is_upstream);
    *p = (Progress){0};
}

static void open_rows(Progress *p, uint32_t target, uint64_t rows)
{
    StepProgress *step = &p->steps[target];
    const FlowStep *spec = &p->program->steps[target];
    switch (spec->kind) {
    case FLOW_STEP_PLAIN: step->expected += rows; break;
    case FLOW_STEP_JOIN_BRANCHES:
        step->arrived += rows;
        if (spec->branch_count > 0)
            step->expected = step->arrived / spec->branch_count;
        break;
    case FLOW_STEP_JOIN_FOREACH: /* was opened with its foreach */ break;
    }
}

/* `rows` rows of the chunk have taken the edge. */
static void count_edge(Progress *p, const Ledger *ledger, const Chunk *chunk, const FlowEdge *edge,
                       uint64_t rows)
{
    if (edge->kind == FLOW_EDGE_END || rows == 0)
        return;
    if (edge->kind != FLOW_EDGE_FOREACH) {
        for (uint32_t i = 0; i < edge->target_count; i++)
            open_rows(p, edge->targets[i], rows);
        return;
    }
    const Segment *segment = ledger_segment_of(ledger, chunk, edge->domain);
    if (segment)
        p->steps[edge->targets[0]].expected += segment->n;
    p->steps[p->program->domains[edge->domain].join].expected += rows;
}

static uint64_t rows_of_way(const Chunk *chunk, uint32_t way, uint64_t *done, uint64_t *caught)
{
    uint64_t rows = 0;
    *done = *caught = 0;
    for (uint64_t ord = chunk->lo; ord < chunk->lo + chunk->n; ord++) {
        if (!chunk_has(chunk, ord))
            continue;
        ++*done;
        *caught += chunk_caught(chunk, ord);
        rows += chunk_way(chunk, ord) == way;
    }
    return rows;
}

void progress_count(Progress *p, const Ledger *ledger, const Chunk *chunk, int64_t run)
{
    const FlowStep *spec = &p->program->steps[chunk->step];
    StepProgress *step = &p->steps[chunk->step];
    bool is_plain = !chunk->mask && !chunk->way && !chunk->caught;
    uint64_t done = chunk->n, caught = 0;
    for (uint32_t e = 0; e < spec->edge_count; e++) {
        uint64_t rows =
            is_plain ? (chunk->one_way == e ? chunk->n : 0) : rows_of_way(chunk, e, &done, &caught);
        count_edge(p, ledger, chunk, &spec->edges[e], rows);
    }
    step->done += done;
    step->caught += caught;
    if (chunk_is_taken(chunk, run))
        step->taken += done;
}

static bool has_settled(const StepProgress *step)
{
    return step->done + step->failed >= step->expected;
}

bool progress_is_over(const Progress *p, uint32_t step)
{
    size_t count = p->program->step_count;
    if (!has_settled(&p->steps[step]) || p->steps[step].expected == 0)
        return false;
    for (size_t other = 0; other < count; other++)
        if (p->is_upstream[step * count + other] && !has_settled(&p->steps[other]))
            return false;
    return true;
}

uint64_t progress_done(const Progress *p)
{
    uint64_t done = 0;
    for (size_t i = 0; i < p->program->step_count; i++)
        done += p->steps[i].done;
    return done;
}
