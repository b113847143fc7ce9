/* SPDX-License-Identifier: Apache-2.0 */
/* lower_builtin.c - built-in functions: most are one call of the runtime. */
#include <stdlib.h>

#include "emit/lower.h"

enum { ARGS_MAX = 4 };

typedef struct Plain {
    BuiltinId id;
    IrRuntime runtime;
} Plain;

/* Arguments as they are, in the same order. */
static const Plain plain[] = {
    {BUILTIN_LEN_STRING, RT_STRING_LEN},
    {BUILTIN_LEN_LIST, RT_LIST_LEN},
    {BUILTIN_LEN_MAP, RT_MAP_LEN},
    {BUILTIN_SUM_INT, RT_LIST_SUM_INT},
    {BUILTIN_SUM_SIZE, RT_LIST_SUM_INT},
    {BUILTIN_SUM_DURATION, RT_LIST_SUM_INT},
    {BUILTIN_SUM_FLOAT, RT_LIST_SUM_FLOAT},
    {BUILTIN_MIN_LIST, RT_LIST_MIN},
    {BUILTIN_MAX_LIST, RT_LIST_MAX},
    {BUILTIN_REVERSED, RT_LIST_REVERSED},
    {BUILTIN_CONTAINS_STRING, RT_STRING_CONTAINS},
    {BUILTIN_SPLIT, RT_STRING_SPLIT},
    {BUILTIN_JOIN, RT_STRING_JOIN},
    {BUILTIN_CHARS, RT_STRING_CHARS},
    {BUILTIN_CODE, RT_STRING_CODE},
    {BUILTIN_CHAR, RT_STRING_OF_CODE},
    {BUILTIN_TRIM, RT_STRING_TRIM},
    {BUILTIN_LOWER, RT_STRING_LOWER},
    {BUILTIN_UPPER, RT_STRING_UPPER},
    {BUILTIN_REPLACE, RT_STRING_REPLACE},
    {BUILTIN_STARTS_WITH, RT_STRING_STARTS_WITH},
    {BUILTIN_ENDS_WITH, RT_STRING_ENDS_WITH},
    {BUILTIN_REPEAT, RT_STRING_REPEAT},
    {BUILTIN_INT_STRING, RT_INT_PARSE},
    {BUILTIN_FLOAT_STRING, RT_FLOAT_PARSE},
    {BUILTIN_ABS_FLOAT, RT_FABS},
    {BUILTIN_BIT_AND, RT_BIT_AND},
    {BUILTIN_BIT_OR, RT_BIT_OR},
    {BUILTIN_BIT_XOR, RT_BIT_XOR},
    {BUILTIN_BIT_NOT, RT_BIT_NOT},
    {BUILTIN_SHIFT_LEFT, RT_SHIFT_LEFT},
    {BUILTIN_SHIFT_RIGHT, RT_SHIFT_RIGHT},
    {BUILTIN_POPCOUNT, RT_POPCOUNT},
    {BUILTIN_TRAILING_ZEROS, RT_TRAILING_ZEROS},
    {BUILTIN_LOWEST_BIT, RT_LOWEST_BIT},
    {BUILTIN_MATRIX_ZEROS, RT_MATRIX_NEW},
    {BUILTIN_MATRIX_OF, RT_MATRIX_OF},
    {BUILTIN_FILE_READ_TEXT, RT_FILE_READ_TEXT},
    {BUILTIN_FILE_WRITE_TEXT, RT_FILE_WRITE_TEXT},
    {BUILTIN_FILE_LIST, RT_FILE_LIST},
    {BUILTIN_FILE_EXISTS, RT_FILE_EXISTS},
    {BUILTIN_ENV_SECRET, RT_SECRET_ENV},
    {BUILTIN_FILE_READ_BYTES, RT_FILE_READ_BYTES},
    {BUILTIN_FILE_WRITE_BYTES, RT_FILE_WRITE_BYTES},
    {BUILTIN_TIME_STRING, RT_TIME_PARSE},
    {BUILTIN_TIME_NOW, RT_TIME_NOW},
    {BUILTIN_BYTES_STRING, RT_BYTES_OF},
    {BUILTIN_BYTES_LIST, RT_BYTES_OF_LIST},
    {BUILTIN_BYTES_TEXT, RT_BYTES_TEXT},
    {BUILTIN_BYTES_HEX, RT_BYTES_HEX},
    {BUILTIN_BYTES_BASE64, RT_BYTES_BASE64},
    {BUILTIN_BYTES_FROM_HEX, RT_BYTES_FROM_HEX},
    {BUILTIN_BYTES_FROM_BASE64, RT_BYTES_FROM_BASE64},
    {BUILTIN_JSON_PARSE, RT_JSON_PARSE},
    {BUILTIN_JSON_TEXT, RT_JSON_TEXT},
    {BUILTIN_JSON_KIND, RT_JSON_KIND},
    {BUILTIN_JSON_IS_NULL, RT_JSON_IS_NULL},
    {BUILTIN_JSON_LEN, RT_JSON_LEN},
    {BUILTIN_JSON_KEYS, RT_JSON_KEYS},
    {BUILTIN_JSON_INT, RT_JSON_INT},
    {BUILTIN_JSON_FLOAT, RT_JSON_FLOAT},
    {BUILTIN_JSON_STRING, RT_JSON_STRING},
    {BUILTIN_JSON_BOOL, RT_JSON_BOOL},
    {BUILTIN_JSON_LIST, RT_JSON_LIST},
    {BUILTIN_JSON_MAP, RT_JSON_MAP},
    {BUILTIN_LEN_BYTES, RT_STRING_LEN_BYTES},
    {BUILTIN_CONTAINS_BYTES, RT_STRING_CONTAINS},
    {BUILTIN_RANDOM_FLOAT, RT_RANDOM_FLOAT},
    {BUILTIN_RANDOM_INT, RT_RANDOM_INT},
    {BUILTIN_RANDOM_FLOATS, RT_RANDOM_FLOATS},
    {BUILTIN_RANDOM_INTS, RT_RANDOM_INTS},
    {BUILTIN_MATH_SQRT, RT_SQRT},
    {BUILTIN_MATH_EXP, RT_EXP},
    {BUILTIN_MATH_LOG, RT_LOG},
    {BUILTIN_MATH_SIN, RT_SIN},
    {BUILTIN_MATH_COS, RT_COS},
    {BUILTIN_MATH_TAN, RT_TAN},
    {BUILTIN_MATH_ASIN, RT_ASIN},
    {BUILTIN_MATH_ACOS, RT_ACOS},
    {BUILTIN_MATH_ATAN, RT_ATAN},
    {BUILTIN_MATH_SINH, RT_SINH},
    {BUILTIN_MATH_COSH, RT_COSH},
    {BUILTIN_MATH_TANH, RT_TANH},
    {BUILTIN_MATH_LOG2, RT_LOG2},
    {BUILTIN_MATH_LOG10, RT_LOG10},
    {BUILTIN_MATH_TRUNC, RT_TRUNC},
    {BUILTIN_MATH_ATAN2, RT_ATAN2},
    {BUILTIN_MATH_HYPOT, RT_HYPOT},
    {BUILTIN_MATH_FLOOR, RT_FLOOR},
    {BUILTIN_MATH_CEIL, RT_CEIL},
};

static const Plain *find_plain(BuiltinId id)
{
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        if (plain[i].id == id)
            return &plain[i];
    return NULL;
}

/* An int where a float is wanted becomes one. */
static size_t lower_args(Lower *l, Expr *e, const Builtin *b, Val *v)
{
    size_t n = e->call_arg_count < ARGS_MAX ? e->call_arg_count : ARGS_MAX;
    lower_operands(l, e->call_args, n, v);
    for (size_t i = 0; i < n; i++)
        if (b->type && i < b->type->fields.count &&
            b->type->fields.items[i].type->kind == TYPE_FLOAT)
            v[i] = val_as(l, v[i], l->float_type);
    return n;
}

static void lower_plain(Lower *l, Expr *e, const Builtin *b, IrRuntime fn, IrPlace dst)
{
    Val v[ARGS_MAX];
    IrOperand args[ARGS_MAX];
    size_t n = lower_args(l, e, b, v);
    for (size_t i = 0; i < n; i++)
        args[i] = v[i].op;
    emit_runtime(l, fn, dst, n, args);
}

/* ---- text ------------------------------------------------------------------------------- */

static void string_of(Lower *l, Val v, IrPlace dst)
{
    if (v.op.type->kind == TYPE_STRING)
        store(l, dst, v);
    else if (v.op.type->kind == TYPE_BYTES)
        RUNTIME(l, RT_BYTES_TEXT, dst, v.op);
    else
        RUNTIME(l, RT_STRING_OF, dst, ir_descriptor(v.op.type), val_address(l, v));
}

static void lower_print(Lower *l, Expr *e)
{
    Val v = lower_expr(l, e->call_args[0]);
    if (v.op.type->kind == TYPE_STRING) {
        RUNTIME(l, RT_PRINT, NOWHERE, v.op);
        return;
    }
    IrPlace text = temp_new(l, l->string_type);
    RUNTIME(l, RT_STRING_OF, text, ir_descriptor(v.op.type), val_address(l, v));
    RUNTIME(l, RT_PRINT, NOWHERE, ir_place(text));
}

/* ---- numbers ------------------------------------------------------------------------------ */

static void lower_int_of(Lower *l, Expr *e, IrRuntime fn, IrPlace dst)
{
    Val v = lower_expr(l, e->call_args[0]);
    if (v.op.type->kind == TYPE_INT)
        store(l, dst, v);
    else
        RUNTIME(l, fn, dst, v.op);
}

static void lower_abs(Lower *l, Expr *e, IrPlace dst)
{
    uint32_t end = label_new(l);
    Val v = val_hold(l, lower_expr(l, e->call_args[0]));
    emit_to(l, IR_OP_SET, dst, v.op);
    emit_branch(l, OP_GE, v.op, ir_int(v.op.type, 0), end, true);
    RUNTIME(l, RT_INT_NEG, dst, v.op);
    emit_label(l, end);
}

/* The first of equals; nan is the greatest float. */
static void lower_min_max(Lower *l, Expr *e, Op op, IrPlace dst)
{
    Val v[2];
    uint32_t second = label_new(l), end = label_new(l);
    lower_operands(l, e->call_args, 2, v);
    Val a = val_as(l, v[0], dst.type), b = val_as(l, v[1], dst.type);
    if (ir_is_int(dst.type)) {
        emit_branch(l, op, b.op, a.op, second, true);
    } else {
        IrPlace order = temp_new(l, l->int_type);
        RUNTIME(l, RT_VALUE_COMPARE, order, ir_descriptor(dst.type), val_address(l, b),
                val_address(l, a));
        emit_branch(l, op, ir_place(order), ir_int(l->int_type, 0), second, true);
    }
    size_t before = branch_open(l);
    store(l, dst, a);
    emit_jump(l, end);
    emit_label(l, second);
    store(l, dst, b);
    emit_label(l, end);
    branch_close(l, before);
}

/* ---- lists and maps -------------------------------------------------------------------------- */

static void lower_is_empty(Lower *l, Expr *e, IrRuntime len, IrPlace dst)
{
    Val v = lower_expr(l, e->call_args[0]);
    IrPlace count = temp_new(l, l->int_type);
    RUNTIME(l, len, count, v.op);
    emit_binary(l, OP_EQ, dst, ir_place(count), ir_int(l->int_type, 0));
}

/* The value is ready before the list is opened, since it may come from the list itself. */
static void lower_push(Lower *l, Expr *e)
{
    const Type *item = e->call_args[0]->type->item;
    Target target = target_begin(l, e->call_args[0], e->call_args[1]);
    Val v = val_hold(l, lower_expr_as(l, e->call_args[1], item));
    IrPlace list = target_open(l, &target, false);
    IrPlace slot = slot_new(l, item);
    RUNTIME(l, RT_LIST_ADD, pointer_itself(slot), ir_address(list), ir_descriptor(item),
            ir_item_size(item));
    store(l, slot, v);
}

static void lower_remove(Lower *l, Expr *e)
{
    const Type *map = e->call_args[0]->type;
    Target target = target_begin(l, e->call_args[0], e->call_args[1]);
    Val key = val_hold(l, lower_expr_as(l, e->call_args[1], map->key));
    IrOperand address = val_address(l, key);
    IrPlace place = target_open(l, &target, false);
    RUNTIME(l, RT_MAP_REMOVE, NOWHERE, ir_address(place), ir_descriptor(map), address);
}

static void store_some(Lower *l, IrPlace dst, Val v)
{
    size_t before = branch_open(l);
    store(l, option_fill(l, dst), v);
    branch_close(l, before);
}

static void lower_get_list(Lower *l, Expr *e, IrPlace dst)
{
    Val v[2];
    uint32_t end = label_new(l);
    lower_operands(l, e->call_args, 2, v);
    IrPlace length = temp_new(l, l->int_type);
    emit_to(l, IR_OP_SET, dst, ir_zero(dst.type));
    RUNTIME(l, RT_LIST_LEN, length, v[0].op);
    emit_branch(l, OP_LT, v[1].op, ir_int(l->int_type, 0), end, true);
    emit_branch(l, OP_GE, v[1].op, ir_place(length), end, true);
    store_some(l, dst, lower_sure_element(l, v[0], v[1].op));
    emit_label(l, end);
}

static IrPlace find_in_map(Lower *l, Expr *e, Val *map)
{
    Val v[2];
    lower_operands(l, e->call_args, 2, v);
    const Type *type = v[0].op.type;
    IrOperand key = val_address(l, val_as(l, v[1], type->key));
    bool is_sought = l->sought && e->call_args[0]->binding == l->sought->map &&
                     e->call_args[1]->binding == l->sought->key;
    IrPlace found = is_sought ? l->sought->found : pointer_new(l, type->item);
    RUNTIME(l, RT_MAP_FIND, pointer_itself(found), v[0].op, ir_descriptor(type), key);
    *map = v[0];
    return found;
}

static void lower_get_map(Lower *l, Expr *e, IrPlace dst)
{
    Val map;
    uint32_t end = label_new(l);
    IrPlace found = find_in_map(l, e, &map);
    IrPlace missing = temp_new(l, l->bool_type);
    emit_to(l, IR_OP_SET, dst, ir_zero(dst.type));
    emit_to(l, IR_OP_IS_NULL, missing, ir_place(pointer_itself(found)));
    emit_branch_on(l, ir_place(missing), end, true);
    store_some(l, dst, val_borrowed(found, map.is_stable));
    emit_label(l, end);
}

static void lower_contains_map(Lower *l, Expr *e, IrPlace dst)
{
    Val map;
    IrPlace found = find_in_map(l, e, &map);
    emit_to(l, IR_OP_IS_NULL, dst, ir_place(pointer_itself(found)));
    emit_to(l, IR_OP_NOT, dst, ir_place(dst));
}

static void lower_contains_list(Lower *l, Expr *e, IrPlace dst)
{
    Val v[2];
    lower_operands(l, e->call_args, 2, v);
    const Type *item = v[0].op.type->item;
    RUNTIME(l, RT_LIST_CONTAINS, dst, ir_descriptor(item), v[0].op,
            val_address(l, val_as(l, v[1], item)));
}

static void lower_map_parts(Lower *l, Expr *e, IrRuntime fn, IrPlace dst)
{
    Val v = lower_expr(l, e->call_args[0]);
    RUNTIME(l, fn, dst, v.op, ir_descriptor(v.op.type));
}

/* The closure is a value, since the runtime calls it. */
static void lower_parallel_map(Lower *l, Expr *e, IrPlace dst)
{
    Val list = val_hold(l, lower_expr(l, e->call_args[0]));
    Val f = val_hold(l, lower_expr(l, e->call_args[1]));
    RUNTIME(l, RT_PARALLEL_MAP, dst, list.op, ir_descriptor(list.op.type), f.op,
            ir_descriptor(dst.type->item));
    l->fn->calls_values = true;
}

static void lower_sort(Lower *l, Expr *e, IrPlace dst)
{
    Val v = lower_expr(l, e->call_args[0]);
    RUNTIME(l, RT_LIST_SORT, dst, v.op, ir_zero(v.op.type), ir_bool(l->bool_type, false));
}

/* ---- time and json ------------------------------------------------------- */

static void lower_time_part(Lower *l, Expr *e, const Builtin *b, IrPlace dst)
{
    Val v = lower_expr(l, e->call_args[0]);
    RUNTIME(l, RT_TIME_PART, dst, v.op, ir_int(l->int_type, b->id - BUILTIN_TIME_YEAR));
}

static void lower_json_of(Lower *l, Expr *e, IrPlace dst)
{
    Val v = lower_expr(l, e->call_args[0]);
    if (v.op.type->kind == TYPE_JSON)
        store(l, dst, v);
    else
        RUNTIME(l, RT_JSON_OF, dst, ir_descriptor(v.op.type), val_address(l, v));
}

static void lower_json_decode(Lower *l, Expr *e, IrPlace dst)
{
    Val v = lower_expr(l, e->call_args[0]);
    RUNTIME(l, RT_JSON_DECODE, dst, v.op, ir_descriptor(dst.type));
}

/* none, or what is there. */
static void lower_json_get(Lower *l, Expr *e, IrRuntime fn, IrPlace dst)
{
    Val v[2];
    uint32_t end = label_new(l);
    lower_operands(l, e->call_args, 2, v);
    IrPlace found = temp_new(l, dst.type->item), is_there = temp_new(l, l->bool_type);
    emit_to(l, IR_OP_SET, dst, ir_zero(dst.type));
    RUNTIME(l, fn, is_there, v[0].op, v[1].op, ir_address(found));
    emit_branch_on(l, ir_place(is_there), end, false);
    store_some(l, dst, val_owned(found));
    emit_label(l, end);
}

/* ---- matrices ------------------------------------------------------------ */

/* What takes a matrix, and perhaps a number, for its arguments. */
static void lower_of_matrix(Lower *l, Expr *e, IrRuntime fn, IrPlace dst)
{
    Val v[2];
    lower_operands(l, e->call_args, e->call_arg_count, v);
    IrOperand args[] = {val_address(l, v[0]), e->call_arg_count > 1 ? v[1].op : v[0].op};
    emit_runtime(l, fn, dst, e->call_arg_count, args);
}

static void lower_matrix_sum(Lower *l, Expr *e, IrPlace dst)
{
    Val m = val_place(l, lower_expr(l, e->call_args[0]));
    RUNTIME(l, RT_LIST_SUM_FLOAT, dst, ir_place(ir_field(l->program, m.op.place, 2)));
}

/* ---- all of them --------------------------------------------------------- */

static void lower_special(Lower *l, Expr *e, const Builtin *b, IrPlace dst)
{
    switch (b->id) {
    case BUILTIN_PRINT: lower_print(l, e); break;
    case BUILTIN_STRING: string_of(l, lower_expr(l, e->call_args[0]), dst); break;
    case BUILTIN_INT_FLOAT: lower_int_of(l, e, RT_INT_OF_FLOAT, dst); break;
    case BUILTIN_ROUND: lower_int_of(l, e, RT_ROUND, dst); break;
    case BUILTIN_INT_BOOL: emit_to(l, IR_OP_CAST, dst, lower_expr(l, e->call_args[0]).op); break;
    case BUILTIN_SOME: store(l, dst, lower_expr(l, e->call_args[0])); break;
    case BUILTIN_FLOAT_FLOAT: store(l, dst, lower_expr(l, e->call_args[0])); break;
    case BUILTIN_ABS_INT: lower_abs(l, e, dst); break;
    case BUILTIN_MIN_TWO: lower_min_max(l, e, OP_LT, dst); break;
    case BUILTIN_MAX_TWO: lower_min_max(l, e, OP_GT, dst); break;
    case BUILTIN_IS_EMPTY_STRING: lower_is_empty(l, e, RT_STRING_LEN_BYTES, dst); break;
    case BUILTIN_IS_EMPTY_BYTES: lower_is_empty(l, e, RT_STRING_LEN_BYTES, dst); break;
    case BUILTIN_IS_EMPTY_LIST: lower_is_empty(l, e, RT_LIST_LEN, dst); break;
    case BUILTIN_IS_EMPTY_MAP: lower_is_empty(l, e, RT_MAP_LEN, dst); break;
    case BUILTIN_PUSH: lower_push(l, e); break;
    case BUILTIN_REMOVE: lower_remove(l, e); break;
    case BUILTIN_GET_LIST: lower_get_list(l, e, dst); break;
    case BUILTIN_GET_MAP: lower_get_map(l, e, dst); break;
    case BUILTIN_CONTAINS_MAP: lower_contains_map(l, e, dst); break;
    case BUILTIN_CONTAINS_LIST: lower_contains_list(l, e, dst); break;
    case BUILTIN_KEYS: lower_map_parts(l, e, RT_MAP_KEYS, dst); break;
    case BUILTIN_VALUES: lower_map_parts(l, e, RT_MAP_VALUES, dst); break;
    case BUILTIN_SORT: lower_sort(l, e, dst); break;
    case BUILTIN_JSON_OF: lower_json_of(l, e, dst); break;
    case BUILTIN_JSON_DECODE: lower_json_decode(l, e, dst); break;
    case BUILTIN_JSON_GET_NAME: lower_json_get(l, e, RT_JSON_GET_NAME, dst); break;
    case BUILTIN_JSON_GET_INDEX: lower_json_get(l, e, RT_JSON_GET_INDEX, dst); break;
    case BUILTIN_TIME_YEAR:
    case BUILTIN_TIME_MONTH:
    case BUILTIN_TIME_DAY:
    case BUILTIN_TIME_HOUR:
    case BUILTIN_TIME_MINUTE:
    case BUILTIN_TIME_SECOND:
    case BUILTIN_TIME_NANOSECOND:
    case BUILTIN_TIME_WEEKDAY: lower_time_part(l, e, b, dst); break;
    case BUILTIN_SUM_MATRIX: lower_matrix_sum(l, e, dst); break;
    case BUILTIN_MATRIX_ROW: lower_of_matrix(l, e, RT_MATRIX_ROW, dst); break;
    case BUILTIN_MATRIX_COL: lower_of_matrix(l, e, RT_MATRIX_COL, dst); break;
    case BUILTIN_MATRIX_TRANSPOSE: lower_of_matrix(l, e, RT_MATRIX_TRANSPOSE, dst); break;
    case BUILTIN_PARALLEL_MAP: lower_parallel_map(l, e, dst); break;
    case BUILTIN_MIN_BY:
    case BUILTIN_MAX_BY: store(l, dst, lower_pick(l, e, b)); break;
    default: abort(); /* a row of builtin.def without code: tests/run calls each of them */
    }
}

void lower_builtin(Lower *l, Expr *e, const Builtin *b, IrPlace dst)
{
    size_t mark = scope_open(l);
    const Plain *row = find_plain(b->id);
    lower_note_builtin(l, b);
    if (place_is_nowhere(dst) && e->type && e->type->kind != TYPE_UNIT)
        dst = temp_new(l, e->type);
    if (row)
        lower_plain(l, e, b, row->runtime, dst);
    else if (!lower_builtin_loop(l, e, b, dst))
        lower_special(l, e, b, dst);
    scope_close(l, mark);
}
