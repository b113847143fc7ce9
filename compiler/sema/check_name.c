/* SPDX-License-Identifier: Apache-2.0 */
/* Names in bodies.  A bare name is looked for among locals (with the step's own keeps and
 * inputs), then in what the step has in sight, then in the file, then among the built-in
 * functions.  A body complains about each name once. */
#include "sema/check.h"
#include "sema/ways.h"

/* ---- locals ---------------------------------------------------------------------- */

static Binding *find_local(const Checker *c, Str name, size_t *index)
{
    for (size_t i = c->locals.len; i-- > 0;) {
        if (str_eq(c->locals.items[i]->name, name)) {
            *index = i;
            return c->locals.items[i];
        }
    }
    return NULL;
}

static const char *binding_noun(const Binding *b)
{
    switch (b->kind) {
    case BINDING_LOCAL: return "the local";
    case BINDING_FN_PARAM: return "the parameter";
    case BINDING_KEEP: return "the artifact";
    case BINDING_INPUT: return "the input";
    default: return "the name";
    }
}

static const char *artifact_noun(const Artifact *a)
{
    switch (a->kind) {
    case ARTIFACT_ITEM: return "the item";
    case ARTIFACT_PARAM: return "the parameter";
    default: return "the artifact";
    }
}

static void say_hiding(Checker *c, Ident name, const char *what, const char *noun, Span other)
{
    Diag *d = diag_error(c->m->diags, F0205, name.span, "%s `%.*s` hides %s of that name", what,
                         STR_ARG(name.name), noun);
    diag_note(d, other, "%s is declared here", noun);
    diag_help(d, "give one of them another name");
}

static void hides_local(Checker *c, Ident name, const char *what, Binding *other, size_t index,
                        bool is_keep)
{
    other->is_used = true; /* what uses the name now finds the new one */
    if (index < c->block_base || other->kind != BINDING_LOCAL) {
        say_hiding(c, name, what, binding_noun(other), other->span);
        return;
    }
    Diag *d = diag_error(c->m->diags, F0204, name.span, "the name `%.*s` is given twice",
                         STR_ARG(name.name));
    diag_note(d, other->span, "it is given here already");
    Str text = name.name;
    if (is_keep)
        diag_help(d, "a local is no artifact: write `keep %.*s = …` there, or keep this under "
                     "another name: `keep my_%.*s = …`", STR_ARG(text), STR_ARG(text));
    else if (other->is_mutable)
        diag_help(d, "to change it, assign: `%.*s = …`", STR_ARG(name.name));
    else
        diag_help(d, "make the first one a `var` to change it, or give this one another name");
}

void check_hiding(Checker *c, Ident name, const char *what, bool is_keep)
{
    size_t index = 0;
    Binding *local = find_local(c, name.name, &index);
    if (local) {
        hides_local(c, name, what, local, index, is_keep);
        return;
    }
    const Sight *sight = c->body == BODY_STEP ? map_get(&c->step->sights, name.name) : NULL;
    bool is_next_value = is_keep && sight && sight->artifact->kind == ARTIFACT_KEPT;
    if (sight && sight->artifact->kind != ARTIFACT_PARAM && !is_next_value) {
        say_hiding(c, name, what, artifact_noun(sight->artifact), sight->artifact->span);
        return;
    }
    const Decl *decl = map_get(&c->scope->values, name.name);
    if (decl && !is_keep && (decl->kind != DECL_PARAM || c->body == BODY_STEP))
        say_hiding(c, name, what, decl_noun(decl), decl->name.span);
}

static Binding *add_local(Checker *c, Ident name, const Type *type)
{
    Binding *b = arena_new(c->arena, Binding);
    *b = (Binding){.kind = BINDING_LOCAL, .name = name.name, .span = name.span, .type = type};
    vec_push(c->arena, &c->locals, b);
    return b;
}

Binding *check_declare(Checker *c, Ident name, const Type *type, bool is_mutable)
{
    check_hiding(c, name, "the local", false);
    Binding *b = add_local(c, name, type);
    b->is_mutable = is_mutable;
    return b;
}

Binding *check_declare_param(Checker *c, Ident name, const Type *type, bool is_var)
{
    check_hiding(c, name, "the parameter", false);
    Binding *b = add_local(c, name, type);
    b->kind = BINDING_FN_PARAM;
    b->is_mutable = b->is_var_param = is_var;
    return b;
}

size_t check_open_scope(Checker *c)
{
    size_t mark = c->block_base;
    c->block_base = c->locals.len;
    return mark;
}

static void warn_unused(Checker *c, const Binding *b)
{
    if (b->kind != BINDING_LOCAL || b->is_used || str_starts_with(b->name, STR("_")))
        return;
    Diag *d = diag_warning(c->m->diags, F0262, b->span, "`%.*s` is never used", STR_ARG(b->name));
    if (b->is_part) {
        if (b->is_shared)
            diag_help(d, "write `_` in its place, on each side of the `|`");
        else
            diag_fix(d, b->span, STR("_"), "write `_` in its place");
        return;
    }
    Str quiet = str_printf(c->arena, "_%.*s", STR_ARG(b->name));
    diag_fix(d, b->span, quiet, "take it away, or call it `%.*s` if that is meant",
             STR_ARG(quiet));
}

void check_close_scope(Checker *c, size_t mark)
{
    while (c->locals.len > c->block_base)
        warn_unused(c, vec_pop(&c->locals));
    c->block_base = mark;
}

/* ---- captures -------------------------------------------------------------------- */

static void capture(Checker *c, ClosureFrame *f, Binding *b)
{
    for (size_t i = 0; i < f->captures.len; i++) {
        if (f->captures.items[i] == b)
            return;
    }
    vec_push(c->arena, &f->captures, b);
}

/* `place` is where the binding stands among the locals, from 1 on; artifacts, 0, stand before
 * all. */
static void note_captures(Checker *c, Binding *b, size_t place)
{
    for (ClosureFrame *f = c->closure; f; f = f->outer) {
        if (place <= f->base)
            capture(c, f, b);
    }
}

/* ---- artifacts ------------------------------------------------------------------- */

bool check_complain_once(Checker *c, Str name)
{
    if (map_has(&c->complained, name))
        return false;
    map_put(&c->complained, name, NULL);
    return true;
}

Binding *check_slot(Checker *c, const Sight *sight)
{
    Artifact *a = sight->artifact;
    for (size_t i = 0; i < c->step->slots.len; i++) {
        const Slot *s = &c->step->slots.items[i];
        if (s->kind == SLOT_VALUE && s->read.artifact == a)
            return s->binding;
    }
    Binding *b = arena_new(c->arena, Binding);
    *b = (Binding){.kind = BINDING_ARTIFACT, .name = a->name, .span = a->span, .type = a->type,
                   .artifact = a, .slot = (uint32_t)c->step->slots.len};
    Slot slot = {.kind = SLOT_VALUE, .type = a->type, .binding = b};
    slot.read.artifact = a;
    slot.read.domain = a->domain;
    for (size_t i = 0; i < sight->sources.len; i++)
        vec_push(c->arena, &slot.read.sources, sight->sources.items[i]);
    vec_push(c->arena, &c->step->slots, slot);
    a->is_read = true;
    return b;
}

static void say_some_ways(Checker *c, Ident name, const Sight *s)
{
    Diag *d = diag_error(c->m->diags, F0257, name.span,
                         "`%.*s` is kept only on some of the ways that lead here",
                         STR_ARG(name.name));
    diag_label(d, "not there on every way");
    diag_note(d, s->artifact->span, "it is kept here");
    if (s->missing)
        diag_note(d, s->missing->decl->name.span, "a way through `%.*s` comes without it",
                  STR_ARG(s->missing->name));
    diag_help(d, "keep it on that way too, or in a step that comes before both");
}

/* Where the branches keep it: the last keep before their join. */
static Span kept_in_branch(const Checker *c, const Sight *s)
{
    Span span = s->artifact->span;
    uint32_t rank = 0;
    for (size_t i = 0; i < c->m->steps.len; i++) {
        const StepModel *step = c->m->steps.items[i];
        if (!step->is_reachable || !s->join || step->rank >= s->join->rank || step->rank < rank)
            continue;
        for (size_t k = 0; k < step->keeps.len; k++) {
            if (step->keeps.items[k].artifact != s->artifact)
                continue;
            span = step->keeps.items[k].name.span;
            rank = step->rank;
        }
    }
    return span;
}

static void say_changed(Checker *c, Ident name, const Sight *s)
{
    Diag *d = diag_error(c->m->diags, F0258, name.span,
                         "`%.*s` has a value in each branch, so it has to be picked",
                         STR_ARG(name.name));
    diag_note(d, kept_in_branch(c, s), "a branch keeps it here");
    if (!s->join)
        return;
    diag_note(d, s->join->decl->name.span, "the branches come together in `%.*s`",
              STR_ARG(s->join->name));
    const ParamList *inputs = &s->join->decl->params;
    if (!inputs->count)
        return;
    Str input = inputs->items[0].name.name;
    bool is_list = s->join->kind == STEP_JOIN_FOREACH;
    Str pick = str_printf(c->arena, "%.*s%s.%.*s", STR_ARG(input), is_list ? "[0]" : "",
                          STR_ARG(name.name));
    if (s->join == c->step)
        diag_help(d, "pick it from the inputs: `%.*s`", STR_ARG(pick));
    else
        diag_help(d, "in `%.*s`, pick it from the inputs: `keep %.*s = %.*s`",
                  STR_ARG(s->join->name), STR_ARG(name.name), STR_ARG(pick));
}

static void say_unseen_keep(Checker *c, Ident name, const Artifact *a)
{
    Diag *d = diag_error(c->m->diags, F0256, name.span, "`%.*s` is read before any step kept it",
                         STR_ARG(name.name));
    for (size_t i = 0; i < c->step->keeps.len; i++) {
        const Keep *k = &c->step->keeps.items[i];
        if (k->artifact != a || !k->stmt)
            continue;
        if (span_eq(k->name.span, name.span)) { /* `keep x`, which takes over what was */
            diag_help(d, "no step before this one keeps it: begin with a value, `keep %.*s = …`",
                      STR_ARG(name.name));
            return;
        }
        diag_note(d, k->name.span, "this step keeps it further down");
        diag_help(d, "read it behind the `keep`");
        return;
    }
    diag_note(d, a->span, "it is kept here, in a step that does not come before");
    diag_help(d, "keep it in a step that every way here leads through");
}

/* Complains about a name that some step of the flow knows, but not this one; false where no
 * step does. */
static bool say_not_in_sight(Checker *c, Ident name)
{
    const Artifact *kept = map_get(&c->m->kept_by_name, name.name);
    for (size_t i = 0; !kept && i < c->m->artifacts.len; i++) {
        const Artifact *a = c->m->artifacts.items[i];
        if (a->kind == ARTIFACT_ITEM && str_eq(a->name, name.name))
            kept = a;
    }
    if (!kept)
        return false;
    if (c->step->has_broken_graph || !check_complain_once(c, name.name))
        return true;
    if (kept->kind == ARTIFACT_KEPT) {
        say_unseen_keep(c, name, kept);
        return true;
    }
    Diag *d = diag_error(c->m->diags, F0256, name.span, "the item `%.*s` is not in sight here",
                         STR_ARG(name.name));
    diag_note(d, kept->span, "it belongs to this foreach, down to its join");
    diag_help(d, "in the join, pick it from the inputs, as `all[0].%.*s`", STR_ARG(name.name));
    return true;
}

const Sight *check_sure_sight(Checker *c, Ident name)
{
    const Sight *s = map_get(&c->step->sights, name.name);
    if (!s) {
        if (!say_not_in_sight(c, name))
            check_unknown_name(c, name, false);
        return NULL;
    }
    if (s->state == SIGHT_SURE)
        return s;
    s->artifact->is_read = true;
    if (c->step->has_broken_graph || !check_complain_once(c, name.name))
        return NULL;
    if (s->state == SIGHT_SOME_WAYS)
        say_some_ways(c, name, s);
    else
        say_changed(c, name, s);
    return NULL;
}

static void say_not_for_policy(Checker *c, Ident name)
{
    if (!check_complain_once(c, name.name))
        return;
    Diag *d = diag_error(c->m->diags, F0408, name.span, "an annotation cannot read `%.*s`",
                         STR_ARG(name.name));
    diag_label(d, "not known before the step runs");
    diag_help(d, "it may use constants, parameters, the step's items and `current.attempt`");
}

static const Type *read_sight(Checker *c, Expr *e, const Sight *in_sight)
{
    if (c->body == BODY_POLICY && in_sight->artifact->kind == ARTIFACT_KEPT) {
        say_not_for_policy(c, e->name);
        return c->error;
    }
    const Sight *s = check_sure_sight(c, e->name);
    if (!s || !s->artifact->type)
        return c->error;
    if (c->body == BODY_POLICY && s->artifact->kind != ARTIFACT_PARAM)
        c->step->policy.reads_row = true;
    e->ref = REF_ARTIFACT;
    e->binding = check_slot(c, s);
    e->binding->is_used = true;
    note_captures(c, e->binding, 0);
    return e->binding->type;
}

/* ---- what the file and the language know ----------------------------------------- */

static void say_flow_in_function(Checker *c, Ident name, const char *noun, Span declared)
{
    if (!check_complain_once(c, name.name))
        return;
    const char *where = c->body == BODY_FN ? "a function" : "a constant or default";
    Diag *d = diag_error(c->m->diags, F0259, name.span, "%s cannot see %s `%.*s`", where, noun,
                         STR_ARG(name.name));
    diag_note(d, declared, "it belongs to the flow");
    if (c->body == BODY_FN)
        diag_help(d, "give the function a parameter for it, and pass it in the call");
    else
        diag_help(d, "what depends on it is worked out in a step, or by a function that takes it");
}

static bool uses_flow_in_function(Checker *c, Ident name)
{
    if (c->body != BODY_FN && c->body != BODY_CONST)
        return false;
    const Artifact *a = map_get(&c->m->kept_by_name, name.name);
    for (size_t i = 0; !a && i < c->m->artifacts.len; i++) {
        if (str_eq(c->m->artifacts.items[i]->name, name.name))
            a = c->m->artifacts.items[i];
    }
    if (!a || a->span.source != name.span.source)
        return false;
    say_flow_in_function(c, name, artifact_noun(a), a->span);
    return true;
}

/* NULL where the body had its message already. */
static Diag *say_no_value(Checker *c, Ident name, const char *what)
{
    if (!check_complain_once(c, name.name))
        return NULL;
    return diag_error(c->m->diags, F0310, name.span, "`%.*s` is %s, not a value",
                      STR_ARG(name.name), what);
}

static const Type *say_only_called(Checker *c, const Expr *e, const Decl *decl)
{
    Str text = span_text(c->m->sources, e->span);
    bool is_changer = decl_changes_argument(decl);
    Diag *d = say_no_value(c, e->name, is_changer ? "a function that changes a variable"
                                                  : "a generic function");
    if (d && is_changer)
        diag_help(d, "closures and lists hold values: call it by its name, `%.*s(x)`",
                  STR_ARG(text));
    else if (d)
        diag_help(d, "to pass it on, write a closure: `|x| %.*s(x)`", STR_ARG(text));
    return c->error;
}

const Type *check_function_value(Checker *c, Expr *e, Decl *decl)
{
    if (!decl->result_type)
        return c->error;
    if (decl->pattern || decl_changes_argument(decl))
        return say_only_called(c, e, decl);
    TypeField *fields = arena_new_array(c->arena, TypeField, decl->param_types.count + 1);
    for (size_t i = 0; i < decl->param_types.count; i++)
        fields[i].type = decl->param_types.items[i];
    e->ref = REF_FN;
    e->decl = decl;
    return type_fn(c->types, fields, decl->param_types.count, decl->result_type);
}

static const Type *read_decl(Checker *c, Expr *e, Decl *decl)
{
    Diag *d = NULL;
    decl->is_used = true;
    switch (decl->kind) {
    case DECL_LET:
        e->ref = REF_CONST;
        e->decl = decl;
        return check_constant(c, decl, e->span);
    case DECL_FN:
        return check_function_value(c, e, decl);
    case DECL_IMPORT:
        d = say_no_value(c, e->name, "a module");
        if (d)
            diag_help(d, "call one of its functions: `%.*s.NAME(…)`", STR_ARG(e->name.name));
        return c->error;
    case DECL_PARAM:
        say_flow_in_function(c, e->name, "the parameter", decl->name.span);
        return c->error;
    case DECL_POOL:
        say_no_value(c, e->name, "a pool");
        return c->error;
    default:
        return c->error;
    }
}

static const Type *read_type_name(Checker *c, Ident name, const Decl *decl)
{
    bool is_struct = decl->kind == DECL_STRUCT || decl->kind == DECL_ENUM;
    Diag *d = say_no_value(c, name, is_struct ? "a type" : "a step");
    if (d && decl->kind == DECL_ENUM && decl->cases.count)
        diag_help(d, "name one of its cases: `%.*s`", STR_ARG(decl->cases.items[0].name.name));
    else if (d && is_struct)
        diag_help(d, "make one by calling it: `%.*s(…)`", STR_ARG(name.name));
    else if (d && str_is(span_text(c->m->sources, (Span){name.span.source, name.span.end,
                                                          name.span.end + 1}), "."))
        diag_help(d, "what it has kept is read by its bare name, or by the input of a join");
    else if (d)
        diag_help(d, "go there with `next %.*s`", STR_ARG(name.name));
    return c->error;
}

static const Type *read_builtin_name(Checker *c, Ident name)
{
    Diag *d = say_no_value(c, name, "a built-in function");
    if (d)
        diag_help(d, "to pass it on, write a closure: `|x| %.*s(x)`", STR_ARG(name.name));
    return c->error;
}

static const Type *use_binding(Checker *c, Expr *e, Binding *b, size_t index)
{
    if (c->body == BODY_POLICY)
        return c->error;
    b->is_used = true;
    e->binding = b;
    e->ref = b->kind == BINDING_KEEP || b->kind == BINDING_INPUT ? REF_ARTIFACT : REF_LOCAL;
    note_captures(c, b, index + 1);
    return b->type;
}

static const Type *later_or_unknown(Checker *c, Expr *e, bool is_called)
{
    if (c->body == BODY_POLICY && map_has(&c->m->kept_by_name, e->name.name)) {
        say_not_for_policy(c, e->name);
        return c->error;
    }
    bool is_in_step = c->body == BODY_STEP || c->body == BODY_POLICY;
    if (is_in_step && say_not_in_sight(c, e->name))
        return c->error;
    if (!uses_flow_in_function(c, e->name))
        check_unknown_name(c, e->name, is_called);
    return c->error;
}

static bool is_input(const StepModel *step, Str name)
{
    for (size_t i = 0; i < step->decl->params.count; i++) {
        if (str_eq(step->decl->params.items[i].name.name, name))
            return true;
    }
    return false;
}

const Type *check_name(Checker *c, Expr *e, bool is_called)
{
    Str name = e->name.name;
    size_t index = 0;
    Binding *local = find_local(c, name, &index);
    if (local)
        return use_binding(c, e, local, index);
    if (c->step && (c->body == BODY_STEP || c->body == BODY_POLICY)) {
        const Sight *sight = map_get(&c->step->sights, name);
        if (sight)
            return read_sight(c, e, sight);
    }
    if (c->body == BODY_POLICY && c->step->decl->kind == DECL_JOIN && is_input(c->step, name)) {
        say_not_for_policy(c, e->name);
        return c->error;
    }
    Decl *decl = map_get(&c->scope->values, name);
    if (decl && decl->kind == DECL_PARAM && (c->body == BODY_STEP || c->body == BODY_POLICY))
        return c->error; /* not in sight of a step that no way leads to */
    if (decl)
        return read_decl(c, e, decl);
    const Decl *type = map_get(&c->scope->types, name);
    if (type)
        return read_type_name(c, e->name, type);
    if (builtin_find(c->m->builtins, (Str){0}, name) || map_has(&c->m->prelude, name))
        return read_builtin_name(c, e->name);
    return later_or_unknown(c, e, is_called);
}

bool check_has_value(Checker *c, Str name)
{
    size_t index;
    if (find_local(c, name, &index))
        return true;
    bool is_in_step = c->step && (c->body == BODY_STEP || c->body == BODY_POLICY);
    return is_in_step && map_has(&c->step->sights, name);
}

const Type *check_value_type(Checker *c, Str name)
{
    size_t index;
    const Binding *local = find_local(c, name, &index);
    if (local)
        return local->type;
    const Sight *sight = check_has_value(c, name) ? map_get(&c->step->sights, name) : NULL;
    if (sight)
        return sight->artifact->type;
    const Decl *decl = map_get(&c->scope->values, name);
    return decl && decl->kind == DECL_LET ? decl->checked_type : NULL;
}

static void use_names_in_block(void *self, Block *b);

static void use_names(void *self, Expr *e)
{
    Checker *c = self;
    size_t index = 0;
    Binding *b = e->kind == EXPR_NAME ? find_local(c, e->name.name, &index) : NULL;
    if (b)
        b->is_used = true;
    for (size_t i = 0; e->more->script && i < e->more->script->inputs.count; i++)
        use_names(self, e->more->script->inputs.items[i].value);
    Visitor v = {self, use_names, use_names_in_block};
    expr_visit(&v, e);
}

static void use_names_in_block(void *self, Block *b)
{
    Visitor v = {self, use_names, use_names_in_block};
    for (size_t i = 0; i < b->stmts.count; i++)
        stmt_visit(&v, b->stmts.items[i]);
}

void check_use_names(Checker *c, Expr *e)
{
    use_names(c, e);
}

Decl *check_import_of(Checker *c, const Expr *e)
{
    if (e->kind != EXPR_NAME || check_has_value(c, e->name.name))
        return NULL;
    Decl *decl = map_get(&c->scope->values, e->name.name);
    return decl && decl->kind == DECL_IMPORT ? decl : NULL;
}

/* ---- names that nobody knows ----------------------------------------------------- */

static void offer_names(Checker *c, Suggest *s, bool is_called)
{
    for (size_t i = c->locals.len; i-- > 0;)
        suggest_offer(s, c->locals.items[i]->name, NULL);
    if (c->step && c->body == BODY_STEP) {
        for (size_t i = 0; i < c->step->sights.len; i++)
            suggest_offer(s, c->step->sights.entries[i].key, NULL);
    }
    for (size_t i = 0; i < c->scope->values.len; i++) {
        const Decl *decl = c->scope->values.entries[i].value;
        if (decl->kind != DECL_PARAM && decl->kind != DECL_POOL)
            suggest_offer(s, decl->name.name, NULL);
    }
    for (size_t i = 0; i < c->scope->types.len; i++) {
        const Decl *decl = c->scope->types.entries[i].value;
        if (is_called && decl->kind == DECL_STRUCT)
            suggest_offer(s, decl->name.name, NULL);
    }
    for (size_t i = 0; i < c->scope->cases.len; i++)
        suggest_offer(s, c->scope->cases.entries[i].key, NULL);
    for (size_t i = 0; is_called && i < builtin_count(c->m->builtins); i++) {
        const Builtin *b = builtin_get(c->m->builtins, i);
        if (!*b->module)
            suggest_offer(s, str_from(b->name), NULL);
    }
}

/* The built-in module that has a function of this name, or NULL. */
static const char *module_with(Checker *c, Str name)
{
    for (size_t i = 0; i < builtin_count(c->m->builtins); i++) {
        const Builtin *b = builtin_get(c->m->builtins, i);
        if (*b->module && str_is(name, b->name))
            return b->module;
    }
    return NULL;
}

void check_unknown_name(Checker *c, Ident name, bool is_called)
{
    if (!name.name.len || !check_complain_once(c, name.name))
        return;
    Diag *d = diag_error(c->m->diags, F0202, name.span,
                         is_called ? "there is no function named `%.*s`"
                                   : "there is nothing named `%.*s` here",
                         STR_ARG(name.name));
    if (!is_called && c->step && say_local_elsewhere(c->m, c->step, d, name.name))
        return;
    const char *foreign = foreign_word_help(name.name);
    if (foreign) {
        help_foreign_word(d, name, foreign, is_called);
        return;
    }
    if (module_is_of_library(c->m, name.name)) {
        edit_import(c->m, d, name.name);
        diag_help(d, "to use the module of that name, write `import %.*s` at the top",
                  STR_ARG(name.name));
        return;
    }
    const char *module = is_called ? module_with(c, name.name) : NULL;
    if (module) {
        if (edit_import(c->m, d, str_from(module)))
            diag_fix(d, (Span){name.span.source, name.span.start, name.span.start},
                     str_printf(c->arena, "%s.", module), "in a module");
        diag_help(d, "it is in a module: `import %s` at the top, and call `%s.%.*s(…)`", module,
                  module, STR_ARG(name.name));
        return;
    }
    Suggest s;
    suggest_init(&s, name.name);
    offer_names(c, &s, is_called);
    if (!s.found)
        return;
    diag_fix(d, name.span, s.best, "did you mean `%.*s`?", STR_ARG(s.best));
    size_t index = 0;
    Binding *meant = find_local(c, s.best, &index);
    if (meant)
        meant->is_used = true;
}

static bool is_word_char(char ch)
{
    return ch == '_' || (ch >= '0' && ch <= '9') || ((ch | 0x20) >= 'a' && (ch | 0x20) <= 'z');
}

void check_forgive_names(Checker *c, Span span)
{
    Str text = span_text(c->m->sources, span);
    for (size_t at = 0, end; at < text.len; at = end + 1) {
        for (end = at; end < text.len && is_word_char(text.ptr[end]); end++)
            continue;
        Str word = str_slice(text, at, end);
        if (word.len && !check_has_value(c, word))
            check_complain_once(c, word);
    }
}

/* ---- places that can be assigned to ---------------------------------------------- */

/* The size of a matrix goes with its elements. */
static bool changes_size(Checker *c, const Expr *target)
{
    if (target->kind != EXPR_FIELD || !target->base->type || !target->base->type->is_matrix)
        return false;
    Diag *d =
        diag_error(c->m->diags, F0308, target->span, "the size of a matrix cannot be changed");
    diag_help(d, "make a new one: `matrix(rows, cols, |i, j| …)`");
    return true;
}

Expr *check_root_of(Expr *target)
{
    while ((target->kind == EXPR_FIELD && !target->is_optional) || target->kind == EXPR_INDEX)
        target = target->base;
    return target;
}

static bool is_captured(const Checker *c, const Binding *b)
{
    size_t index = 0;
    if (!c->closure)
        return false;
    for (index = c->closure->base; index < c->locals.len; index++) {
        if (c->locals.items[index] == b)
            return false;
    }
    return true;
}

/* A line at the beginning of the step's body, where that begins on a line of its own. */
static bool fix_by_taking_over(Checker *c, Diag *d, Str name)
{
    if (!c->step || !c->step->decl->block)
        return false;
    Span block = c->step->decl->block->span;
    Str text = span_text(c->m->sources, block);
    size_t at = 1;
    while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\r'))
        at++;
    if (at >= text.len || text.ptr[at] != '\n')
        return false;
    Span begin = {block.source, block.start + 1, block.start + 1};
    diag_fix(d, begin, str_printf(c->arena, "\n    keep %.*s", STR_ARG(name)),
             "take it over first: `keep %.*s` on a line of its own", STR_ARG(name));
    return true;
}

static void say_artifact_is_fixed(Checker *c, const Expr *root, const Artifact *a)
{
    Str name = a->name;
    Diag *d = diag_error(c->m->diags, F0308, root->span, "%s `%.*s` cannot be changed here",
                         artifact_noun(a), STR_ARG(name));
    diag_note(d, a->span, "it comes from outside of this step");
    if (a->kind == ARTIFACT_KEPT && fix_by_taking_over(c, d, name))
        return;
    if (a->kind == ARTIFACT_KEPT)
        diag_help(d, "take it over first: `keep %.*s` on a line of its own", STR_ARG(name));
    else
        diag_help(d, "copy it under another name: `var my_%.*s = %.*s`", STR_ARG(name),
                  STR_ARG(name));
}

/* `let x` where x was bound; false where it was bound otherwise, as in a pattern. */
static bool fix_by_var(Checker *c, Diag *d, const Binding *b)
{
    enum { LET_AND_BLANK = 4 };
    if (b->span.start < LET_AND_BLANK)
        return false;
    Span let = {b->span.source, b->span.start - LET_AND_BLANK, b->span.start - 1};
    if (!str_is(span_text(c->m->sources, let), "let"))
        return false;
    diag_fix(d, let, STR("var"), "declare it with `var %.*s` to change it", STR_ARG(b->name));
    return true;
}

static bool say_fixed(Checker *c, const Expr *root, const Binding *b)
{
    if (b->kind == BINDING_ARTIFACT) {
        say_artifact_is_fixed(c, root, b->artifact);
        return false;
    }
    Diag *d = diag_error(c->m->diags, F0308, root->span, "%s `%.*s` cannot be changed",
                         binding_noun(b), STR_ARG(b->name));
    diag_note(d, b->span, "it is declared here");
    if (b->kind == BINDING_LOCAL && !b->is_loop && fix_by_var(c, d, b))
        return false;
    if (b->kind == BINDING_LOCAL && !b->is_loop)
        diag_help(d, "declare it with `var %.*s` to change it", STR_ARG(b->name));
    else
        diag_help(d, "copy it under another name: `var my_%.*s = %.*s`", STR_ARG(b->name),
                  STR_ARG(b->name));
    return false;
}

bool check_place(Checker *c, Expr *target)
{
    Expr *root = check_root_of(target);
    if (root->type && type_is_error(root->type))
        return true; /* a message was given */
    if (changes_size(c, target))
        return false;
    if (root->kind == EXPR_NAME && root->binding) {
        if (c->closure && is_captured(c, root->binding)) {
            Diag *d = diag_error(c->m->diags, F0326, root->span,
                                 "a closure cannot assign to `%.*s`, which it captured",
                                 STR_ARG(root->binding->name));
            diag_note(d, root->binding->span, "it is declared here, outside of the closure");
            diag_help(d, "closures hold values as they were: use a `for` loop, or give a result");
            return false;
        }
        return root->binding->is_mutable || say_fixed(c, root, root->binding);
    }
    if (root->kind == EXPR_NAME && root->ref == REF_CONST) {
        Diag *d = diag_error(c->m->diags, F0308, root->span,
                             "the constant `%.*s` cannot be changed", STR_ARG(root->name.name));
        diag_help(d, "copy it: `var my_%.*s = %.*s`", STR_ARG(root->name.name),
                  STR_ARG(root->name.name));
        return false;
    }
    diag_error(c->m->diags, F0308, root->span,
               "this is a value, not a variable: it cannot be changed");
    return false;
}

/* ---- records --------------------------------------------------------------------- */

static void use_record(Checker *c, struct Record *r)
{
    (void)c;
    if (r->is_whole)
        return;
    r->is_whole = true;
    for (size_t i = 0; i < r->sights.len; i++) {
        const Sight *s = r->sights.entries[i].value;
        if (s->state == SIGHT_SURE)
            s->artifact->is_read = true;
    }
}

void check_use_whole(Checker *c, const Type *t)
{
    if (!t || t->kind == TYPE_STRUCT || t->kind == TYPE_ENUM || !type_has_record(t))
        return;
    if (t->kind == TYPE_RECORD)
        use_record(c, t->record);
    check_use_whole(c, t->item);
    check_use_whole(c, t->key);
    for (size_t i = 0; i < t->fields.count; i++)
        check_use_whole(c, t->fields.items[i].type);
}
