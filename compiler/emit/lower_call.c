/* SPDX-License-Identifier: Apache-2.0 */
/* lower_call.c - calls of functions, structs and closures; closures as values.
 *
 * Arguments are evaluated as they stand in the text, then handed over in the order of the
 * parameters; defaults that are left out come last.  A `var` parameter gets the address of the
 * caller's variable. */
#include "emit/lower.h"

/* ---- what is called ----------------------------------------------------------------------- */

RefKind call_ref(const Expr *e)
{
    return e->ref != REF_NONE ? e->ref : e->base ? e->base->ref : REF_NONE;
}

const Builtin *call_builtin(const Expr *e)
{
    if (e->builtin)
        return e->builtin;
    return e->base && e->base->ref == REF_BUILTIN ? e->base->builtin : NULL;
}

static Decl *call_decl(const Expr *e)
{
    return e->decl ? e->decl : e->base->decl;
}

/* ---- arguments ------------------------------------------------------------------------------- */

/* The parameters in the order in which their arguments stand in the text. */
static size_t text_order(const Expr *e, size_t *order)
{
    size_t count = 0;
    for (size_t i = 0; i < e->call_arg_count; i++) {
        const Expr *arg = e->call_args[i];
        if (!arg)
            continue;
        size_t at = count++;
        while (at > 0 && e->call_args[order[at - 1]]->span.start > arg->span.start) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    return count;
}

static const Type *param_type(const Decl *d, size_t index)
{
    return index < d->param_types.count ? d->param_types.items[index] : NULL;
}

static Val default_value(Lower *l, Expr *fallback)
{
    bool before = l->has_fixed_line;
    l->has_fixed_line = true; /* it stands elsewhere, maybe in another file */
    Val v = lower_expr(l, fallback);
    l->has_fixed_line = before;
    return v;
}

static void default_into(Lower *l, Expr *fallback, IrPlace dst)
{
    bool before = l->has_fixed_line;
    l->has_fixed_line = true;
    lower_into(l, fallback, dst);
    l->has_fixed_line = before;
}

/* ---- functions ----------------------------------------------------------- */

void emit_call(Lower *l, IrFunction *fn, size_t count, const IrOperand *args, IrPlace dst)
{
    IrOperand *copy = operand_array(l, count);
    for (size_t i = 0; i < count; i++)
        copy[i] = args[i];
    IrInst *i = emit(l, IR_OP_CALL);
    i->callee = fn;
    i->dst = dst;
    i->args.items = copy;
    i->args.count = count;
    emit_callee(l, fn);
}

/* What is evaluated is held, since what stands behind it may change what it was read from. */
static void lower_in_turn(Lower *l, Expr *e, const size_t *order, size_t given, Target *targets,
                          IrOperand *args)
{
    const Decl *fn = call_decl(e);
    for (size_t i = 0; i < given; i++) {
        size_t at = order[i];
        Expr *arg = e->call_args[at];
        if (fn->params.items[at].is_var)
            targets[at] = target_begin(l, arg, e);
        else
            args[at] = val_as(l, val_hold(l, lower_expr(l, arg)), param_type(fn, at)).op;
    }
}

static void lower_together(Lower *l, Expr *e, const size_t *order, size_t given, IrOperand *args)
{
    const Decl *fn = call_decl(e);
    Expr **exprs = arena_new_array(l->arena, Expr *, given + 1);
    Val *in_text = arena_new_array(l->arena, Val, given + 1);
    for (size_t i = 0; i < given; i++)
        exprs[i] = e->call_args[order[i]];
    lower_operands(l, exprs, given, in_text);
    for (size_t i = 0; i < given; i++)
        args[order[i]] = val_as(l, in_text[i], param_type(fn, order[i])).op;
}

/* Arguments that are changed are found in their turn, and opened last, when nothing else is
 * evaluated any more.  They are of different variables, so that to open one moves no other. */
static void lower_fn_call(Lower *l, Expr *e, IrPlace dst)
{
    Decl *fn = call_decl(e);
    const Param *params = fn->params.items;
    size_t n = e->call_arg_count;
    size_t *order = arena_new_array(l->arena, size_t, n + 1);
    Target *targets = arena_new_array(l->arena, Target, n + 1);
    IrOperand *args = operand_array(l, n);
    size_t given = text_order(e, order);
    if (decl_changes_argument(fn))
        lower_in_turn(l, e, order, given, targets, args);
    else
        lower_together(l, e, order, given, args);
    for (size_t i = 0; i < n; i++)
        if (!e->call_args[i])
            args[i] = val_as(l, default_value(l, params[i].fallback), param_type(fn, i)).op;
    for (size_t i = 0; i < n; i++)
        if (params[i].is_var)
            args[i] = ir_address(target_open(l, &targets[i], false));
    IrPlace result = dst;
    if (place_is_nowhere(dst) && fn->result_type && fn->result_type->kind != TYPE_UNIT)
        result = temp_new(l, fn->result_type);
    emit_call(l, lower_function_of(l, fn), n, args, result);
}

static void lower_struct(Lower *l, Expr *e, IrPlace dst)
{
    lower_parts(l, e, &call_decl(e)->params, dst);
}

void lower_parts(Lower *l, Expr *e, const ParamList *declared, IrPlace dst)
{
    size_t *order = arena_new_array(l->arena, size_t, e->call_arg_count + 1);
    size_t given = text_order(e, order);
    for (size_t i = 0; i < given; i++)
        lower_into(l, e->call_args[order[i]], ir_field(l->program, dst, (uint32_t)order[i]));
    for (uint32_t i = 0; i < e->call_arg_count; i++)
        if (!e->call_args[i])
            default_into(l, declared->items[i].fallback, ir_field(l->program, dst, i));
}

/* ---- closures as values -------------------------------------------------- */

static void emit_value_call(Lower *l, IrOperand closure, const Type *type, const Val *values,
                            size_t count, IrPlace dst)
{
    IrOperand *args = operand_array(l, count);
    for (size_t i = 0; i < count; i++)
        args[i] = val_as(l, values[i], type->fields.items[i].type).op;
    bool wants = type->item && type->item->kind != TYPE_UNIT;
    IrPlace result = dst;
    if (wants && (place_is_nowhere(dst) || dst.type != type->item))
        result = temp_new(l, type->item);
    IrInst *i = emit(l, IR_OP_CALL_VALUE);
    i->a = closure;
    i->dst = result;
    i->args.items = args;
    i->args.count = count;
    l->fn->calls_values = true;
    if (wants && !place_is_nowhere(dst) && dst.type != type->item)
        store(l, dst, val_owned(result));
}

static void lower_value_call(Lower *l, Expr *e, IrPlace dst)
{
    size_t n = e->args.count;
    Expr **exprs = arena_new_array(l->arena, Expr *, n + 1);
    Val *values = arena_new_array(l->arena, Val, n + 1);
    exprs[0] = e->base;
    for (size_t i = 0; i < n; i++)
        exprs[i + 1] = e->args.items[i].value;
    lower_operands(l, exprs, n + 1, values);
    emit_value_call(l, values[0].op, e->base->type, values + 1, n, dst);
}

static const Type *captured_type(Lower *l, const Expr *e)
{
    TypeField *fields = arena_new_array(l->arena, TypeField, e->more->captures.count + 1);
    for (size_t i = 0; i < e->more->captures.count; i++)
        fields[i].type = e->more->captures.items[i]->type;
    return type_tuple(l->model->types, fields, e->more->captures.count);
}

static void emit_closure(Lower *l, IrFunction *body, IrOperand captures, IrPlace dst)
{
    IrInst *i = emit_to(l, IR_OP_CLOSURE, dst, captures);
    i->callee = body;
    emit_callee(l, body);
}

/* What it captures is copied into a tuple, from which the closure takes its own copy. */
void lower_closure(Lower *l, Expr *e, IrPlace dst)
{
    if (e->more->captures.count == 0) {
        emit_closure(l, lower_closure_body(l, e, NULL), (IrOperand){0}, dst);
        return;
    }
    const Type *type = captured_type(l, e);
    size_t mark = scope_open(l);
    IrPlace captures = temp_new(l, type);
    for (uint32_t i = 0; i < e->more->captures.count; i++)
        store(l, ir_field(l->program, captures, i), lower_binding(l, e->more->captures.items[i]));
    emit_closure(l, lower_closure_body(l, e, type), ir_place(captures), dst);
    scope_close(l, mark);
}

void lower_function_value(Lower *l, Decl *fn, const Type *type, IrPlace dst)
{
    emit_closure(l, lower_thunk(l, fn, type), (IrOperand){0}, dst);
}

/* ---- functions given to built-in ones ------------------------------------ */

Callback callback_open(Lower *l, Expr *e)
{
    Callback c = {.type = e->type};
    if (e->kind == EXPR_CLOSURE)
        c.closure = e;
    else if (e->ref == REF_FN && e->decl)
        c.fn = e->decl;
    else
        c.value = val_hold(l, lower_expr(l, e));
    return c;
}

static void run_closure(Lower *l, Expr *e, const Val *args, IrPlace dst)
{
    Landing landing = {.dst = dst, .label = label_new(l), .mark = scope_open(l)};
    Landing *landing_before = l->landing;
    Loop *loop_before = l->loop;
    l->landing = &landing;
    l->loop = NULL;
    for (size_t i = 0; i < e->more->params.count; i++) {
        Binding *b = e->more->params.items[i].binding;
        if (!b)
            continue;
        Val v = val_place(l, val_as(l, args[i], b->type));
        bind(l, b, v.op.place, v.is_stable);
    }
    if (e->more->block)
        lower_block(l, e->more->block, dst);
    else if (place_is_nowhere(dst))
        lower_effect(l, e->more->body_expr);
    else
        lower_into(l, e->more->body_expr, dst);
    scope_close(l, landing.mark);
    emit_label(l, landing.label);
    l->landing = landing_before;
    l->loop = loop_before;
}

void callback_run(Lower *l, const Callback *c, size_t count, const Val *args, IrPlace dst)
{
    if (c->closure) {
        run_closure(l, c->closure, args, dst);
    } else if (c->fn) {
        IrOperand *operands = operand_array(l, count);
        for (size_t i = 0; i < count; i++)
            operands[i] = val_as(l, args[i], param_type(c->fn, i)).op;
        const Type *type = c->fn->result_type;
        IrPlace result = dst.type == type ? dst : temp_new(l, type);
        emit_call(l, lower_function_of(l, c->fn), count, operands, result);
        if (dst.type != type)
            store(l, dst, val_owned(result));
    } else {
        emit_value_call(l, c->value.op, c->type, args, count, dst);
    }
}

void callback_test(Lower *l, const Callback *c, Val arg, uint32_t label, bool when)
{
    size_t mark = scope_open(l);
    Expr *e = c->closure;
    if (e && e->more->body_expr && e->more->params.count == 1 && e->more->params.items[0].binding) {
        Val v = val_place(l, arg);
        bind(l, e->more->params.items[0].binding, v.op.place, v.is_stable);
        lower_condition(l, e->more->body_expr, label, when);
        scope_close(l, mark);
        return;
    }
    IrPlace answer = temp_new(l, l->bool_type);
    callback_run(l, c, 1, &arg, answer);
    scope_close(l, mark);
    emit_branch_on(l, ir_place(answer), label, when);
}

/* ---- all calls ----------------------------------------------------------- */

void lower_call_into(Lower *l, Expr *e, IrPlace dst)
{
    const Builtin *b = call_builtin(e);
    lower_at(l, e->span);
    RefKind ref = call_ref(e);
    bool makes = ref == REF_STRUCT || ref == REF_CASE || ref == REF_WITH;
    if (makes && place_is_nowhere(dst))
        dst = temp_new(l, e->type);
    if (e->is_optional)
        lower_optional_call(l, e, dst);
    else if (b)
        lower_builtin(l, e, b, dst);
    else if (ref == REF_CASE)
        lower_case(l, e, dst);
    else if (ref == REF_WITH)
        lower_with(l, e, dst);
    else if (call_ref(e) == REF_STRUCT)
        lower_struct(l, e, dst);
    else if (call_ref(e) == REF_FN)
        lower_fn_call(l, e, dst);
    else
        lower_value_call(l, e, dst);
}

Val lower_call(Lower *l, Expr *e)
{
    const Builtin *b = call_builtin(e);
    if (b && (b->id == BUILTIN_MIN_BY || b->id == BUILTIN_MAX_BY))
        return lower_pick(l, e, b);
    IrPlace temp = temp_new(l, e->type);
    lower_call_into(l, e, temp);
    return val_owned(temp);
}
