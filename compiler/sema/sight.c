/* SPDX-License-Identifier: Apache-2.0 */
/* sight.c - what each step sees: which names, kept by whom, on which ways.
 *
 * A forward analysis to a fixpoint over the steps in order of rank.  What leaves
 * a step by an edge is what it found, under what it has kept before that `next`.
 * Where ways meet, a name is sure if it is sure on all of them; its sources are
 * those of all.  A join does not look at the ways that lead into it but at where
 * its split was opened, less what any step since then keeps. */
#include "sema/graph.h"

/* ---- sets of sights -------------------------------------------------------- */

static Sight *sight_new(Arena *a, Artifact *artifact, StepModel *source)
{
    Sight *s = arena_new(a, Sight);
    s->artifact = artifact;
    if (source)
        vec_push(a, &s->sources, source);
    return s;
}

static bool has_source(const Sight *s, const StepModel *source)
{
    for (size_t i = 0; i < s->sources.len; i++)
        if (s->sources.items[i] == source)
            return true;
    return false;
}

/* Keeps sources in the order of the text, so that equal sets are equal lists. */
static void add_source(Arena *a, Sight *s, StepModel *source)
{
    if (has_source(s, source))
        return;
    vec_push(a, &s->sources, source);
    for (size_t i = s->sources.len - 1; i > 0 && s->sources.items[i - 1]->index > source->index;
         i--) {
        s->sources.items[i] = s->sources.items[i - 1];
        s->sources.items[i - 1] = source;
    }
}

static Sight *sight_copy(Arena *a, const Sight *from)
{
    Sight *s = arena_new(a, Sight);
    *s = *from;
    memset(&s->sources, 0, sizeof s->sources);
    for (size_t i = 0; i < from->sources.len; i++)
        vec_push(a, &s->sources, from->sources.items[i]);
    return s;
}

/* What one way brings; `from` is the step it comes from. */
typedef struct Way {
    const Map *sights;
    StepModel *from;
} Way;

static void merge_one(Arena *a, Map *into, const Sight *s)
{
    Sight *have = map_get(into, s->artifact->name);
    if (!have) {
        map_put(into, s->artifact->name, sight_copy(a, s));
        return;
    }
    for (size_t i = 0; i < s->sources.len; i++)
        add_source(a, have, s->sources.items[i]);
    if (s->state > have->state) {
        have->state = s->state;
        have->missing = s->missing;
        have->join = s->join;
    }
}

static void meet(Arena *a, const Way *ways, size_t count, Map *out)
{
    map_init(out, a);
    for (size_t w = 0; w < count; w++)
        for (size_t i = 0; i < ways[w].sights->len; i++)
            merge_one(a, out, ways[w].sights->entries[i].value);
    for (size_t i = 0; i < out->len; i++) {
        Sight *s = out->entries[i].value;
        for (size_t w = 0; w < count && s->state == SIGHT_SURE; w++)
            if (!map_has(ways[w].sights, s->artifact->name)) {
                s->state = SIGHT_SOME_WAYS;
                s->missing = ways[w].from;
            }
    }
}

static bool same_sights(const Map *x, const Map *y)
{
    if (x->len != y->len)
        return false;
    for (size_t i = 0; i < x->len; i++) {
        const Sight *s = x->entries[i].value, *t = map_get(y, x->entries[i].key);
        if (!t || s->state != t->state || s->sources.len != t->sources.len)
            return false;
    }
    return true;
}

/* ---- the transfer function ---------------------------------------------------- */

static void leave_by(Arena *a, StepModel *s, const Edge *e, Map *out)
{
    map_init(out, a);
    for (size_t i = 0; i < s->sights.len; i++)
        map_put(out, s->sights.entries[i].key, s->sights.entries[i].value);
    for (size_t i = 0; i < s->keeps.len && i < e->carried; i++) {
        Keep *k = &s->keeps.items[i];
        if (k->artifact)
            map_put(out, k->name.name, sight_new(a, k->artifact, s));
    }
    for (size_t i = 0; e->kind == EDGE_FOREACH && e->domain && i < e->domain->items.len; i++) {
        Artifact *item = e->domain->items.items[i];
        map_put(out, item->name, sight_new(a, item, NULL));
    }
}

typedef VEC(Way) Ways;

static void add_way(Arena *a, Ways *ways, StepModel *from, const Edge *e)
{
    Map *sights = arena_new(a, Map);
    leave_by(a, from, e, sights);
    vec_push(a, ways, (Way){sights, from});
}

/* Every edge that leads to `s` from a step that the analysis has come to. */
static void ways_into(Graph *g, const StepModel *s, const bool *is_known, Ways *ways)
{
    const Node *n = &g->nodes[s->index];
    for (size_t i = 0; i < n->before.len; i++)
        if (is_known[n->before.items[i].step->index])
            add_way(g->m->arena, ways, n->before.items[i].step, n->before.items[i].edge);
}

/* At a join: where its split was opened. */
static void ways_before(Graph *g, const Split *s, const bool *is_known, Ways *ways)
{
    for (size_t i = 0; i < s->openings.len; i++) {
        const Opening *o = &s->openings.items[i];
        if (!is_known[o->step->index])
            continue;
        Edge plain = *o->edge;
        plain.kind = EDGE_NEXT; /* its items stay inside */
        add_way(g->m->arena, ways, o->step, &plain);
    }
}

static void hide_changed(Graph *g, StepModel *join, const Split *s, Map *sights)
{
    for (size_t i = 0; i < s->changed.len; i++) {
        Sight *hidden = sight_new(g->m->arena, s->changed.entries[i].value, NULL);
        hidden->state = SIGHT_CHANGED;
        hidden->join = join;
        map_put(sights, s->changed.entries[i].key, hidden);
    }
}

static void param_sights(Graph *g, Map *sights)
{
    for (size_t i = 0; i < g->m->artifacts.len; i++) {
        Artifact *p = g->m->artifacts.items[i];
        if (p->kind == ARTIFACT_PARAM)
            map_put(sights, p->name, sight_new(g->m->arena, p, NULL));
    }
}

static void enter(Graph *g, StepModel *s, const bool *is_known, Map *out)
{
    const Split *closes = g->nodes[s->index].closes;
    Ways ways = {0};
    Map params;
    map_init(&params, g->m->arena);
    param_sights(g, &params);
    if (closes)
        ways_before(g, closes, is_known, &ways);
    else
        ways_into(g, s, is_known, &ways);
    if (s == g->m->start)
        vec_push(g->m->arena, &ways, (Way){&params, s});
    meet(g->m->arena, ways.items, ways.len, out);
    if (closes)
        hide_changed(g, s, closes, out);
}

/* ---- what the branches of a split keep --------------------------------------- */

static void note_changes(Graph *g)
{
    for (size_t i = 0; i < g->m->ranked.len; i++) {
        StepModel *s = g->m->ranked.items[i];
        for (Frame *f = g->nodes[s->index].frame; f; f = f->split->outside)
            for (size_t k = 0; k < s->keeps.len; k++)
                if (s->keeps.items[k].artifact)
                    map_put(&f->split->changed, s->keeps.items[k].name.name,
                            s->keeps.items[k].artifact);
    }
}

static void leave(Graph *g, StepModel *s)
{
    Arena *a = g->m->arena;
    Ways to_joins = {0}, all = {0};
    for (size_t e = 0; e < s->edges.len; e++) {
        const Edge *edge = &s->edges.items[e];
        add_way(a, &all, s, edge);
        if (edge->targets.len > 0 && edge->targets.items[0]->decl->kind == DECL_JOIN)
            add_way(a, &to_joins, s, edge);
    }
    Ways *ways = to_joins.len > 0 ? &to_joins : &all;
    meet(a, ways->items, ways->len, &s->exit_sights);
}

/* ---- records -------------------------------------------------------------------- */

static bool same_ends(const Record *r, StepModel *const *ends, size_t count)
{
    if (r->ends.len != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        bool found = false;
        for (size_t k = 0; k < count; k++)
            found |= r->ends.items[i] == ends[k];
        if (!found)
            return false;
    }
    return true;
}

static void sort_ends(Record *r)
{
    for (size_t i = 1; i < r->ends.len; i++)
        for (size_t k = i; k > 0 && r->ends.items[k - 1]->index > r->ends.items[k]->index; k--) {
            StepModel *s = r->ends.items[k];
            r->ends.items[k] = r->ends.items[k - 1];
            r->ends.items[k - 1] = s;
        }
}

Record *graph_record(Model *m, StepModel **ends, size_t count)
{
    for (size_t i = 0; i < m->records.len; i++)
        if (same_ends(m->records.items[i], ends, count))
            return m->records.items[i];
    Record *r = arena_new(m->arena, Record);
    Ways ways = {0};
    StrBuf name;
    strbuf_init(&name, m->arena);
    for (size_t i = 0; i < count; i++)
        vec_push(m->arena, &r->ends, ends[i]);
    sort_ends(r);
    for (size_t i = 0; i < count; i++) {
        vec_push(m->arena, &ways, (Way){&r->ends.items[i]->exit_sights, r->ends.items[i]});
        strbuf_printf(&name, "%s%.*s", i ? " | " : "", STR_ARG(r->ends.items[i]->name));
    }
    meet(m->arena, ways.items, ways.len, &r->sights);
    map_init(&r->complained, m->arena);
    r->type = type_record_new(m->types, r, str_copy(m->arena, strbuf_str(&name)));
    vec_push(m->arena, &m->records, r);
    return r;
}

/* ---- the inputs of joins ---------------------------------------------------------- */

static bool type_names(const TypeExpr *t, Str name)
{
    if (!t)
        return false;
    if (t->kind == TYPE_EXPR_NAME)
        return str_eq(t->name.name, name);
    for (size_t i = 0; i < t->args.count; i++)
        if (type_names(t->args.items[i], name))
            return true;
    return false;
}

/* The branch that `p` takes in: one of whose last steps it names; -1 for none. */
static int64_t branch_of(const Split *s, const Param *p)
{
    for (size_t i = 0; i < s->arrivals.len; i++)
        if (type_names(p->type, s->arrivals.items[i].end->name))
            return s->arrivals.items[i].branch;
    return -1;
}

static Record *branch_record(Graph *g, const Split *s, uint32_t branch)
{
    VEC(StepModel *) ends = {0};
    for (size_t i = 0; i < s->arrivals.len; i++) {
        bool is_new = s->arrivals.items[i].branch == branch;
        for (size_t k = 0; k < ends.len; k++)
            is_new &= ends.items[k] != s->arrivals.items[i].end;
        if (is_new)
            vec_push(g->m->arena, &ends, s->arrivals.items[i].end);
    }
    return graph_record(g->m, ends.items, ends.len);
}

static Str ends_text(Graph *g, const Split *s)
{
    StrBuf b;
    strbuf_init(&b, g->m->arena);
    for (size_t i = 0; i < s->arrivals.len; i++) {
        bool is_new = true;
        for (size_t k = 0; k < i; k++)
            is_new &= s->arrivals.items[k].end != s->arrivals.items[i].end;
        if (is_new)
            strbuf_printf(&b, "%s`%.*s`", b.len ? ", " : "",
                          STR_ARG(s->arrivals.items[i].end->name));
    }
    return strbuf_str(&b);
}

/* Some step's ways are not known: a message was given. */
static bool has_unknown_ways(const Model *m)
{
    for (size_t i = 0; i < m->steps.len; i++)
        if (m->steps.items[i]->has_broken_graph)
            return true;
    return false;
}

static void report_input(Graph *g, StepModel *join, const Split *s, const Param *p)
{
    if (has_unknown_ways(g->m)) {
        join->has_broken_graph = true;
        return;
    }
    Diag *d = diag_error(g->m->diags, F0227, p->type ? p->type->span : p->name.span,
                         "this is not what comes into the join `%.*s`", STR_ARG(join->name));
    diag_label(d, "no step of that name leads here");
    diag_help(d, "what leads here is %.*s", STR_ARG(ends_text(g, s)));
    join->has_broken_graph = true;
}

static void report_branch(Graph *g, StepModel *join, const Split *s, uint32_t branch, bool is_twice)
{
    Str end = STR("");
    for (size_t i = s->arrivals.len; i-- > 0;)
        if (s->arrivals.items[i].branch == branch)
            end = s->arrivals.items[i].end->name;
    Diag *d = diag_error(g->m->diags, F0217, join->decl->name.span,
                         is_twice ? "the join `%.*s` takes the branch `%.*s` twice"
                                  : "the join `%.*s` leaves out the branch that ends in `%.*s`",
                         STR_ARG(join->name), STR_ARG(end));
    diag_note(d, s->openings.items[0].edge->stmt->span, "the split is opened here");
    diag_help(d, "a join has one input a branch; what comes here is %.*s",
              STR_ARG(ends_text(g, s)));
    join->has_broken_graph = true;
}

static void join_inputs(Graph *g, StepModel *join, const Split *s)
{
    Arena *a = g->m->arena;
    uint32_t *taken = arena_new_array(a, uint32_t, s->targets.len);
    for (size_t i = 0; i < join->decl->params.count; i++) {
        Param *p = &join->decl->params.items[i];
        int64_t branch = branch_of(s, p);
        Input in = {.param = p};
        if (branch < 0) {
            report_input(g, join, s, p);
        } else {
            in.branch = (uint32_t)branch;
            in.record = branch_record(g, s, in.branch);
            taken[branch]++;
        }
        vec_push(a, &join->inputs, in);
    }
    for (uint32_t b = 0; b < s->targets.len && !join->has_broken_graph; b++)
        if (taken[b] != 1)
            report_branch(g, join, s, b, taken[b] > 1);
}

void sights_build(Graph *g)
{
    Model *m = g->m;
    bool *is_known = arena_new_array(m->arena, bool, m->steps.len);
    note_changes(g);
    for (bool is_changing = true; is_changing;) {
        is_changing = false;
        for (size_t i = 0; i < m->ranked.len; i++) {
            StepModel *s = m->ranked.items[i];
            Map now;
            enter(g, s, is_known, &now);
            if (!is_known[s->index] || !same_sights(&now, &s->sights))
                is_changing = true;
            s->sights = now;
            is_known[s->index] = true;
        }
    }
    for (size_t i = 0; i < m->ranked.len; i++)
        leave(g, m->ranked.items[i]);
    for (size_t i = 0; i < g->splits.len; i++) {
        Split *s = g->splits.items[i];
        if (s->join && !s->join->has_broken_graph)
            join_inputs(g, s->join, s);
    }
}

/* ---- after the check ------------------------------------------------------------ */

static bool is_result(const Model *m, const Artifact *artifact)
{
    for (size_t i = 0; m->end && i < m->end->keeps.len; i++)
        if (m->end->keeps.items[i].artifact == artifact)
            return true;
    return false;
}

/* What `@catch(name)` names need not be read: that the flow goes on is enough for many. */
static bool is_failure(const Model *m, const Artifact *artifact)
{
    for (size_t i = 0; i < m->steps.len; i++) {
        const StepModel *s = m->steps.items[i];
        if (s->catch_keep != UINT32_MAX && s->keeps.items[s->catch_keep].artifact == artifact)
            return true;
    }
    return false;
}

static bool is_unused(const Diag *d, const void *context)
{
    (void)context;
    return d->code == F0262;
}

void graph_finish(Model *m)
{
    if (diag_has_errors(m->diags)) { /* what was not understood may be what reads it */
        diag_withdraw(m->diags, is_unused, NULL);
        return;
    }
    for (size_t i = 0; i < m->artifacts.len; i++) {
        const Artifact *a = m->artifacts.items[i];
        if (a->is_read || a->kind == ARTIFACT_ITEM || is_result(m, a) || is_failure(m, a) ||
            str_starts_with(a->name, STR("_")))
            continue;
        bool is_param = a->kind == ARTIFACT_PARAM;
        Diag *d = diag_warning(m->diags, is_param ? F0225 : F0224, a->span,
                               is_param ? "nothing reads the parameter `%.*s`"
                                        : "no step reads the artifact `%.*s`",
                               STR_ARG(a->name));
        if (is_param)
            diag_help(d, "take it away, or read it in a step");
        else
            diag_help(d,
                      "bind it with `let %.*s = …`, which is not stored; what `end` keeps is the "
                      "run's result",
                      STR_ARG(a->name));
    }
}
