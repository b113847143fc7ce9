/* SPDX-License-Identifier: Apache-2.0 */
/* lower_place.c - instructions, locals, scopes and ownership. */
#include "emit/lower.h"

/* ---- instructions --------------------------------------------------------------------- */

IrInst *emit(Lower *l, IrOp op)
{
    if (l->is_dead) {
        l->nothing = (IrInst){.op = op};
        return &l->nothing;
    }
    IrInst *i = vec_add(l->arena, &l->fn->code);
    i->op = op;
    i->line = l->line;
    i->handler = l->handler;
    return i;
}

IrInst *emit_to(Lower *l, IrOp op, IrPlace dst, IrOperand a)
{
    IrInst *i = emit(l, op);
    i->dst = dst;
    i->a = a;
    return i;
}

void emit_binary(Lower *l, Op op, IrPlace dst, IrOperand a, IrOperand b)
{
    IrInst *i = emit_to(l, IR_OP_BINARY, dst, a);
    i->binary = op;
    i->b = b;
}

IrOperand *operand_array(Lower *l, size_t count)
{
    return arena_new_array(l->arena, IrOperand, count ? count : 1);
}

/* Whether what it answers hangs on where the task's row stands in its list. */
static bool reads_index(IrRuntime fn)
{
    switch (fn) {
    case RT_CURRENT_INDEX:
    case RT_RANDOM_FLOAT:
    case RT_RANDOM_INT:
    case RT_RANDOM_FLOATS:
    case RT_RANDOM_INTS: return true;
    default: return false;
    }
}

IrInst *emit_runtime(Lower *l, IrRuntime fn, IrPlace dst, size_t count, const IrOperand *args)
{
    l->fn->reads_index |= reads_index(fn);
    IrOperand *copy = operand_array(l, count);
    for (size_t k = 0; k < count; k++)
        copy[k] = args[k];
    IrInst *i = emit(l, IR_OP_RUNTIME);
    i->runtime = fn;
    i->dst = dst;
    i->args.items = copy;
    i->args.count = count;
    return i;
}

void emit_callee(Lower *l, IrFunction *callee)
{
    for (size_t i = 0; i < l->fn->callees.len; i++)
        if (l->fn->callees.items[i] == callee)
            return;
    vec_push(l->arena, &l->fn->callees, callee);
}

uint32_t label_new(Lower *l)
{
    return ++l->fn->label_count;
}

static bool label_is_used(const Lower *l, uint32_t label)
{
    for (size_t i = l->fn->code.len; i-- > 0;) {
        const IrInst *inst = &l->fn->code.items[i];
        if (inst->op != IR_OP_LABEL && (inst->label == label || inst->handler == label))
            return true;
    }
    return false;
}

/* Code behind a jump is alive again where something jumps to. */
void emit_label(Lower *l, uint32_t label)
{
    if (l->is_dead && !label_is_used(l, label))
        return;
    l->is_dead = false;
    emit(l, IR_OP_LABEL)->label = label;
}

void emit_jump(Lower *l, uint32_t label)
{
    emit(l, IR_OP_JUMP)->label = label;
    l->is_dead = true;
}

void emit_leave(Lower *l)
{
    emit(l, IR_OP_LEAVE);
    l->is_dead = true;
}

void emit_branch(Lower *l, Op op, IrOperand a, IrOperand b, uint32_t label, bool when)
{
    if (op == OP_NONE && a.kind == IR_BOOL) {
        if ((a.int_value != 0) == when)
            emit_jump(l, label);
        return;
    }
    IrInst *i = emit(l, when ? IR_OP_JUMP_IF : IR_OP_JUMP_UNLESS);
    i->binary = op;
    i->a = a;
    i->b = b;
    i->label = label;
}

void emit_branch_on(Lower *l, IrOperand a, uint32_t label, bool when)
{
    emit_branch(l, OP_NONE, a, (IrOperand){0}, label, when);
}

/* ---- locals ------------------------------------------------------------------------------ */

uint32_t local_new(Lower *l, IrLocalKind kind, const Type *type, Str name)
{
    IrLocal *local = vec_add(l->arena, &l->fn->locals);
    local->kind = kind;
    local->type = type;
    local->name = name;
    return (uint32_t)l->fn->locals.len - 1;
}

static void own(Lower *l, uint32_t local)
{
    vec_push(l->arena, &l->live, (Live){.local = local});
    if (!l->touched)
        return;
    for (size_t i = 0; i < l->touched->len; i++)
        if (l->touched->items[i] == local)
            return;
    vec_push(l->arena, l->touched, local);
}

IrPlace local_declare(Lower *l, const Type *type, Str name)
{
    uint32_t index = local_new(l, IR_VALUE, type, name);
    own(l, index);
    return ir_local(type, index);
}

static uint32_t take_unused(Lower *l, IrLocalKind kind, const Type *type)
{
    for (size_t i = l->unused.len; i-- > 0;) {
        uint32_t index = l->unused.items[i];
        const IrLocal *local = &l->fn->locals.items[index];
        if (local->kind == kind && local->type == type) {
            l->unused.items[i] = vec_last(&l->unused);
            l->unused.len--;
            own(l, index);
            return index;
        }
    }
    uint32_t index = local_new(l, kind, type, (Str){0});
    l->fn->locals.items[index].is_temp = true;
    own(l, index);
    return index;
}

IrPlace temp_new(Lower *l, const Type *type)
{
    return ir_local(type, take_unused(l, IR_VALUE, type));
}

IrPlace pointer_new(Lower *l, const Type *type)
{
    return ir_pointee(type, take_unused(l, IR_POINTER, type));
}

IrPlace slot_new(Lower *l, const Type *type)
{
    return ir_pointee(type, take_unused(l, IR_SLOT, type));
}

uint32_t text_new(Lower *l)
{
    return take_unused(l, IR_TEXT, NULL);
}

IrPlace pointer_itself(IrPlace pointee)
{
    return ir_local(pointee.base_type, pointee.index);
}

/* ---- scopes --------------------------------------------------------------------------------- */

static bool is_dropped(Lower *l, const IrLocal *local)
{
    return local->kind == IR_TEXT ||
           (local->kind == IR_VALUE && ir_is_counted(l->program, local->type));
}

static void release_local(Lower *l, uint32_t index)
{
    const IrLocal *local = &l->fn->locals.items[index];
    if (is_dropped(l, local))
        emit(l, IR_OP_RELEASE)->dst = ir_local(local->type, index);
}

size_t scope_open(const Lower *l)
{
    return l->live.len;
}

void scope_drop(Lower *l, size_t mark)
{
    for (size_t i = l->live.len; i-- > mark;)
        if (!l->live.items[i].is_moved)
            release_local(l, l->live.items[i].local);
}

void scope_close(Lower *l, size_t mark)
{
    scope_drop(l, mark);
    while (l->live.len > mark) {
        uint32_t index = vec_pop(&l->live).local;
        if (l->fn->locals.items[index].is_temp)
            vec_push(l->arena, &l->unused, index);
    }
}

bool scope_holds_counted(Lower *l, size_t mark)
{
    for (size_t i = mark; i < l->live.len; i++)
        if (!l->live.items[i].is_moved &&
            is_dropped(l, &l->fn->locals.items[l->live.items[i].local]))
            return true;
    return false;
}

size_t branch_open(Lower *l)
{
    size_t before = l->branch;
    l->branch = l->live.len;
    return before;
}

void branch_close(Lower *l, size_t before)
{
    l->branch = before;
}

/* A temporary that was moved on every way to here need not be dropped. */
static void mark_moved(Lower *l, IrPlace place)
{
    if (place.base != IR_LOCAL || place.path_len > 0)
        return;
    for (size_t i = l->live.len; i-- > l->branch;)
        if (l->live.items[i].local == place.index)
            l->live.items[i].is_moved = true;
}

/* ---- values -------------------------------------------------------------- */

Val val_of(IrOperand op)
{
    return (Val){.op = op, .is_stable = true};
}

Val val_borrowed(IrPlace place, bool is_stable)
{
    return (Val){.op = ir_place(place), .is_stable = is_stable};
}

Val val_owned(IrPlace place)
{
    return (Val){.op = ir_place(place), .is_owned = true, .is_stable = true};
}

/* Fills dst with a value of the same type. */
static void store_same(Lower *l, IrPlace dst, Val v)
{
    if (!ir_is_counted(l->program, dst.type) || v.op.kind != IR_PLACE) {
        emit_to(l, IR_OP_SET, dst, v.op);
    } else if (v.is_owned) {
        emit_to(l, IR_OP_MOVE, dst, v.op);
        mark_moved(l, v.op.place);
    } else {
        emit_to(l, IR_OP_COPY, dst, v.op);
    }
}

static IrOperand as_float(const Lower *l, IrOperand op)
{
    return ir_float(l->float_type, (double)op.int_value);
}

static Val part_of(Lower *l, Val v, uint32_t index)
{
    v.op = ir_place(ir_field(l->program, v.op.place, index));
    return v;
}

static void store_parts(Lower *l, IrPlace dst, Val v)
{
    v = val_place(l, v);
    for (uint32_t i = 0; i < dst.type->fields.count; i++)
        store(l, ir_field(l->program, dst, i), part_of(l, v, i));
}

IrPlace option_fill(Lower *l, IrPlace dst)
{
    if (!dst.type->is_boxed) {
        emit_to(l, IR_OP_SET, ir_some(l->program, dst), ir_bool(l->bool_type, true));
        return ir_payload(l->program, dst);
    }
    const Type *item = dst.type->item;
    RUNTIME(l, RT_LIST_NEW, dst, ir_descriptor(item), ir_int(l->int_type, 1),
            ir_int(l->int_type, 1));
    IrPlace slot = slot_new(l, item);
    emit_to(l, IR_OP_ITEMS, pointer_itself(slot), ir_place(dst));
    return slot;
}

static void store_option(Lower *l, IrPlace dst, Val v)
{
    uint32_t end = label_new(l);
    v = val_place(l, v);
    IrPlace from = v.op.place;
    emit_to(l, IR_OP_SET, dst, ir_zero(dst.type));
    emit_branch_on(l, ir_place(ir_some(l->program, from)), end, false);
    v.op = ir_place(ir_payload(l->program, from));
    size_t before = branch_open(l);
    store(l, option_fill(l, dst), v);
    branch_close(l, before);
    emit_label(l, end);
}

static void store_list(Lower *l, IrPlace dst, Val v)
{
    size_t mark = scope_open(l);
    Walk w;
    IrPlace length = temp_new(l, l->int_type);
    v = val_place(l, v);
    RUNTIME(l, RT_LIST_LEN, length, v.op);
    RUNTIME(l, RT_LIST_NEW, dst, ir_descriptor(dst.type->item), ir_place(length), ir_place(length));
    IrPlace items = slot_new(l, dst.type->item);
    emit_to(l, IR_OP_ITEMS, pointer_itself(items), ir_place(dst));
    walk_open(l, &w, v);
    IrStep at = {IR_AT_LOCAL, dst.type, w.index.index};
    store(l, ir_step(l->program, items, at, dst.type->item), w.element);
    walk_close(l, &w);
    scope_close(l, mark);
}

static bool is_some_of(const Type *to, const Type *from)
{
    return to->kind == TYPE_OPTION && (from->kind != TYPE_OPTION || to->item == from);
}

void store(Lower *l, IrPlace dst, Val v)
{
    const Type *from = v.op.type, *to = dst.type;
    if (from == to || v.op.kind == IR_ZERO) {
        if (v.op.kind == IR_ZERO)
            v.op.type = to;
        store_same(l, dst, v);
    } else if (is_some_of(to, from)) {
        store(l, option_fill(l, dst), v);
    } else if (to->kind == TYPE_FLOAT && v.op.kind == IR_INT) {
        emit_to(l, IR_OP_SET, dst, as_float(l, v.op));
    } else if (to->kind == TYPE_FLOAT) {
        emit_to(l, IR_OP_CAST, dst, v.op);
    } else if (to->kind == TYPE_OPTION && from->kind == TYPE_OPTION) {
        store_option(l, dst, v);
    } else if (to->kind == TYPE_LIST && from->kind == TYPE_LIST) {
        store_list(l, dst, v);
    } else if (to->kind == TYPE_TUPLE && from->kind == TYPE_TUPLE) {
        store_parts(l, dst, v);
    } else {
        store_same(l, dst, v);
    }
}

Val val_place(Lower *l, Val v)
{
    if (v.op.kind == IR_PLACE)
        return v;
    IrPlace temp = temp_new(l, v.op.type);
    emit_to(l, IR_OP_SET, temp, v.op);
    return val_owned(temp);
}

Val val_hold(Lower *l, Val v)
{
    if (v.is_stable || v.is_owned || v.op.kind != IR_PLACE)
        return v;
    IrPlace temp = temp_new(l, v.op.type);
    store(l, temp, v);
    return val_owned(temp);
}

Val val_as(Lower *l, Val v, const Type *type)
{
    if (v.op.type == type || !v.op.type || type->kind == TYPE_ERROR)
        return v;
    if (type->kind == TYPE_FLOAT && v.op.kind == IR_INT)
        return val_of(as_float(l, v.op));
    if (v.op.kind == IR_ZERO)
        return val_of(ir_zero(type));
    IrPlace temp = temp_new(l, type);
    store(l, temp, v);
    return val_owned(temp);
}

IrOperand val_address(Lower *l, Val v)
{
    return ir_address(val_place(l, v).op.place);
}

void assign(Lower *l, IrPlace dst, Val v)
{
    if (!ir_is_counted(l->program, dst.type)) {
        if (!ir_is_scalar(dst.type) && v.op.type != dst.type)
            v = val_as(l, v, dst.type);
        store(l, dst, v);
        return;
    }
    if (v.op.kind != IR_ZERO && (!v.is_owned || v.op.type != dst.type)) {
        IrPlace temp = temp_new(l, dst.type);
        store(l, temp, v);
        v = val_owned(temp);
    }
    emit(l, IR_OP_RELEASE)->dst = dst;
    store(l, dst, v);
}

void bind(Lower *l, Binding *b, IrPlace place, bool is_stable)
{
    if (!b)
        return;
    Bound *bound = arena_new(l->arena, Bound);
    bound->place = place;
    bound->is_stable = is_stable;
    b->lowered = bound;
}
