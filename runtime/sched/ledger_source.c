/* SPDX-License-Identifier: Apache-2.0 */
/* Where a row's values come from.
 *
 * Nothing is walked for a value but this: of the steps that may have kept it, the one that was
 * done last for the row, or for its ancestor where the step lies in an outer domain.  Each answer
 * says for how many rows it holds, so that a chunk of thousands asks a few times only. */
#include <string.h>

#include "sched/ledger_private.h"

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- what a way carries -------------------------------------------------- */

static bool way_carries(const FlowStep *step, uint8_t way, uint16_t artifact)
{
    if (way >= step->edge_count)
        return false;
    for (uint16_t k = 0; k < step->keep_count; k++)
        if (step->keeps[k] == artifact) /* what @catch keeps, the runtime does */
            return k < step->edges[way].carried || k == step->catch_keep;
    return false;
}

static bool way_leads_to(const FlowStep *step, uint8_t way, uint32_t join, const FlowSlot *slot)
{
    if (way >= step->edge_count)
        return false;
    const FlowEdge *edge = &step->edges[way];
    for (uint16_t t = 0; t < edge->target_count; t++)
        if (edge->targets[t] == join &&
            (slot->kind != FLOW_SLOT_INPUT || edge->branches[t] == slot->branch))
            return true;
    return false;
}

/* What is asked of the way that a row took: to carry an artifact, or to lead to a join. */
typedef struct Wanted {
    uint16_t artifact;
    uint32_t join;
    const FlowSlot *slot; /* NULL: the artifact is asked for */
} Wanted;

static bool way_fits(const FlowStep *step, uint8_t way, const Wanted *wanted)
{
    return wanted->slot ? way_leads_to(step, way, wanted->join, wanted->slot)
                        : way_carries(step, way, wanted->artifact);
}

/* Whether row `ord` of the chunk fits; *count is cut to the rows with the same answer. */
static bool rows_fit(const FlowStep *step, const Chunk *c, uint64_t ord, const Wanted *wanted,
                     uint64_t *count)
{
    bool fits = way_fits(step, chunk_way(c, ord), wanted);
    if (!c->way)
        return fits;
    uint8_t same = chunk_way(c, ord);
    for (uint64_t i = 1; i < *count; i++) {
        uint8_t way = chunk_way(c, ord + i);
        if (way != same && way_fits(step, way, wanted) != fits) {
            *count = i;
            break;
        }
    }
    return fits;
}

/* The chunk in which (step, ord) was done last, not after `round`, on a way that fits.  *count is
 * cut to the rows for which that is so. */
static Chunk *find_last(const Ledger *l, uint32_t step, uint64_t ord, uint32_t round,
                        const Wanted *wanted, uint64_t *count)
{
    const StepRounds *s = &l->steps[step];
    for (size_t i = step_round_index(s, round); i != SIZE_MAX; i--) {
        uint64_t gap = 0;
        const Span *span = round_span(&s->rounds[i], ord, &gap);
        if (!span) {
            *count = least(*count, gap);
            continue;
        }
        *count = least(*count, span->lo + span->n - ord);
        if (rows_fit(&l->program->steps[step], span->chunk, ord, wanted, count))
            return span->chunk;
    }
    return NULL;
}

/* Of `steps` (those in `domain`), the chunk of the greatest (round, rank). */
static Chunk *find_last_of(const Ledger *l, const uint16_t *steps, uint16_t step_count, Row row,
                           const Wanted *wanted, uint64_t *count)
{
    Chunk *best = NULL;
    const FlowStep *all = l->program->steps;
    for (uint16_t i = 0; i < step_count; i++) {
        if (all[steps[i]].domain != row.domain)
            continue;
        Chunk *c = find_last(l, steps[i], row.ord, row.round, wanted, count);
        if (c && (!best || c->round > best->round ||
                  (c->round == best->round && all[c->step].rank > all[best->step].rank)))
            best = c;
    }
    return best;
}

/* ---- ancestors ----------------------------------------------------------- */

/* Goes to the row's parent; *count is cut to the rows that share it, *segment is where the row
 * was. */
static bool go_up(const Ledger *l, Row *row, uint64_t *count, Segment **segment)
{
    Segment *s = row->domain == 0 ? NULL : ledger_segment_at(l, row->domain, row->ord);
    if (!s)
        return false;
    size_t at = segment_parent_index(s, row->ord);
    *count = least(*count, s->lo + s->offsets[at + 1] - row->ord);
    *row = (Row){l->program->domains[row->domain].parent, s->parent->lo + at, s->parent->round};
    *segment = s;
    return true;
}

static uint32_t stored_item(const Ledger *l, const Segment *s, uint16_t artifact)
{
    const FlowDomain *d = &l->program->domains[s->domain];
    for (uint16_t i = 0; s->items && i < d->item_count; i++)
        if (d->items[i] == artifact)
            return s->items[i];
    return artifact;
}

static FlowStatus unknown(const Ledger *l, const FlowRead *read, Row row, FlowError *err)
{
    return flow_error(
        err, FLOW_EFORMAT,
        "run %lld has no value of `%s` for row %llu in round %u: its records do not fit "
        "together, `store check` says more",
        (long long)l->run, l->program->artifacts[read->artifact].name, (unsigned long long)row.ord,
        row.round);
}

static FlowStatus item_source(const Ledger *l, const FlowRead *read, Row row, uint64_t max,
                              Source *out, FlowError *err)
{
    Row at = row;
    uint64_t count = max, below = max; /* rows that share the ancestor in the item's domain */
    Segment *s = NULL;
    while (at.domain != read->domain) {
        if (!go_up(l, &at, &count, &s))
            return unknown(l, read, row, err);
        below = least(below, count);
        count = UINT64_MAX; /* what is above is the same for all of those */
    }
    s = ledger_segment_at(l, at.domain, at.ord);
    if (!s)
        return unknown(l, read, row, err);
    bool is_own = at.domain == row.domain;
    out->chunk = s->parent;
    out->artifact = stored_item(l, s, read->artifact);
    out->row = at.ord - s->lo;
    out->stride = is_own;
    out->count = is_own ? least(max, s->lo + s->n - row.ord) : below;
    return FLOW_OK;
}

FlowStatus ledger_source(const Ledger *l, const FlowRead *read, Row row, uint64_t max, Source *out,
                         FlowError *err)
{
    if (l->program->artifacts[read->artifact].kind == FLOW_ARTIFACT_ITEM)
        return item_source(l, read, row, max, out, err);
    Wanted wanted = {.artifact = read->artifact};
    Row at = row;
    uint64_t below = max;
    for (bool is_own = true;; is_own = false) {
        uint64_t count = is_own ? below : 1;
        Chunk *c = find_last_of(l, read->sources, read->source_count, at, &wanted, &count);
        if (is_own)
            below = count;
        if (c) {
            *out = (Source){c, chunk_stored_artifact(c, read->artifact), is_own, at.ord - c->lo,
                            below};
            return FLOW_OK;
        }
        Segment *s;
        uint64_t sharing = is_own ? below : UINT64_MAX;
        if (!go_up(l, &at, &sharing, &s))
            return unknown(l, read, row, err);
        if (is_own)
            below = sharing;
    }
}

Chunk *ledger_branch_end(const Ledger *l, uint32_t join, const FlowSlot *slot, uint64_t ord,
                         uint32_t round, uint64_t max, uint64_t *count)
{
    Wanted wanted = {.join = join, .slot = slot};
    const FlowStep *step = &l->program->steps[join];
    Row row = {slot->kind == FLOW_SLOT_INPUTS ? step->closes : step->domain, ord, round};
    *count = max;
    return find_last_of(l, slot->ends, slot->end_count, row, &wanted, count);
}
