/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of functions, structs, closures and methods; those of built-in functions, whose types
 * have parameters, are in check_builtin.c.  Arguments are put in the order of the parameters
 * first, then each is held against its parameter's type. */
#include "sema/check_generic.h"
#include "sema/check_match.h"

/* ---- arguments into parameters --------------------------------------------------- */

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void note_callee(const Callee *f, Diag *d)
{
    if (f->builtin)
        diag_help(d, "`%.*s` is `%s`", STR_ARG(f->name), f->builtin->signature);
    else if (f->has_place)
        diag_note(d, f->place, "`%.*s` is declared here", STR_ARG(f->name));
}

static void say_too_many(Checker *c, const Callee *f, const Expr *e, const Arg *extra)
{
    size_t given = e->args.count + (e->is_method ? 1 : 0);
    Diag *d = diag_error(c->m->diags, F0305, extra->value->span,
                         "`%.*s` takes %zu argument%s, but it is given %zu", STR_ARG(f->name),
                         f->count, plural(f->count), given);
    diag_label(d, "this one is too many");
    if (f->builtin && str_is(f->name, "get") && f->count == 2 && given == 3)
        diag_help(d, "where there is nothing it gives none: `x.get(key) ?? %.*s`",
                  STR_ARG(span_text(c->m->sources, extra->value->span)));
    else if (f->builtin && str_is(f->name, "print"))
        diag_help(d, "put all into one text: `print(\"{a} {b}\")`");
    else if (f->builtin && str_is(f->name, "sort"))
        diag_help(d, "to order by something: `.sort_by(|x| …)`; to turn it round: `.reversed()`");
    else if (f->builtin && str_is(f->name, "round"))
        diag_help(d, "it gives an int; with so many digits a number is shown by `\"{x:.2f}\"`");
    else if (str_is(f->name, "reduce"))
        diag_help(d, "what begins with a value of its own is `xs.fold(0.0, |sum, x| sum + x)`");
    else
        note_callee(f, d);
}

/* "`x`, `y`": the names of its parameters or fields. */
static Str names_of(Checker *c, const Callee *f)
{
    enum { SHOWN_MAX = 8 };
    StrBuf text;
    strbuf_init(&text, c->arena);
    for (size_t i = 0; i < f->count && i < SHOWN_MAX; i++)
        strbuf_printf(&text, "%s`%.*s`", i ? ", " : "", STR_ARG(f->fields[i].name));
    if (f->count > SHOWN_MAX)
        strbuf_printf(&text, ", …");
    return strbuf_str(&text);
}

static void say_unknown_argument(Checker *c, const Callee *f, const Arg *arg)
{
    Diag *d = diag_error(c->m->diags, F0305, arg->name.span, "`%.*s` has no argument `%.*s`",
                         STR_ARG(f->name), STR_ARG(arg->name.name));
    Suggest s;
    suggest_init(&s, arg->name.name);
    for (size_t i = 0; i < f->count; i++)
        suggest_offer(&s, f->fields[i].name, NULL);
    if (s.found)
        diag_fix(d, arg->name.span, s.best, "did you mean `%.*s`?", STR_ARG(s.best));
    else if (f->builtin && str_is(f->name, "print"))
        diag_help(d, "`print` writes one text, and ends the line");
    else if (f->builtin && str_is(f->name, "sort"))
        diag_help(d, "to order by something: `.sort_by(|x| …)`; to turn it round: `.reversed()`");
    else
        note_callee(f, d);
    if (!d->help.len && f->count)
        diag_help(d, "it takes %.*s", STR_ARG(names_of(c, f)));
}

static void say_given_twice(Checker *c, const Callee *f, const Arg *arg, size_t index)
{
    Diag *d = diag_error(c->m->diags, F0305, arg->value->span,
                         "the argument `%.*s` of `%.*s` is given twice",
                         STR_ARG(f->fields[index].name), STR_ARG(f->name));
    note_callee(f, d);
}

static void say_missing(Checker *c, const Callee *f, const Expr *e, Expr *const *slots)
{
    StrBuf names;
    strbuf_init(&names, c->arena);
    size_t missing = 0, first = 0;
    for (size_t i = 0; i < f->count; i++) {
        if (slots[i] || callee_has_default(f, i))
            continue;
        if (!missing++)
            first = i;
        if (f->fields[i].name.len)
            strbuf_printf(&names, "%s`%.*s`", names.len ? ", " : "", STR_ARG(f->fields[i].name));
    }
    if (missing == 1 && type_is_error(f->fields[first].type))
        return; /* its declaration was found at fault */
    Diag *d = diag_error(c->m->diags, F0305, e->span, "`%.*s` lacks %zu argument%s%s%.*s",
                         STR_ARG(f->name), missing, plural(missing), names.len ? ": " : "",
                         STR_ARG(strbuf_str(&names)));
    if (f->builtin && str_is(f->name, "print"))
        diag_help(d, "an empty line is `print(\"\")`");
    else if (f->builtin && str_is(f->name, "split"))
        diag_help(d, "`s.words()` splits at blanks, `s.lines()` at the ends of lines");
    else
        note_callee(f, d);
    if (!f->builtin && f->fields[first].name.len)
        diag_help(d, "add `%.*s=…`, of the type `%.*s`", STR_ARG(f->fields[first].name),
                  STR_ARG(f->fields[first].type->name));
}

bool callee_has_default(const Callee *f, size_t i)
{
    return f->declared && f->declared->items[i].fallback;
}

static size_t find_param(const Callee *f, Str name)
{
    for (size_t i = 0; i < f->count; i++) {
        if (str_eq(f->fields[i].name, name))
            return i;
    }
    return f->count;
}

bool callee_arrange(Checker *c, const Callee *f, const Expr *e, Expr *receiver, Expr **slots,
                    bool is_quiet)
{
    size_t next = 0;
    if (receiver && f->count)
        slots[next++] = receiver;
    for (size_t i = 0; i < e->args.count; i++) {
        const Arg *arg = &e->args.items[i];
        bool is_named = arg->name.name.len > 0;
        size_t at = is_named ? find_param(f, arg->name.name) : next++;
        if (at < f->count && !slots[at]) {
            slots[at] = arg->value;
            continue;
        }
        if (is_quiet)
            return false;
        if (at < f->count)
            say_given_twice(c, f, arg, at);
        else if (is_named)
            say_unknown_argument(c, f, arg);
        else
            say_too_many(c, f, e, arg);
        return false;
    }
    for (size_t i = 0; i < f->count; i++) {
        if (slots[i] || callee_has_default(f, i))
            continue;
        if (!is_quiet)
            say_missing(c, f, e, slots);
        return false;
    }
    return true;
}

/* ---- arguments that nothing is known about --------------------------------------- */

static void check_closure_blind(Checker *c, Expr *e)
{
    TypeField *fields = arena_new_array(c->arena, TypeField, e->more->params.count + 1);
    for (size_t i = 0; i < e->more->params.count; i++)
        fields[i].type = c->error;
    check_expr(c, e, type_fn(c->types, fields, e->more->params.count, c->error));
}

void check_args_blind(Checker *c, const Expr *e)
{
    for (size_t i = 0; i < e->args.count; i++) {
        Expr *arg = e->args.items[i].value;
        if (arg->type)
            continue;
        if (arg->kind == EXPR_CLOSURE)
            check_closure_blind(c, arg);
        else if (!check_needs_want(c, arg))
            check_expr(c, arg, NULL);
    }
}

/* ---- calls with plain types ------------------------------------------------------ */

void callee_keep_args(Checker *c, Expr *e, const Callee *f, Expr **slots, const Type **types)
{
    (void)c;
    e->call_args = slots;
    e->call_types = types;
    e->call_arg_count = (uint32_t)f->count;
}

/* What a `var` parameter takes is changed in place, so it is a variable of that very type. */
void check_var_argument(Checker *c, Expr *arg, const Type *want)
{
    if (!check_place(c, arg) || type_same(arg->type, want))
        return;
    if (type_assignable(arg->type, want))
        check_mismatch(c, arg, arg->type, want);
}

/* Two that are changed at once must not lie within one another. */
void check_var_arguments_apart(Checker *c, const ParamList *params, Expr *const *slots)
{
    for (size_t k = 1; k < params->count; k++)
        for (size_t i = 0; i < k; i++) {
            if (!params->items[i].is_var || !params->items[k].is_var || !slots[i] || !slots[k])
                continue;
            const Expr *first = check_root_of(slots[i]), *second = check_root_of(slots[k]);
            if (!first->binding || first->binding != second->binding)
                continue;
            Diag *d = diag_error(c->m->diags, F0328, slots[k]->span,
                                 "`%.*s` is changed by two parameters at once",
                                 STR_ARG(second->binding->name));
            diag_note(d, slots[i]->span, "the other one takes it here");
            diag_help(d, "give one of them a copy: `var other = %.*s`",
                      STR_ARG(second->binding->name));
            return;
        }
}

void check_argument_mismatch(Checker *c, const Callee *f, const Expr *arg, const Type *found,
                             const Type *want)
{
    Diag *d = check_mismatch(c, arg, found, want);
    const char *help = want->kind == TYPE_LIST ? list_function_help(f->name, found) : NULL;
    if (d && help)
        diag_help(d, "%s", help);
    else if (d && !d->help.len)
        note_callee(f, d);
}

static void check_argument(Checker *c, const Callee *f, size_t i, Expr *arg)
{
    const Type *want = f->fields[i].type;
    const Type *found = arg->type ? arg->type : check_expr(c, arg, want);
    if (!type_assignable(found, want))
        check_argument_mismatch(c, f, arg, found, want);
    else if (f->declared && f->declared->items[i].is_var)
        check_var_argument(c, arg, want);
}

const Type *check_call_plain(Checker *c, Expr *e, const Callee *f, Expr *receiver)
{
    Expr **slots = arena_new_array(c->arena, Expr *, f->count + 1);
    const Type **types = arena_new_array(c->arena, const Type *, f->count + 1);
    if (!callee_arrange(c, f, e, receiver, slots, false)) {
        check_args_blind(c, e);
        return f->result;
    }
    for (size_t i = 0; i < f->count; i++) {
        types[i] = f->fields[i].type;
        if (slots[i])
            check_argument(c, f, i, slots[i]);
    }
    if (f->declared)
        check_var_arguments_apart(c, f->declared, slots);
    callee_keep_args(c, e, f, slots, types);
    bool fits = !receiver || !f->count || type_assignable(receiver->type, f->fields[0].type);
    return fits ? f->result : c->error; /* of another method, may be */
}

static const Type *call_function(Checker *c, Expr *e, Decl *decl, Expr *receiver,
                                 const Type *want)
{
    decl->is_used = true;
    e->ref = REF_FN;
    e->decl = decl;
    if (!decl->result_type) { /* what it is could not be told: it was reported */
        check_args_blind(c, e);
        return c->error;
    }
    if (decl->pattern)
        return check_call_generic(c, e, decl, receiver, want);
    Callee f = {.name = decl->name.name, .count = decl->param_types.count,
                .result = decl->result_type, .declared = &decl->params,
                .place = decl->name.span, .has_place = true};
    TypeField *fields = arena_new_array(c->arena, TypeField, f.count + 1);
    for (size_t i = 0; i < f.count; i++) {
        fields[i].name = decl->params.items[i].name.name;
        fields[i].type = decl->param_types.items[i];
    }
    f.fields = fields;
    return check_call_plain(c, e, &f, receiver);
}

static const Type *call_struct(Checker *c, Expr *e, Decl *decl, const Type *want)
{
    decl->is_used = true;
    e->ref = REF_STRUCT;
    e->decl = decl;
    if (decl->generics.count)
        return check_call_made(c, e, decl, 0, want);
    const Type *type = decl->checked_type;
    Callee f = {.name = decl->name.name, .fields = type->fields.items,
                .count = type->fields.count, .result = type,
                .place = decl->name.span, .has_place = decl->params.count > 0};
    if (decl->params.count == f.count)
        f.declared = &decl->params;
    return check_call_plain(c, e, &f, NULL);
}

static const Type *call_case(Checker *c, Expr *e, Decl *decl, uint32_t index,
                             const Type *want)
{
    const EnumCase *one = &decl->cases.items[index];
    decl->is_used = true;
    e->ref = REF_CASE;
    e->decl = decl;
    e->field = index;
    if (decl->generics.count && one->params.count)
        return check_call_made(c, e, decl, index, want);
    const Type *type = decl->generics.count ? c->error : decl->checked_type;
    const Type *values = type_is_error(type) ? c->unit : type->fields.items[index].type;
    if (values->kind != TYPE_TUPLE) {
        check_args_blind(c, e);
        if (type_is_error(values) || decl->is_broken)
            return type;
        Diag *d = diag_error(c->m->diags, F0305, e->span, "`%.*s` carries no values",
                             STR_ARG(one->name.name));
        diag_fix(d, (Span){e->span.source, e->base->span.end, e->span.end}, (Str){0},
                 "write `%.*s` alone", STR_ARG(one->name.name));
        return type;
    }
    Callee f = {.name = one->name.name, .fields = values->fields.items,
                .count = values->fields.count, .result = type,
                .declared = &one->params, .place = one->name.span, .has_place = true};
    return check_call_plain(c, e, &f, NULL);
}

/* `p.with(x=3)`: the fields that are not named stay as they are. */
static const Type *call_with(Checker *c, Expr *e, const Type *t)
{
    Expr **slots = arena_new_array(c->arena, Expr *, t->fields.count + 1);
    e->ref = REF_WITH;
    Callee f = {.name = STR("with"), .fields = t->fields.items, .count = t->fields.count};
    for (size_t i = 0; i < e->args.count; i++) {
        const Arg *arg = &e->args.items[i];
        size_t at = find_param(&f, arg->name.name);
        if (!arg->name.name.len) {
            Diag *d = diag_error(c->m->diags, F0305, arg->value->span,
                                 "`with` takes fields by their names");
            if (t->fields.count)
                diag_help(d, "write `with(%.*s=…)`", STR_ARG(t->fields.items[0].name));
        } else if (at == f.count) {
            Diag *d = diag_error(c->m->diags, F0303, arg->name.span, "`%.*s` has no field `%.*s`",
                                 STR_ARG(t->name), STR_ARG(arg->name.name));
            Suggest s;
            suggest_init(&s, arg->name.name);
            for (size_t k = 0; k < f.count; k++)
                suggest_offer(&s, f.fields[k].name, NULL);
            if (s.found)
                diag_fix(d, arg->name.span, s.best, "did you mean `%.*s`?", STR_ARG(s.best));
        } else if (slots[at]) {
            say_given_twice(c, &f, arg, at);
        } else {
            slots[at] = arg->value;
            check_as(c, arg->value, t->fields.items[at].type);
            continue;
        }
        check_args_blind(c, e);
    }
    callee_keep_args(c, e, &f, slots, NULL);
    return t;
}

static const Type *call_value(Checker *c, Expr *e, const Type *type)
{
    e->ref = REF_VALUE;
    Str name = e->base->kind == EXPR_NAME ? e->base->name.name : STR("closure");
    Callee f = {.name = name, .fields = type->fields.items,
                .count = type->fields.count, .result = type->item};
    return check_call_plain(c, e, &f, NULL);
}

static const Type *call_other(Checker *c, Expr *e, const Type *t)
{
    if (t->kind == TYPE_FN)
        return call_value(c, e, t);
    check_args_blind(c, e);
    if (type_is_error(t) || t->kind == TYPE_NEVER)
        return c->error;
    Diag *d = diag_error(c->m->diags, F0304, e->base->span, "this is no function, but `%.*s`",
                         STR_ARG(t->name));
    diag_label(d, "`%.*s`", STR_ARG(t->name));
    if (e->base->kind == EXPR_FIELD)
        diag_help(d, "take the `(…)` away to read the field");
    else if (e->base->kind == EXPR_NAME && e->base->binding &&
             builtin_find(c->m->builtins, (Str){0}, e->base->name.name))
        diag_note(d, e->base->binding->span, "this hides the built-in function of that name");
    return c->error;
}

/* ---- by name --------------------------------------------------------------------- */

static const Type *call_declared(Checker *c, Expr *e, Decl *decl, const Type *want)
{
    switch (decl->kind) {
    case DECL_FN: case DECL_EXTERN_FN:
        return call_function(c, e, decl, NULL, want);
    case DECL_STRUCT:
        return call_struct(c, e, decl, want);
    default:
        return call_other(c, e, check_expr(c, e->base, NULL));
    }
}

static const Type *call_name(Checker *c, Expr *e, const Type *want)
{
    Ident name = e->base->name;
    if (check_has_value(c, name.name))
        return call_other(c, e, check_expr(c, e->base, NULL));
    Decl *decl = map_get(&c->scope->values, name.name);
    if (!decl)
        decl = map_get(&c->scope->types, name.name);
    const Builtin *b = builtin_find(c->m->builtins, (Str){0}, name.name);
    bool is_conversion = decl && decl->kind == DECL_IMPORT && b; /* `time("…")`, the module too */
    if (decl && !is_conversion)
        return call_declared(c, e, decl, want);
    uint32_t index = 0;
    decl = check_find_case(c, name.name, want, &index);
    if (decl)
        return call_case(c, e, decl, index, want);
    if (str_is(name.name, "Failure"))
        return call_struct(c, e, c->m->failure->decl, want);
    if (b)
        return check_call_builtin(c, e, b, NULL, want);
    decl = map_get(&c->m->prelude, name.name);
    if (decl)
        return call_declared(c, e, decl, want);
    check_args_blind(c, e);
    e->base->type = check_name(c, e->base, true);
    return c->error;
}

/* ---- of modules and as methods --------------------------------------------------- */

static const Type *call_module(Checker *c, Expr *e, Decl *import, const Type *want)
{
    Expr *base = e->base;
    import->is_used = true;
    base->base->ref = REF_MODULE;
    base->base->decl = import;
    if (!map_has_ptr(&c->scope->imports, import)) {
        check_args_blind(c, e);
        return c->error;
    }
    FileScope *scope = map_get_ptr(&c->scope->imports, import);
    if (!scope || scope->module.len) {
        const Builtin *b = builtin_find(c->m->builtins, import_module(import), base->name.name);
        if (b)
            return check_call_builtin(c, e, b, NULL, want);
    }
    if (!scope) {
        check_args_blind(c, e);
        base->type = check_field(c, base, NULL);
        return c->error;
    }
    Decl *decl = map_get(&scope->values, base->name.name);
    if (!decl)
        decl = map_get(&scope->types, base->name.name);
    bool is_callable = decl && (decl->kind == DECL_FN || decl->kind == DECL_EXTERN_FN ||
                                decl->kind == DECL_STRUCT);
    if (is_callable)
        return call_declared(c, e, decl, want);
    uint32_t index = 0;
    decl = decl ? NULL : check_find_case_in(scope, base->name.name, &index);
    if (decl)
        return call_case(c, e, decl, index, want);
    return call_other(c, e, check_expr(c, base, NULL));
}

static bool has_field(const Type *t, Str name)
{
    for (size_t i = 0; i < t->fields.count && t->kind != TYPE_FN && t->kind != TYPE_ENUM; i++) {
        if (str_eq(t->fields.items[i].name, name))
            return true;
    }
    return t->kind == TYPE_RECORD && map_has(&t->record->sights, name);
}

/* `f` of this file, or of the file that declares x's type. */
static Decl *find_method(Checker *c, const Type *t, Str name)
{
    Decl *decl = map_get(&c->scope->values, name);
    if (decl && (decl->kind == DECL_FN || decl->kind == DECL_EXTERN_FN))
        return decl;
    if ((t->kind != TYPE_STRUCT && t->kind != TYPE_ENUM) || !t->decl->name.span.end)
        return NULL;
    const FileScope *home = scope_of(c->m, t->decl->name.span);
    decl = home ? map_get(&home->values, name) : NULL;
    return decl && decl->kind == DECL_FN ? decl : NULL;
}

/* Of the module that is named as the type is, or one that is visible everywhere. */
const Builtin *check_find_method(Checker *c, const Type *t, Str name)
{
    const Builtin *b = builtin_find(c->m->builtins, t->name, name);
    for (; b; b = builtin_next_overload(c->m->builtins, b)) {
        if (b->type->fields.count && callee_fits_receiver(c, b, t))
            return b;
    }
    b = builtin_find(c->m->builtins, (Str){0}, name);
    return b && b->type->fields.count ? b : NULL;
}

static void offer_methods(Checker *c, Suggest *s, const Type *t)
{
    for (size_t i = 0; t->kind != TYPE_FN && t->kind != TYPE_ENUM && i < t->fields.count; i++)
        suggest_offer(s, t->fields.items[i].name, NULL);
    for (size_t i = 0; i < c->scope->values.len; i++) {
        const Decl *decl = c->scope->values.entries[i].value;
        if (decl->kind == DECL_FN)
            suggest_offer(s, decl->name.name, NULL);
    }
    for (size_t i = 0; i < builtin_count(c->m->builtins); i++) {
        const Builtin *b = builtin_get(c->m->builtins, i);
        if ((!*b->module || str_is(t->name, b->module)) && b->type->fields.count &&
            callee_fits_receiver(c, b, t))
            suggest_offer(s, str_from(b->name), NULL);
    }
    for (size_t i = 0; i < c->m->prelude.len; i++)
        suggest_offer(s, c->m->prelude.entries[i].key, NULL);
}

static bool has_builtin(Checker *c, Str name, const Type *t)
{
    const Builtin *b = check_find_method(c, t, name);
    for (; b; b = builtin_next_overload(c->m->builtins, b)) {
        if (b->type->fields.count && callee_fits_receiver(c, b, t))
            return true;
    }
    return false;
}

/* A function of the library that takes such a value first: a list, a map, a text. */
static bool has_in_library(Checker *c, Str name, const Type *t)
{
    const Decl *decl = map_get(&c->m->prelude, name);
    if (!decl || !decl->params.count || !decl->params.items[0].type)
        return false;
    switch (decl->params.items[0].type->kind) {
    case TYPE_EXPR_LIST: return t->kind == TYPE_LIST;
    case TYPE_EXPR_MAP: return t->kind == TYPE_MAP;
    case TYPE_EXPR_NAME: return t->kind == TYPE_STRING;
    default: return false;
    }
}

bool check_foreign_method(Checker *c, Diag *d, Ident name, const Type *t, const char *call)
{
    Str ours;
    const char *help;
    if (!foreign_method(name.name, &ours, &help))
        return false;
    if (help) {
        diag_help(d, "%s", help);
        return true;
    }
    if (!has_builtin(c, ours, t) && !has_in_library(c, ours, t))
        return false;
    Str text = str_printf(c->arena, "%.*s%s", STR_ARG(ours), call);
    diag_fix(d, name.span, text, "did you mean `%.*s`?", STR_ARG(text));
    return true;
}

static void say_no_method(Checker *c, const Expr *e, const Type *t)
{
    Ident name = e->base->name;
    Diag *d = diag_error(c->m->diags, F0202, name.span,
                         "there is no function `%.*s` for %s `%.*s`", STR_ARG(name.name),
                         type_article(t), STR_ARG(t->name));
    if (check_foreign_method(c, d, name, t, ""))
        return;
    if (t->kind == TYPE_STRING && str_is(name.name, "decode")) {
        diag_help(d, "`json.parse(text).decode()` reads JSON, and `bytes(text)` are its octets");
        return;
    }
    Suggest s;
    suggest_init(&s, name.name);
    offer_methods(c, &s, t);
    if (s.found)
        diag_fix(d, name.span, s.best, "did you mean `%.*s`?", STR_ARG(s.best));
    else if (t->kind == TYPE_OPTION)
        diag_help(d, "it may be none: open it with `??` or `if let` first");
}

/* `x?.f(y)`: f is called with what is in x, under a name that no text can hold. */
static const Type *call_optional(Checker *c, Expr *e, const Type *t, const Type *want)
{
    Expr *field = e->base;
    if (t->kind != TYPE_OPTION) {
        check_args_blind(c, e);
        if (!type_is_error(t)) {
            Diag *d = diag_error(c->m->diags, F0320, field->base->span,
                                 "`?.` opens what may be none, but this is `%.*s`",
                                 STR_ARG(t->name));
            check_fix_opener(c, d, field, "(…)");
        }
        return c->error;
    }
    Ident name = {str_printf(c->arena, "?%u", e->span.end), field->base->span};
    Expr *opened = arena_new(c->arena, Expr), *inner = arena_new(c->arena, Expr);
    Expr *inner_field = arena_new(c->arena, Expr);
    *opened = (Expr){.kind = EXPR_NAME, .span = field->base->span, .name = name,
                     .more = &expr_no_more};
    *inner_field = *field;
    inner_field->is_optional = false;
    inner_field->base = opened;
    *inner = *e;
    inner->base = inner_field;
    size_t mark = check_open_scope(c);
    Binding *binding = check_declare(c, name, t->item, false);
    const Type *inside = want && want->kind == TYPE_OPTION ? want->item : NULL;
    const Type *result = check_expr(c, inner, inside);
    binding->is_used = true;
    check_close_scope(c, mark);
    e->is_optional = true;
    ExprMore *more = expr_more(c->arena, e);
    more->catch_binding = binding;
    more->body_expr = inner;
    bool is_plain = type_is_error(result) || result->kind == TYPE_UNIT ||
                    result->kind == TYPE_NEVER || result->kind == TYPE_OPTION;
    return is_plain ? result : type_option(c->types, result);
}

/* `json.text(x)` without the import; false where it is something else. */
static bool say_module_not_imported(Checker *c, const Expr *e)
{
    const Expr *base = e->base->base;
    Str module = base->name.name;
    if (base->kind != EXPR_NAME || check_has_value(c, module) ||
        map_has(&c->scope->values, module) || map_has(&c->scope->types, module) ||
        !builtin_find(c->m->builtins, module, e->base->name.name))
        return false;
    if (!check_complain_once(c, module))
        return true;
    Diag *d = diag_error(c->m->diags, F0202, base->span, "the module `%.*s` is not imported",
                         STR_ARG(module));
    if (!edit_import(c->m, d, module))
        diag_help(d, "write `import %.*s` at the top", STR_ARG(module));
    return true;
}

/* `[0.0].repeat(n)`, as `[0.0] * n` is elsewhere; false where it is something else. */
static bool say_list_repeated(Checker *c, const Expr *e, const Expr *receiver)
{
    if (receiver->type->kind != TYPE_LIST || !str_is(e->base->name.name, "repeat"))
        return false;
    Diag *d = diag_error(c->m->diags, F0301, e->base->name.span, "`repeat` is for strings");
    bool is_one = receiver->kind == EXPR_LIST && receiver->items.count == 1;
    Str one = is_one ? span_text(c->m->sources, receiver->items.items[0]->span) : STR("x");
    Str times = e->args.count ? span_text(c->m->sources, e->args.items[0].value->span) : STR("n");
    diag_help(d, "a list of one value, many times, is `filled(%.*s, %.*s)`", STR_ARG(times),
              STR_ARG(one));
    return true;
}

/* `xs.pop()`, where a `pop` of the file's own takes something else; false where it is meant. */
static bool say_hidden_method(Checker *c, const Expr *e, const Decl *own, const Type *t)
{
    Str name = own->name.name;
    const Type *first = own->param_types.count ? own->param_types.items[0] : NULL;
    if (!own->result_type || own->pattern || !first || type_has_error(first) ||
        type_assignable(t, first) || (!has_builtin(c, name, t) && !has_in_library(c, name, t)))
        return false;
    Diag *d = diag_error(c->m->diags, F0301, e->base->base->span,
                         "`%.*s` is wanted here, but this is `%.*s`", STR_ARG(first->name),
                         STR_ARG(t->name));
    diag_label(d, "`%.*s`", STR_ARG(t->name));
    diag_note(d, own->name.span, "this one hides the built-in `%.*s`", STR_ARG(name));
    diag_help(d, "to call the built-in one, give yours another name");
    return true;
}

/* `[].filled(0, n)`: what the library takes first is no list; false where it is. */
static bool say_not_of_lists(Checker *c, const Expr *e, const Expr *receiver)
{
    Str name = e->base->name.name;
    const Decl *decl = map_get(&c->m->prelude, name);
    bool is_empty = receiver->kind == EXPR_LIST && !receiver->items.count;
    if (!is_empty || !decl || !decl->params.count || map_has(&c->scope->values, name) ||
        !decl->params.items[0].type || decl->params.items[0].type->kind == TYPE_EXPR_LIST)
        return false;
    Diag *d = diag_error(c->m->diags, F0301, e->base->name.span, "`%.*s` is not for lists",
                         STR_ARG(name));
    StrBuf names;
    strbuf_init(&names, c->arena);
    for (size_t i = 0; i < decl->params.count; i++)
        strbuf_printf(&names, "%s%.*s", i ? ", " : "", STR_ARG(decl->params.items[i].name.name));
    diag_help(d, "write `%.*s(%.*s)`", STR_ARG(name), STR_ARG(strbuf_str(&names)));
    return true;
}

static const Type *call_method(Checker *c, Expr *e, const Type *want)
{
    Expr *field = e->base, *receiver = field->base;
    Str name = field->name.name;
    if (say_module_not_imported(c, e) || say_not_of_lists(c, e, receiver)) {
        check_args_blind(c, e);
        return c->error;
    }
    const Type *t = check_expr(c, receiver, NULL);
    if (!check_has_any(c, receiver, t) || t->kind == TYPE_NEVER) {
        check_args_blind(c, e);
        return c->error;
    }
    if (field->is_optional)
        return call_optional(c, e, t, want);
    if (has_field(t, name)) {
        field->type = check_field_of(c, field, t);
        return call_other(c, e, field->type);
    }
    e->is_method = true;
    Decl *decl = find_method(c, t, name);
    if (decl && say_hidden_method(c, e, decl, t)) {
        decl->is_used = true;
        check_args_blind(c, e);
        return c->error;
    }
    if (decl)
        return call_function(c, e, decl, receiver, want);
    if (say_list_repeated(c, e, receiver)) {
        check_args_blind(c, e);
        return t;
    }
    const Builtin *b = check_find_method(c, t, name);
    if (b)
        return check_call_builtin(c, e, b, receiver, want);
    decl = map_get(&c->m->prelude, name);
    if (decl)
        return call_function(c, e, decl, receiver, want);
    if (t->kind == TYPE_STRUCT && !t->is_matrix && str_is(name, "with"))
        return call_with(c, e, t);
    check_args_blind(c, e);
    say_no_method(c, e, t);
    return c->error;
}

/* `Pair[int, string](1, "x")`, `top[int](xs)`: the generic declaration whose name that is. */
static Decl *called_with_types(Checker *c, const Expr *e)
{
    const Expr *base = e->base->kind == EXPR_INDEX ? e->base->base : NULL;
    if (!base || base->kind != EXPR_NAME || check_has_value(c, base->name.name))
        return NULL;
    Decl *decl = map_get(&c->scope->values, base->name.name);
    if (!decl)
        decl = map_get(&c->scope->types, base->name.name);
    return decl && decl->generics.count ? decl : NULL;
}

static const Type *say_types_in_call(Checker *c, Expr *e, Decl *decl)
{
    Span types = {e->base->span.source, e->base->base->span.end, e->base->span.end};
    Diag *d = diag_error(c->m->diags, F0305, types, "a call does not name its type arguments");
    diag_fix(d, types, (Str){0}, "take them away: the arguments tell, or the type that is wanted");
    decl->is_used = true;
    check_args_blind(c, e);
    return c->error;
}

const Type *check_call(Checker *c, Expr *e, const Type *want)
{
    Decl *generic = called_with_types(c, e);
    if (generic)
        return say_types_in_call(c, e, generic);
    if (e->base->kind == EXPR_NAME)
        return call_name(c, e, want);
    if (e->base->kind != EXPR_FIELD)
        return call_other(c, e, check_expr(c, e->base, NULL));
    Decl *import = check_import_of(c, e->base->base);
    if (import)
        return call_module(c, e, import, want);
    Decl *owner = check_find_enum(c, e->base->base);
    uint32_t index = 0;
    if (owner && check_case_of(c, owner, e->base->name, &index))
        return call_case(c, e, owner, index, want);
    if (owner) {
        check_args_blind(c, e);
        return c->error;
    }
    return call_method(c, e, want);
}
