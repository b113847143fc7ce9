/* SPDX-License-Identifier: Apache-2.0 */
/* ast.c - node constructors: expressions, statements, types and patterns.
 *
 * Each expression knows how deep the tree below it is.  Brackets are bounded by the scanner, but
 * `a + b + c + …` nests without any: past AST_MAX_DEPTH the node is replaced by an error. */
#include <string.h>

#include "flow.tab.h"
#include "syntax/build.h"
#include "syntax/literal.h"

/* clang-format off */
StmtVec *vec_of_stmt(Parser *p, StmtVec *v, Stmt *x) { APPEND(p, StmtVec, v, x); }
ExprVec *vec_of_expr(Parser *p, ExprVec *v, Expr *x) { APPEND(p, ExprVec, v, x); }
ArmVec *vec_of_arm(Parser *p, ArmVec *v, const MatchArm *x) { APPEND(p, ArmVec, v, *x); }
PatternVec *vec_of_pattern(Parser *p, PatternVec *v, Pattern *x) { APPEND(p, PatternVec, v, x); }
/* clang-format on */

IdentVec *vec_of_ident(Parser *p, IdentVec *v, Span name)
{
    APPEND(p, IdentVec, v, ident_at(p, name));
}

ArgVec *vec_of_arg(Parser *p, ArgVec *v, Span name, Expr *value)
{
    APPEND(p, ArgVec, v, (Arg){ident_at(p, name), value});
}

TypeVec *vec_of_type(Parser *p, TypeVec *v, Span name, TypeExpr *type)
{
    APPEND(p, TypeVec, v, (TypeItem){ident_at(p, name), type});
}

PairVec *vec_of_pair(Parser *p, PairVec *v, Expr *key, Expr *value)
{
    APPEND(p, PairVec, v, (Pair){key, value});
}

PartVec *vec_of_text(Parser *p, PartVec *v, Span text)
{
    APPEND(p, PartVec, v, (StringPart){.span = text, .text = ident_at(p, text).name});
}

PartVec *vec_of_value(Parser *p, PartVec *v, Span span, Expr *value)
{
    APPEND(p, PartVec, v, (StringPart){.span = span, .value = value});
}

PartVec *vec_of_formatted(Parser *p, PartVec *v, Span span, Expr *value, Span format)
{
    StringPart part = {.span = span, .value = value, .format_span = format};
    part.format = ident_at(p, format).name;
    APPEND(p, PartVec, v, part);
}

/* ---- depth ------------------------------------------------------------------- */

static void deepen(uint16_t *depth, const Expr *e)
{
    if (e && e->depth > *depth)
        *depth = e->depth;
}

static void deepen_by_block(uint16_t *depth, const Block *b)
{
    if (b && b->depth > *depth)
        *depth = b->depth;
}

static void deepen_by_args(uint16_t *depth, ArgList args)
{
    for (size_t i = 0; i < args.count; i++)
        deepen(depth, args.items[i].value);
}

static void deepen_by_items(uint16_t *depth, ExprList items)
{
    for (size_t i = 0; i < items.count; i++)
        deepen(depth, items.items[i]);
}

static void deepen_by_more(uint16_t *depth, const ExprMore *more)
{
    deepen(depth, more->condition);
    deepen(depth, more->else_expr);
    deepen(depth, more->body_expr);
    deepen_by_block(depth, more->block);
    deepen_by_block(depth, more->catch_block);
    deepen_by_items(depth, more->keys);
    for (size_t i = 0; i < more->arms.count; i++) {
        deepen(depth, more->arms.items[i].guard);
        deepen(depth, more->arms.items[i].value);
    }
    if (more->script)
        deepen_by_args(depth, more->script->inputs);
}

/* Every constructor of a node with children ends with this. */
static Expr *settled(Parser *p, Expr *e)
{
    uint16_t depth = 0;
    deepen(&depth, e->base);
    deepen(&depth, e->left);
    deepen(&depth, e->right);
    deepen_by_args(&depth, expr_args(e));
    deepen_by_items(&depth, expr_items(e));
    PartList parts = expr_parts(e);
    for (size_t i = 0; i < parts.count; i++)
        deepen(&depth, parts.items[i].value);
    if (e->more != &expr_no_more)
        deepen_by_more(&depth, e->more);
    if (depth >= AST_MAX_DEPTH) {
        parser_too_deep(p, e->span);
        return expr_error(p, e->span);
    }
    e->depth = (uint16_t)(depth + 1);
    return e;
}

/* ---- expressions ---------------------------------------------------------------- */

bool decl_changes_argument(const Decl *fn)
{
    for (size_t i = 0; i < fn->params.count; i++)
        if (fn->params.items[i].is_var)
            return true;
    return false;
}

const ExprMore expr_no_more;

ExprMore *expr_more(Arena *a, Expr *e)
{
    ExprMore *more = arena_new(a, ExprMore);
    *more = *e->more;
    e->more = more;
    return more;
}

Expr *expr_new(Parser *p, ExprKind kind, Span span)
{
    Expr *e = arena_new(p->arena, Expr);
    e->kind = kind;
    e->span = span;
    e->more = &expr_no_more;
    return e;
}

/* Of a kind that has what few have. */
static Expr *expr_with(Parser *p, ExprKind kind, Span span, ExprMore more)
{
    Expr *e = expr_new(p, kind, span);
    *expr_more(p->arena, e) = more;
    return settled(p, e);
}

Expr *expr_error(Parser *p, Span span)
{
    return expr_new(p, EXPR_ERROR, span);
}

Expr *expr_name(Parser *p, Span name)
{
    Expr *e = expr_new(p, EXPR_NAME, name);
    e->name = ident_at(p, name);
    return e;
}

Expr *expr_integer(Parser *p, ExprKind kind, Span span, int64_t value)
{
    Expr *e = expr_new(p, kind, span);
    e->int_value = value;
    return e;
}

Expr *expr_real(Parser *p, Span span, double value)
{
    Expr *e = expr_new(p, EXPR_FLOAT, span);
    e->float_value = value;
    return e;
}

Expr *expr_bool(Parser *p, Span span, bool value)
{
    Expr *e = expr_new(p, EXPR_BOOL, span);
    e->int_value = value;
    return e;
}

/* Named arguments come last. */
static void take_args(Parser *p, ArgList *out, ArgVec *args)
{
    TAKE(p, ArgVec, *out, args);
    for (size_t i = 1; i < out->count; i++) {
        const Arg *before = &out->items[i - 1], *arg = &out->items[i];
        if (before->name.name.len == 0 || arg->name.name.len > 0)
            continue;
        Diag *d = diag_error(p->diags, F0124, arg->value->span,
                             "an argument without a name follows one with a name");
        diag_note(d, before->name.span, "this one has a name");
        diag_help(d, "give it its name too, or put it in front");
        return;
    }
}

Expr *expr_paren(Parser *p, Span span, ArgVec *args, bool has_comma)
{
    if (p->current.is_missing)
        return expr_error(p, span);
    if (args->len == 1 && !has_comma && args->items[0].name.name.len == 0) {
        Expr *inner = args->items[0].value;
        inner->is_parenthesised = true;
        inner->span = span;
        GIVE_BACK(p, ArgVec, args);
        return inner;
    }
    Expr *e = expr_new(p, EXPR_TUPLE, span);
    TAKE(p, ArgVec, e->args, args);
    return settled(p, e);
}

Expr *expr_list(Parser *p, Span span, ExprVec *items)
{
    if (p->current.is_missing)
        return expr_error(p, span);
    Expr *e = expr_new(p, EXPR_LIST, span);
    TAKE(p, ExprVec, e->items, items);
    return settled(p, e);
}

Expr *expr_map(Parser *p, Span span, PairVec *pairs)
{
    if (p->current.is_missing)
        return expr_error(p, span);
    Expr *e = expr_new(p, EXPR_MAP, span);
    size_t count = pairs ? pairs->len : 0;
    ExprList *keys = &expr_more(p->arena, e)->keys;
    keys->items = arena_new_array(p->arena, Expr *, count);
    e->items.items = arena_new_array(p->arena, Expr *, count);
    keys->count = e->items.count = count;
    for (size_t i = 0; i < count; i++) {
        keys->items[i] = pairs->items[i].key;
        e->items.items[i] = pairs->items[i].value;
    }
    if (pairs)
        GIVE_BACK(p, PairVec, pairs);
    return settled(p, e);
}

Expr *expr_field(Parser *p, Span span, Expr *base, Span name, bool is_optional)
{
    Expr *e = expr_new(p, EXPR_FIELD, span);
    e->base = base;
    e->name = ident_at(p, name);
    e->is_optional = is_optional;
    return settled(p, e);
}

Expr *expr_call(Parser *p, Span span, Expr *base, ArgVec *args)
{
    if (p->current.is_missing)
        return expr_error(p, span);
    Expr *e = expr_new(p, EXPR_CALL, span);
    e->base = base;
    take_args(p, &e->args, args);
    return settled(p, e);
}

Expr *expr_index(Parser *p, Span span, Expr *base, ExprVec *indices)
{
    if (p->current.is_missing)
        return expr_error(p, span);
    Expr *e = expr_new(p, EXPR_INDEX, span);
    e->base = base;
    ArgVec *args = NULL;
    for (size_t i = 0; i < indices->len; i++)
        args = vec_of_arg(p, args, (Span){0}, indices->items[i]);
    GIVE_BACK(p, ExprVec, indices);
    TAKE(p, ArgVec, e->args, args);
    return settled(p, e);
}

static bool is_number(const Expr *e)
{
    return e->kind == EXPR_INT || e->kind == EXPR_FLOAT || e->kind == EXPR_SIZE ||
           e->kind == EXPR_DURATION;
}

/* A minus before a literal makes a negative literal, whose `op` says so: only thus can the least
 * int be written. */
static Expr *negative_literal(Expr *e, Span span)
{
    e->op = OP_NEG;
    e->span = span;
    if (e->kind == EXPR_FLOAT)
        e->float_value = -e->float_value;
    else if (e->int_value != INT64_MIN)
        e->int_value = -e->int_value;
    return e;
}

Expr *expr_unary(Parser *p, Span span, Op op, Span op_span, Expr *operand)
{
    if (op == OP_NEG && is_number(operand) && operand->op != OP_NEG && !operand->is_parenthesised)
        return negative_literal(operand, span);
    Expr *e = expr_new(p, EXPR_UNARY, span);
    e->op = op;
    e->op_span = op_span;
    e->left = operand;
    return settled(p, e);
}

/* 2^63 behind a minus that turned out to be a subtraction. */
static Expr *within_range(Parser *p, Expr *e)
{
    if (e->kind != EXPR_INT || e->int_value != INT64_MIN || e->op == OP_NEG)
        return e;
    Diag *d = diag_error(p->diags, F0106, e->span, "this number is too large");
    diag_label(d, "the largest is 9_223_372_036_854_775_807");
    return expr_error(p, e->span);
}

Expr *expr_binary(Parser *p, Span span, Op op, Expr *left, Span op_span, Expr *right)
{
    Expr *e = expr_new(p, EXPR_BINARY, span);
    e->op = op;
    e->op_span = op_span;
    e->left = within_range(p, left);
    e->right = within_range(p, right);
    return settled(p, e);
}

static bool is_comparison(const Expr *e)
{
    return e->kind == EXPR_BINARY && e->op >= OP_EQ && e->op <= OP_NOT_IN && !e->is_parenthesised;
}

Expr *expr_compare(Parser *p, Span span, Op op, Expr *left, Span op_span, Expr *right)
{
    if (is_comparison(left)) {
        Diag *d = diag_error(p->diags, F0122, op_span, "comparisons do not chain");
        diag_note(d, left->op_span, "this one comes first");
        diag_help(d, "join two of them with `and`, as in `a < b and b < c`");
        return expr_error(p, span);
    }
    return expr_binary(p, span, op, left, op_span, right);
}

Expr *expr_range(Parser *p, Span span, Expr *left, Expr *right, bool is_closed)
{
    Expr *e = expr_new(p, EXPR_RANGE, span);
    e->left = left;
    e->right = right;
    e->is_closed = is_closed;
    return settled(p, e);
}

/* The whole has a name that no text can hold. */
Param *param_parts(Parser *p, Span span, Pattern *parts)
{
    Param *param = param_new(p, span, NULL, NULL, false);
    param->name.name = str_printf(p->arena, "?%u", span.start);
    param->parts = parts;
    return param;
}

static Stmt *let_parts(Parser *p, const Param *param)
{
    Expr *whole = expr_new(p, EXPR_NAME, param->name.span);
    whole->name = param->name;
    Stmt *head = stmt_head(p, STMT_LET, param->name.span, param->parts, NULL);
    return stmt_bound(p, head, param->name.span, settled(p, whole));
}

/* `|(a, b)| a + b` is `|pair| { let (a, b) = pair; a + b }`. */
static Expr *body_with_parts(Parser *p, const ParamVec *params, Expr *body)
{
    StmtVec *stmts = NULL;
    for (size_t i = 0; params && i < params->len; i++)
        if (params->items[i].parts)
            stmts = vec_of_stmt(p, stmts, let_parts(p, &params->items[i]));
    if (!stmts)
        return body;
    bool is_block = body->kind == EXPR_BLOCK;
    Span close = is_block ? body->more->block->close
                          : (Span){p->source, body->span.end, body->span.end};
    for (size_t i = 0; is_block && i < body->more->block->stmts.count; i++)
        stmts = vec_of_stmt(p, stmts, body->more->block->stmts.items[i]);
    bool leaves = body->kind == EXPR_FAIL || body->kind == EXPR_RETURN;
    if (leaves)
        stmts = vec_of_stmt(p, stmts, stmt_leave(p, body->span, body->span, body));
    else if (!is_block)
        stmts = vec_of_stmt(p, stmts, stmt_expr(p, body->span, body));
    return expr_block(p, block_new(p, body->span, close, stmts));
}

Expr *expr_closure(Parser *p, Span span, ParamVec *params, Expr *body)
{
    ExprMore more = {0};
    body = body_with_parts(p, params, body);
    TAKE(p, ParamVec, more.params, params);
    if (body->kind == EXPR_BLOCK)
        more.block = body->more->block;
    else
        more.body_expr = body;
    return expr_with(p, EXPR_CLOSURE, span, more);
}

const Condition *condition_new(Parser *p, Pattern *pattern, Expr *value)
{
    Condition *c = arena_new(p->arena, Condition);
    *c = (Condition){pattern, value};
    return c;
}

Expr *expr_if(Parser *p, Span span, const Condition *condition, Block *block, Expr *otherwise)
{
    ExprMore more = {.pattern = condition->pattern,
                     .condition = condition->value,
                     .block = block,
                     .else_expr = otherwise};
    return expr_with(p, EXPR_IF, span, more);
}

Expr *expr_match(Parser *p, Span span, Expr *value, ArmVec *arms)
{
    ExprMore more = {.condition = value};
    TAKE(p, ArmVec, more.arms, arms);
    return expr_with(p, EXPR_MATCH, span, more);
}

Expr *expr_try_else(Parser *p, Span span, Expr *value, Expr *otherwise)
{
    Expr *e = expr_new(p, EXPR_TRY_ELSE, span);
    e->left = value;
    e->right = otherwise;
    return settled(p, e);
}

Expr *expr_try_catch(Parser *p, Span span, Block *block, Span name, Block *handler)
{
    ExprMore more = {.block = block, .catch_name = ident_at(p, name), .catch_block = handler};
    return expr_with(p, EXPR_TRY_CATCH, span, more);
}

Expr *expr_block(Parser *p, Block *block)
{
    return expr_with(p, EXPR_BLOCK, block->span, (ExprMore){.block = block});
}

Expr *expr_of_stmt(Parser *p, Stmt *stmt)
{
    Span end = {stmt->span.source, stmt->span.end, stmt->span.end};
    return expr_block(p, block_new(p, stmt->span, end, vec_of_stmt(p, NULL, stmt)));
}

Expr *expr_leave(Parser *p, ExprKind kind, Span span, Expr *value)
{
    Expr *e = expr_new(p, kind, span);
    e->left = value;
    return settled(p, e);
}

static Expr *script_new(Parser *p, Span span, Span language, ArgVec *inputs, ParamVec *results)
{
    Script *script = arena_new(p->arena, Script);
    script->language = ident_at(p, language);
    take_args(p, &script->inputs, inputs);
    TAKE(p, ParamVec, script->results, results);
    return expr_with(p, EXPR_SCRIPT, span, (ExprMore){.script = script});
}

Expr *expr_script(Parser *p, Span span, Span language, ArgVec *inputs, ParamVec *results,
                  Span text_span, Str text)
{
    Expr *e = script_new(p, span, language, inputs, results);
    if (e->more->script) {
        e->more->script->text = literal_script(p->arena, text);
        e->more->script->text_span = text_span;
    }
    return e;
}

Expr *expr_script_from(Parser *p, Span span, Span language, ArgVec *inputs, ParamVec *results,
                       Expr *from)
{
    Expr *e = script_new(p, span, language, inputs, results);
    if (e->more->script) {
        e->more->script->from = expr_plain_text(p, from);
        e->more->script->text_span = from->span;
    }
    return e;
}

/* ---- strings ------------------------------------------------------------------------ */

static const char *last_newline(Str s)
{
    for (size_t i = s.len; i > 0; i--)
        if (s.ptr[i - 1] == '\n')
            return s.ptr + i - 1;
    return NULL;
}

static size_t count_blanks(Str s, size_t at)
{
    size_t end = at;
    while (end < s.len && (s.ptr[end] == ' ' || s.ptr[end] == '\t'))
        end++;
    return end - at;
}

/* Says which line does not have the indentation of the last one. */
static bool has_indent(Parser *p, const StringPart *part, bool is_last, size_t indent)
{
    Str s = part->text;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '\n')
            continue;
        size_t blanks = count_blanks(s, i + 1), next = i + 1 + blanks;
        bool is_blank_line = next < s.len ? s.ptr[next] == '\n' || s.ptr[next] == '\r' : is_last;
        if (blanks >= indent || is_blank_line)
            continue;
        uint32_t at = part->span.start + (uint32_t)(i + 1);
        Span span = {p->source, at, at + (uint32_t)blanks};
        Diag *d = diag_error(p->diags, F0109, span,
                             "this line is indented less than the last one of its string");
        diag_help(d, "what the last line is indented by is taken off every line");
        return false;
    }
    return true;
}

static size_t string_indent(const PartVec *parts)
{
    for (size_t i = parts->len; i > 0; i--)
        if (!parts->items[i - 1].value && last_newline(parts->items[i - 1].text))
            return literal_last_indent(parts->items[i - 1].text);
    return 0;
}

/* A last line with nothing in it is there for the closing quotes. */
static void drop_last_line(StringPart *part)
{
    const char *newline = part->value ? NULL : last_newline(part->text);
    if (!newline)
        return;
    size_t at = (size_t)(newline - part->text.ptr);
    if (count_blanks(part->text, at + 1) == part->text.len - at - 1) {
        part->text.len = at;
        if (at > 0 && newline[-1] == '\r')
            part->text.len--;
    }
}

/* The same for the line with the opening quotes; the text has no CR by now. */
static void drop_first_line(StringPart *part)
{
    size_t blanks = count_blanks(part->text, 0);
    if (!part->value && blanks < part->text.len && part->text.ptr[blanks] == '\n')
        part->text = str_slice(part->text, blanks + 1, part->text.len);
}

Expr *expr_string(Parser *p, Span span, Opening begin, PartVec *parts)
{
    Expr *e = expr_new(p, EXPR_STRING, span);
    if (!parts)
        return e;
    size_t indent = 0;
    bool is_block = begin.quotes > 1;
    if (is_block) {
        indent = string_indent(parts);
        for (size_t i = 0; i < parts->len; i++)
            if (!parts->items[i].value &&
                !has_indent(p, &parts->items[i], i + 1 == parts->len, indent))
                break;
        drop_last_line(&parts->items[parts->len - 1]);
    }
    for (size_t i = 0; i < parts->len; i++) {
        StringPart *part = &parts->items[i];
        if (part->value)
            continue;
        part->text = begin.is_raw ? literal_raw(p->arena, part->text, indent)
                                  : literal_unescape(p->arena, part->text, indent);
        if (i == 0 && is_block)
            drop_first_line(part);
    }
    TAKE(p, PartVec, e->parts, parts);
    return settled(p, e);
}

Str expr_plain_text(Parser *p, const Expr *e)
{
    if (e->kind != EXPR_STRING || e->parts.count == 0)
        return (Str){0};
    for (size_t i = 0; i < e->parts.count; i++) {
        if (!e->parts.items[i].value)
            continue;
        Diag *d = diag_error(p->diags, F0120, e->parts.items[i].span,
                             "this text must be known without running anything");
        diag_help(d, "a brace itself is written `\\{`");
        return (Str){0};
    }
    return e->parts.items[0].text;
}

/* ---- types --------------------------------------------------------------------------- */

static TypeExpr *type_new(Parser *p, TypeExprKind kind, Span span, size_t count)
{
    TypeExpr *t = arena_new(p->arena, TypeExpr);
    t->kind = kind;
    t->span = span;
    if (count)
        t->args.items = arena_new_array(p->arena, TypeExpr *, count);
    t->args.count = count;
    return t;
}

/* Takes the list. */
static TypeExpr *type_of_items(Parser *p, TypeExprKind kind, Span span, TypeVec *items)
{
    if (!items)
        return type_new(p, kind, span, 0);
    TypeExpr *t = type_new(p, kind, span, items->len);
    for (size_t i = 0; i < items->len; i++)
        t->args.items[i] = items->items[i].type;
    GIVE_BACK(p, TypeVec, items);
    return t;
}

TypeExpr *type_expr_of(Parser *p, TypeExprKind kind, Span span, TypeExpr *first, TypeExpr *second)
{
    TypeExpr *t = type_new(p, kind, span, second ? 2 : first ? 1 : 0);
    if (first)
        t->args.items[0] = first;
    if (second)
        t->args.items[1] = second;
    return t;
}

TypeExpr *type_expr_name(Parser *p, Span span, Span module, Span name, TypeVec *args)
{
    TypeExpr *t = type_of_items(p, TYPE_EXPR_NAME, span, args);
    t->module = ident_at(p, module);
    t->name = ident_at(p, name);
    return t;
}

/* An option of an option would be the same type. */
TypeExpr *type_expr_option(Parser *p, Span span, TypeExpr *base)
{
    return base->kind == TYPE_EXPR_OPTION ? base
                                          : type_expr_of(p, TYPE_EXPR_OPTION, span, base, NULL);
}

TypeExpr *type_expr_fn(Parser *p, Span span, TypeVec *params, TypeExpr *result)
{
    TypeExpr *t = type_of_items(p, TYPE_EXPR_FN, span, params);
    t->result = result;
    return t;
}

TypeExpr *type_expr_tuple(Parser *p, Span span, TypeVec *parts)
{
    if (parts->len == 1 && parts->items[0].name.name.len == 0)
        return parts->items[0].type;
    IdentList names = {arena_new_array(p->arena, Ident, parts->len), parts->len};
    for (size_t i = 0; i < names.count; i++)
        names.items[i] = parts->items[i].name;
    TypeExpr *t = type_of_items(p, TYPE_EXPR_TUPLE, span, parts);
    t->names = names;
    return t;
}

TypeExpr *type_expr_union(Parser *p, Span span, TypeExpr *left, TypeExpr *right)
{
    size_t before = left->kind == TYPE_EXPR_UNION ? left->args.count : 1;
    TypeExpr *t = type_new(p, TYPE_EXPR_UNION, span, before + 1);
    if (left->kind == TYPE_EXPR_UNION)
        memcpy(t->args.items, left->args.items, before * sizeof *t->args.items);
    else
        t->args.items[0] = left;
    t->args.items[before] = right;
    return t;
}

/* ---- patterns -------------------------------------------------------------------------- */

Pattern *pattern_new(Parser *p, PatternKind kind, Span span)
{
    Pattern *pattern = arena_new(p->arena, Pattern);
    pattern->kind = kind;
    pattern->span = span;
    return pattern;
}

static bool is_capital(Str name)
{
    return name.len > 0 && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z';
}

Pattern *pattern_name(Parser *p, Span span, Span place)
{
    Ident name = ident_at(p, place);
    Pattern *pattern = pattern_new(p, is_capital(name.name) ? PATTERN_CASE : PATTERN_NAME, span);
    pattern->name = name;
    return pattern;
}

Pattern *pattern_none(Parser *p, Span span)
{
    Pattern *pattern = pattern_new(p, PATTERN_CASE, span);
    pattern->name = (Ident){STR("none"), span};
    return pattern;
}

Pattern *pattern_case(Parser *p, Span span, Span place, PatternVec *parts)
{
    Ident name = ident_at(p, place);
    if (!is_capital(name.name) && !str_is(name.name, "some")) {
        Diag *d =
            diag_error(p->diags, F0127, name.span,
                       "`%.*s` is no case: those begin with a capital letter", STR_ARG(name.name));
        diag_help(d, "an option is matched by `some(x)` and `none`");
        return pattern_new(p, PATTERN_ERROR, span);
    }
    Pattern *pattern = pattern_new(p, PATTERN_CASE, span);
    pattern->name = name;
    TAKE(p, PatternVec, pattern->parts, parts);
    return pattern;
}

Pattern *pattern_tuple(Parser *p, Span span, PatternVec *parts)
{
    if (parts->len == 1)
        return parts->items[0];
    Pattern *pattern = pattern_new(p, PATTERN_TUPLE, span);
    TAKE(p, PatternVec, pattern->parts, parts);
    return pattern;
}

Pattern *pattern_bare(Parser *p, Span span, Pattern *first, PatternVec *rest)
{
    PatternVec *parts = first ? vec_of_pattern(p, NULL, first) : NULL;
    for (size_t i = 0; i < rest->len; i++)
        parts = vec_of_pattern(p, parts, rest->items[i]);
    Str text = str_slice(p->text->text, span.start, span.end);
    if (!first)
        text = str_slice(text, 1, text.len - 1);
    Str whole = str_printf(p->arena, "(%.*s)", STR_ARG(text));
    if (first) {
        Diag *d = diag_error(p->diags, F0121, span, "several names stand in parentheses");
        diag_fix(d, span, whole, "write `%.*s`", STR_ARG(whole));
    } else {
        Diag *d = diag_error(p->diags, F0121, span, "no pattern takes a list apart");
        diag_fix(d, span, whole, "of a tuple write `%.*s`; what a list has is `xs[0]`, `xs[1]`",
                 STR_ARG(whole));
    }
    return pattern_tuple(p, span, parts);
}

Pattern *pattern_literal(Parser *p, Expr *literal)
{
    Pattern *pattern = pattern_new(p, PATTERN_LITERAL, literal->span);
    pattern->literal = literal;
    return pattern;
}

MatchArm *arm_new(Parser *p, Span span, Pattern *pattern, Expr *guard, Expr *value)
{
    p->made.arm = (MatchArm){pattern, guard, value, span};
    return &p->made.arm;
}

MatchArm *arm_error(Parser *p, Span span)
{
    return arm_new(p, span, pattern_new(p, PATTERN_ERROR, span), NULL, expr_error(p, span));
}

Pattern *pattern_or(Parser *p, Span span, Pattern *left, Pattern *right)
{
    PatternVec *parts = NULL;
    if (left->kind == PATTERN_OR)
        for (size_t i = 0; i < left->parts.count; i++)
            parts = vec_of_pattern(p, parts, left->parts.items[i]);
    else
        parts = vec_of_pattern(p, parts, left);
    parts = vec_of_pattern(p, parts, right);
    Pattern *pattern = pattern_new(p, PATTERN_OR, span);
    TAKE(p, PatternVec, pattern->parts, parts);
    return pattern;
}

/* ---- statements -------------------------------------------------------------------------- */

static Stmt *stmt_new(Parser *p, StmtKind kind, Span span, Span keyword)
{
    Stmt *s = arena_new(p->arena, Stmt);
    s->kind = kind;
    s->span = span;
    s->keyword_span = keyword;
    return s;
}

Block *block_new(Parser *p, Span span, Span close, StmtVec *stmts)
{
    Block *b = arena_new(p->arena, Block);
    b->span = span;
    b->close = close;
    if (p->current.kind == TOK_RBRACE && p->current.is_missing)
        stmts = vec_of_stmt(p, stmts, stmt_expr(p, close, expr_error(p, close)));
    TAKE(p, StmtVec, b->stmts, stmts);
    for (size_t i = 0; i < b->stmts.count; i++) {
        const Stmt *s = b->stmts.items[i];
        deepen(&b->depth, s->value);
        deepen(&b->depth, s->target);
        deepen_by_block(&b->depth, s->block);
    }
    b->depth++;
    return b;
}

Block *block_lost(Parser *p, const Block *body)
{
    Stmt *lost = stmt_expr(p, body->close, expr_error(p, body->close));
    return block_new(p, body->span, body->close, vec_of_stmt(p, NULL, lost));
}

Stmt *stmt_error(Parser *p, Span span)
{
    return stmt_new(p, STMT_ERROR, span, span);
}

Stmt *stmt_expr(Parser *p, Span span, Expr *value)
{
    return stmt_value(p, STMT_EXPR, span, span, value);
}

Stmt *stmt_value(Parser *p, StmtKind kind, Span span, Span keyword, Expr *value)
{
    Stmt *s = stmt_new(p, kind, span, keyword);
    s->value = value;
    return s;
}

Stmt *stmt_leave(Parser *p, Span span, Span keyword, Expr *leave)
{
    if (leave->kind != EXPR_FAIL && leave->kind != EXPR_RETURN)
        return stmt_error(p, span);
    keyword.end = keyword.start + (leave->kind == EXPR_FAIL ? 4 : 6);
    return stmt_value(p, leave->kind == EXPR_FAIL ? STMT_FAIL : STMT_RETURN, span, keyword,
                      leave->left);
}

Stmt *stmt_head(Parser *p, StmtKind kind, Span keyword, Pattern *pattern, TypeExpr *declared)
{
    Stmt *s = stmt_new(p, kind, keyword, keyword);
    s->pattern = pattern;
    s->declared = declared;
    return s;
}

Stmt *stmt_bound(Parser *p, Stmt *head, Span span, Expr *value)
{
    (void)p;
    head->span = span;
    head->value = value;
    return head;
}

Stmt *stmt_unbound(Parser *p, Stmt *head, Span span, Span error)
{
    return stmt_bound(p, head, span, expr_error(p, error));
}

Stmt *stmt_keep_name(Parser *p, Span span, Span keyword, Span name)
{
    Stmt *s = stmt_new(p, STMT_KEEP, span, keyword);
    s->pattern = pattern_new(p, PATTERN_NAME, name);
    s->pattern->name = ident_at(p, name);
    return s;
}

static bool can_be_assigned(const Expr *e)
{
    if (e->kind == EXPR_ERROR || e->kind == EXPR_NAME)
        return true;
    if (e->kind == EXPR_FIELD)
        return !e->is_optional && can_be_assigned(e->base);
    return e->kind == EXPR_INDEX && can_be_assigned(e->base);
}

Stmt *stmt_assign(Parser *p, Span span, Expr *target, Op op, Span op_span, Expr *value)
{
    Stmt *s = stmt_new(p, STMT_ASSIGN, span, op_span);
    s->op = op;
    s->target = target;
    s->value = value;
    if (!can_be_assigned(target)) {
        Diag *d = diag_error(p->diags, F0123, target->span, "this cannot be assigned to");
        diag_label(d, "not a variable, nor a field or an element of one");
        if (target->kind == EXPR_TUPLE)
            diag_help(d, "`let (a, b) = …` takes a tuple apart");
        s->target = expr_error(p, target->span);
    }
    return s;
}

Stmt *stmt_for(Parser *p, Span span, Span keyword, Pattern *pattern, Expr *list, Block *block)
{
    Stmt *s = stmt_value(p, STMT_FOR, span, keyword, list);
    s->pattern = pattern;
    s->block = block;
    return s;
}

Stmt *stmt_while(Parser *p, Span span, Span keyword, const Condition *condition, Block *block)
{
    Stmt *s = stmt_value(p, STMT_WHILE, span, keyword, condition->value);
    s->pattern = condition->pattern;
    s->block = block;
    return s;
}

Stmt *stmt_next(Parser *p, Span span, Span keyword, IdentVec *targets, Expr *foreach)
{
    Stmt *s = stmt_value(p, STMT_NEXT, span, keyword, foreach);
    TAKE(p, IdentVec, s->targets, targets);
    if (foreach && s->targets.count > 1) {
        Diag *d = diag_error(p->diags, F0120, s->targets.items[1].span,
                             "a `foreach` goes to one step");
        diag_help(d, "go to a step that splits further with a `next` of its own");
        s->targets.count = 1;
    }
    return s;
}
