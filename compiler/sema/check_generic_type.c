/* SPDX-License-Identifier: Apache-2.0 */
/* Generic structs and enums.  Each set of type arguments makes a type of its own: the declaration
 * read again, with those types put in.  Two of them are made of the declaration alone: one over
 * type variables, which calls find their arguments by, and one over types of which nothing is
 * known but their abilities, so that what is wrong is said once, where it is declared. */
#include "sema/check_generic.h"
#include "sema/check_match.h"
#include "syntax/parse.h"

/* A type that holds ever larger ones of itself comes to either; written ones do not. */
enum { MADE_DEPTH_MAX = 100, MADE_MAX = 5000 };

/* ---- making ---------------------------------------------------------------------- */

static Str made_name(Checker *c, const Decl *decl, const Type *const *args)
{
    StrBuf name;
    strbuf_init(&name, c->arena);
    strbuf_printf(&name, "%.*s[", STR_ARG(decl->name.name));
    for (size_t i = 0; i < decl->generics.count; i++)
        strbuf_printf(&name, "%s%.*s", i ? ", " : "", STR_ARG(args[i]->name));
    strbuf_add_char(&name, ']');
    return strbuf_str(&name);
}

static const Type *say_endless(Checker *c, Decl *decl, Span use)
{
    decl->is_endless = true;
    Diag *d = diag_error(c->m->diags, F0254, use,
                         "a `%.*s` would need a `%.*s` of another type, and so on without end",
                         STR_ARG(decl->name.name), STR_ARG(decl->name.name));
    diag_note(d, decl->name.span, "it is declared here");
    diag_help(d, "inside of itself, give it the same type arguments");
    return c->error;
}

/* An instance, its parts not yet read. */
static Decl *new_instance(Checker *c, Decl *decl, const Type *const *args)
{
    Decl *made = parse_again(c->arena, c->m->sources, decl);
    if (!made || made->kind != decl->kind)
        return NULL;
    size_t count = decl->generics.count;
    const Type **own = arena_new_array(c->arena, const Type *, count + 1);
    for (size_t i = 0; i < count; i++)
        own[i] = args[i];
    made->generics.count = count;
    made->generic_types = own;
    Str name = made_name(c, decl, args);
    Type *type = decl->kind == DECL_ENUM ? type_enum_new(c->types, made, name)
                                         : type_struct_new(c->types, made, name);
    type->generic = decl;
    type->args.items = own;
    type->args.count = count;
    made->checked_type = type;
    return made;
}

/* While the types of the text are being read, some have no parts yet. */
static void settle(Checker *c)
{
    Model *m = c->m;
    while (m->has_types && !c->made_depth && m->made_settled < m->made.len)
        check_type_recursion(c, m->made.items[m->made_settled++]);
}

const Type *check_made_type(Checker *c, Decl *decl, const Type *const *args, Span use)
{
    Model *m = c->m;
    for (size_t i = 0; i < decl->generics.count; i++) {
        if (type_names_error(args[i]))
            return c->error;
    }
    Str key = check_instance_key(c, decl, args);
    Decl *made = map_get(&m->made_types, key);
    if (made)
        return made->checked_type;
    if (decl->is_endless)
        return c->error;
    if (c->made_depth >= MADE_DEPTH_MAX || m->made.len >= MADE_MAX ||
        check_is_too_long(decl, args))
        return say_endless(c, decl, use);
    made = new_instance(c, decl, args);
    if (!made)
        return c->error;
    map_put(&m->made_types, key, made);
    vec_push(c->arena, &m->made, made);
    c->made_depth++;
    check_type_parts(c, made);
    c->made_depth--;
    settle(c);
    return made->checked_type;
}

void check_open_types(Checker *c)
{
    for (size_t i = 0; i < c->m->generics.len; i++) {
        Decl *decl = c->m->generics.items[i];
        decl->generic_types = check_generic_vars(c, decl);
        decl->pattern = check_made_type(c, decl, decl->generic_types, decl->name.span);
        check_made_type(c, decl, check_generic_opaque(c, decl), decl->name.span);
    }
}

/* ---- as written ------------------------------------------------------------------ */

Str check_arguments_text(Checker *c, const Decl *decl)
{
    const Type **names = arena_new_array(c->arena, const Type *, decl->generics.count + 1);
    for (size_t i = 0; i < decl->generics.count; i++)
        names[i] = type_var(c->types, (uint32_t)i, decl->generics.items[i].name.name);
    return made_name(c, decl, names);
}

static const Type *say_count(Checker *c, const TypeExpr *t, const Decl *decl)
{
    size_t want = decl->generics.count, given = t->args.count;
    Span span = given > want ? t->args.items[want]->span : t->span;
    Diag *d = given
        ? diag_error(c->m->diags, F0305, span,
                     "`%.*s` takes %zu type argument%s, but it is given %zu",
                     STR_ARG(decl->name.name), want, want == 1 ? "" : "s", given)
        : diag_error(c->m->diags, F0305, span, "`%.*s` lacks its type argument%s",
                     STR_ARG(decl->name.name), want == 1 ? "" : "s");
    diag_note(d, decl->name.span, "`%.*s` is declared here", STR_ARG(decl->name.name));
    diag_help(d, "write `%.*s`, with a type in place of each name",
              STR_ARG(check_arguments_text(c, decl)));
    return c->error;
}

const Type *check_no_type_arguments(Checker *c, const TypeExpr *t, const Type *type)
{
    if (!t->args.count || type_is_error(type))
        return type;
    Diag *d = diag_error(c->m->diags, F0305, t->span, "`%.*s` takes no type arguments",
                         STR_ARG(t->name.name));
    diag_fix(d, t->span, t->name.name, "write `%.*s` alone", STR_ARG(t->name.name));
    return c->error;
}

const Type *check_named_type(Checker *c, const TypeExpr *t, Decl *decl)
{
    if (t->args.count != decl->generics.count)
        return say_count(c, t, decl);
    const Type **args = arena_new_array(c->arena, const Type *, t->args.count + 1);
    bool fits = true;
    for (size_t i = 0; i < t->args.count; i++) {
        const TypeExpr *written = t->args.items[i];
        args[i] = check_type(c, written);
        check_use_whole(c, args[i]);
        fits &= !check_say_unable(c, written->span, decl, i, args[i]);
    }
    return fits ? check_made_type(c, decl, args, t->span) : c->error;
}

/* ---- values ---------------------------------------------------------------------- */

static bool names_var(const Type *t, size_t var)
{
    if (!t)
        return false;
    if (t->kind == TYPE_VAR)
        return t->var == var;
    if (names_var(t->item, var) || names_var(t->key, var))
        return true;
    for (size_t i = 0; i < t->args.count; i++) {
        if (names_var(t->args.items[i], var))
            return true;
    }
    bool has_parts = t->kind == TYPE_TUPLE || t->kind == TYPE_FN;
    for (size_t i = 0; has_parts && i < t->fields.count; i++) {
        if (names_var(t->fields.items[i].type, var))
            return true;
    }
    return false;
}

/* Whether some argument tells what the type parameter is. */
static bool is_told(Checker *c, const Expr *call, const Callee *f, size_t var)
{
    size_t next = 0;
    for (size_t i = 0; i < call->args.count; i++) {
        const Arg *arg = &call->args.items[i];
        size_t at = arg->name.name.len ? 0 : next++;
        while (arg->name.name.len && at < f->count && !str_eq(f->fields[at].name, arg->name.name))
            at++;
        if (at < f->count && names_var(f->fields[at].type, var) &&
            (arg->value->kind == EXPR_CLOSURE || !check_needs_want(c, arg->value)))
            return true;
    }
    return false;
}

static Callee callee_of(const Type *made, uint32_t index);

bool check_is_untold(Checker *c, const Expr *call, const Decl *decl, uint32_t index)
{
    if (!decl->pattern || type_is_error(decl->pattern))
        return false;
    if (decl->kind == DECL_ENUM && decl->pattern->fields.items[index].type->kind != TYPE_TUPLE)
        return false;
    Callee f = callee_of(decl->pattern, index);
    for (size_t i = 0; i < decl->generics.count; i++) {
        if (!is_told(c, call, &f, i))
            return true;
    }
    return false;
}

/* What is wanted, if it is of this declaration and known to the last. */
static const Type *wanted_of(const Decl *decl, const Type *want)
{
    while (want && want->kind == TYPE_OPTION)
        want = want->item;
    return want && want->generic == decl && !type_has_var(want) ? want : NULL;
}

static Callee callee_of(const Type *made, uint32_t index)
{
    const Decl *decl = made->decl;
    Callee f = {.name = decl->name.name, .fields = made->fields.items,
                .count = made->fields.count, .result = made, .declared = &decl->params,
                .place = decl->name.span, .has_place = true};
    if (made->kind == TYPE_STRUCT)
        return f;
    const Type *values = made->fields.items[index].type;
    f.name = decl->cases.items[index].name.name;
    f.place = decl->cases.items[index].name.span;
    f.declared = &decl->cases.items[index].params;
    f.fields = values->fields.items;
    f.count = values->fields.count;
    return f;
}

/* Finds the type arguments by the values. */
static const Type *infer(Checker *c, Expr *e, Decl *decl, uint32_t index, const Type *want)
{
    BuiltinCall call = {.f = callee_of(decl->pattern, index), .want = want};
    call.slots = arena_new_array(c->arena, Expr *, call.f.count + 1);
    bool fits = callee_arrange(c, &call.f, e, NULL, call.slots, false) &&
                check_call_arguments(c, &call);
    if (fits)
        check_call_result(&call);
    if (!fits || !check_generics_found(c, e, decl, &call)) {
        check_args_blind(c, e);
        return c->error;
    }
    const Type *made = check_made_type(c, decl, call.vars.bound, e->span);
    if (type_is_error(made))
        return made;
    Callee f = callee_of(made, index);
    const Type **types = arena_new_array(c->arena, const Type *, f.count + 1);
    for (size_t i = 0; i < f.count; i++)
        types[i] = f.fields[i].type;
    e->decl = made->decl;
    callee_keep_args(c, e, &f, call.slots, types);
    return made;
}

const Type *check_call_made(Checker *c, Expr *e, Decl *decl, uint32_t index, const Type *want)
{
    const Type *wanted = wanted_of(decl, want);
    if (wanted) {
        Callee f = callee_of(wanted, index);
        e->decl = wanted->decl;
        return check_call_plain(c, e, &f, NULL);
    }
    if (decl->pattern && !type_is_error(decl->pattern))
        return infer(c, e, decl, index, want);
    check_args_blind(c, e);
    return c->error;
}

const Type *check_case_made(Checker *c, Expr *e, Decl *decl, const Type *want)
{
    const Type *wanted = wanted_of(decl, want);
    if (wanted) {
        e->decl = wanted->decl;
        return wanted;
    }
    if (want && type_is_error(want))
        return want;
    BuiltinCall call = {0};
    if (decl->pattern && !type_is_error(decl->pattern))
        check_generics_found(c, e, decl, &call);
    return c->error;
}
