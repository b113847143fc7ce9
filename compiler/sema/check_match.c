/* SPDX-License-Identifier: Apache-2.0 */
/* `match`, patterns that may not fit, and the cases of enums.  Whether the arms cover everything is
 * decided in cover.c. */
#include "sema/check_match.h"
#include "sema/check_generic.h"

/* ---- cases ----------------------------------------------------------------------- */

static const Type *strip_option(const Type *t)
{
    while (t && t->kind == TYPE_OPTION)
        t = t->item;
    return t;
}

bool check_has_case(const Decl *decl, Str name, uint32_t *index)
{
    for (uint32_t i = 0; i < decl->cases.count; i++) {
        if (str_eq(decl->cases.items[i].name.name, name)) {
            *index = i;
            return true;
        }
    }
    return false;
}

Decl *check_find_case(Checker *c, Str name, const Type *want, uint32_t *index)
{
    const Type *plain = strip_option(want);
    if (plain && plain->kind == TYPE_ENUM && check_has_case(plain->decl, name, index))
        return plain->generic ? plain->generic : plain->decl;
    return check_find_case_in(c->scope, name, index);
}

Decl *check_find_case_in(const FileScope *scope, Str name, uint32_t *index)
{
    Decl *decl = map_get(&scope->cases, name);
    if (decl)
        check_has_case(decl, name, index);
    return decl;
}

Decl *check_find_enum(Checker *c, const Expr *base)
{
    if (base->kind != EXPR_NAME || check_has_value(c, base->name.name))
        return NULL;
    Decl *decl = map_get(&c->scope->types, base->name.name);
    return decl && decl->kind == DECL_ENUM ? decl : NULL;
}

bool check_case_of(Checker *c, const Decl *decl, Ident name, uint32_t *index)
{
    if (check_has_case(decl, name.name, index))
        return true;
    Diag *d = diag_error(c->m->diags, F0202, name.span, "`%.*s` has no case `%.*s`",
                         STR_ARG(decl->name.name), STR_ARG(name.name));
    Suggest s;
    suggest_init(&s, name.name);
    for (size_t i = 0; i < decl->cases.count; i++)
        suggest_offer(&s, decl->cases.items[i].name.name, NULL);
    if (s.found)
        diag_fix(d, name.span, s.best, "did you mean `%.*s`?", STR_ARG(s.best));
    return false;
}

const Type *check_case_alone(Checker *c, Expr *e, Decl *decl, uint32_t index, const Type *want)
{
    const EnumCase *one = &decl->cases.items[index];
    decl->is_used = true;
    e->ref = REF_CASE;
    e->decl = decl;
    e->field = index;
    if (!one->params.count)
        return decl->generics.count ? check_case_made(c, e, decl, want) : decl->checked_type;
    Diag *d = diag_error(c->m->diags, F0310, e->span, "`%.*s` carries values: call it",
                         STR_ARG(one->name.name));
    diag_note(d, one->name.span, "it is declared here");
    diag_help(d, "write `%.*s(…)`", STR_ARG(one->name.name));
    return c->error;
}

/* ---- patterns -------------------------------------------------------------------- */

typedef VEC(Binding *) BindingVec;

typedef struct Reader {
    Checker *c;
    BindingVec *shared; /* what the first alternative of `|` binds; NULL: names are declared */
    BindingVec *made;   /* what was bound, in order */
} Reader;

static void read_pattern(Reader *r, Pattern *p, const Type *type);

static void read_parts(Reader *r, Pattern *p, const Type *tuple)
{
    for (size_t i = 0; i < p->parts.count; i++) {
        const Type *part = tuple && i < tuple->fields.count ? tuple->fields.items[i].type
                                                            : r->c->error;
        read_pattern(r, p->parts.items[i], part);
    }
}

static void say_part_count(Reader *r, const Pattern *p, size_t count)
{
    Diag *d = diag_error(r->c->m->diags, F0320, p->span,
                         "`%.*s` carries %zu value%s, but the pattern takes %zu",
                         STR_ARG(p->name.name), count, count == 1 ? "" : "s", p->parts.count);
    if (!p->parts.count)
        diag_help(d, "to look away from what it carries: `%.*s(%s)`", STR_ARG(p->name.name),
                  count == 1 ? "_" : count == 2 ? "_, _" : "_, _, …");
}

static void say_wrong_pattern(Reader *r, const Pattern *p, const Type *type)
{
    Diag *d = diag_error(r->c->m->diags, F0320, p->span,
                         "this pattern cannot fit: the value is `%.*s`", STR_ARG(type->name));
    diag_label(d, "`%.*s`", STR_ARG(type->name));
    if (type->kind == TYPE_STRING && p->kind == PATTERN_CASE && !p->parts.count)
        diag_fix(d, p->span, str_printf(r->c->arena, "\"%.*s\"", STR_ARG(p->name.name)),
                 "a text is matched by `\"%.*s\"`", STR_ARG(p->name.name));
}

static void read_enum_case(Reader *r, Pattern *p, const Type *type)
{
    const Type *values = NULL;
    if (check_case_of(r->c, type->decl, p->name, &p->index)) {
        values = type->fields.items[p->index].type;
        size_t count = values->kind == TYPE_TUPLE ? values->fields.count : 0;
        if (type_is_error(values))
            values = NULL;
        else if (count != p->parts.count && !type->decl->is_broken)
            say_part_count(r, p, count);
    } else {
        p->kind = PATTERN_ERROR;
    }
    read_parts(r, p, values && values->kind == TYPE_TUPLE ? values : NULL);
}

static bool names_option(const Pattern *p)
{
    return p->kind == PATTERN_CASE &&
           (str_is(p->name.name, "some") || str_is(p->name.name, "none"));
}

/* What fits a value fits what may be one: `Circle(r)` is `some(Circle(r))` of a `Shape?`. */
static void open_option(Reader *r, Pattern *p)
{
    Pattern *inner = arena_new(r->c->arena, Pattern);
    Pattern **parts = arena_new_array(r->c->arena, Pattern *, 1);
    *inner = *p;
    parts[0] = inner;
    *p = (Pattern){.kind = PATTERN_CASE, .span = inner->span, .type = inner->type,
                   .name = {STR("some"), inner->span}};
    p->parts.items = parts;
    p->parts.count = 1;
}

static void read_option(Reader *r, Pattern *p, const Type *type)
{
    bool is_some = str_is(p->name.name, "some");
    if (p->parts.count != (is_some ? 1u : 0u)) {
        say_part_count(r, p, is_some ? 1 : 0);
        p->kind = PATTERN_ERROR;
    }
    for (size_t i = 0; i < p->parts.count; i++)
        read_pattern(r, p->parts.items[i], is_some ? type->item : r->c->error);
}

static void read_case(Reader *r, Pattern *p, const Type *type)
{
    if (type->kind == TYPE_ENUM) {
        read_enum_case(r, p, type);
    } else if (type->kind == TYPE_OPTION) {
        read_option(r, p, type);
    } else if (type->kind == TYPE_STRUCT && str_eq(type->decl->name.name, p->name.name)) {
        if (p->parts.count != type->fields.count)
            say_part_count(r, p, type->fields.count);
        read_parts(r, p, type);
    } else {
        if (!type_is_error(type))
            say_wrong_pattern(r, p, type);
        p->kind = PATTERN_ERROR;
        read_parts(r, p, NULL);
    }
}

static void read_name(Reader *r, Pattern *p, const Type *type)
{
    Checker *c = r->c;
    for (size_t i = 0; r->shared && i < r->shared->len; i++) {
        Binding *b = r->shared->items[i];
        if (!str_eq(b->name, p->name.name))
            continue;
        p->binding = b;
        vec_push(c->arena, r->made, b);
        if (!type_same(b->type, type))
            diag_error(c->m->diags, F0320, p->span,
                       "`%.*s` is `%.*s` here, and `%.*s` before the `|`", STR_ARG(b->name),
                       STR_ARG(type->name), STR_ARG(b->type->name));
        return;
    }
    if (r->shared) {
        Diag *d = diag_error(c->m->diags, F0320, p->span,
                             "`%.*s` is not bound by the pattern before the `|`",
                             STR_ARG(p->name.name));
        diag_help(d, "both sides bind the same names");
        return;
    }
    p->binding = check_declare(c, p->name, type, false);
    p->binding->is_part = true;
    p->binding->is_shared = r->made != NULL;
    if (r->made)
        vec_push(c->arena, r->made, p->binding);
}

/* The first alternative declares the names, the others bind the same ones. */
static void read_or(Reader *r, Pattern *p, const Type *type)
{
    BindingVec first = {0};
    Reader head = {r->c, r->shared, &first};
    read_pattern(&head, p->parts.items[0], type);
    for (size_t i = 1; i < p->parts.count; i++) {
        BindingVec made = {0};
        Reader rest = {r->c, &first, &made};
        read_pattern(&rest, p->parts.items[i], type);
        if (made.len < first.len)
            diag_error(r->c->m->diags, F0320, p->parts.items[i]->span,
                       "this does not bind `%.*s`, as the pattern before the `|` does",
                       STR_ARG(first.items[made.len]->name));
    }
    for (size_t i = 0; r->made && i < first.len; i++)
        vec_push(r->c->arena, r->made, first.items[i]);
}

static void read_literal(Reader *r, Pattern *p, const Type *type)
{
    for (size_t i = 0; i < p->literal->parts.count; i++) {
        if (!p->literal->parts.items[i].value)
            continue;
        diag_error(r->c->m->diags, F0320, p->span, "a pattern is known beforehand: no `{ }` in it");
        p->kind = PATTERN_ERROR;
        return;
    }
    const Type *found = check_expr(r->c, p->literal, type);
    if (type_is_error(type) || type_same(found, type))
        return;
    say_wrong_pattern(r, p, type);
    p->kind = PATTERN_ERROR;
}

static void read_pattern(Reader *r, Pattern *p, const Type *type)
{
    p->type = type;
    bool is_whole = p->kind == PATTERN_CASE || p->kind == PATTERN_LITERAL ||
                    p->kind == PATTERN_TUPLE;
    if (type->kind == TYPE_OPTION && is_whole && !names_option(p))
        open_option(r, p);
    switch (p->kind) {
    case PATTERN_NAME: read_name(r, p, type); break;
    case PATTERN_LITERAL: read_literal(r, p, type); break;
    case PATTERN_CASE: read_case(r, p, type); break;
    case PATTERN_OR: read_or(r, p, type); break;
    case PATTERN_TUPLE:
        if (type->kind == TYPE_TUPLE && type->fields.count == p->parts.count) {
            read_parts(r, p, type);
            break;
        }
        if (!type_is_error(type))
            say_wrong_pattern(r, p, type);
        read_parts(r, p, NULL);
        p->kind = PATTERN_ERROR;
        break;
    case PATTERN_WILDCARD: case PATTERN_ERROR: break;
    }
}

void check_fitting_pattern(Checker *c, Pattern *p, const Type *type)
{
    Reader r = {c, NULL, NULL};
    if (p)
        read_pattern(&r, p, type);
}

bool check_is_refutable(const Pattern *p)
{
    return p && (p->kind == PATTERN_CASE || p->kind == PATTERN_LITERAL || p->kind == PATTERN_OR);
}

/* ---- match ----------------------------------------------------------------------- */

static bool ends_in_none(const Expr *e)
{
    if (e->kind == EXPR_NONE)
        return true;
    const Block *b = e->kind == EXPR_BLOCK || e->kind == EXPR_IF ? e->more->block : NULL;
    if (!b || !b->stmts.count)
        return false;
    const Stmt *last = b->stmts.items[b->stmts.count - 1];
    return last->kind == STMT_EXPR && last->value && ends_in_none(last->value);
}

static const Type *arm_value(Checker *c, MatchArm *arm, bool has_value, const Type *want)
{
    if (!has_value) {
        check_dropped(c, arm->value);
        return c->unit;
    }
    return want ? check_as(c, arm->value, want) : check_expr(c, arm->value, NULL);
}

static const Type *check_arm(Checker *c, MatchArm *arm, const Type *type, bool has_value,
                             const Type *want)
{
    size_t mark = check_open_scope(c);
    check_fitting_pattern(c, arm->pattern, type);
    if (arm->guard)
        check_condition(c, arm->guard);
    const Type *t = arm->value ? arm_value(c, arm, has_value, want) : c->error;
    check_close_scope(c, mark);
    return t;
}

static const Type *join_arms(Checker *c, const Expr *e, size_t i, const Type *common,
                             const Type *t)
{
    const Type *both = common ? check_common(c, common, t) : t;
    if (both)
        return both;
    Diag *d = diag_error(c->m->diags, F0301, e->more->arms.items[i].value->span,
                         "the arms of this `match` give different types");
    diag_label(d, "`%.*s`", STR_ARG(t->name));
    diag_note(d, e->more->arms.items[0].span, "the first ones give `%.*s`", STR_ARG(common->name));
    return c->error;
}

/* Where no type is wanted: the arms that say theirs go first. */
static const Type *arms_unled(Checker *c, Expr *e, const Type *type)
{
    const Type *common = NULL;
    for (size_t i = 0; i < e->more->arms.count; i++) {
        MatchArm *arm = &e->more->arms.items[i];
        if (!arm->value || !check_needs_want(c, arm->value))
            common = join_arms(c, e, i, common, check_arm(c, arm, type, true, NULL));
    }
    for (size_t i = 0; i < e->more->arms.count; i++) {
        MatchArm *arm = &e->more->arms.items[i];
        if (!arm->value || !check_needs_want(c, arm->value))
            continue;
        const Type *lead = common;
        if (lead && ends_in_none(arm->value) && lead->kind != TYPE_OPTION &&
            lead->kind != TYPE_NEVER && !type_is_error(lead))
            lead = type_option(c->types, lead);
        common = join_arms(c, e, i, common, check_arm(c, arm, type, true, lead));
    }
    return common ? common : c->never;
}

static const Type *arms_led(Checker *c, Expr *e, const Type *type, bool has_value,
                            const Type *want)
{
    bool is_left = true;
    for (size_t i = 0; i < e->more->arms.count; i++) {
        const Type *t = check_arm(c, &e->more->arms.items[i], type, has_value, want);
        is_left &= t->kind == TYPE_NEVER;
    }
    return !has_value ? c->unit : is_left ? c->never : want;
}

const Type *check_match(Checker *c, Expr *e, bool has_value, const Type *want)
{
    const Type *type = check_expr(c, e->more->condition, NULL);
    if (!check_has_any(c, e->more->condition, type))
        type = c->error;
    if (want && want->kind == TYPE_UNIT)
        want = NULL;
    const Type *result = has_value && !want ? arms_unled(c, e, type)
                                            : arms_led(c, e, type, has_value, want);
    if (!type_has_error(type) && !(type->kind == TYPE_ENUM && type->decl->is_broken))
        check_cover(c, e, type);
    return result;
}
