/* SPDX-License-Identifier: Apache-2.0 */
/* Operators.  Arithmetic is a small table over kinds; comparison and `in` follow from what can
 * be compared; `??` opens an option. */
#include "sema/check.h"

const char *op_text(Op op)
{
    static const char *const text[] = {
        [OP_NONE] = "=",    [OP_ADD] = "+",    [OP_SUB] = "-",  [OP_MUL] = "*",
        [OP_FDIV] = "/",    [OP_IDIV] = "div", [OP_MOD] = "%",  [OP_POW] = "**",
        [OP_MATMUL] = "@",  [OP_EQ] = "==",    [OP_NE] = "!=",  [OP_LT] = "<",
        [OP_LE] = "<=",     [OP_GT] = ">",     [OP_GE] = ">=",  [OP_IN] = "in",
        [OP_NOT_IN] = "not in", [OP_AND] = "and", [OP_OR] = "or", [OP_COALESCE] = "??",
        [OP_NEG] = "-",     [OP_NOT] = "not",
    };
    return text[op];
}

/* ---- arithmetic ------------------------------------------------------------------ */

static const Type *number_result(Checker *c, Op op, const Type *l, const Type *r)
{
    bool are_ints = l->kind == TYPE_INT && r->kind == TYPE_INT;
    switch (op) {
    case OP_ADD: case OP_SUB: case OP_MUL: case OP_POW:
        return are_ints ? c->int_ : c->float_;
    case OP_FDIV:
        return c->float_;
    case OP_IDIV: case OP_MOD:
        return are_ints ? c->int_ : NULL;
    default:
        return NULL;
    }
}

static const Type *quantity_result(Checker *c, Op op, const Type *l, const Type *r)
{
    if (l == r && (op == OP_ADD || op == OP_SUB))
        return l;
    if (l == r && op == OP_FDIV)
        return c->float_;
    if (type_is_quantity(l) && type_is_number(r) && (op == OP_MUL || op == OP_FDIV))
        return l;
    if (type_is_number(l) && type_is_quantity(r) && op == OP_MUL)
        return r;
    return NULL;
}

static const Type *time_result(Checker *c, Op op, const Type *l, const Type *r)
{
    if (op == OP_SUB && l == r)
        return c->duration;
    if ((op == OP_ADD || op == OP_SUB) && l->kind == TYPE_TIME && r->kind == TYPE_DURATION)
        return l;
    return op == OP_ADD && l->kind == TYPE_DURATION && r->kind == TYPE_TIME ? r : NULL;
}

/* `@` with a list takes it for a column. */
static const Type *matrix_result(Op op, const Type *l, const Type *r)
{
    bool are_both = l->is_matrix && r->is_matrix;
    if (op == OP_ADD || op == OP_SUB || (op == OP_MATMUL && are_both))
        return are_both ? l : NULL;
    if (op == OP_MATMUL)
        return r->kind == TYPE_LIST && r->item->kind == TYPE_FLOAT ? r : NULL;
    if (op == OP_MUL && type_is_number(l))
        return r;
    return (op == OP_MUL || op == OP_FDIV) && type_is_number(r) ? l : NULL;
}

static const Type *arithmetic_result(Checker *c, Op op, const Type *l, const Type *r)
{
    if (l->is_matrix || (r->is_matrix && op != OP_MATMUL))
        return matrix_result(op, l, r);
    if (type_is_number(l) && type_is_number(r))
        return number_result(c, op, l, r);
    if (l->kind == TYPE_TIME || r->kind == TYPE_TIME)
        return time_result(c, op, l, r);
    if (type_is_quantity(l) || type_is_quantity(r))
        return quantity_result(c, op, l, r);
    if (op == OP_ADD && l == r && (l->kind == TYPE_STRING || l->kind == TYPE_BYTES))
        return l;
    if (op == OP_ADD && l->kind == TYPE_LIST && r->kind == TYPE_LIST && type_same(l, r))
        return type_has_error(l) ? r : l;
    return NULL;
}

static bool is_comparison(Op op)
{
    return op >= OP_EQ && op <= OP_GE;
}

static void say_option(Checker *c, const Expr *operand)
{
    Diag *d = diag_error(c->m->diags, F0321, operand->span,
                         "this may be none, so it has to be opened first");
    diag_label(d, "`%.*s`", STR_ARG(operand->type->name));
    diag_help(d, "write `x ?? DEFAULT`, `x ?? fail \"…\"`, or `if let v = x { … }`");
}

static Str short_text(Checker *c, const Expr *e, const char *instead)
{
    Str text = span_text(c->m->sources, e->span);
    bool is_short = text.len <= 30 && str_find(text, '\n') < 0 && str_find(text, '"') < 0;
    return is_short ? text : str_from(instead);
}

static void suggest_text(Checker *c, Diag *d, const Expr *left, const Expr *right)
{
    StrBuf text;
    strbuf_init(&text, c->arena);
    strbuf_add_char(&text, '"');
    const Expr *sides[] = {left, right};
    for (size_t i = 0; i < 2; i++) {
        if (sides[i]->kind == EXPR_STRING && sides[i]->parts.count == 1 &&
            !sides[i]->parts.items[0].value)
            strbuf_add(&text, sides[i]->parts.items[0].text);
        else
            strbuf_printf(&text, "{%.*s}", STR_ARG(short_text(c, sides[i], i ? "b" : "a")));
    }
    strbuf_add_char(&text, '"');
    diag_help(d, "put it into the text: `%.*s`", STR_ARG(strbuf_str(&text)));
}

static bool made_by_call(const Type *t)
{
    return t->kind == TYPE_TIME || t->kind == TYPE_BYTES;
}

/* What people write for it elsewhere. */
static bool suggest_product(Diag *d, Op op, const Type *l, const Type *r)
{
    bool are_both = l->is_matrix && r->is_matrix;
    if (op == OP_MATMUL)
        diag_help(d, "`@` multiplies matrices, or a matrix with a list of floats: "
                     "`matrix([[1.0, 2.0], [3.0, 4.0]]) @ [5.0, 6.0]`");
    else if (are_both && (op == OP_MUL || op == OP_FDIV))
        diag_help(d, "`a @ b` is the product of matrices; element by element is `matrix(a.rows, "
                     "a.cols, |i, j| a[i, j] %s b[i, j])`", op_text(op));
    else if (l->is_matrix || r->is_matrix)
        diag_help(d, "a function of each element is `m.map(|x| …)`");
    return op == OP_MATMUL || l->is_matrix || r->is_matrix;
}

static void say_bad_operands(Checker *c, Op op, Span span, const Expr *left, const Expr *right)
{
    const Type *l = left->type, *r = right->type;
    bool makes_text = op == OP_ADD && (l->kind == TYPE_STRING || r->kind == TYPE_STRING);
    SecretUse use = makes_text ? SECRET_SHOWN : SECRET_COMPARED;
    if ((makes_text || is_comparison(op) || op == OP_IN || op == OP_NOT_IN) &&
        (check_say_secret(c, span, l, use) || check_say_secret(c, span, r, use)))
        return;
    Diag *d = diag_error(c->m->diags, F0307, span, "`%s` does not go with `%.*s` and `%.*s`",
                         op_text(op), STR_ARG(l->name), STR_ARG(r->name));
    diag_label(d, "`%.*s` %s `%.*s`", STR_ARG(l->name), op_text(op), STR_ARG(r->name));
    bool has_string = l->kind == TYPE_STRING || r->kind == TYPE_STRING;
    if (suggest_product(d, op, l, r))
        return;
    const Type *made = made_by_call(l) ? l : r;
    if (made_by_call(made) && has_string)
        diag_help(d, "make the text one first: `%.*s(…)`", STR_ARG(made->name));
    else if (l->kind == TYPE_TIME && type_is_number(r) && (op == OP_ADD || op == OP_SUB))
        diag_help(d, "give the number a unit, as in `30s`");
    else if (l->kind == TYPE_JSON || r->kind == TYPE_JSON)
        diag_help(d, "take out what it holds: `.int()`, `.float()`, `.string()`, …");
    else if (l->is_opaque && op != OP_IN && op != OP_NOT_IN)
        diag_help(d, "ask for numbers where the type parameter is declared: `[%.*s: number]`",
                  STR_ARG(l->name));
    else if (op == OP_ADD && has_string)
        suggest_text(c, d, left, right);
    else if (op == OP_ADD && l->kind == TYPE_LIST && type_assignable(r, l->item))
        diag_help(d, "to append one: `.push(x)`, or `+ [x]`");
    else if ((op == OP_IDIV || op == OP_MOD) && type_is_number(l) && type_is_number(r))
        diag_help(d, "`%s` is for ints; `/` divides floats", op_text(op));
    else if (op == OP_IDIV && type_is_quantity(l) && l->kind == r->kind)
        diag_help(d, "write `int(a / b)`: how often the one goes into the other");
    else if (type_is_quantity(l) && type_is_number(r) && (op == OP_ADD || op == OP_SUB))
        diag_help(d, "give the number a unit, as in `%s`", l->kind == TYPE_SIZE ? "4GB" : "30s");
    else if (op == OP_MUL && l->kind == TYPE_LIST && type_is_number(r) && type_is_number(l->item))
        diag_help(d, "each item times a number is `xs.map(|x| x * %.*s)`; a list of one value, "
                     "many times, is `filled(n, x)`", STR_ARG(short_text(c, right, "n")));
    else if (op == OP_MUL && l->kind == TYPE_LIST)
        diag_help(d, "a list of one value, many times, is `filled(n, x)`");
    else if (op == OP_MUL && l->kind == TYPE_STRING)
        diag_help(d, "to repeat a text: `.repeat(n)`");
    else if (op == OP_MOD && l->kind == TYPE_STRING)
        diag_help(d, "a value is put into a text where it stands: \"… {x} …\"");
}

/* ---- comparison ------------------------------------------------------------------ */

static const Type *compare(Checker *c, Op op, Span span, const Expr *left, const Expr *right)
{
    const Type *both = check_common(c, left->type, right->type);
    if (!both) {
        say_bad_operands(c, op, span, left, right);
        return NULL;
    }
    if (type_has_error(both))
        return c->bool_;
    if (check_say_secret(c, span, both, SECRET_COMPARED))
        return NULL;
    if (op == OP_EQ || op == OP_NE) {
        if (type_can_be_kept(both)) {
            check_use_whole(c, both);
            return c->bool_;
        }
    } else if (type_is_ordered(both)) {
        return c->bool_;
    } else if (both->kind == TYPE_OPTION && type_is_ordered(both->item)) {
        say_option(c, left->type->kind == TYPE_OPTION ? left : right);
        return NULL;
    }
    Diag *d = diag_error(c->m->diags, F0322, span, "values of `%.*s` cannot be %s",
                         STR_ARG(both->name),
                         op == OP_EQ || op == OP_NE ? "compared" : "put in an order");
    if (both->is_opaque)
        diag_help(d, "ask for it where the type parameter is declared: `[%.*s: ordered]`",
                  STR_ARG(both->name));
    else if (both->kind == TYPE_STRUCT && !both->is_matrix)
        diag_help(d, "compare their fields");
    return NULL;
}

static const Type *membership(Checker *c, Op op, Span span, const Expr *left, const Expr *right)
{
    const Type *l = left->type, *r = right->type;
    const Type *item = r->kind == TYPE_LIST  ? r->item
                       : r->kind == TYPE_MAP ? r->key
                                             : r->kind == TYPE_STRING ? c->string : NULL;
    if (item && type_assignable(l, item)) {
        check_use_whole(c, item);
        if (type_can_be_kept(item))
            return c->bool_;
    }
    say_bad_operands(c, op, span, left, right);
    return NULL;
}

/* ---- the whole ------------------------------------------------------------------- */

const Type *check_operator(Checker *c, Op op, Span span, Expr *left, Expr *right)
{
    const Type *l = left->type, *r = right->type;
    bool has_left = check_has_any(c, left, l), has_right = check_has_any(c, right, r);
    if (!has_left || !has_right)
        return is_comparison(op) ? c->bool_ : NULL;
    if (l->kind == TYPE_NEVER || r->kind == TYPE_NEVER)
        return c->never;
    if (is_comparison(op))
        return compare(c, op, span, left, right);
    if (op == OP_IN || op == OP_NOT_IN)
        return membership(c, op, span, left, right);
    const Type *result = arithmetic_result(c, op, l, r);
    if (result)
        return result;
    if (l->kind == TYPE_OPTION || r->kind == TYPE_OPTION)
        say_option(c, l->kind == TYPE_OPTION ? left : right);
    else
        say_bad_operands(c, op, span, left, right);
    return NULL;
}

static bool is_value(Checker *c, const Type *t)
{
    return !type_assignable(t, c->bool_) && t->kind != TYPE_UNIT;
}

/* `m["x"] or 0`, as a value in place of another is written elsewhere. */
static void say_or_of_values(Checker *c, const Expr *e)
{
    const Expr *left = e->left;
    Diag *d = diag_error(c->m->diags, F0318, e->span, "`or` joins conditions, but this is `%.*s`",
                         STR_ARG(left->type->name));
    bool is_of_map = left->kind == EXPR_INDEX && left->base->type &&
                     left->base->type->kind == TYPE_MAP && left->args.count == 1;
    if (is_of_map)
        diag_help(d, "a value in place of one that is missing: `%.*s.get(%.*s) ?? …`",
                  STR_ARG(span_text(c->m->sources, left->base->span)),
                  STR_ARG(span_text(c->m->sources, left->args.items[0].value->span)));
    else if (left->type->kind == TYPE_OPTION)
        diag_help(d, "a value in place of none: `x ?? y`");
    else if (type_is_number(left->type) && left->kind == EXPR_NAME)
        diag_help(d, "one value or another is `if %.*s != 0 { %.*s } else { … }`",
                  STR_ARG(left->name.name), STR_ARG(left->name.name));
    else
        diag_help(d, "one value or another is `if c { x } else { y }`");
}

static const Type *check_logic(Checker *c, Expr *e)
{
    const Type *l = check_expr(c, e->left, c->bool_), *r = check_expr(c, e->right, c->bool_);
    if (e->op == OP_OR && is_value(c, l) && is_value(c, r)) {
        say_or_of_values(c, e);
        return c->error;
    }
    check_is_condition(c, e->left, l);
    check_is_condition(c, e->right, r);
    return c->bool_;
}

/* `j.get("x")?.decode()` has no type but the one that is wanted. */
static const Type *wanted_of_left(Checker *c, const Expr *left, const Type *want)
{
    bool is_decode = left->kind == EXPR_CALL && left->base->kind == EXPR_FIELD &&
                     str_is(left->base->name.name, "decode");
    if (!want || !is_decode || type_has_error(want))
        return NULL;
    return want->kind == TYPE_OPTION ? want : type_option(c->types, want);
}

static const Type *check_coalesce(Checker *c, Expr *e, const Type *want)
{
    const Type *l = check_expr(c, e->left, wanted_of_left(c, e->left, want));
    if (l->kind != TYPE_OPTION) {
        if (check_has_any(c, e->left, l)) {
            Diag *d = diag_error(c->m->diags, F0320, e->left->span,
                                 "`??` opens what may be none, but this is `%.*s`",
                                 STR_ARG(l->name));
            Span rest = {e->span.source, e->left->span.end, e->right->span.end};
            Str between = span_text(c->m->sources,
                                    (Span){rest.source, rest.start, e->right->span.start});
            if (str_is(str_trim(between), "??"))
                diag_fix(d, rest, (Str){0}, "take the `?? …` away");
            else
                diag_help(d, "take the `?? …` away");
        }
        check_expr(c, e->right, want ? want : type_is_error(l) ? l : NULL);
        return l->kind == TYPE_UNIT ? c->error : l;
    }
    bool may_stay = want && want->kind == TYPE_OPTION;
    bool is_led = may_stay && check_needs_want(c, e->right);
    const Type *r = check_expr(c, e->right, is_led ? l : l->item);
    if (type_assignable(r, l->item))
        return type_is_error(l->item) ? r : l->item;
    if (type_same(r, l))
        return l; /* the next one may be none, too */
    if (type_assignable(l->item, r))
        return r;
    check_mismatch(c, e->right, r, l->item);
    return c->error;
}

/* What says its type goes first, so that `xs == []` and `none != x` work. */
static void check_operands(Checker *c, Expr *e)
{
    bool is_right_first = check_needs_want(c, e->left) && !check_needs_want(c, e->right);
    Expr *first = is_right_first ? e->right : e->left;
    Expr *second = is_right_first ? e->left : e->right;
    const Type *t = check_expr(c, first, NULL);
    if (!check_needs_want(c, second)) {
        check_expr(c, second, NULL);
        return;
    }
    bool is_in = e->op == OP_IN || e->op == OP_NOT_IN;
    if (is_in)
        t = is_right_first ? (t->kind == TYPE_LIST ? t->item : t) : type_list(c->types, t);
    bool is_bare = second->kind == EXPR_NONE && t->kind != TYPE_OPTION && !type_is_error(t);
    if (is_bare && is_comparison(e->op)) {
        Diag *d = diag_error(c->m->diags, F0320, e->span, "this is never none: it is `%.*s`",
                             STR_ARG(t->name));
        diag_help(d, "what may be none has the type `%.*s?`", STR_ARG(t->name));
        second->type = c->error;
        return;
    }
    check_expr(c, second, t);
}

const Type *check_binary(Checker *c, Expr *e, const Type *want)
{
    if (e->op == OP_AND || e->op == OP_OR)
        return check_logic(c, e);
    if (e->op == OP_COALESCE)
        return check_coalesce(c, e, want);
    check_operands(c, e);
    const Type *t = check_operator(c, e->op, e->span, e->left, e->right);
    return t ? t : c->error;
}

const Type *check_unary(Checker *c, Expr *e, const Type *want)
{
    if (e->op == OP_NOT) {
        check_condition(c, e->left);
        return c->bool_;
    }
    const Type *t = check_expr(c, e->left, want);
    if (!check_has_any(c, e->left, t))
        return c->error;
    if (type_is_number(t) || t->kind == TYPE_DURATION || t->kind == TYPE_SIZE || t->is_matrix)
        return t;
    if (t->kind == TYPE_OPTION) {
        say_option(c, e->left);
        return c->error;
    }
    diag_error(c->m->diags, F0307, e->span, "`-` does not go with `%.*s`", STR_ARG(t->name));
    return c->error;
}
