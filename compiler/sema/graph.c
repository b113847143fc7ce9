/* SPDX-License-Identifier: Apache-2.0 */
/* graph.c - the flow as a graph: what splits where, and where it comes together.
 *
 * One worklist walks from `start` and carries the stack of open splits as a
 * chain of frames.  A `next` of several steps or a `foreach` pushes a frame, a
 * join pops the innermost one, and every way to a step must bring the same
 * chain.  A depth-first walk then finds the ways back and ranks the steps, and
 * sight.c decides what each step sees.  All of that needs names only: types
 * come later. */
#include "sema/graph.h"

#include "source/suggest.h"

static Node *node_of(Graph *g, const StepModel *s)
{
    return &g->nodes[s->index];
}

static bool is_join(const StepModel *s)
{
    return s->decl->kind == DECL_JOIN;
}

static Span edge_span(const Edge *e, const StepModel *from)
{
    return e->stmt ? e->stmt->span : from->decl->span;
}

/* Where `target` is named in the statement of `e`. */
static Span target_span(const Edge *e, const StepModel *from, const StepModel *target)
{
    for (size_t i = 0; e->stmt && i < e->stmt->targets.count; i++)
        if (str_eq(e->stmt->targets.items[i].name, target->name))
            return e->stmt->targets.items[i].span;
    return edge_span(e, from);
}

static Diag *report(Graph *g, DiagCode code, Span span, Str message)
{
    g->is_broken = true;
    return diag_error(g->m->diags, code, span, "%.*s", STR_ARG(message));
}

/* "the foreach that `start` opens", "the branch `fit` of the split in `start`" */
static Str frame_text(Graph *g, const Frame *f)
{
    if (!f)
        return STR("no split");
    const Split *s = f->split;
    Str opener = s->openings.items[0].step->name;
    if (s->is_foreach)
        return str_printf(g->m->arena, "the foreach that `%.*s` opens", STR_ARG(opener));
    return str_printf(g->m->arena, "the branch `%.*s` of the split in `%.*s`",
                      STR_ARG(s->targets.items[f->branch]->name), STR_ARG(opener));
}

/* ---- splits -------------------------------------------------------------- */

static bool same_targets(const Split *s, const Edge *e)
{
    if (s->targets.len != e->targets.len)
        return false;
    for (size_t i = 0; i < e->targets.len; i++)
        if (s->targets.items[i] != e->targets.items[i])
            return false;
    return true;
}

static DomainModel *domain_new(Graph *g, DomainModel *parent, StepModel *entry)
{
    Model *m = g->m;
    DomainModel *d = arena_new(m->arena, DomainModel);
    d->index = (uint32_t)m->domains.len;
    d->parent = parent;
    d->entry = entry;
    vec_push(m->arena, &m->domains, d);
    return d;
}

static DomainModel *frame_domain(Graph *g, const Frame *f)
{
    return f ? f->split->domain : g->m->domains.items[0];
}

/* The artifacts that resolve made for the step's items. */
static void domain_items(Graph *g, DomainModel *d)
{
    for (size_t i = 0; i < d->entry->decl->params.count; i++)
        for (size_t k = 0; k < g->m->artifacts.len; k++) {
            Artifact *a = g->m->artifacts.items[k];
            if (a->kind == ARTIFACT_ITEM &&
                span_eq(a->span, d->entry->decl->params.items[i].name.span)) {
                a->domain = d;
                vec_push(g->m->arena, &d->items, a);
            }
        }
}

/* The split that this edge opens where `outside` is open; the same one for the same steps. */
static Split *split_open(Graph *g, Frame *outside, StepModel *from, Edge *e)
{
    Split *found = NULL;
    for (size_t i = 0; i < g->splits.len && !found; i++) {
        Split *s = g->splits.items[i];
        if (s->outside == outside && s->is_foreach == (e->kind == EDGE_FOREACH) &&
            same_targets(s, e))
            found = s;
    }
    if (!found) {
        Arena *a = g->m->arena;
        found = arena_new(a, Split);
        found->outside = outside;
        found->is_foreach = e->kind == EDGE_FOREACH;
        map_init(&found->changed, a);
        found->frames = arena_new_array(a, Frame, e->targets.len);
        for (size_t i = 0; i < e->targets.len; i++) {
            vec_push(a, &found->targets, e->targets.items[i]);
            found->frames[i] = (Frame){found, (uint32_t)i};
        }
        found->domain = frame_domain(g, outside);
        if (found->is_foreach) {
            found->domain = domain_new(g, found->domain, e->targets.items[0]);
            domain_items(g, found->domain);
        }
        vec_push(a, &g->splits, found);
    }
    if (found->is_foreach)
        e->domain = found->domain;
    vec_push(g->m->arena, &found->openings, (Opening){from, e});
    return found;
}

/* ---- the walk ------------------------------------------------------------ */

typedef struct Walk {
    Graph *g;
    VEC(StepModel *) queue;
} Walk;

static bool frame_is_inside(const Frame *inner, const Frame *outer)
{
    for (const Frame *f = inner; f; f = f->split->outside)
        if (f == outer)
            return true;
    return outer == NULL;
}

/* How the ways of one split, or out of one, would meet. */
static void help_to_meet(Graph *g, Diag *d, StepModel *from, StepModel *to, const Frame *now)
{
    const Frame *then = node_of(g, to)->frame;
    if (then && now && then->split == now->split)
        diag_help(d, "let it take both together: `join %.*s(one: %.*s, other: %.*s) { … }`",
                  STR_ARG(to->name), STR_ARG(node_of(g, to)->from->name), STR_ARG(from->name));
    else if (now && now->split->is_foreach)
        diag_help(d, "take the splits together first: `join gather(all: [%.*s]) { next %.*s }`",
                  STR_ARG(from->name), STR_ARG(to->name));
    else
        diag_help(d, "let what is open come to its join first, and go on from there");
}

static void report_frames(Graph *g, StepModel *from, const Edge *e, StepModel *to, Frame *now)
{
    Node *n = node_of(g, to);
    bool is_out = frame_is_inside(now, n->frame) && now != n->frame;
    Str what = is_out ? str_printf(g->m->arena, "`next %.*s` leaves %.*s without a join",
                                   STR_ARG(to->name), STR_ARG(frame_text(g, now)))
                      : str_printf(g->m->arena, "`%.*s` is reached with different splits open",
                                   STR_ARG(to->name));
    Diag *d = report(g, is_out ? F0221 : F0218, target_span(e, from, to), what);
    diag_label(d, "here %.*s is open", STR_ARG(frame_text(g, now)));
    diag_note(d, n->reached_by, "on this way %.*s is open", STR_ARG(frame_text(g, n->frame)));
    help_to_meet(g, d, from, to, now);
    for (const Frame *f = now; f && f != n->frame; f = f->split->outside)
        f->split->is_reported = true;
    for (const Frame *f = n->frame; f && f != now; f = f->split->outside)
        f->split->is_reported = true;
}

static void reach(Walk *w, StepModel *from, Edge *e, StepModel *to, Frame *frame)
{
    Graph *g = w->g;
    Node *n = node_of(g, to);
    if (to == g->m->end && frame) {
        vec_push(g->m->arena, &g->open_ends, (OpenEnd){from, e, frame});
        frame = NULL;
    }
    if (!n->is_visited) {
        n->is_visited = true;
        n->frame = frame;
        n->from = from;
        n->reached_by = e ? target_span(e, from, to) : to->decl->span;
        to->is_reachable = true;
        to->domain = frame_domain(g, frame);
        vec_push(g->m->arena, &w->queue, to);
    } else if (n->frame != frame && !to->has_broken_graph) {
        report_frames(g, from, e, to, frame);
        to->has_broken_graph = true;
    }
}

static bool takes_list(const StepModel *join)
{
    return join->decl->params.count > 0 && join->decl->params.items[0].type &&
           join->decl->params.items[0].type->kind == TYPE_EXPR_LIST;
}

static void report_join_outside(Graph *g, StepModel *from, const Edge *e, StepModel *join)
{
    Diag *d = report(g, F0215, target_span(e, from, join),
                     str_printf(g->m->arena, "the join `%.*s` is reached where no split is open",
                                STR_ARG(join->name)));
    diag_label(d, "nothing to take together here");
    diag_note(d, join->decl->name.span, "the join is declared here");
    if (node_of(g, join)->closes) {
        diag_note(d, node_of(g, join)->reached_by, "on this way there is a split for it");
        diag_help(d, "lead this way to a plain step behind the join");
        return;
    }
    diag_help(d,
              "open a split before it, as in `next STEP foreach LIST` or `next A, B`, or make "
              "`%.*s` a step",
              STR_ARG(join->name));
}

static void report_join_other(Graph *g, StepModel *from, const Edge *e, StepModel *join,
                              Frame *frame)
{
    const Split *first = node_of(g, join)->closes;
    Diag *d = report(g, F0216, target_span(e, from, join),
                     str_printf(g->m->arena,
                                "the join `%.*s` takes together what does not belong together",
                                STR_ARG(join->name)));
    diag_label(d, "here it would close %.*s", STR_ARG(frame_text(g, frame)));
    diag_note(d, node_of(g, join)->reached_by, "here it closes %.*s",
              STR_ARG(frame_text(g, &first->frames[0])));
    diag_help(d, "give each split a join of its own");
}

/* "a: fit, b: score": an input for each branch of a split, by its last step. */
static Str inputs_text(Graph *g, const Split *s)
{
    StrBuf b;
    strbuf_init(&b, g->m->arena);
    for (uint32_t k = 0; k < s->targets.len; k++)
        for (size_t i = 0; i < s->arrivals.len; i++)
            if (s->arrivals.items[i].branch == k) {
                strbuf_printf(&b, "%s%c: %.*s", b.len ? ", " : "", 'a' + (char)(k % 26),
                              STR_ARG(s->arrivals.items[i].end->name));
                break;
            }
    return strbuf_str(&b);
}

static void report_join_form(Graph *g, StepModel *join, const Split *s)
{
    const ParamList *inputs = &join->decl->params;
    for (size_t i = 0; i < inputs->count; i++)
        if (inputs->items[i].type && inputs->items[i].type->kind == TYPE_EXPR_ERROR)
            return; /* it could not be read, which was said */
    Str end = s->arrivals.items[0].end->name;
    Diag *d = report(
        g, F0222, join->decl->name.span,
        s->is_foreach
            ? str_printf(g->m->arena, "the join `%.*s` closes a foreach, so its input is a list",
                         STR_ARG(join->name))
            : str_printf(
                  g->m->arena,
                  "the join `%.*s` closes a split into branches, so it has an input a branch",
                  STR_ARG(join->name)));
    diag_note(d, edge_span(s->openings.items[0].edge, s->openings.items[0].step),
              "the split is opened here");
    if (s->is_foreach)
        diag_help(d, "write `join %.*s(all: [%.*s])`", STR_ARG(join->name), STR_ARG(end));
    else
        diag_help(d, "write `join %.*s(%.*s)`", STR_ARG(join->name), STR_ARG(inputs_text(g, s)));
}

static void arrive(Walk *w, StepModel *from, Edge *e, size_t target, Frame *frame)
{
    Graph *g = w->g;
    StepModel *join = e->targets.items[target];
    if (!frame) {
        if (!join->has_broken_graph)
            report_join_outside(g, from, e, join);
        join->has_broken_graph = true;
        reach(w, from, e, join, NULL);
        return;
    }
    Split *s = frame->split;
    Node *n = node_of(g, join);
    if (n->closes && n->closes != s) {
        if (!join->has_broken_graph)
            report_join_other(g, from, e, join, frame);
        join->has_broken_graph = true;
        return;
    }
    n->closes = s;
    e->branches.items[target] = s->is_foreach ? 0 : frame->branch;
    vec_push(g->m->arena, &s->arrivals, (Arrival){from, e, frame->branch});
    if (s->join && s->join != join) {
        Diag *d = report(g, F0216, target_span(e, from, join),
                         str_printf(g->m->arena, "%.*s comes together in two joins",
                                    STR_ARG(frame_text(g, frame))));
        diag_label(d, "here in `%.*s`", STR_ARG(join->name));
        diag_note(d, node_of(g, s->join)->reached_by, "and here in `%.*s`", STR_ARG(s->join->name));
        diag_help(d, "lead every way to one join, and choose the next step after it");
        join->has_broken_graph = s->join->has_broken_graph = true;
    } else if (!s->join) {
        s->join = join;
        join->kind = s->is_foreach ? STEP_JOIN_FOREACH : STEP_JOIN_BRANCHES;
        join->branch_count = s->is_foreach ? 0 : (uint32_t)s->targets.len;
        join->closes = s->is_foreach ? s->domain : NULL;
        if (s->is_foreach)
            s->domain->join = join;
    }
    reach(w, from, e, join, s->outside);
}

static void report_items(Graph *g, StepModel *from, const Edge *e, StepModel *to)
{
    if (to->has_broken_graph)
        return;
    Diag *d = report(g, F0219, target_span(e, from, to),
                     str_printf(g->m->arena, "`%.*s` has items, so it is entered by a foreach",
                                STR_ARG(to->name)));
    diag_note(d, to->decl->name.span, "its items are declared here");
    diag_help(d, "write `next %.*s foreach LIST`, or take the items away", STR_ARG(to->name));
    to->has_broken_graph = true;
}

static void follow_foreach(Walk *w, StepModel *from, Edge *e, Frame *frame)
{
    StepModel *to = e->targets.items[0];
    if (is_join(to) || to->decl->params.count == 0) {
        Diag *d =
            report(w->g, F0220, target_span(e, from, to),
                   str_printf(w->g->m->arena, "`%.*s` has no item for the elements of this foreach",
                              STR_ARG(to->name)));
        diag_note(d, to->decl->name.span, "it is declared here");
        diag_help(d,
                  is_join(to) ? "lead the foreach to a step, and that step to the join"
                              : "declare one: `step %.*s(item: TYPE)`",
                  STR_ARG(to->name));
        if (is_join(to))
            return;
        to->has_broken_graph = true;
    }
    Split *s = split_open(w->g, frame, from, e);
    reach(w, from, e, to, &s->frames[0]);
}

static void follow_split(Walk *w, StepModel *from, Edge *e, Frame *frame)
{
    Graph *g = w->g;
    for (size_t i = 0; i < e->targets.len; i++) {
        StepModel *to = e->targets.items[i];
        if (to == g->m->end) {
            Diag *d = report(g, F0223, target_span(e, from, to),
                             STR("a branch of this split is nothing but `end`"));
            diag_help(d, "lead every branch to a join, and that with `next end`");
            return;
        }
        if (is_join(to)) {
            Diag *d = report(g, F0223, target_span(e, from, to),
                             str_printf(g->m->arena,
                                        "a branch of this split is nothing but the join `%.*s`",
                                        STR_ARG(to->name)));
            diag_help(d, "give the branch a step of its own, and leave that with `next %.*s`",
                      STR_ARG(to->name));
            return;
        }
    }
    Split *s = split_open(g, frame, from, e);
    for (size_t i = 0; i < e->targets.len; i++) {
        StepModel *to = e->targets.items[i];
        if (to->decl->params.count > 0)
            report_items(g, from, e, to);
        reach(w, from, e, to, &s->frames[i]);
    }
}

static void follow(Walk *w, StepModel *from, Edge *e)
{
    Frame *frame = node_of(w->g, from)->frame;
    while (e->branches.len < e->targets.len)
        vec_push(w->g->m->arena, &e->branches, 0);
    if (e->kind == EDGE_END || e->targets.len == 0)
        return;
    if (e->kind == EDGE_FOREACH) {
        follow_foreach(w, from, e, frame);
    } else if (e->kind == EDGE_SPLIT) {
        follow_split(w, from, e, frame);
    } else if (is_join(e->targets.items[0])) {
        arrive(w, from, e, 0, frame);
    } else {
        if (e->targets.items[0]->decl->params.count > 0)
            report_items(w->g, from, e, e->targets.items[0]);
        reach(w, from, e, e->targets.items[0], frame);
    }
}

static void note_before(Graph *g)
{
    for (size_t i = 0; i < g->m->steps.len; i++) {
        StepModel *s = g->m->steps.items[i];
        for (size_t e = 0; e < s->edges.len; e++)
            for (size_t t = 0; t < s->edges.items[e].targets.len; t++)
                vec_push(g->m->arena, &node_of(g, s->edges.items[e].targets.items[t])->before,
                         (Opening){s, &s->edges.items[e]});
    }
}

static void walk(Graph *g)
{
    Walk w = {.g = g};
    reach(&w, g->m->start, NULL, g->m->start, NULL);
    for (size_t i = 0; i < w.queue.len; i++) /* grows as it goes */
        for (size_t e = 0; e < w.queue.items[i]->edges.len; e++)
            follow(&w, w.queue.items[i], &w.queue.items[i]->edges.items[e]);
}

/* ---- what the walk did not find -------------------------------------------- */

static bool has_unknown_ways(const Model *m)
{
    for (size_t i = 0; i < m->steps.len; i++) {
        const StepModel *s = m->steps.items[i];
        if (s->has_broken_graph || !s->decl->block)
            return true;
        for (size_t e = 0; e < s->edges.len; e++)
            if (s->edges.items[e].kind != EDGE_END && s->edges.items[e].targets.len == 0)
                return true;
    }
    return false;
}

static bool leads_to(const StepModel *from, const StepModel *to)
{
    for (size_t e = 0; e < from->edges.len; e++)
        for (size_t t = 0; t < from->edges.items[e].targets.len; t++)
            if (from->edges.items[e].targets.items[t] == to)
                return true;
    return false;
}

/* Names only the first of those that hang on one another. */
static void check_reachable(Graph *g)
{
    Model *m = g->m;
    for (size_t i = 0; i < m->steps.len; i++) {
        StepModel *s = m->steps.items[i];
        const Node *n = node_of(g, s);
        bool follows = false;
        for (size_t k = 0; k < n->before.len; k++) {
            const StepModel *p = n->before.items[k].step;
            follows |= p != s && (p->index < s->index || !leads_to(s, p));
        }
        if (s->is_reachable || follows || s == m->end)
            continue;
        Diag *d = diag_error(m->diags, F0212, s->decl->name.span, "no way leads to `%.*s`",
                             STR_ARG(s->name));
        diag_label(d, "this step can never run");
        diag_help(d, "lead a step to it with `next %.*s`, or take it away", STR_ARG(s->name));
    }
}

/* A run is over at `end`, and in a step that only fails. */
static void mark_finishing(Graph *g, bool *finishes)
{
    VEC(StepModel *) queue = {0};
    for (size_t i = 0; i < g->m->steps.len; i++) {
        StepModel *s = g->m->steps.items[i];
        finishes[i] = s == g->m->end || s->edges.len == 0;
        if (finishes[i])
            vec_push(g->m->arena, &queue, s);
    }
    for (size_t i = 0; i < queue.len; i++) {
        const Node *n = node_of(g, queue.items[i]);
        for (size_t k = 0; k < n->before.len; k++) {
            StepModel *from = n->before.items[k].step;
            if (!finishes[from->index])
                vec_push(g->m->arena, &queue, from);
            finishes[from->index] = true;
        }
    }
}

/* The first step of every ring that has no way out; what leads into it follows from that. */
static void check_finishing(Graph *g)
{
    Model *m = g->m;
    bool *finishes = arena_new_array(m->arena, bool, m->steps.len);
    mark_finishing(g, finishes);
    for (size_t i = 0; i < m->steps.len; i++) {
        StepModel *s = m->steps.items[i];
        if (finishes[i] || !s->is_reachable)
            continue;
        Diag *d = diag_error(m->diags, F0213, s->decl->name.span,
                             "no way leads from `%.*s` to `end`", STR_ARG(s->name));
        diag_label(d, "a run that comes here never finishes");
        diag_help(d, "leave the loop on some condition: `if DONE { next end } else { next %.*s }`",
                  STR_ARG(s->edges.items[0].targets.items[0]->name));
        return;
    }
}

static void report_never_joined(Graph *g, StepModel *from, const Edge *e, Frame *frame)
{
    Split *s = frame->split;
    if (s->is_reported)
        return;
    s->is_reported = true;
    Diag *d =
        report(g, F0214, target_span(e, from, g->m->end),
               str_printf(g->m->arena, "%.*s is never joined", STR_ARG(frame_text(g, frame))));
    diag_label(d, "still open here");
    diag_note(d, edge_span(s->openings.items[0].edge, s->openings.items[0].step),
              "it is opened here");
    if (s->join)
        diag_help(d, "lead `%.*s` to `%.*s`, where the other ways come together",
                  STR_ARG(from->name), STR_ARG(s->join->name));
    else if (s->is_foreach)
        diag_help(d, "lead `%.*s` to a join: `join gather(all: [%.*s]) { next end }`",
                  STR_ARG(from->name), STR_ARG(from->name));
    else if (s->targets.len > 1)
        diag_help(d, "lead the branches to a join: `join both(a: %.*s, b: %.*s) { next end }`",
                  STR_ARG(s->targets.items[0]->name), STR_ARG(s->targets.items[1]->name));
}

static void check_end(Graph *g)
{
    for (size_t i = 0; i < g->open_ends.len; i++) {
        const OpenEnd *o = &g->open_ends.items[i];
        report_never_joined(g, o->from, o->edge, o->frame);
    }
}

/* `join gather(all: work)` behind a foreach can only mean `[work]`, and is taken for it. */
static bool take_for_list(Graph *g, StepModel *join)
{
    Param *input = join->decl->params.items;
    if (join->decl->params.count != 1 || !input->type || input->type->kind != TYPE_EXPR_NAME)
        return false;
    TypeExpr *list = arena_new(g->m->arena, TypeExpr);
    list->kind = TYPE_EXPR_LIST;
    list->span = input->type->span;
    list->args.items = arena_new_array(g->m->arena, TypeExpr *, 1);
    list->args.items[0] = input->type;
    list->args.count = 1;
    input->type = list;
    return true;
}

/* The inputs of a join are a list after a foreach, one a branch after a split. */
static void check_forms(Graph *g)
{
    for (size_t i = 0; i < g->splits.len; i++) {
        Split *s = g->splits.items[i];
        if (!s->join || s->join->has_broken_graph || s->join->decl->params.count == 0 ||
            takes_list(s->join) == s->is_foreach)
            continue;
        bool was_broken = g->is_broken;
        report_join_form(g, s->join, s);
        if (s->is_foreach && take_for_list(g, s->join))
            g->is_broken = was_broken;
        else
            s->join->has_broken_graph = true;
    }
}

static void check_branches(Graph *g)
{
    for (size_t i = 0; i < g->splits.len; i++) {
        Split *s = g->splits.items[i];
        if (s->is_foreach || !s->join || s->is_reported || s->join->has_broken_graph)
            continue;
        for (uint32_t b = 0; b < s->targets.len; b++) {
            bool has_come = false;
            for (size_t k = 0; k < s->arrivals.len; k++)
                has_come |= s->arrivals.items[k].branch == b;
            if (has_come || s->targets.items[b]->has_broken_graph)
                continue;
            Diag *d =
                report(g, F0217, s->join->decl->name.span,
                       str_printf(g->m->arena, "%.*s does not come to the join `%.*s`",
                                  STR_ARG(frame_text(g, &s->frames[b])), STR_ARG(s->join->name)));
            diag_label(d, "takes too few branches");
            diag_note(d, edge_span(s->openings.items[0].edge, s->openings.items[0].step),
                      "the split is opened here");
            diag_help(d, "lead the branch there with `next %.*s`", STR_ARG(s->join->name));
            s->join->has_broken_graph = true;
        }
    }
}

/* What could not be read as a declaration may be the step that is missed. */
static bool has_unread_declaration(const Model *m)
{
    for (size_t i = 0; i < m->diags->items.len; i++)
        if (m->diags->items.items[i]->code == F0125)
            return true;
    return false;
}

static bool check_start_end(Graph *g)
{
    Model *m = g->m;
    if ((!m->start || !m->end) && has_unread_declaration(m))
        return false;
    Span flow = m->file->flow ? m->file->flow->span : (Span){m->file->source, 0, 0};
    if (!m->start) {
        Diag *d = diag_error(m->diags, F0210, flow, "this flow has no step `start`");
        diag_help(d, "a flow begins at `step start { … next end }`");
    }
    if (!m->end) {
        Diag *d = diag_error(m->diags, F0211, flow, "this flow has no step `end`");
        diag_help(d, "a flow finishes at `step end { }`");
    }
    StepModel *both[] = {m->start, m->end};
    for (int i = 0; i < 2; i++)
        if (both[i] && (is_join(both[i]) || both[i]->decl->params.count > 0)) {
            Diag *d = report(g, F0226, both[i]->decl->name.span,
                             str_printf(m->arena, "`%.*s` is a plain step, without items or inputs",
                                        STR_ARG(both[i]->name)));
            diag_help(d, "write `step %.*s { … }`", STR_ARG(both[i]->name));
            both[i]->has_broken_graph = true;
        }
    return m->start && m->end && !g->is_broken;
}

/* ---- ways back, ranks, loops ------------------------------------------------ */

typedef struct Visit {
    Graph *g;
    uint8_t *state; /* 1: on the way, 2: done */
    VEC(StepModel *) finished;
} Visit;

/* Recursion is as deep as the flow is long, so the stack is explicit. */
typedef struct VisitFrame {
    StepModel *step;
    size_t edge, target;
} VisitFrame;

static void visit_all(Visit *v, StepModel *start)
{
    Arena *a = v->g->m->arena;
    VEC(VisitFrame) stack = {0};
    vec_push(a, &stack, (VisitFrame){start, 0, 0});
    v->state[start->index] = 1;
    while (stack.len > 0) {
        VisitFrame *f = &vec_last(&stack);
        if (f->edge == f->step->edges.len) {
            v->state[f->step->index] = 2;
            vec_push(a, &v->finished, f->step);
            (void)vec_pop(&stack);
            continue;
        }
        Edge *e = &f->step->edges.items[f->edge];
        if (f->target == e->targets.len) {
            f->edge++;
            f->target = 0;
            continue;
        }
        StepModel *to = e->targets.items[f->target++];
        if (v->state[to->index] == 1)
            e->is_back = true;
        else if (v->state[to->index] == 0) {
            v->state[to->index] = 1;
            vec_push(a, &stack, (VisitFrame){to, 0, 0});
        }
    }
}

static void rank_steps(Graph *g)
{
    Model *m = g->m;
    Visit v = {.g = g, .state = arena_new_array(m->arena, uint8_t, m->steps.len)};
    visit_all(&v, m->start);
    for (size_t i = v.finished.len; i-- > 0;) {
        v.finished.items[i]->rank = (uint32_t)m->ranked.len;
        vec_push(m->arena, &m->ranked, v.finished.items[i]);
    }
}

/* Whether a step comes back to itself in its own domain: a foreach is one way to its join. */
static bool comes_back(Graph *g, StepModel *home)
{
    Arena *a = g->m->arena;
    bool *seen = arena_new_array(a, bool, g->m->steps.len);
    VEC(StepModel *) queue = {0};
    vec_push(a, &queue, home);
    for (size_t i = 0; i < queue.len; i++) {
        StepModel *s = queue.items[i];
        for (size_t e = 0; e < s->edges.len; e++) {
            Edge *edge = &s->edges.items[e];
            for (size_t t = 0; t < edge->targets.len; t++) {
                StepModel *to = edge->kind == EDGE_FOREACH
                                    ? edge->domain ? edge->domain->join : NULL
                                    : edge->targets.items[t];
                if (!to || to->domain != home->domain)
                    continue;
                if (to == home)
                    return true;
                if (!seen[to->index]) {
                    seen[to->index] = true;
                    vec_push(a, &queue, to);
                }
            }
        }
    }
    return false;
}

static void find_loops(Graph *g)
{
    bool has_back = false;
    for (size_t i = 0; i < g->m->ranked.len; i++)
        for (size_t e = 0; e < g->m->ranked.items[i]->edges.len; e++)
            has_back |= g->m->ranked.items[i]->edges.items[e].is_back;
    for (size_t i = 0; has_back && i < g->m->ranked.len; i++)
        g->m->ranked.items[i]->is_in_loop = comes_back(g, g->m->ranked.items[i]);
}

/* ---- the pass ------------------------------------------------------------------ */

void graph_build(Model *m)
{
    Graph g = {.m = m, .nodes = arena_new_array(m->arena, Node, m->steps.len + 1)};
    for (size_t i = 0; i < m->steps.len; i++) {
        map_init(&m->steps.items[i]->sights, m->arena);
        map_init(&m->steps.items[i]->exit_sights, m->arena);
    }
    domain_new(&g, NULL, m->start);
    if (m->steps.len == 0 && !m->file->flow)
        return;
    if (!check_start_end(&g)) {
        for (size_t i = 0; i < m->steps.len; i++)
            m->steps.items[i]->has_broken_graph = true;
        return;
    }
    bool is_partial = has_unknown_ways(m);
    note_before(&g);
    walk(&g);
    check_end(&g);
    check_forms(&g);
    if (!is_partial)
        check_branches(&g);
    if (!is_partial && !g.is_broken) {
        check_reachable(&g);
        check_finishing(&g);
    }
    rank_steps(&g);
    find_loops(&g);
    sights_build(&g);
    for (size_t i = 0; (is_partial || g.is_broken) && i < m->steps.len; i++)
        m->steps.items[i]->has_broken_graph = true;
}
