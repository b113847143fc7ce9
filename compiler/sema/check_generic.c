/* SPDX-License-Identifier: Apache-2.0 */
/* Generic functions.  The declaration itself is checked with types of which nothing is known but
 * the abilities that are asked for.  A call finds out what the types are, as for a built-in
 * function, and calls an instance: the same text, read again, with those types put in. */
#include "sema/check_generic.h"
#include "syntax/parse.h"

/* Of one program: more are made only by a function that never ends.  Each is read and checked
 * anew, so what all of them are read from is bounded as well; nobody writes types this deep. */
enum {
    INSTANCES_MAX = 500,
    READ_MAX_LENGTH = 400 * 1000,
    NAME_MAX_LENGTH = 2000,
    NAME_MAX_DEPTH = 40,
};

/* ---- abilities ------------------------------------------------------------------- */

static bool is_ability(Str name)
{
    return str_is(name, "ordered") || str_is(name, "number") || str_is(name, "key");
}

static bool has_ability(const Type *t, Str ability)
{
    if (type_is_error(t) || !ability.len)
        return true;
    if (str_is(ability, "ordered"))
        return type_is_ordered(t);
    if (str_is(ability, "number"))
        return type_is_number(t);
    return type_can_be_key(t);
}

/* What a type parameter stands for while the declaration itself is checked.  Numbers are floats:
 * what holds for those is held against ints once more in each instance. */
static const Type *opaque_type(Checker *c, Decl *decl, const Generic *g)
{
    if (str_is(g->ability.name, "number"))
        return c->float_;
    Type *t = type_struct_new(c->types, decl, g->name.name);
    t->is_opaque = true;
    t->has_order = str_is(g->ability.name, "ordered");
    t->has_key = str_is(g->ability.name, "key");
    return t;
}

static void check_abilities(Checker *c, const Decl *decl)
{
    for (size_t i = 0; i < decl->generics.count; i++) {
        const Generic *g = &decl->generics.items[i];
        if (g->ability.name.len && !is_ability(g->ability.name)) {
            Diag *d = diag_error(c->m->diags, F0203, g->ability.span,
                                 "there is no ability `%.*s`", STR_ARG(g->ability.name));
            diag_help(d, "there are `ordered`, `number` and `key`");
        }
        for (size_t k = 0; k < i; k++) {
            if (str_eq(decl->generics.items[k].name.name, g->name.name))
                diag_error(c->m->diags, F0204, g->name.span, "the name `%.*s` is given twice",
                           STR_ARG(g->name.name));
        }
    }
    if (decl->generics.count > BUILTIN_VARS_MAX)
        diag_error(c->m->diags, F0305, decl->generics.items[BUILTIN_VARS_MAX].name.span,
                   "there are no more than %d type parameters", BUILTIN_VARS_MAX);
}

const Type **check_generic_vars(Checker *c, Decl *decl)
{
    check_abilities(c, decl);
    if (decl->generics.count > BUILTIN_VARS_MAX)
        decl->generics.count = BUILTIN_VARS_MAX;
    const Type **vars = arena_new_array(c->arena, const Type *, decl->generics.count + 1);
    for (size_t i = 0; i < decl->generics.count; i++)
        vars[i] = type_var(c->types, (uint32_t)i, decl->generics.items[i].name.name);
    return vars;
}

const Type **check_generic_opaque(Checker *c, Decl *decl)
{
    const Type **opaque = arena_new_array(c->arena, const Type *, decl->generics.count + 1);
    for (size_t i = 0; i < decl->generics.count; i++)
        opaque[i] = opaque_type(c, decl, &decl->generics.items[i]);
    return opaque;
}

void check_open_generics(Checker *c, Decl *decl)
{
    decl->generic_types = check_generic_vars(c, decl);
    check_signature(c, decl);
    decl->pattern = decl->checked_type;
    decl->generic_types = check_generic_opaque(c, decl);
    check_signature(c, decl);
}

const Type *check_generic_type(const Checker *c, Str name)
{
    const Decl *decl = c->generic;
    for (size_t i = 0; decl && i < decl->generics.count; i++) {
        if (str_eq(decl->generics.items[i].name.name, name))
            return decl->generic_types[i];
    }
    return NULL;
}

/* ---- instances ------------------------------------------------------------------- */

Str check_instance_key(Checker *c, const Decl *decl, const Type *const *types)
{
    StrBuf key;
    strbuf_init(&key, c->arena);
    strbuf_printf(&key, "%u:%u", decl->name.span.source, decl->name.span.start);
    for (size_t i = 0; i < decl->generics.count; i++)
        strbuf_printf(&key, ",%u", types[i]->id);
    return strbuf_str(&key);
}

/* How many brackets are open side by side in the name of a type, at the most. */
static size_t name_depth(Str name)
{
    size_t depth = 0, most = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (c == '[' || c == '(')
            depth++;
        else if ((c == ']' || c == ')') && depth)
            depth--;
        if (depth > most)
            most = depth;
    }
    return most;
}

bool check_is_too_long(const Decl *decl, const Type *const *types)
{
    for (size_t i = 0; i < decl->generics.count; i++) {
        if (types[i]->name.len > NAME_MAX_LENGTH || name_depth(types[i]->name) > NAME_MAX_DEPTH)
            return true;
    }
    return false;
}

static size_t length_of(const Decl *decl)
{
    return (decl->block ? decl->block->span.end : decl->span.end) - decl->span.start;
}

static bool is_full(Checker *c, const Decl *decl)
{
    return c->m->instances.len >= INSTANCES_MAX ||
           c->m->instances_length + length_of(decl) > READ_MAX_LENGTH;
}

/* Said once: the instances made so far would each say it again. */
static Decl *say_no_end(Checker *c, Decl *decl, Span use)
{
    if (decl->is_endless)
        return NULL;
    decl->is_endless = true;
    Diag *d = diag_error(c->m->diags, F0305, use,
                         "`%.*s` is called with ever new types, without end",
                         STR_ARG(decl->name.name));
    diag_note(d, decl->name.span, "it is declared here");
    diag_help(d, "inside of itself, give it values of the types that it has there");
    return NULL;
}

/* The checker notes what it finds in the tree, so each instance has a tree of its own.  What is
 * wrong with the text was said when it was read first. */
static Decl *instance_of(Checker *c, Decl *decl, const Type *const *types, Span use)
{
    Str key = check_instance_key(c, decl, types);
    Decl *instance = map_get(&c->m->instances, key);
    if (instance)
        return instance;
    if (decl->is_endless || is_full(c, decl) || check_is_too_long(decl, types))
        return say_no_end(c, decl, use);
    c->m->instances_length += length_of(decl);
    instance = parse_again(c->arena, c->m->sources, decl);
    if (!instance)
        return NULL;
    instance->generics.count = decl->generics.count;
    instance->generic_types = arena_new_array(c->arena, const Type *, decl->generics.count + 1);
    for (size_t i = 0; i < decl->generics.count; i++)
        instance->generic_types[i] = types[i];
    map_put(&c->m->instances, key, instance);
    check_signature(c, instance);
    vec_push(c->arena, &c->m->functions, instance);
    return instance;
}

/* ---- calls ------------------------------------------------------------------------ */

static bool is_unbound(const Decl *decl, const BuiltinCall *call)
{
    for (size_t i = 0; i < decl->generics.count; i++) {
        if (!call->vars.bound[i])
            return true;
    }
    return false;
}

static bool say_unbound(Checker *c, const Expr *e, const Decl *decl, const BuiltinCall *call)
{
    for (size_t i = 0; i < decl->generics.count; i++) {
        if (call->vars.bound[i])
            continue;
        Diag *d = diag_error(c->m->diags, F0302, e->span, "nothing tells what `%.*s` is here",
                             STR_ARG(decl->generics.items[i].name.name));
        diag_note(d, decl->generics.items[i].name.span, "it is a type parameter of `%.*s`",
                  STR_ARG(decl->name.name));
        if (decl->kind == DECL_FN)
            diag_help(d, "bind the argument to a name first, with its type: `let x: [int] = []`");
        else
            diag_help(d, "bind it to a name, with its whole type: `let x: %.*s = …`",
                      STR_ARG(check_arguments_text(c, decl)));
        return true;
    }
    return false;
}

bool check_say_unable(Checker *c, Span use, const Decl *decl, size_t i, const Type *type)
{
    const Generic *g = &decl->generics.items[i];
    if (type_has_var(type) || has_ability(type, g->ability.name))
        return false;
    const char *why = str_is(g->ability.name, "ordered")  ? "has no order"
                      : str_is(g->ability.name, "number") ? "is no number"
                                                          : "cannot be a key";
    Diag *d = diag_error(c->m->diags, F0322, use, "`%.*s` is `%.*s` here, which %s",
                         STR_ARG(g->name.name), STR_ARG(type->name), why);
    diag_note(d, g->name.span, "`%.*s` asks for `%.*s`", STR_ARG(decl->name.name),
              STR_ARG(g->ability.name));
    if (type->is_opaque)
        diag_help(d, "ask for it where `%.*s` is declared: `[%.*s: %.*s]`", STR_ARG(type->name),
                  STR_ARG(type->name), STR_ARG(g->ability.name));
    return true;
}

static bool say_unable(Checker *c, const Expr *e, const Decl *decl, const BuiltinCall *call)
{
    for (size_t i = 0; i < decl->generics.count; i++) {
        const Type *t = call->vars.bound[i];
        if (type_has_error(t) ||
            (decl->kind == DECL_FN && check_say_secret(c, e->span, t, SECRET_GENERIC)) ||
            check_say_unable(c, e->span, decl, i, t))
            return true;
    }
    return false;
}

bool check_generics_found(Checker *c, const Expr *e, const Decl *decl, const BuiltinCall *call)
{
    return !say_unbound(c, e, decl, call) && !say_unable(c, e, decl, call);
}

/* What the parameters take, which is known now. */
static void keep_call(Checker *c, Expr *e, BuiltinCall *call, Decl *instance)
{
    const Type **types = arena_new_array(c->arena, const Type *, call->f.count + 1);
    for (size_t i = 0; i < call->f.count; i++) {
        types[i] = instance->param_types.items[i];
        if (call->slots[i] && instance->params.items[i].is_var)
            check_var_argument(c, call->slots[i], types[i]);
    }
    check_var_arguments_apart(c, &instance->params, call->slots);
    e->decl = instance;
    callee_keep_args(c, e, &call->f, call->slots, types);
}

const Type *check_call_generic(Checker *c, Expr *e, Decl *decl, Expr *receiver, const Type *want)
{
    const Type *pattern = decl->pattern;
    BuiltinCall call = {.want = want};
    call.f = (Callee){.name = decl->name.name, .fields = pattern->fields.items,
                      .count = pattern->fields.count, .result = pattern->item,
                      .declared = &decl->params, .place = decl->name.span, .has_place = true};
    call.slots = arena_new_array(c->arena, Expr *, call.f.count + 1);
    bool fits = callee_arrange(c, &call.f, e, receiver, call.slots, false) &&
                check_call_arguments(c, &call);
    if (fits && is_unbound(decl, &call))
        check_call_result(&call);
    if (!fits || !check_generics_found(c, e, decl, &call)) {
        check_args_blind(c, e);
        return c->error;
    }
    Decl *instance = instance_of(c, decl, call.vars.bound, e->span);
    if (!instance || !instance->result_type)
        return c->error;
    keep_call(c, e, &call, instance);
    return instance->result_type;
}
