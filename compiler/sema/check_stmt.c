/* SPDX-License-Identifier: Apache-2.0 */
/* Statements, blocks and patterns. */
#include <inttypes.h>

#include "sema/check_match.h"
#include "sema/ways.h"

/* ---- patterns -------------------------------------------------------------------- */

static void pattern_tuple(Checker *c, Pattern *p, const Type *type, bool is_mutable)
{
    bool fits = type->kind == TYPE_TUPLE && type->fields.count == p->parts.count;
    if (!fits && !type_is_error(type)) {
        Diag *d = diag_error(c->m->diags, F0320, p->span,
                             "this takes %zu parts, but the value is `%.*s`", p->parts.count,
                             STR_ARG(type->name));
        diag_label(d, "`%.*s`", STR_ARG(type->name));
        if (type->kind == TYPE_LIST)
            diag_help(d, "tuples alone are taken apart; what a list has is `xs[0]`, `xs[1]`, …");
    }
    for (size_t i = 0; i < p->parts.count; i++) {
        const Type *part = fits ? type->fields.items[i].type : c->error;
        check_pattern(c, p->parts.items[i], part, is_mutable);
        if (p->parts.items[i]->binding)
            p->parts.items[i]->binding->is_part = true;
    }
}

static void say_refutable(Checker *c, const Pattern *p)
{
    if (p->kind == PATTERN_CASE && !p->parts.count && p->name.name.len) {
        Diag *d = diag_error(c->m->diags, F0320, p->span,
                             "`%.*s` begins with a capital letter, which a name here does not",
                             STR_ARG(p->name.name));
        diag_help(d, "capitals are for types, cases of enums, and constants at the top level");
        check_complain_once(c, p->name.name);
        return;
    }
    Diag *d = diag_error(c->m->diags, F0320, p->span, "this pattern may not fit");
    diag_help(d, "here stands a name, or names in parentheses: `(a, b)`");
}

void check_pattern(Checker *c, Pattern *p, const Type *type, bool is_mutable)
{
    if (!p)
        return;
    p->type = type;
    switch (p->kind) {
    case PATTERN_NAME:
        p->binding = check_declare(c, p->name, type, is_mutable);
        break;
    case PATTERN_TUPLE:
        pattern_tuple(c, p, type, is_mutable);
        break;
    case PATTERN_LITERAL: case PATTERN_CASE: case PATTERN_OR:
        say_refutable(c, p);
        break;
    case PATTERN_WILDCARD: case PATTERN_ERROR:
        break;
    }
}

/* Counting loops need not look at their number. */
static void use_pattern(const Pattern *p)
{
    if (p->binding)
        p->binding->is_used = p->binding->is_loop = true;
    for (size_t i = 0; i < p->parts.count; i++)
        use_pattern(p->parts.items[i]);
}

/* ---- let and var ----------------------------------------------------------------- */

static const Type *declared_value(Checker *c, Stmt *s)
{
    if (s->declared) {
        const Type *type = check_type(c, s->declared);
        check_as(c, s->value, type);
        return type;
    }
    c->bound = s;
    const Type *t = check_expr(c, s->value, NULL);
    if (!check_has_any(c, s->value, t) || t->kind == TYPE_NEVER)
        return c->error;
    return t;
}

static void check_let(Checker *c, Stmt *s)
{
    const Type *t = s->value ? declared_value(c, s) : c->error;
    check_pattern(c, s->pattern, t, s->kind == STMT_VAR);
}

/* ---- keep ------------------------------------------------------------------------ */

static Artifact *kept_artifact(Checker *c, Str name)
{
    for (size_t i = 0; i < c->step->keeps.len; i++) {
        if (str_eq(c->step->keeps.items[i].name.name, name))
            return c->step->keeps.items[i].artifact;
    }
    return NULL;
}

/* What a value of the artifact is called in the step: without the `?` that @catch adds. */
static const Type *type_in_step(const Checker *c, const Artifact *a)
{
    if (!a->type || type_is_error(a->type))
        return NULL;
    return c->step->has_catch && c->is_caught[a->index] && a->type->kind == TYPE_OPTION
               ? a->type->item
               : a->type;
}

static bool can_be_artifact(Checker *c, Ident name, const Type *t)
{
    if (type_is_error(t))
        return false;
    if (type_can_be_kept(t)) {
        check_use_whole(c, t);
        return true;
    }
    if (check_say_secret(c, name.span, t, SECRET_KEPT))
        return false;
    Diag *d = diag_error(c->m->diags, F0314, name.span,
                         "`%.*s` holds a function, so it cannot be stored", STR_ARG(name.name));
    if (!type_has_error(t))
        diag_label(d, "`%.*s`", STR_ARG(t->name));
    diag_help(d, "keep what the function needs, and make the function where it is called");
    return false;
}

/* Holds the type of a value against that of the artifact; gives the type within the step. */
static const Type *set_artifact_type(Checker *c, Ident name, Artifact *a, const Type *own)
{
    if (!can_be_artifact(c, name, own)) {
        if (!a->type)
            a->type = a->own_type = c->error;
        return own;
    }
    if (!a->type || type_is_error(a->type)) {
        a->own_type = own;
        a->type = c->is_caught[a->index] ? type_option(c->types, own) : own;
        a->span = name.span;
        return type_in_step(c, a);
    }
    const Type *known = type_in_step(c, a);
    if (type_assignable(own, known))
        return known;
    Diag *d = diag_error(c->m->diags, F0306, name.span,
                         "`%.*s` is `%.*s` here, but an artifact has one type in the whole flow",
                         STR_ARG(name.name), STR_ARG(own->name));
    diag_label(d, "`%.*s`", STR_ARG(own->name));
    diag_note(d, a->span, "it is first kept here, as `%.*s`", STR_ARG(known->name));
    if (known->kind == TYPE_INT && own->kind == TYPE_FLOAT)
        diag_help(d, "make the first one a float, as in `2.0`, or keep one under another name");
    else
        diag_help(d, "keep one of them under another name");
    return known;
}

/* Keeps stand among the locals, so that they are found by name from here on. */
static Binding *bind_keep(Checker *c, Ident name, const Type *own)
{
    Artifact *a = kept_artifact(c, name.name);
    bool is_again = false; /* a second keep of the name in this step, which was reported */
    for (size_t i = 0; i < c->locals.len; i++)
        is_again |= c->locals.items[i]->kind == BINDING_KEEP && c->locals.items[i]->artifact == a;
    size_t messages = c->m->diags->items.len;
    if (!is_again)
        check_hiding(c, name, "the artifact", true);
    bool is_hiding = c->m->diags->items.len > messages;
    Binding *b = arena_new(c->arena, Binding);
    *b = (Binding){.kind = BINDING_KEEP, .name = name.name, .span = name.span, .type = own,
                   .is_mutable = true, .artifact = a};
    if (a)
        b->type = set_artifact_type(c, name, a, own);
    if (is_hiding)
        b->type = c->error; /* nobody knows which of the two is meant from here on */
    for (uint32_t i = 0; i < c->step->keeps.len; i++) {
        if (str_eq(c->step->keeps.items[i].name.name, name.name))
            b->slot = i;
    }
    vec_push(c->arena, &c->locals, b);
    return b;
}

static void keep_parts(Checker *c, Pattern *p, const Type *type)
{
    p->type = type;
    if (p->kind == PATTERN_NAME) {
        p->binding = bind_keep(c, p->name, type);
        p->type = p->binding->type;
        return;
    }
    if (p->kind != PATTERN_TUPLE) {
        if (p->kind != PATTERN_WILDCARD)
            check_pattern(c, p, type, true);
        return;
    }
    bool fits = type->kind == TYPE_TUPLE && type->fields.count == p->parts.count;
    if (!fits && !type_is_error(type))
        diag_error(c->m->diags, F0320, p->span, "this takes %zu parts, but the value is `%.*s`",
                   p->parts.count, STR_ARG(type->name));
    for (size_t i = 0; i < p->parts.count; i++)
        keep_parts(c, p->parts.items[i], fits ? type->fields.items[i].type : c->error);
}

static void take_over(Checker *c, Stmt *s)
{
    Ident name = s->pattern->name;
    const Type *own = c->error;
    const Sight *sight = check_sure_sight(c, name);
    if (sight && c->step->has_catch) {
        Diag *d = diag_error(c->m->diags, F0306, s->span,
                             "a step under `@catch` cannot take `%.*s` over as it is",
                             STR_ARG(name.name));
        diag_note(d, sight->artifact->span, "it may be none, since a caught task leaves none");
        diag_help(d, "begin with a value: `keep %.*s = %.*s ?? …`", STR_ARG(name.name),
                  STR_ARG(name.name));
    } else if (sight && sight->artifact->type) {
        check_slot(c, sight);
        own = sight->artifact->type;
    }
    s->pattern->type = own;
    s->pattern->binding = bind_keep(c, name, own);
}

static Binding *find_plain_local(const Checker *c, Str name)
{
    for (size_t i = c->locals.len; i-- > 0;) {
        Binding *b = c->locals.items[i];
        if (b->kind == BINDING_LOCAL && str_eq(b->name, name))
            return b;
    }
    return NULL;
}

/* The `let` or `var` of the local at the top level of the step's body, or NULL. */
static const Stmt *binding_of(const Checker *c, const Binding *b)
{
    const Block *body = c->step->decl->block;
    for (size_t i = 0; body && i < body->stmts.count; i++) {
        const Stmt *s = body->stmts.items[i];
        bool is_plain = (s->kind == STMT_LET || s->kind == STMT_VAR) && s->pattern &&
                        s->pattern->kind == PATTERN_NAME;
        if (is_plain && span_eq(s->pattern->span, b->span))
            return s;
    }
    return NULL;
}

/* The statement with the newline and the blanks before it; empty where it is not alone there. */
static Span line_of(Checker *c, const Stmt *s)
{
    Str text = source_get(c->m->sources, s->span.source)->text;
    uint32_t start = s->span.start, end = s->span.end;
    while (start > 0 && (text.ptr[start - 1] == ' ' || text.ptr[start - 1] == '\t'))
        start--;
    bool begins = start > 0 && text.ptr[start - 1] == '\n';
    bool ends = end >= text.len || text.ptr[end] == '\n';
    return begins && ends ? (Span){s->span.source, start - 1, end} : (Span){0};
}

static void help_keep_local(Checker *c, Diag *d, const Stmt *s, const Stmt *first)
{
    Str name = s->pattern->name.name;
    Str text = span_text(c->m->sources, first->span);
    Str rest = str_slice(text, first->keyword_span.end - first->keyword_span.start, text.len);
    bool is_short = str_find(text, '\n') < 0;
    Str now = is_short ? str_printf(c->arena, "keep%.*s", STR_ARG(rest))
                       : str_printf(c->arena, "keep %.*s = …", STR_ARG(name));
    Str before = is_short ? text : span_text(c->m->sources, first->keyword_span);
    Str help = str_printf(c->arena,
                          "write `%.*s` instead of `%.*s`, and take this line away; or keep it "
                          "under another name: `keep my_%.*s = %.*s`",
                          STR_ARG(now), STR_ARG(before), STR_ARG(name), STR_ARG(name));
    Span line = line_of(c, s);
    if (!line.end) {
        diag_help(d, "%.*s", STR_ARG(help));
        return;
    }
    diag_fix(d, first->keyword_span, STR("keep"), "%.*s", STR_ARG(help));
    diag_fix(d, line, (Str){0}, "%.*s", STR_ARG(help));
}

/* `keep s`, or `keep s = s`, of a local; false where it is none. */
static bool say_keeps_local(Checker *c, Stmt *s)
{
    Ident name = s->pattern->name;
    Binding *local = find_plain_local(c, name.name);
    bool is_bare = !s->value || (s->value->kind == EXPR_NAME &&
                                 str_eq(s->value->name.name, name.name));
    if (!local || !is_bare || map_has(&c->step->sights, name.name))
        return false;
    local->is_used = true;
    Diag *d = diag_error(c->m->diags, F0204, name.span, "`%.*s` is a local here, so it is no "
                         "artifact", STR_ARG(name.name));
    diag_note(d, local->span, "it is bound here");
    const Stmt *first = binding_of(c, local);
    if (first)
        help_keep_local(c, d, s, first);
    else
        diag_help(d, "keep it under another name: `keep my_%.*s = %.*s`", STR_ARG(name.name),
                  STR_ARG(name.name));
    Artifact *a = kept_artifact(c, name.name);
    if (a && !type_is_error(local->type))
        set_artifact_type(c, name, a, local->type);
    return true;
}

static const Type *keep_value(Checker *c, Stmt *s)
{
    if (s->declared) {
        const Type *type = check_type(c, s->declared);
        check_as(c, s->value, type);
        return type;
    }
    const Artifact *a = s->pattern->kind == PATTERN_NAME ? kept_artifact(c, s->pattern->name.name)
                                                         : NULL;
    const Type *known = a ? type_in_step(c, a) : NULL;
    c->bound = s;
    const Type *t = check_expr(c, s->value, known);
    if (!check_has_any(c, s->value, t) || t->kind == TYPE_NEVER)
        return c->error;
    return t;
}

static void check_keep(Checker *c, Stmt *s)
{
    if (c->body != BODY_STEP) {
        Diag *d = diag_error(c->m->diags, F0209, s->keyword_span, "`keep` belongs to a step");
        diag_help(d, "write `let` or `var`, and give the value back as the function's result");
        if (s->value)
            check_expr(c, s->value, NULL);
        check_pattern(c, s->pattern, c->error, true);
        return;
    }
    if (!s->pattern || s->pattern->kind == PATTERN_ERROR) {
        if (s->value)
            check_expr(c, s->value, NULL);
        return;
    }
    if (s->pattern->kind == PATTERN_NAME && say_keeps_local(c, s))
        return;
    if (s->value)
        keep_parts(c, s->pattern, keep_value(c, s));
    else if (s->pattern->kind == PATTERN_NAME)
        take_over(c, s);
}

/* ---- assignment ------------------------------------------------------------------ */

static Binding *root_binding(const Expr *e)
{
    while (e->kind == EXPR_FIELD || e->kind == EXPR_INDEX)
        e = e->base;
    return e->kind == EXPR_NAME ? e->binding : NULL;
}

/* `x := 1`, which was reported, binds in other languages. */
static bool is_bound_elsewhere(Checker *c, const Expr *target)
{
    const Source *source = source_get(c->m->sources, target->span.source);
    Str rest = str_slice(source->text, target->span.end, source->text.len);
    return str_starts_with(str_trim(rest), STR(":="));
}

/* What of a value of this type cannot be assigned to one by one; NULL: all can. */
static const char *fixed_inside(const Type *t)
{
    switch (t->kind) {
    case TYPE_STRING: return "the characters of a string";
    case TYPE_BYTES: return "single bytes of a `bytes`";
    case TYPE_JSON: return "what is inside of a `json`";
    default: return NULL;
    }
}

static bool is_nowhere(Checker *c, const Expr *target)
{
    return target->kind == EXPR_NAME && !check_has_value(c, target->name.name) &&
           !map_has(&c->scope->values, target->name.name) &&
           !map_has(&c->m->kept_by_name, target->name.name);
}

/* Types the place; that it is assigned to does not count as a use. */
static const Type *check_target(Checker *c, Expr *target)
{
    if (is_nowhere(c, target)) {
        if (!check_complain_once(c, target->name.name) || is_bound_elsewhere(c, target))
            return c->error;
        Diag *d = diag_error(c->m->diags, F0202, target->span, "there is no variable `%.*s` here",
                             STR_ARG(target->name.name));
        Str name = target->name.name;
        if (c->step && say_local_elsewhere(c->m, c->step, d, name))
            return c->error;
        if (c->body == BODY_STEP && !c->closure)
            diag_help(d,
                      "to make one: `var %.*s = …`; if later steps are to see it, `keep %.*s = …`",
                      STR_ARG(name), STR_ARG(name));
        else
            diag_help(d, "to make one: `var %.*s = …`", STR_ARG(name));
        return c->error;
    }
    VEC(Binding *) used = {0};
    for (size_t i = 0; i < c->locals.len; i++) {
        if (!c->locals.items[i]->is_used)
            vec_push(c->arena, &used, c->locals.items[i]);
    }
    const Type *t = check_expr(c, target, NULL);
    Binding *root = root_binding(target);
    for (size_t i = 0; i < used.len; i++) {
        if (used.items[i] == root)
            root->is_used = false;
    }
    if (!check_place(c, target)) {
        if (root)
            root->is_used = true; /* what it was to be for was said */
        return c->error;
    }
    const Expr *base = target->kind == EXPR_INDEX ? target->base : NULL;
    bool is_slice = base && target->args.count == 1 &&
                    target->args.items[0].value->kind == EXPR_RANGE;
    const char *fixed = base && base->type ? fixed_inside(base->type) : NULL;
    if (is_slice || fixed) {
        Diag *d = diag_error(c->m->diags, F0308, target->span, "%s cannot %s",
                             is_slice ? "a slice" : fixed,
                             is_slice ? "be assigned to" : "be changed");
        diag_help(d, is_slice ? "assign to its items one by one" : "make a new %.*s",
                  STR_ARG(base->type->name));
        return c->error;
    }
    return t;
}

static bool is_in_map(const Expr *target)
{
    return target->kind == EXPR_INDEX && target->base->type->kind == TYPE_MAP;
}

/* `x = 1` without a variable `x` was reported: from here on it is one, so that the rest can be
 * held against its type. */
static void declare_missing(Checker *c, const Stmt *s)
{
    const Type *t = s->value->type;
    if (t && t->kind != TYPE_UNIT && t->kind != TYPE_NEVER)
        check_declare(c, s->target->name, t, true)->is_used = true;
}

static void check_assign(Checker *c, Stmt *s)
{
    bool is_missing = is_nowhere(c, s->target);
    const Type *t = check_target(c, s->target);
    if (s->op == OP_NONE || s->op == OP_COALESCE) {
        if (type_is_error(t))
            check_expr(c, s->value, NULL);
        if (is_missing && s->op == OP_NONE)
            declare_missing(c, s);
        else if (!type_is_error(t))
            check_as(c, s->value, t);
        if (s->op == OP_NONE || type_is_error(t) || t->kind == TYPE_OPTION || is_in_map(s->target))
            return;
        Diag *d = diag_error(c->m->diags, F0320, s->target->span,
                             "this is never none: it is `%.*s`", STR_ARG(t->name));
        diag_help(d,
                  "`?" "?=` sets what may be none, of type `%.*s?`, or what a map does not have "
                  "yet", STR_ARG(t->name));
        return;
    }
    check_expr(c, s->value, check_needs_want(c, s->value) ? t : NULL);
    if (type_is_error(t) || type_is_error(s->value->type))
        return;
    const Type *result = check_operator(c, s->op, s->span, s->target, s->value);
    if (result && !type_assignable(result, t)) {
        Diag *d = diag_error(c->m->diags, F0301, s->span,
                             "`%s` gives `%.*s` here, but the variable is `%.*s`", op_text(s->op),
                             STR_ARG(result->name), STR_ARG(t->name));
        if (s->op == OP_FDIV && t->kind == TYPE_INT)
            diag_help(d, "`div` divides ints, and rounds down");
        else if (t->kind == TYPE_INT)
            diag_help(d, "make it a float: `var x = 0.0`");
    }
}

/* ---- loops ----------------------------------------------------------------------- */

static const Type *item_of_loop(Checker *c, const Expr *e, const Type *t, const Pattern *p)
{
    if (t->kind == TYPE_LIST)
        return t->item;
    if (t->kind == TYPE_MAP) {
        TypeField parts[2] = {{.type = t->key}, {.type = t->item}};
        if (p && p->kind == PATTERN_NAME) {
            Diag *d = diag_error(c->m->diags, F0320, p->span,
                                 "a map is gone over by key and value");
            diag_help(d, "write `for (key, value) in …`, or go over its `.keys()`");
            return c->error;
        }
        return type_tuple(c->types, parts, 2);
    }
    if (!check_has_any(c, e, t))
        return c->error;
    Diag *d = diag_error(c->m->diags, F0319, e->span, "`for` cannot go over `%.*s`",
                         STR_ARG(t->name));
    diag_label(d, "`%.*s`", STR_ARG(t->name));
    Str text = span_text(c->m->sources, e->span);
    if (t->kind == TYPE_INT && text.len < 30)
        diag_fix(d, (Span){e->span.source, e->span.start, e->span.start}, STR("0.."),
                 "to count: `0..%.*s`", STR_ARG(text));
    else if (t->kind == TYPE_STRING)
        diag_help(d, "take it apart first: `.chars()`, `.words()`, `.lines()` or `.split(\",\")`");
    else if (t->kind == TYPE_JSON)
        diag_help(d, "say what it is: `%.*s.list()`, or `.map()`", STR_ARG(text));
    else if (t->kind == TYPE_OPTION)
        diag_help(d, "it may be none: open it first, as with `?? []`");
    else
        diag_help(d, "it goes over lists, maps and ranges");
    return c->error;
}

static void check_loop_block(Checker *c, Block *b)
{
    c->loops++;
    check_block(c, b, false, NULL);
    c->loops--;
}

/* A number that stands there, with its sign. */
static bool read_int(const Expr *e, int64_t *out)
{
    bool is_minus = e && e->kind == EXPR_UNARY && e->op == OP_NEG;
    const Expr *number = is_minus ? e->left : e;
    if (!number || number->kind != EXPR_INT || (is_minus && number->int_value == INT64_MIN))
        return false;
    *out = is_minus ? -number->int_value : number->int_value;
    return true;
}

static void warn_never_turns(Checker *c, const Expr *range)
{
    int64_t from, to;
    if (range->kind != EXPR_RANGE || !read_int(range->left, &from) || !read_int(range->right, &to))
        return;
    if (from < to || (range->is_closed && from == to))
        return;
    Diag *d = diag_warning(c->m->diags, F0265, range->span, "this loop never turns");
    if (from == to) {
        diag_label(d, "its end is no part of a range");
        diag_help(d, "with its end the range is `%" PRId64 "..=%" PRId64 "`", from, to);
        return;
    }
    diag_label(d, "from %" PRId64 " there is no way up to %" PRId64, from, to);
    diag_help(d, "downwards it is `(%" PRId64 "..=%" PRId64 ").reversed()`",
                  range->is_closed ? to : to + 1, from);
}

static void check_for(Checker *c, Stmt *s)
{
    const Type *t = check_expr(c, s->value, NULL);
    warn_never_turns(c, s->value);
    const Type *item = item_of_loop(c, s->value, t, s->pattern);
    size_t mark = check_open_scope(c);
    check_pattern(c, s->pattern, item, false);
    if (s->pattern)
        use_pattern(s->pattern);
    check_loop_block(c, s->block);
    check_close_scope(c, mark);
}

static void check_while(Checker *c, Stmt *s)
{
    size_t mark = check_open_scope(c);
    if (s->pattern && check_is_refutable(s->pattern)) {
        const Type *t = check_expr(c, s->value, NULL);
        check_fitting_pattern(c, s->pattern, check_has_any(c, s->value, t) ? t : c->error);
    } else if (s->pattern) {
        const Type *t = check_expr(c, s->value, NULL);
        if (t->kind != TYPE_OPTION && !type_is_error(t))
            diag_error(c->m->diags, F0320, s->value->span,
                       "`while let` opens what may be none, but this is `%.*s`", STR_ARG(t->name));
        check_pattern(c, s->pattern, t->kind == TYPE_OPTION ? t->item : c->error, false);
    } else {
        check_condition(c, s->value);
    }
    check_loop_block(c, s->block);
    check_close_scope(c, mark);
}

static void check_leave_loop(Checker *c, const Stmt *s)
{
    if (c->loops)
        return;
    diag_error(c->m->diags, F0267, s->span, "`%s` stands in a loop, and this is none",
               s->kind == STMT_BREAK ? "break" : "continue");
}

/* ---- leaving --------------------------------------------------------------------- */

static void check_return_value(Checker *c, Stmt *s, const Type *want)
{
    if (!s->value && want && want->kind != TYPE_UNIT && !type_is_error(want)) {
        Diag *d = diag_error(c->m->diags, F0324, s->span, "this `return` gives nothing back");
        diag_label(d, "`%.*s` is wanted", STR_ARG(want->name));
    } else if (s->value && want && want->kind == TYPE_UNIT) {
        Diag *d = diag_error(c->m->diags, F0324, s->value->span,
                             "this function gives nothing back");
        diag_help(d, "say what it gives after its parameters: `-> TYPE`");
        check_expr(c, s->value, NULL);
    } else if (s->value && want) {
        check_as(c, s->value, want);
    } else if (s->value) {
        check_expr(c, s->value, NULL);
    }
}

static void check_return(Checker *c, Stmt *s)
{
    if (c->closure) {
        bool is_first = !c->closure->result && s->value;
        check_return_value(c, s, c->closure->result);
        if (is_first)
            c->closure->result = s->value->type;
        return;
    }
    if (c->body == BODY_FN) {
        check_return_value(c, s, c->result);
        return;
    }
    if (s->value)
        check_expr(c, s->value, NULL);
    Diag *d = diag_error(c->m->diags, F0268, s->span,
                         "`return` leaves a function; a step leaves by `next`");
    diag_help(d, "keep the value, and write `next` with the step that comes after");
}

static void say_item_unfit(Checker *c, const Expr *list, const Param *p, const Type *want,
                           const Type *found)
{
    Diag *d = diag_error(c->m->diags, F0313, list->span,
                         "the item `%.*s` is `%.*s`, but the list holds `%.*s`",
                         STR_ARG(p->name.name), STR_ARG(want->name), STR_ARG(found->name));
    diag_label(d, "`%.*s`", STR_ARG(list->type->name));
    diag_note(d, p->name.span, "the item is declared here");
}

static void check_items_fit(Checker *c, const Expr *list, const StepModel *target,
                            const Type *item)
{
    const ParamList *items = &target->decl->params;
    if (items->count == 1) {
        const Type *want = items->items[0].binding->artifact->type;
        if (want && !type_same(item, want))
            say_item_unfit(c, list, &items->items[0], want, item);
        return;
    }
    if (item->kind != TYPE_TUPLE || item->fields.count != items->count) {
        Diag *d = diag_error(c->m->diags, F0313, list->span,
                             "`%.*s` has %zu items, but the list holds `%.*s`",
                             STR_ARG(target->name), items->count, STR_ARG(item->name));
        diag_note(d, target->decl->name.span, "it is declared here");
        diag_help(d, "give it a list of tuples with %zu parts", items->count);
        return;
    }
    for (size_t i = 0; i < items->count; i++) {
        const Type *want = items->items[i].binding->artifact->type;
        if (want && !type_same(item->fields.items[i].type, want))
            say_item_unfit(c, list, &items->items[i], want, item->fields.items[i].type);
    }
}

/* What the list must hold for the target's items. */
static const Type *wanted_list(Checker *c, const StepModel *target)
{
    const ParamList *items = &target->decl->params;
    TypeField *fields = arena_new_array(c->arena, TypeField, items->count + 1);
    for (size_t i = 0; i < items->count; i++) {
        fields[i].type = items->items[i].binding->artifact->type;
        if (!fields[i].type || type_is_error(fields[i].type))
            return NULL;
    }
    return type_list(c->types, items->count == 1
                                   ? fields[0].type
                                   : type_tuple(c->types, fields, items->count));
}

/* What the step sees, or keeps itself, under the name of an item of its foreach. */
static const Artifact *hidden_by_item(Checker *c, Str name)
{
    const Artifact *own = kept_artifact(c, name);
    if (own)
        return own;
    const Sight *s = map_get(&c->step->sights, name);
    return s && s->artifact->kind != ARTIFACT_PARAM ? s->artifact : NULL;
}

/* An item is seen by all steps down to the join, so it hides nothing that is in sight. */
static void check_items_hide(Checker *c, const StepModel *target)
{
    for (size_t i = 0; i < target->decl->params.count; i++) {
        const Param *p = &target->decl->params.items[i];
        const Artifact *hidden = hidden_by_item(c, p->name.name);
        if (!hidden || hidden == p->binding->artifact)
            continue;
        Diag *d = diag_error(c->m->diags, F0205, p->name.span,
                             "the item `%.*s` hides the artifact of that name",
                             STR_ARG(p->name.name));
        diag_note(d, hidden->span, "the other `%.*s`", STR_ARG(p->name.name));
        diag_help(d, "give one of them another name");
    }
}

/* Says of each message about the list's items what they were held against. */
static void note_items(Checker *c, size_t first, const StepModel *target)
{
    for (size_t i = first; i < c->m->diags->items.len; i++) {
        Diag *d = c->m->diags->items.items[i];
        if (d->code == F0301)
            diag_note(d, target->decl->name.span, "the items of `%.*s` are declared here",
                      STR_ARG(target->name));
    }
}

static void check_next(Checker *c, Stmt *s)
{
    if (c->body != BODY_STEP) {
        Diag *d = diag_error(c->m->diags, F0252, s->keyword_span, "only a step leaves by `next`");
        if (c->body == BODY_FN)
            diag_help(d, "a function leaves by `return`, or with the value of its last line");
        if (s->value)
            check_expr(c, s->value, NULL);
        return;
    }
    if (!s->value)
        return;
    const StepModel *target = s->targets.count == 1
                                  ? map_get(&c->m->steps_by_name, s->targets.items[0].name)
                                  : NULL;
    bool is_entry = target && target->decl->kind == DECL_STEP && target->decl->params.count;
    size_t messages = c->m->diags->items.len;
    const Type *t = check_expr(c, s->value, is_entry ? wanted_list(c, target) : NULL);
    Binding *whole = root_binding(s->value);
    if (whole && whole->artifact && whole->kind == BINDING_KEEP)
        whole->artifact->is_read = true; /* its tasks are what it was kept for */
    if (is_entry)
        note_items(c, messages, target);
    if (!check_has_any(c, s->value, t))
        return;
    if (t->kind != TYPE_LIST) {
        Diag *d = diag_error(c->m->diags, F0312, s->value->span,
                             "`foreach` goes over a list, but this is `%.*s`", STR_ARG(t->name));
        diag_label(d, "`%.*s`", STR_ARG(t->name));
        Str text = span_text(c->m->sources, s->value->span);
        if (t->kind == TYPE_INT && text.len < 30)
            diag_fix(d, (Span){s->value->span.source, s->value->span.start, s->value->span.start},
                     STR("0.."), "to count: `0..%.*s`", STR_ARG(text));
        else if (t->kind == TYPE_MAP)
            diag_help(d, "go over its `.keys()` or its `.values()`");
        return;
    }
    if (!is_entry)
        return;
    check_use_whole(c, t->item);
    check_items_fit(c, s->value, target, t->item);
    check_items_hide(c, target);
}

/* ---- the whole ------------------------------------------------------------------- */

static void check_stmt(Checker *c, Stmt *s)
{
    switch (s->kind) {
    case STMT_ERROR: check_forgive_names(c, s->span); break;
    case STMT_EXPR: check_dropped(c, s->value); break;
    case STMT_LET: case STMT_VAR: check_let(c, s); break;
    case STMT_KEEP: check_keep(c, s); break;
    case STMT_ASSIGN: check_assign(c, s); break;
    case STMT_FOR: check_for(c, s); break;
    case STMT_WHILE: check_while(c, s); break;
    case STMT_BREAK: case STMT_CONTINUE: check_leave_loop(c, s); break;
    case STMT_RETURN: check_return(c, s); break;
    case STMT_FAIL: check_as(c, s->value, c->string); break;
    case STMT_NEXT: check_next(c, s); break;
    case STMT_CHECKPOINT: check_unsupported(c, s->span, "`checkpoint`"); break;
    case STMT_ASSERT: check_condition(c, s->value); break;
    }
}

/* The value that a statement ends in, which something behind it may have been meant to divide. */
static const Expr *value_at_end(const Stmt *s)
{
    switch (s->kind) {
    case STMT_LET: case STMT_VAR: case STMT_KEEP: case STMT_ASSIGN: case STMT_RETURN:
        return s->value;
    default: return NULL;
    }
}

static void warn_dead(Checker *c, const Stmt *left, const Stmt *dead)
{
    Diag *d = diag_warning(c->m->diags, F0265, dead->span, "this can never run");
    diag_note(d, left->span, "every way leaves here");
}

static const Type *check_last(Checker *c, Stmt *s, const Type *want)
{
    return want ? check_as(c, s->value, want) : check_expr(c, s->value, NULL);
}

/* The same behind what leaves: what gives nothing is fine there. */
static const Type *check_dead_last(Checker *c, Stmt *s, const Type *want)
{
    const Type *t = check_expr(c, s->value, want);
    bool fits = !want || t->kind == TYPE_UNIT || type_assignable(t, want);
    if (!fits)
        check_mismatch(c, s->value, t, want);
    return t;
}

/* What could not be read may be what gives the value. */
static bool has_unread(const Block *b)
{
    for (size_t i = 0; i < b->stmts.count; i++) {
        if (b->stmts.items[i]->kind == STMT_ERROR)
            return true;
    }
    return false;
}

static const Type *value_of_block(Checker *c, const Block *b, const Type *last, const Type *want)
{
    if (!block_falls(b))
        return c->never;
    if (last)
        return last;
    if (!want || want->kind == TYPE_UNIT)
        return c->unit;
    if (has_unread(b) || type_is_error(want))
        return c->error;
    Diag *d = diag_error(c->m->diags, F0325, block_falls_at(b),
                         "a value is wanted here, and this way gives none");
    diag_label(d, "`%.*s` is wanted", STR_ARG(want->name));
    return c->error;
}

const Type *check_block(Checker *c, Block *b, bool has_value, const Type *want)
{
    if (!b)
        return c->error;
    size_t mark = check_open_scope(c);
    const Type *last = NULL;
    const Stmt *left = NULL;
    bool may_warn = c->body != BODY_STEP || c->closure; /* steps' bodies were gone through */
    for (size_t i = 0; i < b->stmts.count; i++) {
        Stmt *s = b->stmts.items[i];
        if (left && may_warn) {
            warn_dead(c, left, s);
            may_warn = false;
        }
        bool is_last = i + 1 == b->stmts.count;
        bool is_value = has_value && is_last && s->kind == STMT_EXPR && s->value;
        const Type *wanted = want && want->kind != TYPE_UNIT ? want : NULL;
        if (is_value && left)
            last = check_dead_last(c, s, wanted);
        else if (is_value)
            last = check_last(c, s, wanted);
        else
            check_stmt(c, s);
        check_meant_division(c, s->span, is_value ? s->value : value_at_end(s));
        if (!stmt_falls(s))
            left = s;
    }
    check_close_scope(c, mark);
    b->type = has_value ? value_of_block(c, b, last, want) : c->unit;
    return b->type;
}
