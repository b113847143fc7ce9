/* SPDX-License-Identifier: Apache-2.0 */
/* lower_match.c - match, patterns that may not fit, and the making of cases.
 *
 * An arm is three things one after another: tests that jump on where something does not fit, names
 * bound to places inside the value (which is held for the time of the match), and what the arm
 * does.  Names under a `|` are locals, filled by the alternative that fits.  The last arm is not
 * tested: the checker has made sure that it fits. */
#include "emit/lower.h"

/* ---- tests -------------------------------------------------------------------------------- */

static bool binds(const Pattern *p)
{
    if (p->kind == PATTERN_NAME)
        return true;
    for (size_t i = 0; i < p->parts.count; i++)
        if (binds(p->parts.items[i]))
            return true;
    return false;
}

/* Where part `i` of what the pattern takes apart lies. */
static IrPlace part_place(Lower *l, const Pattern *p, IrPlace place, uint32_t i)
{
    if (p->kind == PATTERN_CASE && place.type->kind == TYPE_OPTION)
        return ir_payload(l->program, place);
    if (p->kind == PATTERN_CASE && place.type->kind == TYPE_ENUM)
        place = ir_case(l->program, place, p->index);
    return ir_field(l->program, place, i);
}

static void test_literal(Lower *l, Pattern *p, IrPlace place, uint32_t other)
{
    size_t mark = scope_open(l);
    Val a = val_borrowed(place, true), b = lower_expr_as(l, p->literal, place.type);
    if (ir_is_scalar(place.type)) {
        emit_branch(l, OP_EQ, a.op, b.op, other, false);
    } else {
        IrPlace fits = temp_new(l, l->bool_type);
        lower_comparison(l, OP_EQ, a, b, fits);
        emit_branch_on(l, ir_place(fits), other, false);
    }
    scope_close(l, mark);
}

static void test(Lower *l, Pattern *p, IrPlace place, uint32_t other);

static void test_parts(Lower *l, Pattern *p, IrPlace place, uint32_t other)
{
    for (uint32_t i = 0; i < p->parts.count; i++)
        test(l, p->parts.items[i], part_place(l, p, place, i), other);
}

static void test_case(Lower *l, Pattern *p, IrPlace place, uint32_t other)
{
    if (place.type->kind == TYPE_OPTION)
        emit_branch_on(l, ir_place(ir_some(l->program, place)), other, p->parts.count == 0);
    else if (place.type->kind == TYPE_ENUM)
        emit_branch(l, OP_EQ, ir_place(ir_tag(l->program, place)), ir_int(l->int_type, p->index),
                    other, false);
    test_parts(l, p, place, other);
}

/* Fills the locals that the names of an alternative stand for. */
static void fill_names(Lower *l, Pattern *p, IrPlace place)
{
    if (p->kind == PATTERN_OR)
        return; /* its own test has done so */
    if (p->kind == PATTERN_NAME && p->binding) {
        const Bound *bound = p->binding->lowered;
        store(l, bound->place, val_borrowed(place, true));
    }
    for (uint32_t i = 0; i < p->parts.count; i++)
        fill_names(l, p->parts.items[i], part_place(l, p, place, i));
}

static void test_or(Lower *l, Pattern *p, IrPlace place, uint32_t other)
{
    uint32_t fits = label_new(l);
    size_t before = branch_open(l);
    for (size_t i = 0; i < p->parts.count; i++) {
        bool is_last = i + 1 == p->parts.count;
        uint32_t next = is_last ? other : label_new(l);
        test(l, p->parts.items[i], place, next);
        fill_names(l, p->parts.items[i], place);
        if (is_last)
            break;
        emit_jump(l, fits);
        emit_label(l, next);
    }
    emit_label(l, fits);
    branch_close(l, before);
}

static void test(Lower *l, Pattern *p, IrPlace place, uint32_t other)
{
    switch (p->kind) {
    case PATTERN_LITERAL: test_literal(l, p, place, other); break;
    case PATTERN_CASE: test_case(l, p, place, other); break;
    case PATTERN_TUPLE: test_parts(l, p, place, other); break;
    case PATTERN_OR: test_or(l, p, place, other); break;
    default: break;
    }
}

/* ---- names -------------------------------------------------------------------------------- */

static void forget_names(Pattern *p)
{
    if (p->binding)
        p->binding->lowered = NULL;
    for (size_t i = 0; i < p->parts.count; i++)
        forget_names(p->parts.items[i]);
}

static void declare_names(Lower *l, Pattern *p, bool is_under_or)
{
    is_under_or |= p->kind == PATTERN_OR;
    if (is_under_or && p->binding && !p->binding->lowered)
        bind(l, p->binding, local_declare(l, p->binding->type, p->name.name), true);
    for (size_t i = 0; i < p->parts.count; i++)
        declare_names(l, p->parts.items[i], is_under_or);
}

static void bind_names(Lower *l, Pattern *p, IrPlace place)
{
    if (p->kind == PATTERN_OR)
        return;
    if (p->kind == PATTERN_NAME)
        bind(l, p->binding, place, true);
    for (uint32_t i = 0; i < p->parts.count; i++)
        bind_names(l, p->parts.items[i], part_place(l, p, place, i));
}

void lower_fitting_pattern(Lower *l, Pattern *p, IrPlace place, uint32_t other)
{
    forget_names(p);
    declare_names(l, p, false);
    if (other || (p->kind == PATTERN_OR && binds(p)))
        test(l, p, place, other);
    bind_names(l, p, place);
}

/* ---- match -------------------------------------------------------------------------------- */

static bool has_or_with_names(const Pattern *p)
{
    if (p->kind == PATTERN_OR)
        return binds(p);
    for (size_t i = 0; i < p->parts.count; i++)
        if (has_or_with_names(p->parts.items[i]))
            return true;
    return false;
}

static void lower_arm(Lower *l, MatchArm *arm, IrPlace place, uint32_t other, uint32_t end,
                      IrPlace dst)
{
    size_t before = branch_open(l);
    size_t mark = scope_open(l);
    lower_fitting_pattern(l, arm->pattern, place, other);
    if (arm->guard) {
        uint32_t holds = label_new(l);
        lower_condition(l, arm->guard, holds, true);
        scope_drop(l, mark);
        emit_jump(l, other);
        emit_label(l, holds);
    }
    lower_branch(l, arm->value, NULL, dst);
    scope_close(l, mark);
    branch_close(l, before);
    emit_jump(l, end);
    if (other)
        emit_label(l, other);
}

void lower_match(Lower *l, Expr *e, IrPlace dst)
{
    uint32_t end = label_new(l);
    size_t mark = scope_open(l);
    Val v = val_place(l, val_hold(l, lower_expr(l, e->more->condition)));
    for (size_t i = 0; i < e->more->arms.count; i++) {
        MatchArm *arm = &e->more->arms.items[i];
        bool is_sure =
            i + 1 == e->more->arms.count && !arm->guard && !has_or_with_names(arm->pattern);
        lower_at(l, arm->span);
        lower_arm(l, arm, v.op.place, is_sure ? 0 : label_new(l), end, dst);
        if (is_sure)
            break;
    }
    emit_label(l, end);
    scope_close(l, mark);
}

/* ---- cases and copies ----------------------------------------------------------------------- */

void lower_case(Lower *l, Expr *e, IrPlace dst)
{
    emit_to(l, IR_OP_SET, ir_tag(l->program, dst), ir_int(l->int_type, e->field));
    if (e->kind == EXPR_CALL && e->call_arg_count > 0)
        lower_parts(l, e, &e->decl->cases.items[e->field].params,
                    ir_case(l->program, dst, e->field));
}

/* p.with(x=3) */
void lower_with(Lower *l, Expr *e, IrPlace dst)
{
    store(l, dst, lower_expr(l, e->base->base));
    for (uint32_t i = 0; i < e->call_arg_count; i++) {
        if (!e->call_args[i])
            continue;
        size_t mark = scope_open(l);
        IrPlace field = ir_field(l->program, dst, i);
        assign(l, field, lower_expr_as(l, e->call_args[i], field.type));
        scope_close(l, mark);
    }
}

/* x?.f(y): none, or the call's result made an option. */
void lower_optional_call(Lower *l, Expr *e, IrPlace dst)
{
    uint32_t end = label_new(l);
    size_t mark = scope_open(l);
    Val v = val_place(l, val_hold(l, lower_expr(l, e->base->base)));
    Expr *inner = e->more->body_expr;
    bool gives = !place_is_nowhere(dst) && dst.type->kind == TYPE_OPTION;
    if (gives)
        emit_to(l, IR_OP_SET, dst, ir_zero(dst.type));
    emit_branch_on(l, ir_place(ir_some(l->program, v.op.place)), end, false);
    size_t before = branch_open(l);
    bind(l, e->more->catch_binding, ir_payload(l->program, v.op.place), true);
    size_t inner_mark = scope_open(l);
    if (gives)
        lower_into(l, inner, dst);
    else
        lower_effect(l, inner);
    scope_close(l, inner_mark);
    branch_close(l, before);
    emit_label(l, end);
    scope_close(l, mark);
}
