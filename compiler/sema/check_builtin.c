/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of built-in functions.  Their type parameters are found by holding parameters against
 * arguments, from left to right; what needs to be told its type (closures, `[]`, `none`) goes
 * last, when the others have said theirs.  Of several overloads the first that fits is taken. */
#include "sema/check_call.h"
#include "sema/check_generic.h"

/* ---- type parameters ------------------------------------------------------------- */

static const Type *fill(Checker *c, const Type *t, const Vars *v);

static TypeField *fill_fields(Checker *c, const Type *t, const Vars *v)
{
    TypeField *fields = arena_new_array(c->arena, TypeField, t->fields.count + 1);
    for (size_t i = 0; i < t->fields.count; i++) {
        fields[i] = t->fields.items[i];
        fields[i].type = fill(c, fields[i].type, v);
    }
    return fields;
}

static const Type *fill_made(Checker *c, const Type *t, const Vars *v)
{
    const Type **args = arena_new_array(c->arena, const Type *, t->args.count + 1);
    for (size_t i = 0; i < t->args.count; i++)
        args[i] = fill(c, t->args.items[i], v);
    return check_made_type(c, t->generic, args, t->generic->name.span);
}

/* The type with what is known of its parameters put in. */
static const Type *fill(Checker *c, const Type *t, const Vars *v)
{
    if (!type_has_var(t))
        return t;
    switch (t->kind) {
    case TYPE_VAR: return v->bound[t->var] ? v->bound[t->var] : t;
    case TYPE_LIST: return type_list(c->types, fill(c, t->item, v));
    case TYPE_OPTION: return type_option(c->types, fill(c, t->item, v));
    case TYPE_MAP: return type_map(c->types, fill(c, t->key, v), fill(c, t->item, v));
    case TYPE_TUPLE: return type_tuple(c->types, fill_fields(c, t, v), t->fields.count);
    case TYPE_FN:
        return type_fn(c->types, fill_fields(c, t, v), t->fields.count, fill(c, t->item, v));
    case TYPE_STRUCT: case TYPE_ENUM: return fill_made(c, t, v);
    default: return t;
    }
}

static bool unify_inside(const Type *param, const Type *arg, Vars *v);

static bool unify_fields(const Type *param, const Type *arg, Vars *v)
{
    if (param->fields.count != arg->fields.count)
        return false;
    for (size_t i = 0; i < param->fields.count; i++) {
        if (!unify_inside(param->fields.items[i].type, arg->fields.items[i].type, v))
            return false;
    }
    return true;
}

static bool unify_args(const Type *param, const Type *arg, Vars *v)
{
    for (size_t i = 0; i < param->args.count; i++) {
        if (!unify_inside(param->args.items[i], arg->args.items[i], v))
            return false;
    }
    return true;
}

/* Holds against each other what must be the very same. */
static bool unify_inside(const Type *param, const Type *arg, Vars *v)
{
    if (type_is_error(arg) && param->kind != TYPE_VAR)
        return true;
    if (param->kind == TYPE_VAR) {
        const Type **bound = &v->bound[param->var];
        if (!*bound || type_has_error(*bound))
            *bound = arg;
        return type_same(*bound, arg);
    }
    if (!type_has_var(param))
        return type_same(param, arg);
    if (param->kind != arg->kind || param->generic != arg->generic)
        return false;
    if (param->generic)
        return unify_args(param, arg, v);
    if (param->key && !unify_inside(param->key, arg->key, v))
        return false;
    if (param->item && !unify_inside(param->item, arg->item, v))
        return false;
    return unify_fields(param, arg, v);
}

/* Holds a parameter against an argument, which may be made to fit. */
static bool unify(const Type *param, const Type *arg, Vars *v)
{
    if (arg->kind == TYPE_NEVER || arg->kind == TYPE_UNIT)
        return arg->kind == TYPE_NEVER;
    if (param->kind == TYPE_VAR) {
        const Type **bound = &v->bound[param->var];
        if (*bound && !type_is_error(*bound)) {
            if (type_assignable(arg, *bound))
                return true;
            if (!type_assignable(*bound, arg))
                return false;
        }
        *bound = arg;
        return true;
    }
    if (!type_has_var(param))
        return type_assignable(arg, param);
    if (param->kind == TYPE_OPTION && arg->kind != TYPE_OPTION && !type_is_error(arg))
        return unify(param->item, arg, v);
    return unify_inside(param, arg, v);
}

bool callee_fits_receiver(Checker *c, const Builtin *b, const Type *t)
{
    Vars v = {0};
    (void)c;
    return unify(b->type->fields.items[0].type, t, &v);
}

/* ---- overloads ------------------------------------------------------------------- */

static Callee callee_of(const Builtin *b)
{
    return (Callee){.name = str_from(b->name), .fields = b->type->fields.items,
                    .count = b->type->fields.count, .result = b->type->item, .builtin = b};
}

/* Whether an argument that is to be told its type could take this one. */
static bool may_become(const Expr *arg, const Type *param)
{
    switch (arg->kind) {
    case EXPR_CLOSURE:
        return param->kind == TYPE_FN && param->fields.count == arg->more->params.count;
    case EXPR_LIST: return param->kind == TYPE_LIST || param->kind == TYPE_VAR;
    case EXPR_MAP: return param->kind == TYPE_MAP || param->kind == TYPE_VAR;
    default: return true;
    }
}

static bool overload_fits(Checker *c, const Builtin *b, const Expr *e, Expr *receiver)
{
    Callee f = callee_of(b);
    Expr **slots = arena_new_array(c->arena, Expr *, f.count + 1);
    Vars v = {0};
    if (!callee_arrange(c, &f, e, receiver, slots, true))
        return false;
    for (size_t i = 0; i < f.count; i++) {
        bool fits = slots[i]->type ? unify(f.fields[i].type, slots[i]->type, &v)
                                   : may_become(slots[i], f.fields[i].type);
        if (!fits)
            return false;
    }
    return true;
}

static Str given_types(Checker *c, const Expr *e, const Expr *receiver)
{
    StrBuf text;
    strbuf_init(&text, c->arena);
    if (receiver)
        strbuf_printf(&text, "`%.*s`", STR_ARG(receiver->type->name));
    for (size_t i = 0; i < e->args.count; i++) {
        const Expr *arg = e->args.items[i].value;
        Str name = arg->type ? arg->type->name
                             : arg->kind == EXPR_CLOSURE ? STR("closure") : STR("[]");
        strbuf_printf(&text, "%s`%.*s`", text.len ? ", " : "", STR_ARG(name));
    }
    return text.len ? strbuf_str(&text) : STR("no argument");
}

static void say_no_overload(Checker *c, const Expr *e, const Builtin *first, const Expr *receiver)
{
    Diag *d = diag_error(c->m->diags, F0311, e->base->kind == EXPR_FIELD ? e->base->name.span
                                                                         : e->base->span,
                         "`%s` cannot be called with %.*s", first->name,
                         STR_ARG(given_types(c, e, receiver)));
    bool is_pick = str_is(str_from(first->name), "max") || str_is(str_from(first->name), "min");
    const Expr *last = e->args.count ? e->args.items[e->args.count - 1].value : NULL;
    bool has_closure = last && last->kind == EXPR_CLOSURE;
    if (is_pick && has_closure) {
        diag_help(d, "what is greatest or least by a function is `xs.%s_by(|x| …)`", first->name);
        return;
    }
    if (has_closure && str_is(str_from(first->name), "sum")) {
        diag_help(d, "what a function makes of each is added up by `xs.map(|x| …).sum()`");
        return;
    }
    const Type *type = first->type;
    bool is_of_lists = type->fields.count && type->fields.items[0].type->kind == TYPE_LIST;
    const char *help = receiver && is_of_lists
                           ? list_function_help(str_from(first->name), receiver->type)
                           : NULL;
    if (help) {
        diag_help(d, "%s", help);
        return;
    }
    StrBuf forms;
    strbuf_init(&forms, c->arena);
    for (const Builtin *b = first; b; b = builtin_next_overload(c->m->builtins, b))
        strbuf_printf(&forms, "%s`%s`", forms.len ? " or " : "", b->signature);
    diag_help(d, "it can be called as %.*s", STR_ARG(strbuf_str(&forms)));
}

/* `", ".join(names)`, as other languages have it. */
static bool is_join_turned(const Builtin *b, const Expr *e, const Expr *receiver)
{
    if (!receiver || !receiver->type || receiver->type->kind != TYPE_STRING)
        return false;
    return str_is(str_from(b->name), "join") && e->args.count == 1;
}

static void say_join_turned(Checker *c, const Expr *e, const Expr *receiver)
{
    Expr *list = e->args.items[0].value;
    if (!check_needs_want(c, list))
        check_expr(c, list, NULL);
    Diag *d = diag_error(c->m->diags, F0305, e->span, "the list stands first, and is joined");
    Str names = span_text(c->m->sources, list->span);
    Str separator = span_text(c->m->sources, receiver->span);
    if (list->kind == EXPR_NAME || list->kind == EXPR_LIST)
        diag_fix(d, e->span,
                 str_printf(c->arena, "%.*s.join(%.*s)", STR_ARG(names), STR_ARG(separator)),
                 "write `%.*s.join(%.*s)`", STR_ARG(names), STR_ARG(separator));
    else
        diag_help(d, "write `names.join(%.*s)`", STR_ARG(separator));
}

static bool any_error(const Expr *e, const Expr *receiver)
{
    if (receiver && type_has_error(receiver->type))
        return true;
    for (size_t i = 0; i < e->args.count; i++) {
        const Type *t = e->args.items[i].value->type;
        if (t && type_has_error(t))
            return true;
    }
    return false;
}

/* What a literal list becomes as argument `i`, where one overload alone takes a list there. */
static const Type *only_list(Checker *c, const Builtin *first, const Expr *arg, size_t i)
{
    const Type *only = NULL;
    if (arg->kind != EXPR_LIST)
        return NULL;
    for (const Builtin *b = first; b; b = builtin_next_overload(c->m->builtins, b)) {
        const Type *param = i < b->type->fields.count ? b->type->fields.items[i].type : NULL;
        if (!param || (param->kind != TYPE_LIST && param->kind != TYPE_VAR))
            continue;
        if (only || type_has_var(param))
            return NULL;
        only = param;
    }
    return only;
}

/* The overload that alone is for such a receiver: what else is wrong is then said of it. */
static const Builtin *only_of_receiver(Checker *c, const Builtin *first, const Expr *receiver)
{
    const Builtin *only = NULL;
    for (const Builtin *b = first; b; b = builtin_next_overload(c->m->builtins, b)) {
        if (type_is_error(receiver->type) || !callee_fits_receiver(c, b, receiver->type))
            continue;
        if (only)
            return NULL;
        only = b;
    }
    return only;
}

/* The overload that fits; NULL after a message. */
static const Builtin *pick_overload(Checker *c, Expr *e, const Builtin *first, Expr *receiver)
{
    if (!builtin_next_overload(c->m->builtins, first))
        return first;
    const Builtin *only = receiver ? only_of_receiver(c, first, receiver) : NULL;
    if (only)
        return only;
    bool is_whole = true;
    for (size_t i = 0; i < e->args.count; i++) {
        Expr *arg = e->args.items[i].value;
        const Type *want = receiver ? NULL : only_list(c, first, arg, i);
        if (!check_needs_want(c, arg))
            is_whole &= check_has_any(c, arg, check_expr(c, arg, want));
    }
    for (const Builtin *b = first; b && is_whole; b = builtin_next_overload(c->m->builtins, b)) {
        if (overload_fits(c, b, e, receiver))
            return b;
    }
    if (is_whole && !any_error(e, receiver))
        say_no_overload(c, e, first, receiver);
    return NULL;
}

/* ---- one built-in function ------------------------------------------------------- */

static bool say_unfit(Checker *c, const BuiltinCall *call, size_t i, const Type *found)
{
    const Type *want = fill(c, call->f.fields[i].type, &call->vars);
    check_argument_mismatch(c, &call->f, call->slots[i], found, want);
    return false;
}

static bool check_plain_argument(Checker *c, BuiltinCall *call, size_t i)
{
    Expr *arg = call->slots[i];
    const Type *param = call->f.fields[i].type;
    if (!arg->type) {
        const Type *want = fill(c, param, &call->vars);
        check_expr(c, arg, type_has_var(want) ? NULL : want);
    }
    if (type_is_error(arg->type))
        return false;
    return unify(param, arg->type, &call->vars) || say_unfit(c, call, i, arg->type);
}

static bool say_closure_gives_nothing(Checker *c, const Expr *arg)
{
    const Expr *at = arg->kind == EXPR_CLOSURE && arg->more->body_expr ? arg->more->body_expr : arg;
    Diag *d = diag_error(c->m->diags, F0310, at->span, "this closure gives nothing");
    diag_help(d, "to do something for each item, write a `for` loop");
    return false;
}

void check_call_result(BuiltinCall *call)
{
    const Type *want = call->want, *result = call->f.result;
    if (want && want->kind == TYPE_OPTION && result->generic)
        want = want->item;
    if (want)
        unify(result, want, &call->vars);
}

/* `(word, [])`, `filled(3, none)`. */
static bool any_needs_want(Checker *c, const Expr *e)
{
    for (size_t i = 0; i < e->args.count; i++) {
        const Expr *arg = e->args.items[i].value;
        if (arg->kind != EXPR_CLOSURE && check_needs_want(c, arg))
            return true;
    }
    return false;
}

static bool value_needs_want(Checker *c, const Expr *e)
{
    if (e->kind == EXPR_CALL)
        return (e->base->kind == EXPR_FIELD && str_is(e->base->name.name, "decode")) ||
               check_needs_want(c, e) || any_needs_want(c, e);
    if (e->kind == EXPR_TUPLE)
        return any_needs_want(c, e);
    if (e->kind == EXPR_TRY_ELSE || (e->kind == EXPR_BINARY && e->op == OP_COALESCE))
        return value_needs_want(c, e->left);
    return check_needs_want(c, e);
}

/* Whether what the closure gives has no type but the one that is wanted of it. */
static bool result_needs_want(Checker *c, const Expr *closure)
{
    const Expr *value = closure->more->body_expr;
    const Block *b = closure->more->block;
    if (b && b->stmts.count && b->stmts.items[b->stmts.count - 1]->kind == STMT_EXPR)
        value = b->stmts.items[b->stmts.count - 1]->value;
    return value && value_needs_want(c, value);
}

/* `let rows: [Row] = xs.map(|x| x.decode())`: what is wanted of the whole tells what the closure is
 * to give. */
static const Type *lead_closure(Checker *c, BuiltinCall *call, size_t i, const Type *want)
{
    const Expr *arg = call->slots[i];
    bool is_led = arg->kind == EXPR_CLOSURE && want->kind == TYPE_FN && call->want &&
                  type_has_var(want->item) && result_needs_want(c, arg);
    if (!is_led)
        return want;
    const Type *whole = call->want->kind == TYPE_OPTION && call->f.result->kind != TYPE_OPTION
                            ? call->want->item
                            : call->want;
    Vars before = call->vars;
    if (!unify(call->f.result, whole, &call->vars))
        call->vars = before;
    return fill(c, call->f.fields[i].type, &call->vars);
}

/* A closure, `[]`, `none`: it is told what it is. */
static bool check_led_argument(Checker *c, BuiltinCall *call, size_t i)
{
    Expr *arg = call->slots[i];
    const Type *param = call->f.fields[i].type;
    const Type *want = fill(c, param, &call->vars);
    if (type_has_var(want) && param->kind != TYPE_FN && call->want) {
        check_call_result(call);
        want = fill(c, param, &call->vars);
    }
    want = lead_closure(c, call, i, want);
    bool is_known = !type_has_var(want) || arg->kind == EXPR_CLOSURE;
    const Type *found = check_expr(c, arg, is_known ? want : NULL);
    if (type_is_error(found))
        return false;
    if (found->kind == TYPE_FN && param->kind == TYPE_FN) {
        for (size_t k = 0; k < param->fields.count && k < found->fields.count; k++) {
            const Type *said = found->fields.items[k].type;
            if (!type_is_error(said))
                unify_inside(param->fields.items[k].type, said, &call->vars);
        }
        if (found->item->kind == TYPE_UNIT && param->item->kind != TYPE_UNIT)
            return say_closure_gives_nothing(c, arg);
        if (found->item->kind == TYPE_NEVER)
            return true;
        if (type_has_var(want->item))
            return unify(param->item, found->item, &call->vars) || say_unfit(c, call, i, found);
        return type_assignable(found->item, want->item) || say_unfit(c, call, i, found);
    }
    return unify(param, found, &call->vars) || say_unfit(c, call, i, found);
}

bool check_call_arguments(Checker *c, BuiltinCall *call)
{
    bool fits = true, is_open = true;
    for (size_t i = 0; is_open && i < call->f.count; i++) {
        if (call->slots[i] && !check_needs_want(c, call->slots[i]))
            fits &= check_plain_argument(c, call, i);
        /* What does not fit says nothing of its type, on which the others depend. */
        is_open = fits || !type_has_var(call->f.fields[i].type);
    }
    for (size_t i = 0; fits && i < call->f.count; i++) {
        if (call->slots[i] && check_needs_want(c, call->slots[i]))
            fits &= check_led_argument(c, call, i);
    }
    return fits;
}

static bool check_abilities(Checker *c, const Expr *e, const BuiltinCall *call)
{
    for (size_t i = 0; i < BUILTIN_VARS_MAX; i++) {
        const Type *t = call->vars.bound[i];
        if (!t || !call->f.builtin->is_ordered[i] || type_is_ordered(t))
            continue;
        Diag *d = diag_error(c->m->diags, F0322, e->span,
                             "`%.*s` puts values in order, but those of `%.*s` have none",
                             STR_ARG(call->f.name), STR_ARG(t->name));
        if (t->is_opaque)
            diag_help(d, "ask for it where the type parameter is declared: `[%.*s: ordered]`",
                      STR_ARG(t->name));
        else if (t->kind == TYPE_STRUCT || t->kind == TYPE_RECORD)
            diag_help(d, "order by something that has one: `.%.*s_by(|x| x.FIELD)`",
                      STR_ARG(call->f.name));
        return false;
    }
    return true;
}

/* What `print` and the like do with their arguments shows or compares all of them. */
static void check_whole_arguments(Checker *c, const BuiltinCall *call)
{
    switch (call->f.builtin->id) {
    case BUILTIN_PRINT: case BUILTIN_STRING: case BUILTIN_CONTAINS_LIST: case BUILTIN_JSON_OF:
        break;
    default:
        return;
    }
    SecretUse use = call->f.builtin->id == BUILTIN_CONTAINS_LIST ? SECRET_COMPARED : SECRET_SHOWN;
    for (size_t i = 0; i < call->f.count; i++) {
        const Type *t = call->slots[i]->type;
        check_use_whole(c, t);
        if (check_say_secret(c, call->slots[i]->span, t, use))
            return;
        if (!type_can_be_kept(t))
            diag_error(c->m->diags, F0301, call->slots[i]->span,
                       "a function can be neither shown nor compared");
    }
}

static void say_int_already(Checker *c, const Expr *e, const BuiltinCall *call)
{
    BuiltinId id = call->f.builtin->id;
    if ((id != BUILTIN_INT_FLOAT && id != BUILTIN_ROUND) ||
        call->slots[0]->type->kind != TYPE_INT)
        return;
    Diag *d = diag_error(c->m->diags, F0305, e->span, "this is an `int` already");
    Str value = span_text(c->m->sources, call->slots[0]->span);
    diag_fix(d, e->span, str_printf(c->arena, "(%.*s)", STR_ARG(value)), "take `%.*s` away",
             STR_ARG(call->f.name));
}

static const Type *finish_call(Checker *c, Expr *e, const BuiltinCall *call)
{
    const Builtin *b = call->f.builtin;
    const Type **types = arena_new_array(c->arena, const Type *, call->f.count + 1);
    for (size_t i = 0; i < call->f.count; i++)
        types[i] = fill(c, call->f.fields[i].type, &call->vars);
    callee_keep_args(c, e, &call->f, call->slots, types);
    if (b->has_var_receiver)
        check_var_argument(c, call->slots[0], types[0]);
    check_whole_arguments(c, call);
    say_int_already(c, e, call);
    const Type *result = fill(c, b->type->item, &call->vars);
    return type_has_var(result) ? c->error : result;
}

/* `json([])`, `json([:])` and `json(none)` need not say what they could have held. */
static const Type *empty_json(Checker *c, const Expr *e)
{
    const Type *json = type_base(c->types, TYPE_JSON);
    if (e->kind == EXPR_NONE)
        return type_option(c->types, json);
    if (expr_items(e).count)
        return NULL;
    return e->kind == EXPR_LIST  ? type_list(c->types, json)
           : e->kind == EXPR_MAP ? type_map(c->types, c->string, json)
                                 : NULL;
}

/* The type that `decode` is to make: what is wanted where it stands; NULL after a message. */
static const Type *decoded_type(Checker *c, const Expr *e, const Type *want)
{
    if (!want || want->kind == TYPE_UNIT || type_has_var(want)) {
        Diag *d = diag_error(c->m->diags, F0302, e->span, "nothing tells what to decode here");
        Str text = span_text(c->m->sources, e->span);
        bool is_short = text.len <= 40 && str_find(text, '\n') < 0;
        diag_help(d, "say the type that is wanted: `let x: [int] = %.*s`",
                  STR_ARG(is_short ? text : STR("j.decode()")));
        return NULL;
    }
    if (type_has_error(want) || check_say_secret(c, e->span, want, SECRET_READ))
        return NULL;
    if (type_can_be_kept(want))
        return want;
    diag_error(c->m->diags, F0301, e->span, "a function cannot be read from json");
    return NULL;
}

const Type *check_call_builtin(Checker *c, Expr *e, const Builtin *first, Expr *receiver,
                               const Type *want)
{
    if (is_join_turned(first, e, receiver)) {
        say_join_turned(c, e, receiver);
        check_args_blind(c, e);
        return c->string;
    }
    const Builtin *b = pick_overload(c, e, first, receiver);
    if (!b) {
        check_args_blind(c, e);
        return c->error;
    }
    e->ref = REF_BUILTIN;
    e->builtin = b;
    BuiltinCall call = {.f = callee_of(b), .want = want};
    call.slots = arena_new_array(c->arena, Expr *, call.f.count + 1);
    if (b->id == BUILTIN_SOME && want && want->kind == TYPE_OPTION)
        call.vars.bound[0] = want->item; /* `some(1)` where a `float?` is wanted */
    if (b->id == BUILTIN_JSON_OF && e->args.count == 1)
        call.vars.bound[0] = empty_json(c, e->args.items[0].value);
    if (b->id == BUILTIN_JSON_DECODE) {
        call.vars.bound[0] = decoded_type(c, e, want);
        if (!call.vars.bound[0])
            call.vars.bound[0] = c->error;
    }
    if (!callee_arrange(c, &call.f, e, receiver, call.slots, false) ||
        !check_call_arguments(c, &call)) {
        check_args_blind(c, e);
        const Type *result = fill(c, b->type->item, &call.vars);
        bool is_meant = !receiver || callee_fits_receiver(c, b, receiver->type);
        return type_has_var(result) || !is_meant ? c->error : result;
    }
    return check_abilities(c, e, &call) ? finish_call(c, e, &call) : c->error;
}
