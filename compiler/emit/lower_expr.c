/* SPDX-License-Identifier: Apache-2.0 */
/* lower_expr.c - expressions: names, fields, elements, literals, conditions, blocks, failures. */
#include "emit/lower.h"

/* ---- does an expression change a variable? ---------------------------------------------- */

static bool block_assigns(const Block *b);

static bool call_assigns(const Expr *e)
{
    const Builtin *b = call_builtin(e);
    if (b)
        return b->has_var_receiver;
    if (call_ref(e) != REF_FN)
        return false;
    const Decl *fn = e->decl ? e->decl : e->base->decl;
    return fn && decl_changes_argument(fn);
}

static bool any_assigns(const Expr *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (expr_assigns(items[i]))
            return true;
    return false;
}

static bool stmt_assigns(const Stmt *s)
{
    return s->kind == STMT_ASSIGN || expr_assigns(s->value) || expr_assigns(s->target) ||
           block_assigns(s->block);
}

static bool block_assigns(const Block *b)
{
    for (size_t i = 0; b && i < b->stmts.count; i++)
        if (stmt_assigns(b->stmts.items[i]))
            return true;
    return false;
}

bool expr_assigns(const Expr *e)
{
    if (!e)
        return false;
    if (e->kind == EXPR_CALL && call_assigns(e))
        return true;
    ArgList args = expr_args(e);
    for (size_t i = 0; i < args.count; i++)
        if (expr_assigns(args.items[i].value))
            return true;
    PartList parts = expr_parts(e);
    for (size_t i = 0; i < parts.count; i++)
        if (expr_assigns(parts.items[i].value))
            return true;
    ExprList items = expr_items(e);
    const ExprMore *more = e->more;
    for (size_t i = 0; i < more->arms.count; i++)
        if (expr_assigns(more->arms.items[i].guard) || expr_assigns(more->arms.items[i].value))
            return true;
    return expr_assigns(e->base) || expr_assigns(e->left) || expr_assigns(e->right) ||
           expr_assigns(more->condition) || expr_assigns(more->else_expr) ||
           expr_assigns(more->body_expr) || block_assigns(more->block) ||
           block_assigns(more->catch_block) ||
           any_assigns((const Expr *const *)items.items, items.count) ||
           any_assigns((const Expr *const *)e->more->keys.items, e->more->keys.count);
}

/* Does any of exprs[from..count) change a variable? */
static bool later_assigns(Expr *const *exprs, size_t from, size_t count)
{
    for (size_t i = from; i < count; i++)
        if (expr_assigns(exprs[i]))
            return true;
    return false;
}

void lower_operands(Lower *l, Expr *const *exprs, size_t count, Val *out)
{
    for (size_t i = 0; i < count; i++) {
        if (!exprs[i])
            continue;
        out[i] = lower_expr(l, exprs[i]);
        if (!out[i].is_stable && later_assigns(exprs, i + 1, count))
            out[i] = val_hold(l, out[i]);
    }
}

/* ---- names and fields ------------------------------------------------------------------------ */

/* A constant that stands for itself: a literal, or minus one. */
static bool literal_of(const Lower *l, const Expr *e, IrOperand *out)
{
    switch (e->kind) {
    case EXPR_INT:
    case EXPR_SIZE:
    case EXPR_DURATION:
        *out = e->type && e->type->kind == TYPE_FLOAT
                   ? ir_float(e->type, (double)e->int_value)
                   : ir_int(e->type ? e->type : l->int_type, e->int_value);
        return true;
    case EXPR_FLOAT: *out = ir_float(l->float_type, e->float_value); return true;
    case EXPR_BOOL: *out = ir_bool(l->bool_type, e->int_value != 0); return true;
    case EXPR_STRING:
        if (e->parts.count > 1 || (e->parts.count == 1 && e->parts.items[0].value))
            return false;
        *out = ir_string(l->string_type, e->parts.count ? e->parts.items[0].text : (Str){0});
        return true;
    case EXPR_UNARY:
        if (e->op != OP_NEG || !literal_of(l, e->left, out) || out->kind == IR_STRING ||
            out->kind == IR_BOOL || (out->kind == IR_INT && out->int_value == INT64_MIN))
            return false;
        out->int_value = -out->int_value;
        out->float_value = -out->float_value;
        return true;
    default: return false;
    }
}

static Val lower_constant(Lower *l, Decl *constant)
{
    IrOperand literal;
    const Type *type = constant->checked_type ? constant->checked_type : constant->value->type;
    if (literal_of(l, constant->value, &literal))
        return val_as(l, val_of(literal), type);
    IrPlace temp = temp_new(l, type);
    emit_call(l, lower_constant_of(l, constant), 0, NULL, temp);
    return val_owned(temp);
}

Val lower_binding(Lower *l, Binding *b)
{
    if (b->kind == BINDING_CONST && b->decl)
        return lower_constant(l, b->decl);
    const Bound *bound = b->lowered;
    if (bound)
        return val_borrowed(bound->place, bound->is_stable);
    if (b->type->kind == TYPE_SECRET) {
        IrPlace secret = temp_new(l, b->type); /* a parameter, which is nowhere stored */
        RUNTIME(l, RT_SECRET_PARAM, secret, ir_chars(b->name));
        return val_owned(secret);
    }
    IrPlace place = {.base = IR_IN, .index = b->slot, .base_type = b->type, .type = b->type};
    return val_borrowed(place, true);
}

static Val lower_name(Lower *l, Expr *e)
{
    if (e->ref == REF_FN) {
        IrPlace temp = temp_new(l, e->type);
        lower_function_value(l, e->decl, e->type, temp);
        return val_owned(temp);
    }
    if (e->ref == REF_CASE) {
        IrPlace temp = temp_new(l, e->type);
        lower_case(l, e, temp);
        return val_owned(temp);
    }
    if (e->ref == REF_CONST)
        return lower_constant(l, e->decl ? e->decl : e->binding->decl);
    return e->binding ? lower_binding(l, e->binding) : val_of(ir_zero(e->type));
}

/* none where the run resumes no other */
static Val lower_origin(Lower *l, const Expr *e)
{
    uint32_t end = label_new(l);
    IrPlace dst = temp_new(l, e->type), origin = temp_new(l, l->int_type);
    emit_to(l, IR_OP_SET, dst, ir_zero(e->type));
    emit_runtime(l, RT_CURRENT_ORIGIN, origin, 0, NULL);
    emit_branch(l, OP_EQ, ir_place(origin), ir_int(l->int_type, 0), end, true);
    store(l, option_fill(l, dst), val_borrowed(origin, true));
    emit_label(l, end);
    return val_owned(dst);
}

static Val lower_current(Lower *l, const Expr *e)
{
    static const struct {
        const char *name;
        IrRuntime runtime;
    } parts[] = {
        {"run_id", RT_CURRENT_RUN_ID},   {"index", RT_CURRENT_INDEX}, {"tags", RT_CURRENT_TAGS},
        {"task_id", RT_CURRENT_TASK_ID}, {"user", RT_CURRENT_USER},
    };
    if (str_is(e->name.name, "step"))
        return val_of(ir_string(l->string_type, l->step->name));
    if (str_is(e->name.name, "flow"))
        return val_of(ir_string(l->string_type, l->model->flow_name));
    if (str_is(e->name.name, "origin_run_id"))
        return lower_origin(l, e);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!str_is(e->name.name, parts[i].name))
            continue;
        IrPlace part = temp_new(l, e->type);
        emit_runtime(l, parts[i].runtime, part, 0, NULL);
        return val_owned(part);
    }
    IrPlace temp = temp_new(l, l->int_type);
    emit_to(l, IR_OP_CURRENT, temp, (IrOperand){0})->int_value = str_is(e->name.name, "round");
    return val_owned(temp);
}

static uint32_t field_position(Lower *l, const Type *owner, uint32_t field)
{
    return owner->kind == TYPE_RECORD ? ir_record_position(l->program, owner->record, field)
                                      : field;
}

/* base?.name: none, or the field made an option. */
static Val lower_optional_field(Lower *l, Expr *e)
{
    IrPlace dst = temp_new(l, e->type);
    uint32_t end = label_new(l);
    Val base = val_place(l, lower_expr(l, e->base));
    emit_to(l, IR_OP_SET, dst, ir_zero(e->type));
    emit_branch_on(l, ir_place(ir_some(l->program, base.op.place)), end, false);
    IrPlace payload = ir_payload(l->program, base.op.place);
    IrPlace field = ir_field(l->program, payload, field_position(l, payload.type, e->field));
    size_t before = branch_open(l);
    store(l, dst, val_borrowed(field, false));
    branch_close(l, before);
    emit_label(l, end);
    return val_owned(dst);
}

static Val lower_field(Lower *l, Expr *e)
{
    if (e->ref == REF_BUILTIN && !e->builtin)
        return lower_current(l, e);
    if (e->ref == REF_CONST || e->ref == REF_FN || e->ref == REF_CASE)
        return lower_name(l, e);
    if (e->is_optional)
        return lower_optional_field(l, e);
    Val base = val_place(l, lower_expr(l, e->base));
    IrPlace place = base.op.place;
    base.op = ir_place(ir_field(l->program, place, field_position(l, place.type, e->field)));
    return base;
}

/* ---- elements and slices ------------------------------------------------- */

static Val list_element(Lower *l, Val list, Val index)
{
    const Type *item = list.op.type->item;
    bool scalar = ir_is_scalar(item);
    IrPlace out = scalar ? temp_new(l, item) : pointer_new(l, item);
    IrInst *i = emit_to(l, scalar ? IR_OP_ITEM : IR_OP_ELEMENT, scalar ? out : pointer_itself(out),
                        list.op);
    i->b = index.op;
    return scalar ? val_owned(out) : val_borrowed(out, list.is_stable || list.is_owned);
}

IrPlace lower_cell(Lower *l, IrPlace matrix, IrOperand row, IrOperand col)
{
    IrPlace at = temp_new(l, l->int_type);
    RUNTIME(l, RT_MATRIX_CELL, at, ir_place(ir_field(l->program, matrix, 0)),
            ir_place(ir_field(l->program, matrix, 1)), row, col);
    return at;
}

static Val matrix_element(Lower *l, Expr *e)
{
    Expr *exprs[] = {e->base, e->args.items[0].value, e->args.items[1].value};
    Val v[3];
    lower_operands(l, exprs, 3, v);
    IrPlace m = val_place(l, v[0]).op.place;
    IrPlace at = lower_cell(l, m, v[1].op, v[2].op);
    Val items = val_borrowed(ir_field(l->program, m, 2), true);
    return val_owned(lower_sure_element(l, items, ir_place(at)).op.place);
}

static Val map_element(Lower *l, Val map, Val key)
{
    const Type *type = map.op.type;
    uint32_t found = label_new(l);
    IrOperand address = val_address(l, key);
    IrPlace out = pointer_new(l, type->item);
    IrPlace missing = temp_new(l, l->bool_type);
    RUNTIME(l, RT_MAP_FIND, pointer_itself(out), map.op, ir_descriptor(type), address);
    emit_to(l, IR_OP_IS_NULL, missing, ir_place(pointer_itself(out)));
    emit_branch_on(l, ir_place(missing), found, false);
    IrPlace unused = temp_new(l, type->item);
    RUNTIME(l, RT_MAP_AT, unused, map.op, ir_descriptor(type), address);
    emit_label(l, found);
    return val_borrowed(out, map.is_stable || map.is_owned);
}

/* What counts the items, and what cuts them out. */
static const IrRuntime *slicers_of(const Type *t)
{
    static const IrRuntime of_string[] = {RT_STRING_LEN, RT_STRING_SLICE};
    static const IrRuntime of_bytes[] = {RT_STRING_LEN_BYTES, RT_BYTES_SLICE};
    static const IrRuntime of_list[] = {RT_LIST_LEN, RT_LIST_SLICE};
    return t->kind == TYPE_STRING ? of_string : t->kind == TYPE_BYTES ? of_bytes : of_list;
}

static void slice_into(Lower *l, Expr *e, IrPlace dst)
{
    Expr *range = e->args.items[0].value;
    const IrRuntime *with = slicers_of(e->base->type);
    Expr *exprs[] = {e->base, range->left, range->right};
    Val v[3] = {{{0}, 0, 0}};
    lower_operands(l, exprs, 3, v);
    IrOperand from = range->left ? v[1].op : ir_int(l->int_type, 0);
    IrOperand to = v[2].op;
    if (!range->right || range->is_closed) {
        IrPlace end = temp_new(l, l->int_type);
        if (range->right)
            RUNTIME(l, RT_INT_ADD, end, v[2].op, ir_int(l->int_type, 1));
        else
            RUNTIME(l, with[0], end, v[0].op);
        to = ir_place(end);
    }
    RUNTIME(l, with[1], dst, v[0].op, from, to);
}

static bool is_slice(const Expr *e)
{
    return e->args.count == 1 && e->args.items[0].value->kind == EXPR_RANGE;
}

static Val lower_index(Lower *l, Expr *e)
{
    const Type *base = e->base->type;
    if (is_slice(e)) {
        IrPlace temp = temp_new(l, e->type);
        slice_into(l, e, temp);
        return val_owned(temp);
    }
    if (base->is_matrix)
        return matrix_element(l, e);
    Expr *exprs[] = {e->base, e->args.items[0].value};
    Val v[2];
    lower_operands(l, exprs, 2, v);
    if (base->kind == TYPE_LIST)
        return list_element(l, v[0], v[1]);
    if (base->kind == TYPE_MAP)
        return map_element(l, v[0], val_as(l, v[1], base->key));
    IrPlace temp = temp_new(l, e->type);
    bool by_name = base->kind == TYPE_JSON && v[1].op.type->kind == TYPE_STRING;
    IrRuntime fn = by_name                    ? RT_JSON_NAMED
                   : base->kind == TYPE_JSON  ? RT_JSON_AT
                   : base->kind == TYPE_BYTES ? RT_BYTES_AT
                                              : RT_STRING_AT;
    RUNTIME(l, fn, temp, v[0].op, v[1].op);
    return val_owned(temp);
}

/* ---- literals of lists, maps, tuples, ranges ----------------------------- */

static void lower_list(Lower *l, Expr *e, IrPlace dst)
{
    const Type *item = dst.type->item;
    int64_t count = (int64_t)e->items.count;
    if (count == 0) {
        emit_to(l, IR_OP_SET, dst, ir_zero(dst.type));
        return;
    }
    RUNTIME(l, RT_LIST_NEW, dst, ir_descriptor(item), ir_int(l->int_type, count),
            ir_int(l->int_type, count));
    IrPlace items = slot_new(l, item);
    emit_to(l, IR_OP_ITEMS, pointer_itself(items), ir_place(dst));
    for (size_t i = 0; i < e->items.count; i++) {
        size_t mark = scope_open(l);
        IrStep at = {IR_AT_CONSTANT, dst.type, (uint32_t)i};
        lower_into(l, e->items.items[i], ir_step(l->program, items, at, item));
        scope_close(l, mark);
    }
}

static void lower_map(Lower *l, Expr *e, IrPlace dst)
{
    emit_to(l, IR_OP_SET, dst, ir_zero(dst.type));
    for (size_t i = 0; i < e->items.count; i++) {
        size_t mark = scope_open(l);
        Expr *exprs[] = {e->more->keys.items[i], e->items.items[i]};
        Val v[2];
        lower_operands(l, exprs, 2, v);
        IrOperand key = val_address(l, val_as(l, v[0], dst.type->key));
        IrOperand value = val_address(l, val_as(l, v[1], dst.type->item));
        RUNTIME(l, RT_MAP_PUT, NOWHERE, ir_address(dst), ir_descriptor(dst.type), key, value);
        scope_close(l, mark);
    }
}

static void lower_tuple(Lower *l, Expr *e, IrPlace dst)
{
    for (uint32_t i = 0; i < e->args.count; i++)
        lower_into(l, e->args.items[i].value, ir_field(l->program, dst, i));
}

static void lower_range(Lower *l, Expr *e, IrPlace dst)
{
    Expr *exprs[] = {e->left, e->right};
    Val v[2];
    lower_operands(l, exprs, 2, v);
    RUNTIME(l, RT_LIST_SPAN, dst, v[0].op, v[1].op, ir_bool(l->bool_type, e->is_closed));
}

/* ---- text ---------------------------------------------------------------- */

static IrOperand text_address(uint32_t text)
{
    return ir_address((IrPlace){.base = IR_LOCAL, .index = text});
}

static void append_part(Lower *l, uint32_t text, const StringPart *part)
{
    size_t mark = scope_open(l);
    if (!part->value) {
        RUNTIME(l, RT_TEXT_BYTES, NOWHERE, text_address(text), ir_bytes(part->text));
        return;
    }
    Val v = lower_expr(l, part->value);
    IrOperand address = val_address(l, v);
    if (part->format.len > 0)
        RUNTIME(l, RT_TEXT_FORMAT, NOWHERE, text_address(text), ir_descriptor(v.op.type), address,
                ir_chars(part->format));
    else
        RUNTIME(l, RT_TEXT_VALUE, NOWHERE, text_address(text), ir_descriptor(v.op.type), address);
    scope_close(l, mark);
}

void lower_text(Lower *l, Expr *e, IrPlace dst)
{
    size_t mark = scope_open(l);
    uint32_t text = text_new(l);
    for (size_t i = 0; i < e->parts.count; i++)
        append_part(l, text, &e->parts.items[i]);
    RUNTIME(l, RT_TEXT_TAKE, dst, text_address(text));
    scope_close(l, mark);
}

/* ---- conditions ---------------------------------------------------------- */

static void condition_of_value(Lower *l, Expr *e, uint32_t label, bool when)
{
    IrPlace held = temp_new(l, l->bool_type);
    size_t mark = scope_open(l);
    IrOperand answer = lower_expr(l, e).op;
    if (scope_holds_counted(l, mark)) {
        emit_to(l, IR_OP_SET, held, answer);
        answer = ir_place(held);
    }
    scope_close(l, mark);
    emit_branch_on(l, answer, label, when);
}

static void condition_of_comparison(Lower *l, Expr *e, uint32_t label, bool when)
{
    IrPlace held = temp_new(l, l->bool_type);
    size_t mark = scope_open(l);
    Val a, b;
    bool is_plain = lower_compared(l, e, &a, &b);
    if (is_plain && !scope_holds_counted(l, mark)) {
        scope_close(l, mark);
        emit_branch(l, e->op, a.op, b.op, label, when);
        return;
    }
    lower_comparison(l, e->op, a, b, held);
    scope_close(l, mark);
    emit_branch_on(l, ir_place(held), label, when);
}

/* `and` jumps at once where a side is false, `or` where one is true. */
static void condition_of_pair(Lower *l, Expr *e, uint32_t label, bool when)
{
    bool decides = e->op == OP_OR;
    if (decides == when) {
        lower_condition(l, e->left, label, when);
        lower_condition(l, e->right, label, when);
        return;
    }
    uint32_t skip = label_new(l);
    lower_condition(l, e->left, skip, decides);
    lower_condition(l, e->right, label, when);
    emit_label(l, skip);
}

void lower_condition(Lower *l, Expr *e, uint32_t label, bool when)
{
    size_t mark = scope_open(l);
    size_t before = branch_open(l);
    if (e->kind == EXPR_UNARY && e->op == OP_NOT)
        lower_condition(l, e->left, label, !when);
    else if (e->kind == EXPR_BINARY && (e->op == OP_AND || e->op == OP_OR))
        condition_of_pair(l, e, label, when);
    else if (e->kind == EXPR_BINARY && op_is_comparison(e->op))
        condition_of_comparison(l, e, label, when);
    else
        condition_of_value(l, e, label, when);
    branch_close(l, before);
    scope_close(l, mark);
}

/* ---- if, blocks, ?? ------------------------------------------------------ */

/* if let: the pattern names what is inside the option. */
static void lower_if_let(Lower *l, Expr *e, uint32_t otherwise)
{
    Val v = val_place(l, val_hold(l, lower_expr(l, e->more->condition)));
    Pattern *p = e->more->pattern;
    if (p->kind == PATTERN_CASE || p->kind == PATTERN_LITERAL || p->kind == PATTERN_OR) {
        lower_fitting_pattern(l, p, v.op.place, otherwise);
        return;
    }
    emit_branch_on(l, ir_place(ir_some(l->program, v.op.place)), otherwise, false);
    v.op = ir_place(ir_payload(l->program, v.op.place));
    v.is_owned = false;
    lower_pattern(l, p, v);
}

void lower_branch(Lower *l, Expr *value, Block *block, IrPlace dst)
{
    size_t before = branch_open(l);
    size_t mark = scope_open(l);
    if (block)
        lower_block(l, block, dst);
    else if (place_is_nowhere(dst))
        lower_effect(l, value);
    else
        lower_into(l, value, dst);
    scope_close(l, mark);
    branch_close(l, before);
}

void lower_if(Lower *l, Expr *e, IrPlace dst)
{
    uint32_t otherwise = label_new(l), end = label_new(l);
    size_t outer = scope_open(l);
    if (e->more->pattern)
        lower_if_let(l, e, otherwise);
    else
        lower_condition(l, e->more->condition, otherwise, false);
    lower_branch(l, NULL, e->more->block, dst);
    if (e->more->else_expr) {
        emit_jump(l, end);
        emit_label(l, otherwise);
        lower_branch(l, e->more->else_expr, NULL, dst);
        emit_label(l, end);
    } else {
        emit_label(l, otherwise);
    }
    scope_close(l, outer);
}

static void lower_coalesce(Lower *l, Expr *e, IrPlace dst)
{
    uint32_t otherwise = label_new(l), end = label_new(l);
    size_t mark = scope_open(l);
    Val v = val_place(l, lower_expr(l, e->left));
    IrPlace option = v.op.place;
    emit_branch_on(l, ir_place(ir_some(l->program, option)), otherwise, false);
    size_t before = branch_open(l);
    if (dst.type != option.type)
        v.op = ir_place(ir_payload(l->program, option));
    if (!place_is_nowhere(dst))
        store(l, dst, v);
    branch_close(l, before);
    emit_jump(l, end);
    emit_label(l, otherwise);
    lower_branch(l, e->right, NULL, dst);
    emit_label(l, end);
    scope_close(l, mark);
}

static void lower_logic(Lower *l, Expr *e, IrPlace dst)
{
    uint32_t end = label_new(l);
    emit_to(l, IR_OP_SET, dst, ir_bool(l->bool_type, false));
    lower_condition(l, e, end, false);
    emit_to(l, IR_OP_SET, dst, ir_bool(l->bool_type, true));
    emit_label(l, end);
}

/* ---- failures ------------------------------------------------------------ */

void lower_fail(Lower *l, Expr *message)
{
    Val v = lower_expr(l, message);
    RUNTIME(l, RT_FAIL, NOWHERE, v.op);
    l->is_dead = true;
}

void lower_return(Lower *l, Expr *value)
{
    IrPlace dst = NOWHERE;
    if (l->landing)
        dst = l->landing->dst;
    else if (l->fn->result->kind != TYPE_UNIT)
        dst = ir_local(l->fn->result, l->fn->result_local);
    size_t mark = scope_open(l);
    if (value && !place_is_nowhere(dst) && l->handler)
        store(l, dst, lower_expr_as(l, value, dst.type)); /* never half filled when it fails */
    else if (value && !place_is_nowhere(dst))
        lower_into(l, value, dst);
    else if (value)
        lower_effect(l, value);
    scope_close(l, mark);
    if (!l->landing) {
        emit_leave(l);
        return;
    }
    scope_drop(l, l->landing->mark);
    emit_jump(l, l->landing->label);
}

/* The part that may fail jumps to `handler`, where all that it may hold is dropped. */
static void lower_guarded(Lower *l, Expr *e, IrPlace dst, uint32_t handler, LocalVec *touched)
{
    uint32_t handler_before = l->handler;
    LocalVec *touched_before = l->touched;
    l->handler = handler;
    l->touched = touched;
    size_t before = branch_open(l);
    lower_branch(l, e->kind == EXPR_TRY_ELSE ? e->left : NULL,
                 e->kind == EXPR_TRY_ELSE ? NULL : e->more->block, dst);
    branch_close(l, before);
    l->handler = handler_before;
    l->touched = touched_before;
}

static void drop_touched(Lower *l, const LocalVec *touched, IrPlace dst)
{
    for (size_t i = 0; i < touched->len; i++) {
        uint32_t index = touched->items[i];
        const IrLocal *local = &l->fn->locals.items[index];
        if (local->kind == IR_TEXT ||
            (local->kind == IR_VALUE && ir_is_counted(l->program, local->type)))
            emit(l, IR_OP_RELEASE)->dst = ir_local(local->type, index);
    }
    if (!place_is_nowhere(dst) && ir_is_counted(l->program, dst.type))
        emit(l, IR_OP_RELEASE)->dst = dst;
}

void lower_try(Lower *l, Expr *e, IrPlace dst)
{
    uint32_t handler = label_new(l), end = label_new(l);
    LocalVec touched = {0};
    size_t mark = scope_open(l);
    lower_guarded(l, e, dst, handler, &touched);
    emit_jump(l, end);
    emit_label(l, handler);
    IrPlace message = e->more->catch_binding
                          ? local_declare(l, l->string_type, e->more->catch_name.name)
                          : NOWHERE;
    emit(l, IR_OP_HANDLED)->dst = message;
    drop_touched(l, &touched, dst);
    bind(l, e->more->catch_binding, message, true);
    lower_branch(l, e->kind == EXPR_TRY_ELSE ? e->right : NULL,
                 e->kind == EXPR_TRY_ELSE ? NULL : e->more->catch_block, dst);
    emit_label(l, end);
    scope_close(l, mark);
}

/* ---- all of them --------------------------------------------------------- */

static bool is_borrowing(const Expr *e)
{
    return e->kind == EXPR_NAME || e->kind == EXPR_FIELD || e->kind == EXPR_INDEX;
}

static bool gives_nothing(const Expr *e)
{
    return !e->type || e->type->kind == TYPE_UNIT || e->type->kind == TYPE_NEVER ||
           e->type->kind == TYPE_ERROR;
}

Val lower_expr(Lower *l, Expr *e)
{
    lower_at(l, e->span);
    IrOperand literal;
    if (literal_of(l, e, &literal))
        return val_of(literal);
    if (e->kind == EXPR_NAME)
        return lower_name(l, e);
    if (e->kind == EXPR_FIELD)
        return lower_field(l, e);
    if (e->kind == EXPR_INDEX)
        return lower_index(l, e);
    if (e->kind == EXPR_NONE || (e->kind == EXPR_LIST && e->items.count == 0) ||
        (e->kind == EXPR_MAP && e->items.count == 0))
        return val_of(ir_zero(e->type));
    if (gives_nothing(e)) {
        lower_effect(l, e);
        return val_of(ir_zero(e->type));
    }
    if (e->kind == EXPR_CALL)
        return lower_call(l, e);
    IrPlace temp = temp_new(l, e->type);
    lower_into(l, e, temp);
    return val_owned(temp);
}

Val lower_expr_as(Lower *l, Expr *e, const Type *type)
{
    return val_as(l, lower_expr(l, e), type);
}

static void lower_exact(Lower *l, Expr *e, IrPlace dst)
{
    switch (e->kind) {
    case EXPR_STRING: lower_text(l, e, dst); break;
    case EXPR_LIST: lower_list(l, e, dst); break;
    case EXPR_MAP: lower_map(l, e, dst); break;
    case EXPR_TUPLE: lower_tuple(l, e, dst); break;
    case EXPR_RANGE: lower_range(l, e, dst); break;
    case EXPR_CLOSURE: lower_closure(l, e, dst); break;
    case EXPR_CALL: lower_call_into(l, e, dst); break;
    case EXPR_UNARY: lower_unary(l, e, dst); break;
    case EXPR_BINARY:
        if (e->op == OP_AND || e->op == OP_OR)
            lower_logic(l, e, dst);
        else if (e->op == OP_COALESCE)
            lower_coalesce(l, e, dst);
        else
            lower_binary(l, e, dst);
        break;
    case EXPR_IF: lower_if(l, e, dst); break;
    case EXPR_MATCH: lower_match(l, e, dst); break;
    case EXPR_BLOCK: lower_branch(l, NULL, e->more->block, dst); break;
    case EXPR_SCRIPT: lower_script(l, e, dst); break;
    case EXPR_TRY_ELSE:
    case EXPR_TRY_CATCH: lower_try(l, e, dst); break;
    default: break;
    }
}

/* Branches fill a destination of another type themselves. */
static bool passes_destination(const Expr *e)
{
    return e->kind == EXPR_IF || e->kind == EXPR_MATCH || e->kind == EXPR_BLOCK ||
           e->kind == EXPR_TRY_ELSE || e->kind == EXPR_TRY_CATCH ||
           (e->kind == EXPR_TUPLE && e->args.count > 0) ||
           (e->kind == EXPR_LIST && e->items.count > 0) ||
           (e->kind == EXPR_MAP && e->items.count > 0);
}

static bool fits_destination(const Expr *e, const Type *to)
{
    if (e->type == to)
        return true;
    return passes_destination(e) && e->type &&
           (e->type->kind == to->kind || e->kind == EXPR_IF || e->kind == EXPR_MATCH ||
            e->kind == EXPR_BLOCK);
}

void lower_into(Lower *l, Expr *e, IrPlace dst)
{
    IrOperand literal;
    lower_at(l, e->span);
    if (gives_nothing(e) && !passes_destination(e)) {
        lower_effect(l, e);
    } else if (literal_of(l, e, &literal) || is_borrowing(e) || e->kind == EXPR_NONE) {
        store(l, dst, lower_expr(l, e));
    } else if (fits_destination(e, dst.type)) {
        lower_exact(l, e, dst);
    } else if (dst.type->kind == TYPE_OPTION && e->type->kind != TYPE_OPTION) {
        lower_into(l, e, option_fill(l, dst));
    } else {
        store(l, dst, lower_expr(l, e));
    }
}

void lower_effect(Lower *l, Expr *e)
{
    lower_at(l, e->span);
    switch (e->kind) {
    case EXPR_CALL: lower_call_into(l, e, NOWHERE); break;
    case EXPR_IF: lower_if(l, e, NOWHERE); break;
    case EXPR_MATCH: lower_match(l, e, NOWHERE); break;
    case EXPR_BLOCK: lower_branch(l, NULL, e->more->block, NOWHERE); break;
    case EXPR_FAIL: lower_fail(l, e->left); break;
    case EXPR_RETURN: lower_return(l, e->left); break;
    case EXPR_SCRIPT: lower_script(l, e, NOWHERE); break;
    case EXPR_TRY_ELSE:
    case EXPR_TRY_CATCH: lower_try(l, e, NOWHERE); break;
    case EXPR_BINARY:
        if (e->op == OP_COALESCE && gives_nothing(e)) {
            lower_coalesce(l, e, NOWHERE);
            break;
        }
        lower_expr(l, e);
        break;
    default:
        if (!gives_nothing(e) || is_borrowing(e))
            lower_expr(l, e);
    }
}
