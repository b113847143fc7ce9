/* SPDX-License-Identifier: Apache-2.0 */
/* A run against the graph of its flow: the replay that a resume makes, with a look at each done row
 * whether something had made it ready.  A done join has all its inputs done by that; no row is done
 * both in a chunk and in one that was taken over. */
#include <inttypes.h>

#include "sched/check_private.h"
#include "sched/route.h"

typedef struct GraphCheck {
    Checker *c;
    const Ledger *ledger;
    const StoredRun *run;
} GraphCheck;

static void on_unready(void *ctx, const Chunk *chunk, uint64_t lo, uint64_t n)
{
    GraphCheck *g = ctx;
    char name[256];
    ledger_task_name(g->ledger, chunk->step, lo, chunk->round, name, sizeof name);
    check_report(g->c, g->run->id, g->c->program->steps[chunk->step].name,
                 "%s (chunk %" PRId64 ", %" PRIu64
                 " rows) is done, but not all that leads to it, or "
                 "it is done twice",
                 name, chunk->id, n);
}

/* Rows with elements must have taken the edge that opens the segment's domain. */
static void check_segment(GraphCheck *g, const Segment *s)
{
    const FlowStep *step = &g->c->program->steps[s->parent->step];
    for (uint64_t i = 0; i < s->parent->n; i++) {
        if (s->offsets[i] == s->offsets[i + 1])
            continue;
        uint64_t ord = s->parent->lo + i;
        uint8_t way = chunk_way(s->parent, ord);
        bool is_good = chunk_has(s->parent, ord) && way < step->edge_count &&
                       step->edges[way].kind == FLOW_EDGE_FOREACH &&
                       step->edges[way].domain == s->domain;
        if (!is_good)
            check_report(g->c, g->run->id, step->name,
                         "row %" PRIu64 " has opened a foreach that it did not come to", ord);
    }
}

static void check_domains(GraphCheck *g)
{
    for (uint32_t d = 1; d < g->c->program->domain_count; d++) {
        uint64_t next = 0;
        for (size_t i = 0; i < ledger_segment_count(g->ledger, d); i++) {
            const Segment *s = ledger_segment(g->ledger, d, i);
            if (s->lo != next)
                check_report(
                    g->c, g->run->id, NULL,
                    "the rows of domain %u, with those taken over, are not dense before row "
                    "%" PRIu64,
                    d, s->lo);
            next = s->lo + s->n;
            check_segment(g, s);
        }
    }
}

static FlowStatus replay(GraphCheck *g, Ledger *ledger)
{
    Router router;
    FlowStatus s = router_init(&router, g->c->program, ledger);
    if (s == FLOW_OK)
        s = route_replay(&router, on_unready, g);
    if (s == FLOW_EFORMAT) {
        check_report(g->c, g->run->id, NULL, "its rows took ways that the flow does not have");
        s = FLOW_OK;
    } else if (s == FLOW_OK && g->run->state == RUN_DONE && !router.is_complete)
        check_report(g->c, g->run->id, NULL, "it has succeeded, but `%s` is not done",
                     g->c->program->steps[g->c->program->end].name);
    router_deinit(&router);
    return s == FLOW_OK ? s : check_out_of_memory(g->c->err);
}

FlowStatus check_graph(Checker *c, const StoredRun *run)
{
    Ledger *ledger;
    FlowError why = {0};
    FlowStatus s = ledger_new(c->program, run->id, &ledger, c->err);
    if (s != FLOW_OK)
        return s;
    GraphCheck g = {c, ledger, run};
    s = ledger_load(ledger, c->db, &why);
    if (s == FLOW_OK) {
        check_domains(&g);
        s = replay(&g, ledger);
    } else if (s == FLOW_EFORMAT || s == FLOW_ENOENT) {
        check_report(c, run->id, NULL, "%s", why.message);
        s = FLOW_OK;
    } else
        flow_error(c->err, s, "%s", why.message);
    ledger_free(ledger);
    return s;
}
