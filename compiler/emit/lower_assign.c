/* SPDX-License-Identifier: Apache-2.0 */
/* lower_assign.c - `x = v`, `xs[i].f += v`: changes in place.
 *
 * A list or map that has no other owner is changed where it lies; the runtime's slots copy one
 * that is shared, and only then. */
#include "emit/lower.h"

/* ---- targets ------------------------------------------------------------------------------ */

static void collect_indexes(Lower *l, Target *t, Expr *e, const Expr *later)
{
    if (e->kind != EXPR_FIELD && e->kind != EXPR_INDEX)
        return;
    collect_indexes(l, t, e->base, later);
    if (e->kind != EXPR_INDEX)
        return;
    for (size_t i = 0; i < e->args.count; i++) {
        Val v = lower_expr(l, e->args.items[i].value);
        if (e->base->type->kind == TYPE_MAP)
            v = val_place(l, val_as(l, v, e->base->type->key));
        bool may_change = expr_assigns(later) || (i + 1 < e->args.count &&
                                                  expr_assigns(e->args.items[i + 1].value));
        if (may_change || e->base->type->kind == TYPE_MAP)
            v = val_hold(l, v);
        vec_push(l->arena, &t->indexes, v);
    }
}

Target target_begin(Lower *l, Expr *e, const Expr *later)
{
    Target t = {.expr = e};
    collect_indexes(l, &t, e, later);
    return t;
}

static IrPlace open_element(Lower *l, IrPlace base, Val index, bool may_insert)
{
    IrPlace slot = slot_new(l, base.type->item);
    if (base.type->kind == TYPE_LIST)
        RUNTIME(l, RT_LIST_OPEN, pointer_itself(slot), ir_address(base),
                ir_descriptor(base.type->item), ir_item_size(base.type->item), index.op);
    else
        RUNTIME(l, RT_MAP_SLOT, pointer_itself(slot), ir_address(base), ir_descriptor(base.type),
                val_address(l, index), ir_bool(l->bool_type, may_insert));
    return slot;
}

static IrPlace open_cell(Lower *l, IrPlace base, const Val *indexes)
{
    const Type *item = l->float_type;
    IrPlace slot = slot_new(l, item), at = lower_cell(l, base, indexes[0].op, indexes[1].op);
    RUNTIME(l, RT_LIST_OPEN, pointer_itself(slot), ir_address(ir_field(l->program, base, 2)),
            ir_descriptor(item), ir_item_size(item), ir_place(at));
    return slot;
}

static IrPlace open_place(Lower *l, const Target *t, Expr *e, size_t *at, bool may_insert)
{
    if (e->kind == EXPR_FIELD) {
        IrPlace base = open_place(l, t, e->base, at, false);
        return ir_field(l->program, base, e->field);
    }
    if (e->kind == EXPR_INDEX) {
        IrPlace base = open_place(l, t, e->base, at, false);
        if (base.type->is_matrix) {
            *at += 2;
            return open_cell(l, base, &t->indexes.items[*at - 2]);
        }
        return open_element(l, base, t->indexes.items[(*at)++], may_insert);
    }
    const Bound *bound = e->binding->lowered;
    return bound->place;
}

IrPlace target_open(Lower *l, const Target *target, bool may_insert)
{
    size_t at = 0;
    return open_place(l, target, target->expr, &at, may_insert);
}

/* ---- assignments ---------------------------------------------------------------------------- */

/* The last operation alone writes, so the variable itself can take the result. */
static bool writes_once(const Lower *l, const Expr *e, IrPlace dst)
{
    if (!ir_is_scalar(dst.type) || e->type != dst.type || l->handler)
        return false;
    if (e->kind == EXPR_BINARY)
        return e->op < OP_IN;
    return e->kind == EXPR_UNARY;
}

static bool is_name(const Expr *e)
{
    return e && e->kind == EXPR_NAME && e->binding && e->binding->kind != BINDING_CONST;
}

/* `m[k] = (m.get(k) ?? d) + x`: what is looked up first is the place that is written then. */
static bool is_counting(const Stmt *s)
{
    const Expr *target = s->target, *e = s->value;
    if (target->kind != EXPR_INDEX || !is_name(target->base) ||
        target->base->type->kind != TYPE_MAP || !ir_is_scalar(target->type) ||
        !is_name(target->args.items[0].value) || expr_assigns(e))
        return false;
    while (e->kind == EXPR_BINARY && e->op != OP_COALESCE && e->op < OP_IN)
        e = e->left;
    if (e->kind != EXPR_BINARY || e->op != OP_COALESCE || e->left->kind != EXPR_CALL ||
        e->left->is_optional)
        return false;
    const Builtin *b = call_builtin(e->left);
    return b && b->id == BUILTIN_GET_MAP && is_name(e->left->call_args[0]) &&
           is_name(e->left->call_args[1]) &&
           e->left->call_args[0]->binding == target->base->binding &&
           e->left->call_args[1]->binding == target->args.items[0].value->binding;
}

static void assign_counted(Lower *l, Stmt *s)
{
    const Type *map = s->target->base->type;
    const Sought *before = l->sought;
    Target target = target_begin(l, s->target, s->value);
    IrOperand key = val_address(l, target.indexes.items[0]);
    Sought sought = {s->target->base->binding, s->target->args.items[0].value->binding, NOWHERE};
    sought.found = pointer_new(l, map->item);
    l->sought = &sought;
    Val v = val_hold(l, lower_expr_as(l, s->value, s->target->type));
    l->sought = before;
    const Bound *bound = s->target->base->binding->lowered;
    IrPlace slot = slot_new(l, map->item);
    RUNTIME(l, RT_MAP_PLACE, pointer_itself(slot), ir_address(bound->place), ir_descriptor(map),
            key, ir_place(pointer_itself(sought.found)));
    assign(l, slot, v);
}

static void assign_plain(Lower *l, Stmt *s)
{
    if (is_name(s->target) && is_name(s->value) && s->target->binding == s->value->binding)
        return; /* `x = x`, of which C compilers warn */
    if (is_counting(s)) {
        assign_counted(l, s);
        return;
    }
    Target target = target_begin(l, s->target, s->value);
    if (target.indexes.len == 0) {
        IrPlace dst = target_open(l, &target, true);
        if (writes_once(l, s->value, dst))
            lower_into(l, s->value, dst);
        else
            assign(l, dst, lower_expr(l, s->value));
        return;
    }
    Val v = val_hold(l, lower_expr_as(l, s->value, s->target->type));
    if (!v.is_owned && ir_is_counted(l->program, s->target->type) && v.op.kind == IR_PLACE) {
        IrPlace own = temp_new(l, v.op.type); /* opening the place must not see it borrowed */
        store(l, own, v);
        v = val_owned(own);
    }
    assign(l, target_open(l, &target, true), v);
}

/* `s += x` grows what is there, where it has no other owner. */
static bool append(Lower *l, Op op, IrPlace dst, Val v)
{
    if (op != OP_ADD)
        return false;
    switch (dst.type->kind) {
    case TYPE_STRING:
    case TYPE_BYTES: RUNTIME(l, RT_STRING_APPEND, NOWHERE, ir_address(dst), v.op); return true;
    case TYPE_LIST:
        RUNTIME(l, RT_LIST_APPEND, NOWHERE, ir_address(dst), ir_descriptor(dst.type->item),
                val_as(l, v, dst.type).op);
        return true;
    default: return false;
    }
}

static void assign_changed(Lower *l, Stmt *s)
{
    Target target = target_begin(l, s->target, s->value);
    Val old = {0};
    bool reads_first = expr_assigns(s->value);
    if (reads_first)
        old = val_hold(l, val_borrowed(target_open(l, &target, false), false));
    Val v = val_hold(l, lower_expr(l, s->value));
    IrPlace dst = target_open(l, &target, false);
    if (!reads_first && append(l, s->op, dst, v))
        return;
    if (!reads_first)
        old = val_borrowed(dst, false);
    if (ir_is_scalar(dst.type) && !l->handler) {
        lower_arithmetic(l, s->op, old, v, dst);
        return;
    }
    IrPlace result = temp_new(l, dst.type);
    lower_arithmetic(l, s->op, old, v, result);
    assign(l, dst, val_owned(result));
}

static void jump_if_there(Lower *l, const Target *t, uint32_t label)
{
    const Expr *e = t->expr;
    size_t at = 0;
    if (e->kind != EXPR_INDEX || e->base->type->kind != TYPE_MAP) {
        IrPlace place = target_open(l, t, false);
        emit_branch_on(l, ir_place(ir_some(l->program, place)), label, true);
        return;
    }
    IrPlace map = open_place(l, t, e->base, &at, false);
    IrPlace found = pointer_new(l, e->type), is_missing = temp_new(l, l->bool_type);
    uint32_t missing = label_new(l);
    RUNTIME(l, RT_MAP_FIND, pointer_itself(found), ir_place(map), ir_descriptor(map.type),
            val_address(l, t->indexes.items[at]));
    emit_to(l, IR_OP_IS_NULL, is_missing, ir_place(pointer_itself(found)));
    if (e->type->kind == TYPE_OPTION) {
        emit_branch_on(l, ir_place(is_missing), missing, true);
        emit_branch_on(l, ir_place(ir_some(l->program, found)), label, true);
        emit_label(l, missing);
    } else {
        emit_branch_on(l, ir_place(is_missing), label, false);
    }
}

/* `x ??= v`: v is asked for only where there is nothing. */
static void assign_missing(Lower *l, Stmt *s)
{
    uint32_t end = label_new(l);
    Target target = target_begin(l, s->target, s->value);
    jump_if_there(l, &target, end);
    size_t before = branch_open(l), mark = scope_open(l);
    Val v = val_hold(l, lower_expr_as(l, s->value, s->target->type));
    assign(l, target_open(l, &target, true), v);
    scope_close(l, mark);
    branch_close(l, before);
    emit_label(l, end);
}

void lower_assign(Lower *l, Stmt *s)
{
    if (s->op == OP_NONE)
        assign_plain(l, s);
    else if (s->op == OP_COALESCE)
        assign_missing(l, s);
    else
        assign_changed(l, s);
}
