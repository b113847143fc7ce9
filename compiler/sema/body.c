/* SPDX-License-Identifier: Apache-2.0 */
/* What a step's body keeps and where it goes, in the order of the text.  A `next` carries the
 * keeps that stand before it; that keeps stand at the top level of the body makes "before" the
 * same on every way. */
#include "sema/scope.h"
#include "sema/ways.h"
#include "source/suggest.h"

typedef struct BodyWalk {
    Model *m;
    StepModel *step;
    uint32_t depth;      /* blocks around; 1 in the body's own */
    uint32_t closures;   /* closures around */
    bool has_error;      /* something here could not be parsed: no message may follow from it */
    VEC(Stmt *) nexts;
} BodyWalk;

static void walk_block(void *self, Block *b);

/* ---- keeps ----------------------------------------------------------------------- */

static Artifact *artifact_of_keep(Model *m, Ident name)
{
    Artifact *a = map_get(&m->kept_by_name, name.name);
    if (a)
        return a;
    a = arena_new(m->arena, Artifact);
    a->kind = ARTIFACT_KEPT;
    a->index = (uint32_t)m->artifacts.len;
    a->name = name.name;
    a->span = name.span;
    vec_push(m->arena, &m->artifacts, a);
    map_put(&m->kept_by_name, name.name, a);
    return a;
}

static const Keep *find_keep(const StepModel *step, Str name)
{
    for (size_t i = 0; i < step->keeps.len; i++) {
        if (str_eq(step->keeps.items[i].name.name, name))
            return &step->keeps.items[i];
    }
    return NULL;
}

static void add_keep(BodyWalk *w, Ident name, Stmt *stmt)
{
    Model *m = w->m;
    const Keep *before = find_keep(w->step, name.name);
    if (before && w->depth > 1 && stmt)
        return; /* it is in the wrong place, which is said */
    if (before) {
        Diag *d = diag_error(m->diags, F0255, name.span, "`%.*s` is kept twice in one step",
                             STR_ARG(name.name));
        diag_note(d, before->name.span, "it is kept here already");
        if (stmt)
            diag_help(d, "to change it, assign: `%.*s = …`", STR_ARG(name.name));
        else
            diag_help(d, "let `@catch` keep the failure under another name");
        return;
    }
    const Decl *other = map_get(&scope_of(m, name.span)->values, name.name);
    if (other) {
        Diag *d = diag_error(m->diags, F0205, name.span, "`%.*s` hides %s of that name",
                             STR_ARG(name.name), decl_noun(other));
        diag_note(d, other->name.span, "%s is declared here", decl_noun(other));
        diag_help(d, "keep it under another name");
    }
    Keep keep = {.name = name, .stmt = stmt, .artifact = artifact_of_keep(m, name)};
    keep.takes_over = stmt && !stmt->value;
    vec_push(m->arena, &w->step->keeps, keep);
}

static void keep_pattern(BodyWalk *w, const Pattern *p, Stmt *stmt)
{
    if (!p)
        return;
    if (p->kind == PATTERN_NAME)
        add_keep(w, p->name, stmt);
    for (size_t i = 0; p->kind == PATTERN_TUPLE && i < p->parts.count; i++)
        keep_pattern(w, p->parts.items[i], stmt);
}

static void keep_statement(BodyWalk *w, Stmt *s)
{
    Str name = s->pattern ? s->pattern->name.name : (Str){0};
    if (w->depth > 1) {
        Diag *d = diag_error(w->m->diags, F0209, s->keyword_span,
                             "`keep` stands at the top level of a step's body");
        diag_label(d, "this is inside another block");
        if (name.len)
            diag_help(d, "write `keep %.*s = …` above it, and assign to `%.*s` here",
                      STR_ARG(name), STR_ARG(name));
        w->has_error = true; /* a next's carried keeps would be a guess */
    }
    keep_pattern(w, s->pattern, s);
}

/* ---- nexts ----------------------------------------------------------------------- */

static bool type_names(const TypeExpr *t, Str step)
{
    bool does = str_eq(t->name.name, step);
    for (size_t i = 0; i < t->names.count; i++)
        does |= str_eq(t->names.items[i].name, step);
    for (size_t i = 0; i < t->args.count; i++)
        does |= type_names(t->args.items[i], step);
    return does;
}

/* The one join whose inputs name the step; NULL: there is none, or several. */
static const StepModel *join_of(const Model *m, const StepModel *step)
{
    const StepModel *found = NULL;
    for (size_t i = 0; i < m->steps.len; i++) {
        const StepModel *join = m->steps.items[i];
        const ParamList *inputs = &join->decl->params;
        bool takes = false;
        for (size_t k = 0; join->decl->kind == DECL_JOIN && k < inputs->count; k++)
            takes |= inputs->items[k].type && type_names(inputs->items[k].type, step->name);
        if (takes && found)
            return NULL;
        found = takes ? join : found;
    }
    return found;
}

static void unknown_target(BodyWalk *w, Ident target)
{
    Model *m = w->m;
    Str name = target.name;
    w->step->has_broken_graph = true;
    if (str_is(name, "end") || str_is(name, "start"))
        return; /* that a flow needs them is said once, by the graph */
    Diag *d = diag_error(m->diags, F0201, target.span, "there is no step named `%.*s`",
                         STR_ARG(name));
    diag_label(d, "not a step of this flow");
    Suggest s;
    suggest_init(&s, name);
    for (size_t i = 0; i < m->steps_by_name.len; i++)
        suggest_offer(&s, m->steps_by_name.entries[i].key, m->steps_by_name.entries[i].value);
    if (s.found) {
        const StepModel *near = s.best_item;
        diag_note(d, near->decl->name.span, "a step with a similar name is declared here");
        diag_fix(d, target.span, s.best, "did you mean `%.*s`?", STR_ARG(s.best));
    } else if (join_of(m, w->step)) {
        const StepModel *join = join_of(m, w->step);
        diag_note(d, join->decl->name.span, "this one takes what `%.*s` leaves",
                  STR_ARG(w->step->name));
        diag_fix(d, target.span, join->name, "write `next %.*s`", STR_ARG(join->name));
    } else if (w->step->decl->kind == DECL_STEP && w->step->decl->params.count) {
        diag_help(d, "take the tasks of the foreach together in it: `join %.*s(all: [%.*s]) { next "
                     "end }`", STR_ARG(name), STR_ARG(w->step->name));
    } else {
        diag_help(d, "write that step, `step %.*s { next … }`, or go to another one",
                  STR_ARG(name));
    }
}

static bool has_target(const Edge *edge, const StepModel *step)
{
    for (size_t i = 0; i < edge->targets.len; i++) {
        if (edge->targets.items[i] == step)
            return true;
    }
    return false;
}

static void add_target(BodyWalk *w, Edge *edge, Ident target)
{
    StepModel *step = map_get(&w->m->steps_by_name, target.name);
    if (!step) {
        unknown_target(w, target);
    } else if (has_target(edge, step)) {
        Diag *d = diag_error(w->m->diags, F0269, target.span,
                             "`%.*s` stands twice in one `next`", STR_ARG(target.name));
        diag_help(d, "to run it several times over: `next %.*s foreach …`", STR_ARG(target.name));
    } else {
        vec_push(w->m->arena, &edge->targets, step);
    }
}

static void next_statement(BodyWalk *w, Stmt *s)
{
    Model *m = w->m;
    if (w->closures) {
        Diag *d = diag_error(m->diags, F0252, s->keyword_span, "a closure cannot leave the step");
        diag_help(d, "let the closure give a value, and write `next` after it");
        w->has_error = true;
        return;
    }
    if (str_is(w->step->name, "end")) {
        Diag *d = diag_error(m->diags, F0252, s->span, "`end` is the last step: it has no `next`");
        diag_fix(d, s->span, (Str){0}, "remove this line");
        return;
    }
    vec_push(m->arena, &w->nexts, s);
    Edge edge = {.stmt = s, .carried = (uint32_t)w->step->keeps.len};
    edge.kind = s->value ? EDGE_FOREACH : s->targets.count > 1 ? EDGE_SPLIT : EDGE_NEXT;
    for (size_t i = 0; i < s->targets.count; i++)
        add_target(w, &edge, s->targets.items[i]);
    if (edge.kind == EDGE_SPLIT && edge.targets.len == 1 && !w->step->has_broken_graph)
        edge.kind = EDGE_NEXT;
    if (!edge.targets.len) {
        w->step->has_broken_graph = true;
        return;
    }
    s->edge = (uint32_t)w->step->edges.len;
    vec_push(m->arena, &w->step->edges, edge);
}

/* ---- the walk -------------------------------------------------------------------- */

static void walk_expr(void *self, Expr *e)
{
    BodyWalk *w = self;
    Visitor v = {self, walk_expr, walk_block};
    w->has_error |= e->kind == EXPR_ERROR;
    w->closures += e->kind == EXPR_CLOSURE;
    expr_visit(&v, e);
    w->closures -= e->kind == EXPR_CLOSURE;
}

static void walk_stmt(BodyWalk *w, Stmt *s)
{
    Visitor v = {w, walk_expr, walk_block};
    w->has_error |= s->kind == STMT_ERROR;
    stmt_visit(&v, s);
    if (s->kind == STMT_KEEP)
        keep_statement(w, s);
    else if (s->kind == STMT_NEXT)
        next_statement(w, s);
}

static Span stmt_start(const Stmt *s)
{
    return s->keyword_span.end > s->keyword_span.start ? s->keyword_span : s->span;
}

/* The first statement that no way leads to; behind nexts, or what fails or goes round. */
static void dead_code(BodyWalk *w, const Stmt *left, const Stmt *dead, bool has_next)
{
    Diag *d;
    if (dead->kind == STMT_ERROR || (dead->kind == STMT_EXPR && dead->value->kind == EXPR_ERROR))
        return; /* what could not be read was reported */
    if (has_next && dead->kind == STMT_NEXT) {
        d = diag_error(w->m->diags, F0251, stmt_start(dead), "this way has two `next`s");
        diag_help(d, "to go to both, side by side: `next a, b`; to one of them: `if`");
    } else if (has_next) {
        d = diag_error(w->m->diags, F0251, stmt_start(dead), "nothing runs after `next`");
        diag_help(d, "move it above the `next`");
    } else {
        d = diag_warning(w->m->diags, F0265, stmt_start(dead), "this can never run");
    }
    diag_note(d, stmt_start(left), "every way leaves the body here");
}

/* What is kept behind a `next` is known by its name; no way says where. */
static void keep_behind_next(BodyWalk *w, const Block *b, size_t from)
{
    for (size_t i = from; i < b->stmts.count && w->depth == 1; i++) {
        if (b->stmts.items[i]->kind != STMT_KEEP)
            continue;
        keep_statement(w, b->stmts.items[i]);
        w->step->has_broken_graph = true;
    }
}

static void walk_block(void *self, Block *b)
{
    BodyWalk *w = self;
    w->depth++;
    const Stmt *left = NULL;
    size_t nexts = 0;
    bool is_dead = false; /* behind a `fail`: it was said, and its `next`s are ways all the same */
    for (size_t i = 0; i < b->stmts.count; i++) {
        Stmt *s = b->stmts.items[i];
        if (left && !is_dead && s->kind != STMT_ERROR) {
            bool has_next = w->nexts.len > nexts;
            dead_code(w, left, s, has_next);
            w->step->has_broken_graph |= has_next && s->kind == STMT_NEXT;
            if (has_next) {
                keep_behind_next(w, b, i);
                break;
            }
            is_dead = true;
        }
        nexts = left ? nexts : w->nexts.len;
        walk_stmt(w, s);
        if (!left && !stmt_falls(s))
            left = s;
    }
    w->depth--;
}

/* ---- the whole ------------------------------------------------------------------- */

static bool ends_with_loop(const Block *body)
{
    const Stmt *last = body->stmts.count ? body->stmts.items[body->stmts.count - 1] : NULL;
    return last && (last->kind == STMT_FOR || last->kind == STMT_WHILE);
}

static void missing_next(BodyWalk *w)
{
    StepModel *step = w->step;
    step->has_broken_graph = true;
    Block *body = step->decl->block;
    if (!w->nexts.len) {
        Diag *d = diag_error(w->m->diags, F0250, step->decl->name.span,
                             "`%.*s` does not say where the flow goes on", STR_ARG(step->name));
        diag_label(d, "its body has no `next`");
        diag_help(d, "end the body with `next end`, or the step that comes after it");
        return;
    }
    Diag *d = diag_error(w->m->diags, F0250, block_falls_at(body),
                         "a way through `%.*s` has no `next`", STR_ARG(step->name));
    diag_label(d, "this way goes on behind here");
    diag_note(d, stmt_start(w->nexts.items[0]), "another way leaves here");
    if (ends_with_loop(body))
        diag_help(d, "a loop may not go round at all: write the `next` behind it");
    else
        diag_help(d, "end every way with a `next`; an `if` without an `else` has two ways");
}

static const Annotation *find_catch(const Decl *decl)
{
    for (size_t i = 0; i < decl->annotations.count; i++) {
        if (str_is(decl->annotations.items[i].name.name, "catch"))
            return &decl->annotations.items[i];
    }
    return NULL;
}

/* The name in `@catch(name)`, or a name of length 0. */
static Ident catch_name(const Annotation *catch)
{
    if (catch->args.count == 1 && !catch->args.items[0].name.name.len &&
        catch->args.items[0].value && catch->args.items[0].value->kind == EXPR_NAME)
        return catch->args.items[0].value->name;
    return (Ident){0};
}

/* When the body has failed nobody can say which `next` it would have taken. */
static void check_caught_nexts(BodyWalk *w)
{
    const Block *body = w->step->decl->block;
    for (size_t i = 0; i < w->nexts.len; i++) {
        const Stmt *s = w->nexts.items[i];
        bool is_last = body->stmts.count && body->stmts.items[body->stmts.count - 1] == s;
        if (is_last && !s->value)
            continue;
        Diag *d = diag_error(w->m->diags, F0253, stmt_start(s),
                             "a step under `@catch` has one `next`, the same on every way");
        diag_label(d, s->value ? "a caught task has no list to go over" : "this is one of several");
        diag_help(d, "end the body with one plain `next`, and decide in the step after it");
        w->step->has_broken_graph = true;
        return;
    }
}

static void read_catch(BodyWalk *w, const Annotation *catch)
{
    StepModel *step = w->step;
    step->has_catch = true;
    check_caught_nexts(w);
    Ident name = catch_name(catch);
    if (!name.name.len)
        return;
    uint32_t index = (uint32_t)step->keeps.len;
    add_keep(w, name, NULL);
    if (step->keeps.len == index)
        return;
    step->catch_keep = index;
    for (size_t i = 0; i < step->edges.len; i++)
        step->edges.items[i].carried = index + 1;
}

void body_read(Model *m, StepModel *step)
{
    BodyWalk w = {.m = m, .step = step};
    step->catch_keep = UINT32_MAX;
    if (!step->decl->block)
        return;
    walk_block(&w, step->decl->block);
    bool is_end = str_is(step->name, "end");
    const Annotation *catch = find_catch(step->decl);
    if (catch)
        read_catch(&w, catch);
    if (is_end) {
        Edge edge = {.kind = EDGE_END, .carried = (uint32_t)step->keeps.len};
        vec_push(m->arena, &step->edges, edge);
    } else if (block_falls(step->decl->block)) {
        if (w.has_error) /* the `next` may be in what could not be read */
            step->has_broken_graph = true;
        else
            missing_next(&w);
    }
}
