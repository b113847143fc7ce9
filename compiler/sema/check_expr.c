/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions that are neither names, calls nor operators, and the rule of what fits where. */
#include <string.h>

#include "sema/check_generic.h"
#include "sema/check_match.h"

/* ---- what fits ------------------------------------------------------------------- */

static const Type *strip_option(const Type *t)
{
    while (t && t->kind == TYPE_OPTION)
        t = t->item;
    return t;
}

enum { SHOWN_WHOLE = 40 };

static Str expr_text(Checker *c, const Expr *e)
{
    Str text = span_text(c->m->sources, e->span);
    return text.len <= SHOWN_WHOLE && str_find(text, '\n') < 0 ? text : STR("x");
}

/* Help where one of both is a type that only a call makes or opens; false: there is none. */
static bool suggest_call(Diag *d, Str text, const Type *found, const Type *want)
{
    bool is_plain = want->kind == TYPE_BOOL || want->kind == TYPE_STRING || type_is_number(want);
    const char *part = is_plain ? want->name.ptr : "decode";
    if (found->kind == TYPE_JSON && type_can_be_kept(want) && !type_has_secret(want))
        diag_help(d, "take it out: `%.*s.%s()`, which fails where it is something else",
                  STR_ARG(text), part);
    else if (found->kind == TYPE_BYTES && want->kind == TYPE_STRING)
        diag_help(d, "write `string(%.*s)` if they are UTF-8, or `%.*s.hex()`", STR_ARG(text),
                  STR_ARG(text));
    else if (want->kind == TYPE_JSON && found->kind == TYPE_OPTION)
        diag_help(d, "open it first: `%.*s ?? …`, or `if let x = %.*s { … }`", STR_ARG(text),
                  STR_ARG(text));
    else if (want->kind == TYPE_JSON && type_can_be_kept(found) && found->kind != TYPE_UNIT)
        diag_help(d, "write `json(%.*s)`%s", STR_ARG(text),
                  found->kind == TYPE_STRING ? ", or `json.parse` where it is JSON already" : "");
    else if ((want->kind == TYPE_TIME || want->kind == TYPE_BYTES) && found->kind == TYPE_STRING)
        diag_help(d, "write `%.*s(%.*s)`", STR_ARG(want->name), STR_ARG(text));
    else
        return false;
    return true;
}

/* Help that turns a value of one type into the other. */
/* What makes an element of a list one of the other; NULL: nothing that is sure. */
static const char *element_call(const Type *found, const Type *want)
{
    if (want->kind == TYPE_FLOAT && (found->kind == TYPE_INT || found->kind == TYPE_STRING))
        return "float";
    if (want->kind == TYPE_INT && found->kind == TYPE_FLOAT)
        return "round";
    if (want->kind == TYPE_INT && found->kind == TYPE_STRING)
        return "int";
    bool is_shown = type_is_number(found) || type_is_quantity(found) || found->kind == TYPE_BOOL ||
                    found->kind == TYPE_TIME;
    return want->kind == TYPE_STRING && is_shown ? "string" : NULL;
}

/* `"0.1"`, `"4GB"` */
static bool is_quoted_number(Str text)
{
    size_t at = text.len > 2 && text.ptr[0] == '"';
    at += at && text.ptr[at] == '-';
    size_t begin = at;
    while (at && at < text.len && strchr("0123456789.abdehikmnsuBGKMTP", text.ptr[at]))
        at++;
    return at > begin && at + 1 == text.len && text.ptr[begin] >= '0' && text.ptr[begin] <= '9';
}

static void suggest_conversion(Checker *c, Diag *d, const Expr *e, const Type *found,
                               const Type *want)
{
    Str text = expr_text(c, e);
    if (suggest_call(d, text, found, want) || type_has_secret(found))
        return;
    if (found->kind == TYPE_OPTION && type_assignable(found->item, want))
        diag_help(d, "it may be `none`: open it with `%.*s ?? …`, or with `if let`",
                  STR_ARG(text));
    else if (found->kind == TYPE_FLOAT && want->kind == TYPE_INT)
        diag_help(d, "write `round(%.*s)`, or `int(%.*s)` to cut", STR_ARG(text), STR_ARG(text));
    else if (is_quoted_number(text) && (type_is_number(want) || type_is_quantity(want)))
        diag_help(d, "write it without quotes: `%.*s`", (int)text.len - 2, text.ptr + 1);
    else if (found->kind == TYPE_STRING && type_is_number(want) && e->kind != EXPR_STRING)
        diag_help(d, "write `%.*s(%.*s)` to read a number", STR_ARG(want->name), STR_ARG(text));
    else if (want->kind == TYPE_STRING && found->kind != TYPE_FN && found->kind != TYPE_UNIT)
        diag_help(d, "write `string(%.*s)`, or \"{%.*s}\"", STR_ARG(text), STR_ARG(text));
    else if (want->kind == TYPE_SIZE && type_is_number(found))
        diag_help(d, "give it a unit, as in `4GB` or `512MiB`");
    else if (want->kind == TYPE_DURATION && type_is_number(found))
        diag_help(d, "give it a unit, as in `30s` or `5min`");
    else if (want->kind == TYPE_LIST && found->kind == TYPE_LIST &&
             element_call(found->item, want->item))
        diag_help(d, e->kind == EXPR_BINARY ? "write `(%.*s).map(|x| %s(x))`"
                                            : "write `%.*s.map(|x| %s(x))`",
                  STR_ARG(text), element_call(found->item, want->item));
    else if (want->kind == TYPE_LIST && type_assignable(found, want->item))
        diag_help(d, "a list of this one: `[%.*s]`", STR_ARG(text));
}

/* Of a function without a result. */
static void help_result(Diag *d, const Expr *e)
{
    if (e->kind == EXPR_SCRIPT)
        diag_help(d, "name what it gives, with its type: `-> (x: int)` before the text");
    if (e->kind != EXPR_CALL || e->ref != REF_FN || e->decl->result)
        return;
    diag_note(d, e->decl->name.span, "`%.*s` is declared without a result",
              STR_ARG(e->decl->name.name));
    diag_help(d, "write the type of what it gives behind its parameters: `-> int`");
}

Diag *check_mismatch(Checker *c, const Expr *e, const Type *found, const Type *want)
{
    Diag *d;
    if (want->kind == TYPE_STRING && check_say_secret(c, e->span, found, SECRET_SHOWN))
        return NULL;
    if (found->kind == TYPE_UNIT)
        d = diag_error(c->m->diags, F0310, e->span,
                       "this gives nothing, but a value is wanted");
    else if (want->kind == TYPE_OPTION || found->kind != TYPE_OPTION)
        d = diag_error(c->m->diags, F0301, e->span, "`%.*s` is wanted here, but this is `%.*s`",
                       STR_ARG(want->name), STR_ARG(found->name));
    else
        d = diag_error(c->m->diags, F0321, e->span,
                       "`%.*s` is wanted here, but this is `%.*s`, which may be none",
                       STR_ARG(want->name), STR_ARG(found->name));
    diag_label(d, "`%.*s`", STR_ARG(found->name));
    if (found->kind == TYPE_UNIT)
        help_result(d, e);
    if (e->kind == EXPR_IF && !e->more->else_expr)
        diag_help(d, "give the `if` an `else`");
    suggest_conversion(c, d, e, found, want);
    return d;
}

const Type *check_as(Checker *c, Expr *e, const Type *want)
{
    const Type *found = check_expr(c, e, want);
    if (type_assignable(found, want))
        return found;
    check_mismatch(c, e, found, want);
    return c->error;
}

bool check_has_any(Checker *c, const Expr *e, const Type *t)
{
    if (t->kind != TYPE_UNIT)
        return !type_is_error(t);
    Diag *d = diag_error(c->m->diags, F0310, e->span, "this gives nothing, but a value is wanted");
    help_result(d, e);
    if (e->kind == EXPR_IF && !e->more->else_expr)
        diag_help(d, "give the `if` an `else`");
    return false;
}

const Type *check_common(Checker *c, const Type *a, const Type *b)
{
    if (a->kind == TYPE_NEVER || type_is_error(a))
        return b;
    if (b->kind == TYPE_NEVER || type_is_error(b))
        return a;
    if (type_has_error(a) && type_same(a, b))
        return b;
    if (type_assignable(b, a))
        return a;
    if (type_assignable(a, b))
        return b;
    (void)c;
    return NULL;
}

/* Whether a bare name is a value or a type before it can be a case. */
static bool is_other_name(Checker *c, Str name)
{
    return check_has_value(c, name) || map_has(&c->scope->values, name) ||
           map_has(&c->scope->types, name);
}

/* The generic type of which a name, or `Tree.Leaf`, is a case or, called, the struct; or NULL. */
static const Decl *find_generic(Checker *c, const Expr *e, bool is_called, uint32_t *index)
{
    const Decl *decl = NULL;
    const Decl *import = e->kind == EXPR_FIELD ? check_import_of(c, e->base) : NULL;
    const FileScope *scope = import ? map_get_ptr(&c->scope->imports, import) : NULL;
    if (import && !scope)
        return NULL;
    if (e->kind == EXPR_FIELD && !import) {
        decl = check_find_enum(c, e->base);
        if (decl && !check_has_case(decl, e->name.name, index))
            decl = NULL;
    } else if (e->kind == EXPR_NAME && check_has_value(c, e->name.name)) {
        return NULL;
    } else {
        scope = scope ? scope : c->scope;
        const Decl *type = map_get(&scope->types, e->name.name);
        bool is_taken = type || map_has(&scope->values, e->name.name);
        decl = is_taken ? NULL : check_find_case_in(scope, e->name.name, index);
        if (is_called && type && type->kind == DECL_STRUCT)
            decl = type;
    }
    return decl && decl->generics.count ? decl : NULL;
}

/* `Leaf`, `Bad("x")`: of a type whose type arguments it does not tell. */
static bool is_untold(Checker *c, const Expr *e)
{
    uint32_t index = 0;
    if (e->kind == EXPR_NAME || e->kind == EXPR_FIELD)
        return find_generic(c, e, false, &index) != NULL;
    if (e->kind != EXPR_CALL)
        return false;
    if (e->base->kind != EXPR_NAME && e->base->kind != EXPR_FIELD)
        return false;
    const Decl *decl = find_generic(c, e->base, true, &index);
    return decl && check_is_untold(c, e, decl, index);
}

static bool block_needs_want(Checker *c, const Block *b)
{
    if (!b || !b->stmts.count)
        return false;
    const Stmt *last = b->stmts.items[b->stmts.count - 1];
    return last->kind == STMT_EXPR && last->value && check_needs_want(c, last->value);
}

bool check_needs_want(Checker *c, const Expr *e)
{
    switch (e->kind) {
    case EXPR_NONE: case EXPR_CLOSURE:
        return true;
    case EXPR_LIST: case EXPR_MAP:
        return e->items.count == 0 || check_needs_want(c, e->items.items[0]);
    case EXPR_IF:
        return block_needs_want(c, e->more->block);
    case EXPR_MATCH:
        for (size_t i = 0; i < e->more->arms.count; i++) {
            if (e->more->arms.items[i].value && !check_needs_want(c, e->more->arms.items[i].value))
                return false;
        }
        return e->more->arms.count > 0;
    case EXPR_BLOCK:
        return block_needs_want(c, e->more->block);
    case EXPR_NAME: case EXPR_FIELD: case EXPR_CALL:
        return is_untold(c, e);
    default:
        return false;
    }
}

/* What holds together without parentheses can be replaced as it stands. */
static void help_condition(Checker *c, Diag *d, const Expr *e, const char *what, Str condition)
{
    bool is_simple = e->kind == EXPR_NAME || e->kind == EXPR_FIELD || e->kind == EXPR_CALL;
    if (is_simple && span_text(c->m->sources, e->span).len <= SHOWN_WHOLE)
        diag_fix(d, e->span, condition, "%s: `%.*s`", what, STR_ARG(condition));
    else
        diag_help(d, "%s: `%.*s`", what, STR_ARG(condition));
}

void check_condition(Checker *c, Expr *e)
{
    check_is_condition(c, e, check_expr(c, e, c->bool_));
}

void check_is_condition(Checker *c, const Expr *e, const Type *t)
{
    if (type_assignable(t, c->bool_))
        return;
    Str text = expr_text(c, e);
    Diag *d = diag_error(c->m->diags, F0318, e->span, "a condition is `bool`, but this is `%.*s`",
                         STR_ARG(t->name));
    diag_label(d, "`%.*s`", STR_ARG(t->name));
    if (type_is_number(t))
        help_condition(c, d, e, "compare it", str_printf(c->arena, "%.*s != 0", STR_ARG(text)));
    else if (t->kind == TYPE_OPTION)
        diag_help(d, "to ask whether it is there: `%.*s != none`; to open it: `if let v = %.*s`",
                  STR_ARG(text), STR_ARG(text));
    else if (t->kind == TYPE_STRING || t->kind == TYPE_LIST || t->kind == TYPE_MAP)
        help_condition(c, d, e, "ask it",
                       str_printf(c->arena, "not %.*s.is_empty()", STR_ARG(text)));
}

/* ---- literals -------------------------------------------------------------------- */

static const Type *check_int(Checker *c, Expr *e, const Type *want)
{
    const Type *plain = strip_option(want);
    if (!plain || plain->kind != TYPE_FLOAT)
        return c->int_;
    e->kind = EXPR_FLOAT;
    e->float_value = (double)e->int_value;
    return c->float_;
}

static const Type *check_string(Checker *c, Expr *e)
{
    for (size_t i = 0; i < e->parts.count; i++) {
        StringPart *part = &e->parts.items[i];
        if (!part->value)
            continue;
        const Type *t = check_expr(c, part->value, NULL);
        if (!check_has_any(c, part->value, t))
            continue;
        if (check_say_secret(c, part->value->span, t, SECRET_SHOWN))
            continue;
        if (!type_can_be_kept(t)) {
            diag_error(c->m->diags, F0301, part->value->span, "a function cannot be shown as text");
            continue;
        }
        check_use_whole(c, t);
        if (part->format.len)
            check_format(c, part, t);
    }
    return c->string;
}

static const Type *cannot_tell(Checker *c, const Expr *e, const char *what, const char *example)
{
    Diag *d = diag_error(c->m->diags, F0302, e->span, "%s", what);
    const Stmt *s = c->bound;
    if (s && s->value == e && s->pattern && s->pattern->kind == PATTERN_NAME) {
        Str word = span_text(c->m->sources, s->keyword_span);
        Str name = s->pattern->name.name;
        diag_help(d, "say it, as in `%.*s %.*s%s`", STR_ARG(word), STR_ARG(name),
                  strchr(example, ':'));
    } else {
        diag_help(d, "say it: `%s`", example);
    }
    return c->error;
}

static const Type *check_none(Checker *c, const Expr *e, const Type *want)
{
    if (want && want->kind == TYPE_OPTION)
        return want;
    if (want && want->kind != TYPE_UNIT) {
        Diag *d = diag_error(c->m->diags, F0301, e->span,
                             "`%.*s` is wanted here, and `none` is none", STR_ARG(want->name));
        diag_help(d, "a value that may be missing has the type `%.*s?`", STR_ARG(want->name));
        return c->error;
    }
    return cannot_tell(c, e, "nothing tells what this `none` could have been",
                       "let x: int? = none");
}

/* ---- lists, maps, tuples --------------------------------------------------------- */

static bool is_float_written(const Expr *e)
{
    return e->kind == EXPR_FLOAT || (e->kind == EXPR_UNARY && e->left->kind == EXPR_FLOAT);
}

/* `[(0, 1), (0.5, 2)]`: the type of the first item, with floats for those of its ints in whose
 * place `other` has a number with a dot. */
static const Type *widen(Checker *c, Expr *first, const Type *t, const Expr *other)
{
    const Type *wide = t;
    if (t->kind == TYPE_INT && is_float_written(other))
        return c->float_;
    if (first->kind == EXPR_LIST && other->kind == EXPR_LIST && t->kind == TYPE_LIST &&
        t->item->kind == TYPE_INT) {
        for (size_t i = 0; i < other->items.count; i++)
            if (is_float_written(other->items.items[i]))
                wide = type_list(c->types, c->float_);
    } else if (first->kind == EXPR_TUPLE && other->kind == EXPR_TUPLE && t->kind == TYPE_TUPLE &&
               first->args.count == other->args.count) {
        TypeField *fields = arena_new_array(c->arena, TypeField, t->fields.count);
        for (size_t i = 0; i < t->fields.count; i++) {
            fields[i] = t->fields.items[i];
            fields[i].type = widen(c, first->args.items[i].value, fields[i].type,
                                   other->args.items[i].value);
        }
        wide = type_tuple(c->types, fields, t->fields.count);
    }
    if (wide != t)
        first->type = wide;
    return wide;
}

/* The type of the items: of those that say it first, then the others are held against it. */
static const Type *check_items(Checker *c, const ExprList *items, const char *what)
{
    const Type *common = NULL;
    for (size_t i = 0; i < items->count; i++) {
        Expr *item = items->items[i];
        if (check_needs_want(c, item))
            continue;
        const Type *t = check_expr(c, item, common);
        if (!check_has_any(c, item, t))
            t = c->error;
        for (size_t k = i + 1; !common && !type_has_error(t) && k < items->count; k++)
            t = widen(c, item, t, items->items[k]);
        const Type *both = common ? check_common(c, common, t) : t;
        if (!both) {
            Diag *d = diag_error(c->m->diags, F0301, item->span,
                                 "%s of one kind: this is `%.*s`, the others are `%.*s`", what,
                                 STR_ARG(t->name), STR_ARG(common->name));
            diag_label(d, "`%.*s`", STR_ARG(t->name));
            diag_note(d, items->items[0]->span, "the first one is `%.*s`", STR_ARG(common->name));
            both = c->error;
        }
        common = both;
    }
    for (size_t i = 0; i < items->count; i++) {
        Expr *item = items->items[i];
        if (!check_needs_want(c, item))
            continue;
        if (common)
            check_as(c, item, common);
        else
            common = check_expr(c, item, NULL);
    }
    return common;
}

static const Type *check_list(Checker *c, Expr *e, const Type *want)
{
    const Type *plain = strip_option(want);
    if (plain && plain->kind == TYPE_LIST) {
        for (size_t i = 0; i < e->items.count; i++)
            check_as(c, e->items.items[i], plain->item);
        return plain;
    }
    if (!e->items.count) {
        if (want && type_is_error(want))
            return want;
        if (plain && plain->kind != TYPE_UNIT)
            return type_list(c->types, c->error);
        return cannot_tell(c, e, "nothing tells what this list will hold",
                           "var xs: [int] = []");
    }
    return type_list(c->types, check_items(c, &e->items, "the items of a list are"));
}

static const Type *check_key_type(Checker *c, Span span, const Type *key)
{
    if (type_can_be_key(key))
        return key;
    if (check_say_secret(c, span, key, SECRET_KEY))
        return c->error;
    Diag *d = diag_error(c->m->diags, F0315, span, "`%.*s` cannot be the key of a map",
                         STR_ARG(key->name));
    if (key->is_opaque)
        diag_help(d, "ask for it where the type parameter is declared: `[%.*s: key]`",
                  STR_ARG(key->name));
    else
        diag_help(d, "a key is compared exactly, so it holds no float, no json and no function");
    return c->error;
}

static const Type *check_map(Checker *c, Expr *e, const Type *want)
{
    const Type *plain = strip_option(want);
    if (plain && plain->kind == TYPE_MAP) {
        for (size_t i = 0; i < e->items.count; i++) {
            check_as(c, e->more->keys.items[i], plain->key);
            check_as(c, e->items.items[i], plain->item);
        }
        return plain;
    }
    if (!e->items.count) {
        if (want && type_is_error(want))
            return want;
        if (plain && plain->kind != TYPE_UNIT)
            return type_map(c->types, c->error, c->error);
        return cannot_tell(c, e, "nothing tells what this map will hold",
                           "var m: [string: int] = [:]");
    }
    const Type *key = check_items(c, &e->more->keys, "the keys of a map are");
    const Type *item = check_items(c, &e->items, "the values of a map are");
    return type_map(c->types, check_key_type(c, e->more->keys.items[0]->span, key), item);
}

static const Type *check_tuple(Checker *c, Expr *e, const Type *want)
{
    const Type *plain = strip_option(want);
    bool is_led = plain && plain->kind == TYPE_TUPLE && plain->fields.count == e->args.count;
    TypeField *fields = arena_new_array(c->arena, TypeField, e->args.count + 1);
    for (size_t i = 0; i < e->args.count; i++) {
        const Arg *arg = &e->args.items[i];
        const TypeField *led = is_led ? &plain->fields.items[i] : NULL;
        bool is_other = led && arg->name.name.len && !str_eq(arg->name.name, led->name);
        if (led && !is_other) {
            const Type *found = check_as(c, arg->value, led->type);
            fields[i] = *led;
            if (type_is_error(found))
                fields[i].type = c->error;
            continue;
        }
        fields[i].name = arg->name.name;
        fields[i].span = arg->name.span;
        fields[i].type = check_expr(c, arg->value, NULL);
        if (!check_has_any(c, arg->value, fields[i].type))
            fields[i].type = c->error;
    }
    return type_tuple(c->types, fields, e->args.count);
}

static const Type *check_range(Checker *c, Expr *e)
{
    if (e->left)
        check_as(c, e->left, c->int_);
    if (e->right)
        check_as(c, e->right, c->int_);
    if (!e->left || !e->right) {
        Diag *d = diag_error(c->m->diags, F0302, e->span, "a range has two ends, save in a slice");
        diag_help(d, "write `0..n`; in a slice, `xs[2..]` or `xs[..n]`");
    }
    return type_list(c->types, c->int_);
}

/* ---- closures -------------------------------------------------------------------- */

static const Type *closure_param(Checker *c, const Expr *e, Param *p, const Type *wanted)
{
    if (p->type)
        return check_type(c, p->type);
    if (wanted && !type_has_var(wanted))
        return wanted;
    if (c->bound && c->bound->kind == STMT_KEEP && c->bound->value == e)
        return c->error; /* that it cannot be kept is said, and enough */
    Str name = p->parts ? span_text(c->m->sources, p->name.span) : p->name.name;
    Diag *d = diag_error(c->m->diags, F0302, p->name.span, "nothing tells the type of `%.*s`",
                         STR_ARG(name));
    if (p->parts)
        diag_help(d, "name the whole, and say its type: `|pair: (int, int)| …`");
    else
        diag_help(d, "say it: `|%.*s: int| …`", STR_ARG(name));
    return c->error;
}

static void bind_closure_params(Checker *c, Expr *e, const Type *want, TypeField *fields)
{
    for (size_t i = 0; i < e->more->params.count; i++) {
        Param *p = &e->more->params.items[i];
        const Type *wanted = want ? want->fields.items[i].type : NULL;
        fields[i].type = closure_param(c, e, p, wanted);
        if (str_is(p->name.name, "_"))
            continue;
        p->binding = check_declare_param(c, p->name, fields[i].type, false);
    }
}

static const Type *closure_body(Checker *c, Expr *e, ClosureFrame *frame)
{
    if (!e->more->block)
        return frame->result && frame->result->kind != TYPE_UNIT
                   ? check_as(c, e->more->body_expr, frame->result)
                   : check_expr(c, e->more->body_expr, NULL);
    bool has_value = !frame->result || frame->result->kind != TYPE_UNIT;
    const Type *t = check_block(c, e->more->block, has_value, frame->result);
    if (frame->result && t->kind == TYPE_NEVER)
        return frame->result;
    return t;
}

static bool closure_arity_fits(Checker *c, const Expr *e, const Type *want)
{
    if (want->fields.count == e->more->params.count)
        return true;
    Diag *d = diag_error(c->m->diags, F0305, e->span,
                         "this closure takes %zu argument%s, but it is given %zu",
                         e->more->params.count, e->more->params.count == 1 ? "" : "s",
                         want->fields.count);
    diag_label(d, "`%.*s` is wanted", STR_ARG(want->name));
    return false;
}

const Type *check_closure(Checker *c, Expr *e, const Type *want)
{
    const Type *plain = strip_option(want);
    if (plain && plain->kind != TYPE_FN)
        plain = NULL;
    if (plain && !closure_arity_fits(c, e, plain))
        return c->error;
    ClosureFrame frame = {.outer = c->closure, .base = c->locals.len};
    if (plain && !type_has_var(plain->item))
        frame.result = plain->item;
    uint32_t loops = c->loops;
    size_t mark = check_open_scope(c);
    c->closure = &frame;
    c->loops = 0;
    TypeField *fields = arena_new_array(c->arena, TypeField, e->more->params.count + 1);
    bind_closure_params(c, e, plain, fields);
    const Type *result = closure_body(c, e, &frame);
    if (frame.result && !type_is_error(result))
        result = frame.result;
    c->loops = loops;
    c->closure = frame.outer;
    check_close_scope(c, mark);
    ExprMore *more = expr_more(c->arena, e);
    more->captures.items = frame.captures.items;
    more->captures.count = frame.captures.len;
    return type_fn(c->types, fields, e->more->params.count, result);
}

/* ---- control --------------------------------------------------------------------- */

static void check_if_head(Checker *c, Expr *e)
{
    if (!e->more->pattern) {
        check_condition(c, e->more->condition);
        return;
    }
    const Type *t = check_expr(c, e->more->condition, NULL);
    if (check_is_refutable(e->more->pattern)) {
        bool has_value = check_has_any(c, e->more->condition, t);
        check_fitting_pattern(c, e->more->pattern, has_value ? t : c->error);
        return;
    }
    if (t->kind != TYPE_OPTION && !type_is_error(t)) {
        Diag *d = diag_error(c->m->diags, F0320, e->more->condition->span,
                             "`if let` opens what may be none, but this is `%.*s`",
                             STR_ARG(t->name));
        diag_help(d, "write `let` on a line of its own");
        t = c->error;
    }
    check_pattern(c, e->more->pattern, t->kind == TYPE_OPTION ? t->item : c->error, false);
}

/* The pattern's names are seen in the block, not in the else. */
static const Type *then_part(Checker *c, Expr *e, bool has_value, const Type *want)
{
    size_t mark = check_open_scope(c);
    check_if_head(c, e);
    const Type *t = check_block(c, e->more->block, has_value, want);
    check_close_scope(c, mark);
    return t;
}

static const Type *else_part(Checker *c, Expr *e, bool has_value, const Type *want)
{
    if (!has_value) {
        check_dropped(c, e);
        return c->unit;
    }
    return want ? check_as(c, e, want) : check_expr(c, e, NULL);
}

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

/* What a part that needs it is told, when the other one is `t`. */
static const Type *lead_of(Checker *c, bool is_none, const Type *t)
{
    if (type_is_error(t))
        return t;
    if (t->kind == TYPE_NEVER || t->kind == TYPE_UNIT)
        return NULL;
    return is_none && t->kind != TYPE_OPTION ? type_option(c->types, t) : t;
}

/* Both parts where no type is wanted: the one that says its type goes first. */
static const Type *check_if_parts(Checker *c, Expr *e)
{
    bool is_else_first = e->more->else_expr && block_needs_want(c, e->more->block) &&
                         !check_needs_want(c, e->more->else_expr);
    const Type *first = NULL, *second = NULL;
    if (is_else_first) {
        first = check_expr(c, e->more->else_expr, NULL);
        second = then_part(c, e, true, lead_of(c, ends_in_none(e), first));
    } else {
        first = then_part(c, e, true, NULL);
        if (!e->more->else_expr)
            return c->unit;
        bool is_led = check_needs_want(c, e->more->else_expr);
        second = check_expr(c, e->more->else_expr,
                            is_led ? lead_of(c, ends_in_none(e->more->else_expr), first) : NULL);
    }
    const Type *both = check_common(c, first, second);
    if (both)
        return both;
    Diag *d = diag_error(c->m->diags, F0301, e->more->else_expr->span,
                         "the two sides of this `if` give different types");
    diag_label(d, "`%.*s`", STR_ARG((is_else_first ? first : second)->name));
    diag_note(d, e->more->block->span, "this side gives `%.*s`",
              STR_ARG((is_else_first ? second : first)->name));
    return c->error;
}

static const Type *check_if(Checker *c, Expr *e, const Type *want)
{
    if (!want || want->kind == TYPE_UNIT || !e->more->else_expr)
        return check_if_parts(c, e);
    const Type *first = then_part(c, e, true, want);
    const Type *second = else_part(c, e->more->else_expr, true, want);
    return first->kind == TYPE_NEVER && second->kind == TYPE_NEVER ? c->never : want;
}

static const Type *check_try_else(Checker *c, Expr *e, const Type *want)
{
    const Type *left = check_expr(c, e->left, want);
    if (left->kind == TYPE_UNIT) {
        check_expr(c, e->right, NULL);
        return c->unit;
    }
    const Type *right = check_expr(c, e->right, want ? want : left);
    const Type *both = check_common(c, left, right);
    if (both)
        return both;
    check_mismatch(c, e->right, right, left);
    return c->error;
}

static const Type *check_try_catch(Checker *c, Expr *e, bool has_value, const Type *want)
{
    const Type *first = check_block(c, e->more->block, has_value, want);
    size_t mark = check_open_scope(c);
    if (e->more->catch_name.name.len && !str_is(e->more->catch_name.name, "_")) {
        Binding *binding = check_declare(c, e->more->catch_name, c->string, false);
        binding->is_used = true; /* to look away is one way of handling it */
        expr_more(c->arena, e)->catch_binding = binding;
    }
    const Type *second = check_block(c, e->more->catch_block, has_value, want ? want : NULL);
    check_close_scope(c, mark);
    if (!has_value)
        return c->unit;
    if (want)
        return want;
    const Type *both = check_common(c, first, second);
    if (both)
        return both;
    Diag *d = diag_error(c->m->diags, F0301, e->more->catch_block->span,
                         "the two sides of this `try` give different types");
    diag_label(d, "`%.*s`", STR_ARG(second->name));
    diag_note(d, e->more->block->span, "this side gives `%.*s`", STR_ARG(first->name));
    return c->error;
}

/* `fail` and `return` as the right side of `??`, `else` and the like. */
static const Type *check_leaving(Checker *c, Expr *e)
{
    if (e->kind == EXPR_FAIL) {
        check_as(c, e->left, c->string);
        return c->never;
    }
    if (c->closure) {
        if (e->left && !c->closure->result)
            c->closure->result = check_expr(c, e->left, NULL);
        else if (e->left)
            check_as(c, e->left, c->closure->result);
    } else if (c->body != BODY_FN) {
        diag_error(c->m->diags, F0268, e->span,
                   "`return` leaves a function; a step leaves by `next`");
    } else if (e->left) {
        check_as(c, e->left, c->result);
    }
    return c->never;
}

/* ---- the whole ------------------------------------------------------------------- */

static const Type *check_name_or_case(Checker *c, Expr *e, const Type *want)
{
    uint32_t index = 0;
    Str name = e->name.name;
    Decl *decl = is_other_name(c, name) ? NULL : check_find_case(c, name, want, &index);
    return decl ? check_case_alone(c, e, decl, index, want) : check_name(c, e, false);
}

static const Type *check_kind(Checker *c, Expr *e, const Type *want)
{
    switch (e->kind) {
    case EXPR_ERROR: return c->error;
    case EXPR_INT: return check_int(c, e, want);
    case EXPR_FLOAT: return c->float_;
    case EXPR_BOOL: return c->bool_;
    case EXPR_SIZE: return c->size;
    case EXPR_DURATION: return c->duration;
    case EXPR_STRING: return check_string(c, e);
    case EXPR_NONE: return check_none(c, e, want);
    case EXPR_NAME: return check_name_or_case(c, e, want);
    case EXPR_FIELD: return check_field(c, e, want);
    case EXPR_CALL: return check_call(c, e, want);
    case EXPR_INDEX: return check_index(c, e);
    case EXPR_UNARY: return check_unary(c, e, want);
    case EXPR_BINARY: return check_binary(c, e, want);
    case EXPR_RANGE: return check_range(c, e);
    case EXPR_LIST: return check_list(c, e, want);
    case EXPR_MAP: return check_map(c, e, want);
    case EXPR_TUPLE: return check_tuple(c, e, want);
    case EXPR_CLOSURE: return check_closure(c, e, want);
    case EXPR_IF: return check_if(c, e, want);
    case EXPR_MATCH: return check_match(c, e, true, want);
    case EXPR_TRY_ELSE: return check_try_else(c, e, want);
    case EXPR_TRY_CATCH: return check_try_catch(c, e, true, want);
    case EXPR_BLOCK: return check_block(c, e->more->block, true, want);
    case EXPR_FAIL: case EXPR_RETURN: return check_leaving(c, e);
    case EXPR_SCRIPT: return check_script(c, e);
    }
    return c->error;
}

/* What has its type from its place alone. */
static bool is_bare(const Expr *e)
{
    return e->kind == EXPR_NONE ||
           ((e->kind == EXPR_LIST || e->kind == EXPR_MAP) && !e->items.count);
}

const Type *check_expr(Checker *c, Expr *e, const Type *want)
{
    if (want && type_is_error(want) && is_bare(e)) {
        e->type = c->error; /* what its place is was reported */
        return e->type;
    }
    bool is_passed_on = e->kind == EXPR_BLOCK; /* to its last expression */
    if (want && ((type_is_error(want) && !is_passed_on) || want->kind == TYPE_VAR))
        want = NULL;
    e->type = check_size(c, e->span, check_kind(c, e, want));
    return e->type;
}

/* ---- dropped values -------------------------------------------------------------- */

static Str text_behind(const Checker *c, Span at, uint32_t len)
{
    return span_text(c->m->sources, (Span){at.source, at.end, at.end + len});
}

/* `x <- 1`, which is a comparison with `-1`.  The name is spoken of once. */
static bool is_arrow(Checker *c, const Expr *e)
{
    if (e->kind != EXPR_BINARY || e->op != OP_LT || e->left->kind != EXPR_NAME ||
        !str_is(text_behind(c, e->op_span, 2), "- "))
        return false;
    Span arrow = {e->op_span.source, e->op_span.start, e->op_span.end + 1};
    Str name = e->left->name.name;
    Diag *d = diag_error(c->m->diags, F0121, arrow, "`<-` is not Flow");
    diag_fix(d, arrow, STR("="), "write `let %.*s = …`, or `%.*s = …` where it is a `var`",
             STR_ARG(name), STR_ARG(name));
    check_complain_once(c, name);
    if (e->right->kind == EXPR_UNARY)
        check_expr(c, e->right->left, NULL);
    return true;
}

static void say_dropped(Checker *c, const Expr *e, const Type *t)
{
    Diag *d = diag_error(c->m->diags, F0309, e->span, "this value goes nowhere");
    diag_label(d, "`%.*s`", STR_ARG(t->name));
    if (e->kind == EXPR_BINARY && e->op == OP_EQ)
        diag_fix(d, e->op_span, STR("="), "to assign, write `=`");
    else if (str_is(text_behind(c, e->span, 3), " //"))
        diag_help(d, "`//` begins a comment; a division that rounds down is `a div b`");
    else if (c->body == BODY_FN && !c->closure && c->result && type_assignable(t, c->result))
        diag_help(d, "to give it back: `return %.*s`; else bind it with `let`, or take it away",
                  STR_ARG(expr_text(c, e)));
    else
        diag_help(d, "bind it with `let`, or take it away");
}

/* Functions that people know as changing what they are called on, and that only give a value. */
static bool gives_only(const Builtin *b)
{
    switch (b->id) {
    case BUILTIN_SORT: case BUILTIN_SORT_BY: case BUILTIN_REVERSED: case BUILTIN_FILTER:
    case BUILTIN_TRIM: case BUILTIN_LOWER: case BUILTIN_UPPER: case BUILTIN_REPLACE:
    case BUILTIN_REPEAT: case BUILTIN_SPLIT: case BUILTIN_JOIN: case BUILTIN_MATRIX_TRANSPOSE:
        return true;
    default: return false;
    }
}

/* The name of what a dropped call would only give, from the library or built in; else empty. */
static Str only_given(Checker *c, const Expr *e)
{
    const Decl *decl = e->ref == REF_FN ? e->decl : NULL;
    const Decl *own = decl ? map_get(&c->m->prelude, decl->name.name) : NULL;
    if (e->ref == REF_BUILTIN && gives_only(e->builtin))
        return str_from(e->builtin->name);
    bool is_of_library = own && own->name.span.source == decl->name.span.source;
    bool only_gives = is_of_library && e->type->kind != TYPE_UNIT && !decl_changes_argument(decl);
    return only_gives ? decl->name.name : (Str){0};
}

static void warn_result_dropped(Checker *c, const Expr *e)
{
    Str name = e->type && !type_is_error(e->type) ? only_given(c, e) : (Str){0};
    if (!name.len)
        return;
    const Expr *of = e->call_arg_count ? e->call_args[0] : NULL;
    const Binding *b = of && of->kind == EXPR_NAME ? of->binding : NULL;
    Diag *d = diag_warning(c->m->diags, F0271, e->span,
                           "this changes nothing: what `%.*s` gives goes nowhere", STR_ARG(name));
    bool can_assign = b && b->is_mutable && type_assignable(e->type, b->type);
    Str text = expr_text(c, e);
    Span begin = {e->span.source, e->span.start, e->span.start};
    if (can_assign)
        diag_fix(d, begin, str_printf(c->arena, "%.*s = ", STR_ARG(b->name)),
                 "assign it: `%.*s = %.*s`", STR_ARG(b->name), STR_ARG(text));
    else
        diag_help(d, "give it a name: `let y = %.*s`", STR_ARG(text));
}

static void drop_if(Checker *c, Expr *e)
{
    then_part(c, e, false, NULL);
    if (e->more->else_expr)
        else_part(c, e->more->else_expr, false, NULL);
    e->type = c->unit;
}

void check_dropped(Checker *c, Expr *e)
{
    switch (e->kind) {
    case EXPR_IF:
        drop_if(c, e);
        return;
    case EXPR_BLOCK:
        check_block(c, e->more->block, false, NULL);
        e->type = c->unit;
        return;
    case EXPR_TRY_CATCH:
        e->type = check_try_catch(c, e, false, NULL);
        return;
    case EXPR_MATCH:
        e->type = check_match(c, e, false, NULL);
        return;
    case EXPR_CALL: case EXPR_TRY_ELSE: case EXPR_FAIL: case EXPR_RETURN:
    case EXPR_SCRIPT: case EXPR_ERROR:
        check_expr(c, e, NULL);
        if (e->kind == EXPR_CALL)
            warn_result_dropped(c, e);
        return;
    default:
        break;
    }
    if (is_arrow(c, e)) {
        e->type = c->error;
        return;
    }
    const Type *t = check_expr(c, e, NULL);
    if (type_is_error(t) || t->kind == TYPE_NEVER || t->kind == TYPE_UNIT)
        return;
    bool ends_leaving = e->kind == EXPR_BINARY && e->op == OP_COALESCE && e->right->type &&
                        e->right->type->kind == TYPE_NEVER;
    if (!ends_leaving)
        say_dropped(c, e, t);
}
