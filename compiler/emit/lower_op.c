/* SPDX-License-Identifier: Apache-2.0 */
/* lower_op.c - operators: checked arithmetic, comparisons, membership. */
#include "emit/lower.h"

/* ---- arithmetic ------------------------------------------------------------------------- */

static IrRuntime checked_op(Op op)
{
    switch (op) {
    case OP_ADD: return RT_INT_ADD;
    case OP_SUB: return RT_INT_SUB;
    case OP_MUL: return RT_INT_MUL;
    case OP_IDIV: return RT_INT_DIV;
    case OP_MOD: return RT_INT_MOD;
    default: return RT_INT_POW;
    }
}

static void float_arithmetic(Lower *l, Op op, Val a, Val b, IrPlace dst)
{
    a = val_as(l, a, l->float_type);
    b = val_as(l, b, l->float_type);
    if (op == OP_POW)
        RUNTIME(l, RT_POW, dst, a.op, b.op);
    else
        emit_binary(l, op, dst, a.op, b.op);
}

/* size and duration: a whole factor stays exact, a fraction is rounded. */
static void quantity_arithmetic(Lower *l, Op op, Val a, Val b, IrPlace dst)
{
    if (op == OP_FDIV) {
        IrPlace quotient = temp_new(l, l->float_type);
        float_arithmetic(l, OP_FDIV, a, b, quotient);
        RUNTIME(l, RT_ROUND, dst, ir_place(quotient));
        return;
    }
    if (a.op.type->kind == TYPE_FLOAT) {
        Val factor = a;
        a = b;
        b = factor;
    }
    if (b.op.type->kind == TYPE_FLOAT)
        RUNTIME(l, RT_QUANTITY_SCALE, dst, a.op, b.op);
    else
        RUNTIME(l, checked_op(op), dst, a.op, b.op);
}

/* `v @ m` is no operation: the list, if any, stands behind. */
static void matrix_arithmetic(Lower *l, Op op, Val a, Val b, IrPlace dst)
{
    if (op == OP_MATMUL && dst.type->kind == TYPE_LIST) {
        RUNTIME(l, RT_MATRIX_APPLY, dst, val_address(l, a), b.op);
        return;
    }
    if (op == OP_MUL && !a.op.type->is_matrix) {
        Val factor = a;
        a = b;
        b = factor;
    }
    if (op == OP_MUL || op == OP_FDIV)
        RUNTIME(l, op == OP_MUL ? RT_MATRIX_SCALE : RT_MATRIX_DIVIDE, dst, val_address(l, a),
                val_as(l, b, l->float_type).op);
    else
        RUNTIME(l,
                op == OP_ADD   ? RT_MATRIX_ADD
                : op == OP_SUB ? RT_MATRIX_SUB
                               : RT_MATRIX_PRODUCT,
                dst, val_address(l, a), val_address(l, b));
}

void lower_arithmetic(Lower *l, Op op, Val a, Val b, IrPlace dst)
{
    if (op == OP_MATMUL || dst.type->is_matrix) {
        matrix_arithmetic(l, op, a, b, dst);
        return;
    }
    switch (dst.type->kind) {
    case TYPE_FLOAT: float_arithmetic(l, op, a, b, dst); break;
    case TYPE_SIZE:
    case TYPE_DURATION: quantity_arithmetic(l, op, a, b, dst); break;
    case TYPE_STRING:
    case TYPE_BYTES: RUNTIME(l, RT_STRING_CONCAT, dst, a.op, b.op); break;
    case TYPE_LIST:
        RUNTIME(l, RT_LIST_CONCAT, dst, ir_descriptor(dst.type->item), val_as(l, a, dst.type).op,
                val_as(l, b, dst.type).op);
        break;
    default: RUNTIME(l, checked_op(op), dst, a.op, b.op); break;
    }
}

void lower_unary(Lower *l, Expr *e, IrPlace dst)
{
    Val v = lower_expr(l, e->left);
    if (e->op == OP_NOT)
        emit_to(l, IR_OP_NOT, dst, v.op);
    else if (dst.type->kind == TYPE_FLOAT)
        emit_to(l, IR_OP_NEGATE, dst, val_as(l, v, l->float_type).op);
    else if (dst.type->is_matrix)
        RUNTIME(l, RT_MATRIX_SCALE, dst, val_address(l, v), ir_float(l->float_type, -1.0));
    else
        RUNTIME(l, RT_INT_NEG, dst, v.op);
}

/* ---- comparisons -------------------------------------------------------------------------- */

bool op_is_comparison(Op op)
{
    return op >= OP_EQ && op <= OP_GE;
}

/* `x == none` asks for the mark alone. */
static bool compared_to_none(Lower *l, Expr *e, Val *a, Val *b)
{
    Expr *other = e->left->kind == EXPR_NONE    ? e->right
                  : e->right->kind == EXPR_NONE ? e->left
                                                : NULL;
    if (!other || other->type->kind != TYPE_OPTION)
        return false;
    Val v = val_place(l, lower_expr(l, other));
    *a = val_of(ir_place(ir_some(l->program, v.op.place)));
    *b = val_of(ir_bool(l->bool_type, false));
    return true;
}

static const Type *common_type(const Lower *l, const Type *a, const Type *b)
{
    if (a->kind == TYPE_INT && b->kind == TYPE_FLOAT)
        return l->float_type;
    if (b->kind == TYPE_OPTION && a->kind != TYPE_OPTION)
        return b;
    return a;
}

bool lower_compared(Lower *l, Expr *e, Val *a, Val *b)
{
    if (compared_to_none(l, e, a, b))
        return true;
    Expr *exprs[] = {e->left, e->right};
    Val v[2];
    lower_operands(l, exprs, 2, v);
    const Type *type = common_type(l, v[0].op.type, v[1].op.type);
    *a = val_as(l, v[0], type);
    *b = val_as(l, v[1], type);
    return ir_is_scalar(type);
}

static void compare_order(Lower *l, Op op, Val a, Val b, IrPlace dst)
{
    const Type *type = a.op.type;
    IrPlace order = temp_new(l, l->int_type);
    if (type->kind == TYPE_STRING || type->kind == TYPE_BYTES)
        RUNTIME(l, RT_STRING_COMPARE, order, a.op, b.op);
    else
        RUNTIME(l, RT_VALUE_COMPARE, order, ir_descriptor(type), val_address(l, a),
                val_address(l, b));
    emit_binary(l, op, dst, ir_place(order), ir_int(l->int_type, 0));
}

void lower_comparison(Lower *l, Op op, Val a, Val b, IrPlace dst)
{
    const Type *type = a.op.type;
    if (ir_is_scalar(type)) {
        emit_binary(l, op, dst, a.op, b.op);
        return;
    }
    if (op != OP_EQ && op != OP_NE) {
        compare_order(l, op, a, b, dst);
        return;
    }
    if (type->kind == TYPE_STRING || type->kind == TYPE_BYTES)
        RUNTIME(l, RT_STRING_EQUAL, dst, a.op, b.op);
    else
        RUNTIME(l, RT_VALUE_EQUAL, dst, ir_descriptor(type), val_address(l, a), val_address(l, b));
    if (op == OP_NE)
        emit_to(l, IR_OP_NOT, dst, ir_place(dst));
}

/* ---- in ------------------------------------------------------------------------------------- */

static void in_range(Lower *l, Expr *e, IrPlace dst)
{
    Expr *range = e->right;
    Expr *exprs[] = {e->left, range->left, range->right};
    uint32_t end = label_new(l);
    Val v[3];
    lower_operands(l, exprs, 3, v);
    emit_to(l, IR_OP_SET, dst, ir_bool(l->bool_type, false));
    emit_branch(l, OP_LT, v[0].op, v[1].op, end, true);
    emit_binary(l, range->is_closed ? OP_LE : OP_LT, dst, v[0].op, v[2].op);
    emit_label(l, end);
}

static void in_value(Lower *l, Expr *e, IrPlace dst)
{
    Expr *exprs[] = {e->left, e->right};
    Val v[2];
    lower_operands(l, exprs, 2, v);
    const Type *whole = v[1].op.type;
    if (whole->kind == TYPE_STRING) {
        RUNTIME(l, RT_STRING_CONTAINS, dst, v[1].op, v[0].op);
    } else if (whole->kind == TYPE_LIST) {
        IrOperand item = val_address(l, val_as(l, v[0], whole->item));
        RUNTIME(l, RT_LIST_CONTAINS, dst, ir_descriptor(whole->item), v[1].op, item);
    } else {
        IrOperand key = val_address(l, val_as(l, v[0], whole->key));
        IrPlace found = pointer_new(l, whole->item);
        RUNTIME(l, RT_MAP_FIND, pointer_itself(found), v[1].op, ir_descriptor(whole), key);
        emit_to(l, IR_OP_IS_NULL, dst, ir_place(pointer_itself(found)));
        emit_to(l, IR_OP_NOT, dst, ir_place(dst));
    }
}

static bool is_whole_range(const Expr *e)
{
    return e->kind == EXPR_RANGE && e->left && e->right && e->left->type &&
           ir_is_int(e->left->type);
}

void lower_binary(Lower *l, Expr *e, IrPlace dst)
{
    if (op_is_comparison(e->op)) {
        Val a, b;
        lower_compared(l, e, &a, &b);
        lower_comparison(l, e->op, a, b, dst);
        return;
    }
    if (e->op == OP_IN || e->op == OP_NOT_IN) {
        if (is_whole_range(e->right) && e->left->type->kind == TYPE_INT)
            in_range(l, e, dst);
        else
            in_value(l, e, dst);
        if (e->op == OP_NOT_IN)
            emit_to(l, IR_OP_NOT, dst, ir_place(dst));
        return;
    }
    Expr *exprs[] = {e->left, e->right};
    Val v[2];
    lower_operands(l, exprs, 2, v);
    lower_arithmetic(l, e->op, v[0], v[1], dst);
}
