/* SPDX-License-Identifier: Apache-2.0 */
/* lower_loop.c - walks over lists, and the built-in functions that are loops over one.
 *
 * A closure literal is written out inside the loop; its parameters are other names of the element.
 * The list is held while the loop runs, so elements can be borrowed. */
#include "emit/lower.h"

Val lower_sure_element(Lower *l, Val list, IrOperand index)
{
    const Type *item = list.op.type->item;
    bool scalar = ir_is_scalar(item);
    IrPlace out = scalar ? temp_new(l, item) : pointer_new(l, item);
    IrInst *i = emit_to(l, scalar ? IR_OP_ITEM : IR_OP_ELEMENT, scalar ? out : pointer_itself(out),
                        list.op);
    i->b = index;
    i->is_sure = true;
    return val_borrowed(out, true);
}

void walk_open(Lower *l, Walk *w, Val list)
{
    *w = (Walk){.mark = scope_open(l)};
    w->list = val_place(l, val_hold(l, list));
    w->item = list.op.type->item;
    w->length = temp_new(l, l->int_type);
    w->index = temp_new(l, l->int_type);
    w->head = label_new(l);
    w->again = label_new(l);
    w->leave = label_new(l);
    RUNTIME(l, RT_LIST_LEN, w->length, w->list.op);
    emit_to(l, IR_OP_SET, w->index, ir_int(l->int_type, 0));
    emit_label(l, w->head);
    emit_branch(l, OP_LT, ir_place(w->index), ir_place(w->length), w->leave, false);
    w->branch = branch_open(l);
    w->element = lower_sure_element(l, w->list, ir_place(w->index));
}

void walk_close(Lower *l, Walk *w)
{
    if (!w->is_rejoined)
        emit_label(l, w->again);
    emit_binary(l, OP_ADD, w->index, ir_place(w->index), ir_int(l->int_type, 1));
    branch_close(l, w->branch);
    emit_jump(l, w->head);
    emit_label(l, w->leave);
    scope_close(l, w->mark);
}

/* ---- loops that make a list -------------------------------------------------------------- */

static IrPlace new_items(Lower *l, Val list, IrPlace dst)
{
    IrPlace length = temp_new(l, l->int_type);
    RUNTIME(l, RT_LIST_LEN, length, list.op);
    RUNTIME(l, RT_LIST_NEW, dst, ir_descriptor(dst.type->item), ir_place(length), ir_place(length));
    IrPlace items = slot_new(l, dst.type->item);
    emit_to(l, IR_OP_ITEMS, pointer_itself(items), ir_place(dst));
    return items;
}

static IrPlace item_at(Lower *l, IrPlace items, IrPlace index)
{
    IrStep at = {IR_AT_LOCAL, NULL, index.index};
    return ir_step(l->program, items, at, items.type);
}

static void map_into(Lower *l, Val list, const Callback *f, IrPlace dst)
{
    Walk w;
    IrPlace items = new_items(l, list, dst);
    walk_open(l, &w, list);
    size_t mark = scope_open(l);
    callback_run(l, f, 1, &w.element, item_at(l, items, w.index));
    scope_close(l, mark);
    walk_close(l, &w);
}

/* ---- matrices ------------------------------------------------------------ */

/* The closure of an element may give an int. */
static void run_to_float(Lower *l, const Callback *f, size_t count, const Val *args, IrPlace dst)
{
    size_t mark = scope_open(l);
    if (f->type->item->kind == TYPE_FLOAT) {
        callback_run(l, f, count, args, dst);
    } else {
        IrPlace result = temp_new(l, f->type->item);
        callback_run(l, f, count, args, result);
        store(l, dst, val_as(l, val_owned(result), l->float_type));
    }
    scope_close(l, mark);
}

static void count_up(Lower *l, IrPlace counter)
{
    emit_binary(l, OP_ADD, counter, ir_place(counter), ir_int(l->int_type, 1));
}

/* Counts one index of two from 0 to `end`:  turn_open … body … turn_close. */
typedef struct Turn {
    IrPlace index;
    uint32_t head, leave;
} Turn;

static Turn turn_open(Lower *l, IrOperand end)
{
    Turn t = {temp_new(l, l->int_type), label_new(l), label_new(l)};
    emit_to(l, IR_OP_SET, t.index, ir_int(l->int_type, 0));
    emit_label(l, t.head);
    emit_branch(l, OP_LT, ir_place(t.index), end, t.leave, false);
    return t;
}

static void turn_close(Lower *l, const Turn *t)
{
    count_up(l, t->index);
    emit_jump(l, t->head);
    emit_label(l, t->leave);
}

/* matrix(rows, cols, |i, j| …), row by row. */
static void matrix_fill_into(Lower *l, Expr *e, IrPlace dst)
{
    Val size[2];
    lower_operands(l, e->call_args, 2, size);
    Val rows = val_hold(l, size[0]), cols = val_hold(l, size[1]);
    Callback f = callback_open(l, e->call_args[2]);
    RUNTIME(l, RT_MATRIX_NEW, dst, rows.op, cols.op);
    IrPlace items = slot_new(l, l->float_type), at = temp_new(l, l->int_type);
    emit_to(l, IR_OP_ITEMS, pointer_itself(items), ir_place(ir_field(l->program, dst, 2)));
    emit_to(l, IR_OP_SET, at, ir_int(l->int_type, 0));
    Turn row = turn_open(l, rows.op);
    size_t before = branch_open(l);
    Turn col = turn_open(l, cols.op);
    Val args[] = {val_borrowed(row.index, true), val_borrowed(col.index, true)};
    run_to_float(l, &f, 2, args, item_at(l, items, at));
    count_up(l, at);
    turn_close(l, &col);
    branch_close(l, before);
    turn_close(l, &row);
}

static void matrix_map_into(Lower *l, Expr *e, IrPlace dst)
{
    Walk w;
    Val m = val_place(l, val_hold(l, lower_expr(l, e->call_args[0])));
    Callback f = callback_open(l, e->call_args[1]);
    IrPlace from = m.op.place;
    IrPlace rows = ir_field(l->program, from, 0), cols = ir_field(l->program, from, 1);
    RUNTIME(l, RT_MATRIX_NEW, dst, ir_place(rows), ir_place(cols));
    IrPlace items = slot_new(l, l->float_type);
    emit_to(l, IR_OP_ITEMS, pointer_itself(items), ir_place(ir_field(l->program, dst, 2)));
    walk_open(l, &w, val_borrowed(ir_field(l->program, from, 2), true));
    run_to_float(l, &f, 1, &w.element, item_at(l, items, w.index));
    walk_close(l, &w);
}

/* ---- loops over ranges --------------------------------------------------- */

/* `a..b` with a literal `a` of at least 0: how many ints that are never overflows. */
static bool is_plain_range(const Expr *e)
{
    return e->kind == EXPR_RANGE && !e->is_closed && e->left->kind == EXPR_INT &&
           e->left->int_value >= 0;
}

static IrPlace range_length(Lower *l, IrOperand end, int64_t from)
{
    uint32_t none = label_new(l);
    IrPlace length = temp_new(l, l->int_type);
    emit_to(l, IR_OP_SET, length, ir_int(l->int_type, 0));
    emit_branch(l, OP_GT, end, ir_int(l->int_type, from), none, false);
    emit_binary(l, OP_SUB, length, end, ir_int(l->int_type, from));
    emit_label(l, none);
    return length;
}

/* `(a..b).map(f)` counts, without a list of what it counts. */
static void map_range_into(Lower *l, Expr *e, IrPlace dst)
{
    Expr *range = e->call_args[0];
    int64_t from = range->left->int_value;
    Val end = val_hold(l, lower_expr(l, range->right));
    Callback f = callback_open(l, e->call_args[1]);
    IrOperand length = ir_place(range_length(l, end.op, from));
    RUNTIME(l, RT_LIST_NEW, dst, ir_descriptor(dst.type->item), length, length);
    IrPlace items = slot_new(l, dst.type->item);
    emit_to(l, IR_OP_ITEMS, pointer_itself(items), ir_place(dst));
    Turn t = turn_open(l, length);
    size_t before = branch_open(l), mark = scope_open(l);
    IrPlace element = t.index;
    if (from > 0) {
        element = temp_new(l, l->int_type);
        emit_binary(l, OP_ADD, element, ir_place(t.index), ir_int(l->int_type, from));
    }
    Val arg = val_borrowed(element, true);
    callback_run(l, &f, 1, &arg, item_at(l, items, t.index));
    scope_close(l, mark);
    branch_close(l, before);
    turn_close(l, &t);
}

/* ---- loops over lists ---------------------------------------------------- */

static void filter_into(Lower *l, Val list, const Callback *f, IrPlace dst)
{
    Walk w;
    const Type *item = dst.type->item;
    emit_to(l, IR_OP_SET, dst, ir_zero(dst.type));
    walk_open(l, &w, list);
    callback_test(l, f, w.element, w.again, false);
    IrPlace slot = slot_new(l, item);
    RUNTIME(l, RT_LIST_ADD, pointer_itself(slot), ir_address(dst), ir_descriptor(item),
            ir_item_size(item));
    store(l, slot, w.element);
    walk_close(l, &w);
}

static void enumerate_into(Lower *l, Val list, IrPlace dst)
{
    Walk w;
    IrPlace items = new_items(l, list, dst);
    walk_open(l, &w, list);
    IrPlace pair = item_at(l, items, w.index);
    store(l, ir_field(l->program, pair, 0), val_borrowed(w.index, true));
    store(l, ir_field(l->program, pair, 1), w.element);
    walk_close(l, &w);
}

static void sort_by_into(Lower *l, Val list, const Callback *f, IrPlace dst)
{
    size_t mark = scope_open(l);
    IrPlace keys = temp_new(l, type_list(l->model->types, f->type->item));
    map_into(l, list, f, keys);
    RUNTIME(l, RT_LIST_SORT, dst, list.op, ir_place(keys), ir_bool(l->bool_type, false));
    scope_close(l, mark);
}

/* ---- loops that ask -------------------------------------------------------------------------- */

/* any looks for an element that is true, all for one that is false. */
static void search_into(Lower *l, Val list, const Callback *f, bool wanted, IrPlace dst)
{
    Walk w;
    emit_to(l, IR_OP_SET, dst, ir_bool(l->bool_type, !wanted));
    walk_open(l, &w, list);
    callback_test(l, f, w.element, w.again, !wanted);
    emit_to(l, IR_OP_SET, dst, ir_bool(l->bool_type, wanted));
    emit_jump(l, w.leave);
    walk_close(l, &w);
}

static void count_into(Lower *l, Val list, const Callback *f, IrPlace dst)
{
    Walk w;
    emit_to(l, IR_OP_SET, dst, ir_int(l->int_type, 0));
    walk_open(l, &w, list);
    callback_test(l, f, w.element, w.again, false);
    emit_binary(l, OP_ADD, dst, ir_place(dst), ir_int(l->int_type, 1));
    walk_close(l, &w);
}

static void fold_into(Lower *l, Val list, Expr *first, const Callback *f, IrPlace dst)
{
    Walk w;
    lower_into(l, first, dst);
    walk_open(l, &w, list);
    Val args[] = {val_borrowed(dst, true), w.element};
    IrPlace next = temp_new(l, dst.type);
    callback_run(l, f, 2, args, next);
    assign(l, dst, val_owned(next));
    walk_close(l, &w);
}

/* ---- min_by, max_by ------------------------------------------------------ */

/* Jumps to `keep` when `key` does not beat `best`; floats with nan as the greatest. */
static void emit_beats(Lower *l, IrPlace key, IrPlace best, Op op, uint32_t keep)
{
    size_t mark = scope_open(l);
    if (ir_is_scalar(key.type) && key.type->kind != TYPE_FLOAT) {
        emit_branch(l, op, ir_place(key), ir_place(best), keep, false);
        return;
    }
    IrPlace order = temp_new(l, l->int_type);
    RUNTIME(l, RT_VALUE_COMPARE, order, ir_descriptor(key.type), ir_address(key), ir_address(best));
    scope_close(l, mark);
    emit_branch(l, op, ir_place(order), ir_int(l->int_type, 0), keep, false);
}

static Val pick(Lower *l, Val list, const Callback *f, Op op, Str name)
{
    Walk w;
    const Type *key_type = f->type->item;
    uint32_t some = label_new(l), beaten = label_new(l);
    IrPlace best = temp_new(l, l->int_type);
    IrPlace best_key = temp_new(l, key_type);
    emit_to(l, IR_OP_SET, best, ir_int(l->int_type, 0));
    walk_open(l, &w, list);
    IrPlace key = temp_new(l, key_type);
    callback_run(l, f, 1, &w.element, key);
    emit_branch(l, OP_EQ, ir_place(w.index), ir_int(l->int_type, 0), beaten, true);
    emit_beats(l, key, best_key, op, w.again);
    emit_label(l, beaten);
    assign(l, best_key, val_owned(key));
    emit_to(l, IR_OP_SET, best, ir_place(w.index));
    emit_label(l, w.again);
    emit_binary(l, OP_ADD, w.index, ir_place(w.index), ir_int(l->int_type, 1));
    if (ir_is_counted(l->program, key_type))
        emit(l, IR_OP_RELEASE)->dst = key; /* one that lost */
    branch_close(l, w.branch);
    emit_jump(l, w.head);
    emit_label(l, w.leave);
    IrPlace length = w.length;
    emit_branch(l, OP_GT, ir_place(length), ir_int(l->int_type, 0), some, true);
    RUNTIME(l, RT_FAIL_WORDS, NOWHERE,
            ir_chars(str_printf(l->arena, "%.*s of an empty list", STR_ARG(name))));
    emit_label(l, some);
    /* `w` stays open: the element is borrowed from its list */
    return lower_sure_element(l, w.list, ir_place(best));
}

Val lower_pick(Lower *l, Expr *e, const Builtin *b)
{
    lower_note_builtin(l, b);
    Val list = val_hold(l, lower_expr(l, e->call_args[0]));
    Callback f = callback_open(l, e->call_args[1]);
    return pick(l, list, &f, b->id == BUILTIN_MAX_BY ? OP_GT : OP_LT, str_from(b->name));
}

/* ---- all of them --------------------------------------------------------- */

bool lower_builtin_loop(Lower *l, Expr *e, const Builtin *b, IrPlace dst)
{
    switch (b->id) {
    case BUILTIN_MATRIX_FILL: matrix_fill_into(l, e, dst); return true;
    case BUILTIN_MAP_MATRIX: matrix_map_into(l, e, dst); return true;
    case BUILTIN_MAP:
    case BUILTIN_FILTER:
    case BUILTIN_ANY:
    case BUILTIN_ALL:
    case BUILTIN_COUNT:
    case BUILTIN_FOLD:
    case BUILTIN_SORT_BY:
    case BUILTIN_ENUMERATE: break;
    default: return false;
    }
    if (b->id == BUILTIN_MAP && is_plain_range(e->call_args[0])) {
        map_range_into(l, e, dst);
        return true;
    }
    Val list = val_hold(l, lower_expr(l, e->call_args[0]));
    if (b->id == BUILTIN_ENUMERATE) {
        enumerate_into(l, list, dst);
        return true;
    }
    Callback f = callback_open(l, e->call_args[b->id == BUILTIN_FOLD ? 2 : 1]);
    switch (b->id) {
    case BUILTIN_MAP: map_into(l, list, &f, dst); break;
    case BUILTIN_FILTER: filter_into(l, list, &f, dst); break;
    case BUILTIN_ANY: search_into(l, list, &f, true, dst); break;
    case BUILTIN_ALL: search_into(l, list, &f, false, dst); break;
    case BUILTIN_COUNT: count_into(l, list, &f, dst); break;
    case BUILTIN_SORT_BY: sort_by_into(l, list, &f, dst); break;
    default: fold_into(l, list, e->call_args[1], &f, dst); break;
    }
    return true;
}
